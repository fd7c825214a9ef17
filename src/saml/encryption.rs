//! The encrypted assertion: AES under a fresh key, the key under RSA-OAEP (XML Encryption 1.1 section
//! 5.5, SAML core 6, semantics 4.11).

use super::SamlError;
use super::algorithm::Digest;
use super::signature::write_key_info;
use crate::command::{EncryptionAlgorithm, KeyEncryptionAlgorithm};
use crate::keys::{Certificate, OaepDigest, PublicKey, RsaPublicKey};
use crate::random::Random;
use crate::xml::{ASSERTION, Namespace, SIGNATURE, Writer};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use openssl::error::ErrorStack;
use openssl::symm::{Cipher, Crypter, Mode};
use serde::Deserialize;

/// Whom to encrypt for, and how; exists only if the certificate and the key belong together.
#[derive(Clone, Debug)]
pub(super) struct Encryption {
    certificate: Certificate,
    key: RsaPublicKey,
    algorithms: Algorithms,
}

/// How content and key are encrypted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Algorithms {
    pub content: ContentCipher,
    pub key: KeyEncryptionAlgorithm,
}

/// How the assertion is encrypted. The setter of the platform knows those with 256 bits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum ContentCipher {
    Aes128Cbc,
    Aes128Gcm,
    /// The platform's default; CBC does not protect against changes.
    #[default]
    Aes256Cbc,
    Aes256Gcm,
}

impl From<EncryptionAlgorithm> for ContentCipher {
    fn from(algorithm: EncryptionAlgorithm) -> Self {
        match algorithm {
            EncryptionAlgorithm::Aes256Cbc => Self::Aes256Cbc,
            EncryptionAlgorithm::Aes256Gcm => Self::Aes256Gcm,
        }
    }
}

impl ContentCipher {
    /// Whether what is encrypted can be changed unnoticed.
    pub fn is_malleable(self) -> bool {
        matches!(self, Self::Aes128Cbc | Self::Aes256Cbc)
    }

    fn uri(self) -> &'static str {
        match self {
            Self::Aes128Cbc => "http://www.w3.org/2001/04/xmlenc#aes128-cbc",
            Self::Aes128Gcm => "http://www.w3.org/2009/xmlenc11#aes128-gcm",
            Self::Aes256Cbc => "http://www.w3.org/2001/04/xmlenc#aes256-cbc",
            Self::Aes256Gcm => "http://www.w3.org/2009/xmlenc11#aes256-gcm",
        }
    }

    fn openssl(self) -> Cipher {
        match self {
            Self::Aes128Cbc => Cipher::aes_128_cbc(),
            Self::Aes128Gcm => Cipher::aes_128_gcm(),
            Self::Aes256Cbc => Cipher::aes_256_cbc(),
            Self::Aes256Gcm => Cipher::aes_256_gcm(),
        }
    }

    /// The IV, the ciphertext and, for GCM, the tag (XML Encryption 1.1 sections 5.2.2 and 5.2.4).
    fn encrypt(self, plain: &[u8], key: &[u8], random: &mut dyn Random) -> Result<Vec<u8>, ErrorStack> {
        let cipher = self.openssl();
        let iv_bytes = cipher.iv_len().unwrap_or_default();
        let block = cipher.block_size();
        let mut data = vec![0; iv_bytes + plain.len() + block + GCM_TAG_BYTES];
        let (iv, rest) = data.split_at_mut(iv_bytes);
        random.fill(iv);
        let mut crypter = Crypter::new(cipher, Mode::Encrypt, key, Some(iv))?;
        let mut length = crypter.update(plain, rest)?;
        length += crypter.finalize(&mut rest[length..])?;
        if !self.is_malleable() {
            crypter.get_tag(&mut rest[length..length + GCM_TAG_BYTES])?;
            length += GCM_TAG_BYTES;
        }
        data.truncate(iv_bytes + length);
        Ok(data)
    }
}

