use super::browser::{Browser, Reply};
use super::running::{CALLBACK, PASSWORD, SECRET, Server};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use openssl::sha::sha256;
use serde_json::Value;

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
