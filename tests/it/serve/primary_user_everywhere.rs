//! `setPrimaryUser`: whose the session, the codes, the refresh tokens and the access tokens are afterwards (semantics 2.4,
//! server 3).

use super::browser::{Browser, Reply};
use super::machine::{Machine, machine_tenant, write};
use super::oidc::{VERIFIER, authorize, claims, code_of_ada, exchange, redeem, redeemed};
use super::running::{PASSWORD, Server};
use serde_json::{Value, json};
use std::process::Command;
use tempfile::TempDir;

/// Ada's account is a secondary identity of Bea's, to which logins of Ada are led.
const ACTION: &str = "
exports.onExecutePostLogin = async (event, api) => {
  const stay = event.request.query['ext-stay'] || event.request.body['ext-stay'];
  api.user.setAppMetadata('seen', event.user.user_id);
  api.idToken.setCustomClaim('https://x/session', event.session ? event.session.user_id : null);
  if (event.user.user_id === 'auth0|1' && !stay) api.authentication.setPrimaryUser('auth0|b');
};";

fn linked() -> TempDir {
    let folder = machine_tenant(ACTION);
    let users = std::fs::read_to_string(folder.path().join("users.json")).unwrap();
    let mut users: Value = serde_json::from_str(&users).unwrap();
    let mut bea = users[0].clone();
    bea["user_id"] = "auth0|b".into();
    bea["email"] = "bea@example.org".into();
    bea["name"] = "bea".into();
    bea["identities"] = json!([
        {"connection": "db", "provider": "auth0", "user_id": "b"},
        {"connection": "db", "provider": "auth0", "user_id": "1"},
    ]);
    users.as_array_mut().unwrap().push(bea);
    write(&folder, "users.json", &users);
    folder
}

/// The value of the session's cookie that an answer sets.
fn cookie(reply: &Reply) -> Option<String> {
    let mut cookies = reply.headers.iter().filter(|(name, _)| name == "set-cookie");
    let found = cookies.find_map(|(_, value)| value.strip_prefix("postlogin="))?;
    Some(found.split(';').next().unwrap().to_owned())
}

#[test]
fn the_session_and_all_that_comes_of_it_are_the_primary_users() {
    let server = Server::of(linked());
    let (browser, application) = (&mut Browser::default(), &mut Browser::default());
    let asked = browser.get(&authorize(&server, "&ext-stay=1"));
    let first = browser.log_in(&asked, "ada@example.org", PASSWORD);
    let first_cookie = cookie(&first).unwrap();
    let stayed = claims(&redeemed(application, &server, &first.sent("code").unwrap())["id_token"]);
    assert_eq!(stayed["sub"], "auth0|1");

    // The next login of the same session leads to another user: the id stays, the cookie does not.
    let changed = browser.get(&authorize(&server, ""));
    let second_cookie = cookie(&changed).unwrap();
    assert_ne!(first_cookie, second_cookie);
    let tokens = redeemed(application, &server, &changed.sent("code").unwrap());
    let id = claims(&tokens["id_token"]);
    assert_eq!((&id["sub"], &id["sid"]), (&"auth0|b".into(), &stayed["sid"]));
    let silent = authorize(&server, "&prompt=none");
    let old = [("Cookie", &*format!("postlogin={first_cookie}"))];
    let old = Browser::default().send("GET", &silent, &old, "");
    assert_eq!(old.sent("error").as_deref(), Some("login_required"));

    // From now on it is the primary user who comes, by every protocol, and who is meant by a hint.
    let hint = format!("{silent}&id_token_hint={}", tokens["id_token"].as_str().unwrap());
    let again = browser.get(&hint);
    assert_eq!(cookie(&again), None);
    let id = claims(&redeemed(application, &server, &again.sent("code").unwrap())["id_token"]);
    assert_eq!(
        (&id["sub"], &id["https://x/session"]),
        (&"auth0|b".into(), &"auth0|b".into())
    );
    let refreshed = exchange(
        application,
        &server,
        &[
            ("grant_type", "refresh_token"),
            ("refresh_token", tokens["refresh_token"].as_str().unwrap()),
        ],
    );
    assert_eq!(claims(&refreshed.json()["id_token"])["sub"], "auth0|b");
    let response = browser.get(&format!("{}samlp/pay", server.url));
    assert_eq!(response.status, 200);

    let job = Machine::of(&server, "job");
    let listed = |what: &str, user: &str| {
        let list = job
            .call("GET", &format!("{what}?user_id=auth0%7C{user}"), &json!(null))
            .json();
        list[if what == "sessions" { "sessions" } else { "tokens" }]
            .as_array()
            .unwrap()
            .len()
    };
    assert_eq!((listed("sessions", "1"), listed("sessions", "b")), (0, 1));
    assert_eq!(listed("refresh-tokens", "b"), 2);
    // Blocking the primary user ends it all.
    let blocked = Command::new(env!("CARGO_BIN_EXE_postlogin"))
        .args(["users", "block", "auth0|b"])
        .arg(server.folder.path())
        .output()
        .unwrap();
    assert!(blocked.status.success(), "{blocked:?}");
    assert_eq!(
        browser.get(&silent).sent("error").as_deref(),
        Some("login_required")
    );
    let bearer = format!("Bearer {}", refreshed.json()["access_token"].as_str().unwrap());
    let url = format!("{}userinfo", server.url);
    let userinfo = Browser::default().send("GET", &url, &[("Authorization", &bearer)], "");
    assert_eq!(userinfo.status, 401);
}

