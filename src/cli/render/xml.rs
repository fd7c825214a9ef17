//! A response for reading: its elements one below the other.

use super::printable;
use crate::xml::lines;
use std::fmt::Write as _;

/// One element a line, for reading only: the signed bytes have no white space between elements. What
/// `beside` makes of a start tag stands at the end of its line.
pub(super) fn indented_xml(xml: &str, beside: impl Fn(&str) -> String) -> String {
    let mut text = String::new();
    for line in lines(xml) {
        let indentation = "  ".repeat(line.depth + 1);
        let _ = writeln!(
            text,
            "{indentation}{}{}{}{}",
            printable(line.tag),
            printable(line.content),
            printable(line.closing),
            beside(line.tag)
        );
    }
    text
}

/// The name of the SAML attribute that the tag begins.
pub(super) fn attribute_name(tag: &str) -> Option<String> {
    let (name, _) = tag.strip_prefix("<saml:Attribute Name=\"")?.split_once('"')?;
    let references = [
        ("&lt;", "<"),
        ("&quot;", "\""),
        ("&#x9;", "\t"),
        ("&#xA;", "\n"),
        ("&#xD;", "\r"),
        ("&amp;", "&"),
    ];
    let name = references
        .iter()
        .fold(name.to_owned(), |name, (reference, character)| {
            name.replace(reference, character)
        });
    Some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nothing(_: &str) -> String {
        String::new()
    }

    #[test]
    fn no_part_of_a_response_acts_on_the_terminal() {
        assert_eq!(
            indented_xml("<a b=\"\u{9b}\">\u{9b}x</a\u{9b}>", nothing),
            "  <a b=\"\\u{9b}\">\\u{9b}x</a\\u{9b}>\n"
        );
    }

    #[test]
    fn a_tag_ends_outside_of_its_values_only() {
        assert_eq!(
            indented_xml("<a><b c=\"1>0\" d='\"/>'>x</b><e f=\">\"/></a>", nothing),
            "  <a>\n    <b c=\"1>0\" d='\"/>'>x</b>\n    <e f=\">\"/>\n  </a>\n"
        );
    }
}
