//! `/userinfo`: what is said of the user of an access token (OIDC Core 5.3).

use super::presented::{Form, Presented, Worth};
use crate::flow::Unavailable;
use crate::oauth::{Caller, OAuthError, Parameters};
use crate::server::answer::Answer;
use crate::server::cors;
use crate::server::pages;
use crate::server::received::Received;
use crate::server::site::Site;
use crate::token::userinfo as claims;
use axum::http::{Method, StatusCode, header};
use serde_json::{Value, json};

/// The claims that the token's scopes select.
pub(in crate::server) fn userinfo(site: &Site, received: &Received) -> Answer {
    match received.method {
        Method::GET | Method::POST => {}
        Method::OPTIONS => return cors::preflight(site, received, "GET, POST"),
        _ => {
            let answer = Answer::wrong_method("GET, POST, OPTIONS");
            return cors::shared(answer, site, received.header(&header::ORIGIN), Caller::Unsaid);
        }
    }
    let (answer, caller) = match bearer(received) {
        Sent::Once(token) => {
            let presented = Presented::of(site, &token);
            let caller = caller(site, presented.as_ref());
            let answer = said(site, presented).unwrap_or_else(|error| pages::unavailable(&error));
            (answer, caller)
        }
        Sent::Not => {
            let answer = Answer::text(StatusCode::UNAUTHORIZED, "");
            let answer = answer.with(header::WWW_AUTHENTICATE, "Bearer".to_owned());
            (answer, Caller::Unsaid)
        }
        Sent::InQuery => {
            let why = "an access token in the query is not taken; send it in the header Authorization (RFC 9700 section 4.3.2)";
            (refused(why), Caller::Unsaid)
        }
        Sent::Twice => (twice(), Caller::Unsaid),
    };
    cors::shared(answer, site, received.header(&header::ORIGIN), caller)
}

/// The client that the token was given to.
fn caller<'a>(site: &'a Site, presented: Option<&Presented>) -> Caller<'a> {
    let client_id = match presented {
        Some(Presented::Access(token)) => &token.client_id,
        Some(Presented::Refresh(_)) | None => return Caller::Unsaid,
    };
    let mut clients = site.tenant.clients.iter();
    clients
        .find(|client| client.client_id == *client_id)
        .map_or(Caller::Nobody, Caller::Client)
}

fn said(site: &Site, presented: Option<Presented>) -> Result<Answer, Unavailable> {
    let unknown = || refused("the access token is unknown or expired");
    let Some(Presented::Access(token)) = presented else {
        return Ok(unknown());
    };
    let here = site.tenant.config.endpoints().userinfo();
    // An access token for an API is for the user profile, too, where it says so (semantics 3.6).
    if matches!(&token.form, Form::Jwt { audiences, .. } if !audiences.contains(&here)) {
        return Ok(unknown());
    }
    Ok(match site.worth(&token)? {
        Worth::OfUser(user) => {
            let mut said = claims(&user.profile, &token.scopes);
            if let Form::Opaque { claims } = token.form {
                said.extend(claims);
            }
            Answer::json(StatusCode::OK, &Value::Object(said))
        }
        Worth::Ended => {
            refused("the access token was revoked, or has ended with its session or refresh token")
        }
        Worth::OfMachine | Worth::UserGone => {
            refused("the user of the access token is no longer there, or is blocked")
        }
    })
}

/// How often a token is sent.
enum Sent {
    Not,
    Once(String),
    /// Where logs and other pages get to see it.
    InQuery,
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
    let in_query = is_there(received.query());
    if [header.is_some(), in_form, in_query]
        .into_iter()
        .filter(|is| *is)
        .count()
        > 1
    {
        return Sent::Twice;
    }
    if in_query {
        return Sent::InQuery;
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
