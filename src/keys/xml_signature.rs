//! XML signatures by and for keys: the values that `SignatureValue` holds (XML Signature 1.1 section 6.4).

use super::ecdsa::concatenated;
use super::{PrivateKey, PublicKey, RsaFloor, RsaPublicKey};
use crate::algorithm::{KeyKind, SignatureMethod};
use openssl::bn::BigNum;
use openssl::ecdsa::EcdsaSig;
use openssl::error::ErrorStack;
use openssl::nid::Nid;
use openssl::pkey::{Id, PKeyRef, Public};
use openssl::sign::Verifier;

impl SignatureMethod {
    /// Whether `key` is of the kind that the algorithm is for, and fit: RSA as [`RsaPublicKey`] has it, with
    /// keys of 1024 bits left to those who configure them; ECDSA on P-256, P-384 or P-521.
    pub fn is_for(self, key: &PublicKey) -> bool {
        match self.key_kind() {
            KeyKind::Ec => field_bytes(key.pkey()).is_some(),
            KeyKind::Rsa => RsaPublicKey::new(key, RsaFloor::Bits1024).is_ok(),
        }
    }

    /// The signature of `octets` by `key`, which is of the algorithm's kind.
    ///
    /// # Errors
    /// OpenSSL's.
    pub fn sign(self, octets: &[u8], key: &PrivateKey) -> Result<Vec<u8>, ErrorStack> {
        let value = key.digest_sign(self.digest().openssl(), octets)?;
        match self.key_kind() {
            KeyKind::Rsa => Ok(value),
            KeyKind::Ec => {
                let field = usize::try_from(key.pkey().bits().div_ceil(8)).unwrap_or_default();
                concatenated(&value, field).ok_or_else(ErrorStack::get)
            }
        }
    }

    /// Whether `value` is the signature of `octets` by `key`. A key of another kind vouches for nothing.
    pub fn verifies(self, octets: &[u8], value: &[u8], key: &PublicKey) -> bool {
        let verified = || -> Result<bool, ErrorStack> {
            let digest = self.digest().openssl();
            match self.key_kind() {
                KeyKind::Rsa => Verifier::new(digest, key.pkey())?.verify_oneshot(value, octets),
                KeyKind::Ec => match ecdsa_der(value, key.pkey())? {
                    Some(der) => Verifier::new(digest, key.pkey())?.verify_oneshot(&der, octets),
                    None => Ok(false),
                },
            }
        };
        // OpenSSL reports a value that cannot be a signature as an error.
        self.is_for(key) && verified().unwrap_or(false)
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
