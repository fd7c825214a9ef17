//! Values of attributes and elements as XML Schema writes them.
//!
//! White space around such a value is no part of it (XML Schema part 2, section 4.3.6: `collapse`). Inside one there
//! is none.

use super::reader::is_white_space;

/// `text` without the white space around it. White space is that of XML, which is less than that of Unicode.
pub fn collapsed(text: &str) -> &str {
    text.trim_matches(|character| u8::try_from(character).is_ok_and(is_white_space))
}

/// An `xs:boolean`; `None` if `text` is none.
pub fn boolean(text: &str) -> Option<bool> {
    match collapsed(text) {
        "true" | "1" => Some(true),
        "false" | "0" => Some(false),
        _ => None,
    }
}

/// An `xs:unsignedShort`; `None` if `text` is none.
pub fn unsigned_short(text: &str) -> Option<u16> {
    collapsed(text).parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn white_space_around_a_value_is_no_part_of_it() {
        for around in ["", " ", "\t", "\r\n", " \n "] {
            let spaced = |text: &str| format!("{around}{text}{around}");
            for (text, value) in [("true", true), ("1", true), ("false", false), ("0", false)] {
                assert_eq!(boolean(&spaced(text)), Some(value), "{around:?}");
            }
            for (text, value) in [("0", 0), ("007", 7), ("65535", 65535)] {
                assert_eq!(unsigned_short(&spaced(text)), Some(value), "{around:?}");
            }
        }
    }

    #[test]
    fn what_the_schema_does_not_know_is_no_value() {
        for text in ["", " ", "True", "TRUE", "yes", "t rue", "\u{a0}true", "true\u{b}"] {
            assert_eq!(boolean(text), None, "{text:?}");
        }
        for text in ["", " ", "-1", "65536", "1.0", "1 2", "one", "\u{a0}1"] {
            assert_eq!(unsigned_short(text), None, "{text:?}");
        }
    }
}
