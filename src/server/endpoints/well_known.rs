//! `/.well-known/...`: what this issuer is and signs with. The store is not asked.

use crate::server::answer::Answer;
use crate::server::cors;
use crate::server::published::Published;
use crate::server::received::Received;
use crate::server::site::Site;
use axum::http::Method;

/// The discovery document.
pub(in crate::server) fn provider(site: &Site, received: &Received) -> Answer {
    published(site, received, &site.publications.discovery)
}

/// The key set.
pub(in crate::server) fn jwks(site: &Site, received: &Received) -> Answer {
    published(site, received, &site.publications.key_set)
}

fn published(site: &Site, received: &Received, document: &Published) -> Answer {
    match received.method {
        Method::GET | Method::HEAD => document.answer(received),
        Method::OPTIONS => cors::preflight(site, received, "GET"),
        _ => Answer::wrong_method("GET, HEAD, OPTIONS"),
    }
}
