//! One encoded value: percent escapes, base64 in any spelling and DEFLATE come off, as often as they are there.
//!
//! XML or DEFLATE is decided after a byte order mark and white space, which are no part of a document
//! (XML 1.0 appendix F and section 2.8).

use super::compressed::{Header, InflateError, begins_like_xml};
use super::content::Remark;
use super::escapes;
use crate::encoding::other_encoding;
use crate::inspect::code::Code;
use crate::inspect::travelled::Compression;
use crate::saml::inbound::document;
use base64::alphabet::STANDARD as ALPHABET;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig, STANDARD, URL_SAFE_NO_PAD};
use base64::engine::{DecodePaddingMode, Engine};
use std::borrow::Cow;

/// What was in a value.
#[derive(Debug)]
pub(super) struct Opened {
    pub layers: Vec<String>,
    pub remarks: Vec<Remark>,
    pub inside: Inside,
}

#[derive(Debug)]
pub(super) enum Inside {
    Compact(String),
    Der(Vec<u8>),
    /// Text that is neither a token nor XML, and is to be looked at again.
    Text(String),
    /// Text in this encoding, in which no message is read.
    Encoded(&'static str),
    Xml(String, Compression),
}

/// Why a value cannot be opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ValueError {
    /// Base64 of something that is neither text nor a whole stream.
    Content,
    /// Not base64.
    Encoding,
    /// It inflates to more than any message has.
    TooLong,
}

/// Opens a value. `escaped` says how often percent escapes were undone before.
///
/// # Errors
/// The value holds nothing that is known.
pub(super) fn open(value: &str, escaped: usize) -> Result<Opened, ValueError> {
    let mut opened = Opened {
        layers: Vec::new(),
        remarks: Vec::new(),
        inside: Inside::Text(String::new()),
    };
    let (mut text, mut escaped, mut packed) = (Cow::Borrowed(value), escaped, 0);
    for _ in 0..MOST_LAYERS {
        if packed > 0 && text.trim_start().starts_with(['{', '[']) {
            opened.inside = Inside::Text(text.into_owned());
            return Ok(opened.judged(escaped, packed));
        }
        text = Cow::Owned(bare(&text).to_owned());
        if is_xml(text.as_bytes()) {
            opened.inside = Inside::Xml(text.into_owned(), Compression::None);
            return Ok(opened.judged(escaped, packed));
        }
        if is_compact(&text) {
            opened.inside = Inside::Compact(text.into_owned());
            return Ok(opened.judged(escaped, packed));
        }
        if let Some((layer, plain)) = unescaped(&text) {
            escaped += usize::from(layer == PERCENT);
            opened.layers.push(layer.to_owned());
            text = Cow::Owned(plain);
            continue;
        }
        let Some(base64) = Base64::of(&text) else {
            // What was packed and is no base64 now is text of its own.
            if packed == 0 {
                return Err(ValueError::Encoding);
            }
            opened.inside = Inside::Text(text.into_owned());
            return Ok(opened.judged(escaped, packed));
        };
        packed += 1;
        opened.layers.push(base64.layer.to_owned());
        opened.remarks.extend(base64.remark.clone());
        match content(&base64, &mut opened)? {
            Some(Inside::Text(inner)) => text = Cow::Owned(inner),
            Some(inside) => {
                opened.inside = inside;
                return Ok(opened.judged(escaped, packed));
            }
            None => return Err(ValueError::Content),
        }
    }
    Err(ValueError::Content)
}

/// Whether the beginning of a run of base64 is that of a message; looks at a few bytes only.
pub(super) fn begins_like_a_message(run: &str) -> bool {
    let run = escapes::percent(run);
    let start: String = run
        .chars()
        .filter(|character| !character.is_ascii_whitespace())
        .take_while(char::is_ascii)
        .take(STARTS)
        .map(standard)
        .collect();
    let whole = start.len() - start.len() % 4;
    let Ok(bytes) = LENIENT.decode(&start[..whole]) else {
        return false;
    };
    // Base64 of base64 begins like the base64 of a document or a token.
    let is_twice = BEGINNINGS
        .iter()
        .any(|beginning| bytes.starts_with(beginning.as_bytes()));
    is_xml(&bytes) || other_encoding(&bytes).is_some() || begins_like_xml(&bytes, is_xml) || is_twice
}

/// An XML document, after a byte order mark and white space.
pub(super) fn is_xml(bytes: &[u8]) -> bool {
    let first = bytes.iter().position(|byte| *byte == b'<').unwrap_or_default();
    let before = std::str::from_utf8(&bytes[..first]).unwrap_or("x");
    match &bytes[first..] {
        _ if !document(before).is_empty() => false,
        [b'<'] => true,
        [b'<', next, ..] => next.is_ascii_alphabetic() || b"?!_".contains(next),
        _ => false,
    }
}

/// Three or five parts, the first of which is a JSON object.
pub(super) fn is_compact(text: &str) -> bool {
    let parts: Vec<_> = text.split('.').collect();
    let Some(header) = parts.first().and_then(|part| URL_SAFE_NO_PAD.decode(part).ok()) else {
        // A header that is damaged is still recognised by how every JSON object begins.
        return text.starts_with("eyJ") && parts.len() > 1;
    };
    parts.len() > 1 && header.first() == Some(&b'{')
}

/// A DER SEQUENCE whose length is that of the whole.
pub(super) fn is_asn1(bytes: &[u8]) -> bool {
    matches!(
        bytes,
        [0x30, 0x81..=0x84, _, ..] | [0x30, 0..=0x7f, 0x02 | 0x30 | 0x31, ..]
    )
}

