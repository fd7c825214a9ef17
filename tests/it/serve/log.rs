use super::browser::Browser;
use super::oidc::{VERIFIER, authorize, code_of_ada, redeem, redeemed};
use super::running::{PASSWORD, SECRET, Server, put, tenant};
use serde_json::json;
use std::fs;

#[test]
fn the_log_tells_of_logins_and_of_nothing_that_could_be_presented() {
    let server = Server::start();
    let (browser, application) = (&mut Browser::default(), &mut Browser::default());
    let asked = browser.get(&authorize(&server, ""));
    browser.log_in(&asked, "ada@example.org", "not the password");
    let answer = browser.log_in(&asked, "ada@example.org", PASSWORD);
    let code = answer.sent("code").unwrap();
    let tokens = redeemed(application, &server, &code);
    let token = format!("{}oauth/token", server.url);
    let refresh_token = tokens["refresh_token"].as_str().unwrap();
    let fields = [
        ("client_id", "web"),
        ("client_secret", SECRET),
        ("grant_type", "refresh_token"),
        ("refresh_token", refresh_token),
    ];
    let refreshed = application.post(&token, &fields).json();
    assert_eq!(application.post(&token, &fields).json()["error"], "invalid_grant");

    let issued = server.logged("login_issued");
    assert_eq!(
        (&issued["client_id"], &issued["user_id"], &issued["outcome"]),
        (&"web".into(), &"auth0|1".into(), &"issued".into())
    );
    assert_eq!(issued["request_id"], answer.header("x-request-id").unwrap());
    assert!(issued["duration_ms"].as_f64().unwrap() > 0.0);
    assert!(issued["actions"][0]["ms"].as_f64().unwrap() > 0.0);
    assert_eq!(server.logged("refresh_issued")["user_id"], "auth0|1");
    assert_eq!(server.logged("refresh_reused")["client_id"], "web");

    let log = format!("{:?}", server.log());
    let mut secrets = vec![PASSWORD, "not the password", SECRET, &code];
    for answer in [&tokens, &refreshed] {
        for name in ["access_token", "id_token", "refresh_token"] {
            secrets.push(answer[name].as_str().unwrap());
        }
    }
    secrets.extend(browser.cookies());
    for secret in secrets {
        assert!(!log.contains(secret), "{secret} is in {log}");
    }
}

#[test]
fn a_request_keeps_the_id_that_it_brings_and_no_other_text() {
    let server = Server::start();
    let url = format!("{}.well-known/jwks.json", server.url);
    let asked = |id: &str| {
        let reply = Browser::default().send("GET", &url, &[("X-Request-Id", id)], "");
        reply.header("x-request-id").unwrap().to_owned()
    };
    assert_eq!(asked("Of-me_1.2"), "Of-me_1.2");
    for id in ["", "a b", "ä", &"x".repeat(65)] {
        assert_ne!(asked(id), id);
        assert_eq!(asked(id).len(), 22);
    }
}

/// Server 8: what the tokens do not hold as asked is decided when the code is exchanged.
#[test]
fn the_log_tells_what_was_dropped_and_clamped_and_what_ended() {
    let folder = tenant();
    let action = "
exports.onExecutePostLogin = async (event, api) => {
  api.idToken.setCustomClaim('roles', ['admin']);
  api.session.setExpiresAt(Date.now() + 1e12);
  if (event.request.query['ext-revoke']) api.session.revoke('bye');
};";
    fs::write(folder.path().join("actions/a/code.js"), action).unwrap();
    let old =
        json!({"name": "old", "client_id": "old", "client_secret": SECRET, "grant_types": ["password"]});
    put(&folder, "clients/old.json", &old);
    let server = Server::of(folder);
    let (browser, application) = (&mut Browser::default(), &mut Browser::default());
    let code = code_of_ada(browser, &server, "");
    redeemed(application, &server, &code);
    let items = |event: &str| {
        let logged = server.logged(event);
        assert_eq!(
            (&logged["client_id"], &logged["user_id"]),
            (&json!("web"), &json!("auth0|1"))
        );
        let items = logged["trace"].as_array().unwrap().iter();
        items
            .map(|item| format!("{} {} {}", item["target"], item["status"], item["line"]))
            .collect::<Vec<_>>()
    };
    assert_eq!(items("login_issued"), ["\"session/expires_at\" \"clamped\" 4"]);
    assert_eq!(items("tokens_issued"), ["\"id_token/roles\" \"dropped\" 3"]);
    assert_eq!(redeem(application, &server, &code, VERIFIER).status, 400);
    assert_eq!(server.logged("code_reused")["user_id"], "auth0|1");
    browser.get(&authorize(&server, "&ext-revoke=1"));
    assert_eq!(server.logged("session_ended")["outcome"], "session_revoked");
    let fields = [
        ("client_id", "old"),
        ("client_secret", SECRET),
        ("grant_type", "password"),
        ("username", "ada@example.org"),
        ("password", "wrong"),
    ];
    application.post(&format!("{}oauth/token", server.url), &fields);
    assert_eq!(server.logged("login_refused")["client_id"], "web");
    assert!(
        server
            .log()
            .iter()
            .any(|line| line["outcome"] == "wrong_password" && line["client_id"] == "old")
    );
}
