//! Names of XML 1.0 fifth edition and of Namespaces in XML 1.0.

/// `Name` (XML 1.0 production 5).
pub fn is_name(text: &str) -> bool {
    // Most names have no colon to split at.
    is_ascii_ncname(text) || text.split(':').all(is_ascii_ncname) || {
        let mut characters = text.chars();
        characters.next().is_some_and(starts_name) && characters.all(continues_name)
    }
}

/// `NCName` (Namespaces in XML production 4): a name without a colon.
pub fn is_ncname(text: &str) -> bool {
    is_ascii_ncname(text) || is_name(text) && !text.contains(':')
}

/// Most names are ASCII, where a look at the bytes is enough.
fn is_ascii_ncname(text: &str) -> bool {
    let continues = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.');
    match text.as_bytes() {
        [b'A'..=b'Z' | b'a'..=b'z' | b'_', rest @ ..] => rest.iter().copied().all(continues),
        _ => false,
    }
}

fn starts_name(character: char) -> bool {
    matches!(character,
        ':' | '_' | 'A'..='Z' | 'a'..='z'
        | '\u{c0}'..='\u{d6}' | '\u{d8}'..='\u{f6}' | '\u{f8}'..='\u{2ff}' | '\u{370}'..='\u{37d}'
        | '\u{37f}'..='\u{1fff}' | '\u{200c}'..='\u{200d}' | '\u{2070}'..='\u{218f}'
        | '\u{2c00}'..='\u{2fef}' | '\u{3001}'..='\u{d7ff}' | '\u{f900}'..='\u{fdcf}'
        | '\u{fdf0}'..='\u{fffd}' | '\u{10000}'..='\u{effff}')
}

fn continues_name(character: char) -> bool {
    starts_name(character)
        || matches!(character, '-' | '.' | '0'..='9' | '\u{b7}' | '\u{300}'..='\u{36f}' | '\u{203f}'..='\u{2040}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_without_a_colon_are_ncnames() {
        for name in ["a", "_", "A-1.b", "\u{e9}t\u{e9}", "a\u{b7}"] {
            assert!(is_ncname(name) && is_name(name), "{name}");
        }
        for name in ["", "1", "-a", "a b", ".a", "\u{b7}", "a/"] {
            assert!(!is_ncname(name) && !is_name(name), "{name}");
        }
        assert!(is_name("a:b") && !is_ncname("a:b") && !is_ncname(":"));
    }
}
