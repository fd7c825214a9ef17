//! An assertion with which a client proves who it is (RFC 7523 section 3, OIDC Core 9 `private_key_jwt`).

use super::error::{ErrorCode, OAuthError};
use super::parameters::Parameters;
use crate::endpoints::Endpoints;
use crate::json;
use crate::tenant::{AssertionKey, Client, ClientCredential};
use crate::time::{Moment, later};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, TimeDelta};
use josekit::jws::{ES256, ES384, ES512, JwsVerifier, PS256, PS384, PS512, RS256, RS384, RS512};
use josekit::jwt;
use serde_json::{Map, Value};

/// The id of an assertion, which counts once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AssertionId {
    /// `jti`
    pub id: String,
    /// When it expires: so long the id has to be remembered.
    pub until: Moment,
}

/// The registered name of such assertions.
const JWT_BEARER: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// Algorithms that a key of a client may be used with, for the discovery document.
pub(super) const ALGORITHMS: [&str; 9] = [
    "ES256", "ES384", "ES512", "PS256", "PS384", "PS512", "RS256", "RS384", "RS512",
];

/// An assertion may expire this much later than now, as on the platform.
const LONGEST: TimeDelta = TimeDelta::minutes(5);
/// How far the clock of a client may be ahead.
const SKEW: TimeDelta = TimeDelta::seconds(60);
/// Longest `jti`, in bytes.
const MAX_ID: usize = 255;

/// The assertion of a request.
///
/// # Errors
/// It has no type, another one than a JWT, or the type stands alone.
pub(super) fn of(parameters: &Parameters) -> Result<Option<&str>, OAuthError> {
    let assertion = parameters.get("client_assertion")?;
    match (assertion, parameters.get("client_assertion_type")?) {
        (None, None) => Ok(None),
        (Some(assertion), Some(JWT_BEARER)) => Ok(Some(assertion)),
        (Some(_), _) => Err(OAuthError::new(
            ErrorCode::InvalidRequest,
            format!("client_assertion_type must be {JWT_BEARER}"),
        )),
        (None, Some(_)) => Err(OAuthError::new(
            ErrorCode::InvalidRequest,
            "client_assertion_type is given without client_assertion",
        )),
    }
}

/// Who says to have signed an assertion. Nothing is proved yet.
pub(super) fn issuer(assertion: &str) -> Option<String> {
    let claims = part(assertion, 1)?;
    claims.get("iss")?.as_str().map(str::to_owned)
}

/// Accepts an assertion that `client` signed for this issuer. That it was not used before is for the caller to see to.
///
/// # Errors
/// `invalid_client` with what is wrong. Nothing that the assertion says of keys or algorithms counts but its key id.
pub(super) fn accept(
    assertion: &str,
    client: &Client,
    endpoints: Endpoints<'_>,
    now: Moment,
) -> Result<AssertionId, OAuthError> {
    let header = part(assertion, 0).ok_or_else(|| refused("client_assertion is no signed JWT"))?;
    let kid = header.get("kid").and_then(Value::as_str);
    let keys = client.credentials().iter();
    let mut keys = keys
        .filter(|key| key.is_valid_at(now))
        .filter(|key| kid.is_none() || key.kid.is_none() || key.kid.as_deref() == kid)
        .filter_map(ClientCredential::key);
    let claims = keys.find_map(|key| {
        let (payload, _) = jwt::decode_with_verifier(assertion, verifier(&key)?.as_ref()).ok()?;
        Some(payload.claims_set().clone())
    });
    let claims = claims.ok_or_else(|| {
        refused("client_assertion is not signed with a key of the client, by the algorithm of that key")
    })?;
    if part(assertion, 1).is_none() {
        return Err(refused("client_assertion names a claim twice"));
    }
    judged(&claims, client, endpoints, now)
}

