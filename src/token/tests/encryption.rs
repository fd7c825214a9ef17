//! Encrypted access tokens, each opened by another library.

use super::*;
use crate::algorithm::Digest;
use crate::keys::tests::second_rsa::SecondRsa;
use crate::keys::tests::{random, randomness};
use crate::keys::{PrivateKey, PublicKey};
use crate::tenant::{ResourceServer, Setting, TokenEncryption};
use crate::token::jwe::encrypt;
use josekit::jwe::{self, ECDH_ES, JweDecrypter, RSA_OAEP, RSA_OAEP_256, RSA_OAEP_384, RSA_OAEP_512};
use openssl::bn::{BigNum, BigNumContext};
use openssl::ec::{EcGroup, EcKey, EcPoint};
use openssl::nid::Nid;
use openssl::pkey::PKey;
use openssl::symm::{Cipher, decrypt_aead};
use proptest::prelude::*;

fn encryption_of(api: &ResourceServer) -> &TokenEncryption {
    api.token_encryption.as_ref().unwrap().value().unwrap()
}

fn encrypted(key: &PublicKey, settings: Value) -> Login {
    let pem = String::from_utf8(key.pkey().public_key_to_pem().unwrap()).unwrap();
    let mut settings = settings;
    settings["pem"] = json!(pem);
    login().api(|api| {
        api.token_dialect = Some("rfc9068_profile".into());
        let settings = json!({"format": "compact-nested-jwe", "encryption_key": settings});
        api.token_encryption = Some(Setting::new(settings));
    })
}

#[test]
fn an_encrypted_access_token_opens_with_the_apis_key_and_verifies_inside() {
    let rsa = ring().current.key();
    let ec = ring().ec.as_ref().unwrap().key();
    let pem = |key: &PrivateKey| key.pkey().private_key_to_pem_pkcs8().unwrap();
    let cases: [(&str, &PrivateKey, Box<dyn JweDecrypter>); 5] = [
        (
            "RSA-OAEP-256",
            rsa,
            Box::new(RSA_OAEP_256.decrypter_from_pem(pem(rsa)).unwrap()),
        ),
        (
            "RSA-OAEP-384",
            rsa,
            Box::new(RSA_OAEP_384.decrypter_from_pem(pem(rsa)).unwrap()),
        ),
        (
            "RSA-OAEP-512",
            rsa,
            Box::new(RSA_OAEP_512.decrypter_from_pem(pem(rsa)).unwrap()),
        ),
        (
            "RSA-OAEP",
            rsa,
            Box::new(RSA_OAEP.decrypter_from_pem(pem(rsa)).unwrap()),
        ),
        (
            "ECDH-ES",
            ec,
            Box::new(ECDH_ES.decrypter_from_pem(pem(ec)).unwrap()),
        ),
    ];
    for (alg, key, decrypter) in cases {
        let login = encrypted(&key.public_key(), json!({"alg": alg, "kid": "enc-1"}));
        for (seed, repeats) in [(Some("login"), true), (None, false)] {
            let issued = login.issue_with(&mut *random(seed));
            let Some(AccessToken::Encrypted { jwe, inside: signed }) = &issued.tokens.access_token else {
                panic!("{alg}: not encrypted");
            };
            let header = decode(jwe.split('.').next().unwrap());
            assert_eq!(header["alg"], alg);
            assert_eq!(
                (&header["enc"], &header["typ"], &header["cty"], &header["kid"]),
                (
                    &json!("A256GCM"),
                    &json!("at+jwt"),
                    &json!("JWT"),
                    &json!("enc-1")
                )
            );
            let (inside, _) = jwe::deserialize_compact(jwe, decrypter.as_ref()).expect(alg);
            let (header, payload) = verify(std::str::from_utf8(&inside).unwrap());
            assert_eq!(header["typ"], "at+jwt");
            assert_eq!(std::str::from_utf8(&inside).unwrap(), signed.jwt, "{alg}");
            assert_eq!(payload, Value::from(signed.claims.clone()), "{alg}");
            let again = login.issue_with(&mut *random(seed)).tokens.access_token.unwrap();
            assert_eq!(again.as_str() == jwe, repeats, "{alg}: a seed decides the bytes");
        }
    }
}

#[test]
fn the_default_key_algorithm_fits_the_key() {
    let cases = [
        (ring().current.key(), "RSA-OAEP-256"),
        (ring().ec.as_ref().unwrap().key(), "ECDH-ES"),
    ];
    for (key, alg) in cases {
        let issued = encrypted(&key.public_key(), json!({})).issue();
        let token = issued.tokens.access_token.unwrap();
        assert_eq!(decode(token.as_str().split('.').next().unwrap())["alg"], alg);
    }
}

#[test]
fn content_keys_differ_between_tokens() {
    let key = ring().current.key().public_key();
    let login = encrypted(&key, json!({}));
    let api = login.api.as_ref().unwrap();
    let encryption = encryption_of(api);
    let mut random = SeededRandom::new("stream");
    let parts: HashSet<String> = (0..10)
        .flat_map(|_| {
            let jwe = encrypt(encryption, "a.b.c", "JWT", &mut random).unwrap();
            jwe.split('.')
                .skip(1)
                .take(2)
                .map(str::to_owned)
                .collect::<Vec<_>>()
        })
        .collect();
    assert_eq!(parts.len(), 20, "encrypted keys and IVs");
}

