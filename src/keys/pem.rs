//! Certificates and keys as customers paste them: PEM with LF, CRLF, escaped `\n` or on one line.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, Utc};
use openssl::asn1::Asn1Time;
use openssl::hash::MessageDigest;
use openssl::pkey::{PKey, Private, Public};
use openssl::x509::X509;
use serde_json::{Value, json};
use std::sync::Arc;

/// Why a text is not the PEM that was asked for. Never quotes the text.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PemError {
    /// There is no PEM block of the wanted kind.
    #[error("expected a PEM {wanted}, found {found}")]
    WrongKind {
        /// What was asked for.
        wanted: &'static str,
        /// What there is instead.
        found: String,
    },
    /// More than one block.
    #[error("exactly one {wanted} expected, found {count} PEM blocks")]
    Several {
        /// What was asked for.
        wanted: &'static str,
        /// How many blocks there are.
        count: usize,
    },
    /// The body is not base64, or not what the label says.
    #[error("the PEM {wanted} cannot be read; it may be cut off or damaged")]
    Unreadable {
        /// What was asked for.
        wanted: &'static str,
    },
    /// A passphrase would be needed.
    #[error("encrypted key not supported; give the key without a passphrase")]
    EncryptedKey,
}

/// One X.509 certificate.
#[derive(Clone, Debug)]
pub struct Certificate {
    x509: X509,
    base64: Arc<str>,
}

impl Certificate {
    /// # Errors
    /// Anything but exactly one readable `CERTIFICATE` block.
    pub fn from_pem(text: &str) -> Result<Self, PemError> {
        const WANTED: &str = "certificate";
        let block = single(text, WANTED)?;
        if block.label != "CERTIFICATE" {
            return Err(PemError::WrongKind {
                wanted: WANTED,
                found: format!("a {}", block.label),
            });
        }
        let x509 = X509::from_der(&block.der).map_err(|_| PemError::Unreadable { wanted: WANTED })?;
        x509.public_key()
            .map_err(|_| PemError::Unreadable { wanted: WANTED })?;
        Ok(Self {
            x509,
            base64: STANDARD.encode(block.der).into(),
        })
    }

    /// The certificate for OpenSSL.
    pub fn x509(&self) -> &X509 {
        &self.x509
    }

    /// The DER form in base64 without line breaks, as `X509Certificate` and `x5c` hold it.
    pub fn base64(&self) -> &str {
        &self.base64
    }

    /// Whether `now` is outside the certificate's validity (RFC 5280 section 4.1.2.5).
    pub fn validity(&self, now: DateTime<Utc>) -> Validity {
        // A time that OpenSSL cannot express is treated as the far end it lies beyond.
        let Ok(now) = Asn1Time::from_unix(now.timestamp()) else {
            return Validity::Expired;
        };
        if self.x509.not_after() < now {
            Validity::Expired
        } else if self.x509.not_before() > now {
            Validity::NotYet
        } else {
            Validity::Valid
        }
    }

    /// The certificate's public key.
    pub fn public_key(&self) -> PublicKey {
        PublicKey {
            pkey: self.x509.public_key().expect("checked when it was read"),
        }
    }
}

/// How a moment lies to a certificate's validity.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Validity {
    /// Past its end.
    Expired,
    /// Before its start.
    NotYet,
    /// Within.
    Valid,
}

/// One public key.
#[derive(Clone, Debug)]
pub struct PublicKey {
    pkey: PKey<Public>,
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
            label => {
                return Err(PemError::WrongKind {
                    wanted: WANTED,
                    found: format!("a {label}"),
                });
            }
        };
        Ok(Self {
            pkey: pkey.ok_or(PemError::Unreadable { wanted: WANTED })?,
        })
    }

    /// The key for OpenSSL.
    pub fn pkey(&self) -> &PKey<Public> {
        &self.pkey
    }

    /// SHA-256 of the key's `SubjectPublicKeyInfo`, in lower-case hex.
    pub fn fingerprint(&self) -> String {
        let der = self
            .pkey
            .public_key_to_der()
            .expect("a parsed key can be written again");
        hex_sha256(&der)
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
            label => Err(PemError::WrongKind {
                wanted: WANTED,
                found: format!("a {label}"),
            }),
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
        self.public_key().fingerprint()
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

fn hex_sha256(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    let digest = openssl::hash::hash(MessageDigest::sha256(), bytes).expect("SHA-256 is always available");
    digest.iter().fold(String::with_capacity(64), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

struct Block {
    label: String,
    der: Vec<u8>,
    encrypted: bool,
}

/// The one PEM block of `text`, however its lines are broken.
fn single(text: &str, wanted: &'static str) -> Result<Block, PemError> {
    let text = text.replace("\\r", "\r").replace("\\n", "\n");
    let count = text.matches("-----BEGIN ").count();
    if count > 1 {
        return Err(PemError::Several { wanted, count });
    }
    let parts = text.split_once("-----BEGIN ").and_then(|(_, rest)| {
        let (label, rest) = rest.split_once("-----")?;
        let (body, _) = rest.split_once(&format!("-----END {label}-----"))?;
        Some((label.to_owned(), body.to_owned()))
    });
    let Some((label, body)) = parts else {
        let found = if count == 0 {
            "no PEM block"
        } else {
            "a PEM block without its end"
        };
        return Err(PemError::WrongKind {
            wanted,
            found: found.to_owned(),
        });
    };
    if body.contains("Proc-Type:") {
        return Ok(Block {
            label,
            der: Vec::new(),
            encrypted: true,
        });
    }
    let base64: String = body
        .chars()
        .filter(|character| !character.is_ascii_whitespace())
        .collect();
    let der = STANDARD
        .decode(base64)
        .map_err(|_| PemError::Unreadable { wanted })?;
    if der.is_empty() {
        return Err(PemError::Unreadable { wanted });
    }
    Ok(Block {
        label,
        der,
        encrypted: false,
    })
}
