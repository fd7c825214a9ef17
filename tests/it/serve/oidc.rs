use super::browser::{Browser, Reply};
use super::running::{CALLBACK, PASSWORD, SECRET, Server, put, tenant};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use openssl::sha::sha256;
use serde_json::{Value, json};
use std::fs;

pub(super) const VERIFIER: &str = "a-verifier-of-more-than-forty-three-characters";

pub(super) fn authorize(server: &Server, more: &str) -> String {
    let challenge = URL_SAFE_NO_PAD.encode(sha256(VERIFIER.as_bytes()));
    format!(
        "{}authorize?client_id=web&response_type=code&redirect_uri=https%3A%2F%2Fweb.example%2Fcb&state=s+1&nonce=n\
         &scope=openid+email+offline_access&code_challenge={challenge}&code_challenge_method=S256{more}",
        server.url
    )
}

pub(super) fn exchange(browser: &mut Browser, server: &Server, fields: &[(&str, &str)]) -> Reply {
    let mut all = vec![("client_id", "web"), ("client_secret", SECRET)];
    all.extend(fields);
    browser.post(&format!("{}oauth/token", server.url), &all)
}

pub(super) fn redeem(browser: &mut Browser, server: &Server, code: &str, verifier: &str) -> Reply {
    exchange(
        browser,
        server,
        &[
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", CALLBACK),
            ("code_verifier", verifier),
        ],
    )
}

/// The code that Ada's login gives, which is asked for with `more` parameters.
pub(super) fn code_of_ada(browser: &mut Browser, server: &Server, more: &str) -> String {
    let asked = browser.get(&authorize(server, more));
    let answer = browser.log_in(&asked, "ada@example.org", PASSWORD);
    answer.sent("code").unwrap_or_else(|| panic!("{answer:?}"))
}

/// The tokens of a code.
pub(super) fn redeemed(browser: &mut Browser, server: &Server, code: &str) -> Value {
    let reply = redeem(browser, server, code, VERIFIER);
    assert_eq!(reply.status, 200, "{reply:?}");
    reply.json()
}

pub(super) fn claims(token: &Value) -> Value {
    let payload = token.as_str().unwrap().split('.').nth(1).unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).unwrap()).unwrap()
}

#[test]
fn a_person_logs_in_and_the_application_gets_tokens() {
    let mut server = Server::start();
    let (browser, application) = (&mut Browser::default(), &mut Browser::default());
    let asked = browser.get(&authorize(&server, "&login_hint=ada%40example.org"));
    assert_eq!(asked.status, 303);
    let wrong = browser.log_in(&asked, "ada@example.org", "wrong");
    assert_eq!(wrong.status, 400);
    assert!(wrong.body.contains("role=\"alert\""));
    assert_eq!(browser.log_in(&asked, "nobody@example.org", PASSWORD).status, 400);
    let answer = browser.log_in(&asked, "ADA@example.org", PASSWORD);
    assert_eq!(answer.status, 303);
    assert_eq!(answer.sent("state").as_deref(), Some("s 1"));
    assert_eq!(answer.sent("iss").as_deref(), Some(&*server.url));
    let code = answer.sent("code").unwrap();

    assert_eq!(
        redeem(application, &server, &code, &"x".repeat(43)).json()["error"],
        "invalid_grant"
    );
    let tokens = redeem(application, &server, &code, VERIFIER);
    assert_eq!(tokens.status, 200, "{tokens:?}");
    assert_eq!(tokens.header("cache-control"), Some("no-store"));
    let tokens = tokens.json();
    let id = claims(&tokens["id_token"]);
    assert_eq!(id["iss"], server.url);
    assert_eq!(
        (&id["sub"], &id["aud"], &id["nonce"]),
        (&"auth0|1".into(), &"web".into(), &"n".into())
    );
    assert_eq!(id["https://x/logins"], 1);

    let bearer = format!("Bearer {}", tokens["access_token"].as_str().unwrap());
    let userinfo = format!("{}userinfo", server.url);
    let said = application.send("GET", &userinfo, &[("Authorization", &bearer)], "");
    assert_eq!(said.json()["email"], "ada@example.org");
    assert_eq!(application.get(&userinfo).status, 401);

    // The session is known, so nobody is asked; without it nobody may be.
    let silent = browser.get(&authorize(&server, "&prompt=none"));
    assert!(silent.sent("code").is_some(), "{silent:?}");
    let stranger = Browser::default().get(&authorize(&server, "&prompt=none"));
    assert_eq!(stranger.sent("error").as_deref(), Some("login_required"));
    let again = browser.get(&authorize(&server, "&max_age=0"));
    assert!(again.header("location").unwrap().contains("/u/login"));

    // A refresh token is exchanged once; the second time ends its family.
    let refresh = |token: &Value| {
        [
            ("grant_type", "refresh_token"),
            ("refresh_token", token.as_str().unwrap()),
        ]
        .map(|(n, v)| (n.to_owned(), v.to_owned()))
    };
    let exchanged = |application: &mut Browser, token: &Value| {
        let fields = refresh(token);
        let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (&**name, &**value)).collect();
        exchange(application, &server, &fields)
    };
    let second = exchanged(application, &tokens["refresh_token"]);
    assert_eq!(second.status, 200, "{second:?}");
    let second = second.json();
    assert_ne!(second["refresh_token"], tokens["refresh_token"]);
    assert_eq!(claims(&second["id_token"])["sub"], "auth0|1");
    assert_eq!(
        exchanged(application, &tokens["refresh_token"]).json()["error"],
        "invalid_grant"
    );
    assert_eq!(
        exchanged(application, &second["refresh_token"]).json()["error"],
        "invalid_grant"
    );

    // A code that comes twice ends what it gave.
    assert_eq!(
        redeem(application, &server, &code, VERIFIER).json()["error"],
        "invalid_grant"
    );
    let said = application.send("GET", &userinfo, &[("Authorization", &bearer)], "");
    assert_eq!(said.status, 401, "{said:?}");
    assert!(server.end().success());
}

