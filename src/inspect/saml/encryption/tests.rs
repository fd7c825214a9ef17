//! Decryption against the vectors of Wycheproof.

use super::*;
use crate::tests::wycheproof::{Case, cases, count};

/// EN-18
#[test]
fn rsa_oaep_opens_what_wycheproof_says() {
    for (file, hash, labelled) in [
        ("rsa_oaep_2048_sha1_mgf1sha1", Hash::Sha1, 7),
        ("rsa_oaep_2048_sha256_mgf1sha256", Hash::Sha256, 8),
    ] {
        let transport = Transport::Oaep { hash, mask: hash };
        let cases = cases(file);
        let verdicts = cases.iter().map(|case| {
            let key = PrivateKey::from_pem(case.group["privateKeyPem"].as_str().unwrap()).unwrap();
            let opened = transport.open(&key, &case.bytes("ct")).ok();
            let missing = (!case.bytes("label").is_empty()).then_some("label");
            verdict(case, missing, opened.as_deref())
        });
        let expected = [("invalid", 19), ("label", labelled), ("valid", 10)];
        assert_eq!(count(verdicts), expected.into(), "{file}");
    }
}

/// EN-18
#[test]
fn aes_gcm_opens_what_wycheproof_says() {
    let cases = cases("aes_gcm");
    let verdicts = cases.iter().map(|case| {
        let data = [case.bytes("iv"), case.bytes("ct"), case.bytes("tag")].concat();
        let opened = ContentCipher::Gcm(key_size(case)).open(&case.bytes("key"), &data);
        // XML Encryption has IVs of 96 bits, tags of 128 and nothing beside the content.
        let missing = match (case.size("ivSize"), case.size("tagSize")) {
            (96, 128) => (!case.bytes("aad").is_empty()).then_some("additional data"),
            (96, _) => Some("tag size"),
            _ => Some("IV size"),
        };
        verdict(case, missing, opened.as_deref())
    });
    let expected = [
        ("IV size", 119),
        ("additional data", 52),
        ("invalid", 81),
        ("valid", 64),
    ];
    assert_eq!(count(verdicts), expected.into());
}

/// EN-18
#[test]
fn aes_cbc_opens_what_wycheproof_says() {
    let cases = cases("aes_cbc_pkcs5");
    let verdicts = cases.iter().map(|case| {
        let data = [case.bytes("iv"), case.bytes("ct")].concat();
        let opened = ContentCipher::Cbc(key_size(case)).open(&case.bytes("key"), &data);
        match opened {
            // In XML Encryption the padding may be anything before its last byte, in PKCS#5 it may not.
            Some(plain) if case.test["flags"][0] == "BadPadding" => {
                let padding = case.bytes("ct").len() - plain.len();
                assert!((1..=16).contains(&padding), "{}", case.test);
                "padding of XML Encryption"
            }
            opened => verdict(case, None, opened.as_deref()),
        }
    });
    let expected = [("invalid", 99), ("padding of XML Encryption", 45), ("valid", 72)];
    assert_eq!(count(verdicts), expected.into());
}

/// The result of the file, or the parameter that is not offered: then the case stays closed as well.
fn verdict(case: &Case, missing: Option<&'static str>, opened: Option<&[u8]>) -> &'static str {
    let valid = case.is_valid() && missing.is_none();
    assert_eq!(
        opened,
        valid.then(|| case.bytes("msg")).as_deref(),
        "{}",
        case.test
    );
    missing.unwrap_or(if valid { "valid" } else { "invalid" })
}

fn key_size(case: &Case) -> KeySize {
    match case.size("keySize") {
        128 => KeySize::Bits128,
        192 => KeySize::Bits192,
        256 => KeySize::Bits256,
        bits => panic!("AES with {bits} bits"),
    }
}
