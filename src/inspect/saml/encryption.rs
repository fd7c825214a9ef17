//! `EncryptedAssertion`, `EncryptedID` and `EncryptedAttribute`: how they are encrypted, and what is in them if the key
//! is given (XML Encryption 1.1, SAML core 2.2.4, 2.3.4 and 2.7.3.2).

use super::super::code::{CheckName, Code};
use super::super::expected::Expected;
use super::super::indent::place;
use super::super::names::{SIGNATURE, XENC};
use super::super::report::Report;
use crate::keys::PrivateKey;
use crate::xml::Element;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use openssl::encrypt::Decrypter;
use openssl::error::ErrorStack;
use openssl::hash::MessageDigest;
use openssl::rsa::Padding;
use openssl::symm::{Cipher, Crypter, Mode, decrypt_aead};

/// What is encrypted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sealed {
    Assertion,
    Attribute,
    NameId,
}

impl Sealed {
    const fn words(self) -> &'static str {
        match self {
            Self::Assertion => "assertion",
            Self::Attribute => "attribute",
            Self::NameId => "NameID",
        }
    }
}

/// What is inside, as text; `None` if it stays closed, which the report then says. Without what is in an assertion
/// nothing more can be read.
pub(super) fn open(
    encrypted: Element<'_>,
    sealed: Sealed,
    expected: &Expected,
    report: &mut Report,
) -> Option<String> {
    let opened = open_any(encrypted, sealed, expected, report);
    if let Err(Closed::Because(code)) = opened
        && sealed == Sealed::Assertion
    {
        report.stopped_by(code);
    }
    opened.ok()
}

/// Why something stays closed.
enum Closed {
    Because(Code),
    WithoutKey,
}

fn open_any(
    encrypted: Element<'_>,
    sealed: Sealed,
    expected: &Expected,
    report: &mut Report,
) -> Result<String, Closed> {
    let content = encrypted
        .child(XENC, "EncryptedData")
        .and_then(|data| Some((data, ContentCipher::from_uri(method(data)?)?)));
    let Some((data, content)) = content else {
        unknown(
            encrypted.child(XENC, "EncryptedData").unwrap_or(encrypted),
            report,
        );
        return Err(Closed::Because(Code::EncryptionAlgorithm));
    };
    let keys: Vec<_> = encrypted
        .descendants()
        .filter(|element| element.is(XENC, "EncryptedKey"))
        .collect();
    let has_keys = !keys.is_empty();
    let mut wrapped = Vec::new();
    for key in keys {
        match Transport::of(key) {
            Some(transport) => wrapped.push((transport, key)),
            None => unknown(key, report),
        }
    }
    if wrapped.is_empty() && has_keys {
        return Err(Closed::Because(Code::EncryptionAlgorithm));
    }
    check_encryption(content, &wrapped, data, report);
    let what = sealed.words();
    let Some(key) = expected.key.value() else {
        if sealed == Sealed::Assertion {
            report.find(
                Code::AssertionNotDecrypted,
                place(encrypted),
                "the assertion is encrypted; give the service provider's private key with --key to check what is in it",
            );
            report.stays_closed("the assertion is encrypted and was not opened");
        }
        if !report.has_passed(CheckName::Encryption) {
            report.skip(CheckName::Encryption, "no key was given");
        }
        return Err(Closed::WithoutKey);
    };
    let opened = wrapped
        .iter()
        .find_map(|(transport, wrapped)| open_with(key, *transport, *wrapped, content, data));
    if let Some(opened) = opened {
        report.pass(
            CheckName::Encryption,
            format!("{what} decrypted, {}", content.name()),
        );
        return Ok(opened);
    }
    report.find(
        Code::DecryptionFailed,
        place(encrypted),
        format!(
            "the key sha256:{} does not decrypt the {what}: it is encrypted for another key, or damaged",
            key.fingerprint()
        ),
    );
    Err(Closed::Because(Code::DecryptionFailed))
}

