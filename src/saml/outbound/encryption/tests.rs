use super::*;
use crate::keys::RsaFloor;
use crate::keys::tests::second_rsa::SecondRsa;
use crate::keys::tests::{random, randomness};
use crate::random::SystemRandom;
use crate::saml::SamlAnswer;
use crate::saml::tests::fixture::*;
use crate::saml_setting::SamlSetting;
use crate::tests::wycheproof::{Given, cases, count};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use openssl::rsa::Padding;
use openssl::symm::{decrypt, decrypt_aead};
use proptest::prelude::*;
use std::collections::HashSet;

fn encrypted(algorithm: ContentCipher, pair: &Pair) -> SamlAnswer {
    Login::new()
        .set(SamlSetting::EncryptionCert(pair.certificate()))
        .set(SamlSetting::EncryptionPublicKey(pair.public_key()))
        .set(SamlSetting::EncryptionAlgorithm(algorithm))
        .respond()
        .unwrap()
}

/// The system's randomness, and what was drawn of it.
#[derive(Default)]
struct Noted {
    drawn: Vec<Vec<u8>>,
}

impl Random for Noted {
    fn fill(&mut self, bytes: &mut [u8]) {
        SystemRandom.fill(bytes);
        self.drawn.push(bytes.to_vec());
    }
}

fn value(xml: &str, name: &str) -> Vec<u8> {
    let (_, rest) = xml.split_once(&format!("<{name}>")).unwrap();
    STANDARD.decode(rest.split_once("</").unwrap().0).unwrap()
}

fn decrypted(xml: &str, algorithm: ContentCipher, pair: &Pair) -> String {
    let rsa = pair.pkey.rsa().unwrap();
    let mut key = vec![0; rsa.size() as usize];
    let length = rsa
        .private_decrypt(&value(xml, "e:CipherValue"), &mut key, Padding::PKCS1_OAEP)
        .unwrap();
    content(xml, algorithm, &key[..length])
}

fn content(xml: &str, algorithm: ContentCipher, key: &[u8]) -> String {
    let data = value(xml, "xenc:CipherValue");
    let cipher = algorithm.openssl();
    let (iv, data) = data.split_at(cipher.iv_len().unwrap());
    let plain = if algorithm.is_malleable() {
        decrypt(cipher, key, Some(iv), data)
    } else {
        let (data, tag) = data.split_at(data.len() - GCM_TAG_BYTES);
        decrypt_aead(cipher, key, Some(iv), &[], data, tag)
    };
    String::from_utf8(plain.unwrap()).unwrap()
}

#[test]
fn the_service_provider_reads_the_signed_assertion_and_nobody_else_does() {
    for bits in [2048, 3072, 4096] {
        let pair = Pair::rsa(bits);
        for algorithm in [ContentCipher::Aes256Cbc, ContentCipher::Aes256Gcm] {
            let answer = encrypted(algorithm, &pair);
            let assertion = answer.assertion_xml().unwrap();
            assert_eq!(decrypted(&answer.xml, algorithm, &pair), assertion);
            assert!(assertion.contains("<Signature "));
            assert!(!answer.xml.contains("ann@example.org") && !answer.xml.contains("<saml:Assertion"));
        }
    }
}

/// EN-17
#[test]
#[ignore = "needs xmlsec1: ./test interop runs it"]
fn xmlsec1_agrees_on_every_size_of_key() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str| folder.path().join(name);
    std::fs::write(file("idp.crt"), &tenant().certificate_pem).unwrap();
    for bits in [2048, 3072, 4096] {
        let pair = Pair::rsa(bits);
        std::fs::write(file("sp.key"), &pair.key_pem).unwrap();
        for algorithm in [ContentCipher::Aes256Cbc, ContentCipher::Aes256Gcm] {
            std::fs::write(file("encrypted.xml"), encrypted(algorithm, &pair).xml).unwrap();
            let decrypt = "--decrypt --output plain.xml --privkey-pem sp.key encrypted.xml";
            let verify = "--verify --enabled-reference-uris same-doc --pubkey-cert-pem idp.crt --id-attr:ID \
                          urn:oasis:names:tc:SAML:2.0:assertion:Assertion plain.xml";
            for arguments in [decrypt, verify] {
                let done = std::process::Command::new("xmlsec1")
                    .args(arguments.split_whitespace())
                    .current_dir(&folder)
                    .output()
                    .unwrap();
                assert!(done.status.success(), "{bits} bits, {algorithm:?}: {done:?}");
            }
            let plain = std::fs::read_to_string(file("plain.xml")).unwrap();
            assert!(plain.contains("<saml:Assertion ") && !plain.contains("EncryptedData"));
        }
    }
}

