//! A second implementation of RSA: the crate `rsa`, which shares no code with OpenSSL.

use crate::algorithm::{Digest, PairAlgorithm};
use crate::keys::PrivateKey;
use rsa::pkcs8::DecodePrivateKey;
use rsa::sha2::{Sha256, Sha384, Sha512};
use sha1::Sha1;

/// A signature scheme and its hash.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Scheme {
    /// RSASSA-PKCS1-v1_5
    Pkcs1(Digest),
    /// RSASSA-PSS with a salt as long as the hash.
    Pss(Digest),
}

impl Scheme {
    /// Of the algorithms of tokens those for RSA.
    pub const OF_TOKENS: [(PairAlgorithm, Self); 4] = [
        (PairAlgorithm::Rs256, Self::Pkcs1(Digest::Sha256)),
        (PairAlgorithm::Rs384, Self::Pkcs1(Digest::Sha384)),
        (PairAlgorithm::Rs512, Self::Pkcs1(Digest::Sha512)),
        (PairAlgorithm::Ps256, Self::Pss(Digest::Sha256)),
    ];
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
            Scheme::Pkcs1(Digest::Sha1) => key.pkcs1v15_verify::<Sha1>(message, signature),
            Scheme::Pkcs1(Digest::Sha256) => key.pkcs1v15_verify::<Sha256>(message, signature),
            Scheme::Pkcs1(Digest::Sha384) => key.pkcs1v15_verify::<Sha384>(message, signature),
            Scheme::Pkcs1(Digest::Sha512) => key.pkcs1v15_verify::<Sha512>(message, signature),
            Scheme::Pss(Digest::Sha1) => key.pss_verify::<Sha1>(message, signature),
            Scheme::Pss(Digest::Sha256) => key.pss_verify::<Sha256>(message, signature),
            Scheme::Pss(Digest::Sha384) => key.pss_verify::<Sha384>(message, signature),
            Scheme::Pss(Digest::Sha512) => key.pss_verify::<Sha512>(message, signature),
        }
        .is_ok()
    }

    /// What was encrypted with RSA-OAEP; `None` where it is not for this key and hash.
    pub fn opens(&self, encrypted: &[u8], digest: Digest) -> Option<Vec<u8>> {
        match digest {
            Digest::Sha1 => self.0.oaep_decrypt::<Sha1>(encrypted),
            Digest::Sha256 => self.0.oaep_decrypt::<Sha256>(encrypted),
            Digest::Sha384 => self.0.oaep_decrypt::<Sha384>(encrypted),
            Digest::Sha512 => self.0.oaep_decrypt::<Sha512>(encrypted),
        }
        .ok()
    }
}
