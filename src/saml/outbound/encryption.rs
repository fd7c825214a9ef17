//! The encrypted assertion: AES under a fresh key, the key under RSA-OAEP (XML Encryption 1.1 section
//! 5.5, SAML core 6, semantics 4.11).

use crate::algorithm::{ContentCipher, KeyEncryption};
use crate::keys::{Certificate, PublicKey, RsaPublicKey};
use crate::random::Random;
use crate::saml::error::SamlError;
use crate::saml_setting::EncryptionMismatch;
use crate::xml::{ASSERTION, Namespace, SIGNATURE, Writer};
use openssl::error::ErrorStack;
use openssl::symm::{Crypter, Mode};
use zeroize::Zeroizing;

/// The receiver to encrypt for, and the algorithms; exists only if the certificate and the key belong together.
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
    pub key: KeyEncryption,
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
        EncryptionMismatch::check(&certificate, public_key).map_err(|mismatch| {
            SamlError::config(
                "saml_encryption_mismatch",
                format!("{mismatch}; give the two parts of one pair"),
            )
        })?;
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
        let Sealed { key, data } = self.seal(assertion, random).map_err(|error| {
            SamlError::config(
                "saml_encryption_failed",
                format!("the assertion could not be encrypted: {error}"),
            )
        })?;
        let Algorithms {
            content,
            key: transport,
        } = self.algorithms;
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
        write_base64("e:CipherValue", &key, writer);
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

    /// Under a key that is drawn for this assertion alone.
    fn seal(&self, assertion: &str, random: &mut dyn Random) -> Result<Sealed, ErrorStack> {
        let mut key = Zeroizing::new([0; MAX_KEY_BYTES]);
        let key = &mut key[..self.algorithms.content.openssl().key_len()];
        random.fill(key);
        let data = encrypt(assertion.as_bytes(), self.algorithms.content, key, random)?;
        let digest = self.algorithms.key.digest();
        Ok(Sealed {
            key: self.key.key().encrypt_oaep(key, digest, random)?,
            data,
        })
    }
}

/// The IV, the ciphertext and, for GCM, the tag (XML Encryption 1.1 sections 5.2.2 and 5.2.4).
fn encrypt(
    plain: &[u8],
    content: ContentCipher,
    key: &[u8],
    random: &mut dyn Random,
) -> Result<Vec<u8>, ErrorStack> {
    let cipher = content.openssl();
    let iv_bytes = cipher.iv_len().unwrap_or_default();
    let block = cipher.block_size();
    let mut data = vec![0; iv_bytes + plain.len() + block + GCM_TAG_BYTES];
    let (iv, rest) = data.split_at_mut(iv_bytes);
    random.fill(iv);
    let mut crypter = Crypter::new(cipher, Mode::Encrypt, key, Some(iv))?;
    let mut length = crypter.update(plain, rest)?;
    length += crypter.finalize(&mut rest[length..])?;
    if !content.is_malleable() {
        crypter.get_tag(&mut rest[length..length + GCM_TAG_BYTES])?;
        length += GCM_TAG_BYTES;
    }
    data.truncate(iv_bytes + length);
    Ok(data)
}

/// The octets of both `CipherValue`s.
struct Sealed {
    key: Vec<u8>,
    data: Vec<u8>,
}

/// `EncryptionMethod` of the key: digest and mask function are always said, so that nobody has to guess.
fn write_key_transport(transport: KeyEncryption, writer: &mut Writer) {
    writer.open("e:EncryptionMethod", &[], &[("Algorithm", transport.uri())]);
    writer.element("DigestMethod", &[("Algorithm", transport.digest().uri())], "");
    if transport == KeyEncryption::RsaOaep {
        let mask = [("Algorithm", transport.mask_uri())];
        writer.open("xenc11:MGF", &[XENC11], &mask);
        writer.close();
    }
    writer.close();
}

/// `KeyInfo` with one certificate; the signature namespace is the default one where it is written.
fn write_key_info(certificate: &str, writer: &mut Writer) {
    writer.open("KeyInfo", &[], &[]);
    writer.open("X509Data", &[], &[]);
    writer.open("X509Certificate", &[], &[]);
    writer.plain(certificate);
    writer.close();
    writer.close();
    writer.close();
}

fn write_base64(name: &'static str, bytes: &[u8], writer: &mut Writer) {
    writer.open(name, &[], &[]);
    writer.base64(bytes);
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
mod tests;
