//! Takes off what a thing is wrapped in: a URL, a form body, percent encoding, base64, DEFLATE.

use super::code::Code;
use super::jose::json;
use crate::event::QuerySignature;
use crate::saml::inbound::binding::{self, BindingError, Carrier};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};

/// What was inside, and the layers around it, outermost first.
#[derive(Debug)]
pub(super) struct Unwrapped {
    pub layers: Vec<String>,
    pub content: Content,
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
    /// It cannot be taken out of its wrapping.
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
    let mut layers = Vec::new();
    let content = match std::str::from_utf8(bytes) {
        Ok(text) => of_text(text.trim_start_matches('\u{feff}').trim(), &mut layers),
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
    Unwrapped { layers, content }
}

fn of_text(text: &str, layers: &mut Vec<String>) -> Content {
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
        return of_json(text, layers);
    }
    if text.starts_with("http://") || text.starts_with("https://") {
        return of_url(text, layers);
    }
    if let Some(name) = known_parameter(text) {
        layers.push(format!("parameters, {name} among them"));
        return of_parameters(text, name, layers);
    }
    if is_compact(unsure) {
        return Content::Compact(unsure.to_owned());
    }
    of_encoded(text, layers)
}

/// The result of `postlogin run` holds what it issued.
fn of_json(text: &str, layers: &mut Vec<String>) -> Content {
    // A member that is there twice is told by who reads the whole.
    let result = json::read(text.as_bytes()).unwrap_or_default();
    let issued = ["/saml/xml", "/id_token", "/access_token"]
        .into_iter()
        .filter(|_| result.get("outcome").is_some())
        .find_map(|pointer| Some((pointer, result.pointer(pointer)?.as_str()?)));
    match issued {
        Some((pointer, issued)) => {
            layers.push(format!("result of a login, {}", pointer[1..].replace('/', ".")));
            of_text(issued.trim(), layers)
        }
        None => Content::Json(text.to_owned()),
    }
}

/// Query first, then the fragment, where the implicit flow puts tokens.
fn of_url(text: &str, layers: &mut Vec<String>) -> Content {
    let (before, fragment) = text.split_once('#').unwrap_or((text, ""));
    let (_, query) = before.split_once('?').unwrap_or((before, ""));
    for (part, what) in [(query, "query"), (fragment, "fragment")] {
        if let Some(name) = known_parameter(part) {
            layers.push(format!("URL, {name} in its {what}"));
            return of_parameters(part, name, layers);
        }
    }
    stuck(
        Code::MessageMissing,
        "input",
        "the URL carries none of SAMLRequest, SAMLResponse, id_token, access_token and logout_token; give the whole \
         URL with its query",
    )
}

fn of_parameters(text: &str, name: &'static str, layers: &mut Vec<String>) -> Content {
    let carrier = match name {
        "SAMLRequest" => Carrier::Request,
        "SAMLResponse" => Carrier::Response,
        token => return of_token_parameter(text, token),
    };
    match binding::read(text, carrier) {
        Ok(received) => {
            // The binding decides by the first byte as well; here it is only told.
            let encoded = url::form_urlencoded::parse(text.as_bytes())
                .find(|(key, _)| key == name)
                .map(|(_, value)| value.replace(['\r', '\n'], ""));
            let plain = encoded.and_then(|encoded| STANDARD.decode(encoded).ok());
            let compression = match plain.as_deref() {
                Some([b'<', ..]) | None => Compression::None,
                Some(_) => Compression::Deflate,
            };
            layers.push("base64".to_owned());
            if compression == Compression::Deflate {
                layers.push("raw DEFLATE".to_owned());
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
            large_response(text, layers).unwrap_or_else(|| of_binding_error(&error, name))
        }
        Err(error) => of_binding_error(&error, name),
    }
}

fn large_response(text: &str, layers: &mut Vec<String>) -> Option<Content> {
    let parameter = |name: &str| {
        let mut pairs = url::form_urlencoded::parse(text.as_bytes());
        pairs
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.into_owned())
    };
    let encoded = parameter("SAMLResponse")?.replace(['\r', '\n'], "");
    let bytes = STANDARD.decode(encoded).ok()?;
    let text = String::from_utf8(bytes)
        .ok()
        .filter(|text| text.starts_with('<'))?;
    layers.push("base64".to_owned());
    Some(Content::Xml {
        text,
        travelled: Travelled::Parameter {
            relay_state: parameter("RelayState"),
            signature: None,
            compression: Compression::None,
        },
    })
}

