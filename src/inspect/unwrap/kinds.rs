//! What a text is, if it is nothing but that, and the places of a container.

use super::content::{Content, Message, Part, Piece};
use super::names::SAML;
use super::value::{self, Inside, Opened, ValueError};
use super::{lines, markup, members, page, parameters};
use crate::inspect::code::Code;
use crate::inspect::json::{self, JsonError};

/// What the text is, if it is nothing but that.
pub(super) fn direct(text: &str) -> Vec<Message> {
    let one = |content| vec![Message::bare(Vec::new(), content)];
    if text.contains("-----BEGIN ") && !text.starts_with(['<', '{', '[', '"']) {
        return one(Content::Pem(text.to_owned()));
    }
    if text.starts_with('<') {
        let is_itself = markup::is_itself(markup::first_tag(text)) && text.contains(SAML);
        return if is_itself {
            one(Content::alone(text))
        } else {
            Vec::new()
        };
    }
    if text.starts_with('{') {
        return if is_key(text) {
            one(Content::Json(text.to_owned()))
        } else {
            Vec::new()
        };
    }
    if text.starts_with("http://") || text.starts_with("https://") {
        return if text.contains(char::is_whitespace) {
            Vec::new()
        } else {
            parameters::of_url(text)
        };
    }
    if parameters::are_pairs(text) {
        return parameters::of_pairs(text);
    }
    if lines::are_values(text) {
        return Vec::new();
    }
    let unsure = text.strip_prefix("Bearer ").unwrap_or(text).trim();
    if value::is_compact(unsure) && !unsure.contains([' ', '"']) {
        return one(Content::Compact(unsure.to_owned()));
    }
    let mut found = Message::bare(Vec::new(), Content::Json(String::new()));
    match value::open(text, 0) {
        Ok(opened) => match alone(opened, &mut found) {
            Ok(content) => found.content = content,
            Err(_) => return Vec::new(),
        },
        Err(_) => return Vec::new(),
    }
    vec![found]
}

/// Whether the text is a message or metadata, by its first tag.
pub(super) fn is_document(text: &str) -> bool {
    text.starts_with('<') && markup::is_itself(markup::first_tag(text)) && text.contains(SAML)
}

/// The content of a value without a name; its text if that is to be looked at again.
pub(super) fn alone(opened: Opened, message: &mut Message) -> Result<Content, String> {
    message.layers.extend(opened.layers);
    message.remarks.extend(opened.remarks);
    Ok(match opened.inside {
        Inside::Compact(token) => Content::Compact(token),
        Inside::Der(der) => Content::Der(der),
        Inside::Text(text) => return Err(text),
        Inside::Encoded(encoding) => parameters::in_other_encoding(encoding),
        Inside::Xml(text, _) => Content::alone(text),
    })
}

/// A key or a key set; a document with a member twice is told of by the code that reads the whole of it.
fn is_key(text: &str) -> bool {
    match json::read(text.as_bytes()) {
        Ok(document) => {
            document.get("kty").is_some() || document.get("keys").is_some_and(serde_json::Value::is_array)
        }
        Err(JsonError::Repeated(_)) => true,
        Err(JsonError::Invalid(_)) => false,
    }
}

/// The places of a container.
pub(super) fn parts(text: &str) -> Vec<Part> {
    if text.starts_with('<') {
        let tag = markup::first_tag(text);
        let inside = if page::is_page(tag) {
            Vec::new()
        } else {
            markup::parts(text)
        };
        if !inside.is_empty() {
            return inside;
        }
        let inside = if page::is_page(tag) {
            Vec::new()
        } else {
            lines::parts(text)
        };
        return if inside.is_empty() {
            page::parts(text)
        } else {
            inside
        };
    }
    if text.starts_with(['{', '[', '"']) {
        if let Ok(document) = json::read(text.as_bytes()) {
            return members::parts(&document);
        }
        let lines: Option<Vec<_>> = text
            .lines()
            .filter(|line| !line.trim().is_empty())
            .map(|line| json::read(line.as_bytes()).ok())
            .collect();
        if let Some(lines) = lines {
            return lines.iter().flat_map(members::parts).collect();
        }
    }
    match value::open(text, 0) {
        Ok(Opened {
            inside: Inside::Text(inner),
            layers,
            ..
        }) if !layers.is_empty() => vec![Part {
            layer: layers.join(", "),
            name: String::new(),
            piece: Piece::Text(inner),
        }],
        _ => lines::parts(text),
    }
}

/// What is said of a named value that holds nothing; `None` if it is so short that it may be a word.
pub(super) fn failed(error: ValueError, value: &str, parameter: &'static str) -> Option<Content> {
    if value.len() < SHORTEST_DAMAGED {
        return None;
    }
    let (code, what) = match error {
        ValueError::Content => (
            Code::DeflateDamaged,
            "holds neither XML nor a complete raw DEFLATE stream of it; the message may be cut off",
        ),
        ValueError::Encoding => (Code::NotBase64, "is not valid base64; the value may be cut off"),
        ValueError::TooLong => (
            Code::InflatesTooFar,
            "inflates to more than any protocol message has",
        ),
    };
    Some(Content::stuck(code, parameter, format!("{parameter} {what}")))
}

/// A shorter value is a word of a log.
const SHORTEST_DAMAGED: usize = 40;
