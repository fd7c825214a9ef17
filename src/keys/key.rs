//! Public and private keys by themselves, and what stands for one that is not shown.

use super::pem::{PemError, single, wrong_kind};
use crate::secret::hex_sha256;
use openssl::pkey::{HasPublic, PKey, PKeyRef, Private, Public};
use serde_json::{Value, json};

/// One public key.
#[derive(Clone, Debug)]
pub struct PublicKey {
    pkey: PKey<Public>,
}

impl PartialEq for PublicKey {
    fn eq(&self, other: &Self) -> bool {
        self.pkey.public_eq(&other.pkey)
    }
}

impl PublicKey {
    /// Reads a `PUBLIC KEY` or `RSA PUBLIC KEY` block.
    ///
    /// # Errors
    /// Anything but exactly one readable block of these kinds.
    pub fn from_pem(text: &str) -> Result<Self, PemError> {
        const WANTED: &str = "public key";
        let block = single(text, WANTED)?;
        let pkey = match block.label.as_str() {
            "PUBLIC KEY" => PKey::public_key_from_der(&block.der).ok(),
            "RSA PUBLIC KEY" => openssl::rsa::Rsa::public_key_from_der_pkcs1(&block.der)
                .and_then(PKey::from_rsa)
                .ok(),
            label => return Err(wrong_kind(WANTED, label)),
        };
        Ok(Self {
            pkey: pkey.ok_or(PemError::Unreadable { wanted: WANTED })?,
        })
    }

    /// A key that OpenSSL read.
    pub(super) fn from_pkey(pkey: PKey<Public>) -> Self {
        Self { pkey }
    }

    /// The key for OpenSSL.
    pub fn pkey(&self) -> &PKey<Public> {
        &self.pkey
    }

    /// SHA-256 of the key's `SubjectPublicKeyInfo`, in lower-case hex.
    pub fn fingerprint(&self) -> String {
        fingerprint(&self.pkey)
    }
}

/// One private key. Its text appears in no output: `Debug` shows the fingerprint of its public half.
#[derive(Clone)]
pub struct PrivateKey {
    pkey: PKey<Private>,
}

impl std::fmt::Debug for PrivateKey {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "PrivateKey(sha256:{})", self.fingerprint())
    }
}

/// Two private keys are equal if their public halves are.
impl PartialEq for PrivateKey {
    fn eq(&self, other: &Self) -> bool {
        self.pkey.public_eq(&other.pkey)
    }
}

impl PrivateKey {
    /// Reads PKCS#8, PKCS#1 or SEC 1.
    ///
    /// # Errors
    /// Anything but exactly one readable, unencrypted private key.
    pub fn from_pem(text: &str) -> Result<Self, PemError> {
        const WANTED: &str = "private key";
        let block = single(text, WANTED)?;
        match block.label.as_str() {
            "PRIVATE KEY" | "RSA PRIVATE KEY" | "EC PRIVATE KEY" if block.encrypted => {
                Err(PemError::EncryptedKey)
            }
            "ENCRYPTED PRIVATE KEY" => Err(PemError::EncryptedKey),
            "PRIVATE KEY" | "RSA PRIVATE KEY" | "EC PRIVATE KEY" => {
                let pkey = PKey::private_key_from_der(&block.der);
                Ok(Self {
                    pkey: pkey.map_err(|_| PemError::Unreadable { wanted: WANTED })?,
                })
            }
            label => Err(wrong_kind(WANTED, label)),
        }
    }

    /// A key that OpenSSL made.
    pub fn from_pkey(pkey: PKey<Private>) -> Self {
        Self { pkey }
    }

    /// The key for OpenSSL.
    pub fn pkey(&self) -> &PKey<Private> {
        &self.pkey
    }

    /// The public half.
    pub fn public_key(&self) -> PublicKey {
        let der = self
            .pkey
            .public_key_to_der()
            .expect("a private key has a public half");
        PublicKey {
            pkey: PKey::public_key_from_der(&der).expect("written by OpenSSL just now"),
        }
    }

    /// SHA-256 of the public half's `SubjectPublicKeyInfo`, in lower-case hex.
    pub fn fingerprint(&self) -> String {
        fingerprint(&self.pkey)
    }
}

/// `{"$secret": "sha256:<fingerprint>"}`: stands for a key or secret in everything that is shown.
///
/// A private key's fingerprint is that of its public half; any other text is hashed as it is.
pub fn secret_handle(text: &str) -> Value {
    let fingerprint =
        PrivateKey::from_pem(text).map_or_else(|_| hex_sha256(text.as_bytes()), |key| key.fingerprint());
    json!({"$secret": format!("sha256:{fingerprint}")})
}

/// SHA-256 of the `SubjectPublicKeyInfo` of a key's public half, in lower-case hex.
pub(super) fn fingerprint(key: &PKeyRef<impl HasPublic>) -> String {
    let der = key
        .public_key_to_der()
        .expect("a parsed key can be written again");
    hex_sha256(&der)
}
