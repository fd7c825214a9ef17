use super::*;
use crate::keys::ring_for_tests;
use josekit::jws::{JwsHeader, RS256};
use josekit::jwt::{self, JwtPayload};
use serde_json::{Value, json};
use url::form_urlencoded::Serializer;

const URL: &str = "https://id.example/";

fn tenant() -> Tenant {
    let clients = json!([
        {"name": "Web", "client_id": "web", "allowed_logout_urls": [
            "https://web.example/out", "https://*.shops.example/out?x=1", "javascript:alert(1)"]},
        {"name": "Other", "client_id": "other", "allowed_logout_urls": ["https://other.example/"]},
    ]);
    Tenant {
        clients: serde_json::from_value(clients).unwrap(),
        settings: serde_json::from_value(json!({"allowed_logout_urls": ["https://tenant.example/bye"]}))
            .unwrap(),
        ..Tenant::default()
    }
}

/// An ID token that expired long ago, with these claims in the place of its own.
fn hint(more: &Value) -> String {
    let mut claims = json!({"iss": URL, "sub": "auth0|1", "aud": "web", "sid": "s1", "iat": 1, "exp": 2});
    for (name, value) in more.as_object().unwrap() {
        claims[name] = value.clone();
    }
    let ring = ring_for_tests();
    let signer = RS256
        .signer_from_der(ring.current.key().pkey().private_key_to_der().unwrap())
        .unwrap();
    let mut header = JwsHeader::new();
    header.set_key_id(ring.current.kid());
    let payload = JwtPayload::from_map(claims.as_object().unwrap().clone()).unwrap();
    jwt::encode_with_signer(&payload, &header, &signer).unwrap()
}

fn parameters(fields: &[(&str, &str)]) -> Parameters {
    let form = Serializer::new(String::new()).extend_pairs(fields).finish();
    Parameters::of_form(form.as_bytes()).unwrap()
}

fn accepted(fields: &[(&str, &str)]) -> Result<LogoutRequest, ErrorCode> {
    LogoutRequest::accept(&parameters(fields), &tenant(), ring_for_tests(), URL).map_err(|error| error.code)
}

fn asks(fields: &[(&str, &str)], id: &str, user_id: &str) -> Asked {
    accepted(fields)
        .unwrap()
        .asks(Some(SessionInBrowser { id, user_id }))
}

const OUT: (&str, &str) = ("post_logout_redirect_uri", "https://web.example/out");

#[test]
fn an_application_that_names_its_session_gets_its_user_back() {
    let hint = hint(&json!({}));
    let named = [("id_token_hint", &*hint), OUT, ("state", "a b&c")];
    let request = accepted(&named).unwrap();
    assert_eq!(
        request.redirect.as_deref(),
        Some("https://web.example/out?state=a+b%26c")
    );
    assert_eq!(asks(&named, "s1", "auth0|2"), Asked::Not);
    assert_eq!(asks(&named, "s2", "auth0|1"), Asked::Not);
    assert_eq!(asks(&named, "s2", "auth0|2"), Asked::First);
    assert_eq!(accepted(&named).unwrap().asks(None), Asked::Not);
    let by_session = [("logout_hint", "s1"), ("client_id", "web"), OUT];
    assert_eq!(asks(&by_session, "s1", "auth0|1"), Asked::Not);
    assert_eq!(asks(&by_session, "s2", "auth0|1"), Asked::First);
}

#[test]
fn op_24_without_a_hint_the_user_is_asked() {
    for fields in [
        &[][..],
        &[("state", "s")],
        &[("client_id", "web")],
        &[("client_id", "web"), OUT],
        &[("logout_hint", "ada@example.org")],
    ] {
        assert_eq!(asks(fields, "s1", "auth0|1"), Asked::First, "{fields:?}");
    }
    let star = [
        ("client_id", "web"),
        ("post_logout_redirect_uri", "https://a.shops.example/out?x=1"),
        ("state", "s"),
    ];
    let redirect = accepted(&star).unwrap().redirect;
    assert_eq!(
        redirect.as_deref(),
        Some("https://a.shops.example/out?x=1&state=s")
    );
}

#[test]
fn op_24_nobody_is_sent_to_a_url_that_is_not_registered() {
    let good = hint(&json!({}));
    let mut altered = good.clone();
    altered.replace_range(..1, "f");
    let none = {
        let (_, rest) = good.split_once('.').unwrap();
        let (payload, _) = rest.split_once('.').unwrap();
        format!("eyJhbGciOiJub25lIn0.{payload}.")
    };
    let foreign = hint(&json!({"iss": "https://other.example/"}));
    let of_nobody = hint(&json!({"aud": "nobody"}));
    let access_token = hint(&json!({"aud": ["https://api.example"]}));
    let to = |url: &'static str| ("post_logout_redirect_uri", url);
    for fields in [
        &[("id_token_hint", &*good), to("https://web.example/out?foo=bar")][..],
        &[("id_token_hint", &good), to("https://web.example/out/")],
        &[("id_token_hint", &good), to("https://other.example/")],
        &[("id_token_hint", &good), to("javascript:alert(1)")],
        &[
            ("id_token_hint", &good),
            ("client_id", "other"),
            to("https://other.example/"),
        ],
        &[("id_token_hint", &altered), OUT],
        &[("id_token_hint", &none), OUT],
        &[("id_token_hint", &foreign), OUT],
        &[("id_token_hint", &of_nobody), OUT],
        &[("id_token_hint", &access_token), OUT],
        &[("id_token_hint", "x"), OUT],
        &[("client_id", "nobody"), OUT],
        &[OUT],
        &[("state", "a"), ("state", "b")],
    ] {
        assert_eq!(accepted(fields), Err(ErrorCode::InvalidRequest), "{fields:?}");
    }
}

#[test]
fn the_older_form_goes_to_urls_of_the_client_or_else_of_the_tenant() {
    let to = |fields: &[(&str, &str)]| return_to(&parameters(fields), &tenant()).map_err(|error| error.code);
    for (fields, url) in [
        (&[][..], "https://tenant.example/bye"),
        (&[("client_id", "web")], "https://web.example/out"),
        (
            &[("returnTo", "https://tenant.example/bye?a=1")],
            "https://tenant.example/bye?a=1",
        ),
        (
            &[
                ("client_id", "web"),
                ("returnTo", "https://web.example/out?from=app"),
            ],
            "https://web.example/out?from=app",
        ),
    ] {
        assert_eq!(to(fields), Ok(Some(url.to_owned())), "{fields:?}");
    }
    for fields in [
        &[("returnTo", "https://web.example/out")][..],
        &[("client_id", "web"), ("returnTo", "https://tenant.example/bye")],
        &[("client_id", "web"), ("returnTo", "https://web.example/out#x")],
        &[
            ("client_id", "web"),
            ("returnTo", "https://web.example@evil.example/out"),
        ],
        &[("client_id", "web"), ("returnTo", "javascript:alert(1)")],
        &[("client_id", "web"), ("returnTo", "//web.example/out")],
        &[("client_id", "nobody")],
    ] {
        assert_eq!(to(fields), Err(ErrorCode::InvalidRequest), "{fields:?}");
    }
}
