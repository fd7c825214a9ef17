//! An HTML page: the fields of its forms, its links and its text.

use super::content::{Part, Piece};
use super::names::parameter;
use html5gum::{DefaultEmitter, HtmlString, StartTag, Token, Tokenizer};

/// What a page holds. Attributes may stand in any order and quoting, references are resolved.
pub(super) fn parts(page: &str) -> Vec<Part> {
    let mut emitter = DefaultEmitter::default();
    emitter.naively_switch_states(true);
    let mut reading = Reading::default();
    for token in Tokenizer::new_with_emitter(page, emitter).flatten() {
        match token {
            Token::StartTag(tag) => reading.open(&tag),
            Token::EndTag(tag) => reading.close(&lossy(&tag.name)),
            Token::String(text) => reading.text.push_str(&lossy(&text.value)),
            Token::Comment(text) => reading.push("comment", lossy(&text.value)),
            Token::Doctype(_) | Token::Error(_) => {}
        }
    }
    reading.end_of_text();
    reading.end_of_form();
    reading.parts
}

/// Whether a document is a page, or a part of one, by its first tag.
pub(super) fn is_page(first_tag: &str) -> bool {
    const TAGS: [&str; 12] = [
        "!doctype html",
        "body",
        "div",
        "form",
        "head",
        "html",
        "input",
        "meta",
        "noscript",
        "pre",
        "script",
        "textarea",
    ];
    let tag = first_tag.to_ascii_lowercase();
    TAGS.iter()
        .any(|known| tag == *known || tag.starts_with("!doctype html"))
}

#[derive(Default)]
struct Reading {
    parts: Vec<Part>,
    /// Fields of the form that is open.
    fields: Vec<(String, String)>,
    /// The name of a textarea whose text follows.
    area: Option<String>,
    text: String,
}

impl Reading {
    fn open(&mut self, tag: &StartTag<()>) {
        self.end_of_text();
        let tag_name = lossy(&tag.name);
        let attribute = |name: &str| {
            tag.attributes
                .get(name.as_bytes())
                .map(|value| lossy(&value.value))
        };
        match tag_name.as_str() {
            "form" => self.end_of_form(),
            "textarea" => self.area = attribute("name"),
            _ => {}
        }
        let named = attribute("name").or_else(|| attribute("id"));
        if let (Some(name), Some(value)) = (named, attribute("value").or_else(|| attribute("content"))) {
            let known = parameter(&name).is_some();
            if known || name == "RelayState" {
                return self.fields.push((name, value));
            }
        }
        for (name, value) in &tag.attributes {
            self.push(&format!("{} of {tag_name}", lossy(name)), lossy(&value.value));
        }
    }

    fn close(&mut self, tag: &str) {
        if tag == "textarea"
            && let Some(name) = self.area.take()
            && (parameter(&name).is_some() || name == "RelayState")
        {
            let text = std::mem::take(&mut self.text);
            self.fields.push((name, text));
        }
        self.end_of_text();
        if tag == "form" {
            self.end_of_form();
        }
    }

    fn end_of_text(&mut self) {
        let text = std::mem::take(&mut self.text);
        self.push("text", text);
    }

    fn end_of_form(&mut self) {
        let fields = std::mem::take(&mut self.fields);
        let relay_state = fields.iter().find(|(name, _)| name == "RelayState");
        let relay_state = relay_state.map(|(_, value)| value.clone());
        for (place, (name, value)) in fields.iter().enumerate() {
            let Some(parameter) = parameter(name) else {
                continue;
            };
            let is_again = |other: &(String, String)| other.0 == *name;
            if fields[..place].iter().any(is_again) {
                continue;
            }
            let piece = if fields[place + 1..].iter().any(is_again) {
                Piece::Repeated(parameter)
            } else {
                Piece::Named {
                    parameter,
                    value: value.clone(),
                    relay_state: relay_state.clone(),
                }
            };
            self.parts.push(Part {
                layer: format!("HTML page, form field {parameter}"),
                name: parameter.to_owned(),
                piece,
            });
        }
    }

    fn push(&mut self, place: &str, text: String) {
        if text.trim().len() >= SHORTEST {
            self.parts.push(Part {
                layer: format!("HTML page, {place}"),
                name: place.to_owned(),
                piece: Piece::Text(text),
            });
        }
    }
}

fn lossy(text: &HtmlString) -> String {
    String::from_utf8_lossy(text).into_owned()
}

/// No message and no token is shorter.
const SHORTEST: usize = 16;
