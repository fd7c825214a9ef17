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
use crate::server::log::Entry;
use crate::server::pages;
use crate::server::received::Received;
use crate::server::site::Site;
use crate::store::{IdUse, StoreError};
use axum::http::{Method, StatusCode, header};
use serde_json::{Map, Value};

/// Gives a client its tokens.
pub(in crate::server) fn token(site: &Site, received: &Received) -> Answer {
    let answer = called(site, received, "token_refused", |parameters| {
        let tokens = granted(site, received, parameters)?;
        Ok(Answer::json(StatusCode::OK, &Value::Object(tokens)))
    });
    // RFC 6749 section 5.1.
    answer.with(header::PRAGMA, "no-cache".to_owned())
}

/// A call by a client, which may be a page of another origin: its parameters are read, and the answer is shared with the
/// origins of the client; where the call does not say whose it is, with those of any client. One that is refused is in the log
/// as `event`.
pub(super) fn called(
    site: &Site,
    received: &Received,
    event: &str,
    answer: impl FnOnce(&Parameters) -> Result<Answer, Fault>,
) -> Answer {
    let (answer, caller) = match received.method {
        Method::POST => match received.form_or_json() {
            Ok(parameters) => {
                let caller = caller(site, received, &parameters);
                let answer = answer(&parameters).unwrap_or_else(|fault| {
                    tell(event, received, caller, &parameters, &fault);
                    fault.answer()
                });
                (answer, caller)
            }
            Err(error) => {
                let fault = Fault::Refused(error);
                tell(event, received, Caller::Unsaid, &Parameters::default(), &fault);
                (fault.answer(), Caller::Unsaid)
            }
        },
        Method::OPTIONS => return cors::preflight(site, received, "POST"),
        _ => (Answer::wrong_method("POST, OPTIONS"), Caller::Unsaid),
    };
    cors::shared(answer, site, received.header(&header::ORIGIN), caller)
}

/// Tells the log of a call that is refused: by whom it was made, where there is such a client, and why it is refused.
pub(super) fn tell(
    event: &str,
    received: &Received,
    caller: Caller<'_>,
    parameters: &Parameters,
    fault: &Fault,
) {
    let Fault::Refused(error) = fault else {
        return;
    };
    let mut entry = Entry::of(event, received);
    if let Caller::Client(client) = caller {
        entry = entry.client(&client.client_id);
    }
    if let Some(grant) = parameters
        .get("grant_type")
        .ok()
        .flatten()
        .and_then(GrantType::named)
    {
        entry = entry.with("grant_type", grant.as_str());
    }
    entry
        .with("error", error.code.as_str())
        .with("outcome", &*error.description)
        .write();
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
pub(super) fn caller<'a>(site: &'a Site, received: &Received, parameters: &Parameters) -> Caller<'a> {
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
        GrantType::ClientCredentials => client_credentials::issue(site, authenticated, parameters, received),
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
    /// Not now; in so many seconds. It is in the log.
    Later(OAuthError, i64),
    Refused(OAuthError),
    /// Refused by what is in the log already: a login, or a token that came again.
    Told(OAuthError),
    Unavailable(Unavailable),
}

impl Fault {
    /// The same where the log has a line of its own for it.
    pub(super) fn told(self) -> Self {
        match self {
            Self::Refused(error) => Self::Told(error),
            other => other,
        }
    }

    /// As the client is told.
    pub(super) fn answer(self) -> Answer {
        match self {
            Self::Later(error, seconds) => {
                Answer::error(&error).with(header::RETRY_AFTER, seconds.to_string())
            }
            Self::Refused(error) | Self::Told(error) => Answer::error(&error),
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
