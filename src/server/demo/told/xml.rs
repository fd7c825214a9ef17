//! XML for reading: a line for each element, in pieces that a page colours.

use serde::Serialize;
use std::borrow::Cow;

/// One line.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(super) struct Line {
    /// How far in, from 0 to [`DEEPEST`].
    pub depth: usize,
    pub pieces: Vec<Piece>,
}

/// A piece of a line.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(super) struct Piece {
    pub kind: Kind,
    pub text: String,
}

/// What a piece is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Kind {
    /// Name of an attribute.
    Attribute,
    /// `<`, `</`, `>`, `=` and the space between.
    Mark,
    /// Name of an element.
    Name,
    /// Content of an element.
    Text,
    /// Value of an attribute, with its quotes.
    Value,
}

/// The page has a style for no deeper line.
const DEEPEST: usize = 12;

/// The lines of a document.
pub(super) fn lines(xml: &str) -> Vec<Line> {
    let lines = crate::xml::lines(xml).map(|line| {
        let mut pieces = Vec::new();
        tag(line.tag, &mut pieces);
        push(&mut pieces, Kind::Text, &shortened(line.content));
        tag(line.closing, &mut pieces);
        Line {
            depth: line.depth.min(DEEPEST),
            pieces,
        }
    });
    lines.collect()
}

/// Text as it is; of a certificate or a ciphertext the beginning.
fn shortened(text: &str) -> Cow<'_, str> {
    let count = text.chars().count();
    if count <= LONG {
        return text.into();
    }
    let beginning: String = text.chars().take(BEGINNING).collect();
    format!("{beginning}\u{2026} ({count} characters)").into()
}

const LONG: usize = 300;
const BEGINNING: usize = 48;

fn push(pieces: &mut Vec<Piece>, kind: Kind, text: &str) {
    if !text.is_empty() {
        let text = text.to_owned();
        pieces.push(Piece { kind, text });
    }
}

/// A start tag, an end tag or nothing.
fn tag(tag: &str, pieces: &mut Vec<Piece>) {
    let is_mark = |character: char| matches!(character, '<' | '>' | '/' | '?');
    let name_at = tag.find(|character| !is_mark(character)).unwrap_or(tag.len());
    let (mark, rest) = tag.split_at(name_at);
    push(pieces, Kind::Mark, mark);
    let end = rest
        .find(|character: char| character.is_whitespace() || is_mark(character))
        .unwrap_or(rest.len());
    let (name, mut rest) = rest.split_at(end);
    push(pieces, Kind::Name, name);
    while let Some((before, after)) = rest.split_once('=') {
        let quote = after.chars().next().filter(|quote| matches!(quote, '"' | '\''));
        let Some(length) = quote.and_then(|quote| after[1..].find(quote)) else {
            break;
        };
        let name = before.trim_start();
        push(pieces, Kind::Mark, &before[..before.len() - name.len()]);
        push(pieces, Kind::Attribute, name);
        push(pieces, Kind::Mark, "=");
        let (value, later) = after.split_at(length + 2);
        push(pieces, Kind::Value, value);
        rest = later;
    }
    push(pieces, Kind::Mark, rest);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_character_of_a_document_is_lost() {
        let xml = "<a:b xmlns:a=\"x>y\" c='\"'><d>t &lt; u</d><e f=\"\"></e></a:b>";
        let lines = lines(xml);
        let pieces = lines.iter().flat_map(|line| &line.pieces);
        let whole: String = pieces.map(|piece| &*piece.text).collect();
        assert_eq!(whole, xml);
        let depths: Vec<_> = lines.iter().map(|line| line.depth).collect();
        assert_eq!(depths, [0, 1, 1, 0]);
        let kinds: Vec<_> = lines[1].pieces.iter().map(|piece| piece.kind).collect();
        let (mark, name) = (Kind::Mark, Kind::Name);
        assert_eq!(kinds, [mark, name, mark, Kind::Text, mark, name, mark]);
    }

    #[test]
    fn what_is_no_xml_is_shown_as_it_is() {
        for xml in ["<", "<a", "<a b=>c", "<a b=\"c>", "</>", "", "<a =\"x\">"] {
            lines(xml);
        }
    }
}
