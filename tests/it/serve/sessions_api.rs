//! `/api/sessions` and `/api/refresh-tokens`.

use super::browser::Browser;
use super::machine::{Machine, machine_tenant};
use super::oidc::authorize;
use super::running::{PASSWORD, SECRET, Server};
use serde_json::{Value, json};

const NOTHING: &str = "exports.onExecutePostLogin = async () => {};";

#[test]
fn sessions_and_refresh_tokens_are_listed_and_ended() {
    let server = Server::of(machine_tenant(NOTHING));
    let job = Machine::of(&server, "job");
    let get = |path: &str| job.call("GET", path, &Value::Null);
    let issued = job.result(json!({"scope": "openid offline_access", "request": {"ip": "203.0.113.9"}}));
    let browser = &mut Browser::default();
    let asked = browser.get(&authorize(&server, ""));
    browser.log_in(&asked, "ada@example.org", PASSWORD);

    let sessions = get("sessions?user_id=auth0%7C1").json();
    let sessions = sessions["sessions"].as_array().unwrap();
    assert_eq!(sessions.len(), 2, "{sessions:?}");
    assert_eq!(sessions[0]["id"], issued["session_id"]);
    assert_eq!(sessions[0]["machine_client_id"], "job");
    assert_eq!(sessions[0]["clients"], json!([{"client_id": "web"}]));
    assert_eq!(sessions[0]["device"]["initial_ip"], "203.0.113.9");
    assert_eq!(sessions[1]["cookie"], json!({"mode": "persistent"}));
    assert_eq!(sessions[1]["authentication"]["methods"][0]["name"], "pwd");
    let one = get(&format!("sessions/{}", issued["session_id"].as_str().unwrap())).json();
    assert_eq!(one, sessions[0]);

    let tokens = get("refresh-tokens?user_id=auth0%7C1").json();
    let tokens = tokens["tokens"].as_array().unwrap();
    assert_eq!(tokens.len(), 1, "{tokens:?}");
    assert_eq!(
        (&tokens[0]["client_id"], &tokens[0]["session_id"]),
        (&json!("web"), &issued["session_id"])
    );
    let id = tokens[0]["id"].as_str().unwrap();
    assert_eq!(get(&format!("refresh-tokens/{id}")).json(), tokens[0]);
    // Nothing that is listed can be presented.
    let presented = issued["refresh_token"].as_str().unwrap();
    assert!(!presented.contains(id) && !tokens[0].to_string().contains(presented));

    // A session ends with its refresh tokens.
    let path = format!("sessions/{}", issued["session_id"].as_str().unwrap());
    assert_eq!(job.call("DELETE", &path, &Value::Null).status, 202);
    assert_eq!(job.call("DELETE", &path, &Value::Null).status, 404);
    assert_eq!(get(&path).status, 404);
    assert_eq!(get(&format!("refresh-tokens/{id}")).status, 404);
    let refreshed = Browser::default().post(
        &format!("{}oauth/token", server.url),
        &[
            ("client_id", "web"),
            ("client_secret", SECRET),
            ("grant_type", "refresh_token"),
            ("refresh_token", presented),
        ],
    );
    assert_eq!(refreshed.json()["error"], "invalid_grant");

    // A refresh token ends alone, and all sessions of a user at once.
    let again = job.result(json!({"scope": "openid offline_access"}));
    let tokens = get("refresh-tokens?user_id=auth0%7C1").json();
    let id = tokens["tokens"][0]["id"].as_str().unwrap();
    assert_eq!(
        job.call("DELETE", &format!("refresh-tokens/{id}"), &Value::Null)
            .status,
        202
    );
    assert_eq!(
        get(&format!("sessions/{}", again["session_id"].as_str().unwrap())).status,
        200
    );
    assert_eq!(
        job.call("DELETE", "sessions?user_id=auth0%7C1", &Value::Null)
            .status,
        202
    );
    assert_eq!(get("sessions?user_id=auth0%7C1").json(), json!({"sessions": []}));
    assert_eq!(
        job.call("DELETE", "refresh-tokens?user_id=auth0%7C1", &Value::Null)
            .status,
        202
    );
    // However many there are, they end in one transaction: one for each took seconds.
    let metrics = browser.get(&format!("{}metrics", server.admin)).body;
    for (question, asked) in [
        ("end_sessions_of_user", 1),
        ("end_families_of", 1),
        ("end_session", 1),
    ] {
        let line = format!("postlogin_store_seconds_count{{question=\"{question}\"}} {asked}");
        assert!(metrics.lines().any(|known| known == line), "{line}\n{metrics}");
    }
    let silent = browser.get(&authorize(&server, "&prompt=none"));
    assert_eq!(silent.sent("error").as_deref(), Some("login_required"));
}

#[test]
fn what_cannot_be_listed_is_named() {
    let server = Server::of(machine_tenant(NOTHING));
    let job = Machine::of(&server, "job");
    for path in ["sessions", "refresh-tokens", "sessions?user_id=a&user_id=b"] {
        let reply = job.call("GET", path, &Value::Null);
        assert_eq!(
            (reply.status, &reply.json()["member"]),
            (400, &json!("user_id")),
            "{path}"
        );
    }
    for path in ["sessions/x", "refresh-tokens/x", "sessions/%ff", "logins/x"] {
        assert_eq!(job.call("GET", path, &Value::Null).status, 404, "{path}");
    }
    assert_eq!(job.call("PUT", "sessions/x", &Value::Null).status, 405);
    assert_eq!(get_unauthorized(&server), 401);
    assert_eq!(
        job.call("GET", "sessions?user_id=nobody", &Value::Null).json(),
        json!({"sessions": []})
    );
}

fn get_unauthorized(server: &Server) -> u16 {
    Browser::default()
        .get(&format!("{}api/sessions?user_id=auth0%7C1", server.url))
        .status
}
