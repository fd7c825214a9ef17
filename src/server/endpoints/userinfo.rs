//! `/userinfo`: what is said of the user of an access token (OIDC Core 5.3).

use crate::flow::Unavailable;
use crate::server::answer::Answer;
use crate::server::pages;
use crate::server::received::Received;
use crate::server::site::Site;
use crate::token::{userinfo as claims, verified};
use axum::http::{Method, StatusCode, header};
use serde_json::{Value, json};

/// The claims that the token's scopes select.
pub(in crate::server) fn userinfo(site: &Site, received: &Received) -> Answer {
    if !matches!(received.method, Method::GET | Method::POST) {
        return Answer::wrong_method("GET, POST");
    }
    said(site, received).unwrap_or_else(|error| pages::unavailable(&error))
}

fn said(site: &Site, received: &Received) -> Result<Answer, Unavailable> {
    let Some(token) = bearer(received) else {
        let answer = Answer::text(StatusCode::UNAUTHORIZED, "");
        return Ok(answer.with(header::WWW_AUTHENTICATE, "Bearer".to_owned()));
    };
    let (user_id, scopes) = match site.holder_of(&token) {
        Some(holder) => {
            if site.store.is_ended(&holder.id)? {
                return Ok(refused("the access token was revoked"));
            }
            if let Some(session) = &holder.session
                && site.store.session(session, site.now())?.is_none()
            {
                return Ok(refused("the session of the access token has ended"));
            }
            (holder.user_id, holder.scopes)
        }
        None => match of_api(site, &token) {
            Some(known) => known,
            None => return Ok(refused("the access token is unknown or expired")),
        },
    };
    let user = site.store.stored_user(&user_id)?;
    match user.filter(|user| !user.profile.is_blocked()) {
        Some(user) => Ok(Answer::json(
            StatusCode::OK,
            &Value::Object(claims(&user.profile, &scopes)),
        )),
        None => Ok(refused(
            "the user of the access token is no longer there, or is blocked",
        )),
    }
}

/// User and scopes of an access token for an API that is for the user profile, too (semantics 3.6).
fn of_api(site: &Site, token: &str) -> Option<(String, Vec<String>)> {
    let claims = verified(token, &site.keys)?;
    let text = |name: &str| claims.get(name).and_then(Value::as_str);
    let here = site.tenant.config.endpoints().userinfo();
    let is_for_profile = match claims.get("aud")? {
        Value::String(audience) => *audience == here,
        Value::Array(audiences) => audiences.iter().any(|audience| *audience == here.as_str()),
        _ => false,
    };
    let is_valid = claims.get("exp").and_then(Value::as_i64)? > site.now().timestamp();
    if !is_for_profile || !is_valid || text("iss") != Some(&site.url) {
        return None;
    }
    let scopes = text("scope").unwrap_or_default().split(' ').map(str::to_owned);
    Some((text("sub")?.to_owned(), scopes.collect()))
}

/// The token of the header, or of a form body (RFC 6750 section 2.2). One in the query is not taken.
fn bearer(received: &Received) -> Option<String> {
    if let Some(authorization) = received.header(&header::AUTHORIZATION) {
        let (scheme, token) = authorization.split_once(' ')?;
        return scheme
            .eq_ignore_ascii_case("bearer")
            .then(|| token.trim().to_owned());
    }
    if received.method != Method::POST {
        return None;
    }
    received.form().ok()?.get("access_token").ok()?.map(str::to_owned)
}

/// RFC 6750 section 3.1.
fn refused(why: &str) -> Answer {
    let body = json!({"error": "invalid_token", "error_description": why});
    Answer::json(StatusCode::UNAUTHORIZED, &body).with(
        header::WWW_AUTHENTICATE,
        format!("Bearer error=\"invalid_token\", error_description=\"{why}\""),
    )
}
