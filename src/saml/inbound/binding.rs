//! How messages travel in a browser: HTTP-POST and HTTP-Redirect (SAML bindings 3.4 and 3.5).
//!
//! Decoding stops at limits, and what is ambiguous (a parameter twice, half a signature) is refused.
//! The text that a query signature covers is taken as it came, never built again from decoded values.

use super::content::{self, Content, begins_document};
use crate::event::QuerySignature;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use flate2::{Compress, Compression, Decompress, FlushCompress, FlushDecompress, Status};
use std::borrow::Cow;

/// Which parameter carries the message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Carrier {
    /// `SAMLRequest`
    Request,
    /// `SAMLResponse`
    Response,
}

impl Carrier {
    /// The parameter's name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Request => "SAMLRequest",
            Self::Response => "SAMLResponse",
        }
    }
}

/// A message as it came; nothing of it is trusted yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Received {
    /// The document.
    pub xml: String,
    /// `None` if the parameter was absent.
    pub relay_state: Option<String>,
    /// The signature of the query string, if there was one.
    pub signature: Option<QuerySignature>,
}

/// Why a message cannot be decoded.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BindingError {
    /// Neither XML nor a raw DEFLATE stream.
    #[error("{carrier} cannot be decoded: it is neither XML nor a complete raw DEFLATE stream of it")]
    Compression {
        /// The parameter.
        carrier: &'static str,
    },
    /// Not base64.
    #[error("{parameter} is not valid base64")]
    Encoding {
        /// The parameter.
        parameter: &'static str,
    },
    /// A percent escape that is none, or escapes whose bytes are not UTF-8.
    #[error("{parameter} is not valid percent-encoded UTF-8")]
    Escape {
        /// The parameter.
        parameter: String,
    },
    /// `Signature` without `SigAlg`, or the reverse.
    #[error("{given} is there without {missing}; a signed query string has both")]
    HalfSigned {
        /// What is there.
        given: &'static str,
        /// What is not.
        missing: &'static str,
    },
    /// The message is not there.
    #[error("the parameter {carrier} is missing")]
    Missing {
        /// The parameter.
        carrier: &'static str,
    },
    /// Text that is not UTF-8.
    #[error(
        "{carrier} holds text in {encoding}; messages are read in UTF-8 alone, so let the sender write UTF-8"
    )]
    OtherEncoding {
        /// The parameter.
        carrier: &'static str,
        /// The encoding, or what is known of it.
        encoding: &'static str,
    },
    /// A parameter twice.
    #[error("repeated parameter {0}")]
    Repeated(&'static str),
    /// Longer than is read.
    #[error("{what} is longer than {limit} bytes")]
    TooLong {
        /// The parameter, the message, or all of it.
        what: &'static str,
        /// The limit.
        limit: usize,
    },
}

/// The longest encoded message, bytes (semantics 4.13).
pub const MAX_ENCODED_BYTES: usize = 64 * 1024;
/// The longest inflated message, bytes (semantics 4.13).
pub const MAX_INFLATED_BYTES: usize = 256 * 1024;
/// The longest query string or form body, bytes: everything at its limit, and escaped.
pub const MAX_TEXT_BYTES: usize = 3 * (MAX_ENCODED_BYTES + 2 * MAX_RELAY_STATE_BYTES);
/// The longest RelayState that is accepted, bytes; the standard allows 80 (SAML bindings 3.4.3).
pub const MAX_RELAY_STATE_BYTES: usize = 16 * 1024;

/// Reads a message out of a query string or a form body: the same parameters, encoded the same way.
///
/// # Errors
/// No message, a parameter twice, half a signature, an encoding that is not one, too long.
pub fn read(text: &str, carrier: Carrier) -> Result<Received, BindingError> {
    if text.len() > MAX_TEXT_BYTES {
        return Err(BindingError::TooLong {
            what: "the query string or form body",
            limit: MAX_TEXT_BYTES,
        });
    }
    let parameters = Parameters::of(text, carrier)?;
    let name = carrier.name();
    let message = parameters
        .message
        .ok_or(BindingError::Missing { carrier: name })?;
    let encoded = value(message, name)?;
    let relay_state = parameters
        .relay_state
        .map(|raw| value(raw, "RelayState").map(Cow::into_owned))
        .transpose()?;
    if relay_state
        .as_ref()
        .is_some_and(|state| state.len() > MAX_RELAY_STATE_BYTES)
    {
        return Err(BindingError::TooLong {
            what: "RelayState",
            limit: MAX_RELAY_STATE_BYTES,
        });
    }
    let signature = match (parameters.algorithm, parameters.signature) {
        (None, None) => None,
        (Some(algorithm), Some(signature)) => Some(QuerySignature {
            octets: parameters.signed(message, algorithm, carrier),
            algorithm: value(algorithm, "SigAlg")?.into_owned(),
            value: base64(&value(signature, "Signature")?, "Signature")?,
        }),
        (given, _) => {
            let names = ["SigAlg", "Signature"];
            let [given, missing] = if given.is_some() {
                names
            } else {
                [names[1], names[0]]
            };
            return Err(BindingError::HalfSigned { given, missing });
        }
    };
    Ok(Received {
        xml: decode(&encoded, carrier)?,
        relay_state,
        signature,
    })
}

