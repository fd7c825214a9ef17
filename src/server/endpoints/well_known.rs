//! `/.well-known/...`: what this issuer is and signs with. The store is not asked.

use crate::oauth::provider_metadata;
use crate::server::answer::Answer;
use crate::server::received::Received;
use crate::server::site::Site;
use crate::token;
use axum::http::{StatusCode, header};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use openssl::sha::sha256;
use serde_json::Value;

/// The discovery document.
pub(in crate::server) fn provider(site: &Site, received: &Received) -> Answer {
    public(
        &provider_metadata(site.tenant.config.endpoints(), &site.keys),
        received,
    )
}

/// The key set.
pub(in crate::server) fn jwks(site: &Site, received: &Received) -> Answer {
    public(&token::jwks(&site.keys), received)
}

/// A document that anybody may keep for a moment.
fn public(document: &Value, received: &Received) -> Answer {
    let tag = format!(
        "\"{}\"",
        URL_SAFE_NO_PAD.encode(&sha256(document.to_string().as_bytes())[..12])
    );
    let answer = if received.header(&header::IF_NONE_MATCH) == Some(&tag) {
        Answer::text(StatusCode::NOT_MODIFIED, "")
    } else {
        Answer::json(StatusCode::OK, document)
    };
    answer
        .with(header::CACHE_CONTROL, "public, max-age=15".to_owned())
        .with(header::ETAG, tag)
        .with(header::ACCESS_CONTROL_ALLOW_ORIGIN, "*".to_owned())
}
