//! Tokens that are given back, and questions about tokens.

use super::browser::{Browser, Reply};
use super::oidc::{VERIFIER, authorize, exchange, redeem};
use super::running::{PASSWORD, SECRET, Server, put, tenant};
use chrono::{TimeDelta, Utc};
use rusqlite::Connection;
use serde_json::{Value, json};
use std::thread::sleep;
use std::time::Duration;
use tempfile::TempDir;

fn with_machine() -> TempDir {
    let folder = tenant();
    let machine = json!({
        "name": "machine", "client_id": "machine", "client_secret": SECRET, "grant_types": ["client_credentials"],
    });
    put(&folder, "clients/machine.json", &machine);
    let other = json!({
        "name": "api", "client_id": "api", "client_secret": SECRET, "grant_types": ["client_credentials"],
    });
    put(&folder, "clients/api.json", &other);
    let spa = json!({"name": "spa", "client_id": "spa", "app_type": "spa"});
    put(&folder, "clients/spa.json", &spa);
    let api = json!({"name": "x", "identifier": "https://api.example", "scopes": [{"value": "read:x"}], "allow_offline_access": true});
    put(&folder, "resource-servers/x.json", &api);
    for client in ["machine", "api"] {
        let grant = json!({"client_id": client, "audience": "https://api.example", "scope": ["read:x"]});
        put(&folder, &format!("grants/{client}.json"), &grant);
    }
    folder
}

fn as_client(server: &Server, client: &str, path: &str, token: &Value) -> Reply {
    let fields = [
        ("client_id", client),
        ("client_secret", SECRET),
        ("token", token.as_str().unwrap()),
    ];
    Browser::default().post(&format!("{}{path}", server.url), &fields)
}

fn code(server: &Server, more: &str) -> String {
    let browser = &mut Browser::default();
    let asked = browser.get(&authorize(server, more));
    let answer = browser.log_in(&asked, "ada@example.org", PASSWORD);
    answer.sent("code").unwrap()
}

fn tokens(server: &Server) -> Value {
    redeem(&mut Browser::default(), server, &code(server, ""), VERIFIER).json()
}

fn userinfo(server: &Server, token: &Value) -> u16 {
    let bearer = format!("Bearer {}", token.as_str().unwrap());
    let url = format!("{}userinfo", server.url);
    Browser::default()
        .send("GET", &url, &[("Authorization", &bearer)], "")
        .status
}

fn refresh(server: &Server, token: &Value) -> Reply {
    let fields = [
        ("grant_type", "refresh_token"),
        ("refresh_token", token.as_str().unwrap()),
    ];
    exchange(&mut Browser::default(), server, &fields)
}

#[test]
fn se_16_a_token_is_revoked_by_its_own_client_alone() {
    let server = Server::of(with_machine());
    let revoke = |client: &str, token: &Value| as_client(&server, client, "oauth/revoke", token);
    let refresh = |token: &Value| refresh(&server, token);
    let userinfo = |token: &Value| userinfo(&server, token);
    let first = tokens(&server);
    assert_eq!(revoke("web", &"unknown".into()).status, 200);
    for token in ["refresh_token", "access_token"] {
        let other = revoke("machine", &first[token]);
        assert_eq!(
            (other.status, other.json()["error"].as_str()),
            (400, Some("invalid_grant"))
        );
    }
    assert_eq!(userinfo(&first["access_token"]), 200);
    assert_eq!(revoke("web", &first["access_token"]).status, 200);
    assert_eq!(userinfo(&first["access_token"]), 401);
    let second = refresh(&first["refresh_token"]).json();
    // A token of the family that was rotated away ends the family, too.
    assert_eq!(revoke("web", &first["refresh_token"]).status, 200);
    assert_eq!(refresh(&second["refresh_token"]).json()["error"], "invalid_grant");
    assert_eq!(revoke("web", &second["refresh_token"]).status, 200);

    let url = format!("{}oauth/revoke", server.url);
    let wrong = [("client_id", "web"), ("client_secret", "wrong"), ("token", "x")];
    assert_eq!(Browser::default().post(&url, &wrong).status, 401);
    let nothing = [("client_id", "web"), ("client_secret", SECRET)];
    assert_eq!(
        Browser::default().post(&url, &nothing).json()["error"],
        "invalid_request"
    );
    assert_eq!(Browser::default().get(&url).status, 405);
}

