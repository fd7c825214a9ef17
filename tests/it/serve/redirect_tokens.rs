//! The token with which another site sends a user back to `/continue`: RT-05 to RT-11.

use super::browser::Browser;
use super::redirects::{away, logged_in, served, told};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::Utc;
use openssl::hash::MessageDigest;
use openssl::pkey::PKey;
use openssl::sign::Signer;
use serde_json::{Value, json};

/// What the other site knows, too.
const SHARED: &str = "the secret that the other site knows, too";

/// A token of the other site.
fn signed(header: &Value, claims: &Value, secret: &str) -> String {
    let digest = match header["alg"].as_str() {
        Some("HS384") => MessageDigest::sha384(),
        Some("HS512") => MessageDigest::sha512(),
        _ => MessageDigest::sha256(),
    };
    let parts = [header, claims]
        .map(|part| URL_SAFE_NO_PAD.encode(part.to_string()))
        .join(".");
    let key = PKey::hmac(secret.as_bytes()).unwrap();
    let signature = Signer::new(digest, &key)
        .unwrap()
        .sign_oneshot_to_vec(parts.as_bytes());
    format!("{parts}.{}", URL_SAFE_NO_PAD.encode(signature.unwrap()))
}

/// RT-05 to RT-09: header, what differs from the right claims (`null` is absent, times are counted from now), how the
/// signature differs, and what the Action is told.
const TOKENS: &[(&str, &str, &str, Spoilt, &str)] = &[
    (
        "RT-05",
        r#"{"alg": "none"}"#,
        "{}",
        Spoilt::Removed,
        "algorithm not allowed",
    ),
    (
        "RT-05",
        r#"{"alg": "HS384"}"#,
        "{}",
        Spoilt::Not,
        "algorithm not allowed",
    ),
    (
        "RT-05",
        r#"{"alg": "HS512"}"#,
        "{}",
        Spoilt::Not,
        "algorithm not allowed",
    ),
    (
        "RT-05",
        r#"{"alg": "RS256"}"#,
        "{}",
        Spoilt::Not,
        "algorithm not allowed",
    ),
    (
        "RT-05",
        r#"{"alg": "hs256"}"#,
        "{}",
        Spoilt::Not,
        "algorithm not allowed",
    ),
    (
        "RT-06",
        HS256,
        "{}",
        Spoilt::ByAnother,
        "signature verification failed",
    ),
    (
        "RT-06",
        HS256,
        "{}",
        Spoilt::Flipped,
        "signature verification failed",
    ),
    (
        "RT-06",
        HS256,
        "{}",
        Spoilt::Removed,
        "signature verification failed",
    ),
    ("RT-07", HS256, r#"{"exp": -1}"#, Spoilt::Not, "expired"),
    ("RT-07", HS256, r#"{"exp": 0}"#, Spoilt::Not, "expired"),
    ("RT-07", HS256, r#"{"exp": null}"#, Spoilt::Not, "standard claims"),
    (
        "RT-08",
        HS256,
        r#"{"state": null}"#,
        Spoilt::Not,
        "state in the token does not match",
    ),
    (
        "RT-08",
        HS256,
        r#"{"state": "x"}"#,
        Spoilt::Not,
        "state in the token does not match",
    ),
    (
        "RT-08",
        HS256,
        r#"{"state": "another"}"#,
        Spoilt::Not,
        "state in the token does not match",
    ),
    (
        "RT-09",
        HS256,
        r#"{"sub": "auth0|2"}"#,
        Spoilt::Not,
        "standard claims",
    ),
    ("RT-09", HS256, r#"{"sub": null}"#, Spoilt::Not, "standard claims"),
    ("RT-09", HS256, r#"{"iss": null}"#, Spoilt::Not, "standard claims"),
    ("RT-09", HS256, r#"{"iat": null}"#, Spoilt::Not, "standard claims"),
];

const HS256: &str = r#"{"alg": "HS256", "typ": "JWT"}"#;

/// How a signature is not what it should be.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Spoilt {
    ByAnother,
    Flipped,
    Not,
    Removed,
}

/// The token that the other site gives for a login, but for what differs.
fn token(header: &str, state: &str, differs: &Value, spoilt: Spoilt) -> String {
    let now = Utc::now().timestamp();
    let mut claims = json!({"iss": "other", "sub": "auth0|1", "iat": now, "exp": now + 60, "state": state});
    for (name, value) in differs.as_object().unwrap() {
        match value.as_i64() {
            Some(seconds) => claims[name] = (now + seconds).into(),
            None if value.is_null() => drop(claims.as_object_mut().unwrap().remove(name)),
            None => claims[name] = value.clone(),
        }
    }
    let secret = match spoilt {
        Spoilt::ByAnother => "another secret, which is long enough, too",
        Spoilt::Flipped | Spoilt::Not | Spoilt::Removed => SHARED,
    };
    let whole = signed(&serde_json::from_str(header).unwrap(), &claims, secret);
    let (content, signature) = whole.rsplit_once('.').unwrap();
    match spoilt {
        Spoilt::Removed => format!("{content}."),
        Spoilt::Flipped => {
            let first = if signature.starts_with('A') { 'B' } else { 'A' };
            format!("{content}.{first}{}", &signature[1..])
        }
        Spoilt::ByAnother | Spoilt::Not => whole,
    }
}

#[test]
fn a_token_that_comes_back_counts_only_as_it_was_meant() {
    let server = served();
    let browser = &mut logged_in(&server);
    let another = away(&server, browser);
    for (row, header, differs, spoilt, reason) in TOKENS {
        let state = away(&server, browser);
        let differs = serde_json::from_str(&differs.replace("another", &another)).unwrap();
        let token = token(header, &state, &differs, *spoilt);
        let url = format!("{}continue?state={state}&session_token={token}", server.url);
        let told = told(&server, &browser.get(&url));
        let text = told.as_str().unwrap_or_else(|| panic!("{row} {differs}: {told}"));
        assert!(
            text.contains("validateToken") && text.contains(reason),
            "{row} {differs}: {text}"
        );
    }
}

/// RT-10, RT-11: query, form, and what the Action is told, where it is told something. `$T` is the right token, `$S` the
/// state.
const PLACES: &[(&str, Option<&str>, Option<&str>)] = &[
    ("state=$S&session_token=$T", None, None),
    ("", Some("state=$S&session_token=$T"), None),
    ("state=$S", Some("session_token=$T"), None),
    ("state=$S", Some("state=$S&session_token=$T"), None),
    ("state=$S", None, Some("no parameter 'session_token'")),
    (
        "state=$S&session_token=",
        None,
        Some("no parameter 'session_token'"),
    ),
    (
        "state=$S&session_token=$T&session_token=$T",
        None,
        Some("sent more than once"),
    ),
    (
        "state=$S",
        Some("session_token=$T&session_token=x"),
        Some("sent more than once"),
    ),
    ("state=$S&session_token=x", Some("session_token=$T"), None),
    (
        "state=$S&session_token=$T",
        Some("session_token=x"),
        Some("malformed"),
    ),
];

#[test]
fn a_token_comes_back_in_the_url_or_in_a_form() {
    let server = served();
    let browser = &mut logged_in(&server);
    for (query, form, thrown) in PLACES {
        let state = away(&server, browser);
        let token = token(HS256, &state, &json!({"answer": "yes"}), Spoilt::Not);
        let filled = |text: &str| text.replace("$S", &state).replace("$T", &token);
        let url = format!("{}continue?{}", server.url, filled(query));
        let back = match form {
            None => browser.get(&url),
            Some(form) => {
                let kind = [("Content-Type", "application/x-www-form-urlencoded")];
                let kept = Browser::default().send("POST", &url, &kind, &filled(form));
                browser.get(kept.header("location").unwrap())
            }
        };
        let told = told(&server, &back);
        match thrown {
            None => assert_eq!(told["passed"]["answer"], "yes", "{query} {form:?}: {told}"),
            Some(reason) => {
                let text = told
                    .as_str()
                    .unwrap_or_else(|| panic!("{query} {form:?}: {told}"));
                assert!(text.contains(reason), "{query} {form:?}: {text}");
            }
        }
    }
}

/// Which of two states is meant nobody knows, and the login waits.
#[test]
fn two_states_are_none() {
    let server = served();
    let browser = &mut logged_in(&server);
    let (state, another) = (away(&server, browser), away(&server, browser));
    let url = format!("{}continue", server.url);
    for twice in [&another, &state] {
        assert_eq!(
            browser.get(&format!("{url}?state={state}&state={twice}")).status,
            400
        );
    }
    let kept = browser.post(&format!("{url}?state={state}"), &[("state", &another)]);
    assert_eq!(browser.get(kept.header("location").unwrap()).status, 400);
    let back = browser.get(&format!("{url}?state={state}"));
    assert!(back.sent("code").is_some(), "{back:?}");
}
