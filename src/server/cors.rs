//! What scripts of other origins may read (the Fetch standard's CORS; server 2). The rule is in [`oauth`](crate::oauth).

use super::answer::Answer;
use super::received::Received;
use super::site::Site;
use crate::oauth::{allows_origin, any_allows_origin};
use crate::tenant::Client;
use axum::http::{StatusCode, header};

/// Answers a preflight: whose request is to follow it does not say, so the origins of all clients count.
pub(super) fn preflight(site: &Site, received: &Received, methods: &'static str) -> Answer {
    let answer = Answer::text(StatusCode::NO_CONTENT, "").with(header::VARY, "origin".to_owned());
    match received.header(&header::ORIGIN) {
        Some(origin) if any_allows_origin(&site.tenant, origin) => answer
            .with(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin.to_owned())
            .with(header::ACCESS_CONTROL_ALLOW_METHODS, methods.to_owned())
            .with(header::ACCESS_CONTROL_ALLOW_HEADERS, HEADERS.to_owned())
            .with(header::ACCESS_CONTROL_MAX_AGE, "3600".to_owned()),
        _ => answer,
    }
}

/// An answer that scripts may read whose origin the client of the request lists.
pub(super) fn shared(answer: Answer, received: &Received, client: Option<&Client>) -> Answer {
    let answer = answer.with(header::VARY, "origin".to_owned());
    let origin = received.header(&header::ORIGIN);
    match origin.filter(|origin| client.is_some_and(|client| allows_origin(client, origin))) {
        Some(origin) => answer
            .with(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin.to_owned())
            .with(header::ACCESS_CONTROL_EXPOSE_HEADERS, EXPOSED.to_owned()),
        None => answer,
    }
}

const HEADERS: &str = "authorization, content-type, auth0-client, dpop";
const EXPOSED: &str = "retry-after, www-authenticate, x-request-id";
