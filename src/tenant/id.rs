//! Ids for what an export leaves without one.

/// `length` hexadecimal digits that depend on `name` alone, after `prefix`.
pub(crate) fn stable_id(prefix: &str, name: &str, length: usize) -> String {
    let digits = openssl::sha::sha256(name.as_bytes())
        .into_iter()
        .flat_map(|byte| [byte >> 4, byte & 15])
        .filter_map(|digit| char::from_digit(u32::from(digit), 16))
        .take(length);
    prefix.chars().chain(digits).collect()
}
