//! Takes off what a thing is wrapped in: a URL, a form body, percent encoding, base64, DEFLATE.

use super::code::Code;
use super::jose::json;
use crate::event::QuerySignature;
use crate::saml::inbound::binding::{self, BindingError, Carrier};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use std::borrow::Cow;

/// What was inside, and what was around it.
#[derive(Debug)]
pub(super) struct Unwrapped {
    pub wrapping: Wrapping,
    pub content: Content,
}

/// What was taken off.
#[derive(Debug, Default)]
pub(super) struct Wrapping {
    /// Outermost first.
    pub layers: Vec<String>,
    /// Messages and tokens that came along and are not looked at, by their names.
    pub passed_over: Vec<String>,
}

/// The thing itself.
#[derive(Debug)]
pub(super) enum Content {
    /// A compact token; its parts are still encoded.
    Compact(String),
    /// DER of something ASN.1.
    Der(Vec<u8>),
    Json(String),
    Pem(String),
    /// The input cannot be decoded.
    Stuck {
        code: Code,
        place: &'static str,
        message: String,
    },
    Xml {
        text: String,
        travelled: Travelled,
    },
}

/// How a message travelled.
#[derive(Debug)]
pub(super) enum Travelled {
    /// The document alone, however encoded.
    Alone,
    /// As a parameter of a form body or a query string.
    Parameter {
        relay_state: Option<String>,
        signature: Option<QuerySignature>,
        compression: Compression,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Compression {
    Deflate,
    None,
}

/// Takes everything off that can be taken off.
pub(super) fn unwrap(bytes: &[u8]) -> Unwrapped {
    let mut wrapping = Wrapping::default();
    let content = match std::str::from_utf8(bytes) {
        Ok(text) => of_text(text.trim_start_matches('\u{feff}').trim(), &mut wrapping),
        Err(_) if is_asn1(bytes) => Content::Der(bytes.to_vec()),
        Err(_) => Content::Stuck {
            code: Code::NotUtf8,
            place: "input",
            message:
                "the input is neither UTF-8 text nor DER; give the message as text, or a certificate as PEM \
                      or DER"
                    .to_owned(),
        },
    };
    Unwrapped { wrapping, content }
}

fn of_text(text: &str, wrapping: &mut Wrapping) -> Content {
    let unsure = text.strip_prefix("Bearer ").unwrap_or(text).trim();
    if text.contains("-----BEGIN ") && !text.starts_with(['<', '{']) {
        return Content::Pem(text.to_owned());
    }
    if text.starts_with('<') {
        return Content::Xml {
            text: text.to_owned(),
            travelled: Travelled::Alone,
        };
    }
    if text.starts_with('{') {
        return of_json(text, wrapping);
    }
    if text.starts_with("http://") || text.starts_with("https://") {
        return of_url(text, wrapping);
    }
    if let Some(name) = known_parameter(text) {
        wrapping.layers.push(format!("parameters, {name} among them"));
        return of_parameters(text, name, wrapping);
    }
    if is_compact(unsure) {
        return Content::Compact(unsure.to_owned());
    }
    of_encoded(text, wrapping)
}

/// The result of `postlogin run` holds what it issued.
fn of_json(text: &str, wrapping: &mut Wrapping) -> Content {
    // A repeated member is reported by the code that reads the whole document.
    let result = json::read(text.as_bytes()).unwrap_or_default();
    let mut issued = ["/saml/xml", "/id_token", "/access_token"]
        .into_iter()
        .filter(|_| result.get("outcome").is_some())
        .filter_map(|pointer| {
            let name = pointer[1..].replace('/', ".");
            Some((name, result.pointer(pointer)?.as_str()?))
        });
    match issued.next() {
        Some((name, first)) => {
            wrapping.layers.push(format!("result of a login, {name}"));
            wrapping.passed_over.extend(issued.map(|(name, _)| name));
            of_text(first.trim(), wrapping)
        }
        None => Content::Json(text.to_owned()),
    }
}

/// Query first, then the fragment, where the implicit flow puts tokens.
fn of_url(text: &str, wrapping: &mut Wrapping) -> Content {
    let (before, fragment) = text.split_once('#').unwrap_or((text, ""));
    let (_, query) = before.split_once('?').unwrap_or((before, ""));
    let parts = [(query, "query", fragment), (fragment, "fragment", "")];
    for (part, what, rest) in parts {
        if let Some(name) = known_parameter(part) {
            wrapping.layers.push(format!("URL, {name} in its {what}"));
            let rest = known_parameters(rest);
            if rest.contains(&name) {
                return repeated(name);
            }
            wrapping.passed_over.extend(rest.into_iter().map(str::to_owned));
            return of_parameters(part, name, wrapping);
        }
    }
    stuck(
        Code::MessageMissing,
        "input",
        "the URL carries none of SAMLRequest, SAMLResponse, id_token, access_token and logout_token; give the whole \
         URL with its query",
    )
}

fn of_parameters(text: &str, name: &'static str, wrapping: &mut Wrapping) -> Content {
    let others = known_parameters(text).into_iter().filter(|other| *other != name);
    wrapping.passed_over.extend(others.map(str::to_owned));
    let carrier = match name {
        "SAMLRequest" => Carrier::Request,
        "SAMLResponse" => Carrier::Response,
        token => return of_token_parameter(text, token),
    };
    match binding::read(text, carrier) {
        Ok(received) => {
            // The binding decides by the first byte as well; here the byte is only reported.
            let encoded = url::form_urlencoded::parse(text.as_bytes())
                .find(|(key, _)| key == name)
                .map(|(_, value)| value.replace(['\r', '\n'], ""));
            let plain = encoded.and_then(|encoded| STANDARD.decode(encoded).ok());
            let compression = match plain.as_deref() {
                Some([b'<', ..]) | None => Compression::None,
                Some(_) => Compression::Deflate,
            };
            wrapping.layers.push("base64".to_owned());
            if compression == Compression::Deflate {
                wrapping.layers.push("raw DEFLATE".to_owned());
            }
            Content::Xml {
                text: received.xml,
                travelled: Travelled::Parameter {
                    relay_state: received.relay_state,
                    signature: received.signature,
                    compression,
                },
            }
        }
        // The limit is that of requests; a response may hold many attributes.
        Err(error @ BindingError::TooLong { .. }) if carrier == Carrier::Response => {
            large_response(text, wrapping).unwrap_or_else(|| of_binding_error(&error, name))
        }
        Err(error) => of_binding_error(&error, name),
    }
}

fn large_response(text: &str, wrapping: &mut Wrapping) -> Option<Content> {
    let parameter = |name: &str| {
        let pairs = url::form_urlencoded::parse(text.as_bytes());
        let mut values = pairs.filter(|(key, _)| key == name).map(|(_, value)| value);
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
        .filter(|text| text.starts_with('<'))?;
    wrapping.layers.push("base64".to_owned());
    Some(Content::Xml {
        text,
        travelled: Travelled::Parameter {
            relay_state: relay_state.map(Cow::into_owned),
            signature: None,
            compression: Compression::None,
        },
    })
}

fn of_token_parameter(text: &str, name: &'static str) -> Content {
    let mut values = url::form_urlencoded::parse(text.as_bytes()).filter(|(key, _)| key == name);
    match (values.next(), values.next()) {
        (Some((_, token)), None) => Content::Compact(token.into_owned()),
        _ => repeated(name),
    }
}

fn repeated(name: &'static str) -> Content {
    stuck(
        Code::RepeatedParameter,
        name,
        format!("{name} is there more than once; readers disagree which one counts, so none does"),
    )
}

fn of_binding_error(error: &BindingError, name: &'static str) -> Content {
    let (code, help) = match error {
        BindingError::Compression { .. } => (
            Code::DeflateDamaged,
            "the message may be cut off, or have a zlib or gzip header, which SAML does not use (bindings 3.4.4.1)",
        ),
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
    Content::Stuck {
        code,
        place: name,
        message: format!("{error}; {help}"),
    }
}

/// Base64 without a name; what is in it tells what it is.
fn of_encoded(text: &str, wrapping: &mut Wrapping) -> Content {
    let decoded = percent_decoded(text);
    if decoded.is_some() {
        wrapping.layers.push("percent encoding".to_owned());
    }
    let compact = decoded.as_deref().unwrap_or(text);
    let compact: String = compact.split_ascii_whitespace().collect();
    let bytes = STANDARD.decode(&compact).ok().filter(|bytes| !bytes.is_empty());
    let Some(bytes) = bytes else {
        let code = if looks_like_base64(&compact) {
            Code::NotBase64
        } else {
            Code::NotRecognised
        };
        return stuck(
            code,
            "input",
            "the input is neither XML, base64, a token, JSON, PEM nor a URL; give the message as it was sent, uncut",
        );
    };
    wrapping.layers.push("base64".to_owned());
    if is_asn1(&bytes) {
        return Content::Der(bytes);
    }
    if bytes.first() == Some(&b'<')
        && let Ok(text) = String::from_utf8(bytes)
    {
        return Content::Xml {
            text,
            travelled: Travelled::Alone,
        };
    }
    wrapping.layers.push("raw DEFLATE".to_owned());
    match binding::decode(&compact, Carrier::Response) {
        Ok(text) => Content::Xml {
            text,
            travelled: Travelled::Alone,
        },
        // Without a name nothing says that it ever was a message: the text must do.
        Err(BindingError::Compression { .. }) => stuck(
            Code::DeflateDamaged,
            "input",
            "the base64 holds neither XML nor a complete raw DEFLATE stream of it; the message may be cut off",
        ),
        Err(error) => of_binding_error(&error, "input"),
    }
}

fn stuck(code: Code, place: &'static str, message: impl Into<String>) -> Content {
    Content::Stuck {
        code,
        place,
        message: message.into(),
    }
}

/// Text with percent escapes, decoded; `+` stays, because nothing says that this is a form.
fn percent_decoded(text: &str) -> Option<String> {
    if !text.contains('%') {
        return None;
    }
    let escaped = format!("x={}", text.replace('+', "%2B"));
    let (_, value) = url::form_urlencoded::parse(escaped.as_bytes()).next()?;
    Some(value.into_owned())
}

fn known_parameter(text: &str) -> Option<&'static str> {
    let mut names = text
        .split('&')
        .filter_map(|pair| Some(pair.split_once('=')?.0.trim()));
    names.find_map(|name| PARAMETERS.into_iter().find(|known| *known == name))
}

/// Every known parameter that is there, however its name is escaped.
fn known_parameters(text: &str) -> Vec<&'static str> {
    let is_there = |name: &&str| url::form_urlencoded::parse(text.as_bytes()).any(|(key, _)| key == **name);
    PARAMETERS.into_iter().filter(is_there).collect()
}

fn is_compact(text: &str) -> bool {
    let parts: Vec<_> = text.split('.').collect();
    let Some(header) = parts.first().and_then(|part| URL_SAFE_NO_PAD.decode(part).ok()) else {
        // A header that is damaged is still recognised by how every JSON object begins.
        return text.starts_with("eyJ") && parts.len() > 1;
    };
    parts.len() > 1 && header.first() == Some(&b'{')
}

/// A DER SEQUENCE whose length is that of the whole.
fn is_asn1(bytes: &[u8]) -> bool {
    matches!(
        bytes,
        [0x30, 0x81..=0x84, _, ..] | [0x30, 0..=0x7f, 0x02 | 0x30 | 0x31, ..]
    )
}

fn looks_like_base64(text: &str) -> bool {
    let is_base64 = |byte: u8| byte.is_ascii_alphanumeric() || b"+/=-_".contains(&byte);
    let count = text.bytes().filter(|byte| is_base64(*byte)).count();
    text.len() >= 40 && count * 20 > text.len() * 19
}

const PARAMETERS: [&str; 5] = [
    "SAMLResponse",
    "SAMLRequest",
    "id_token",
    "logout_token",
    "access_token",
];

#[cfg(test)]
mod tests;
