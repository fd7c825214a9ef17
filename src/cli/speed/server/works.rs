//! The works of a server that are measured beside the bare signature.

use super::callers::{Caller, Next, first_refresh_token, refresh};
use super::child::Server;
use super::client::{Asked, Connection, Place};
use super::house::{ACS, API, APP, ENTITY, House, MACHINE, SECRET, SERVICE_PROVIDER, USER};
use super::sessions;
use crate::cli::clock::system_now;
use crate::cli::trouble::Trouble;
use crate::tenant::OWN_API;
use crate::time::iso;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use flate2::Compression;
use flate2::write::DeflateEncoder;
use serde_json::{Value, json};
use std::io::Write as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Connections that ask at the same time.
pub(super) const CALLERS: usize = 8;

/// A work, and who asks for it.
pub(super) struct Work {
    pub name: &'static str,
    /// Signatures that an answer holds.
    pub signatures: u32,
    pub callers: Vec<Caller>,
}

/// The token of a machine.
///
/// # Errors
/// The server takes no connections.
pub(super) async fn client_credentials(server: &Server) -> Result<Work, Trouble> {
    let asked = machine_token(API);
    Ok(Work {
        name: "client-credentials",
        signatures: 1,
        callers: same(server, std::iter::repeat_n(asked, CALLERS)).await?,
    })
}

/// What a machine asks for its token for this API with.
pub(super) fn machine_token(audience: &str) -> Asked {
    Asked::form(
        "/oauth/token",
        &[
            ("grant_type", "client_credentials"),
            ("client_id", MACHINE),
            ("client_secret", SECRET),
            ("audience", audience),
        ],
    )
}

/// The exchange of a refresh token that rotates, each caller with a family of its own.
///
/// # Errors
/// The server gives no refresh tokens.
pub(super) async fn refreshes(server: &Server, house: &House) -> Result<Work, Trouble> {
    let place = Place::of(server);
    let mut connection = Connection::open(&place).await?;
    let mut callers = Vec::new();
    for cookie in sessions::open(house, CALLERS)? {
        let token = first_refresh_token(&mut connection, &cookie).await?;
        callers.push(Caller::new(&place, refresh(&token), Next::RefreshToken).await?);
    }
    Ok(Work {
        name: "refresh",
        signatures: 2,
        callers,
    })
}

/// A login that happened elsewhere, which gives two tokens.
///
/// # Errors
/// The server gives the machine no token.
pub(super) async fn issue(server: &Server) -> Result<Work, Trouble> {
    let mut connection = Connection::open(&Place::of(server)).await?;
    let heard = connection.ask(&machine_token(OWN_API)).await?;
    let answer: Value = serde_json::from_slice(&heard.body).unwrap_or_default();
    let token = answer["access_token"].as_str();
    let token = token.ok_or_else(|| heard.unexpected("the token of a machine"))?;
    let login = json!({
        "client_id": APP, "user_id": USER, "scope": "openid profile email", "audience": API, "nonce": "n-0S6_WzA2Mj",
        "authentication": {"methods": [{"name": "pwd"}]}, "request": {"ip": "192.0.2.1", "user_agent": "Browser/1"},
    });
    let asked = Asked::json("/api/issue", &login).with_token(token.to_owned());
    Ok(Work {
        name: "issue",
        signatures: 2,
        callers: same(server, std::iter::repeat_n(asked, CALLERS)).await?,
    })
}

/// The response for a service provider, where the browser has a session, each caller with one of its own.
///
/// # Errors
/// The server takes no connections.
pub(super) async fn saml_session(server: &Server, house: &House) -> Result<Work, Trouble> {
    let place = Place::of(server);
    let (count, url) = (Arc::new(AtomicU64::new(0)), server.url.clone());
    let mut callers = Vec::new();
    for cookie in sessions::open(house, CALLERS)? {
        let (count, url) = (Arc::clone(&count), url.clone());
        let drawn = move || {
            // A request is answered once.
            let id = count.fetch_add(1, Ordering::Relaxed);
            saml_login(&url, &format!("_session{id}"), cookie.clone())
        };
        callers.push(Caller::new(&place, drawn(), Next::Drawn(Arc::new(drawn))).await?);
    }
    Ok(Work {
        name: "saml-session",
        signatures: 1,
        callers,
    })
}

/// The discovery document, for which nothing is signed and no store is asked.
///
/// # Errors
/// The server takes no connections.
pub(super) async fn discovery(server: &Server) -> Result<Work, Trouble> {
    let asked = Asked::get("/.well-known/openid-configuration");
    Ok(Work {
        name: "discovery",
        signatures: 0,
        callers: same(server, std::iter::repeat_n(asked, CALLERS)).await?,
    })
}

async fn same(server: &Server, asked: impl Iterator<Item = Asked>) -> Result<Vec<Caller>, Trouble> {
    let place = Place::of(server);
    let mut callers = Vec::new();
    for asked in asked {
        callers.push(Caller::new(&place, asked, Next::Same).await?);
    }
    Ok(callers)
}

/// A login of the service provider at the server of this URL by HTTP-Redirect, with the request `id`, in a browser with these
/// cookies.
pub(super) fn saml_login(url: &str, id: &str, cookie: String) -> Asked {
    let path = format!("samlp/{SERVICE_PROVIDER}");
    let xml = format!(
        "<samlp:AuthnRequest xmlns:samlp=\"urn:oasis:names:tc:SAML:2.0:protocol\" ID=\"{id}\" Version=\"2.0\" \
         IssueInstant=\"{}\" AssertionConsumerServiceURL=\"{ACS}\" Destination=\"{}{path}\">\
         <saml:Issuer xmlns:saml=\"urn:oasis:names:tc:SAML:2.0:assertion\">{ENTITY}</saml:Issuer></samlp:AuthnRequest>",
        iso(system_now()),
        url
    );
    let mut packed = DeflateEncoder::new(Vec::new(), Compression::default());
    // Nothing is written that could fail.
    let _ = packed.write_all(xml.as_bytes());
    let packed = packed.finish().unwrap_or_default();
    let query = url::form_urlencoded::Serializer::new(String::new())
        .append_pair("SAMLRequest", &STANDARD.encode(packed))
        .finish();
    Asked::get(format!("/{path}?{query}")).with_cookie(cookie)
}
