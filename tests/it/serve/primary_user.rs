//! `setPrimaryUser`: the login is that of another user from then on, and so is its session (semantics 2.4).

use super::browser::{Browser, Reply};
use super::machine::{Machine, machine_tenant};
use super::oidc::{authorize, claims, redeemed};
use super::running::{PASSWORD, Server, put};
use serde_json::{Value, json};
use std::fs;

const ACTION: &str = "
exports.onExecutePostLogin = async (event, api) => {
  api.idToken.setCustomClaim('https://x/user', event.session.user_id);
  const { query } = event.request;
  if (query['ext-primary']) api.authentication.setPrimaryUser(query['ext-primary']);
  if (query['ext-deny']) api.access.deny('no');
};";

/// Ada is the second identity of Grace.
fn served() -> Server {
    let folder = machine_tenant(ACTION);
    let text = fs::read_to_string(folder.path().join("users.json")).unwrap();
    let mut users: Vec<Value> = serde_json::from_str(&text).unwrap();
    let identity = |id: &str| json!({"connection": "db", "provider": "auth0", "user_id": id});
    users[0]["identities"] = json!([{"connection": "db", "provider": "auth0", "user_id": "1"}]);
    users.push(json!({
        "user_id": "auth0|9", "email": "grace@example.org", "identities": [identity("9"), identity("1")],
    }));
    put(&folder, "users.json", &json!(users));
    Server::of(folder)
}

#[test]
fn the_session_is_the_primary_users_from_then_on_with_another_cookie() {
    let server = served();
    let browser = &mut Browser::default();
    let id = |answer: &Reply| {
        let code = answer.sent("code").unwrap();
        claims(&redeemed(&mut Browser::default(), &server, &code)["id_token"])
    };
    let asked = browser.get(&authorize(&server, ""));
    let first = id(&browser.log_in(&asked, "ada@example.org", PASSWORD));
    assert_eq!(first["sub"], "auth0|1");
    let before = browser.cookie("postlogin").unwrap();
    // What is denied changes no user.
    let denied = browser.get(&authorize(&server, "&ext-primary=auth0%7C9&ext-deny=1"));
    assert_eq!(denied.sent("error").as_deref(), Some("access_denied"));
    assert_eq!(browser.cookie("postlogin").as_deref(), Some(&*before));

    let old = &mut browser.clone();
    let joined = id(&browser.get(&authorize(&server, "&ext-primary=auth0%7C9")));
    assert_eq!(
        (&joined["sub"], &joined["sid"], &joined["https://x/user"]),
        (&json!("auth0|9"), &first["sid"], &json!("auth0|1"))
    );
    assert_ne!(browser.cookie("postlogin").unwrap(), before);
    let next = id(&browser.get(&authorize(&server, "&prompt=none")));
    assert_eq!(
        (&next["sub"], &next["sid"], &next["https://x/user"]),
        (&json!("auth0|9"), &first["sid"], &json!("auth0|9"))
    );
    let stale = old.get(&authorize(&server, "&prompt=none"));
    assert_eq!(stale.sent("error").as_deref(), Some("login_required"));

    // Of a login that has just begun the cookie is new anyway.
    let other = &mut Browser::default();
    let asked = other.get(&authorize(&server, "&ext-primary=auth0%7C9"));
    assert_eq!(
        id(&other.log_in(&asked, "ada@example.org", PASSWORD))["sub"],
        "auth0|9"
    );
    assert_eq!(
        id(&other.get(&authorize(&server, "&prompt=none")))["sub"],
        "auth0|9"
    );
}

#[test]
fn a_machine_goes_on_in_the_session_of_a_user_who_was_joined() {
    let server = served();
    let job = Machine::of(&server, "job");
    let call = |user_id: &str, more: Value| {
        let mut body = json!({"user_id": user_id, "request": {"query": {"ext-primary": "auth0|9"}}});
        body.as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        job.result(body)
    };
    let first = call("auth0|1", json!({}));
    assert_eq!(first["id_token_claims"]["sub"], "auth0|9", "{first}");
    let session = json!({"session_id": first["session_id"]});
    let again = call("auth0|1", session.clone());
    assert_eq!(
        (&again["id_token_claims"]["sub"], &again["session_id"]),
        (&json!("auth0|9"), &first["session_id"])
    );
    let mut other = json!({"client_id": "web", "user_id": "auth0|2"});
    other
        .as_object_mut()
        .unwrap()
        .extend(session.as_object().unwrap().clone());
    assert_eq!(job.call("POST", "issue", &other).status, 400);
}
