//! `/oauth/token`: one grant a file.

mod authorization_code;
mod client_credentials;
mod no_browser;
mod password;
mod refresh_token;

use crate::flow::{Unavailable, Use};
use crate::oauth::{
    AssertionId, Authenticated, Caller, ClientCredentials, ErrorCode, GrantType, OAuthError, Parameters,
    Proved,
};
use crate::server::answer::Answer;
use crate::server::cors;
use crate::server::pages;
use crate::server::received::Received;
use crate::server::site::Site;
use crate::store::{IdUse, StoreError};
use crate::tenant::Client;
use axum::http::{Method, StatusCode, header};
use serde_json::{Map, Value};

/// Gives a client its tokens.
pub(in crate::server) fn token(site: &Site, received: &Received) -> Answer {
    called(site, received, |parameters| {
        let answer = match granted(site, received, parameters) {
            Ok(tokens) => Answer::json(StatusCode::OK, &Value::Object(tokens)),
            Err(fault) => fault.answer(),
        };
        // RFC 6749 section 5.1.
        answer.with(header::PRAGMA, "no-cache".to_owned())
    })
}

/// A call by a client, which may be a page of another origin: its parameters are read, and the answer is shared with the
/// origins of the client; where the call does not say whose it is, with those of any client.
pub(super) fn called(site: &Site, received: &Received, answer: impl FnOnce(&Parameters) -> Answer) -> Answer {
    let (answer, caller) = match received.method {
        Method::POST => match received.form_or_json() {
            Ok(parameters) => (answer(&parameters), caller(site, received, &parameters)),
            Err(error) => (Answer::error(&error), Caller::Unsaid),
        },
        Method::OPTIONS => return cors::preflight(site, received, "POST"),
        _ => (Answer::wrong_method("POST, OPTIONS"), Caller::Unsaid),
    };
    cors::shared(answer, site, received.header(&header::ORIGIN), caller)
}

/// Parameters that mean something here; each may be given once (RFC 6749 section 3.2).
const KNOWN: &[&str] = &[
    "audience",
    "client_assertion",
    "client_assertion_type",
    "client_id",
    "client_secret",
    "code",
    "code_verifier",
    "grant_type",
    "organization",
    "password",
    "realm",
    "redirect_uri",
    "refresh_token",
    "resource",
    "scope",
    "username",
];

/// The client that a request names, whether or not it is what it says.
fn caller<'a>(site: &'a Site, received: &Received, parameters: &Parameters) -> Caller<'a> {
    match ClientCredentials::read(received.header(&header::AUTHORIZATION), parameters) {
        Ok(credentials) => credentials
            .named(&site.tenant)
            .map_or(Caller::Nobody, Caller::Client),
        Err(_) => Caller::Unsaid,
    }
}

fn granted(site: &Site, received: &Received, parameters: &Parameters) -> Result<Map<String, Value>, Fault> {
    parameters.each_once(KNOWN)?;
    let authenticated = authenticated(site, received, parameters)?;
    let client = authenticated.client();
    match GrantType::of(parameters, client)? {
        GrantType::AuthorizationCode => authorization_code::exchange(site, client, parameters, received),
        GrantType::ClientCredentials => client_credentials::issue(site, authenticated, parameters),
        grant @ (GrantType::Password | GrantType::PasswordRealm) => {
            password::issue_tokens(site, client, parameters, grant, received)
        }
        GrantType::RefreshToken => refresh_token::exchange(site, client, parameters, received),
    }
}

/// The client that sent a request, if it is what it says. An assertion counts once.
pub(super) fn authenticated<'a>(
    site: &'a Site,
    received: &Received,
    parameters: &Parameters,
) -> Result<Authenticated<'a>, Fault> {
    let credentials = ClientCredentials::read(received.header(&header::AUTHORIZATION), parameters)?;
    let now = site.now();
    let Proved { client, assertion } = credentials.authenticate(&site.tenant, now)?;
    if let Some(AssertionId { id, until }) = assertion {
        let issuer = &client.client().client_id;
        let used = site
            .store
            .use_id(IdUse::ClientAssertion, issuer, &id, until, now)?;
        if used == Use::Again {
            return Err(refused(
                ErrorCode::InvalidClient,
                "client_assertion was used before",
            ));
        }
    }
    Ok(client)
}

/// Why a client gets no tokens.
pub(super) enum Fault {
    /// Not now; in so many seconds.
    Later(OAuthError, i64),
    Refused(OAuthError),
    Unavailable(Unavailable),
}

impl Fault {
    /// As the client is told.
    pub(super) fn answer(self) -> Answer {
        match self {
            Self::Later(error, seconds) => {
                Answer::error(&error).with(header::RETRY_AFTER, seconds.to_string())
            }
            Self::Refused(error) => Answer::error(&error),
            Self::Unavailable(why) => pages::unavailable(&why),
        }
    }
}

pub(super) fn refused(code: ErrorCode, description: &'static str) -> Fault {
    Fault::Refused(OAuthError::new(code, description))
}

impl From<OAuthError> for Fault {
    fn from(error: OAuthError) -> Self {
        Self::Refused(error)
    }
}

impl From<Unavailable> for Fault {
    fn from(unavailable: Unavailable) -> Self {
        Self::Unavailable(unavailable)
    }
}

impl From<StoreError> for Fault {
    fn from(error: StoreError) -> Self {
        Self::Unavailable(error.into())
    }
}
