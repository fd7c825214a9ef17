//! Certificates and keys as customers paste them: PEM with LF, CRLF, escaped `\n` or on one line.

use super::memo::Memo;
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
        static KNOWN: Memo<Certificate> = Memo::new();
        KNOWN.read(text, Self::parse)
    }

    fn parse(text: &str) -> Result<Self, PemError> {
        const WANTED: &str = "certificate";
        let block = single(text, WANTED)?;
        if block.label != "CERTIFICATE" {
            return Err(wrong_kind(WANTED, &block.label));
        }
        let x509 = X509::from_der(&block.der).map_err(|_| PemError::Unreadable { wanted: WANTED })?;
        x509.public_key()
            .map_err(|_| PemError::Unreadable { wanted: WANTED })?;
        // What follows the certificate inside the block would go out with every response.
        let whole = x509.to_der().is_ok_and(|der| der == block.der);
        if !whole {
            return Err(PemError::Unreadable { wanted: WANTED });
        }
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
        static KNOWN: Memo<PublicKey> = Memo::new();
        KNOWN.read(text, Self::parse)
    }

    fn parse(text: &str) -> Result<Self, PemError> {
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
        static KNOWN: Memo<PrivateKey> = Memo::new();
        KNOWN.read(text, Self::parse)
    }

    fn parse(text: &str) -> Result<Self, PemError> {
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

/// Names the label only if it is a usual one: anything else may be a part of something secret.
fn wrong_kind(wanted: &'static str, label: &str) -> PemError {
    const USUAL: [&str; 11] = [
        "CERTIFICATE",
        "CERTIFICATE REQUEST",
        "DSA PRIVATE KEY",
        "EC PRIVATE KEY",
        "ENCRYPTED PRIVATE KEY",
        "OPENSSH PRIVATE KEY",
        "PKCS7",
        "PRIVATE KEY",
        "PUBLIC KEY",
        "RSA PRIVATE KEY",
        "RSA PUBLIC KEY",
    ];
    let found = USUAL.iter().find(|usual| **usual == label).map_or_else(
        || "a PEM block of another kind".to_owned(),
        |usual| format!("a {usual}"),
    );
    PemError::WrongKind { wanted, found }
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

#[cfg(test)]
mod tests {
    use super::*;
    use openssl::bn::BigNum;
    use openssl::rsa::Rsa;
    use openssl::symm::Cipher;
    use openssl::x509::X509NameBuilder;
    use std::sync::OnceLock;

    fn pkey() -> &'static PKey<Private> {
        static KEY: OnceLock<PKey<Private>> = OnceLock::new();
        KEY.get_or_init(|| PKey::from_rsa(Rsa::generate(2048).unwrap()).unwrap())
    }

    fn utf8(bytes: Vec<u8>) -> String {
        String::from_utf8(bytes).unwrap()
    }

    fn key_pem() -> String {
        utf8(pkey().private_key_to_pem_pkcs8().unwrap())
    }

    fn certificate_pem() -> String {
        let name = X509NameBuilder::new().unwrap().build();
        let mut builder = X509::builder().unwrap();
        builder.set_subject_name(&name).unwrap();
        builder.set_issuer_name(&name).unwrap();
        builder
            .set_serial_number(&BigNum::from_u32(1).unwrap().to_asn1_integer().unwrap())
            .unwrap();
        builder.set_pubkey(pkey()).unwrap();
        builder
            .set_not_before(&Asn1Time::from_unix(1_000_000).unwrap())
            .unwrap();
        builder
            .set_not_after(&Asn1Time::from_unix(2_000_000).unwrap())
            .unwrap();
        builder.sign(pkey(), MessageDigest::sha256()).unwrap();
        utf8(builder.build().to_pem().unwrap())
    }

    /// LF, CRLF, escaped, and on one line.
    fn spellings(pem: &str) -> [String; 4] {
        let (head, rest) = pem.split_once('\n').unwrap();
        let (body, foot) = rest.trim_end().rsplit_once('\n').unwrap();
        [
            pem.to_owned(),
            pem.replace('\n', "\r\n"),
            pem.replace('\n', "\\n"),
            format!("{head}{}{foot}", body.replace('\n', "")),
        ]
    }

    #[test]
    fn every_spelling_of_line_breaks_is_read() {
        let fingerprint = PrivateKey::from_pem(&key_pem()).unwrap().fingerprint();
        for pem in spellings(&key_pem()) {
            assert_eq!(PrivateKey::from_pem(&pem).unwrap().fingerprint(), fingerprint);
        }
        for pem in spellings(&utf8(pkey().rsa().unwrap().private_key_to_pem().unwrap())) {
            assert_eq!(PrivateKey::from_pem(&pem).unwrap().fingerprint(), fingerprint);
        }
        for pem in spellings(&certificate_pem()) {
            assert_eq!(
                Certificate::from_pem(&pem).unwrap().public_key().fingerprint(),
                fingerprint
            );
        }
        for pem in spellings(&utf8(pkey().public_key_to_pem().unwrap())) {
            assert_eq!(PublicKey::from_pem(&pem).unwrap().fingerprint(), fingerprint);
        }
        for pem in spellings(&utf8(pkey().rsa().unwrap().public_key_to_pem_pkcs1().unwrap())) {
            assert_eq!(PublicKey::from_pem(&pem).unwrap().fingerprint(), fingerprint);
        }
    }

    #[test]
    fn a_certificate_shows_its_der_in_base64() {
        let certificate = Certificate::from_pem(&certificate_pem()).unwrap();
        assert_eq!(
            certificate.base64(),
            STANDARD.encode(certificate.x509().to_der().unwrap())
        );
    }

    #[test]
    fn two_blocks_are_refused() {
        for pem in [
            certificate_pem() + &certificate_pem(),
            certificate_pem() + &key_pem(),
        ] {
            assert_eq!(
                Certificate::from_pem(&pem).unwrap_err().to_string(),
                "exactly one certificate expected, found 2 PEM blocks"
            );
        }
    }

    #[test]
    fn a_key_with_a_passphrase_is_refused() {
        let cipher = Cipher::aes_128_cbc();
        let pkcs8 = pkey()
            .private_key_to_pem_pkcs8_passphrase(cipher, b"secret")
            .unwrap();
        let pkcs1 = pkey()
            .rsa()
            .unwrap()
            .private_key_to_pem_passphrase(cipher, b"secret")
            .unwrap();
        for pem in [pkcs8, pkcs1] {
            assert_eq!(
                PrivateKey::from_pem(&utf8(pem)).unwrap_err(),
                PemError::EncryptedKey
            );
        }
    }

    #[test]
    fn garbage_is_refused_and_not_shown() {
        let whole = certificate_pem();
        let cut = format!("{}\n-----END CERTIFICATE-----", &whole[..whole.len() / 2]);
        let mut longer = X509::from_pem(whole.as_bytes()).unwrap().to_der().unwrap();
        longer.extend_from_slice(b"\x04\x06secret");
        let longer = format!(
            "-----BEGIN CERTIFICATE-----{}-----END CERTIFICATE-----",
            STANDARD.encode(longer)
        );
        let empty = "-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----";
        for pem in [
            &cut,
            &longer,
            empty,
            "-----BEGIN CERTIFICATE-----\n!!!!\n-----END CERTIFICATE-----",
        ] {
            assert_eq!(
                Certificate::from_pem(pem).unwrap_err(),
                PemError::Unreadable {
                    wanted: "certificate"
                }
            );
        }
        for (pem, found) in [
            ("", "no PEM block"),
            ("secret", "no PEM block"),
            ("-----BEGIN CERTIFICATE-----secret", "a PEM block without its end"),
            (
                "-----BEGIN secret-----\n-----END secret-----",
                "a PEM block without its end",
            ),
            (
                "-----BEGIN secret-----AAAA-----END secret-----",
                "a PEM block of another kind",
            ),
            (&key_pem(), "a PRIVATE KEY"),
        ] {
            let error = Certificate::from_pem(pem).unwrap_err();
            assert!(!error.to_string().contains("secret"), "{error}");
            if error
                != (PemError::Unreadable {
                    wanted: "certificate",
                })
            {
                assert_eq!(
                    error.to_string(),
                    format!("expected a PEM certificate, found {found}")
                );
            }
        }
    }

    #[test]
    fn validity_is_judged_at_the_given_time() {
        let certificate = Certificate::from_pem(&certificate_pem()).unwrap();
        let at = |seconds| certificate.validity(DateTime::from_timestamp(seconds, 0).unwrap());
        assert_eq!(at(999_999), Validity::NotYet);
        assert_eq!(at(1_000_000), Validity::Valid);
        assert_eq!(at(2_000_000), Validity::Valid);
        assert_eq!(at(2_000_001), Validity::Expired);
    }
}
