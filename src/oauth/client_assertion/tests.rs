use super::*;
use crate::keys::ring_for_tests;
use crate::time::at_ms;
use josekit::jws::{JwsHeader, JwsSigner};
use josekit::jwt::JwtPayload;
use serde_json::json;

const NOW: i64 = 1_800_000_000;
const URL: &str = "https://id.example/";

fn pem() -> String {
    let key = ring_for_tests().current.certificate().public_key();
    String::from_utf8(key.pkey().public_key_to_pem().unwrap()).unwrap()
}

fn client(credential: &Value) -> Client {
    serde_json::from_value(json!({
        "name": "a", "client_id": "a",
        "client_authentication_methods": {"private_key_jwt": {"credentials": [credential]}},
    }))
    .unwrap()
}

fn claims() -> Value {
    json!({"iss": "a", "sub": "a", "aud": URL, "jti": "1", "iat": NOW, "exp": NOW + 60})
}

fn signer(alg: &str) -> Box<dyn JwsSigner> {
    let key = ring_for_tests()
        .current
        .key()
        .pkey()
        .private_key_to_der()
        .unwrap();
    match alg {
        "PS256" => Box::new(PS256.signer_from_der(&key).unwrap()),
        "RS384" => Box::new(RS384.signer_from_der(&key).unwrap()),
        _ => Box::new(RS256.signer_from_der(&key).unwrap()),
    }
}

fn signed(claims: &Value, alg: &str, kid: Option<&str>) -> String {
    let mut header = JwsHeader::new();
    if let Some(kid) = kid {
        header.set_key_id(kid);
    }
    let payload = JwtPayload::from_map(claims.as_object().unwrap().clone()).unwrap();
    jwt::encode_with_signer(&payload, &header, signer(alg).as_ref()).unwrap()
}

fn accepted(assertion: &str, credential: &Value) -> Result<AssertionId, OAuthError> {
    let endpoints = Endpoints::at_url(URL);
    accept(assertion, &client(credential), endpoints, at_ms(NOW * 1_000))
}

#[test]
fn an_assertion_of_the_clients_key_is_accepted_and_counts_until_it_expires() {
    let id = accepted(&signed(&claims(), "RS256", None), &json!({"pem": pem()})).unwrap();
    assert_eq!(id.id, "1");
    assert_eq!(id.until, at_ms((NOW + 60) * 1_000));
    for (alg, credential) in [
        ("PS256", json!({"pem": pem(), "alg": "PS256"})),
        ("RS384", json!({"pem": pem(), "alg": "RS384", "kid": "k"})),
    ] {
        assert!(
            accepted(&signed(&claims(), alg, Some("k")), &credential).is_ok(),
            "{alg}"
        );
    }
    for audience in [
        json!("https://id.example"),
        json!("https://id.example/oauth/token"),
        json!(["https://other.example", URL]),
    ] {
        let mut claims = claims();
        claims["aud"] = audience;
        assert!(accepted(&signed(&claims, "RS256", None), &json!({"pem": pem()})).is_ok());
    }
}

#[test]
fn rfc_7523_what_an_assertion_has_to_say_is_demanded() {
    for (name, value) in [
        ("iss", json!("b")),
        ("iss", Value::Null),
        ("sub", json!("b")),
        ("sub", Value::Null),
        ("aud", json!("https://other.example/")),
        ("aud", json!("https://id.example/authorize")),
        ("aud", json!([])),
        ("aud", Value::Null),
        ("exp", json!(NOW)),
        ("exp", json!(NOW - 1)),
        ("exp", json!(NOW + 361)),
        ("exp", json!("1800000060")),
        ("exp", Value::Null),
        ("iat", json!(NOW + 61)),
        ("nbf", json!(NOW + 61)),
        ("jti", json!("")),
        ("jti", json!("x".repeat(256))),
        ("jti", json!(1)),
        ("jti", Value::Null),
    ] {
        let mut claims = claims();
        if value.is_null() {
            claims.as_object_mut().unwrap().shift_remove(name);
        } else {
            claims[name] = value.clone();
        }
        let refused = accepted_raw(&claims, &json!({"pem": pem()}));
        assert_eq!(refused, Err(ErrorCode::InvalidClient), "{name}: {value}");
    }
}

/// As [`accepted`], signed by hand, so that claims of any type can be signed.
fn accepted_raw(claims: &Value, credential: &Value) -> Result<AssertionId, ErrorCode> {
    let signed = by_hand(&json!({"alg": "RS256"}), &claims.to_string());
    accepted(&signed, credential).map_err(|error| error.code)
}

fn by_hand(header: &Value, claims: &str) -> String {
    let encoded = |text: &str| URL_SAFE_NO_PAD.encode(text);
    let content = format!("{}.{}", encoded(&header.to_string()), encoded(claims));
    let signature = signer("RS256").sign(content.as_bytes()).unwrap();
    format!("{content}.{}", URL_SAFE_NO_PAD.encode(signature))
}

#[test]
fn rfc_8725_the_key_says_by_which_algorithm_and_nothing_else_counts() {
    let rs256 = signed(&claims(), "RS256", None);
    for credential in [
        json!({"pem": pem(), "alg": "PS256"}),
        json!({"pem": pem(), "alg": "RS512"}),
        json!({"pem": pem(), "expires_at": "2020-01-01T00:00:00.000Z"}),
        json!({"pem": pem(), "expires_at": "soon"}),
        json!({"id": "cred_1"}),
    ] {
        assert!(accepted(&rs256, &credential).is_err(), "{credential}");
    }
    let named = signed(&claims(), "RS256", Some("other"));
    assert!(accepted(&named, &json!({"pem": pem(), "kid": "k"})).is_err());
    assert!(accepted(&named, &json!({"pem": pem()})).is_ok());

    let none = format!(
        "{}.{}.",
        URL_SAFE_NO_PAD.encode("{\"alg\":\"none\"}"),
        URL_SAFE_NO_PAD.encode(claims().to_string())
    );
    let hmac = by_hand(&json!({"alg": "HS256"}), &claims().to_string());
    let mut changed = rs256.clone();
    let at = rs256.find('.').unwrap() + 5;
    changed.replace_range(at..=at, if &rs256[at..=at] == "A" { "B" } else { "A" });
    for wrong in [
        none.as_str(),
        &hmac,
        &changed,
        "",
        "a.b.c",
        "..",
        &rs256[..rs256.len() - 4],
    ] {
        assert!(accepted(wrong, &json!({"pem": pem()})).is_err(), "{wrong}");
    }
    let twice = format!("{{\"sub\":\"b\",{}", &claims().to_string()[1..]);
    let twice = by_hand(&json!({"alg": "RS256"}), &twice);
    assert!(accepted(&twice, &json!({"pem": pem()})).is_err());
}
