//! Signatures, encryption and published keys, each checked by another library.

use super::*;
use crate::keys::PublicKey;
use crate::random::Random;
use josekit::jwe::{self, ECDH_ES, JweDecrypter, RSA_OAEP, RSA_OAEP_256, RSA_OAEP_384, RSA_OAEP_512};

const PAIR_ALGORITHMS: [&str; 6] = ["RS256", "RS384", "RS512", "PS256", "ES256", "EdDSA"];

fn signed_with(alg: &str) -> Login {
    login()
        .with(|login| login.client.jwt_configuration.alg = Some(alg.to_owned()))
        .api(|api| {
            api.signing_alg = Some(alg.to_owned());
            api.signing_secret = Some("an API secret that is long enough, 4711".to_owned());
        })
}

#[test]
fn every_algorithm_verifies_with_the_published_key() {
    for alg in PAIR_ALGORITHMS {
        let issued = signed_with(alg).issue();
        let (header, payload) = verify(&issued.tokens.id_token.as_ref().unwrap().jwt);
        assert_eq!(header["alg"], alg);
        assert_eq!(&payload, &Value::from(issued.id().clone()));
        let (header, _) = verify(issued.tokens.access_token.as_ref().unwrap().as_str());
        assert_eq!(header["alg"], alg);
    }
}

#[test]
fn hs256_takes_the_clients_and_the_apis_own_secret() {
    let issued = signed_with("HS256").issue();
    assert!(issued.trace.warnings.is_empty());
    let check = |jwt: &str, secret: &str| {
        let verifier = HS256.verifier_from_bytes(secret).unwrap();
        jws::deserialize_compact(jwt, &verifier).is_ok()
    };
    let id_token = &issued.tokens.id_token.as_ref().unwrap().jwt;
    assert_eq!(
        decode(id_token.split('.').next().unwrap()),
        json!({"alg": "HS256", "typ": "JWT"})
    );
    assert!(check(id_token, SECRET));
    assert!(!check(id_token, "an API secret that is long enough, 4711"));
    let access_token = issued.tokens.access_token.as_ref().unwrap().as_str();
    assert!(check(access_token, "an API secret that is long enough, 4711"));
}

#[test]
fn an_encoded_client_secret_is_decoded() {
    let bytes = [0xfb; 33];
    let encoded = |secret: String| {
        signed_with("HS256").with(|login| {
            login.client.client_secret = Some(secret);
            let configuration = &mut login.client.jwt_configuration;
            configuration
                .extra
                .insert("secret_encoded".to_owned(), json!(true));
        })
    };
    for engine in [
        base64::engine::general_purpose::STANDARD,
        base64::engine::general_purpose::URL_SAFE,
    ] {
        let issued = encoded(engine.encode(bytes)).issue();
        let verifier = HS256.verifier_from_bytes(bytes).unwrap();
        jws::deserialize_compact(&issued.tokens.id_token.unwrap().jwt, &verifier).unwrap();
    }
    let text = encoded("canary !".to_owned()).refused();
    assert!(
        text.contains("'client_secret' of the client 'web' is not base64"),
        "{text}"
    );
    assert!(!text.contains("canary"));
}

#[test]
fn what_cannot_be_signed_is_refused_with_the_setting_to_change() {
    let no_secret = signed_with("HS256").with(|login| login.client.client_secret = None);
    let empty_secret = signed_with("HS256").api(|api| api.signing_secret = Some(String::new()));
    let unknown = |alg: &str| login().api(|api| api.signing_alg = Some(alg.to_owned()));
    let cases = vec![
        (no_secret, "set 'client_secret' of the client 'web'"),
        (
            empty_secret,
            "set 'signing_secret' of the API 'https://api.example.com'",
        ),
        (
            unknown("none"),
            "'signing_alg' of the API 'https://api.example.com' is 'none'; known are RS256",
        ),
        (unknown("rs256"), "is 'rs256'; known are"),
        (unknown(""), "is ''; known are"),
    ];
    for (login, said) in cases {
        let text = login.refused();
        assert!(text.contains(said), "{text}");
    }
    let ring = KeyRing {
        ec: None,
        ..ring().clone()
    };
    let error = super::super::jws::JwsKey::choose(
        Some("ES256"),
        None,
        super::super::jws::Owner::Client("web"),
        &ring,
        &mut Trace::default(),
    );
    let text = error.err().unwrap().to_string();
    assert!(text.contains("name one with 'ec' in [keys]"), "{text}");
}

