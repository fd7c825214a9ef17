use super::browser::Browser;
use super::oidc::{authorize, redeemed};
use super::running::{PASSWORD, SECRET, Server};

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
