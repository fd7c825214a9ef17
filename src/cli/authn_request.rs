//! `--authn-request`: a SAML request in any form in which people have one, from a file to the request of the login.

use super::files;
use super::options::LoginOptions;
use super::trouble::Trouble;
use crate::disk::Limit;
use crate::encoding::other_encoding;
use crate::event::Protocol;
use crate::flow::{GivenRequest, Incoming, SecondRelayState};
use crate::saml::inbound::{Occurrence, Recipient, document};
use crate::time::Moment;
use std::path::Path;

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
    GivenRequest::of_text(text, relay_state).map_err(|SecondRelayState| {
        Trouble::usage(
            format!(
                "{} has a RelayState, and --relay-state gives another",
                path.display()
            ),
            "leave --relay-state out; the RelayState of a query string cannot be replaced",
        )
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
