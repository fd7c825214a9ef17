//! JSON that holds a message: answers of a token endpoint, entries of a log, HAR recordings, results of a login.

use super::content::{Part, Piece};
use super::names::{is_token, parameter};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value};

/// What the members of a document hold, in its order.
pub(super) fn parts(document: &Value) -> Vec<Part> {
    if document.get("outcome").is_some() {
        return of_result(document);
    }
    let entries = document.get("log").and_then(|log| log.get("entries"));
    let mut walk = Walk {
        container: if entries.is_some_and(Value::is_array) {
            "HAR recording"
        } else {
            "JSON"
        },
        parts: Vec::new(),
    };
    walk.value(document, String::new(), None);
    walk.parts
}

/// The result of `postlogin run` holds what it issued.
fn of_result(result: &Value) -> Vec<Part> {
    let text = |pointer: &str| result.pointer(pointer)?.as_str();
    let response = text("/saml/xml").map(|xml| ("saml.xml", Piece::Text(xml.to_owned())));
    let tokens = ["id_token", "access_token"].into_iter().filter_map(|parameter| {
        let value = text(&format!("/{parameter}"))?.to_owned();
        Some((
            parameter,
            Piece::Named {
                parameter,
                value,
                relay_state: None,
            },
        ))
    });
    let issued = response.into_iter().chain(tokens);
    issued
        .map(|(name, piece)| Part {
            layer: format!("result of a login, {name}"),
            name: name.to_owned(),
            piece,
        })
        .collect()
}

struct Walk {
    container: &'static str,
    parts: Vec<Part>,
}

impl Walk {
    /// `named` is the parameter that the value has the name of, with the RelayState beside it.
    fn value(&mut self, value: &Value, path: String, named: Option<(&'static str, Option<&str>)>) {
        match value {
            Value::String(text) => self.text(text, path, named),
            Value::Array(items) => {
                for (number, item) in items.iter().enumerate() {
                    self.value(item, format!("{path}[{number}]"), named);
                }
            }
            Value::Object(members) => self.object(members, &path),
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }

    fn object(&mut self, members: &Map<String, Value>, path: &str) {
        let text = |name: &str| members.get(name).and_then(Value::as_str);
        // Lists of pairs: the headers, fields and query strings of a recording.
        let name = text("name").or_else(|| text("key"));
        if let (Some(value), Some(parameter)) = (text("value"), name.and_then(parameter)) {
            return self.text(value, format!("{path} ({parameter})"), Some((parameter, None)));
        }
        let packed = match (text("encoding"), members.get("isBase64Encoded")) {
            (Some("base64"), _) => Some("text"),
            (_, Some(Value::Bool(true))) => Some("body"),
            _ => None,
        };
        for (name, value) in members {
            let path = joined(path, name);
            let decoded = (packed == Some(name.as_str()))
                .then(|| STANDARD.decode(value.as_str()?).ok())
                .flatten()
                .and_then(|bytes| String::from_utf8(bytes).ok());
            if let Some(text) = decoded {
                self.text(&text, format!("{path}, base64"), None);
            } else {
                let beside = text("RelayState").or_else(|| text("relayState"));
                self.value(value, path, parameter(name).map(|known| (known, beside)));
            }
        }
    }

    fn text(&mut self, text: &str, path: String, named: Option<(&'static str, Option<&str>)>) {
        let piece = match named {
            Some((parameter, relay_state)) if !is_token(parameter) || is_like_a_token(text) => Piece::Named {
                parameter,
                value: text.to_owned(),
                relay_state: relay_state.map(str::to_owned),
            },
            _ if text.len() < SHORTEST => return,
            _ => Piece::Text(text.to_owned()),
        };
        let name = if path.is_empty() { "text".to_owned() } else { path };
        self.parts.push(Part {
            layer: format!("{}, {name}", self.container),
            name,
            piece,
        });
    }
}

/// One word; whether it is a token that can be read shows later.
fn is_like_a_token(text: &str) -> bool {
    text.len() >= SHORTEST && !text.contains(char::is_whitespace)
}

fn joined(path: &str, name: &str) -> String {
    let shown: String = name.chars().take(60).collect();
    if path.is_empty() {
        shown
    } else {
        format!("{path}.{shown}")
    }
}

/// No message and no token is shorter.
const SHORTEST: usize = 16;
