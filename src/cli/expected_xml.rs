//! A SAML response against `expected.xml`: the same XML, however its attributes are ordered and its
//! namespaces declared; `*` stands for any text.

use super::cases::matches_pattern;
use crate::xml::{Limits, exclusive, read};

/// Whether `got` is `expected`, as text or as XML.
pub(super) fn matches(expected: &str, got: &str) -> bool {
    matches_pattern(expected, got)
        || matches!((canonical(&numbered(expected)), canonical(got)), (Some(expected), Some(got))
            if matches_pattern(&starred(&expected), &got))
}

fn canonical(xml: &str) -> Option<String> {
    let document = read(xml, Limits::MESSAGE).ok()?;
    Some(exclusive(document.root(), None, &[]))
}

/// Each `*` as a word of its own, so that two IDs written as `*` are not the same one.
fn numbered(pattern: &str) -> String {
    let mut parts = pattern.split('*');
    let mut text = parts.next().unwrap_or_default().to_owned();
    for (number, part) in parts.enumerate() {
        text.push_str(ANY);
        text.push_str(&number.to_string());
        text.push('.');
        text.push_str(part);
    }
    text
}

fn starred(text: &str) -> String {
    let mut parts = text.split(ANY);
    let mut pattern = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        pattern.push('*');
        pattern.push_str(part.split_once('.').map_or(part, |(_, after)| after));
    }
    pattern
}

/// A name that no response holds.
const ANY: &str = "_any-text-";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn order_of_attributes_and_place_of_declarations_do_not_matter() {
        let got = "<a:r xmlns:a=\"urn:a\" ID=\"_1\" Version=\"2.0\"><a:i ID=\"_2\">text</a:i></a:r>";
        assert!(matches(got, got));
        assert!(matches(
            "<a:r Version='2.0' ID='*' xmlns:a='urn:a' xmlns:b='urn:b'><a:i ID='*'>t*t</a:i></a:r>",
            got
        ));
        for other in [
            "<a:r Version='2.0' ID='*' xmlns:a='urn:b'><a:i ID='*'>text</a:i></a:r>",
            "<a:r Version='2.0' ID='*' xmlns:a='urn:a'><a:i ID='*'>tex</a:i></a:r>",
            "<a:r Version='2.0' xmlns:a='urn:a'><a:i ID='*'>text</a:i></a:r>",
            "<a:r",
        ] {
            assert!(!matches(other, got), "{other}");
        }
    }
}
