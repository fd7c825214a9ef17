//! The spellings in which a secret may show: as it is, escaped as JavaScript, JSON, HTML and URLs do it, and
//! encoded as base64, hexadecimal or a list of bytes. Upper and lower case are found alike by who looks.

use super::undone::has_escapes;
use crate::tenant::MIN_HIDDEN_SECRET;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use std::collections::BTreeSet;
use std::fmt::Write as _;

/// Characters that a line of a secret has at least to be looked for alone.
const MIN_LINE: usize = 16;

/// One way of writing a secret.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Spelling {
    /// What is looked for.
    pub text: String,
    pub edges: Edges,
}

/// What lies around a spelling and belongs to it in part.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Edges {
    None,
    /// Of base64, whether the character before and the one behind hold bits of the secret.
    Base64 {
        before: bool,
        behind: bool,
    },
}

impl Spelling {
    /// Whether it is a text of its own once its escapes are undone; else it is that of `value` then. What `escape`
    /// writes does not tell bytes from characters.
    pub fn differs_undone(&self, value: &str) -> bool {
        self.text == value || !has_escapes(&self.text) || self.text == legacy_escape(value)
    }
}

impl Edges {
    /// Start and end of a spelling in `text`, with what lies around it and belongs to it.
    pub fn widened(self, text: &str, start: usize, end: usize) -> (usize, usize) {
        let Self::Base64 { before, behind } = self else {
            return (start, end);
        };
        let bytes = text.as_bytes();
        let is_digit = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'-' | b'_');
        let start = start - usize::from(before && start > 0 && is_digit(&bytes[start - 1]));
        let end = end + usize::from(behind && bytes.get(end).is_some_and(is_digit));
        let padding = bytes[end..].iter().take(2).take_while(|byte| **byte == b'=');
        (start, end + padding.count())
    }
}

/// Every spelling of a secret that is long enough to be looked for.
pub(super) fn spellings(value: &str) -> BTreeSet<Spelling> {
    let mut found = BTreeSet::new();
    if value.trim().chars().count() < MIN_HIDDEN_SECRET {
        return found;
    }
    let mut add = |text: String, edges: Edges| {
        if text.chars().count() >= MIN_HIDDEN_SECRET {
            found.insert(Spelling { text, edges });
        }
    };
    for text in escaped(value) {
        add(text, Edges::None);
    }
    for line in long_lines(value) {
        add(line.to_owned(), Edges::None);
    }
    // In Basic headers as it is or encoded for a URL (RFC 6749 section 2.3.1), in tokens as JSON.
    let texts = [
        value.to_owned(),
        value.trim().to_owned(),
        json(value),
        url_component(value),
        form(value),
    ];
    let mut encoded: BTreeSet<Vec<u8>> = texts.map(String::into_bytes).into();
    encoded.extend(latin1(value));
    for bytes in encoded {
        for (text, edges) in base64(&bytes) {
            add(text.replace('+', "-").replace('/', "_"), edges);
            add(text, edges);
        }
    }
    for bytes in [Some(value.as_bytes().to_vec()), latin1(value)]
        .into_iter()
        .flatten()
    {
        for text in listed(&bytes) {
            add(text, Edges::None);
        }
    }
    found
}

/// A secret as it is, without white space around it, without control characters as in messages, in all capital
/// and all small letters, and escaped.
fn escaped(value: &str) -> BTreeSet<String> {
    let json = json(value);
    let mut texts = BTreeSet::from([
        value.to_owned(),
        value.trim().to_owned(),
        value.replace(char::is_control, ""),
        value.to_uppercase(),
        value.to_lowercase(),
        self::json(&json),
        ascii_json(value),
        json,
        utf16_units(value, |_| true),
        bytes_as(value.as_bytes(), "\\x"),
    ]);
    texts.extend(['\'', '"', '`'].map(|quote| inspected(value, quote)));
    texts.extend(["&#39;", "&#x27;", "&#039;", "&apos;", "'"].map(|quote| html(value, quote)));
    texts.extend([url_component(value), form(value)]);
    // What `encodeURI` leaves as it is, and RFC 3986.
    texts.extend(["-_.!~*'();/?:@&=+$,#", "-_.~"].map(|kept| percent(value, kept)));
    texts.insert(percent(value, "-_.~").replace("%20", "+"));
    texts.insert(bytes_as(value.as_bytes(), "%"));
    texts.insert(legacy_escape(value));
    texts
}

/// Lines of a secret that has several: an object's members are shown line by line.
fn long_lines(value: &str) -> impl Iterator<Item = &str> {
    let lines = value.lines().map(str::trim);
    lines.filter(|line| line.chars().count() >= MIN_LINE && !line.starts_with("-----"))
}

