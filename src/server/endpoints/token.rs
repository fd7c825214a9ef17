//! `/oauth/token`: one grant a file.

mod authorization_code;
mod refresh_token;

use crate::flow::Unavailable;
use crate::oauth::{ClientCredentials, ErrorCode, OAuthError};
use crate::server::answer::Answer;
use crate::server::pages;
use crate::server::received::Received;
use crate::server::site::Site;
use crate::store::StoreError;
use axum::http::{Method, StatusCode, header};
use serde_json::{Map, Value};

/// Gives a client its tokens.
pub(in crate::server) fn token(site: &Site, received: &Received) -> Answer {
    if received.method != Method::POST {
        return Answer::wrong_method("POST");
    }
    match granted(site, received) {
        Ok(tokens) => Answer::json(StatusCode::OK, &Value::Object(tokens)),
        Err(Fault::Refused(error)) => Answer::error(&error),
        Err(Fault::Unavailable(why)) => pages::unavailable(&why),
    }
    // RFC 6749 section 5.1.
    .with(header::PRAGMA, "no-cache".to_owned())
}

fn granted(site: &Site, received: &Received) -> Result<Map<String, Value>, Fault> {
    let parameters = received.form_or_json()?;
    let credentials = ClientCredentials::read(received.header(&header::AUTHORIZATION), &parameters)?;
    let client = credentials.authenticate(&site.tenant)?.client();
    match parameters.get("grant_type")? {
        Some(grant @ "authorization_code") if client.has_grant(grant) => {
            authorization_code::exchange(site, client, &parameters)
        }
        Some(grant @ "refresh_token") if client.has_grant(grant) => {
            refresh_token::exchange(site, client, &parameters, received)
        }
        Some("authorization_code" | "refresh_token") => Err(refused(
            ErrorCode::UnauthorizedClient,
            "the client is not registered for this grant; add it to its grant_types",
        )),
        Some(_) => Err(refused(
            ErrorCode::UnsupportedGrantType,
            "this grant_type is not taken",
        )),
        None => Err(refused(ErrorCode::InvalidRequest, "grant_type is missing")),
    }
}

/// Why a client gets no tokens.
enum Fault {
    Refused(OAuthError),
    Unavailable(Unavailable),
}

fn refused(code: ErrorCode, description: &'static str) -> Fault {
    Fault::Refused(OAuthError::new(code, description))
}

impl From<OAuthError> for Fault {
    fn from(error: OAuthError) -> Self {
        Self::Refused(error)
    }
}

impl From<StoreError> for Fault {
    fn from(error: StoreError) -> Self {
        Self::Unavailable(error.into())
    }
}
