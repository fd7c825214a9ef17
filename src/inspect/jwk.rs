//! Keys that may sign tokens (RFC 7517, RFC 7518 section 6, RFC 8037).

use crate::keys::PublicKey;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use openssl::bn::BigNum;
use openssl::ec::{EcGroup, EcKey};
use openssl::error::ErrorStack;
use openssl::nid::Nid;
use openssl::pkey::{Id, PKey, Public};
use openssl::rsa::Rsa;
use serde_json::{Map, Value};

/// One public key of a key set.
#[derive(Clone, Debug)]
pub struct Jwk {
    pub(super) key: PublicKey,
    pub(super) kid: Option<String>,
    pub(super) alg: Option<String>,
}

/// Why a key is not read. Quotes nothing of it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum JwkError {
    /// A member is missing or damaged.
    #[error("the member '{0}' is missing, of another type, not base64url, or not part of a key of this type")]
    Member(&'static str),
    /// No key set.
    #[error("there is no array 'keys'; give a JSON Web Key Set")]
    NoSet,
    /// Another kind of key.
    #[error(
        "keys of the type {0} cannot verify tokens of others; known are RSA, EC (P-256, P-384, P-521) and OKP (Ed25519)"
    )]
    Type(String),
}

/// The keys of a JSON Web Key Set that may verify signatures. Keys that cannot be read are left out:
/// An inspection of the set names them. So are keys for encryption alone.
///
/// # Errors
/// The JSON is not a key set.
pub fn jwks(set: &Value) -> Result<Vec<Jwk>, JwkError> {
    let keys = set.get("keys").and_then(Value::as_array).ok_or(JwkError::NoSet)?;
    let objects = keys.iter().filter_map(Value::as_object);
    Ok(objects
        .filter(|jwk| is_for_signatures(jwk))
        .filter_map(|jwk| Jwk::parse(jwk).ok())
        .collect())
}

/// Whether a key says nothing that forbids it to verify (RFC 7517 sections 4.2 and 4.3).
fn is_for_signatures(jwk: &Map<String, Value>) -> bool {
    let by_use = jwk.get("use").is_none_or(|of| of == "sig");
    let by_operations = jwk.get("key_ops").is_none_or(|operations| {
        let operations = operations.as_array();
        operations.is_some_and(|operations| operations.iter().any(|operation| operation == "verify"))
    });
    by_use && by_operations
}

impl Jwk {
    /// A key that belongs to no set.
    pub fn of(key: PublicKey) -> Self {
        Self {
            key,
            kid: None,
            alg: None,
        }
    }

    pub(super) fn parse(jwk: &Map<String, Value>) -> Result<Self, JwkError> {
        let text = |name: &str| jwk.get(name).and_then(Value::as_str);
        // One that says in a wrong way what it is for is not one that does not say it.
        if let Some(name) = ["kid", "alg"]
            .into_iter()
            .find(|name| jwk.contains_key(*name) && text(name).is_none())
        {
            return Err(JwkError::Member(name));
        }
        let number = |name: &'static str| {
            let bytes = text(name).and_then(|text| URL_SAFE_NO_PAD.decode(text).ok());
            bytes
                .filter(|bytes| !bytes.is_empty())
                .ok_or(JwkError::Member(name))
        };
        let key = match text("kty") {
            Some("RSA") => rsa(&number("n")?, &number("e")?).map_err(|_| JwkError::Member("n"))?,
            Some("EC") => {
                let curve = match text("crv") {
                    Some("P-256") => Nid::X9_62_PRIME256V1,
                    Some("P-384") => Nid::SECP384R1,
                    Some("P-521") => Nid::SECP521R1,
                    _ => return Err(JwkError::Member("crv")),
                };
                ec(curve, &number("x")?, &number("y")?).map_err(|_| JwkError::Member("x"))?
            }
            Some("OKP") if text("crv") == Some("Ed25519") => {
                PKey::public_key_from_raw_bytes(&number("x")?, Id::ED25519)
                    .map_err(|_| JwkError::Member("x"))?
            }
            Some("OKP") => return Err(JwkError::Member("crv")),
            other => {
                return Err(JwkError::Type(
                    other.unwrap_or("nothing").chars().take(20).collect(),
                ));
            }
        };
        let der = key.public_key_to_der().map_err(|_| JwkError::Member("kty"))?;
        let pem = format!(
            "-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n",
            STANDARD.encode(der)
        );
        Ok(Self {
            key: PublicKey::from_pem(&pem).map_err(|_| JwkError::Member("kty"))?,
            kid: text("kid").map(str::to_owned),
            alg: text("alg").map(str::to_owned),
        })
    }
}

fn rsa(n: &[u8], e: &[u8]) -> Result<PKey<Public>, ErrorStack> {
    Rsa::from_public_components(BigNum::from_slice(n)?, BigNum::from_slice(e)?).and_then(PKey::from_rsa)
}

fn ec(curve: Nid, x: &[u8], y: &[u8]) -> Result<PKey<Public>, ErrorStack> {
    let group = EcGroup::from_curve_name(curve)?;
    let key = EcKey::from_public_key_affine_coordinates(
        &group,
        &*BigNum::from_slice(x)?,
        &*BigNum::from_slice(y)?,
    )?;
    PKey::from_ec_key(key)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys::ring_for_tests as ring;
    use serde_json::json;

    #[test]
    fn keys_for_encryption_verify_nothing() {
        let set = crate::token::jwks(ring());
        let with = |name: &str, value: Value| {
            let mut set = set.clone();
            for key in set["keys"].as_array_mut().unwrap() {
                key.as_object_mut().unwrap().remove("use");
                key[name] = value.clone();
            }
            jwks(&set).unwrap().len()
        };
        let all = jwks(&set).unwrap().len();
        for (name, value) in [("use", json!("sig")), ("key_ops", json!(["verify"]))] {
            assert_eq!(with(name, value), all, "{name}");
        }
        for (name, value) in [
            ("use", json!("enc")),
            ("use", json!(1)),
            ("key_ops", json!(["encrypt", "wrapKey"])),
            ("key_ops", json!("verify")),
        ] {
            assert_eq!(with(name, value.clone()), 0, "{name} {value}");
        }
    }

    #[test]
    fn every_key_that_is_published_is_read_again() {
        let set = crate::token::jwks(ring());
        let keys = jwks(&set).unwrap();
        assert_eq!(keys.len(), set["keys"].as_array().unwrap().len());
        let current = ring().current.certificate().public_key().fingerprint();
        assert_eq!(keys[0].key.fingerprint(), current);
        assert!(jwks(&Value::Null).is_err());
    }
}
