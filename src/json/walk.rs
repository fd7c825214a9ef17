//! A document as a walk through its text: what begins where. What is wanted of it is a [`Sink`].

use std::borrow::Cow;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// Is told of every value of a document in order, with the byte at which it begins.
pub(crate) trait Sink {
    /// An object or array begins.
    fn open(&mut self, kind: Kind, at: usize);
    /// The name of a member of the object that is open; its value comes next.
    fn key(&mut self, name: &str, at: usize);
    /// Any other value.
    fn leaf(&mut self, at: usize);
    /// The object or array that was opened last ends.
    fn close(&mut self);
}

/// What holds other values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Array,
    Object,
}

/// Walks through JSON that a parser has taken. Of any other text the walk is made up, and ends.
pub(crate) fn json(text: &str, sink: &mut impl Sink) {
    let bytes = text.as_bytes();
    let mut around: Vec<Kind> = Vec::new();
    let mut wants_key = false;
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        let mut end = at + 1;
        match byte {
            b'{' | b'[' => {
                let kind = if *byte == b'{' { Kind::Object } else { Kind::Array };
                sink.open(kind, at);
                around.push(kind);
                wants_key = kind == Kind::Object;
            }
            b'}' | b']' => {
                if around.pop().is_some() {
                    sink.close();
                }
                wants_key = false;
            }
            b',' => wants_key = around.last() == Some(&Kind::Object),
            b':' => wants_key = false,
            b'"' => {
                end = end_of_text(bytes, at);
                if wants_key {
                    sink.key(&name(&text[at..end]), at);
                } else {
                    sink.leaf(at);
                }
            }
            byte if byte.is_ascii_whitespace() => {}
            _ => {
                let more = bytes[at..].iter().position(|byte| b",]}: \t\r\n".contains(byte));
                end = more.map_or(bytes.len(), |more| at + more);
                sink.leaf(at);
            }
        }
        at = end;
    }
}

/// Behind the quote that ends the text which begins at `start`.
fn end_of_text(bytes: &[u8], start: usize) -> usize {
    let mut at = start + 1;
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'"' => return at + 1,
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
    bytes.len()
}

/// The name in quotes, its escapes undone.
fn name(quoted: &str) -> Cow<'_, str> {
    if quoted.contains('\\')
        && let Ok(name) = serde_json::from_str::<String>(quoted)
    {
        return Cow::Owned(name);
    }
    Cow::Borrowed(quoted.trim_matches('"'))
}

/// Walks through TOML; what is no TOML has no walk.
pub(crate) fn toml(text: &str, sink: &mut impl Sink) {
    if let Ok(document) = DeTable::parse(text) {
        sink.open(Kind::Object, 0);
        toml_members(document.get_ref(), sink);
    }
}

fn toml_members(members: &DeTable<'_>, sink: &mut impl Sink) {
    for (name, value) in members {
        sink.key(name.get_ref(), name.span().start);
        toml_value(value, sink);
    }
    sink.close();
}

fn toml_value(value: &Spanned<DeValue<'_>>, sink: &mut impl Sink) {
    let at = value.span().start;
    match value.get_ref() {
        DeValue::Table(members) => {
            sink.open(Kind::Object, at);
            toml_members(members, sink);
        }
        DeValue::Array(items) => {
            sink.open(Kind::Array, at);
            items.iter().for_each(|item| toml_value(item, sink));
            sink.close();
        }
        _ => sink.leaf(at),
    }
}