#[test]
fn a_secret_that_can_be_guessed_is_warned_about_without_showing_it() {
    let issued = signed_with("HS256")
        .with(|login| login.client.client_secret = Some("canary".to_owned()))
        .issue();
    assert_eq!(issued.trace.warnings.len(), 1);
    assert_eq!(issued.trace.warnings[0].code, "short_secret");
    assert!(!issued.trace.warnings[0].message.contains("canary"));
}

#[test]
fn the_jwks_lists_every_key_with_public_members_alone() {
    let ring = KeyRing {
        next: Some(ring().current.clone()),
        ..ring().clone()
    };
    let keys = jwks(&ring);
    let keys = keys["keys"].as_array().unwrap();
    for key in keys {
        let members = key.as_object().unwrap();
        for private in ["d", "p", "q", "dp", "dq", "qi", "oth", "k"] {
            assert!(!members.contains_key(private), "{key}");
        }
        for member in ["kty", "use", "alg", "kid"] {
            assert!(members[member].is_string(), "{key}");
        }
    }
    let ids: HashSet<&str> = keys.iter().filter_map(|key| key["kid"].as_str()).collect();
    assert_eq!(ids.len(), keys.len(), "one key id, one entry");
    let rsa = &keys[0];
    assert_eq!(
        (&rsa["alg"], &rsa["kid"]),
        (&json!("RS256"), &json!(ring.current.kid()))
    );
    assert_eq!(rsa["x5c"], json!([ring.current.certificate().base64()]));
    assert_eq!(rsa["e"], "AQAB");
}

fn encrypted(key: &PublicKey, settings: Value) -> Login {
    let pem = String::from_utf8(key.pkey().public_key_to_pem().unwrap()).unwrap();
    let mut settings = settings;
    settings["pem"] = json!(pem);
    login().api(|api| {
        api.token_dialect = Some("rfc9068_profile".to_owned());
        api.token_encryption = Some(json!({"format": "compact-nested-jwe", "encryption_key": settings}));
    })
}

#[test]
fn an_encrypted_access_token_opens_with_the_apis_key_and_verifies_inside() {
    let rsa = ring().current.key();
    let ec = ring().ec.as_ref().unwrap().key();
    let pem = |key: &crate::keys::PrivateKey| key.pkey().private_key_to_pem_pkcs8().unwrap();
    let cases: [(&str, &crate::keys::PrivateKey, Box<dyn JweDecrypter>); 5] = [
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
        let issued = login.issue();
        let Some(AccessToken::Encrypted { jwe, claims }) = &issued.tokens.access_token else {
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
        assert_eq!(payload, Value::from(claims.clone()), "{alg}");
        let again = login.issue();
        assert_eq!(
            again.tokens.access_token.unwrap().as_str(),
            jwe,
            "{alg}: the seed decides the bytes"
        );
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
    let encryption = super::super::jwe::Encryption::of(api).unwrap().unwrap();
    let mut random = SeededRandom::new("stream");
    let parts: HashSet<String> = (0..10)
        .flat_map(|_| {
            let jwe = encryption
                .encrypt("a.b.c", "JWT", &mut random as &mut dyn Random)
                .unwrap();
            jwe.split('.')
                .skip(1)
                .take(2)
                .map(str::to_owned)
                .collect::<Vec<_>>()
        })
        .collect();
    assert_eq!(parts.len(), 20, "encrypted keys and IVs");
}

#[test]
fn encryption_that_cannot_be_done_is_refused_and_nothing_goes_out_in_the_clear() {
    let rsa = ring().current.key().public_key();
    let short = openssl::rsa::Rsa::generate(1024)
        .and_then(openssl::pkey::PKey::from_rsa)
        .map(crate::keys::PrivateKey::from_pkey)
        .unwrap();
    let bare = |settings: Value| login().api(|api| api.token_encryption = Some(settings));
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
