//! Text of others, made safe to show: what comes from scripts, profiles, requests and files may be
//! meant for the terminal or for the reader of a report, and not for the person.

use std::fmt::Write as _;

/// The text with every character escaped, as in `\u{9b}`, that a terminal acts on instead of showing it:
/// control characters (C0, DEL, C1), those that turn the direction of writing around, and all that end a line.
pub fn printable(text: &str) -> String {
    escaped(text, acts)
}

/// Several lines, each [`printable`]: for text whose own lines are part of the layout.
pub fn printable_lines(text: &str) -> String {
    let lines: Vec<_> = text
        .split('\n')
        .map(|line| printable(line.strip_suffix('\r').unwrap_or(line)))
        .collect();
    lines.join("\n")
}

/// A JSON document of several lines, the same document with nothing in it that a terminal acts on: such characters
/// stand within texts only, where JSON writes them as in `\u009b`.
pub fn printable_json(document: &str) -> String {
    if is_plain(document) {
        return document.to_owned();
    }
    let mut shown = String::with_capacity(document.len());
    for character in document.chars() {
        if acts(character) && character != '\n' {
            let _ = write!(shown, "\\u{:04x}", u32::from(character));
        } else {
            shown.push(character);
        }
    }
    shown
}

/// The text for the content of an XML element, or for an attribute in double quotes. What XML cannot hold
/// (XML 1.0, production 2) or advises against, which are the other control characters, is escaped as in
/// `\u{fffe}`; new lines and tabs stay.
pub fn xml_text(text: &str) -> String {
    let no_xml = |character: char| {
        crate::xml::is_illegal(character) || (character.is_control() && !matches!(character, '\n' | '\t'))
    };
    let mut xml = String::with_capacity(text.len());
    for character in escaped(text, no_xml).chars() {
        match character {
            '&' => xml.push_str("&amp;"),
            '<' => xml.push_str("&lt;"),
            '>' => xml.push_str("&gt;"),
            '"' => xml.push_str("&quot;"),
            other => xml.push(other),
        }
    }
    xml
}

fn acts(character: char) -> bool {
    character.is_control()
        || matches!(character, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{206f}')
}

/// Most texts: letters, digits, signs and spaces of ASCII, which nothing acts on.
fn is_plain(text: &str) -> bool {
    text.bytes().all(|byte| matches!(byte, b' '..=b'~'))
}

fn escaped(text: &str, is_escaped: impl Fn(char) -> bool) -> String {
    if is_plain(text) {
        return text.to_owned();
    }
    let mut shown = String::with_capacity(text.len());
    for character in text.chars() {
        if is_escaped(character) {
            shown.extend(character.escape_unicode());
        } else {
            shown.push(character);
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::xml::{Limits, read};
    use proptest::prelude::*;

    #[test]
    fn nothing_reaches_the_terminal_that_it_would_act_on() {
        assert_eq!(
            printable("a\u{1b}[2J\u{9b}31m\r\n\t\u{7f}\u{85}\u{202e}\u{2028}\u{2029}\u{61c}ö"),
            "a\\u{1b}[2J\\u{9b}31m\\u{d}\\u{a}\\u{9}\\u{7f}\\u{85}\\u{202e}\\u{2028}\\u{2029}\\u{61c}ö"
        );
        assert_eq!(printable_lines("a\r\nb\rc\n"), "a\nb\\u{d}c\n");
        assert_eq!(
            printable_json("{\n  \"\u{9b}\": \"\u{202e}\"\n}"),
            "{\n  \"\\u009b\": \"\\u202e\"\n}"
        );
    }

    #[test]
    fn xml_shows_what_it_cannot_hold() {
        assert_eq!(
            xml_text("<\"&\u{fffe}\u{ffff}\u{0}\u{1b}\u{9b}\r\n\t\u{e000}"),
            "&lt;&quot;&amp;\\u{fffe}\\u{ffff}\\u{0}\\u{1b}\\u{9b}\\u{d}\n\t\u{e000}"
        );
    }

    proptest! {
        #[test]
        fn any_text_is_well_formed_xml_and_one_line_on_a_terminal(text in any::<String>()) {
            let xml = format!("<a b=\"{0}\">{0}</a>", xml_text(&text));
            prop_assert!(read(&xml, Limits::MESSAGE).is_ok(), "{xml:?}");
            prop_assert!(!printable(&text).chars().any(acts));
            let document = format!("{:#}", serde_json::json!({&text: [&text]}));
            let shown = printable_json(&document);
            prop_assert!(!shown.lines().any(|line| line.chars().any(acts)));
            prop_assert_eq!(
                serde_json::from_str::<serde_json::Value>(&shown).unwrap(),
                serde_json::from_str::<serde_json::Value>(&document).unwrap()
            );
        }
    }
}