#[test]
fn rfc_7662_a_token_is_active_for_those_whom_it_concerns() {
    let server = Server::of(with_machine());
    let asked = |client: &str, token: &Value| as_client(&server, client, "oauth/introspect", token).json();
    let inactive = json!({"active": false});
    let tokens = tokens(&server);
    let (refresh, access) = (&tokens["refresh_token"], &tokens["access_token"]);
    let told = asked("web", access);
    assert_eq!(
        (&told["active"], &told["sub"], &told["client_id"]),
        (&true.into(), &"auth0|1".into(), &"web".into())
    );
    assert!(told["exp"].is_i64() && told["scope"].as_str().unwrap().contains("email"));
    let told = asked("web", refresh);
    assert_eq!((&told["active"], &told["sub"]), (&true.into(), &"auth0|1".into()));
    for token in [access, refresh, &tokens["id_token"], &"x".into()] {
        assert_eq!(asked("machine", token), inactive);
    }
    assert_eq!(
        asked("web", &tokens["id_token"]),
        inactive,
        "an ID token is no access token"
    );

    let fields = [
        ("grant_type", "client_credentials"),
        ("client_id", "machine"),
        ("client_secret", SECRET),
        ("audience", "https://api.example"),
    ];
    let machine = Browser::default()
        .post(&format!("{}oauth/token", server.url), &fields)
        .json();
    let token = &machine["access_token"];
    for client in ["machine", "api"] {
        let told = asked(client, token);
        assert_eq!(
            (&told["active"], &told["client_id"]),
            (&true.into(), &"machine".into()),
            "{client}"
        );
        assert_eq!(
            (&told["aud"], &told["scope"]),
            (&"https://api.example".into(), &"read:x".into())
        );
    }
    assert_eq!(asked("web", token), inactive);
    assert_eq!(as_client(&server, "machine", "oauth/revoke", token).status, 200);
    assert_eq!(asked("api", token), inactive);
    assert_eq!(as_client(&server, "web", "oauth/revoke", access).status, 200);
    assert_eq!(asked("web", access), inactive);

    let url = format!("{}oauth/introspect", server.url);
    let public = Browser::default().post(&url, &[("client_id", "spa"), ("token", "x")]);
    assert_eq!(public.json()["error"], "invalid_client");
}

/// ST-14: the server has seen the end of these tokens before its clock was set back.
#[test]
fn st_14_a_token_that_was_over_does_not_count_again() {
    let of_today = |server: &Server| {
        ["", "&audience=https%3A%2F%2Fapi.example"].map(|more| {
            let code = code(server, more);
            redeem(&mut Browser::default(), server, &code, VERIFIER).json()["access_token"].clone()
        })
    };
    let seen = |server: &Server, token: &Value| {
        let told = as_client(server, "web", "oauth/introspect", token).json();
        (userinfo(server, token), told["active"] == true)
    };
    let server = Server::of(with_machine());
    let before = of_today(&server);
    assert!(before.iter().all(|token| seen(&server, token) == (200, true)));
    // A token of the second that the clock is set back to could be a new one.
    sleep(Duration::from_millis(1100));
    let server = server.again(|folder| {
        let store = Connection::open(folder.path().join(".postlogin/postlogin.db")).unwrap();
        let later = (Utc::now() + TimeDelta::days(2)).timestamp_millis();
        let noted =
            "INSERT INTO moments (name, at) VALUES ('latest', ?1) ON CONFLICT DO UPDATE SET at = excluded.at";
        store.execute(noted, [later]).unwrap();
    });
    for token in &before {
        assert_eq!(seen(&server, token), (401, false));
    }
    let after = of_today(&server);
    for token in &after {
        assert_eq!(seen(&server, token), (200, true), "a new one counts");
    }
    // The next start knows it, too.
    let server = server.again(|_| {});
    for (tokens, expected) in [(&before, (401, false)), (&after, (200, true))] {
        assert!(tokens.iter().all(|token| seen(&server, token) == expected));
    }
}
