//! `/userinfo`: what is said of the user of an access token (OIDC Core 5.3).

use super::presented::Presented;
use crate::flow::Unavailable;
use crate::oauth::{OAuthError, Parameters};
use crate::server::answer::Answer;
use crate::server::cors;
use crate::server::pages;
use crate::server::received::Received;
use crate::server::site::Site;
use crate::token::userinfo as claims;
use axum::http::{Method, StatusCode, header};
use serde_json::{Map, Value, json};

/// The claims that the token's scopes select.
pub(in crate::server) fn userinfo(site: &Site, received: &Received) -> Answer {
    match received.method {
        Method::GET | Method::POST => {}
        Method::OPTIONS => return cors::preflight(site, received, "GET, POST"),
        _ => return Answer::wrong_method("GET, POST, OPTIONS"),
    }
    let token = match bearer(received) {
        Sent::Once(token) => token,
        Sent::Not => {
            let answer = Answer::text(StatusCode::UNAUTHORIZED, "");
            return answer.with(header::WWW_AUTHENTICATE, "Bearer".to_owned());
        }
        Sent::Twice => return twice(),
    };
    let presented = Presented::of(site, &token);
    let client_id = match &presented {
        Some(Presented::Opaque(holder)) => Some(&holder.client_id),
        Some(Presented::Api(claims, _)) => Some(&claims.client_id),
        Some(Presented::Refresh(_)) | None => None,
    };
    let mut clients = site.tenant.clients.iter();
    let client = client_id.and_then(|id| clients.find(|client| client.client_id == *id));
    let answer = said(site, presented).unwrap_or_else(|error| pages::unavailable(&error));
    cors::shared(answer, received, client)
}

fn said(site: &Site, presented: Option<Presented>) -> Result<Answer, Unavailable> {
    let here = site.tenant.config.endpoints().userinfo();
    let (user_id, scopes, set) = match presented {
        Some(Presented::Opaque(holder)) => {
            if !site.counts(&holder)? {
                return Ok(refused("the access token was revoked, or its session has ended"));
            }
            (holder.user_id, holder.scopes, holder.claims)
        }
        // An access token for an API is for the user profile, too, where it says so (semantics 3.6).
        Some(Presented::Api(claims, id)) if claims.audiences.contains(&here) => {
            if site.store.is_ended(&id)? {
                return Ok(refused("the access token was revoked"));
            }
            (claims.subject, claims.scopes, Map::new())
        }
        Some(Presented::Api(..) | Presented::Refresh(_)) | None => {
            return Ok(refused("the access token is unknown or expired"));
        }
    };
    let user = site.store.stored_user(&user_id)?;
    match user.filter(|user| !user.profile.is_blocked()) {
        Some(user) => {
            let mut said = claims(&user.profile, &scopes);
            said.extend(set);
            Ok(Answer::json(StatusCode::OK, &Value::Object(said)))
        }
        None => Ok(refused(
            "the user of the access token is no longer there, or is blocked",
        )),
    }
}

/// How often a token is sent.
enum Sent {
    Not,
    Once(String),
    /// In two ways, which nobody may do (RFC 6750 section 2).
    Twice,
}

/// The token of the header, or of a form body (RFC 6750 section 2.2). One in the query is not taken.
fn bearer(received: &Received) -> Sent {
    let is_there = |parameters: Result<Parameters, OAuthError>| {
        parameters.is_ok_and(|parameters| !matches!(parameters.get("access_token"), Ok(None)))
    };
    let header = received.header(&header::AUTHORIZATION);
    let in_form = received.method == Method::POST && is_there(received.form());
    if header.is_some() && (in_form || is_there(received.query())) {
        return Sent::Twice;
    }
    let token = if let Some(authorization) = header {
        let token = authorization.split_once(' ');
        token
            .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
            .map(|(_, token)| token.trim().to_owned())
    } else if in_form {
        let form = received.form().unwrap_or_default();
        form.get("access_token").ok().flatten().map(str::to_owned)
    } else {
        None
    };
    token.map_or(Sent::Not, Sent::Once)
}

/// RFC 6750 section 3.1.
fn twice() -> Answer {
    let why = "the access token is sent in two ways; one is enough";
    let body = json!({"error": "invalid_request", "error_description": why});
    Answer::json(StatusCode::BAD_REQUEST, &body).with(
        header::WWW_AUTHENTICATE,
        format!("Bearer error=\"invalid_request\", error_description=\"{why}\""),
    )
}

/// RFC 6750 section 3.1.
fn refused(why: &str) -> Answer {
    let body = json!({"error": "invalid_token", "error_description": why});
    Answer::json(StatusCode::UNAUTHORIZED, &body).with(
        header::WWW_AUTHENTICATE,
        format!("Bearer error=\"invalid_token\", error_description=\"{why}\""),
    )
}
