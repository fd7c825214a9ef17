//! The encrypted assertion: AES-256 under a fresh key, the key under RSA-OAEP with SHA-1 and MGF1 with
//! SHA-1 (XML Encryption 1.1 section 5.5.2, SAML core 6, semantics 4.11).

use super::SamlError;
use super::signature::write_key_info;
use crate::command::EncryptionAlgorithm;
use crate::keys::{Certificate, OaepDigest, PublicKey, RsaPublicKey};
use crate::random::Random;
use crate::xml::{ASSERTION, Namespace, SIGNATURE, Writer};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use openssl::error::ErrorStack;
use openssl::symm::{Cipher, encrypt, encrypt_aead};

/// Whom to encrypt for, and how; exists only if the certificate and the key belong together.
#[derive(Clone, Debug)]
pub(super) struct Encryption {
    certificate: Certificate,
    key: RsaPublicKey,
    algorithm: EncryptionAlgorithm,
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
        algorithm: EncryptionAlgorithm,
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
            algorithm,
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
        let mut key = [0; KEY_BYTES];
        random.fill(&mut key);
        let data = self.encrypt(assertion.as_bytes(), &key, random).map_err(failed)?;
        let wrapped = self
            .key
            .key()
            .encrypt_oaep(&key, OaepDigest::Sha1, random)
            .map_err(failed)?;
        let algorithm = match self.algorithm {
            EncryptionAlgorithm::Aes256Cbc => "http://www.w3.org/2001/04/xmlenc#aes256-cbc",
            EncryptionAlgorithm::Aes256Gcm => "http://www.w3.org/2009/xmlenc11#aes256-gcm",
        };

        writer.open("saml:EncryptedAssertion", &[ASSERTION], &[]);
        writer.open(
            "xenc:EncryptedData",
            &[XENC],
            &[("Type", "http://www.w3.org/2001/04/xmlenc#Element")],
        );
        writer.element("xenc:EncryptionMethod", &[("Algorithm", algorithm)], "");
        writer.open("KeyInfo", &[SIGNATURE], &[]);
        writer.open("e:EncryptedKey", &[ENCRYPTED_KEY], &[]);
        writer.open(
            "e:EncryptionMethod",
            &[],
            &[("Algorithm", "http://www.w3.org/2001/04/xmlenc#rsa-oaep-mgf1p")],
        );
        writer.element(
            "DigestMethod",
            &[("Algorithm", "http://www.w3.org/2000/09/xmldsig#sha1")],
            "",
        );
        writer.close();
        write_key_info(self.certificate.base64(), writer);
        writer.open("e:CipherData", &[], &[]);
        writer.element("e:CipherValue", &[], &STANDARD.encode(wrapped));
        writer.close();
        writer.close();
        writer.close();
        writer.open("xenc:CipherData", &[], &[]);
        writer.element("xenc:CipherValue", &[], &STANDARD.encode(data));
        writer.close();
        writer.close();
        writer.close();
        Ok(())
    }

    /// The IV, the ciphertext and, for GCM, the tag (XML Encryption 1.1 sections 5.2.2 and 5.2.4).
    fn encrypt(&self, plain: &[u8], key: &[u8], random: &mut dyn Random) -> Result<Vec<u8>, ErrorStack> {
        match self.algorithm {
            EncryptionAlgorithm::Aes256Cbc => {
                let mut iv = [0; CBC_IV_BYTES];
                random.fill(&mut iv);
                let cipher = encrypt(Cipher::aes_256_cbc(), key, Some(&iv), plain)?;
                Ok([&iv[..], &cipher].concat())
            }
            EncryptionAlgorithm::Aes256Gcm => {
                let mut iv = [0; GCM_IV_BYTES];
                random.fill(&mut iv);
                let mut tag = [0; GCM_TAG_BYTES];
                let cipher = encrypt_aead(Cipher::aes_256_gcm(), key, Some(&iv), &[], plain, &mut tag)?;
                Ok([&iv[..], &cipher, &tag].concat())
            }
        }
    }
}

const XENC: Namespace = Namespace {
    prefix: "xenc",
    uri: "http://www.w3.org/2001/04/xmlenc#",
};
const ENCRYPTED_KEY: Namespace = Namespace {
    prefix: "e",
    uri: "http://www.w3.org/2001/04/xmlenc#",
};
const KEY_BYTES: usize = 32;
const CBC_IV_BYTES: usize = 16;
const GCM_IV_BYTES: usize = 12;
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
        assert_eq!(length, KEY_BYTES);
        key.truncate(length);
        let data = value(xml, "xenc:CipherValue");
        let plain = match algorithm {
            EncryptionAlgorithm::Aes256Cbc => {
                let (iv, cipher) = data.split_at(CBC_IV_BYTES);
                decrypt(Cipher::aes_256_cbc(), &key, Some(iv), cipher).unwrap()
            }
            EncryptionAlgorithm::Aes256Gcm => {
                let (iv, rest) = data.split_at(GCM_IV_BYTES);
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
            EncryptionAlgorithm::Aes256Gcm,
        )
        .unwrap();
        let mut random = SeededRandom::new("iv");
        let mut seen = HashSet::new();
        for _ in 0..1000 {
            let mut writer = Writer::new();
            encryption.write("<a></a>", &mut writer, &mut random).unwrap();
            let xml = writer.finish().unwrap();
            assert!(seen.insert(value(&xml, "xenc:CipherValue")[..GCM_IV_BYTES].to_vec()));
            assert!(seen.insert(value(&xml, "e:CipherValue")));
        }
    }
}
