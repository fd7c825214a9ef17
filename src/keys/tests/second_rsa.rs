//! A second implementation of RSA: the crate `rsa`, which shares no code with OpenSSL.

use crate::algorithm::PairAlgorithm;
use crate::keys::{OaepDigest, PrivateKey};
use rsa::pkcs8::DecodePrivateKey;
use rsa::sha2::{Sha256, Sha384, Sha512};
use sha1::Sha1;

/// A signature scheme and its hash.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Scheme {
    Pkcs1Sha1,
    Pkcs1Sha256,
    Pkcs1Sha384,
    Pkcs1Sha512,
    PssSha256,
}

impl Scheme {
    /// `None` where the algorithm is not one of RSA.
    pub fn of(algorithm: PairAlgorithm) -> Option<Self> {
        match algorithm {
            PairAlgorithm::EdDsa | PairAlgorithm::Es256 => None,
            PairAlgorithm::Ps256 => Some(Self::PssSha256),
            PairAlgorithm::Rs256 => Some(Self::Pkcs1Sha256),
            PairAlgorithm::Rs384 => Some(Self::Pkcs1Sha384),
            PairAlgorithm::Rs512 => Some(Self::Pkcs1Sha512),
        }
    }
}

/// A key pair as the other implementation reads it.
pub(crate) struct SecondRsa(rsa::PrivateKey);

impl SecondRsa {
    pub fn of(key: &PrivateKey) -> Self {
        let der = key.pkey().private_key_to_pkcs8().unwrap();
        Self(rsa::PrivateKey::from_pkcs8_der(&der).unwrap())
    }

    pub fn verifies(&self, message: &[u8], signature: &[u8], scheme: Scheme) -> bool {
        let key = self.0.as_public_key();
        match scheme {
            Scheme::Pkcs1Sha1 => key.pkcs1v15_verify::<Sha1>(message, signature),
            Scheme::Pkcs1Sha256 => key.pkcs1v15_verify::<Sha256>(message, signature),
            Scheme::Pkcs1Sha384 => key.pkcs1v15_verify::<Sha384>(message, signature),
            Scheme::Pkcs1Sha512 => key.pkcs1v15_verify::<Sha512>(message, signature),
            Scheme::PssSha256 => key.pss_verify::<Sha256>(message, signature),
        }
        .is_ok()
    }

    /// What was encrypted with RSA-OAEP; `None` where it is not for this key and hash.
    pub fn opens(&self, encrypted: &[u8], digest: OaepDigest) -> Option<Vec<u8>> {
        match digest {
            OaepDigest::Sha1 => self.0.oaep_decrypt::<Sha1>(encrypted),
            OaepDigest::Sha256 => self.0.oaep_decrypt::<Sha256>(encrypted),
            OaepDigest::Sha384 => self.0.oaep_decrypt::<Sha384>(encrypted),
            OaepDigest::Sha512 => self.0.oaep_decrypt::<Sha512>(encrypted),
        }
        .ok()
    }
}
