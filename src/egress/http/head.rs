//! Heads of messages: which request may go out, and what an error of HTTP means.

use crate::egress::connection::Connection;
use crate::egress::host::Host;
use crate::egress::limits::Reached;
use crate::egress::line::{Asked, Layer};
use crate::egress::refusal::Refusal;
use crate::egress::wire::Turn;
use hyper::header::{CONNECTION, HOST, HeaderMap, HeaderName, HeaderValue, UPGRADE};
use hyper::http::Error as HttpError;
use hyper::{Method, Request, Uri};
use std::error::Error;
use std::io;

/// Whether a request may go out over a connection to this destination: its target is a path, its one Host is the
/// destination, and it asks for no other protocol.
///
/// # Errors
/// It may not: why, for people.
pub(super) fn judge<B>(request: &Request<B>, asked: &Asked) -> Result<(), String> {
    let (method, target) = (request.method(), request.uri());
    if method == Method::CONNECT || target.authority().is_some() || !target.path().starts_with('/') {
        return Err(format!(
            "the target of the request `{method} {target}` over a connection to {} is no path: a request goes to the \
             server that is connected to, and to no other by it",
            asked.destination
        ));
    }
    let headers = request.headers();
    if headers.contains_key(UPGRADE) || headers.get_all(CONNECTION).iter().any(asks_for_upgrade) {
        return Err(no_upgrade(asked));
    }
    let mut hosts = headers.get_all(HOST).iter();
    match (hosts.next(), hosts.next()) {
        (Some(host), None) if is_destination(host, asked) => Ok(()),
        (Some(host), None) => Err(format!(
            "the request's Host `{}` is not {}, which is connected to",
            text(host),
            asked.destination
        )),
        (None, _) => Err(format!("the request to {} has no Host", asked.destination)),
        (Some(_), Some(_)) => Err(format!(
            "the request to {} has more than one Host",
            asked.destination
        )),
    }
}

/// What is said to a request for another protocol.
pub(super) fn no_upgrade(asked: &Asked) -> String {
    format!(
        "HTTP/1.1 is spoken with {}, and no upgrade to another protocol (WebSocket, HTTP/2); for those, pass the bytes \
         through: tunnel of [actions.egress]",
        asked.destination
    )
}

fn asks_for_upgrade(connection: &HeaderValue) -> bool {
    text(connection)
        .split(',')
        .any(|token| token.trim().eq_ignore_ascii_case("upgrade"))
}

/// Whether a Host header names the destination: a name letter for letter, but for case, a final dot and the layer's own
/// port.
fn is_destination(host: &HeaderValue, asked: &Asked) -> bool {
    let own_port = match asked.layer {
        Layer::Plain => 80,
        Layer::Tls => 443,
    };
    let port = asked.destination.port.get();
    let written = text(host).to_ascii_lowercase();
    let name = match written.strip_suffix(&format!(":{port}")) {
        Some(name) => name,
        None if port == own_port => &written,
        None => return false,
    };
    match &asked.destination.host {
        Host::Name(expected) => name.strip_suffix('.').unwrap_or(name) == expected,
        expected @ Host::Address(_) => Host::parse(name).as_ref() == Ok(expected),
    }
}

/// Path and query of a target.
pub(super) fn path(target: &Uri) -> &str {
    target.path_and_query().map_or("/", |path| path.as_str())
}

/// Headers as they are kept: names in lower case, values as Node.js reads them (latin-1).
pub(super) fn words(headers: &HeaderMap) -> Vec<(String, String)> {
    headers
        .iter()
        .map(|(name, value)| (name.as_str().to_owned(), text(value)))
        .collect()
}

fn text(value: &HeaderValue) -> String {
    value.as_bytes().iter().map(|byte| char::from(*byte)).collect()
}

/// A header as it goes over the wire, from what was kept.
///
/// # Errors
/// It is none.
pub(super) fn header(name: &str, value: &str) -> Result<(HeaderName, HeaderValue), HttpError> {
    let latin: Option<Vec<u8>> = value
        .chars()
        .map(|character| u8::try_from(character).ok())
        .collect();
    let value = HeaderValue::from_bytes(&latin.unwrap_or_else(|| value.as_bytes().to_vec()))?;
    Ok((HeaderName::from_bytes(name.as_bytes())?, value))
}

/// Why no answer came, or not all of it.
pub(super) fn unanswered(connection: &Connection, error: &hyper::Error) -> Refusal {
    let destination = &connection.asked.destination;
    if error.is_parse_too_large() {
        return Refusal::Limit(Reached::Headers(connection.run.terms.limits.headers));
    }
    if error.is_parse() {
        return Refusal::Protocol(format!(
            "the answer of {destination} is not HTTP/1.1: {}",
            words_of(error)
        ));
    }
    match io_error(error) {
        Some(error) if error.kind() != io::ErrorKind::UnexpectedEof => Refusal::broken(destination, error),
        _ => Refusal::Failed {
            code: "ECONNRESET".to_owned(),
            message: format!(
                "{destination} closed the connection before its answer was whole: socket hang up"
            ),
        },
    }
}

/// Why the body of a request cannot be read.
pub(super) fn unread(connection: &Connection, error: &hyper::Error) -> Refusal {
    let is_wrong = io_error(error).is_some_and(|error| {
        matches!(
            error.kind(),
            io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput
        )
    });
    if is_wrong || error.is_parse() {
        Refusal::Protocol(format!(
            "the body of a request to {} is not framed as HTTP/1.1 frames it: {}",
            connection.asked.destination,
            words_of(error)
        ))
    } else {
        Refusal::GivenUp
    }
}

/// What a script said that never became a request; `None` where it said nothing wrong.
pub(super) fn misspoken(connection: &Connection, turn: &Turn, error: &hyper::Error) -> Option<Refusal> {
    let destination = &connection.asked.destination;
    if error.is_parse_too_large() {
        return Some(Refusal::Limit(Reached::Headers(
            connection.run.terms.limits.headers,
        )));
    }
    if error.is_parse_version_h2() {
        return Some(Refusal::Protocol(no_upgrade(&connection.asked)));
    }
    error.is_parse().then(|| {
        Refusal::Protocol(if turn.began_with_tls() {
            format!(
                "the script makes TLS with {destination} by itself; here TLS is made for it, by tls.connect with host and \
                 port; to make it in the script, pass the bytes through: tunnel of [actions.egress]"
            )
        } else {
            format!(
                "what the script sends to {destination} is not HTTP/1.1 ({}); for other protocols, pass the bytes \
                 through: tunnel of [actions.egress]",
                words_of(error)
            )
        })
    })
}

/// An error with what it comes from.
fn words_of(error: &hyper::Error) -> String {
    match error.source() {
        Some(source) => format!("{error}: {source}"),
        None => error.to_string(),
    }
}

fn io_error(error: &hyper::Error) -> Option<&io::Error> {
    let mut source = error.source();
    while let Some(error) = source {
        if let Some(error) = error.downcast_ref() {
            return Some(error);
        }
        source = error.source();
    }
    None
}

#[cfg(test)]
mod tests;