impl Encryption {
    /// `key` is the certificate's own, found fit; `public_key` is what was set beside the certificate.
    ///
    /// # Errors
    /// `public_key` belongs to another certificate.
    pub fn new(
        certificate: Certificate,
        key: RsaPublicKey,
        public_key: &PublicKey,
        algorithms: Algorithms,
    ) -> Result<Self, SamlError> {
        let certified = certificate.public_key();
        if !certified.pkey().public_eq(public_key.pkey()) {
            return Err(SamlError::config(
                "saml_encryption_mismatch",
                format!(
                    "encryptionPublicKey does not belong to encryptionCert: certificate sha256:{}, public key \
                     sha256:{}; give the two parts of one pair",
                    certified.fingerprint(),
                    public_key.fingerprint()
                ),
            ));
        }
        Ok(Self {
            certificate,
            key,
            algorithms,
        })
    }

    /// Writes `EncryptedAssertion` with `assertion`, a whole element with its own declarations.
    pub fn write(
        &self,
        assertion: &str,
        writer: &mut Writer,
        random: &mut dyn Random,
    ) -> Result<(), SamlError> {
        let failed = |error: ErrorStack| {
            SamlError::config(
                "saml_encryption_failed",
                format!("the assertion could not be encrypted: {error}"),
            )
        };
        let Algorithms {
            content,
            key: transport,
        } = self.algorithms;
        let mut key = [0; MAX_KEY_BYTES];
        let key = &mut key[..content.openssl().key_len()];
        random.fill(key);
        let data = content
            .encrypt(assertion.as_bytes(), key, random)
            .map_err(failed)?;
        let digest = match transport {
            KeyEncryptionAlgorithm::RsaOaep => OaepDigest::Sha256,
            KeyEncryptionAlgorithm::RsaOaepMgf1p => OaepDigest::Sha1,
        };
        let wrapped = self.key.key().encrypt_oaep(key, digest, random).map_err(failed)?;

        writer.open("saml:EncryptedAssertion", &[ASSERTION], &[]);
        writer.open(
            "xenc:EncryptedData",
            &[XENC],
            &[("Type", "http://www.w3.org/2001/04/xmlenc#Element")],
        );
        writer.element("xenc:EncryptionMethod", &[("Algorithm", content.uri())], "");
        writer.open("KeyInfo", &[SIGNATURE], &[]);
        writer.open("e:EncryptedKey", &[ENCRYPTED_KEY], &[]);
        write_key_transport(transport, writer);
        write_key_info(self.certificate.base64(), writer);
        writer.open("e:CipherData", &[], &[]);
        write_base64("e:CipherValue", &wrapped, writer);
        writer.close();
        writer.close();
        writer.close();
        writer.open("xenc:CipherData", &[], &[]);
        write_base64("xenc:CipherValue", &data, writer);
        writer.close();
        writer.close();
        writer.close();
        Ok(())
    }
}

/// `EncryptionMethod` of the key: digest and mask function are always said, so that nobody has to guess.
fn write_key_transport(transport: KeyEncryptionAlgorithm, writer: &mut Writer) {
    let (uri, digest) = match transport {
        KeyEncryptionAlgorithm::RsaOaep => ("http://www.w3.org/2009/xmlenc11#rsa-oaep", Digest::Sha256),
        KeyEncryptionAlgorithm::RsaOaepMgf1p => {
            ("http://www.w3.org/2001/04/xmlenc#rsa-oaep-mgf1p", Digest::Sha1)
        }
    };
    writer.open("e:EncryptionMethod", &[], &[("Algorithm", uri)]);
    writer.element("DigestMethod", &[("Algorithm", digest.uri())], "");
    if transport == KeyEncryptionAlgorithm::RsaOaep {
        let mask = [("Algorithm", "http://www.w3.org/2009/xmlenc11#mgf1sha256")];
        writer.open("xenc11:MGF", &[XENC11], &mask);
        writer.close();
    }
    writer.close();
}

fn write_base64(name: &'static str, bytes: &[u8], writer: &mut Writer) {
    writer.open(name, &[], &[]);
    writer.plain(&STANDARD.encode(bytes));
    writer.close();
}

