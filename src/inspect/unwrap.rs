//! Takes off what a thing is wrapped in, and finds it in what people have it in: a URL, a form body, a page, a
//! recording, a log, the answer of a token endpoint.
//!
//! First the input is taken for the thing itself ([`direct`]). If it is not, the places of its container are looked
//! at, each like an input of its own, to a fixed depth; then the same text with its escapes undone. What was found
//! first counts, unless another one is chosen by its number: responses and assertions before other messages.

mod compressed;
mod content;
mod escapes;
mod lines;
mod markup;
mod members;
mod names;
mod page;
mod parameters;
mod value;

pub(super) use content::{Compression, Content, Remark, Travelled, Which};

use super::code::Code;
use super::jose::json::{self, JsonError};
use crate::saml::inbound::{document, other_encoding};
use crate::xml::{self, Limits};
use content::{Message, Part, Piece};
use names::{LOOKED_FOR, SAML};
use std::borrow::Cow;
use std::collections::HashMap;
use std::num::NonZeroUsize;
use value::{Inside, Opened, ValueError};

/// What was inside, and what was around it.
#[derive(Debug)]
pub(super) struct Unwrapped {
    /// Outermost first.
    pub layers: Vec<String>,
    pub remarks: Vec<Remark>,
    pub content: Content,
    /// Messages and tokens that came along and are not looked at, with their numbers. Empty if one was chosen.
    pub passed_over: Vec<(usize, String)>,
}

/// Takes everything off that can be taken off. `pick` is the number of the message, from 1, where there are several.
pub(super) fn unwrap(bytes: &[u8], pick: Option<NonZeroUsize>) -> Unwrapped {
    let (text, layers) = match text_of(bytes) {
        Ok((text, layer)) => (text, layer.into_iter().map(str::to_owned).collect::<Vec<_>>()),
        Err(content) => return chosen(vec![message(Vec::new(), content)], pick),
    };
    let text = text.trim_start_matches('\u{feff}').trim();
    let mut search = Search {
        messages: Vec::new(),
        seen: HashMap::new(),
        left: text.len().saturating_mul(MOST_PASSES),
    };
    search.look(text, &layers, 0);
    chosen(search.ranked(|| nothing(text)), pick)
}

/// The input as text, and what it is encoded in if that is not UTF-8.
fn text_of(bytes: &[u8]) -> Result<(Cow<'_, str>, Option<&'static str>), Content> {
    let Some(encoding) = other_encoding(bytes) else {
        return match std::str::from_utf8(bytes) {
            Ok(text) => Ok((Cow::Borrowed(text), None)),
            Err(_) if value::is_asn1(bytes) => Err(Content::Der(bytes.to_vec())),
            Err(_) => Err(Content::stuck(
                Code::NotUtf8,
                "input",
                "the input is neither UTF-8 text nor DER; give the message as text, or a certificate as PEM or DER",
            )),
        };
    };
    let unit: fn([u8; 2]) -> u16 = match bytes {
        [0xfe, ..] | [0, ..] => u16::from_be_bytes,
        _ => u16::from_le_bytes,
    };
    let units: Vec<u16> = bytes
        .chunks_exact(2)
        .map(|pair| unit([pair[0], pair[1]]))
        .collect();
    match String::from_utf16(&units) {
        // Text around a message is read all the same; a document says which encoding it is in.
        Ok(text) if is_around(&text) => Ok((Cow::Owned(text), Some(encoding))),
        _ => Err(parameters::in_other_encoding(encoding)),
    }
}

/// Whether text may have a message in it and is none itself.
fn is_around(text: &str) -> bool {
    let text = document(text);
    !text.is_empty() && !text.starts_with('<') && !text.contains('\0')
}

/// The message with the number, or the first one with the names of the others.
fn chosen(mut messages: Vec<Message>, pick: Option<NonZeroUsize>) -> Unwrapped {
    let count = messages.len();
    let place = pick.map_or(0, |number| number.get() - 1);
    if place >= count {
        let names = messages
            .iter()
            .enumerate()
            .map(|(place, message)| (place + 1, message.name.clone()));
        let names = listed(&names.collect::<Vec<_>>());
        let content = Content::stuck(
            Code::MessageMissing,
            "input",
            format!(
                "--pick {} chooses a message that is not there; the input holds {names}",
                place + 1
            ),
        );
        return chosen(vec![message(Vec::new(), content)], None);
    }
    let message = messages.remove(place);
    let passed_over = match pick {
        Some(_) => Vec::new(),
        None => (2..)
            .zip(messages.into_iter().map(|message| message.name))
            .collect(),
    };
    Unwrapped {
        layers: message.layers,
        remarks: message.remarks,
        content: message.content,
        passed_over,
    }
}

/// `2 id_token, 3 access_token`.
pub(super) fn listed(messages: &[(usize, String)]) -> String {
    let named = messages
        .iter()
        .take(MOST_LISTED)
        .map(|(number, name)| format!("{number} {name}"));
    let mut text = named.collect::<Vec<_>>().join(", ");
    if messages.len() > MOST_LISTED {
        text.push_str(", ...");
    }
    text
}

