//! Signing with the issuer's keys.

use super::{PrivateKey, padding};
use crate::random::Random;
use openssl::ecdsa::EcdsaSig;
use openssl::error::ErrorStack;
use openssl::hash::{MessageDigest, hash};
use openssl::md::Md;
use openssl::pkey::Id;
use openssl::pkey_ctx::{NonceType, PkeyCtx};
use openssl::sign::Signer;

/// A JWS algorithm that needs a key pair (RFC 7518 section 3.1, RFC 8037 section 3.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Algorithm {
    /// Ed25519.
    EdDsa,
    /// ECDSA with P-256 and SHA-256.
    Es256,
    /// RSASSA-PSS with SHA-256.
    Ps256,
    /// RSASSA-PKCS1-v1_5 with SHA-256.
    Rs256,
    /// RSASSA-PKCS1-v1_5 with SHA-384.
    Rs384,
    /// RSASSA-PKCS1-v1_5 with SHA-512.
    Rs512,
}

/// A key and an algorithm that do not fit, or a failure inside OpenSSL.
#[derive(Debug, thiserror::Error)]
#[error("signing with {} failed; check that the key is one for this algorithm", algorithm.name())]
pub struct SigningError {
    /// What was to be done.
    pub algorithm: Algorithm,
    /// What OpenSSL says.
    #[source]
    pub source: ErrorStack,
}

impl Algorithm {
    /// The `alg` value.
    pub const fn name(self) -> &'static str {
        match self {
            Self::EdDsa => "EdDSA",
            Self::Es256 => "ES256",
            Self::Ps256 => "PS256",
            Self::Rs256 => "RS256",
            Self::Rs384 => "RS384",
            Self::Rs512 => "RS512",
        }
    }

    /// The hash of the signature, and of `at_hash` and its siblings (OIDC Core 3.1.3.6). Ed25519
    /// hashes with SHA-512.
    pub fn digest(self) -> MessageDigest {
        match self {
            Self::Es256 | Self::Ps256 | Self::Rs256 => MessageDigest::sha256(),
            Self::Rs384 => MessageDigest::sha384(),
            Self::EdDsa | Self::Rs512 => MessageDigest::sha512(),
        }
    }
}

impl PrivateKey {
    /// The signature of `message` in the form that a JWS holds.
    ///
    /// Same input, same signature: the salt of PSS comes from `random`, the nonce of ECDSA from key and
    /// message (RFC 6979).
    ///
    /// # Errors
    /// The key is not one for `algorithm`.
    pub fn sign(
        &self,
        message: &[u8],
        algorithm: Algorithm,
        random: &mut dyn Random,
    ) -> Result<Vec<u8>, SigningError> {
        let signature = match algorithm {
            Algorithm::EdDsa => Signer::new_without_digest(self.pkey())
                .and_then(|mut signer| signer.sign_oneshot_to_vec(message)),
            Algorithm::Es256 => self.sign_es256(message),
            Algorithm::Ps256 => self
                .pkey()
                .rsa()
                .and_then(|rsa| padding::sign_pss(&rsa, message, algorithm.digest(), random)),
            Algorithm::Rs256 | Algorithm::Rs384 | Algorithm::Rs512 => self
                .pkey()
                .rsa()
                .and_then(|_| Signer::new(algorithm.digest(), self.pkey())?.sign_oneshot_to_vec(message)),
        };
        signature.map_err(|source| SigningError { algorithm, source })
    }

    fn sign_es256(&self, message: &[u8]) -> Result<Vec<u8>, ErrorStack> {
        let mut context = PkeyCtx::new(self.pkey())?;
        context.sign_init()?;
        context.set_signature_md(Md::sha256())?;
        context.set_nonce_type(NonceType::DETERMINISTIC_K)?;
        let mut der = Vec::new();
        context.sign_to_vec(&hash(MessageDigest::sha256(), message)?, &mut der)?;
        let parts = EcdsaSig::from_der(&der)?;
        Ok([parts.r().to_vec_padded(32)?, parts.s().to_vec_padded(32)?].concat())
    }

    /// What kind of key this is, for messages.
    pub(super) fn describe(&self) -> String {
        match self.pkey().id() {
            Id::RSA => format!("an RSA key of {} bits", self.pkey().bits()),
            Id::EC => {
                let group = self.pkey().ec_key().ok().and_then(|key| key.group().curve_name());
                let curve = group.and_then(|nid| nid.short_name().ok());
                format!("an EC key on {}", curve.unwrap_or("an unnamed curve"))
            }
            Id::ED25519 => "an Ed25519 key".to_owned(),
            _ => "a key of another kind".to_owned(),
        }
    }
}
