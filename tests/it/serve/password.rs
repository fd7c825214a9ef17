//! The password grants.

use super::browser::{Browser, Reply};
use super::oidc::claims;
use super::running::{PASSWORD, SECRET, Server, put, tenant};
use serde_json::json;
use std::fs;

const REALM: &str = "http://auth0.com/oauth/grant-type/password-realm";

const ACTION: &str = "
exports.onExecutePostLogin = async (event, api) => {
  if (event.user.app_metadata.suspended) return api.access.deny('suspended');
  if (event.request.body.away) return api.redirect.sendUserTo('https://other.example/');
  if (event.request.body.factor) return api.multifactor.enable('any');
  const { protocol } = event.transaction;
  api.idToken.setCustomClaim('https://x/seen', {
    protocol, session: event.session === undefined, body: event.request.body,
    methods: event.authentication.methods.map((method) => method.name), logins: event.stats.logins_count,
    connection: event.connection.name, token: event.refresh_token === undefined,
  });
};";

#[test]
fn a_client_that_lists_it_logs_its_users_in_by_password() {
    let folder = tenant();
    let client = json!({
        "name": "old", "client_id": "old", "client_secret": SECRET,
        "grant_types": ["password", REALM, "refresh_token"],
        "refresh_token": {"rotation_type": "rotating", "expiration_type": "expiring"},
    });
    put(&folder, "clients/old.json", &client);
    fs::write(folder.path().join("actions/a/code.js"), ACTION).unwrap();
    let server = Server::of(folder);
    let ask = |more: &[(&str, &str)]| -> Reply {
        let mut fields = vec![
            ("client_id", "old"),
            ("client_secret", SECRET),
            ("scope", "openid email offline_access"),
        ];
        fields.extend(more);
        Browser::default().post(&format!("{}oauth/token", server.url), &fields)
    };
    let plain = |username: &str, more: &[(&str, &str)]| {
        let mut fields = vec![
            ("grant_type", "password"),
            ("username", username),
            ("password", PASSWORD),
        ];
        fields.extend(more);
        ask(&fields)
    };
    let reply = plain("ada@example.org", &[("ext-a", "1")]);
    assert_eq!(reply.status, 200, "{reply:?}");
    let tokens = reply.json();
    let id = claims(&tokens["id_token"]);
    assert_eq!((&id["sub"], &id["sid"]), (&"auth0|1".into(), &json!(null)));
    let seen = &id["https://x/seen"];
    assert_eq!(
        *seen,
        json!({
            "protocol": "oauth2-password", "session": true, "methods": ["pwd"], "logins": 1, "connection": "db",
            "token": true, "body": {"client_id": "old", "scope": "openid email offline_access",
                "grant_type": "password", "username": "ada@example.org", "ext-a": "1"},
        })
    );

    // Its refresh token has no session, and keeps what was proved.
    let again = ask(&[
        ("grant_type", "refresh_token"),
        ("refresh_token", tokens["refresh_token"].as_str().unwrap()),
    ]);
    let seen = &claims(&again.json()["id_token"])["https://x/seen"];
    assert_eq!(
        (&seen["protocol"], &seen["methods"], &seen["session"]),
        (&"oauth2-refresh-token".into(), &json!(["pwd"]), &true.into())
    );

    let realm = |realm: &str| {
        ask(&[
            ("grant_type", REALM),
            ("username", "ada@example.org"),
            ("password", PASSWORD),
            ("realm", realm),
        ])
    };
    assert_eq!(realm("db").status, 200);
    assert_eq!(realm("other").json()["error"], "invalid_grant");
    assert_eq!(realm("").json()["error"], "invalid_request");

    let refused = |reply: Reply| (reply.status, reply.json()["error"].as_str().unwrap().to_owned());
    for (reply, status, error) in [
        (plain("nobody@example.org", &[]), 400, "invalid_grant"),
        (plain("eve@example.org", &[]), 403, "access_denied"),
        (
            plain("ada@example.org", &[("away", "1")]),
            403,
            "interaction_required",
        ),
        (plain("ada@example.org", &[("factor", "1")]), 403, "mfa_required"),
        (
            plain("ada@example.org", &[("audience", "https://no.example")]),
            400,
            "invalid_request",
        ),
    ] {
        assert_eq!(refused(reply), (status, error.to_owned()));
    }
}

#[test]
fn an_opaque_token_of_another_issuer_with_the_same_secret_is_none() {
    let started = || {
        let folder = tenant();
        let old = json!({
            "name": "old", "client_id": "old", "client_secret": SECRET, "grant_types": ["password"],
        });
        put(&folder, "clients/old.json", &old);
        let secret = "[server]\nsecret = \"a-secret-that-two-servers-have-in-common\"\n";
        std::fs::write(folder.path().join("postlogin.toml"), secret).unwrap();
        Server::of(folder)
    };
    let (one, other) = (started(), started());
    let fields = [
        ("client_id", "old"),
        ("client_secret", SECRET),
        ("grant_type", "password"),
        ("username", "ada@example.org"),
        ("password", PASSWORD),
        ("scope", "openid"),
    ];
    let tokens = Browser::default().post(&format!("{}oauth/token", one.url), &fields);
    let bearer = format!("Bearer {}", tokens.json()["access_token"].as_str().unwrap());
    for (server, status) in [(&one, 200), (&other, 401)] {
        let url = format!("{}userinfo", server.url);
        let reply = Browser::default().send("GET", &url, &[("Authorization", &bearer)], "");
        assert_eq!(reply.status, status, "{reply:?}");
    }
}