const XENC: Namespace = Namespace {
    prefix: "xenc",
    uri: "http://www.w3.org/2001/04/xmlenc#",
};
const ENCRYPTED_KEY: Namespace = Namespace {
    prefix: "e",
    uri: "http://www.w3.org/2001/04/xmlenc#",
};
/// XML Encryption 1.1
const XENC11: Namespace = Namespace {
    prefix: "xenc11",
    uri: "http://www.w3.org/2009/xmlenc11#",
};
const MAX_KEY_BYTES: usize = 32;
const GCM_TAG_BYTES: usize = 16;

#[cfg(test)]
mod tests {
    use super::super::fixture::*;
    use super::*;
    use crate::command::SamlSetting;
    use crate::random::SeededRandom;
    use crate::saml::SamlAnswer;
    use openssl::rsa::Padding;
    use openssl::symm::{decrypt, decrypt_aead};
    use std::collections::HashSet;

    fn encrypted(algorithm: EncryptionAlgorithm, pair: &Pair) -> SamlAnswer {
        Login::new()
            .set(SamlSetting::EncryptionCert(pair.certificate()))
            .set(SamlSetting::EncryptionPublicKey(pair.public_key()))
            .set(SamlSetting::EncryptionAlgorithm(algorithm))
            .respond()
            .unwrap()
    }

    fn value(xml: &str, name: &str) -> Vec<u8> {
        let (_, rest) = xml.split_once(&format!("<{name}>")).unwrap();
        STANDARD.decode(rest.split_once("</").unwrap().0).unwrap()
    }

    fn decrypted(xml: &str, algorithm: EncryptionAlgorithm, pair: &Pair) -> String {
        let rsa = pair.pkey.rsa().unwrap();
        let mut key = vec![0; rsa.size() as usize];
        let length = rsa
            .private_decrypt(&value(xml, "e:CipherValue"), &mut key, Padding::PKCS1_OAEP)
            .unwrap();
        assert_eq!(length, MAX_KEY_BYTES);
        key.truncate(length);
        let data = value(xml, "xenc:CipherValue");
        let plain = match algorithm {
            EncryptionAlgorithm::Aes256Cbc => {
                let (iv, cipher) = data.split_at(16);
                decrypt(Cipher::aes_256_cbc(), &key, Some(iv), cipher).unwrap()
            }
            EncryptionAlgorithm::Aes256Gcm => {
                let (iv, rest) = data.split_at(12);
                let (cipher, tag) = rest.split_at(rest.len() - GCM_TAG_BYTES);
                decrypt_aead(Cipher::aes_256_gcm(), &key, Some(iv), &[], cipher, tag).unwrap()
            }
        };
        String::from_utf8(plain).unwrap()
    }

    #[test]
    fn the_service_provider_reads_the_signed_assertion_and_nobody_else_does() {
        for bits in [2048, 3072, 4096] {
            let pair = Pair::rsa(bits);
            for algorithm in [EncryptionAlgorithm::Aes256Cbc, EncryptionAlgorithm::Aes256Gcm] {
                let answer = encrypted(algorithm, &pair);
                let assertion = answer.assertion_xml.unwrap();
                assert_eq!(decrypted(&answer.xml, algorithm, &pair), assertion);
                assert!(assertion.contains("<Signature "));
                assert!(!answer.xml.contains("ann@example.org") && !answer.xml.contains("<saml:Assertion"));
            }
        }
    }

