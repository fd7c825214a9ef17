//! `--authn-request`: a SAML request in any form in which people have one, from a file to the request of the login.

use super::files;
use super::options::LoginOptions;
use super::trouble::Trouble;
use crate::disk::Limit;
use crate::encoding::other_encoding;
use crate::event::{AuthnBinding, Dict, Protocol};
use crate::flow::{GivenRequest, Incoming};
use crate::login::RequestFault;
use crate::saml::inbound::{
    Answer, BindingError, Carrier, Occurrence, Received, Recipient, RefusedRequest, binding, document,
};
use crate::time::Moment;
use std::path::Path;
use url::form_urlencoded;

/// The request of `--authn-request`, if there is one.
///
/// # Errors
/// The file cannot be read, or options contradict the request. A request that the login refuses is not an error.
pub(super) fn incoming(
    options: &LoginOptions,
    recipient: &Recipient<'_>,
    now: Moment,
) -> Result<Option<Incoming>, Trouble> {
    let Some(path) = &options.authn_request else {
        return Ok(None);
    };
    if options
        .protocol
        .is_some_and(|protocol| protocol != Protocol::Samlp)
    {
        return Err(Trouble::usage(
            "--authn-request is for a SAML login, but --protocol names another protocol",
            "leave --protocol out",
        ));
    }
    if options.redirect_uri.is_some() {
        return Err(Trouble::usage(
            "--redirect-uri and --authn-request both say where the answer goes",
            "leave --redirect-uri out; the request names its ACS URL, or the first callback is taken",
        ));
    }
    let given = read(path, options.relay_state.as_deref())?;
    // One command reads one request, so this request was not used before.
    Ok(Some(Incoming::received(given, Occurrence::First, recipient, now)))
}

/// The request in a file: XML, base64, or a URL, query string or form body with its signature.
fn read(path: &Path, relay_state: Option<&str>) -> Result<GivenRequest, Trouble> {
    let text = text(path)?;
    let text = document(&text).trim_end();
    if text.starts_with(['{', '[', '"']) {
        return Err(Trouble::new(
            format!("{} holds JSON, where a SAML request is expected", path.display()),
            "give the request as XML, in base64, or as the URL or form body that carries it",
        ));
    }
    if is_query(text) {
        return of_query(text, path, relay_state);
    }
    let xml = if text.starts_with('<') {
        Ok(text.to_owned())
    } else {
        binding::decode(text, Carrier::Request)
    };
    let received = xml.map(|xml| Received {
        xml,
        relay_state: relay_state.map(str::to_owned),
        signature: None,
    });
    Ok(GivenRequest {
        received: received.map_err(|error| undecodable(&error)),
        binding: AuthnBinding::Post,
        parameters: Dict::new(),
    })
}

/// The text of a file; `-` is standard input.
fn text(path: &Path) -> Result<String, Trouble> {
    let bytes = files::bytes(path, Limit::Request)?;
    let encoding = other_encoding(&bytes);
    String::from_utf8(bytes)
        .ok()
        .filter(|_| encoding.is_none())
        .ok_or_else(|| {
            let encoding = encoding.unwrap_or("an encoding that is not UTF-8");
            Trouble::new(
                format!("{} is text in {encoding}", path.display()),
                "save the request in UTF-8; SAML messages are UTF-8",
            )
        })
}

fn of_query(text: &str, path: &Path, relay_state: Option<&str>) -> Result<GivenRequest, Trouble> {
    let query = text.split_once('?').map_or(text, |(_, query)| query);
    let query = query.split_once('#').map_or(query, |(query, _)| query);
    let mut received = binding::read(query, Carrier::Request).map_err(|error| undecodable(&error));
    if let (Ok(received), Some(relay_state)) = (&mut received, relay_state)
        && received.relay_state.replace(relay_state.to_owned()).is_some()
    {
        return Err(Trouble::usage(
            format!(
                "{} has a RelayState, and --relay-state gives another",
                path.display()
            ),
            "leave --relay-state out; the RelayState of a query string cannot be replaced",
        ));
    }
    let parameters = form_urlencoded::parse(query.as_bytes());
    Ok(GivenRequest {
        received,
        binding: AuthnBinding::Redirect,
        parameters: parameters
            .map(|(name, value)| (name.into_owned(), value.into_owned().into()))
            .collect(),
    })
}

/// Whether the text is a URL, a query string or a form body: it holds what base64 does not, or not there.
fn is_query(text: &str) -> bool {
    !text.starts_with('<') && text.trim_end_matches('=').contains(['=', '&', '?', '%', ':'])
}

fn undecodable(error: &BindingError) -> RefusedRequest {
    RefusedRequest {
        fault: RequestFault::Encoding,
        description: error.to_string(),
        answer: Answer::Page,
    }
}
