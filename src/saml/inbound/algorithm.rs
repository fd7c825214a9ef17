//! Algorithms of signatures that are verified: an allow-list (XML Signature 1.1 section 6, RFC 9231).
//!
//! HMAC is not on it: with a public certificate as its key anybody could make one.

use openssl::bn::BigNum;
use openssl::ecdsa::EcdsaSig;
use openssl::error::ErrorStack;
use openssl::hash::MessageDigest;
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

    /// Whether `key` is of the kind that the algorithm is for.
    pub fn is_for(self, key: &PKeyRef<Public>) -> bool {
        match self {
            Self::Ecdsa(_) => key.id() == Id::EC,
            Self::Rsa(_) => key.id() == Id::RSA,
        }
    }

    /// Whether `value` is the signature of `octets` by `key`. A key of another kind vouches for nothing.
    pub fn verifies(self, octets: &[u8], value: &[u8], key: &PKeyRef<Public>) -> bool {
        let verified = || -> Result<bool, ErrorStack> {
            let mut verifier = Verifier::new(self.digest().openssl(), key)?;
            match self {
                Self::Rsa(_) => verifier.verify_oneshot(value, octets),
                Self::Ecdsa(_) => match ecdsa_der(value, key)? {
                    Some(der) => verifier.verify_oneshot(&der, octets),
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
    let field = usize::try_from(key.bits()).unwrap_or(0).div_ceil(8);
    if field == 0 || value.len() != 2 * field {
        return Ok(None);
    }
    let (r, s) = value.split_at(field);
    let signature = EcdsaSig::from_private_components(BigNum::from_slice(r)?, BigNum::from_slice(s)?)?;
    signature.to_der().map(Some)
}