fn message(layers: Vec<String>, content: Content) -> Message {
    Message {
        name: String::new(),
        layers,
        remarks: Vec::new(),
        content,
    }
}

struct Search {
    messages: Vec<(Rank, Message)>,
    /// Where among the messages a content is, by its text.
    seen: HashMap<String, usize>,
    /// How many bytes are looked at still.
    left: usize,
}

impl Search {
    /// Looks at text as at an input of its own. `around` is what it was found in.
    fn look(&mut self, text: &str, around: &[String], depth: usize) {
        let text = text.trim_start_matches('\u{feff}').trim();
        let Some(left) = self.left.checked_sub(text.len()) else {
            return;
        };
        self.left = left;
        if is_document(text) && !markup::is_copied(text) {
            // What is wrong with it is for the reader of messages to say.
            return self.found(message(around.to_vec(), Content::alone(text)));
        }
        let before = self.good();
        for mut message in direct(text) {
            // Certificates and keys are looked at alone; messages are full of them.
            if depth > 0
                && matches!(
                    message.content,
                    Content::Der(_) | Content::Json(_) | Content::Pem(_)
                )
            {
                continue;
            }
            message.layers.splice(0..0, around.iter().cloned());
            self.found(message);
        }
        if self.good() > before || depth >= DEEPEST {
            return;
        }
        let is_quoted = escapes::is_quoted_mail(text);
        let parts = if is_quoted { Vec::new() } else { parts(text) };
        for part in parts {
            if self.messages.len() >= MOST_MESSAGES {
                return;
            }
            let is_whole = matches!(&part.piece, Piece::Text(inner) if inner.len() == text.len());
            if !is_whole {
                self.part(part, around, depth);
            }
        }
        if self.good() == before
            && let Some((layer, plain)) = escapes::undone(text)
        {
            let around = [around, &[layer.to_owned()]].concat();
            self.look(&plain, &around, depth + 1);
        }
    }

    fn part(&mut self, part: Part, around: &[String], depth: usize) {
        let mut message = Message {
            name: part.name,
            layers: [around, &[part.layer]].concat(),
            remarks: Vec::new(),
            content: Content::Json(String::new()),
        };
        message.content = match part.piece {
            Piece::Text(text) => {
                let before = self.messages.len();
                self.look(&text, &message.layers, depth + 1);
                for (_, found) in &mut self.messages[before..] {
                    if found.name.is_empty() {
                        found.name.clone_from(&message.name);
                    }
                }
                return;
            }
            Piece::Element { text, number } => Content::Xml {
                text,
                which: Which::Inside(number),
                travelled: Travelled::Alone,
            },
            Piece::Parameters(text) => {
                for mut found in parameters::of_pairs(&text) {
                    found.layers.splice(0..0, message.layers.iter().cloned());
                    found.name.clone_from(&message.name);
                    self.found(found);
                }
                return;
            }
            Piece::Repeated(name) => parameters::repeated(name),
            Piece::Named {
                parameter,
                value,
                relay_state,
            } => match value::open(&value, 0) {
                Ok(Opened {
                    inside: Inside::Text(text),
                    ..
                }) => {
                    return self.look(&text, &message.layers, depth + 1);
                }
                Ok(opened) => match parameters::named(opened, relay_state, &mut message) {
                    Some(content) => content,
                    None => return,
                },
                Err(_) if names::is_token(parameter) => Content::Compact(value),
                Err(error) => match failed(error, &value, parameter) {
                    Some(content) => content,
                    None => return,
                },
            },
            Piece::Value(value) => match value::open(&value, 0) {
                Ok(opened) => match alone(opened, &mut message) {
                    Ok(Content::Der(_)) => return,
                    Ok(content) => content,
                    Err(text) => return self.look(&text, &message.layers, depth + 1),
                },
                Err(_) => return,
            },
        };
        self.found(message);
    }

    /// Takes a message unless it is there already, from another place of the same container.
    fn found(&mut self, message: Message) {
        let place = key(&message.content).map(|key| *self.seen.entry(key).or_insert(self.messages.len()));
        match place.and_then(|place| self.messages.get_mut(place)) {
            None => self.messages.push((rank(&message.content), message)),
            // The place with the signature of its query string tells more.
            Some((_, there)) if is_signed(&message.content) && !is_signed(&there.content) => *there = message,
            Some(_) => {}
        }
    }

    fn good(&self) -> usize {
        self.messages
            .iter()
            .filter(|(rank, _)| *rank < Rank::Doubtful)
            .count()
    }

    /// The messages by rank; what cannot be read only where there is nothing else.
    fn ranked(mut self, nothing: impl FnOnce() -> Content) -> Vec<Message> {
        self.messages.sort_by_key(|(rank, _)| *rank);
        if self.good() > 0 {
            self.messages.retain(|(rank, _)| *rank <= Rank::Doubtful);
        } else {
            self.messages.truncate(1);
        }
        if self.messages.is_empty() {
            return vec![message(Vec::new(), nothing())];
        }
        self.messages.into_iter().map(|(_, message)| message).collect()
    }
}

