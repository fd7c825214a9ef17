//! Documents that anybody may read and keep for a moment: made once, with the site or with its keys.

use super::answer::Answer;
use super::received::Received;
use crate::endpoints::Endpoints;
use crate::keys::KeyRing;
use crate::oauth::provider_metadata;
use crate::token;
use axum::http::{StatusCode, header};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use openssl::sha::sha256;
use serde_json::Value;

/// What an issuer says of itself.
#[derive(Debug)]
pub(super) struct Publications {
    pub discovery: Published,
    pub key_set: Published,
}

impl Publications {
    /// Those of the issuer at `endpoints`, which signs with `keys`.
    pub fn of(endpoints: Endpoints<'_>, keys: &KeyRing) -> Self {
        Self {
            discovery: Published::of(&provider_metadata(endpoints, keys)),
            key_set: Published::of(&token::jwks(keys)),
        }
    }
}

/// A JSON document and its entity tag.
#[derive(Debug)]
pub(super) struct Published {
    text: String,
    tag: String,
}

impl Published {
    fn of(document: &Value) -> Self {
        let text = document.to_string();
        let tag = format!("\"{}\"", URL_SAFE_NO_PAD.encode(&sha256(text.as_bytes())[..12]));
        Self { text, tag }
    }

    /// The document, or that the reader has it.
    pub fn answer(&self, received: &Received) -> Answer {
        let known = received.header(&header::IF_NONE_MATCH).unwrap_or_default();
        // A proxy that compresses makes the tag a weak one (RFC 9110 section 13.1.2).
        let is_this = |tag: &str| tag == "*" || tag.strip_prefix("W/").unwrap_or(tag) == self.tag;
        let answer = if known.split(',').map(str::trim).any(is_this) {
            Answer::text(StatusCode::NOT_MODIFIED, "")
        } else {
            Answer::document("application/json; charset=utf-8", self.text.clone())
        };
        answer
            .with(header::CACHE_CONTROL, "public, max-age=15".to_owned())
            .with(header::ETAG, self.tag.clone())
            .with(header::ACCESS_CONTROL_ALLOW_ORIGIN, "*".to_owned())
    }
}
