//! Query strings, form bodies and URLs: each known parameter is a message of its own.

use super::content::{Content, Message};
use super::names::{PARAMETERS, is_token};
use super::value::{self, Inside, Opened};
use crate::inspect::code::Code;
use crate::inspect::travelled::{Compression, Travelled, Which};
use crate::saml::inbound::binding::{self, BindingError, Carrier};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use std::borrow::Cow;

/// Query first, then the fragment, where the implicit flow puts tokens.
pub(super) fn of_url(text: &str) -> Vec<Message> {
    let (before, fragment) = text.split_once('#').unwrap_or((text, ""));
    let (_, query) = before.split_once('?').unwrap_or((before, ""));
    let parts = [(query, "query", fragment), (fragment, "fragment", query)];
    parts
        .into_iter()
        .flat_map(|(part, what, other)| {
            let other = known(other);
            let is_twice = move |name: &str| other.contains(&name);
            all(part, is_twice, move |name| format!("URL, {name} in its {what}"))
        })
        .collect()
}

/// A query string or a form body.
pub(super) fn of_pairs(text: &str) -> Vec<Message> {
    all(text, |_| false, |name| format!("parameters, {name} among them"))
}

/// Whether the text is nothing but pairs, a known one among them.
pub(super) fn are_pairs(text: &str) -> bool {
    let first = text.split('=').next().unwrap_or_default();
    let is_name = |byte: u8| byte.is_ascii_alphanumeric() || b"_-.%".contains(&byte);
    first.len() < text.len() && !first.is_empty() && first.bytes().all(is_name) && !known(text).is_empty()
}

fn all(text: &str, is_twice: impl Fn(&str) -> bool, layer: impl Fn(&'static str) -> String) -> Vec<Message> {
    let names = known(text).into_iter();
    names
        .map(|name| {
            let mut message = Message {
                name: name.to_owned(),
                layers: vec![layer(name)],
                remarks: Vec::new(),
                content: repeated(name),
            };
            if !is_twice(name) {
                message.content = one(text, name, &mut message);
            }
            message
        })
        .collect()
}

fn one(text: &str, name: &'static str, message: &mut Message) -> Content {
    let carrier = match name {
        "SAMLRequest" => Carrier::Request,
        "SAMLResponse" => Carrier::Response,
        _ => return other(text, name, message),
    };
    match binding::read(text, carrier) {
        Ok(received) => {
            // The binding decides by the first byte as well; here the byte is only reported.
            let encoded = values(text, name)
                .next()
                .map(|value| value.replace(['\r', '\n'], ""));
            let plain = encoded.and_then(|encoded| STANDARD.decode(encoded).ok());
            let compression = match plain {
                Some(plain) if !value::is_xml(&plain) => Compression::Deflate,
                _ => Compression::None,
            };
            message.layers.push("base64".to_owned());
            if compression == Compression::Deflate {
                message.layers.push("raw DEFLATE".to_owned());
            }
            Content::Xml {
                text: received.xml,
                which: Which::Root,
                travelled: Travelled::Parameter {
                    relay_state: received.relay_state,
                    signature: received.signature,
                    compression,
                },
            }
        }
        // The limit is that of requests; a response may hold many attributes.
        Err(error @ BindingError::TooLong { .. }) if carrier == Carrier::Response => {
            large_response(text, message).unwrap_or_else(|| of_error(&error, name))
        }
        Err(error @ (BindingError::Encoding { .. } | BindingError::Compression { .. })) => {
            spelt_otherwise(text, name, message).unwrap_or_else(|| of_error(&error, name))
        }
        Err(error) => of_error(&error, name),
    }
}

/// A value that the binding refuses and that is nevertheless a message.
fn spelt_otherwise(text: &str, name: &'static str, message: &mut Message) -> Option<Content> {
    let encoded = values(text, name).next()?;
    let opened = value::open(&encoded, 1).ok()?;
    let relay_state = values(text, "RelayState").next().map(Cow::into_owned);
    named(opened, relay_state, message)
}

/// The content of a parameter that was opened; `None` if that is no message.
pub(super) fn named(opened: Opened, relay_state: Option<String>, message: &mut Message) -> Option<Content> {
    let content = match opened.inside {
        Inside::Compact(token) => Content::Compact(token),
        Inside::Encoded(encoding) => in_other_encoding(encoding),
        Inside::Xml(text, compression) => Content::Xml {
            text,
            which: Which::Root,
            travelled: Travelled::Parameter {
                relay_state,
                signature: None,
                compression,
            },
        },
        Inside::Der(_) | Inside::Text(_) => return None,
    };
    message.layers.extend(opened.layers);
    message.remarks.extend(opened.remarks);
    Some(content)
}

pub(super) fn in_other_encoding(encoding: &str) -> Content {
    Content::stuck(
        Code::NotUtf8,
        "input",
        format!(
            "the message is text in {encoding}; messages are read in UTF-8 alone (core 1.3.1, XML 4.3.3). Write it in \
             UTF-8, and name UTF-8 in its XML declaration"
        ),
    )
}

/// A token, or a parameter of another protocol.
fn other(text: &str, name: &'static str, message: &mut Message) -> Content {
    let mut values = values(text, name);
    let (Some(value), None) = (values.next(), values.next()) else {
        return repeated(name);
    };
    if is_token(name) {
        return Content::Compact(value.into_owned());
    }
    let opened = value::open(&value, 0).ok();
    opened
        .and_then(|opened| match opened.inside {
            Inside::Xml(ref text, _) => {
                let content = Content::alone(text.clone());
                message.layers.extend(opened.layers);
                message.remarks.extend(opened.remarks);
                Some(content)
            }
            Inside::Compact(token) => Some(Content::Compact(token)),
            Inside::Der(_) | Inside::Encoded(_) | Inside::Text(_) => None,
        })
        .unwrap_or_else(|| {
            let text = format!("{name} holds neither XML nor a token; give the whole value");
            Content::stuck(Code::MessageMissing, name, text)
        })
}

fn large_response(text: &str, message: &mut Message) -> Option<Content> {
    let parameter = |name: &'static str| {
        let mut values = values(text, name);
        (values.next(), values.next())
    };
    let (encoded, relay_state) = match (parameter("SAMLResponse"), parameter("RelayState")) {
        ((encoded, None), (relay_state, None)) => (encoded?, relay_state),
        ((_, Some(_)), _) => return Some(repeated("SAMLResponse")),
        (_, (_, Some(_))) => return Some(repeated("RelayState")),
    };
    let encoded = encoded.replace(['\r', '\n'], "");
    let bytes = STANDARD.decode(encoded).ok()?;
    let text = String::from_utf8(bytes)
        .ok()
        .filter(|text| value::is_xml(text.as_bytes()))?;
    message.layers.push("base64".to_owned());
    Some(Content::Xml {
        text,
        which: Which::Root,
        travelled: Travelled::Parameter {
            relay_state: relay_state.map(Cow::into_owned),
            signature: None,
            compression: Compression::None,
        },
    })
}