/// The inside of a JSON string.
fn json(value: &str) -> String {
    let quoted = serde_json::Value::from(value).to_string();
    quoted[1..quoted.len() - 1].to_owned()
}

/// The same in ASCII.
fn ascii_json(value: &str) -> String {
    utf16_units(&json(value), |character| !character.is_ascii())
}

/// Some characters as `\u0000`.
fn utf16_units(value: &str, is_escaped: impl Fn(char) -> bool) -> String {
    let mut text = String::with_capacity(value.len());
    for character in value.chars() {
        if !is_escaped(character) {
            text.push(character);
            continue;
        }
        for unit in character.encode_utf16(&mut [0; 2]) {
            let _ = write!(text, "\\u{unit:04x}");
        }
    }
    text
}

/// The inside of a string as `console.log` shows it in an object.
fn inspected(value: &str, quote: char) -> String {
    let mut text = String::with_capacity(value.len());
    for character in value.chars() {
        match character {
            '\\' => text.push_str("\\\\"),
            '\n' => text.push_str("\\n"),
            '\t' => text.push_str("\\t"),
            '\r' => text.push_str("\\r"),
            '\u{8}' => text.push_str("\\b"),
            '\u{c}' => text.push_str("\\f"),
            '\u{b}' => text.push_str("\\v"),
            _ if character == quote => text.extend(['\\', quote]),
            _ if character.is_control() => {
                let _ = write!(text, "\\x{:02X}", u32::from(character));
            }
            _ => text.push(character),
        }
    }
    text
}

/// As `escape` writes it.
fn legacy_escape(value: &str) -> String {
    let mut text = String::with_capacity(value.len());
    for unit in value.encode_utf16() {
        let _ = match u8::try_from(unit) {
            Ok(byte) if byte.is_ascii_alphanumeric() || b"@*_+-./".contains(&byte) => {
                text.write_char(char::from(byte))
            }
            Ok(byte) => write!(text, "%{byte:02X}"),
            Err(_) => write!(text, "%u{unit:04X}"),
        };
    }
    text
}

fn html(value: &str, apostrophe: &str) -> String {
    value
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
        .replace('\'', apostrophe)
}

/// As `encodeURIComponent` writes it.
fn url_component(value: &str) -> String {
    percent(value, "-_.!~*'()")
}

/// As forms and `URLSearchParams` write it.
fn form(value: &str) -> String {
    percent(value, "-_.*").replace("%20", "+")
}

/// Percent-encoded but for letters, digits and what is `kept`.
fn percent(value: &str, kept: &str) -> String {
    let mut text = String::with_capacity(value.len());
    for byte in value.bytes() {
        if byte.is_ascii_alphanumeric() || kept.as_bytes().contains(&byte) {
            text.push(char::from(byte));
        } else {
            let _ = write!(text, "%{byte:02X}");
        }
    }
    text
}

/// The bytes of a text that ISO 8859-1 can write otherwise than UTF-8.
fn latin1(value: &str) -> Option<Vec<u8>> {
    let bytes: Option<Vec<u8>> = value
        .chars()
        .map(|character| u8::try_from(u32::from(character)).ok())
        .collect();
    bytes.filter(|_| !value.is_ascii())
}

/// The characters of base64 that hold bits of `bytes` only, wherever they begin in what is encoded.
fn base64(bytes: &[u8]) -> impl Iterator<Item = (String, Edges)> {
    (0..3).map(|offset| {
        let padded = [&vec![0; offset][..], bytes].concat();
        let text = STANDARD_NO_PAD.encode(&padded);
        let first = (offset * 8).div_ceil(6);
        let last = padded.len() * 8 / 6;
        let edges = Edges::Base64 {
            before: offset > 0,
            behind: last < text.len(),
        };
        (text.get(first..last).unwrap_or_default().to_owned(), edges)
    })
}

/// The bytes as numbers.
fn listed(bytes: &[u8]) -> impl Iterator<Item = String> {
    let decimal = |between: &str| bytes.iter().map(u8::to_string).collect::<Vec<_>>().join(between);
    let hexadecimal = ["", " ", ":"].map(|between| {
        let text = bytes_as(bytes, between);
        text[between.len()..].to_owned()
    });
    [decimal(","), decimal(", "), decimal(" ")]
        .into_iter()
        .chain(hexadecimal)
}

/// Hexadecimal, with `before` before each byte.
fn bytes_as(bytes: &[u8], before: &str) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{before}{byte:02x}");
        text
    })
}