#[test]
fn an_action_denies_and_the_application_is_told() {
    let server = Server::start();
    let browser = &mut Browser::default();
    let asked = browser.get(&authorize(&server, ""));
    let answer = browser.log_in(&asked, "eve@example.org", PASSWORD);
    assert_eq!(answer.sent("error").as_deref(), Some("access_denied"));
    assert_eq!(answer.sent("error_description").as_deref(), Some("suspended"));
    assert_eq!(answer.sent("code"), None);
}

#[test]
fn a_user_who_is_sent_away_comes_back_once_and_in_the_same_browser() {
    let server = Server::start();
    let (browser, application) = (&mut Browser::default(), &mut Browser::default());
    let asked = browser.get(&authorize(&server, "&ext-away=1"));
    let away = browser.log_in(&asked, "ada@example.org", PASSWORD);
    assert!(
        away.header("location")
            .unwrap()
            .starts_with("https://other.example/ask?"),
        "{away:?}"
    );
    let back = format!(
        "{}continue?state={}&answer=42",
        server.url,
        away.sent("state").unwrap()
    );
    assert_eq!(Browser::default().get(&back).status, 400);
    let answer = browser.get(&back);
    let tokens = redeem(application, &server, &answer.sent("code").unwrap(), VERIFIER).json();
    assert_eq!(claims(&tokens["id_token"])["https://x/answer"], "42");
    assert_eq!(browser.get(&back).status, 400);
}

#[test]
fn what_is_kept_outlives_the_server() {
    let mut server = Server::start();
    let (browser, application) = (&mut Browser::default(), &mut Browser::default());
    let asked = browser.get(&authorize(&server, ""));
    let answer = browser.log_in(&asked, "ada@example.org", PASSWORD);
    let code = answer.sent("code").unwrap();
    assert!(server.end().success());
    let folder = std::mem::replace(&mut server.folder, tempfile::tempdir().unwrap());
    let server = Server::of(folder);
    assert_eq!(redeem(application, &server, &code, VERIFIER).status, 200);
    assert!(
        browser
            .get(&authorize(&server, "&prompt=none"))
            .sent("code")
            .is_some()
    );
}

/// The form of the other site is posted to a URL that has the state (semantics 6).
#[test]
fn the_form_with_which_a_user_comes_back_may_have_its_state_in_the_url() {
    let folder = tenant();
    let action = "
exports.onExecutePostLogin = async (event, api) => api.redirect.sendUserTo('https://other.example/ask');
exports.onContinuePostLogin = async (event, api) => {
  const { method, query, body } = event.request;
  api.idToken.setCustomClaim('https://x/back', { method, query, body });
};";
    fs::write(folder.path().join("actions/a/code.js"), action).unwrap();
    let server = Server::of(folder);
    let browser = &mut Browser::default();
    let asked = browser.get(&authorize(&server, ""));
    let mut away = browser.log_in(&asked, "ada@example.org", PASSWORD);
    let form = ("Content-Type", "application/x-www-form-urlencoded");
    for (headers, fields) in [(&[form][..], "answer=42"), (&[form][..], ""), (&[][..], "")] {
        assert_eq!(away.status, 302, "{away:?}");
        let state = away.sent("state").unwrap();
        let url = format!("{}continue?state={state}&a=1", server.url);
        let kept = Browser::default().send("POST", &url, headers, fields);
        let answer = browser.get(kept.header("location").unwrap());
        let code = answer.sent("code").unwrap();
        let tokens = redeem(&mut Browser::default(), &server, &code, VERIFIER).json();
        let body = if fields.is_empty() {
            json!({})
        } else {
            json!({"answer": "42"})
        };
        assert_eq!(
            claims(&tokens["id_token"])["https://x/back"],
            json!({"method": "POST", "query": {"state": state, "a": "1"}, "body": body})
        );
        away = browser.get(&authorize(&server, ""));
    }
}

