//! Algorithms of signatures that are verified: an allow-list (XML Signature 1.1 section 6, RFC 9231).
//!
//! HMAC is not on it: with a public certificate as its key anybody could make one.

use crate::keys::{PublicKey, RsaFloor, RsaPublicKey};
use openssl::bn::BigNum;
use openssl::ecdsa::EcdsaSig;
use openssl::error::ErrorStack;
use openssl::hash::MessageDigest;
use openssl::nid::Nid;
use openssl::pkey::{Id, PKeyRef, Public};
use openssl::sign::Verifier;

/// A signature algorithm.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignatureMethod {
    /// ECDSA, the value being `r || s`.
    Ecdsa(Digest),
    /// RSASSA-PKCS1-v1_5
    Rsa(Digest),
}

/// A digest algorithm.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Digest {
    /// Broken; old service providers have nothing else.
    Sha1,
    /// The usual one.
    Sha256,
    /// For large keys.
    Sha384,
    /// For large keys.
    Sha512,
}

impl SignatureMethod {
    /// The algorithm named `uri`, if it is allowed.
    pub fn from_uri(uri: &str) -> Option<Self> {
        Some(match uri {
            "http://www.w3.org/2000/09/xmldsig#rsa-sha1" => Self::Rsa(Digest::Sha1),
            "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256" => Self::Ecdsa(Digest::Sha256),
            "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha384" => Self::Ecdsa(Digest::Sha384),
            "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha512" => Self::Ecdsa(Digest::Sha512),
            "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256" => Self::Rsa(Digest::Sha256),
            "http://www.w3.org/2001/04/xmldsig-more#rsa-sha384" => Self::Rsa(Digest::Sha384),
            "http://www.w3.org/2001/04/xmldsig-more#rsa-sha512" => Self::Rsa(Digest::Sha512),
            _ => return None,
        })
    }

    /// Its digest.
    pub fn digest(self) -> Digest {
        match self {
            Self::Ecdsa(digest) | Self::Rsa(digest) => digest,
        }
    }

    /// Whether `key` is of the kind that the algorithm is for, and fit: RSA as [`RsaPublicKey`] has it, with
    /// keys of 1024 bits left to those who configure them; ECDSA on P-256, P-384 or P-521.
    pub fn is_for(self, key: &PublicKey) -> bool {
        match self {
            Self::Ecdsa(_) => field_bytes(key.pkey()).is_some(),
            Self::Rsa(_) => RsaPublicKey::new(key, RsaFloor::Bits1024).is_ok(),
        }
    }

    /// Whether `value` is the signature of `octets` by `key`. A key of another kind vouches for nothing.
    pub fn verifies(self, octets: &[u8], value: &[u8], key: &PublicKey) -> bool {
        let verified = || -> Result<bool, ErrorStack> {
            let digest = self.digest().openssl();
            match self {
                Self::Rsa(_) => Verifier::new(digest, key.pkey())?.verify_oneshot(value, octets),
                Self::Ecdsa(_) => match ecdsa_der(value, key.pkey())? {
                    Some(der) => Verifier::new(digest, key.pkey())?.verify_oneshot(&der, octets),
                    None => Ok(false),
                },
            }
        };
        // OpenSSL reports a value that cannot be a signature as an error.
        self.is_for(key) && verified().unwrap_or(false)
    }
}

impl Digest {
    /// The algorithm named `uri`, if it is allowed.
    pub fn from_uri(uri: &str) -> Option<Self> {
        Some(match uri {
            "http://www.w3.org/2000/09/xmldsig#sha1" => Self::Sha1,
            "http://www.w3.org/2001/04/xmldsig-more#sha384" => Self::Sha384,
            "http://www.w3.org/2001/04/xmlenc#sha256" => Self::Sha256,
            "http://www.w3.org/2001/04/xmlenc#sha512" => Self::Sha512,
            _ => return None,
        })
    }

    /// As OpenSSL has it.
    pub fn openssl(self) -> MessageDigest {
        match self {
            Self::Sha1 => MessageDigest::sha1(),
            Self::Sha256 => MessageDigest::sha256(),
            Self::Sha384 => MessageDigest::sha384(),
            Self::Sha512 => MessageDigest::sha512(),
        }
    }
}

/// `r || s`, each as long as the curve's field (XML Signature 1.1 section 6.4.3), as DER; `None` if the
/// length is another.
fn ecdsa_der(value: &[u8], key: &PKeyRef<Public>) -> Result<Option<Vec<u8>>, ErrorStack> {
    let Some((r, s)) = field_bytes(key).and_then(|field| {
        let parts = value.split_at_checked(field)?;
        (parts.1.len() == field).then_some(parts)
    }) else {
        return Ok(None);
    };
    let signature = EcdsaSig::from_private_components(BigNum::from_slice(r)?, BigNum::from_slice(s)?)?;
    signature.to_der().map(Some)
}

/// Bytes of a coordinate on the curve of `key`; `None` for another key or curve.
fn field_bytes(key: &PKeyRef<Public>) -> Option<usize> {
    if key.id() != Id::EC {
        return None;
    }
    match key.ec_key().ok()?.group().curve_name()? {
        Nid::X9_62_PRIME256V1 => Some(32),
        Nid::SECP384R1 => Some(48),
        Nid::SECP521R1 => Some(66),
        _ => None,
    }
}
