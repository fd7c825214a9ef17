//! A private key with the certificate that belongs to it, and the ring of pairs of an issuer.

use super::key::fingerprint;
use super::{Certificate, Outdated, PrivateKey, PublicKey};
use crate::time::Moment;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use openssl::pkey::{HasPublic, PKeyRef};
use std::sync::OnceLock;

/// A key and its certificate; exists only if they match.
#[derive(Clone, Debug)]
pub struct SigningPair {
    key: PrivateKey,
    certificate: Certificate,
    /// Worked out when it is asked for: a SAML signature needs none.
    kid: OnceLock<String>,
    start: Start,
}

/// What the start of a certificate's validity tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Start {
    /// From when it may be used.
    Stated,
    /// The day on which postlogin made it. A clock that is frozen before that day finds no fault with it.
    WhenMade,
}

/// The certificate is another key's.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "the certificate does not belong to the key: certificate sha256:{certificate}, key sha256:{key}; \
     give the two parts of one pair"
)]
pub struct Mismatch {
    /// Fingerprint of the certificate's public key.
    pub certificate: String,
    /// Fingerprint of the key's public half.
    pub key: String,
}

impl Certificate {
    /// # Errors
    /// The certificate is not that of `key`.
    pub(crate) fn is_of(&self, key: &PKeyRef<impl HasPublic>) -> Result<(), Mismatch> {
        let public = self.public_key();
        if public.pkey().public_eq(key) {
            return Ok(());
        }
        Err(Mismatch {
            certificate: fingerprint(public.pkey()),
            key: fingerprint(key),
        })
    }
}

impl SigningPair {
    /// # Errors
    /// The certificate holds another public key.
    pub fn new(key: PrivateKey, certificate: Certificate) -> Result<Self, Mismatch> {
        certificate.is_of(key.pkey())?;
        Ok(Self {
            kid: OnceLock::new(),
            start: Start::Stated,
            key,
            certificate,
        })
    }

    /// The same pair, which postlogin made: its certificate starts on that day, and could be used before.
    pub(super) fn made_here(self) -> Self {
        Self {
            start: Start::WhenMade,
            ..self
        }
    }

    /// How the certificate is out of its time at `now`, or will be within 30 days.
    pub fn outdated(&self, now: Moment) -> Option<Outdated> {
        let outdated = self.certificate.outdated(now)?;
        let only_frozen = self.start == Start::WhenMade && matches!(outdated, Outdated::NotYet(_));
        (!only_frozen).then_some(outdated)
    }

    /// The private key.
    pub fn key(&self) -> &PrivateKey {
        &self.key
    }

    /// The certificate.
    pub fn certificate(&self) -> &Certificate {
        &self.certificate
    }

    /// Key id: base64url SHA-256 of the `SubjectPublicKeyInfo`.
    pub fn kid(&self) -> &str {
        self.kid.get_or_init(|| key_id(&self.certificate.public_key()))
    }
}

/// A key without a certificate, for algorithms that only JWTs use.
#[derive(Clone, Debug)]
pub struct SigningKey {
    key: PrivateKey,
    kid: String,
}

impl SigningKey {
    /// Works out the key's id.
    pub fn new(key: PrivateKey) -> Self {
        Self {
            kid: key_id(&key.public_key()),
            key,
        }
    }

    /// The private key.
    pub fn key(&self) -> &PrivateKey {
        &self.key
    }

    /// Key id: base64url SHA-256 of the `SubjectPublicKeyInfo`.
    pub fn kid(&self) -> &str {
        &self.kid
    }
}

impl KeyRing {
    /// A ring of one pair.
    pub fn of(current: SigningPair) -> Self {
        Self {
            current,
            next: None,
            previous: None,
            ec: None,
            ed25519: None,
        }
    }
}

/// The signing keys of one issuer.
#[derive(Clone, Debug)]
pub struct KeyRing {
    /// Signs now; RSA.
    pub current: SigningPair,
    /// Published before it signs.
    pub next: Option<SigningPair>,
    /// Published until its last token has expired.
    pub previous: Option<SigningPair>,
    /// P-256, for ES256.
    pub ec: Option<SigningKey>,
    /// Ed25519, for `EdDSA`.
    pub ed25519: Option<SigningKey>,
}

fn key_id(public: &PublicKey) -> String {
    let der = public
        .pkey()
        .public_key_to_der()
        .expect("a parsed key can be written again");
    URL_SAFE_NO_PAD.encode(openssl::sha::sha256(&der))
}