#[test]
fn a_hint_may_name_the_user_whom_the_login_leads_to_and_nobody_else() {
    let server = Server::of(linked());
    let (browser, application) = (&mut Browser::default(), &mut Browser::default());
    let code = code_of_ada(browser, &server, "");
    let hint = redeemed(application, &server, &code)["id_token"]
        .as_str()
        .unwrap()
        .to_owned();
    let logged_in = |more: &str| {
        let browser = &mut Browser::default();
        let asked = browser.get(&authorize(&server, &format!("&id_token_hint={hint}{more}")));
        browser.log_in(&asked, "ada@example.org", PASSWORD)
    };
    assert!(logged_in("").sent("code").is_some());
    let stayed = logged_in("&ext-stay=1");
    assert_eq!(stayed.sent("error").as_deref(), Some("login_required"));
}

/// A session that became another user's while a login was under way does not end that login for the user before.
#[test]
fn a_login_of_the_user_before_does_not_end_in_the_session_of_the_other() {
    let folder = linked();
    let action = ACTION.replace(
        "if (event.user",
        "if (event.request.query['ext-away']) return api.redirect.sendUserTo('https://other.example/ask');\n  if (event.user",
    ) + "\nexports.onContinuePostLogin = async () => {};";
    std::fs::write(folder.path().join("actions/a/code.js"), action).unwrap();
    let server = Server::of(folder);
    let browser = &mut Browser::default();
    let asked = browser.get(&authorize(&server, "&ext-away=1"));
    let away = browser.log_in(&asked, "ada@example.org", PASSWORD);
    let back = format!("{}continue?state={}", server.url, away.sent("state").unwrap());
    assert!(browser.get(&authorize(&server, "")).sent("code").is_some());
    let answer = browser.get(&back);
    assert_eq!(
        answer.sent("error").as_deref(),
        Some("access_denied"),
        "{answer:?}"
    );
    assert_eq!(answer.sent("code"), None);
}

#[test]
fn an_exchange_and_a_machine_lead_to_the_primary_user_too() {
    let server = Server::of(linked());
    let (browser, application) = (&mut Browser::default(), &mut Browser::default());
    let code = code_of_ada(browser, &server, "&ext-stay=1");
    let tokens = redeem(application, &server, &code, VERIFIER).json();
    let refresh = |token: &Value| {
        let fields = [
            ("grant_type", "refresh_token"),
            ("refresh_token", token.as_str().unwrap()),
        ];
        exchange(&mut Browser::default(), &server, &fields).json()
    };
    let userinfo = |tokens: &Value| {
        let bearer = format!("Bearer {}", tokens["access_token"].as_str().unwrap());
        let url = format!("{}userinfo", server.url);
        Browser::default()
            .send("GET", &url, &[("Authorization", &bearer)], "")
            .json()
    };
    assert_eq!(userinfo(&tokens)["sub"], "auth0|1");
    let first = refresh(&tokens["refresh_token"]);
    assert_eq!(claims(&first["id_token"])["sub"], "auth0|b");
    assert_eq!(userinfo(&first)["sub"], "auth0|b");
    let second = refresh(&first["refresh_token"]);
    assert_eq!(
        (&claims(&second["id_token"])["sub"], &userinfo(&second)["sub"]),
        (&"auth0|b".into(), &"auth0|b".into())
    );

    let job = Machine::of(&server, "job");
    let begun = job.result(json!({"scope": "openid offline_access"}));
    let session = begun["session_id"].as_str().unwrap();
    let is_of = |user: &str| {
        let path = format!("sessions?user_id=auth0%7C{user}");
        let list = job.call("GET", &path, &json!(null)).json();
        let mut sessions = list["sessions"].as_array().unwrap().iter();
        assert!(sessions.any(|known| known["id"] == session), "{list}");
    };
    is_of("b");
    // The caller goes on to say who logged in at its own place.
    for user in ["auth0|1", "auth0|b"] {
        let again = job.result(json!({"user_id": user, "session_id": session}));
        assert_eq!(
            (&again["outcome"], &again["session_id"]),
            (&"issued".into(), &session.into())
        );
    }
    // A login that stays theirs takes the session back.
    let stayed = job.result(json!({"session_id": session, "request": {"query": {"ext-stay": "1"}}}));
    assert_eq!(stayed["id_token_claims"]["sub"], "auth0|1", "{stayed}");
    is_of("1");
    assert_eq!(
        job.issue(json!({"user_id": "auth0|2", "session_id": session}))
            .status,
        400
    );
}