/// What the claims have to say (RFC 7523 section 3).
fn judged(
    claims: &Map<String, Value>,
    client: &Client,
    endpoints: Endpoints<'_>,
    now: Moment,
) -> Result<AssertionId, OAuthError> {
    let text = |name: &str| claims.get(name).and_then(Value::as_str);
    let time = |name: &str| {
        claims.get(name).map(|value| {
            let seconds = value.as_i64().or_else(|| seconds(value));
            seconds.and_then(|seconds| DateTime::from_timestamp(seconds, 0))
        })
    };
    let is_client = |name: &str| text(name) == Some(&client.client_id);
    if !is_client("iss") || !is_client("sub") {
        return Err(refused(
            "'iss' and 'sub' of client_assertion must be the client_id",
        ));
    }
    let here = [
        endpoints.issuer(),
        endpoints.issuer().trim_end_matches('/').to_owned(),
        endpoints.token(),
    ];
    let is_here = |audience: &Value| {
        audience
            .as_str()
            .is_some_and(|text| here.iter().any(|url| url == text))
    };
    let is_for_us = match claims.get("aud") {
        Some(Value::Array(audiences)) => audiences.iter().any(is_here),
        Some(audience) => is_here(audience),
        None => false,
    };
    if !is_for_us {
        return Err(refused(
            "'aud' of client_assertion must be the issuer or the token endpoint",
        ));
    }
    let Some(Some(until)) = time("exp") else {
        return Err(refused("client_assertion has no 'exp'"));
    };
    if until <= now {
        return Err(refused("client_assertion has expired"));
    }
    if until > later(now, LONGEST + SKEW) {
        return Err(refused(
            "'exp' of client_assertion is more than five minutes away",
        ));
    }
    for name in ["iat", "nbf"] {
        match time(name) {
            None => {}
            Some(Some(moment)) if moment <= later(now, SKEW) => {}
            Some(_) => return Err(refused("client_assertion is from the future")),
        }
    }
    let id = text("jti").filter(|id| (1..=MAX_ID).contains(&id.len()));
    let id = id.ok_or_else(|| {
        refused("client_assertion has no 'jti' of 1 to 255 bytes, so it could be used twice")
    })?;
    Ok(AssertionId {
        id: id.to_owned(),
        until,
    })
}

/// Whole seconds of a time with a fraction.
#[expect(
    clippy::cast_possible_truncation,
    reason = "a time beyond the range of chrono is none, whatever its value"
)]
fn seconds(value: &Value) -> Option<i64> {
    value.as_f64().map(|seconds| seconds.floor() as i64)
}

/// A part of a JWT that is an object without repetition.
fn part(jwt: &str, place: usize) -> Option<Map<String, Value>> {
    let parts: Vec<&str> = jwt.split('.').collect();
    if parts.len() != 3 {
        return None;
    }
    let text = String::from_utf8(URL_SAFE_NO_PAD.decode(parts.get(place)?).ok()?).ok()?;
    json::unambiguous(&text).ok()?;
    serde_json::from_str(&text).ok()
}

fn verifier(key: &AssertionKey) -> Option<Box<dyn JwsVerifier>> {
    let der = key.key.public_key_to_der().ok()?;
    let verifier: Box<dyn JwsVerifier> = match key.algorithm {
        "ES256" => Box::new(ES256.verifier_from_der(&der).ok()?),
        "ES384" => Box::new(ES384.verifier_from_der(&der).ok()?),
        "ES512" => Box::new(ES512.verifier_from_der(&der).ok()?),
        "PS256" => Box::new(PS256.verifier_from_der(&der).ok()?),
        "PS384" => Box::new(PS384.verifier_from_der(&der).ok()?),
        "PS512" => Box::new(PS512.verifier_from_der(&der).ok()?),
        "RS256" => Box::new(RS256.verifier_from_der(&der).ok()?),
        "RS384" => Box::new(RS384.verifier_from_der(&der).ok()?),
        "RS512" => Box::new(RS512.verifier_from_der(&der).ok()?),
        _ => return None,
    };
    Some(verifier)
}

fn refused(description: &'static str) -> OAuthError {
    OAuthError::new(ErrorCode::InvalidClient, description)
}

#[cfg(test)]
mod tests;