fn check_encryption(
    content: ContentCipher,
    wrapped: &[(Transport, Element<'_>)],
    data: Element<'_>,
    report: &mut Report,
) {
    // Many attributes are encrypted alike; the first one tells it.
    let is_told = |code, report: &Report| report.findings.iter().any(|finding| finding.code == code);
    if matches!(content, ContentCipher::Cbc(_)) && !is_told(Code::EncryptionCbc, report) {
        report.find(
            Code::EncryptionCbc,
            place(data),
            format!(
                "{} does not protect against changes, so an attacker who can send many messages can decrypt; use \
                 aes256-gcm",
                content.name()
            ),
        );
    }
    let Some((transport, key)) = wrapped.first() else {
        return;
    };
    match transport {
        Transport::Pkcs1 if is_told(Code::EncryptionRsa15, report) => {}
        Transport::Pkcs1 => report.find(
            Code::EncryptionRsa15,
            place(*key),
            "the content key is encrypted with RSA 1.5, which an attacker who can send many messages breaks; use \
             rsa-oaep-mgf1p",
        ),
        Transport::Oaep {
            hash: Hash::Sha1,
            mask: Hash::Sha1,
        } => {}
        Transport::Oaep { .. } if is_told(Code::EncryptionKeyTransportRare, report) => {}
        Transport::Oaep { .. } => report.find(
            Code::EncryptionKeyTransportRare,
            place(*key),
            "RSA-OAEP with another hash than SHA-1 is good, but few service providers open it; every service \
             provider opens rsa-oaep-mgf1p with SHA-1",
        ),
    }
}

fn unknown(element: Element<'_>, report: &mut Report) {
    report.find(
        Code::EncryptionAlgorithm,
        place(element),
        "the encryption algorithm is missing or unknown; use aes256-gcm with rsa-oaep-mgf1p",
    );
}

fn open_with(
    key: &PrivateKey,
    transport: Transport,
    wrapped: Element<'_>,
    content: ContentCipher,
    data: Element<'_>,
) -> Option<String> {
    let content_key = transport.open(key, &cipher_value(wrapped)?).ok()?;
    let plain = content.open(&content_key, &cipher_value(data)?)?;
    String::from_utf8(plain).ok()
}

fn cipher_value(element: Element<'_>) -> Option<Vec<u8>> {
    let value = element
        .child(XENC, "CipherData")?
        .child(XENC, "CipherValue")?
        .value()?;
    let packed: String = value.split_ascii_whitespace().collect();
    STANDARD.decode(packed).ok()
}

fn method(element: Element<'_>) -> Option<&str> {
    element.child(XENC, "EncryptionMethod")?.attribute("Algorithm")
}

#[derive(Clone, Copy, Debug)]
enum ContentCipher {
    Cbc(KeySize),
    Gcm(KeySize),
}

#[derive(Clone, Copy, Debug)]
enum KeySize {
    Bits128,
    Bits192,
    Bits256,
}

impl ContentCipher {
    fn from_uri(uri: &str) -> Option<Self> {
        Some(match uri {
            "http://www.w3.org/2001/04/xmlenc#aes128-cbc" => Self::Cbc(KeySize::Bits128),
            "http://www.w3.org/2001/04/xmlenc#aes192-cbc" => Self::Cbc(KeySize::Bits192),
            "http://www.w3.org/2001/04/xmlenc#aes256-cbc" => Self::Cbc(KeySize::Bits256),
            "http://www.w3.org/2009/xmlenc11#aes128-gcm" => Self::Gcm(KeySize::Bits128),
            "http://www.w3.org/2009/xmlenc11#aes192-gcm" => Self::Gcm(KeySize::Bits192),
            "http://www.w3.org/2009/xmlenc11#aes256-gcm" => Self::Gcm(KeySize::Bits256),
            _ => return None,
        })
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Cbc(KeySize::Bits128) => "aes128-cbc",
            Self::Cbc(KeySize::Bits192) => "aes192-cbc",
            Self::Cbc(KeySize::Bits256) => "aes256-cbc",
            Self::Gcm(KeySize::Bits128) => "aes128-gcm",
            Self::Gcm(KeySize::Bits192) => "aes192-gcm",
            Self::Gcm(KeySize::Bits256) => "aes256-gcm",
        }
    }

    fn cipher(self) -> Cipher {
        match self {
            Self::Cbc(KeySize::Bits128) => Cipher::aes_128_cbc(),
            Self::Cbc(KeySize::Bits192) => Cipher::aes_192_cbc(),
            Self::Cbc(KeySize::Bits256) => Cipher::aes_256_cbc(),
            Self::Gcm(KeySize::Bits128) => Cipher::aes_128_gcm(),
            Self::Gcm(KeySize::Bits192) => Cipher::aes_192_gcm(),
            Self::Gcm(KeySize::Bits256) => Cipher::aes_256_gcm(),
        }
    }

    fn open(self, key: &[u8], data: &[u8]) -> Option<Vec<u8>> {
        let cipher = self.cipher();
        if key.len() != cipher.key_len() {
            return None;
        }
        match self {
            Self::Cbc(_) => {
                let (iv, content) = data.split_at_checked(16)?;
                open_cbc(cipher, key, iv, content).ok().and_then(without_padding)
            }
            Self::Gcm(_) => {
                let (iv, rest) = data.split_at_checked(12)?;
                let (content, tag) = rest.split_at_checked(rest.len().checked_sub(16)?)?;
                decrypt_aead(cipher, key, Some(iv), &[], content, tag).ok()
            }
        }
    }
}

fn open_cbc(cipher: Cipher, key: &[u8], iv: &[u8], content: &[u8]) -> Result<Vec<u8>, ErrorStack> {
    let mut crypter = Crypter::new(cipher, Mode::Decrypt, key, Some(iv))?;
    crypter.pad(false);
    let mut plain = vec![0; content.len() + cipher.block_size()];
    let mut length = crypter.update(content, &mut plain)?;
    length += crypter.finalize(&mut plain[length..])?;
    plain.truncate(length);
    Ok(plain)
}

/// The last byte says how many to drop; the others may be anything (XML Encryption 1.1 section 5.2).
fn without_padding(mut plain: Vec<u8>) -> Option<Vec<u8>> {
    let padding = usize::from(*plain.last()?);
    if !(1..=16).contains(&padding) {
        return None;
    }
    plain.truncate(plain.len().checked_sub(padding)?);
    Some(plain)
}

/// How the content key is encrypted.
#[derive(Clone, Copy, Debug)]
enum Transport {
    Oaep { hash: Hash, mask: Hash },
    Pkcs1,
}

#[derive(Clone, Copy, Debug)]
enum Hash {
    Sha1,
    Sha256,
    Sha384,
    Sha512,
}

impl Hash {
    /// Of a DigestMethod or an MGF.
    fn from_uri(uri: &str) -> Option<Self> {
        Some(match uri {
            "http://www.w3.org/2000/09/xmldsig#sha1" | "http://www.w3.org/2009/xmlenc11#mgf1sha1" => {
                Self::Sha1
            }
            "http://www.w3.org/2001/04/xmlenc#sha256" | "http://www.w3.org/2009/xmlenc11#mgf1sha256" => {
                Self::Sha256
            }
            "http://www.w3.org/2001/04/xmldsig-more#sha384"
            | "http://www.w3.org/2009/xmlenc11#mgf1sha384" => Self::Sha384,
            "http://www.w3.org/2001/04/xmlenc#sha512" | "http://www.w3.org/2009/xmlenc11#mgf1sha512" => {
                Self::Sha512
            }
            _ => return None,
        })
    }

    fn openssl(self) -> MessageDigest {
        match self {
            Self::Sha1 => MessageDigest::sha1(),
            Self::Sha256 => MessageDigest::sha256(),
            Self::Sha384 => MessageDigest::sha384(),
            Self::Sha512 => MessageDigest::sha512(),
        }
    }
}

impl Transport {
    fn of(encrypted_key: Element<'_>) -> Option<Self> {
        const XENC11: &str = "http://www.w3.org/2009/xmlenc11#";
        let element = encrypted_key.child(XENC, "EncryptionMethod")?;
        let named = |namespace, local| match element.child(namespace, local) {
            Some(method) => Hash::from_uri(method.attribute("Algorithm")?),
            None => Some(Hash::Sha1),
        };
        match element.attribute("Algorithm")? {
            "http://www.w3.org/2001/04/xmlenc#rsa-1_5" => Some(Self::Pkcs1),
            "http://www.w3.org/2001/04/xmlenc#rsa-oaep-mgf1p" => Some(Self::Oaep {
                hash: named(SIGNATURE, "DigestMethod")?,
                mask: Hash::Sha1,
            }),
            "http://www.w3.org/2009/xmlenc11#rsa-oaep" => Some(Self::Oaep {
                hash: named(SIGNATURE, "DigestMethod")?,
                mask: named(XENC11, "MGF")?,
            }),
            _ => None,
        }
    }

    fn open(self, key: &PrivateKey, wrapped: &[u8]) -> Result<Vec<u8>, ErrorStack> {
        let mut decrypter = Decrypter::new(key.pkey())?;
        match self {
            Self::Oaep { hash, mask } => {
                decrypter.set_rsa_padding(Padding::PKCS1_OAEP)?;
                decrypter.set_rsa_oaep_md(hash.openssl())?;
                decrypter.set_rsa_mgf1_md(mask.openssl())?;
            }
            Self::Pkcs1 => decrypter.set_rsa_padding(Padding::PKCS1)?,
        }
        let mut content_key = vec![0; decrypter.decrypt_len(wrapped)?];
        let length = decrypter.decrypt(wrapped, &mut content_key)?;
        content_key.truncate(length);
        Ok(content_key)
    }
}

#[cfg(test)]
mod tests;
