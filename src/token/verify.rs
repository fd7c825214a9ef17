//! Tokens that come back to the one who issued them.

use super::jwks::jwk;
use crate::keys::KeyRing;
use crate::secret::same;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use josekit::jwk::Jwk;
use josekit::jws::{ES256, EdDSA, JwsVerifier, PS256, RS256, RS384, RS512};
use josekit::jwt;
use openssl::hash::MessageDigest;
use openssl::pkey::PKey;
use openssl::sign::Signer;
use serde_json::{Map, Value};

/// The claims of a token that was signed with one of `keys`; nothing where it was not. The key and its algorithm are those
/// that are published for the token's `kid`: what the token says of its algorithm counts for nothing (RFC 8725 section
/// 3.1). Times and audience are for the caller to look at.
pub fn verified(token: &str, keys: &KeyRing) -> Option<Map<String, Value>> {
    let header = object(token.split('.').next()?)?;
    let jwk = jwk(keys, header.get("kid")?.as_str()?)?;
    let verifier = verifier(&jwk)?;
    let (payload, _) = jwt::decode_with_verifier(token, verifier.as_ref()).ok()?;
    Some(payload.claims_set().clone())
}

/// The claims of a token that was signed with a secret by HS256; nothing where it was not.
pub fn verified_with_secret(token: &str, secret: &[u8]) -> Option<Map<String, Value>> {
    let (content, signature) = token.rsplit_once('.')?;
    let header = object(content.split('.').next()?)?;
    if header.get("alg").and_then(Value::as_str) != Some("HS256") || header.contains_key("crit") {
        return None;
    }
    let key = PKey::hmac(secret).ok()?;
    let mut signer = Signer::new(MessageDigest::sha256(), &key).ok()?;
    let right = signer.sign_oneshot_to_vec(content.as_bytes()).ok()?;
    same(&right, &URL_SAFE_NO_PAD.decode(signature).ok()?).then(|| unverified(token))?
}

/// What a token says. Nothing is proved: it only leads to the key that the token is verified with.
pub fn unverified(token: &str) -> Option<Map<String, Value>> {
    let parts: Vec<&str> = token.split('.').collect();
    let [_, payload, _] = parts.as_slice() else {
        return None;
    };
    object(payload)
}

fn object(part: &str) -> Option<Map<String, Value>> {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).ok()?).ok()
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
