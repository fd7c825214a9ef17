//! Takes off what a thing is wrapped in, and finds it in what people have it in: a URL, a form body, a page, a
//! recording, a log, the answer of a token endpoint.
//!
//! First the input is taken for the thing itself ([`kinds`]). If it is not, the places of its container are looked
//! at, each like an input of its own, to a fixed depth; then the same text with its escapes undone. What was found
//! first counts, unless another one is chosen by its number: responses and assertions before other messages.

mod compressed;
mod content;
mod escapes;
mod kinds;
mod lines;
mod markup;
mod members;
mod names;
mod page;
mod parameters;
mod search;
mod value;

pub(super) use content::{Content, Remark};

use super::code::Code;
use crate::encoding::other_encoding;
use crate::saml::inbound::document;
use content::Message;
use names::LOOKED_FOR;
use search::Search;
use std::borrow::Cow;
use std::num::NonZeroUsize;
use value::ValueError;

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
        Err(content) => return chosen(vec![Message::bare(Vec::new(), *content)], pick),
    };
    let text = text.trim_start_matches('\u{feff}').trim();
    let mut search = Search::of(text.len());
    search.look(text, &layers, 0);
    chosen(search.ranked(|| nothing(text)), pick)
}

/// The input as text, and what it is encoded in if that is not UTF-8.
fn text_of(bytes: &[u8]) -> Result<(Cow<'_, str>, Option<&'static str>), Box<Content>> {
    let Some(encoding) = other_encoding(bytes) else {
        return match std::str::from_utf8(bytes) {
            Ok(text) => Ok((Cow::Borrowed(text), None)),
            Err(_) if value::is_asn1(bytes) => Err(Box::new(Content::Der(bytes.to_vec()))),
            Err(_) => Err(Box::new(Content::stuck(
                Code::NotUtf8,
                "input",
                "the input is neither UTF-8 text nor DER; give the message as text, or a certificate as PEM or DER",
            ))),
        };
    };
    let unit: fn([u8; 2]) -> u16 = match bytes {
        [0xfe | 0, ..] => u16::from_be_bytes,
        _ => u16::from_le_bytes,
    };
    let units: Vec<u16> = bytes
        .chunks_exact(2)
        .map(|pair| unit([pair[0], pair[1]]))
        .collect();
    match String::from_utf16(&units) {
        // Text around a message is read all the same; a document says which encoding it is in.
        Ok(text) if is_around(&text) => Ok((Cow::Owned(text), Some(encoding))),
        _ => Err(Box::new(parameters::in_other_encoding(encoding))),
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
        return chosen(vec![Message::bare(Vec::new(), content)], None);
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

/// `number 2 (id_token), number 3 (access_token)`.
pub(super) fn listed(messages: &[(usize, String)]) -> String {
    let named = messages
        .iter()
        .take(MOST_LISTED)
        .map(|(number, name)| format!("number {number} ({name})"));
    let mut text = named.collect::<Vec<_>>().join(", ");
    if messages.len() > MOST_LISTED {
        text.push_str(", ...");
    }
    text
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
    if text.contains("SAMLart=") {
        return missing(
            "SAMLart stands for a message that the receiver fetches from the sender (bindings 3.6); the input",
        );
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

const MOST_LISTED: usize = 20;

#[cfg(test)]
mod tests;
