//! The messages of an input: every place is looked at like an input of its own, to a fixed depth and as often as it
//! takes to undo escapes.

use super::content::{Content, Message, Part, Piece};
use super::escapes;
use super::kinds::{alone, direct, failed, is_document, parts};
use super::value::{self, Inside, Opened};
use super::{markup, names, parameters};
use crate::inspect::code::Code;
use crate::inspect::travelled::{Travelled, Which};
use crate::xml::{self, Limits};
use std::collections::HashMap;

/// What was found so far.
pub(super) struct Search {
    messages: Vec<(Rank, Message)>,
    /// Where among the messages a content is, by its text.
    seen: HashMap<String, usize>,
    /// How many bytes are looked at still.
    left: usize,
}

impl Search {
    /// For an input of this length, bytes.
    pub fn of(length: usize) -> Self {
        Self {
            messages: Vec::new(),
            seen: HashMap::new(),
            left: length.saturating_mul(MOST_PASSES),
        }
    }

    /// Looks at text as at an input of its own. `around` is what it was found in.
    pub fn look(&mut self, text: &str, around: &[String], depth: usize) {
        let text = text.trim_start_matches('\u{feff}').trim();
        let Some(left) = self.left.checked_sub(text.len()) else {
            return;
        };
        self.left = left;
        if is_document(text) && !markup::is_copied(text) {
            // What is wrong with it is for the reader of messages to say.
            return self.found(Message::bare(around.to_vec(), Content::alone(text)));
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
            self.found_or_inside(message, depth);
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
                    self.found_or_inside(found, depth);
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
        self.found_or_inside(message, depth);
    }

    /// Takes a message, or what is inside it if it is XML around a message.
    fn found_or_inside(&mut self, message: Message, depth: usize) {
        if let Content::Xml {
            text,
            which: Which::Root,
            ..
        } = &message.content
            && !is_document(text)
            && depth < DEEPEST
        {
            let before = self.messages.len();
            self.look(text, &message.layers, depth + 1);
            if self.messages.len() > before {
                return;
            }
        }
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
    pub fn ranked(mut self, nothing: impl FnOnce() -> Content) -> Vec<Message> {
        self.messages.sort_by_key(|(rank, _)| *rank);
        if self.good() > 0 {
            self.messages.retain(|(rank, _)| *rank <= Rank::Doubtful);
        } else {
            self.messages.truncate(1);
        }
        if self.messages.is_empty() {
            return vec![Message::bare(Vec::new(), nothing())];
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

/// How often each byte of the input is looked at, as it stands and with its escapes undone.
const MOST_PASSES: usize = 12;
/// Containers in containers.
const DEEPEST: usize = 8;
pub(super) const MOST_MESSAGES: usize = 100;
