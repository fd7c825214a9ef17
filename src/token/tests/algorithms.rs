//! Signatures and published keys, each checked by another library.

use super::*;
use crate::keys::tests::second_rsa::{Scheme, SecondRsa};
use crate::keys::tests::{random, randomness};
use proptest::prelude::*;

const PAIR_ALGORITHMS: [&str; 6] = ["RS256", "RS384", "RS512", "PS256", "ES256", "EdDSA"];

fn signed_with(alg: &str) -> Login {
    login()
        .with(|login| login.client.jwt_configuration.alg = Some(alg.into()))
        .api(|api| {
            api.signing_alg = Some(alg.into());
            api.signing_secret = Some("an API secret that is long enough, 4711".to_owned().into());
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
            login.client.client_secret = Some(secret.into());
            login.client.jwt_configuration.secret_encoded = Some(true);
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
    let empty_secret = signed_with("HS256").api(|api| api.signing_secret = Some(String::new().into()));
    let unknown = |alg: &str| login().api(|api| api.signing_alg = Some(alg.into()));
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
        Some(&"ES256".into()),
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
        .with(|login| login.client.client_secret = Some("canary".to_owned().into()))
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

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn a_second_implementation_of_rsa_verifies_both_tokens(
        (algorithm, scheme) in proptest::sample::select(&Scheme::OF_TOKENS[..]),
        value in "\\PC{0,12}",
        seed in randomness(),
    ) {
        let login = signed_with(algorithm.name()).claim("https://example.com/x", json!(value));
        let tokens = login.issue_with(&mut *random(seed.as_deref())).tokens;
        let second = SecondRsa::of(ring().current.key());
        for jwt in [&tokens.id_token.unwrap().jwt, tokens.access_token.unwrap().as_str()] {
            let (signed, signature) = jwt.rsplit_once('.').unwrap();
            let signature = URL_SAFE_NO_PAD.decode(signature).unwrap();
            prop_assert!(second.verifies(signed.as_bytes(), &signature, scheme));
        }
    }
}