/// The document in a base64 text: plain if it begins with `<` after a byte order mark and white space, else raw
/// DEFLATE. The content decides, not the binding (semantics 4.13).
///
/// # Errors
/// Neither of the two, text that is not UTF-8, or longer than the limits.
pub fn decode(encoded: &str, carrier: Carrier) -> Result<String, BindingError> {
    if encoded.len() > MAX_ENCODED_BYTES {
        return Err(BindingError::TooLong {
            what: carrier.name(),
            limit: MAX_ENCODED_BYTES,
        });
    }
    let bytes = base64(encoded, carrier.name())?;
    let plain = match Content::of(&bytes) {
        Content::Xml(text) => return Ok(text.to_owned()),
        plain => plain,
    };
    match (inflate(&bytes, carrier), plain) {
        (Ok(inflated), _) => document(&inflated, carrier),
        // What is text was never meant to be inflated.
        (Err(_), Content::Text(encoding)) => Err(other_encoding(carrier, encoding)),
        (Err(_), _) if begins_document(&bytes) => Err(other_encoding(carrier, NOT_UTF_8)),
        (Err(error), _) => Err(error),
    }
}

/// The document that was inflated. What begins like none is refused when it is read as XML.
fn document(inflated: &[u8], carrier: Carrier) -> Result<String, BindingError> {
    if let Content::Text(encoding) = Content::of(inflated) {
        return Err(other_encoding(carrier, encoding));
    }
    let text = std::str::from_utf8(inflated).map_err(|_| other_encoding(carrier, NOT_UTF_8))?;
    Ok(content::document(text).to_owned())
}

fn other_encoding(carrier: Carrier, encoding: &'static str) -> BindingError {
    BindingError::OtherEncoding {
        carrier: carrier.name(),
        encoding,
    }
}

/// A message for the query string of a redirect, before the signature:
/// `SAMLRequest=...[&RelayState=...][&SigAlg=...]` (SAML bindings 3.4.4.1). An empty RelayState is left
/// out.
pub fn query(xml: &str, carrier: Carrier, relay_state: &str, algorithm: Option<&str>) -> String {
    let mut query = format!(
        "{}={}",
        carrier.name(),
        escaped(&STANDARD.encode(deflate(xml.as_bytes())))
    );
    if !relay_state.is_empty() {
        query.push_str("&RelayState=");
        query.push_str(&escaped(relay_state));
    }
    if let Some(algorithm) = algorithm {
        query.push_str("&SigAlg=");
        query.push_str(&escaped(algorithm));
    }
    query
}

/// `query` with the signature over it.
pub fn signed_query(query: &str, signature: &[u8]) -> String {
    format!("{query}&Signature={}", escaped(&STANDARD.encode(signature)))
}

/// A query string with every value escaped anew, as [`query`] would.
pub fn respelt(query: &str) -> String {
    let pairs = query.split('&').map(|pair| {
        let (name, raw) = pair.split_once('=').unwrap_or((pair, ""));
        value(raw, name).map_or_else(|_| pair.to_owned(), |value| format!("{name}={}", escaped(&value)))
    });
    pairs.collect::<Vec<_>>().join("&")
}

/// Values as they came, still percent-encoded.
#[derive(Default)]
struct Parameters<'a> {
    message: Option<&'a str>,
    relay_state: Option<&'a str>,
    algorithm: Option<&'a str>,
    signature: Option<&'a str>,
}

impl<'a> Parameters<'a> {
    fn of(text: &'a str, carrier: Carrier) -> Result<Self, BindingError> {
        let mut parameters = Self::default();
        for pair in text.split('&') {
            let (name, raw) = pair.split_once('=').unwrap_or((pair, ""));
            // A name may be escaped as well; SAMLRequest spelt so is still SAMLRequest.
            let name = value(name, "the name of a parameter")?;
            let (slot, name) = match &*name {
                "SAMLRequest" | "SAMLResponse" if name == carrier.name() => {
                    (&mut parameters.message, carrier.name())
                }
                "RelayState" => (&mut parameters.relay_state, "RelayState"),
                "SigAlg" => (&mut parameters.algorithm, "SigAlg"),
                "Signature" => (&mut parameters.signature, "Signature"),
                _ => continue,
            };
            if slot.replace(raw).is_some() {
                return Err(BindingError::Repeated(name));
            }
        }
        Ok(parameters)
    }

