//! Signed tokens in compact form (RFC 7515 section 7.1).

use super::error::TokenError;
use crate::algorithm::{JwsAlgorithm, PairAlgorithm};
use crate::keys::{KeyRing, PrivateKey};
use crate::random::Random;
use crate::tenant::Setting;
use crate::trace::{Origin, Trace};
use base64_simd::URL_SAFE_NO_PAD;
use openssl::hash::MessageDigest;
use openssl::pkey::{PKey, Private};
use openssl::sign::Signer;
use serde_json::{Map, Value};
use std::borrow::Cow;

/// RFC 7518 section 3.2: a key as long as the hash, at least.
const MIN_SECRET_BYTES: usize = 32;

/// Whose setting chooses algorithm and secret; for messages.
#[derive(Clone, Copy, Debug)]
pub(super) enum Owner<'a> {
    Api(&'a str),
    Client(&'a str),
}

impl Owner<'_> {
    /// Where the algorithm is set.
    pub(super) fn algorithm_setting(self) -> String {
        match self {
            Self::Api(identifier) => format!("'signing_alg' of the API '{identifier}'"),
            Self::Client(name) => format!("'jwt_configuration.alg' of the client '{name}'"),
        }
    }

    fn secret_setting(self) -> String {
        match self {
            Self::Api(identifier) => format!("'signing_secret' of the API '{identifier}'"),
            Self::Client(name) => format!("'client_secret' of the client '{name}'"),
        }
    }
}

/// An algorithm with the key that it needs.
pub(super) enum JwsKey<'a> {
    Pair {
        algorithm: PairAlgorithm,
        key: &'a PrivateKey,
        kid: Cow<'a, str>,
    },
    Secret(PKey<Private>),
}

impl<'a> JwsKey<'a> {
    /// The key for the algorithm that `owner` asks for; RS256 where it asks for none. A secret is not empty.
    pub(super) fn choose(
        alg: Option<&Setting<JwsAlgorithm>>,
        secret: Option<&[u8]>,
        owner: Owner,
        ring: &'a KeyRing,
        trace: &mut Trace,
    ) -> Result<Self, TokenError> {
        let rsa = |algorithm| Self::Pair {
            algorithm,
            key: ring.current.key(),
            kid: rsa_kid(ring.current.kid(), algorithm),
        };
        let other = |key: &'a Option<crate::keys::SigningKey>, algorithm: PairAlgorithm, setting| {
            let key = key.as_ref().ok_or_else(|| TokenError::MissingKey {
                algorithm: algorithm.name(),
                asked_by: owner.algorithm_setting(),
                setting,
            })?;
            Ok(Self::Pair {
                algorithm,
                key: key.key(),
                kid: Cow::Borrowed(key.kid()),
            })
        };
        let algorithm = match alg {
            None => JwsAlgorithm::default(),
            Some(alg) => *alg.value().map_err(|_| TokenError::UnknownAlgorithm {
                found: alg.written().chars().take(40).collect(),
                setting: owner.algorithm_setting(),
            })?,
        };
        match algorithm {
            JwsAlgorithm::Hs256 => Self::hmac(secret, owner, trace),
            JwsAlgorithm::Pair(algorithm) => match algorithm {
                PairAlgorithm::EdDsa => other(&ring.ed25519, algorithm, "ed25519"),
                PairAlgorithm::Es256 => other(&ring.ec, algorithm, "ec"),
                PairAlgorithm::Ps256 | PairAlgorithm::Rs256 | PairAlgorithm::Rs384 | PairAlgorithm::Rs512 => {
                    Ok(rsa(algorithm))
                }
            },
        }
    }

    fn hmac(secret: Option<&[u8]>, owner: Owner, trace: &mut Trace) -> Result<Self, TokenError> {
        let secret = secret.ok_or_else(|| TokenError::MissingSecret {
            asked_by: owner.algorithm_setting(),
            setting: owner.secret_setting(),
        })?;
        if secret.len() < MIN_SECRET_BYTES {
            let message = format!(
                "{} is {} bytes long and can be guessed; use at least {MIN_SECRET_BYTES} random bytes for HS256 \
                 (RFC 7518 section 3.2)",
                owner.secret_setting(),
                secret.len()
            );
            trace.warn("short_secret", message, &Origin::default());
        }
        Ok(Self::Secret(PKey::hmac(secret)?))
    }

    pub(super) fn alg(&self) -> &'static str {
        match self {
            Self::Pair { algorithm, .. } => algorithm.name(),
            Self::Secret(_) => "HS256",
        }
    }

    /// The left half of the hash of `text`, as `at_hash` and `c_hash` hold it (OIDC Core 3.1.3.6).
    pub(super) fn half_hash(&self, text: &str) -> Result<String, TokenError> {
        let digest = match self {
            Self::Pair { algorithm, .. } => algorithm.digest(),
            Self::Secret(_) => MessageDigest::sha256(),
        };
        let hash = openssl::hash::hash(digest, text.as_bytes())?;
        Ok(URL_SAFE_NO_PAD.encode_to_string(&hash[..hash.len() / 2]))
    }

    /// `header.claims.signature`.
    pub(super) fn sign(
        &self,
        claims: &Map<String, Value>,
        typ: &'static str,
        random: &mut dyn Random,
    ) -> Result<String, TokenError> {
        let mut header = ["{\"alg\":\"", self.alg(), "\",\"typ\":\"", typ, "\""]
            .concat()
            .into_bytes();
        if let Self::Pair { kid, .. } = self {
            header.extend(b",\"kid\":");
            serde_json::to_writer(&mut header, kid.as_ref()).expect("a text has a JSON form");
        }
        header.push(b'}');
        let payload = serde_json::to_vec(claims).expect("a JSON map has a JSON form");
        let mut jwt = String::with_capacity(payload.len() * 4 / 3 + 640);
        URL_SAFE_NO_PAD.encode_append(&header, &mut jwt);
        jwt.push('.');
        URL_SAFE_NO_PAD.encode_append(&payload, &mut jwt);
        let signature = match self {
            Self::Pair { algorithm, key, .. } => key.sign(jwt.as_bytes(), *algorithm, random)?,
            Self::Secret(secret) => {
                Signer::new(MessageDigest::sha256(), secret)?.sign_oneshot_to_vec(jwt.as_bytes())?
            }
        };
        jwt.push('.');
        URL_SAFE_NO_PAD.encode_append(&signature, &mut jwt);
        Ok(jwt)
    }
}

/// The id under which an RSA key is published for `algorithm`: one key id, one algorithm (RFC 8725
/// section 3.1), so that verifiers that pin `alg` find the right entry of the JWKS.
pub(super) fn rsa_kid(kid: &str, algorithm: PairAlgorithm) -> Cow<'_, str> {
    match algorithm {
        PairAlgorithm::Rs256 => Cow::Borrowed(kid),
        other => Cow::Owned(format!("{kid}.{}", other.name())),
    }
}