fn of_token_parameter(text: &str, name: &str) -> Content {
    let mut values = url::form_urlencoded::parse(text.as_bytes()).filter(|(key, _)| key == name);
    match (values.next(), values.next()) {
        (Some((_, token)), None) => Content::Compact(token.into_owned()),
        _ => stuck(
            Code::RepeatedParameter,
            "parameters",
            format!("{name} is there more than once; readers disagree which one counts, so none does"),
        ),
    }
}

fn of_binding_error(error: &BindingError, name: &'static str) -> Content {
    let (code, help) = match error {
        BindingError::Compression { .. } => (
            Code::DeflateDamaged,
            "it may be cut off, or have a zlib or gzip header, which SAML does not use (bindings 3.4.4.1)",
        ),
        BindingError::Encoding { .. } => (
            Code::NotBase64,
            "it may be cut off; a + that was not written as %2B has become a space",
        ),
        BindingError::Escape { .. } => (Code::NotUtf8, "write every % that begins no escape as %25"),
        BindingError::HalfSigned { .. } => (
            Code::RedirectSignatureIncomplete,
            "send both or none (bindings 3.4.4.1)",
        ),
        BindingError::Missing { .. } => (Code::MessageMissing, "give the whole query string or form body"),
        BindingError::Repeated(_) => (
            Code::RepeatedParameter,
            "readers disagree which one counts, so none does; send it once",
        ),
        BindingError::TooLong { what, .. } if *what == "the inflated message" => (
            Code::InflatesTooFar,
            "no protocol message is as large as that; it may be meant to fill the memory",
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
fn of_encoded(text: &str, layers: &mut Vec<String>) -> Content {
    let decoded = percent_decoded(text);
    if decoded.is_some() {
        layers.push("percent encoding".to_owned());
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
            "this is neither XML, base64, a token, JSON, PEM nor a URL; give the message as it was sent, uncut",
        );
    };
    layers.push("base64".to_owned());
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
    layers.push("raw DEFLATE".to_owned());
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
mod tests {
    use super::*;

    fn layers(text: &str) -> String {
        let unwrapped = unwrap(text.as_bytes());
        let inside = match unwrapped.content {
            Content::Compact(_) => "compact".to_owned(),
            Content::Der(_) => "der".to_owned(),
            Content::Json(_) => "json".to_owned(),
            Content::Pem(_) => "pem".to_owned(),
            Content::Stuck { code, .. } => code.as_str().to_owned(),
            Content::Xml { text, .. } => text,
        };
        let mut all = unwrapped.layers;
        all.push(inside);
        all.join(" | ")
    }

    #[test]
    fn every_wrapping_comes_off() {
        let query = binding::query("<a/>", Carrier::Request, "state", None);
        let base64 = STANDARD.encode("<a/>");
        for (given, expected) in [
            ("\u{feff} <a/>\n".to_owned(), "<a/>"),
            (base64.clone(), "base64 | <a/>"),
            (format!("{}\r\n{}", &base64[..4], &base64[4..]), "base64 | <a/>"),
            (
                "PGE%2BPC9hPg%3D%3D".to_owned(),
                "percent encoding | base64 | <a></a>",
            ),
            (
                format!("SAMLResponse={base64}&RelayState=x"),
                "parameters, SAMLResponse among them | base64 | <a/>",
            ),
            (
                format!("https://idp.example/samlp/x?{query}"),
                "URL, SAMLRequest in its query | base64 | raw DEFLATE | <a/>",
            ),
            (
                query.split('&').next().unwrap()["SAMLRequest=".len()..].to_owned(),
                "base64 | raw DEFLATE | <a/>",
            ),
            (
                "https://app.example/cb#id_token=eyJhIjoxfQ.e30.".to_owned(),
                "URL, id_token in its fragment | compact",
            ),
            ("Bearer eyJhIjoxfQ.e30.".to_owned(), "compact"),
            (
                r#"{"outcome": "issued", "id_token": "eyJhIjoxfQ.e30."}"#.to_owned(),
                "result of a login, id_token | compact",
            ),
            (r#"{"keys": []}"#.to_owned(), "json"),
            ("-----BEGIN X-----".to_owned(), "pem"),
            ("https://idp.example/samlp/x?y=z".to_owned(), "message_missing"),
            ("hello".to_owned(), "not_recognised"),
            (String::new(), "not_recognised"),
        ] {
            assert_eq!(layers(&given), expected, "{given}");
        }
    }

    #[test]
    fn bytes_that_are_no_text_are_der_or_nothing() {
        assert!(matches!(
            unwrap(&[0x30, 0x82, 0xff, 0xff]).content,
            Content::Der(_)
        ));
        let stuck = unwrap(&[0xff, 0xfe]).content;
        assert!(matches!(
            stuck,
            Content::Stuck {
                code: Code::NotUtf8,
                ..
            }
        ));
    }
}