/// What `--seed` promises, from one version to the next: with the key of RFC 6979 appendix A.2.5.
#[test]
fn a_seed_gives_the_bytes_that_it_always_gave() {
    let scalar =
        BigNum::from_hex_str("C9AFA9D845BA75166B5C215767B1D6934E50C3DB36E89B127B8A622B120F6721").unwrap();
    let group = EcGroup::from_curve_name(Nid::X9_62_PRIME256V1).unwrap();
    let mut point = EcPoint::new(&group).unwrap();
    let mut context = BigNumContext::new().unwrap();
    point.mul_generator2(&group, &scalar, &mut context).unwrap();
    let key = EcKey::from_private_components(&group, &scalar, &point).unwrap();
    let key = PrivateKey::from_pkey(PKey::from_ec_key(key).unwrap());
    let login = encrypted(&key.public_key(), json!({"kid": "enc-1"}));
    let encryption = encryption_of(login.api.as_ref().unwrap());
    let jwe = encrypt(encryption, "a.b.c", "JWT", &mut SeededRandom::new("pinned"));
    assert_eq!(
        jwe.unwrap(),
        "eyJhbGciOiJFQ0RILUVTIiwiZW5jIjoiQTI1NkdDTSIsInR5cCI6IkpXVCIsImN0eSI6IkpXVCIsImtpZCI6ImVuYy0xIiwiZXBrIjp7Imt\
         0eSI6IkVDIiwiY3J2IjoiUC0yNTYiLCJ4IjoibjF2T2lsM0RwdjNsU0NxbnFBRzJnSktUdTdTa1QzUVFsNy1DNjlLdnZaTSIsInkiOiJrX21\
         DU1RHSUVqNDUwRXpfNG53dW5zbnhQLWZtM0pDWHg1cEdOY0M1eXM4In19..EYYE8Tc-oYQUDgDs.9L1BOaM._TyTankHqKxgMBg4Xq20Ag"
    );
}

#[test]
fn encryption_that_cannot_be_done_is_refused_and_nothing_goes_out_in_the_clear() {
    let rsa = ring().current.key().public_key();
    let short = openssl::rsa::Rsa::generate(1024)
        .and_then(PKey::from_rsa)
        .map(PrivateKey::from_pkey)
        .unwrap();
    let bare = |settings: Value| login().api(|api| api.token_encryption = Some(Setting::new(settings)));
    let cases = vec![
        (bare(json!({})), "'encryption_key.pem' is missing"),
        (bare(json!("yes")), "'encryption_key.pem' is missing"),
        (
            bare(json!({"format": "jwe"})),
            "'format' must be 'compact-nested-jwe'",
        ),
        (
            bare(json!({"encryption_key": {"pem": "canary"}})),
            "expected a PEM public key",
        ),
        (
            encrypted(&rsa, json!({"alg": "RSA1_5"})),
            "'encryption_key.alg' must be RSA-OAEP-256",
        ),
        (
            encrypted(&rsa, json!({"alg": "ECDH-ES"})),
            "must be an EC key on P-256",
        ),
        (encrypted(&short.public_key(), json!({})), "at least 2048 bits"),
    ];
    for (login, said) in cases {
        let text = login.refused();
        assert!(text.contains(said), "{text}");
        assert!(text.contains("API 'https://api.example.com'"), "{text}");
        assert!(!text.contains("canary"), "{text}");
    }
    let absent = bare(Value::Null).issue();
    assert!(matches!(absent.tokens.access_token, Some(AccessToken::Jwt(_))));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn a_second_implementation_of_rsa_opens_the_content_key(
        (alg, digest) in proptest::sample::select(vec![
            ("RSA-OAEP", Digest::Sha1),
            ("RSA-OAEP-256", Digest::Sha256),
            ("RSA-OAEP-384", Digest::Sha384),
            ("RSA-OAEP-512", Digest::Sha512),
        ]),
        jwt in "\\PC{1,40}",
        seed in randomness(),
    ) {
        let key = ring().current.key();
        let login = encrypted(&key.public_key(), json!({"alg": alg}));
        let encryption = encryption_of(login.api.as_ref().unwrap());
        let jwe = encrypt(encryption, &jwt, "JWT", &mut *random(seed.as_deref())).unwrap();
        let (protected, parts) = jwe.split_once('.').unwrap();
        let parts: Vec<_> = parts.split('.').map(|part| URL_SAFE_NO_PAD.decode(part).unwrap()).collect();
        let [encrypted_key, iv, content, tag] = parts.as_slice() else {
            panic!("not a compact JWE: {jwe}");
        };
        let content_key = SecondRsa::of(key).opens(encrypted_key, digest).unwrap();
        let cipher = Cipher::aes_256_gcm();
        let opened = decrypt_aead(cipher, &content_key, Some(iv), protected.as_bytes(), content, tag).unwrap();
        prop_assert_eq!(opened, jwt.as_bytes());
    }
}
