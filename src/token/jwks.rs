//! The published keys (RFC 7517).

use super::jws::rsa_kid;
use crate::algorithm::PairAlgorithm;
use crate::keys::{KeyRing, SigningKey, SigningPair};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use openssl::bn::{BigNum, BigNumContext};
use openssl::error::ErrorStack;
use serde_json::{Value, json};

/// The JWKS document of an issuer: public members only.
///
/// First one entry for each key: `current`, `next` (before it signs), `previous` (until its last token
/// has expired), P-256 and Ed25519. An RSA key has further entries, with key ids of their own, for
/// RS384, RS512 and PS256, because an entry with `alg` is for this algorithm alone (RFC 8725 section
/// 3.1).
pub fn jwks(ring: &KeyRing) -> Value {
    let mut pairs: Vec<&SigningPair> = Vec::new();
    for pair in [Some(&ring.current), ring.next.as_ref(), ring.previous.as_ref()]
        .into_iter()
        .flatten()
    {
        if pairs.iter().all(|listed| listed.kid() != pair.kid()) {
            pairs.push(pair);
        }
    }
    let rsa = |algorithm| pairs.iter().filter_map(move |pair| rsa_jwk(pair, algorithm).ok());
    let mut keys: Vec<Value> = rsa(PairAlgorithm::Rs256).collect();
    keys.extend(ring.ec.as_ref().and_then(|key| ec_jwk(key).ok()));
    keys.extend(ring.ed25519.as_ref().and_then(|key| ed25519_jwk(key).ok()));
    for algorithm in [PairAlgorithm::Rs384, PairAlgorithm::Rs512, PairAlgorithm::Ps256] {
        keys.extend(rsa(algorithm));
    }
    json!({ "keys": keys })
}

fn rsa_jwk(pair: &SigningPair, algorithm: PairAlgorithm) -> Result<Value, ErrorStack> {
    let rsa = pair.certificate().public_key().pkey().rsa()?;
    let thumbprint = openssl::sha::sha1(&pair.certificate().x509().to_der()?);
    Ok(json!({
        "alg": algorithm.name(),
        "kty": "RSA",
        "use": "sig",
        "n": URL_SAFE_NO_PAD.encode(rsa.n().to_vec()),
        "e": URL_SAFE_NO_PAD.encode(rsa.e().to_vec()),
        "kid": rsa_kid(pair.kid(), algorithm),
        "x5t": URL_SAFE_NO_PAD.encode(thumbprint),
        "x5c": [pair.certificate().base64()],
    }))
}

fn ec_jwk(key: &SigningKey) -> Result<Value, ErrorStack> {
    let ec = key.key().pkey().ec_key()?;
    let (mut x, mut y) = (BigNum::new()?, BigNum::new()?);
    let mut context = BigNumContext::new()?;
    ec.public_key()
        .affine_coordinates(ec.group(), &mut x, &mut y, &mut context)?;
    let coordinate = |number: &BigNum| {
        number
            .to_vec_padded(32)
            .map(|bytes| URL_SAFE_NO_PAD.encode(bytes))
    };
    Ok(json!({
        "alg": PairAlgorithm::Es256.name(),
        "kty": "EC",
        "use": "sig",
        "crv": "P-256",
        "x": coordinate(&x)?,
        "y": coordinate(&y)?,
        "kid": key.kid(),
    }))
}

fn ed25519_jwk(key: &SigningKey) -> Result<Value, ErrorStack> {
    Ok(json!({
        "alg": PairAlgorithm::EdDsa.name(),
        "kty": "OKP",
        "use": "sig",
        "crv": "Ed25519",
        "x": URL_SAFE_NO_PAD.encode(key.key().pkey().raw_public_key()?),
        "kid": key.kid(),
    }))
}
