//! PEM as customers paste it: with LF, CRLF, escaped `\n` or on one line.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// Why a text is not the PEM that was asked for. Never quotes the text.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
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

/// One PEM block.
pub(super) struct Block {
    pub label: String,
    pub der: Vec<u8>,
    /// Whether its body is protected by a passphrase, so that there is no `der`.
    pub encrypted: bool,
}

/// The one PEM block of `text`, however its lines are broken.
pub(super) fn single(text: &str, wanted: &'static str) -> Result<Block, PemError> {
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

/// Names the label only if it is a usual one: anything else may be a part of something secret.
pub(super) fn wrong_kind(wanted: &'static str, label: &str) -> PemError {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys::{Certificate, PrivateKey, PublicKey, Validity};
    use chrono::DateTime;
    use openssl::asn1::Asn1Time;
    use openssl::bn::BigNum;
    use openssl::hash::MessageDigest;
    use openssl::pkey::{PKey, Private};
    use openssl::rsa::Rsa;
    use openssl::symm::Cipher;
    use openssl::x509::{X509, X509NameBuilder};
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