#[test]
fn the_layout_nests_the_key_and_names_every_algorithm() {
    let xml = encrypted(ContentCipher::Aes256Gcm, other()).xml;
    let start = xml.find("<saml:EncryptedAssertion").unwrap();
    let values =
        [value(&xml, "e:CipherValue"), value(&xml, "xenc:CipherValue")].map(|value| STANDARD.encode(value));
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
            let plain = answer.assertion_xml().unwrap().len();
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

/// EN-18
#[test]
fn content_is_encrypted_as_wycheproof_says() {
    use ContentCipher::{Aes128Cbc, Aes128Gcm, Aes256Cbc, Aes256Gcm};
    for (file, ciphers, expected) in [
        (
            "aes_gcm",
            [Aes128Gcm, Aes256Gcm],
            [
                ("IV size", 80),
                ("additional data", 36),
                ("aes192", 103),
                ("invalid", 54),
                ("valid", 43),
            ]
            .as_slice(),
        ),
        (
            "aes_cbc_pkcs5",
            [Aes128Cbc, Aes256Cbc],
            &[("aes192", 72), ("invalid", 96), ("valid", 48)],
        ),
    ] {
        let cases = cases(file);
        let verdicts = cases.iter().map(|case| {
            let cipher = match case.size("keySize") {
                128 => ciphers[0],
                256 => ciphers[1],
                _ => return "aes192",
            };
            if case.size("ivSize") != 8 * cipher.openssl().iv_len().unwrap() as u64 {
                return "IV size";
            }
            if case.test.get("aad").is_some_and(|data| data != "") {
                return "additional data";
            }
            let iv = case.bytes("iv");
            let mut expected = [iv.clone(), case.bytes("ct")].concat();
            if !cipher.is_malleable() {
                expected.extend(case.bytes("tag"));
            }
            let data = encrypt(&case.bytes("msg"), cipher, &case.bytes("key"), &mut Given(iv));
            assert_eq!(data.unwrap() == expected, case.is_valid(), "{}", case.test);
            if case.is_valid() { "valid" } else { "invalid" }
        });
        assert_eq!(count(verdicts), expected.iter().copied().collect(), "{file}");
    }
}

/// EN-16
#[test]
fn no_key_and_no_iv_comes_twice() {
    // A short key for speed: what is drawn does not depend on it.
    let pair = Pair::rsa(1024);
    let public = pair.public_key();
    let (mut keys, mut ivs) = (HashSet::new(), HashSet::new());
    for content in [ContentCipher::Aes256Cbc, ContentCipher::Aes256Gcm] {
        let algorithms = Algorithms {
            content,
            ..Algorithms::default()
        };
        let key = RsaPublicKey::new(&public, RsaFloor::Bits1024).unwrap();
        let encryption = Encryption::new(pair.certificate(), key, &public, algorithms).unwrap();
        for _ in 0..50_000 {
            let mut random = Noted::default();
            let Sealed { data, .. } = encryption.seal("<a></a>", &mut random).unwrap();
            let key = random.drawn.swap_remove(0);
            let iv = data[..content.openssl().iv_len().unwrap()].to_vec();
            // That the key which was drawn is the one which encrypts.
            let sealed = encrypt(b"<a></a>", content, &key, &mut Given(iv.clone())).unwrap();
            assert!(sealed == data && keys.insert(key) && ivs.insert(iv));
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn a_second_implementation_of_rsa_opens_the_content_key(
        cipher in proptest::sample::select(ContentCipher::ALL),
        transport in proptest::sample::select(KeyEncryption::ALL),
        text_of_x in "\\PC{1,12}",
        seed in randomness(),
    ) {
        let mut login = Login::new()
            .addon(serde_json::json!({
                "encryptionCert": other().certificate_pem, "encryptionPublicKey": other().public_pem,
                "encryptionAlgorithm": cipher.name(), "keyEncryptionAlgorithm": transport.name()
            }))
            .attribute("x", &[text(&text_of_x)]);
        let answer = login.respond_with(&mut *random(seed.as_deref())).unwrap();
        let encrypted_key = value(&answer.xml, "e:CipherValue");
        let key = SecondRsa::of(&other().key()).opens(&encrypted_key, transport.digest()).unwrap();
        let assertion = content(&answer.xml, cipher, &key);
        prop_assert_eq!(Some(assertion.as_str()), answer.assertion_xml());
    }
}
