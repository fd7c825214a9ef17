//! What scripts of other origins may read (the Fetch standard's CORS; server 2). The rule is in [`oauth`](crate::oauth).

use super::answer::Answer;
use super::received::Received;
use super::site::Site;
use crate::oauth::Caller;
use axum::http::{StatusCode, header};

/// Answers a preflight: whose request is to follow it does not say, so the origins of all clients count.
pub(super) fn preflight(site: &Site, received: &Received, methods: &'static str) -> Answer {
    let answer = Answer::text(StatusCode::NO_CONTENT, "").with(header::VARY, "origin".to_owned());
    match received.header(&header::ORIGIN) {
        Some(origin) if Caller::Unsaid.may_be_read_by(origin, &site.tenant) => answer
            .with(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin.to_owned())
            .with(header::ACCESS_CONTROL_ALLOW_METHODS, methods.to_owned())
            .with(header::ACCESS_CONTROL_ALLOW_HEADERS, HEADERS.to_owned())
            .with(header::ACCESS_CONTROL_MAX_AGE, "3600".to_owned()),
        _ => answer,
    }
}

/// An answer that scripts of `origin` may read as far as the caller lets them.
pub(super) fn shared(answer: Answer, site: &Site, origin: Option<&str>, caller: Caller<'_>) -> Answer {
    let answer = answer.with(header::VARY, "origin".to_owned());
    match origin.filter(|origin| caller.may_be_read_by(origin, &site.tenant)) {
        Some(origin) => answer
            .with(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin.to_owned())
            .with(header::ACCESS_CONTROL_EXPOSE_HEADERS, EXPOSED.to_owned()),
        None => answer,
    }
}

/// Whether scripts of other origins call this path.
pub(super) fn is_for_scripts(path: &str) -> bool {
    path.starts_with("/.well-known/") || ["/oauth/token", "/oauth/revoke", "/userinfo"].contains(&path)
}

const HEADERS: &str = "authorization, content-type, auth0-client, dpop";
const EXPOSED: &str = "retry-after, www-authenticate, x-request-id";
