//! Which children stand in the wrong place: those that have to move so that the rest is in order, as few as possible.

/// The positions in `ranks` that are not part of the longest ascending row; equal ranks may follow each other. Where
/// two rows are as long, the one that keeps the earlier positions counts.
pub(super) fn out_of_place(ranks: &[usize]) -> Vec<usize> {
    if ranks.is_sorted() {
        return Vec::new();
    }
    // From the end: `heads[length]` is the position with the highest rank at which a row of that length begins.
    let mut heads: Vec<usize> = Vec::new();
    let mut next: Vec<Option<usize>> = vec![None; ranks.len()];
    for (position, rank) in ranks.iter().enumerate().rev() {
        let length = heads.partition_point(|head| ranks[*head] >= *rank);
        next[position] = length.checked_sub(1).map(|shorter| heads[shorter]);
        if length == heads.len() {
            heads.push(position);
        } else {
            heads[length] = position;
        }
    }
    let mut kept = vec![false; ranks.len()];
    let mut here = heads.last().copied();
    while let Some(position) = here {
        kept[position] = true;
        here = next[position];
    }
    (0..ranks.len()).filter(|position| !kept[*position]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_few_as_possible_have_to_move_and_rather_the_later_ones() {
        for (ranks, expected) in [
            (&[][..], &[][..]),
            (&[0, 1, 1, 4], &[]),
            // Moved to the end, to the front, exchanged.
            (&[3, 5, 5, 2], &[3]),
            (&[5, 2, 3, 5], &[0]),
            (&[0, 3, 2], &[2]),
            (&[2, 1, 0], &[1, 2]),
            (&[1, 4, 2, 2, 3], &[1]),
        ] {
            assert_eq!(out_of_place(ranks), expected, "{ranks:?}");
        }
    }
}
