//! A SAML response against `expected.xml`: the same XML, however its attributes are ordered and its
//! namespaces declared; `*` stands for any text, `\*` for a star.

use super::pattern::{Pattern, literal};
use crate::xml::{Limits, exclusive, read};
use std::fmt::Write as _;

/// Whether `got` is `expected`, as text or as XML.
pub(super) fn matches(expected: &str, got: &str) -> bool {
    let pattern = Pattern::of(expected);
    pattern.matches(got) || matches_as_xml(&pattern, got)
}

/// What was expected, with what is now right: where the two go in step, text and values that match stay as they
/// are written, wildcards with them; everything else becomes the actual text, without wildcards.
pub(super) fn blessed(before: &str, now: &str) -> String {
    if matches(before, now) {
        return before.to_owned();
    }
    let ends = ['<', '>', '"'];
    let (pieces, pieces_now): (Vec<_>, Vec<_>) = (
        before.split_inclusive(ends).collect(),
        now.split_inclusive(ends).collect(),
    );
    if pieces.len() != pieces_now.len() {
        return literal(now);
    }
    let pieces = pieces.into_iter().zip(pieces_now);
    pieces
        .map(|(before, now)| {
            if Pattern::of(before).matches(now) {
                before.to_owned()
            } else {
                literal(now)
            }
        })
        .collect()
}

fn matches_as_xml(pattern: &Pattern, got: &str) -> bool {
    let marker = marker(pattern, got);
    // Each wildcard as a word of its own, so that two IDs written as `*` are not the same one.
    let mut expected = String::new();
    for (number, text) in pattern.texts().enumerate() {
        if number > 0 {
            let _ = write!(expected, "{marker}{number}.");
        }
        expected.push_str(text);
    }
    let (Some(expected), Some(got)) = (canonical(&expected), canonical(got)) else {
        return false;
    };
    let mut texts = expected.split(marker.as_str());
    let first = texts.next().unwrap_or_default();
    let rest = texts.map(|text| text.split_once('.').map_or(text, |(_, after)| after));
    Pattern::between_wildcards(std::iter::once(first).chain(rest).map(str::to_owned)).matches(&got)
}

/// A word that stands for a wildcard and that neither text holds.
fn marker(pattern: &Pattern, got: &str) -> String {
    let mut marker = "_any".to_owned();
    while got.contains(&marker) || pattern.texts().any(|text| text.contains(&marker)) {
        marker.push('y');
    }
    marker + "-"
}

fn canonical(xml: &str) -> Option<String> {
    let document = read(xml, Limits::MESSAGE).ok()?;
    Some(exclusive(document.root(), None, &[]))
}

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

    #[test]
    fn a_star_that_came_out_is_a_star_as_text_and_as_xml() {
        let got = "<a b=\"*\\*\" c=\"_any-1.\">read:*</a>";
        let blessed = blessed("<a/>", got);
        assert_eq!(blessed, "<a b=\"\\*\\\\\\*\" c=\"_any-1.\">read:\\*</a>");
        let in_another_order =
            blessed.replace("b=\"\\*\\\\\\*\" c=\"_any-1.\"", "c='_any-1.' b='\\*\\\\\\*'");
        for expected in [&blessed, &in_another_order] {
            assert!(matches(expected, got), "{expected}");
            for other in [
                "<a b=\"*\\*\" c=\"_any-1.\">read:x</a>",
                "<a b=\"x\\*\" c=\"_any-1.\">read:*</a>",
                "<a b=\"*\\x\" c=\"_any-1.\">read:*</a>",
                "<a b=\"*\\*\" c=\"x\">read:*</a>",
            ] {
                assert!(!matches(expected, other), "{expected} {other}");
            }
        }
    }

    #[test]
    fn blessing_keeps_the_wildcards_that_match() {
        let now = "<r ID=\"_2\"><v>read:*</v><w>x</w></r>";
        let blessed = |before| super::blessed(before, now);
        assert_eq!(
            blessed("<r ID=\"*\"><v>old</v><w>*</w></r>"),
            "<r ID=\"*\"><v>read:\\*</v><w>*</w></r>"
        );
        assert_eq!(blessed("<r ID='*'>*</r>"), "<r ID='*'>*</r>");
        assert_eq!(
            blessed("<r ID='*'><v>old</v></r>"),
            "<r ID=\"_2\"><v>read:\\*</v><w>x</w></r>"
        );
        for before in ["<r ID=\"*\"><v>old</v><w>*</w></r>", "<r/>", "*\\", "<a>*<b>"] {
            assert!(matches(&blessed(before), now), "{before}");
        }
    }
}