/// OAuth 2.0 Multiple Response Types 1.0 section 5.
#[test]
fn an_answer_holds_what_its_response_type_names() {
    let folder = tenant();
    put(
        &folder,
        "clients/web.json",
        &json!({
            "name": "web", "client_id": "web", "client_secret": SECRET, "callbacks": [CALLBACK],
            "grant_types": ["authorization_code", "implicit"],
        }),
    );
    let server = Server::of(folder);
    let browser = &mut Browser::default();
    let asked = browser.get(&authorize(&server, ""));
    browser.log_in(&asked, "ada@example.org", PASSWORD);
    let of_token: &[&str] = &["access_token", "token_type", "expires_in"];
    for (response_type, names) in [
        ("id_token", vec![&["id_token"][..]]),
        ("token", vec![of_token]),
        ("id_token+token", vec![of_token, &["id_token"]]),
        ("code+id_token", vec![&["code"], &["id_token"]]),
        ("code+token", vec![&["code"], of_token]),
        ("code+id_token+token", vec![&["code"], of_token, &["id_token"]]),
    ] {
        let url =
            authorize(&server, "").replace("response_type=code", &format!("response_type={response_type}"));
        let answer = browser.get(&url);
        let url = url::Url::parse(answer.header("location").unwrap()).unwrap();
        let fields: Vec<(String, String)> = url::form_urlencoded::parse(url.fragment().unwrap().as_bytes())
            .into_owned()
            .collect();
        let found: Vec<&str> = fields.iter().map(|(name, _)| name.as_str()).collect();
        let expected = [names.concat(), vec!["state", "iss"]].concat();
        assert_eq!(found, expected, "{response_type}");
        let value = |wanted: &str| {
            fields
                .iter()
                .find(|(name, _)| name == wanted)
                .map(|(_, value)| value.clone())
        };
        if let Some(token) = value("id_token") {
            let id = claims(&token.into());
            // OIDC Core 3.2.2.9 and 3.3.2.10: the left half of the hash of what stands beside it.
            for (name, beside) in [("at_hash", value("access_token")), ("c_hash", value("code"))] {
                let hash = beside.map(|beside| URL_SAFE_NO_PAD.encode(&sha256(beside.as_bytes())[..16]));
                assert_eq!(
                    id.get(name),
                    hash.map(Value::from).as_ref(),
                    "{response_type}: {name}"
                );
            }
        }
        if let Some(code) = value("code") {
            let tokens = redeem(&mut Browser::default(), &server, &code, VERIFIER).json();
            assert!(
                tokens["id_token"].is_string() && tokens["access_token"].is_string(),
                "{response_type}"
            );
        }
    }
}

/// Semantics 2.3.
#[test]
fn userinfo_says_what_actions_set_on_the_id_token() {
    let folder = tenant();
    let action = "
exports.onExecutePostLogin = async (event, api) => {
  api.idToken.setCustomClaim('https://x/team', ['red']);
  api.idToken.setCustomClaim('roles', 'restricted');
  api.accessToken.setCustomClaim('https://x/other', 1);
  if (event.request.query['ext-long']) api.idToken.setCustomClaim('https://x/long', 'a'.repeat(5000));
};";
    fs::write(folder.path().join("actions/a/code.js"), action).unwrap();
    let server = Server::of(folder);
    let browser = &mut Browser::default();
    let asked = browser.get(&authorize(&server, ""));
    let said = |answer: &Reply| {
        let tokens = redeemed(&mut Browser::default(), &server, &answer.sent("code").unwrap());
        let bearer = format!("Bearer {}", tokens["access_token"].as_str().unwrap());
        let url = format!("{}userinfo", server.url);
        Browser::default()
            .send("GET", &url, &[("Authorization", &bearer)], "")
            .json()
    };
    assert_eq!(
        said(&browser.log_in(&asked, "ada@example.org", PASSWORD)),
        json!({"sub": "auth0|1", "email": "ada@example.org", "email_verified": true, "https://x/team": ["red"]})
    );
    let too_long = said(&browser.get(&authorize(&server, "&ext-long=1")));
    assert!(too_long.get("https://x/team").is_none() && too_long["sub"] == "auth0|1");
    assert!(
        server
            .log()
            .iter()
            .any(|line| line["message"].to_string().contains("longer than 4096 bytes"))
    );
}