/// Which of several comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Rank {
    Response,
    Other,
    /// Named like a token, and no token that can be read.
    Doubtful,
    Unreadable,
}

fn rank(content: &Content) -> Rank {
    match content {
        Content::Xml {
            text,
            which: Which::Root,
            ..
        } => {
            if xml::read(text, Limits::METADATA).is_err() {
                return Rank::Unreadable;
            }
            match markup::first_tag(text).rsplit(':').next() {
                Some("Response" | "Assertion" | "EncryptedAssertion") => Rank::Response,
                _ => Rank::Other,
            }
        }
        Content::Compact(token) if !value::is_compact(token) => Rank::Doubtful,
        // What is refused for what it says is told, and nothing else looked for.
        Content::Stuck {
            code: Code::NotBase64 | Code::NotUtf8 | Code::DeflateDamaged | Code::MessageMissing,
            ..
        } => Rank::Unreadable,
        _ => Rank::Other,
    }
}

/// What is the same message wherever it stands.
fn key(content: &Content) -> Option<String> {
    match content {
        Content::Compact(token) => Some(token.clone()),
        Content::Xml { text, which, .. } => Some(format!("{which:?} {text}")),
        Content::Stuck { place, message, .. } => Some(format!("{place} {message}")),
        _ => None,
    }
}

fn is_signed(content: &Content) -> bool {
    matches!(
        content,
        Content::Xml {
            travelled: Travelled::Parameter {
                signature: Some(_),
                ..
            },
            ..
        }
    )
}

/// What the text is, if it is nothing but that.
fn direct(text: &str) -> Vec<Message> {
    let one = |content| vec![message(Vec::new(), content)];
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
    let unsure = text.strip_prefix("Bearer ").unwrap_or(text).trim();
    if value::is_compact(unsure) && !unsure.contains([' ', '"']) {
        return one(Content::Compact(unsure.to_owned()));
    }
    let mut found = message(Vec::new(), Content::Json(String::new()));
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
fn is_document(text: &str) -> bool {
    text.starts_with('<') && markup::is_itself(markup::first_tag(text)) && text.contains(SAML)
}

/// The content of a value without a name; its text if that is to be looked at again.
fn alone(opened: Opened, message: &mut Message) -> Result<Content, String> {
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
fn parts(text: &str) -> Vec<Part> {
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
fn failed(error: ValueError, value: &str, parameter: &'static str) -> Option<Content> {
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

/// What is said of an input in which nothing was found.
fn nothing(text: &str) -> Content {
    let missing = |what: &str| {
        Content::stuck(
            Code::MessageMissing,
            "input",
            format!("{what} holds no message and no token; {LOOKED_FOR}"),
        )
    };
    if text.starts_with('<') {
        return if page::is_page(markup::first_tag(text)) {
            missing("the page")
        } else {
            Content::alone(text)
        };
    }
    if text.starts_with('{') {
        return Content::Json(text.to_owned());
    }
    if text.starts_with("http://") || text.starts_with("https://") {
        return Content::stuck(
            Code::MessageMissing,
            "input",
            "the URL carries none of SAMLRequest, SAMLResponse, id_token, access_token and logout_token; give the \
             whole URL with its query",
        );
    }
    let packed: String = text.split_ascii_whitespace().collect();
    if looks_like_base64(&packed) {
        return of_value_error(value::open(text, 0).err());
    }
    Content::stuck(
        Code::NotRecognised,
        "input",
        format!(
            "the input is neither XML, base64, a token, JSON, PEM nor a URL, and nothing of it stands in it; give the \
             message as it was sent, uncut ({LOOKED_FOR})"
        ),
    )
}

fn of_value_error(error: Option<ValueError>) -> Content {
    let (code, message) = match error {
        Some(ValueError::TooLong) => (
            Code::InflatesTooFar,
            "the inflated message is longer than any protocol message; it may be meant to fill the memory",
        ),
        Some(ValueError::Content) => (
            Code::DeflateDamaged,
            "the base64 holds neither XML nor a complete raw DEFLATE stream of it; the message may be cut off",
        ),
        Some(ValueError::Encoding) | None => (
            Code::NotBase64,
            "the input looks like base64 and is not valid; it may be cut off. Give the message as it was sent, uncut",
        ),
    };
    Content::stuck(code, "input", message)
}

fn looks_like_base64(text: &str) -> bool {
    let is_base64 = |byte: u8| byte.is_ascii_alphanumeric() || b"+/=-_".contains(&byte);
    let count = text.bytes().filter(|byte| is_base64(*byte)).count();
    text.len() >= 40 && count * 20 > text.len() * 19
}

/// How often each byte of the input is looked at, as it stands and with its escapes undone.
const MOST_PASSES: usize = 12;
/// Containers in containers.
const DEEPEST: usize = 8;
const MOST_LISTED: usize = 20;
const MOST_MESSAGES: usize = 100;
/// A shorter value is a word of a log.
const SHORTEST_DAMAGED: usize = 40;

#[cfg(test)]
mod tests;