pub(super) fn repeated(name: &'static str) -> Content {
    Content::stuck(
        Code::RepeatedParameter,
        name,
        format!("{name} is there more than once; readers disagree which one counts, so none does"),
    )
}

fn of_error(error: &BindingError, name: &'static str) -> Content {
    let (code, help) = match error {
        BindingError::Compression { .. } => (Code::DeflateDamaged, "the message may be cut off"),
        BindingError::Encoding { .. } => (
            Code::NotBase64,
            "the value may be cut off; a + that was not written as %2B has become a space",
        ),
        BindingError::Escape { .. } => (Code::NotUtf8, "write every % that begins no escape as %25"),
        BindingError::HalfSigned { .. } => (
            Code::RedirectSignatureIncomplete,
            "send both or none (bindings 3.4.4.1)",
        ),
        BindingError::Missing { .. } => (Code::MessageMissing, "give the whole query string or form body"),
        BindingError::OtherEncoding { .. } => {
            (Code::NotUtf8, "SAML messages are UTF-8 (core 1.3.1, XML 4.3.3)")
        }
        BindingError::Repeated(_) => (
            Code::RepeatedParameter,
            "readers disagree which one counts, so none does; send it once",
        ),
        BindingError::TooLong { what, .. } if *what == "the inflated message" => (
            Code::InflatesTooFar,
            "no protocol message is as large as that; the message may be meant to fill the memory",
        ),
        BindingError::TooLong { .. } => (Code::TooLarge, "no protocol message is as large as that"),
    };
    Content::stuck(code, name, format!("{error}; {help}"))
}

fn values<'a>(text: &'a str, name: &'static str) -> impl Iterator<Item = Cow<'a, str>> {
    url::form_urlencoded::parse(text.as_bytes())
        .filter(move |(key, _)| key.trim() == name)
        .map(|(_, value)| value)
}

/// Every known parameter that is there, however its name is escaped, in the order of the text.
fn known(text: &str) -> Vec<&'static str> {
    let mut names = Vec::new();
    for (key, _) in url::form_urlencoded::parse(text.as_bytes()) {
        if let Some(name) = PARAMETERS.into_iter().find(|known| *known == key.trim())
            && !names.contains(&name)
        {
            names.push(name);
        }
    }
    names
}
