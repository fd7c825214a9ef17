//! Tokens that come back to the one who issued them.

use super::jwks::jwks;
use crate::keys::KeyRing;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use josekit::jwk::Jwk;
use josekit::jws::{ES256, EdDSA, JwsVerifier, PS256, RS256, RS384, RS512};
use josekit::jwt;
use serde_json::{Map, Value};

/// The claims of a token that was signed with one of `keys`; nothing where it was not. The key and its algorithm are those
/// that are published for the token's `kid`: what the token says of its algorithm counts for nothing (RFC 8725 section
/// 3.1). Times and audience are for the caller to look at.
pub fn verified(token: &str, keys: &KeyRing) -> Option<Map<String, Value>> {
    let header = URL_SAFE_NO_PAD.decode(token.split('.').next()?).ok()?;
    let header: Map<String, Value> = serde_json::from_slice(&header).ok()?;
    let listed = jwks(keys);
    let listed = listed["keys"].as_array()?;
    let jwk = listed.iter().find(|jwk| jwk.get("kid") == header.get("kid"))?;
    let verifier = verifier(jwk)?;
    let (payload, _) = jwt::decode_with_verifier(token, verifier.as_ref()).ok()?;
    Some(payload.claims_set().clone())
}

fn verifier(jwk: &Value) -> Option<Box<dyn JwsVerifier>> {
    let algorithm = jwk["alg"].as_str()?;
    let jwk = Jwk::from_map(jwk.as_object()?.clone()).ok()?;
    let verifier: Box<dyn JwsVerifier> = match algorithm {
        "ES256" => Box::new(ES256.verifier_from_jwk(&jwk).ok()?),
        "EdDSA" => Box::new(EdDSA.verifier_from_jwk(&jwk).ok()?),
        "PS256" => Box::new(PS256.verifier_from_jwk(&jwk).ok()?),
        "RS256" => Box::new(RS256.verifier_from_jwk(&jwk).ok()?),
        "RS384" => Box::new(RS384.verifier_from_jwk(&jwk).ok()?),
        "RS512" => Box::new(RS512.verifier_from_jwk(&jwk).ok()?),
        _ => return None,
    };
    Some(verifier)
}
