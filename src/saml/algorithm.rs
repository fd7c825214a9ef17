//! Algorithms of XML signatures, made and verified: an allow-list (XML Signature 1.1 section 6, RFC 9231).
//!
//! HMAC is not on it: with a public certificate as its key anybody could make one.

use crate::keys::{PrivateKey, PublicKey, RsaFloor, RsaPublicKey};
use openssl::bn::BigNum;
use openssl::ecdsa::EcdsaSig;
use openssl::error::ErrorStack;
use openssl::hash::MessageDigest;
use openssl::nid::Nid;
use openssl::pkey::{Id, PKeyRef, Public};
use openssl::sha::{sha1, sha256, sha384, sha512};
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
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Digest {
    /// Broken; old service providers have nothing else.
    Sha1,
    /// The usual one.
    #[default]
    Sha256,
    /// For large keys.
    Sha384,
    /// For large keys.
    Sha512,
}

impl Default for SignatureMethod {
    /// That of the platform (semantics 12).
    fn default() -> Self {
        Self::Rsa(Digest::Sha256)
    }
}

impl SignatureMethod {
    /// The algorithm named `uri`, if it is allowed.
    pub fn from_uri(uri: &str) -> Option<Self> {
        find(&SIGNATURES, |(_, known, _)| *known == uri)
    }

    /// The algorithm that settings call `name`, such as `rsa-sha256`.
    pub fn from_name(name: &str) -> Option<Self> {
        find(&SIGNATURES, |(known, ..)| *known == name)
    }

    /// What messages call it.
    pub fn uri(self) -> &'static str {
        uri(&SIGNATURES, self)
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

    /// The signature of `octets` by `key`, which is of the algorithm's kind.
    ///
    /// # Errors
    /// OpenSSL's.
    pub fn sign(self, octets: &[u8], key: &PrivateKey) -> Result<Vec<u8>, ErrorStack> {
        let value = key.digest_sign(self.digest().openssl(), octets)?;
        match self {
            Self::Rsa(_) => Ok(value),
            Self::Ecdsa(_) => {
                let field = i32::try_from(key.pkey().bits().div_ceil(8)).unwrap_or(i32::MAX);
                let signature = EcdsaSig::from_der(&value)?;
                Ok([
                    signature.r().to_vec_padded(field)?,
                    signature.s().to_vec_padded(field)?,
                ]
                .concat())
            }
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
        find(&DIGESTS, |(_, known, _)| *known == uri)
    }

    /// The algorithm that settings call `name`, such as `sha256`.
    pub fn from_name(name: &str) -> Option<Self> {
        find(&DIGESTS, |(known, ..)| *known == name)
    }

    /// What messages call it.
    pub fn uri(self) -> &'static str {
        uri(&DIGESTS, self)
    }

    /// The digest of `octets`.
    pub fn of(self, octets: &[u8]) -> Vec<u8> {
        match self {
            Self::Sha1 => sha1(octets).to_vec(),
            Self::Sha256 => sha256(octets).to_vec(),
            Self::Sha384 => sha384(octets).to_vec(),
            Self::Sha512 => sha512(octets).to_vec(),
        }
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

/// The canonicalisation of every signature (Exclusive XML Canonicalization 1.0).
pub(super) const EXCLUSIVE_C14N: &str = "http://www.w3.org/2001/10/xml-exc-c14n#";
/// The transform that leaves the signature out (XML Signature 1.1 section 6.6.4).
pub(super) const ENVELOPED: &str = "http://www.w3.org/2000/09/xmldsig#enveloped-signature";

/// Name in settings, URI in messages, algorithm.
type Row<T> = (&'static str, &'static str, T);

const SIGNATURES: [Row<SignatureMethod>; 7] = [
    (
        "rsa-sha256",
        "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256",
        SignatureMethod::Rsa(Digest::Sha256),
    ),
    (
        "rsa-sha1",
        "http://www.w3.org/2000/09/xmldsig#rsa-sha1",
        SignatureMethod::Rsa(Digest::Sha1),
    ),
    (
        "rsa-sha384",
        "http://www.w3.org/2001/04/xmldsig-more#rsa-sha384",
        SignatureMethod::Rsa(Digest::Sha384),
    ),
    (
        "rsa-sha512",
        "http://www.w3.org/2001/04/xmldsig-more#rsa-sha512",
        SignatureMethod::Rsa(Digest::Sha512),
    ),
    (
        "ecdsa-sha256",
        "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256",
        SignatureMethod::Ecdsa(Digest::Sha256),
    ),
    (
        "ecdsa-sha384",
        "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha384",
        SignatureMethod::Ecdsa(Digest::Sha384),
    ),
    (
        "ecdsa-sha512",
        "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha512",
        SignatureMethod::Ecdsa(Digest::Sha512),
    ),
];

const DIGESTS: [Row<Digest>; 4] = [
    (
        "sha256",
        "http://www.w3.org/2001/04/xmlenc#sha256",
        Digest::Sha256,
    ),
    ("sha1", "http://www.w3.org/2000/09/xmldsig#sha1", Digest::Sha1),
    (
        "sha384",
        "http://www.w3.org/2001/04/xmldsig-more#sha384",
        Digest::Sha384,
    ),
    (
        "sha512",
        "http://www.w3.org/2001/04/xmlenc#sha512",
        Digest::Sha512,
    ),
];

fn find<T: Copy>(rows: &[Row<T>], is: impl Fn(&&Row<T>) -> bool) -> Option<T> {
    rows.iter().find(is).map(|(.., found)| *found)
}

fn uri<T: Copy + PartialEq>(rows: &[Row<T>], wanted: T) -> &'static str {
    rows.iter()
        .find(|(.., known)| *known == wanted)
        .map_or("", |(_, uri, _)| uri)
}