    #[test]
    fn the_layout_nests_the_key_and_names_every_algorithm() {
        let xml = encrypted(EncryptionAlgorithm::Aes256Gcm, other()).xml;
        let start = xml.find("<saml:EncryptedAssertion").unwrap();
        let values = [value(&xml, "e:CipherValue"), value(&xml, "xenc:CipherValue")]
            .map(|value| STANDARD.encode(value));
        let layout = xml[start..]
            .replace(&values[0], "KEY")
            .replace(&values[1], "DATA")
            .replace(other().certificate().base64(), "CERT");
        assert_eq!(
            layout,
            "<saml:EncryptedAssertion xmlns:saml=\"urn:oasis:names:tc:SAML:2.0:assertion\">\
             <xenc:EncryptedData xmlns:xenc=\"http://www.w3.org/2001/04/xmlenc#\" \
             Type=\"http://www.w3.org/2001/04/xmlenc#Element\">\
             <xenc:EncryptionMethod Algorithm=\"http://www.w3.org/2009/xmlenc11#aes256-gcm\"></xenc:EncryptionMethod>\
             <KeyInfo xmlns=\"http://www.w3.org/2000/09/xmldsig#\">\
             <e:EncryptedKey xmlns:e=\"http://www.w3.org/2001/04/xmlenc#\">\
             <e:EncryptionMethod Algorithm=\"http://www.w3.org/2001/04/xmlenc#rsa-oaep-mgf1p\">\
             <DigestMethod Algorithm=\"http://www.w3.org/2000/09/xmldsig#sha1\"></DigestMethod></e:EncryptionMethod>\
             <KeyInfo><X509Data><X509Certificate>CERT</X509Certificate></X509Data></KeyInfo>\
             <e:CipherData><e:CipherValue>KEY</e:CipherValue></e:CipherData></e:EncryptedKey></KeyInfo>\
             <xenc:CipherData><xenc:CipherValue>DATA</xenc:CipherValue></xenc:CipherData></xenc:EncryptedData>\
             </saml:EncryptedAssertion></samlp:Response>"
        );
    }

    #[test]
    fn every_cipher_and_key_transport_is_named_and_has_its_sizes() {
        for (cipher, iv, tag) in [
            ("aes128-cbc", 16, 0),
            ("aes256-cbc", 16, 0),
            ("aes128-gcm", 12, 16),
            ("aes256-gcm", 12, 16),
        ] {
            for transport in ["rsa-oaep-mgf1p", "rsa-oaep"] {
                let answer = Login::new()
                    .addon(serde_json::json!({
                        "encryptionCert": other().certificate_pem, "encryptionPublicKey": other().public_pem,
                        "encryptionAlgorithm": cipher, "keyEncryptionAlgorithm": transport
                    }))
                    .respond()
                    .unwrap();
                assert!(
                    answer
                        .xml
                        .contains(&format!("#{cipher}\"></xenc:EncryptionMethod>")),
                    "{cipher}"
                );
                assert!(answer.xml.contains(&format!("#{transport}\">")), "{transport}");
                assert_eq!(
                    answer.xml.contains("#mgf1sha256\"></xenc11:MGF>"),
                    transport == "rsa-oaep"
                );
                assert!(answer.xml.contains(if transport == "rsa-oaep" {
                    "xmlenc#sha256\""
                } else {
                    "xmldsig#sha1\""
                }));
                let plain = answer.assertion_xml.unwrap().len();
                let padded = if tag == 0 { (plain / 16 + 1) * 16 } else { plain };
                assert_eq!(
                    value(&answer.xml, "xenc:CipherValue").len(),
                    iv + padded + tag,
                    "{cipher}"
                );
            }
        }
    }

    #[test]
    fn cbc_is_the_default() {
        let answer = Login::new()
            .set(SamlSetting::EncryptionCert(other().certificate()))
            .set(SamlSetting::EncryptionPublicKey(other().public_key()))
            .respond()
            .unwrap();
        assert!(
            answer
                .xml
                .contains("\"http://www.w3.org/2001/04/xmlenc#aes256-cbc\"")
        );
    }

    #[test]
    fn no_key_and_no_iv_comes_twice() {
        let public = other().public_key();
        let key = RsaPublicKey::new(&public, crate::keys::RsaFloor::Bits2048).unwrap();
        let encryption = Encryption::new(
            other().certificate(),
            key,
            &public,
            Algorithms {
                content: ContentCipher::Aes256Gcm,
                ..Algorithms::default()
            },
        )
        .unwrap();
        let mut random = SeededRandom::new("iv");
        let mut seen = HashSet::new();
        for _ in 0..1000 {
            let mut writer = Writer::new();
            encryption.write("<a></a>", &mut writer, &mut random).unwrap();
            let xml = writer.finish().unwrap();
            assert!(seen.insert(value(&xml, "xenc:CipherValue")[..12].to_vec()));
            assert!(seen.insert(value(&xml, "e:CipherValue")));
        }
    }
}
