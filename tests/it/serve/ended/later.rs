//! What becomes of access tokens later: what they were given with is over, or the server is another one.

use super::{Ended, FORMS, Form, RefreshToken};
use crate::serve::browser::Browser;
use crate::serve::machine::signed;
use crate::serve::oidc::{authorize, claims};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::Utc;
use postlogin::random::SystemRandom;
use postlogin::secret::Secret;
use postlogin::store::{KeyNumber, ServerKeys};
use serde_json::{Value, json};
use std::fs;
use std::thread::sleep;
use std::time::Duration;

#[test]
fn what_is_over_by_itself_ends_no_access_token_and_a_restart_changes_nothing() {
    let at = Ended::start("");
    let (mut over, mut ended) = (Vec::new(), Vec::new());
    for (more, form) in FORMS {
        let browser = &mut Browser::default();
        let tokens = at.log_in(browser, more, RefreshToken::With);
        let revoked = at.as_web("oauth/revoke", tokens["refresh_token"].as_str().unwrap());
        assert_eq!(revoked.status, 200);
        ended.push(at.access_token(&tokens, form));
        let tokens = at.log_in(browser, more, RefreshToken::Without);
        browser.get(&format!("{}v2/logout", at.server.url));
        ended.push(at.access_token(&tokens, form));
        let short = format!("{more}&ext-short=1");
        let mut browser = Browser::default();
        let offline = at.log_in(&mut browser, &short, RefreshToken::With);
        let online = at.log_in(&mut browser, &short, RefreshToken::Without);
        over.push((browser, online, offline, form));
    }
    sleep(Duration::from_millis(1800));
    let mut left = Vec::new();
    for (mut browser, online, offline, form) in over {
        let silent = browser.get(&authorize(&at.server, "&prompt=none"));
        assert_eq!(silent.sent("error").as_deref(), Some("login_required"));
        assert_eq!(at.refresh(&offline, &[]).json()["error"], "invalid_grant");
        left.extend([online, offline].map(|tokens| at.access_token(&tokens, form)));
    }
    let as_expected = |at: &Ended| {
        assert!(left.iter().all(|token| at.counts(token)));
        assert!(!ended.iter().any(|token| at.counts(token)));
    };
    as_expected(&at);
    let at = at.again(|_| {});
    as_expected(&at);
    // Whatever a server without the secret cannot trace to what it was given with counts no more.
    let at = at.again(|folder| {
        let settings = "[server]\nsecret = \"another secret of more than thirty-two characters\"\n";
        fs::write(folder.path().join("postlogin.toml"), settings).unwrap();
    });
    assert!(!left.iter().chain(&ended).any(|token| at.counts(token)));
}

/// The platform's profile has no `jti` (semantics 3.7), and so nothing that says what a token was given with.
#[test]
fn a_jwt_in_the_platforms_profile_counts_until_it_is_over_or_revoked_itself() {
    let at = Ended::start("");
    let browser = &mut Browser::default();
    let tokens = at.log_in(browser, "&audience=https%3A%2F%2Fapi.example", RefreshToken::With);
    let token = at.access_token(&tokens, Form::Jwt);
    assert_eq!(claims(&tokens["access_token"]).get("jti"), None);
    at.as_web("oauth/revoke", tokens["refresh_token"].as_str().unwrap());
    browser.get(&format!("{}v2/logout", at.server.url));
    assert!(at.counts(&token));
    at.as_web("oauth/revoke", &token);
    assert!(!at.counts(&token));
}

/// Tokens of a server that did not know what they were given with: a JWT lives on, and an opaque one needs its session.
#[test]
fn a_token_of_an_older_server_counts_as_it_did() {
    let secret = "a secret of more than thirty-two characters";
    let at = Ended::start(&format!("[server]\nsecret = \"{secret}\"\n"));
    let browser = &mut Browser::default();
    let tokens = at.log_in(browser, "", RefreshToken::With);
    let session = claims(&tokens["id_token"])["sid"].clone();
    let family = at.newest("families");
    let now = Utc::now();
    let keys = ServerKeys::new(KeyNumber(1), &Secret::new(secret.as_bytes().to_vec())).unwrap();
    let opaque = |sid: &Value, family: Option<&str>| {
        let id = URL_SAFE_NO_PAD.encode([7; 20]);
        let mut content = json!({
            "jti": id, "sub": "auth0|1", "client_id": "web", "sid": sid, "scopes": ["openid"],
            "iat": now.timestamp_millis(), "exp": now.timestamp_millis() + 60_000,
        });
        if let Some(family) = family {
            content["family"] = family.into();
        }
        let hidden = keys.hide(b"access token", content.to_string().as_bytes(), &mut SystemRandom);
        URL_SAFE_NO_PAD.encode(hidden.as_bytes())
    };
    let in_session = opaque(&session, None);
    let with_family = opaque(&session, Some(&family));
    let with_neither = opaque(&Value::Null, None);
    let jwt = signed(
        &at.server,
        &json!({
            "iss": at.server.url, "sub": "auth0|1", "azp": "web", "scope": "openid",
            "aud": ["https://api.example", format!("{}userinfo", at.server.url)],
            "iat": now.timestamp(), "exp": now.timestamp() + 60,
        }),
    );
    let counts = || [&in_session, &with_family, &with_neither, &jwt].map(|token| at.counts(token));
    assert_eq!(counts(), [true; 4]);
    let revoked = at.as_web("oauth/revoke", tokens["refresh_token"].as_str().unwrap());
    assert_eq!(revoked.status, 200);
    assert_eq!(counts(), [true, false, true, true]);
    browser.get(&format!("{}v2/logout", at.server.url));
    assert_eq!(counts(), [false, false, true, true]);
}
