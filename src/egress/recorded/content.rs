//! The body of a message, in the form in which a file keeps it.

use crate::json::unambiguous;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Map, Value};

/// A body: JSON, text, or `{"$base64": "..."}` for bytes that are no text.
///
/// A JSON string is text: the body that is a string in JSON is written as text, with its quotes.
#[derive(Clone, Debug, PartialEq)]
pub enum Content {
    /// Bytes that are no UTF-8.
    Bytes(Vec<u8>),
    /// Written without blanks.
    Json(Value),
    /// As it is.
    Text(String),
}

impl Content {
    /// A body as it came; `None` where it is empty. JSON is kept as such where nothing is lost by it.
    pub fn of(body: &[u8], media_type: Option<&str>) -> Option<Self> {
        if body.is_empty() {
            return None;
        }
        let Ok(text) = std::str::from_utf8(body) else {
            return Some(Self::Bytes(body.to_owned()));
        };
        let may_be_json = media_type.is_none_or(is_json);
        let json = may_be_json.then(|| whole_json(text)).flatten();
        Some(json.map_or_else(|| Self::Text(text.to_owned()), Self::Json))
    }

    /// The body's bytes.
    pub fn bytes(&self) -> Vec<u8> {
        match self {
            Self::Bytes(bytes) => bytes.clone(),
            Self::Json(value) => value.to_string().into_bytes(),
            Self::Text(text) => text.clone().into_bytes(),
        }
    }

    /// Changes every text in it. Bytes in which something is changed are not kept as bytes.
    pub(super) fn change(&mut self, change: &mut dyn FnMut(&mut String)) {
        match self {
            Self::Bytes(bytes) => {
                let text = String::from_utf8_lossy(bytes);
                let mut changed = text.to_string();
                change(&mut changed);
                if changed != text {
                    *self = Self::Text(changed);
                }
            }
            Self::Json(value) => {
                let mut text = value.to_string();
                change(&mut text);
                match serde_json::from_str(&text) {
                    Ok(changed) => *value = changed,
                    Err(_) => *self = Self::Text(text),
                }
            }
            Self::Text(text) => change(text),
        }
    }

    /// What `content-type` says of it, where nothing else is said.
    pub fn media_type(&self) -> &'static str {
        match self {
            Self::Bytes(_) => "application/octet-stream",
            Self::Json(_) => "application/json",
            Self::Text(_) => "text/plain; charset=utf-8",
        }
    }
}

/// Whether a `content-type` is one of JSON.
pub(super) fn is_json(media_type: &str) -> bool {
    let essence = media_type.split(';').next().unwrap_or_default().trim();
    let essence = essence.to_ascii_lowercase();
    matches!(essence.as_str(), "application/json" | "text/json") || essence.ends_with("+json")
}

/// The text as JSON that stands for the same text again, apart from blanks and ways of escaping.
fn whole_json(text: &str) -> Option<Value> {
    let value: Value = serde_json::from_str(text).ok()?;
    let is_its_own = match &value {
        Value::Null | Value::String(_) => false,
        Value::Object(members) => !is_of_bytes(members),
        _ => true,
    };
    let is_same = || numbers(&value.to_string()).eq(numbers(text));
    (is_its_own && unambiguous(text).is_ok() && is_same()).then_some(value)
}

/// What stands in a JSON text outside of its strings, without blanks: numbers that are not kept to their last digit
/// differ.
fn numbers(json: &str) -> impl Iterator<Item = char> {
    let (mut in_string, mut escaped) = (false, false);
    json.chars().filter(move |character| {
        if in_string {
            in_string = escaped || *character != '"';
            escaped = !escaped && *character == '\\';
            return false;
        }
        in_string = *character == '"';
        !character.is_ascii_whitespace()
    })
}

fn is_of_bytes(members: &Map<String, Value>) -> bool {
    members.len() == 1 && members.contains_key(BYTES)
}

const BYTES: &str = "$base64";

impl Serialize for Content {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Bytes(bytes) => {
                let member = (BYTES.to_owned(), STANDARD.encode(bytes).into());
                Map::from_iter([member]).serialize(serializer)
            }
            Self::Json(value) => value.serialize(serializer),
            Self::Text(text) => text.serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for Content {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let wrong = || serde::de::Error::custom("$base64 must be text in base64, as `base64 FILE` writes it");
        match Value::deserialize(deserializer)? {
            Value::String(text) => Ok(Self::Text(text)),
            Value::Object(members) if is_of_bytes(&members) => {
                let text = members[BYTES].as_str().ok_or_else(wrong)?;
                STANDARD.decode(text).map(Self::Bytes).map_err(|_| wrong())
            }
            other => Ok(Self::Json(other)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    fn kept(body: &str, media_type: &str) -> Value {
        serde_json::to_value(Content::of(body.as_bytes(), Some(media_type))).unwrap()
    }

    #[test]
    fn json_is_kept_as_json_only_where_nothing_is_lost() {
        const JSON: &str = "application/json; charset=utf-8";
        assert_eq!(
            kept("{ \"a\" : [1, 1.5, \"\\/\\\"\"] }", JSON),
            json!({"a": [1, 1.5, "/\""]})
        );
        assert_eq!(kept("[1]", "application/problem+json"), json!([1]));
        for as_it_is in [
            "\"text\"",
            "null",
            "{\"$base64\":\"x\"}",
            "{\"a\":1,\"a\":2}",
            "[12345678901234567890123]",
            "[1.0e1]",
            "{\"a\":",
        ] {
            assert_eq!(kept(as_it_is, JSON), json!(as_it_is));
        }
        assert_eq!(kept("{}", "text/html"), json!("{}"));
        assert_eq!(Content::of(b"", Some(JSON)), None);
    }

    #[test]
    fn bytes_that_are_no_text_are_kept_as_base64() {
        let bytes = [0xff, 0xd8, 0, 1];
        let content = Content::of(&bytes, Some("image/jpeg")).unwrap();
        let written = serde_json::to_value(&content).unwrap();
        assert_eq!(written, json!({"$base64": "/9gAAQ=="}));
        let read: Content = serde_json::from_value(written).unwrap();
        assert_eq!(read.bytes(), bytes);
        for wrong in [json!({"$base64": 1}), json!({"$base64": "ü"})] {
            assert!(serde_json::from_value::<Content>(wrong).is_err());
        }
    }

    proptest! {
        #[test]
        fn whatever_is_kept_is_read_again(body in any::<Vec<u8>>(), text in any::<String>()) {
            for body in [body, text.clone().into_bytes(), json!([text]).to_string().into_bytes()] {
                let Some(content) = Content::of(&body, None) else {
                    prop_assert!(body.is_empty());
                    continue;
                };
                let written = serde_json::to_string(&content).unwrap();
                let read: Content = serde_json::from_str(&written).unwrap();
                prop_assert_eq!(&read, &content);
                if !matches!(read, Content::Json(_)) {
                    prop_assert_eq!(read.bytes(), body);
                }
            }
        }
    }
}
