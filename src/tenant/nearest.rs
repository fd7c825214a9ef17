//! What somebody may have meant who wrote a name that there is not.

/// Names that look like `asked`, the nearest first.
pub(crate) fn nearest<'n>(asked: &str, known: impl Iterator<Item = &'n str>) -> Vec<String> {
    let asked = asked.to_lowercase();
    let mut near: Vec<(usize, &str)> = known
        .filter_map(|name| {
            let lower = name.to_lowercase();
            if !asked.is_empty() && lower.starts_with(&asked) {
                return Some((1, name));
            }
            let distance = strsim::damerau_levenshtein(&asked, &lower);
            (distance <= asked.chars().count().max(3) / 3).then_some((distance, name))
        })
        .collect();
    near.sort_by_key(|(distance, _)| *distance);
    near.into_iter()
        .take(3)
        .map(|(_, name)| name.to_owned())
        .collect()
}
