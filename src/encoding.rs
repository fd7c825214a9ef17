//! What text is encoded in where that is not UTF-8, so that messages can name the encoding.

/// The encoding of `bytes`, where a mark or the first two characters show that it is none of one byte for each
/// character of ASCII (XML 1.0 appendix F).
pub(crate) fn other_encoding(bytes: &[u8]) -> Option<&'static str> {
    let is_ascii = |byte: u8| byte.is_ascii_graphic() || matches!(byte, b' ' | b'\t' | b'\r' | b'\n');
    match *bytes {
        [0xFF, 0xFE, 0, 0, ..] | [0, 0, 0xFE, 0xFF, ..] => Some("UTF-32"),
        [0xFF, 0xFE, ..] | [0xFE, 0xFF, ..] => Some("UTF-16"),
        [first, 0, second, 0, ..] | [0, first, 0, second, ..] if is_ascii(first) && is_ascii(second) => {
            Some("UTF-16")
        }
        _ => None,
    }
}