impl Opened {
    fn judged(mut self, escaped: usize, packed: usize) -> Self {
        for (times, what) in [(escaped, "percent encoding"), (packed, "base64")] {
            if times > 1 {
                self.remarks.push(Remark {
                    code: Code::EncodedTwice,
                    message: format!(
                        "the message is encoded twice ({what}); whoever receives it so decodes once and cannot read \
                         it. Encode it once, or take it from where it was sent"
                    ),
                });
            }
        }
        self
    }
}

/// What base64 holds; `None` if that is nothing known.
fn content(base64: &Base64, opened: &mut Opened) -> Result<Option<Inside>, ValueError> {
    let bytes = &base64.bytes;
    if let Some(encoding) = other_encoding(bytes) {
        return Ok(Some(Inside::Encoded(encoding)));
    }
    if is_asn1(bytes) && base64.remark.is_none() {
        return Ok(Some(Inside::Der(bytes.clone())));
    }
    if let Ok(text) = std::str::from_utf8(bytes) {
        let text = document(text);
        if is_xml(bytes) {
            // Without its padding it may as well be cut off.
            let is_whole = base64.is_padded || text.trim_end().ends_with('>');
            return Ok(is_whole.then(|| Inside::Xml(text.to_owned(), Compression::None)));
        }
        if is_printable(text) {
            return Ok(Some(Inside::Text(text.to_owned())));
        }
    }
    for header in Header::candidates(bytes) {
        let content = match header.inflate(bytes) {
            Ok(content) => content,
            Err(InflateError::TooLong) => return Err(ValueError::TooLong),
            Err(InflateError::Damaged) => continue,
        };
        if *header != Header::None {
            opened.remarks.push(Remark {
                code: Code::DeflateHeader,
                message: format!(
                    "the message is compressed as {}, which SAML does not use: receivers expect raw DEFLATE, without \
                     a header (bindings 3.4.4.1). Compress it with raw DEFLATE",
                    header.layer()
                ),
            });
        }
        opened.layers.push(header.layer().to_owned());
        if let Some(encoding) = other_encoding(&content) {
            return Ok(Some(Inside::Encoded(encoding)));
        }
        let text = String::from_utf8(content)
            .ok()
            .filter(|text| is_xml(text.as_bytes()));
        return Ok(text.map(|text| {
            let text = document(&text).to_owned();
            Inside::Xml(text, Compression::Deflate)
        }));
    }
    Ok(None)
}

/// Text with one kind of escapes undone.
fn unescaped(text: &str) -> Option<(&'static str, String)> {
    let ways: [escapes::Way; 3] = [
        ("JSON escapes", escapes::json),
        ("character references", escapes::references),
        (PERCENT, escapes::percent),
    ];
    ways.into_iter().find_map(|(name, undo)| match undo(text) {
        Cow::Owned(plain) if plain != text => Some((name, plain)),
        _ => None,
    })
}

/// Without what stands around a value that was copied: white space, quotes, what ends a statement.
fn bare(text: &str) -> &str {
    let around = |character: char| {
        character.is_whitespace()
            || "\"'`,;\\()[]{}\u{feff}".contains(character)
            || escapes::TYPOGRAPHIC.contains(&character)
    };
    // What begins like a document keeps its end.
    let start = text.trim_start_matches(around);
    if start.starts_with('<') {
        return start.trim_end();
    }
    start.trim_end_matches(around)
}

/// Printable text: nothing that shows that the bytes are something else.
fn is_printable(text: &str) -> bool {
    text.len() > 2
        && !text
            .chars()
            .any(|character| character.is_control() && !character.is_whitespace())
}

/// Decoded base64, and how it was spelt.
struct Base64 {
    bytes: Vec<u8>,
    layer: &'static str,
    is_padded: bool,
    remark: Option<Remark>,
}

impl Base64 {
    fn of(text: &str) -> Option<Self> {
        let packed: String = text.split_ascii_whitespace().collect();
        if let Some(bytes) = STANDARD.decode(&packed).ok().filter(|bytes| !bytes.is_empty()) {
            return Some(Self {
                bytes,
                layer: "base64",
                is_padded: true,
                remark: None,
            });
        }
        let is_url_safe = packed.contains(['-', '_']);
        let plain: String = packed.chars().map(standard).collect();
        let is_padded = plain.len().is_multiple_of(4);
        let bytes = LENIENT.decode(&plain).ok().filter(|bytes| !bytes.is_empty())?;
        let (layer, what) = match (is_url_safe, is_padded) {
            (true, true) => ("base64url", "in the alphabet of URLs (- and _)"),
            (true, false) => (
                "base64url",
                "in the alphabet of URLs (- and _) and without padding (=)",
            ),
            (false, _) => ("base64 without padding", "without its padding (=)"),
        };
        Some(Self {
            bytes,
            layer,
            is_padded,
            remark: Some(Remark {
                code: Code::Base64Spelling,
                message: format!(
                    "the base64 is written {what}; SAML has the standard alphabet with padding (bindings 3.4.4.1 and \
                     3.5.4, RFC 2045), and some receivers refuse anything else"
                ),
            }),
        })
    }
}

fn standard(character: char) -> char {
    match character {
        '-' => '+',
        '_' => '/',
        other => other,
    }
}

const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &ALPHABET,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);
/// Base64 of `<s`, `<?`, `<R`, `<A`, `{"` and of a byte order mark.
const BEGINNINGS: [&str; 6] = ["PHN", "PD9", "PFJ", "PEF", "eyJ", "77u"];
const PERCENT: &str = "percent encoding";
/// Escapes and encodings around each other.
const MOST_LAYERS: usize = 8;
/// How many characters tell what a run holds.
const STARTS: usize = 120;