    /// The signed text, in the order of the standard whatever the order of the query.
    fn signed(&self, message: &str, algorithm: &str, carrier: Carrier) -> String {
        let mut octets = format!("{}={message}", carrier.name());
        if let Some(relay_state) = self.relay_state {
            octets.push_str("&RelayState=");
            octets.push_str(relay_state);
        }
        octets.push_str("&SigAlg=");
        octets.push_str(algorithm);
        octets
    }
}

/// `application/x-www-form-urlencoded`, strictly: every `%` begins an escape.
fn value<'a>(raw: &'a str, parameter: &str) -> Result<Cow<'a, str>, BindingError> {
    if !raw.contains(['%', '+']) {
        return Ok(Cow::Borrowed(raw));
    }
    let wrong = || BindingError::Escape {
        parameter: parameter.to_owned(),
    };
    let mut bytes = Vec::with_capacity(raw.len());
    let mut rest = raw.as_bytes();
    while let [first, after @ ..] = rest {
        rest = after;
        bytes.push(match first {
            b'+' => b' ',
            b'%' => {
                let [high, low, after @ ..] = rest else {
                    return Err(wrong());
                };
                let digit = |byte: &u8| char::from(*byte).to_digit(16);
                let (Some(high), Some(low)) = (digit(high), digit(low)) else {
                    return Err(wrong());
                };
                rest = after;
                u8::try_from(high * 16 + low).map_err(|_| wrong())?
            }
            other => *other,
        });
    }
    String::from_utf8(bytes).map(Cow::Owned).map_err(|_| wrong())
}

/// Standard base64; line breaks are allowed, which forms of old software have.
fn base64(text: &str, parameter: &'static str) -> Result<Vec<u8>, BindingError> {
    let text: Cow<'_, str> = if text.contains(['\r', '\n']) {
        Cow::Owned(text.replace(['\r', '\n'], ""))
    } else {
        Cow::Borrowed(text)
    };
    STANDARD
        .decode(&*text)
        .map_err(|_| BindingError::Encoding { parameter })
}

/// A whole raw DEFLATE stream (RFC 1951) and nothing after it.
fn inflate(bytes: &[u8], carrier: Carrier) -> Result<Vec<u8>, BindingError> {
    let broken = BindingError::Compression {
        carrier: carrier.name(),
    };
    let mut inflater = Decompress::new(false);
    let mut message = Vec::with_capacity((bytes.len() * 4).min(MAX_INFLATED_BYTES));
    loop {
        let read = usize::try_from(inflater.total_in()).unwrap_or(bytes.len());
        let before = (inflater.total_in(), message.len());
        let status = inflater.decompress_vec(&bytes[read..], &mut message, FlushDecompress::None);
        let done = usize::try_from(inflater.total_in()).unwrap_or(bytes.len());
        match status {
            Ok(Status::StreamEnd) if done == bytes.len() => return Ok(message),
            Ok(Status::Ok | Status::BufError) if message.len() == message.capacity() => {
                if message.len() >= MAX_INFLATED_BYTES {
                    return Err(BindingError::TooLong {
                        what: "the inflated message",
                        limit: MAX_INFLATED_BYTES,
                    });
                }
                message.reserve_exact(message.len().min(MAX_INFLATED_BYTES - message.len()).max(1));
            }
            Ok(Status::Ok | Status::BufError) if (inflater.total_in(), message.len()) != before => {}
            _ => return Err(broken),
        }
    }
}

fn deflate(message: &[u8]) -> Vec<u8> {
    let mut deflater = Compress::new(Compression::default(), false);
    let mut stream = Vec::with_capacity(message.len() / 2 + 64);
    loop {
        let read = usize::try_from(deflater.total_in()).unwrap_or(message.len());
        let status = deflater.compress_vec(&message[read..], &mut stream, FlushCompress::Finish);
        if matches!(status, Ok(Status::StreamEnd)) {
            return stream;
        }
        stream.reserve(message.len() / 2 + 64);
    }
}

/// `encodeURIComponent`: what RFC 3986 reserves is escaped, in upper case.
fn escaped(text: &str) -> String {
    const HEX: [u8; 16] = *b"0123456789ABCDEF";
    let mut escaped = String::with_capacity(text.len() + text.len() / 8);
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
            escaped.push(char::from(byte));
        } else {
            escaped.push('%');
            escaped.push(char::from(HEX[usize::from(byte >> 4)]));
            escaped.push(char::from(HEX[usize::from(byte & 15)]));
        }
    }
    escaped
}

/// Of text of which nothing else is known.
const NOT_UTF_8: &str = "an encoding that is not UTF-8";

#[cfg(test)]
pub(super) mod tests;
