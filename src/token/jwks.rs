//! The published keys (RFC 7517).

use super::jws::rsa_kid;
use crate::algorithm::PairAlgorithm;
use crate::keys::{KeyRing, SigningKey, SigningPair};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use openssl::bn::{BigNum, BigNumContext};
use openssl::error::ErrorStack;
use serde_json::{Value, json};
use std::borrow::Cow;

/// The JWKS document of an issuer: public members only.
///
/// First one entry for each key: `current`, `next` (before it signs), `previous` (until its last token
/// has expired), P-256 and Ed25519. An RSA key has further entries, with key ids of their own, for
/// RS384, RS512 and PS256, because an entry with `alg` is for this algorithm alone (RFC 8725 section
/// 3.1).
pub fn jwks(ring: &KeyRing) -> Value {
    let keys: Vec<Value> = entries(ring).filter_map(|entry| entry.jwk().ok()).collect();
    json!({ "keys": keys })
}

/// The entry of the JWKS document with this key id.
pub(super) fn jwk(ring: &KeyRing, kid: &str) -> Option<Value> {
    entries(ring).find(|entry| entry.kid() == kid)?.jwk().ok()
}

/// An entry that is not written yet.
enum Entry<'a> {
    Rsa(&'a SigningPair, PairAlgorithm),
    Ec(&'a SigningKey),
    Ed25519(&'a SigningKey),
}

impl Entry<'_> {
    fn kid(&self) -> Cow<'_, str> {
        match self {
            Self::Rsa(pair, algorithm) => rsa_kid(pair.kid(), *algorithm),
            Self::Ec(key) | Self::Ed25519(key) => Cow::Borrowed(key.kid()),
        }
    }

    fn jwk(&self) -> Result<Value, ErrorStack> {
        match self {
            Self::Rsa(pair, algorithm) => rsa_jwk(pair, *algorithm),
            Self::Ec(key) => ec_jwk(key),
            Self::Ed25519(key) => ed25519_jwk(key),
        }
    }
}

/// The entries in the order of the document.
fn entries(ring: &KeyRing) -> impl Iterator<Item = Entry<'_>> {
    let mut pairs: Vec<&SigningPair> = Vec::new();
    for pair in [Some(&ring.current), ring.next.as_ref(), ring.previous.as_ref()]
        .into_iter()
        .flatten()
    {
        if pairs.iter().all(|listed| listed.kid() != pair.kid()) {
            pairs.push(pair);
        }
    }
    let rsa = move |algorithm| {
        let pairs = pairs.clone();
        pairs.into_iter().map(move |pair| Entry::Rsa(pair, algorithm))
    };
    rsa(PairAlgorithm::Rs256)
        .chain(ring.ec.iter().map(Entry::Ec))
        .chain(ring.ed25519.iter().map(Entry::Ed25519))
        .chain(
            [PairAlgorithm::Rs384, PairAlgorithm::Rs512, PairAlgorithm::Ps256]
                .into_iter()
                .flat_map(rsa),
        )
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
