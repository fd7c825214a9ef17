//! A response for reading: its elements one below the other.

use super::printable;
use std::fmt::Write as _;

/// One element a line, for reading only: the signed bytes have no white space between elements. What
/// `beside` makes of a start tag stands at the end of its line.
pub(super) fn indented_xml(xml: &str, beside: impl Fn(&str) -> String) -> String {
    let mut text = String::new();
    let mut depth = 1usize;
    let mut rest = xml;
    while let Some(start) = rest.find('<') {
        let Some(end) = tag_end(&rest[start..]).map(|end| start + end) else {
            break;
        };
        let tag = &rest[start..end];
        let after = &rest[end..];
        let content_end = after.find('<').unwrap_or(after.len());
        let content = &after[..content_end];
        if tag.starts_with("</") {
            depth = depth.saturating_sub(1);
        }
        let _ = write!(text, "{}{}", "  ".repeat(depth), printable(tag));
        rest = &after[content_end..];
        if !tag.starts_with("</") && !tag.ends_with("/>") {
            depth += 1;
            let closing = tag_end(rest).map_or(rest, |end| &rest[..end]);
            if closing.starts_with("</") {
                let _ = write!(text, "{}{}", printable(content), printable(closing));
                rest = &rest[closing.len()..];
                depth -= 1;
            }
        }
        text.push_str(&beside(tag));
        text.push('\n');
    }
    text
}

/// The length of the tag that `text` begins with; a `>` in a quoted value does not end the tag.
fn tag_end(text: &str) -> Option<usize> {
    let mut quote = None;
    for (at, character) in text.char_indices() {
        match (quote, character) {
            (None, '>') => return Some(at + 1),
            (None, '"' | '\'') => quote = Some(character),
            (Some(open), _) if open == character => quote = None,
            _ => {}
        }
    }
    None
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
