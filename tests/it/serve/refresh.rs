//! Refresh tokens: nobody honest is logged out, and no family forks.

use super::browser::{Browser, Reply};
use super::oidc::{VERIFIER, authorize, claims, exchange, redeem};
use super::running::{CALLBACK, PASSWORD, SECRET, Server, put, tenant};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::fs;
use std::thread;
use std::time::Duration;
use tempfile::TempDir;

const ACTION: &str = "
exports.onExecutePostLogin = async (event, api) => {
  const { query, body } = event.request;
  if (query['ext-revoke']) return api.session.revoke('ended', { preserveRefreshTokens: query['ext-revoke'] === 'keep' });
  if (query['ext-early']) return api.refreshToken.revoke('too early');
  if (query['ext-short']) api.refreshToken.setExpiresAt(Date.now() + 1500);
  if (query['ext-idle']) api.refreshToken.setIdleExpiresAt(Date.now() + 1500);
  if (query['ext-label']) api.refreshToken.setMetadata('label', query['ext-label']);
  if (body['ext-revoke']) return api.refreshToken.revoke('no more');
  if (body['ext-deny']) return api.access.deny('not now');
  api.idToken.setCustomClaim('https://x/token', event.refresh_token);
  api.idToken.setCustomClaim('https://x/seen', {
    session: event.session === undefined, methods: event.authentication.methods, logins: event.stats.logins_count,
    body, scopes: event.transaction.requested_scopes, protocol: event.transaction.protocol,
  });
};";

fn with_leeway(leeway: u32) -> TempDir {
    let folder = tenant();
    let web = json!({
        "name": "web", "client_id": "web", "client_secret": SECRET, "callbacks": [CALLBACK],
        "grant_types": ["authorization_code", "refresh_token"],
        "refresh_token": {"rotation_type": "rotating", "expiration_type": "expiring", "leeway": leeway},
    });
    put(&folder, "clients/web.json", &web);
    let other = json!({
        "name": "other", "client_id": "other", "client_secret": SECRET, "grant_types": ["refresh_token"],
    });
    put(&folder, "clients/other.json", &other);
    fs::write(folder.path().join("actions/a/code.js"), ACTION).unwrap();
    folder
}

/// Logs in, and gives the refresh token.
fn log_in(server: &Server, browser: &mut Browser, more: &str) -> String {
    let asked = browser.get(&authorize(server, more));
    let answer = match asked.sent("code") {
        Some(_) => asked,
        None => browser.log_in(&asked, "ada@example.org", PASSWORD),
    };
    let code = answer.sent("code").unwrap_or_else(|| panic!("{answer:?}"));
    let tokens = redeem(&mut Browser::default(), server, &code, VERIFIER).json();
    tokens["refresh_token"].as_str().unwrap().to_owned()
}

fn refresh(server: &Server, token: &str, more: &[(&str, &str)]) -> Reply {
    let mut fields = vec![("grant_type", "refresh_token"), ("refresh_token", token)];
    fields.extend(more);
    loop {
        let reply = exchange(&mut Browser::default(), server, &fields);
        // A server that is too busy says so; nothing has happened then.
        if reply.status != 503 {
            return reply;
        }
        assert!(reply.header("retry-after").is_some());
        thread::sleep(Duration::from_millis(100));
    }
}

fn next(reply: &Reply) -> String {
    assert_eq!(reply.status, 200, "{reply:?}");
    reply.json()["refresh_token"].as_str().unwrap().to_owned()
}

fn is_dead(reply: &Reply) -> bool {
    (reply.status, reply.json()["error"].as_str()) == (400, Some("invalid_grant"))
}

#[test]
fn se_02_fifty_at_once_get_one_successor_and_a_lost_reply_is_given_again() {
    let server = Server::of(with_leeway(60));
    let token = log_in(&server, &mut Browser::default(), "");
    let successors: BTreeSet<String> = thread::scope(|scope| {
        let threads: Vec<_> = (0..50)
            .map(|_| scope.spawn(|| next(&refresh(&server, &token, &[]))))
            .collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    assert_eq!(successors.len(), 1, "a family never forks");
    let second = successors.into_iter().next().unwrap();
    // A lost reply, or another tab: the same token gets the same successor, which counts.
    assert_eq!(next(&refresh(&server, &token, &[])), second);
    let third = next(&refresh(&server, &second, &[]));
    assert_ne!(third, second);
    assert_eq!(next(&refresh(&server, &second, &[])), third);
    // Further behind while the last rotation is fresh: a late copy, and the family lives.
    assert!(is_dead(&refresh(&server, &token, &[])));
    next(&refresh(&server, &third, &[]));
}

#[test]
fn se_01_a_token_that_comes_again_ends_its_family() {
    let server = Server::of(with_leeway(0));
    let token = log_in(&server, &mut Browser::default(), "");
    let second = next(&refresh(&server, &token, &[]));
    assert!(is_dead(&refresh(&server, &token, &[])));
    assert!(is_dead(&refresh(&server, &second, &[])));
    assert!(server.log().iter().any(|line| line["event"] == "refresh_reused"));
}

#[test]
fn se_03_se_04_a_token_is_its_clients_and_no_exchange_widens_it() {
    let server = Server::of(with_leeway(60));
    let token = log_in(&server, &mut Browser::default(), "");
    let as_client = |id: &str, secret: &str| {
        let fields = [
            ("client_id", id),
            ("client_secret", secret),
            ("grant_type", "refresh_token"),
            ("refresh_token", &token),
        ];
        Browser::default().post(&format!("{}oauth/token", server.url), &fields)
    };
    assert!(is_dead(&as_client("other", SECRET)));
    assert_eq!(as_client("web", "wrong").status, 401);
    for scope in ["openid profile", "unknown"] {
        let reply = refresh(&server, &token, &[("scope", scope)]);
        assert_eq!(
            (reply.status, reply.json()["error"].as_str()),
            (400, Some("invalid_scope"))
        );
    }
    let narrow = refresh(&server, &token, &[("scope", "openid")]);
    assert!(claims(&narrow.json()["id_token"]).get("email").is_none());
    let whole = refresh(&server, &next(&narrow), &[]);
    assert_eq!(claims(&whole.json()["id_token"])["email"], "ada@example.org");
    assert!(is_dead(&refresh(&server, "unknown", &[])));
}

#[test]
fn what_actions_ask_for_a_token_is_kept_from_its_birth() {
    let server = Server::of(with_leeway(60));
    let seen = |reply: &Reply| claims(&reply.json()["id_token"]);
    let token = log_in(&server, &mut Browser::default(), "&ext-label=phone");
    let reply = refresh(&server, &token, &[("ext-a", "1")]);
    let id = seen(&reply);
    let shown = &id["https://x/token"];
    assert_eq!(
        (&shown["metadata"], &shown["rotating"]),
        (&json!({"label": "phone"}), &true.into())
    );
    assert_eq!(
        (&shown["client_id"], &shown["user_id"]),
        (&"web".into(), &"auth0|1".into())
    );
    assert_eq!(shown["session_id"], id["sid"]);
    assert!(id["auth_time"].is_i64());
    assert!(shown["device"]["initial_ip"] == "127.0.0.1" && shown["expires_at"].is_string());
    let event = &id["https://x/seen"];
    assert_eq!(event["protocol"], "oauth2-refresh-token");
    assert_eq!(
        event["session"], true,
        "an exchange has no session (semantics 5.2)"
    );
    assert_eq!(event["methods"][0]["name"], "pwd");
    assert_eq!(event["logins"], 1, "an exchange is no login");
    assert_eq!(
        event["body"],
        json!({"client_id": "web", "grant_type": "refresh_token", "ext-a": "1"})
    );
    assert_eq!(event["scopes"], json!(["openid", "email", "offline_access"]));
    // The same token within the leeway, the family of one.
    let again = seen(&refresh(&server, &token, &[]));
    assert_eq!(again["https://x/token"]["id"], shown["id"]);

    let short = log_in(&server, &mut Browser::default(), "&ext-short=1");
    let idle = log_in(&server, &mut Browser::default(), "&ext-idle=1");
    let second = next(&refresh(&server, &short, &[]));
    thread::sleep(Duration::from_millis(1600));
    assert!(is_dead(&refresh(&server, &second, &[])), "SE-07: absolute");
    assert!(is_dead(&refresh(&server, &idle, &[])), "SE-07: idle");
}

#[test]
fn se_06_se_09_what_actions_refuse_and_revoke() {
    let server = Server::of(with_leeway(60));
    let browser = &mut Browser::default();
    let token = log_in(&server, browser, "");
    // A denial leaves the token as it is.
    let denied = refresh(&server, &token, &[("ext-deny", "1")]);
    assert_eq!(
        (denied.status, denied.json()),
        (
            403,
            json!({"error": "access_denied", "error_description": "not now"})
        )
    );
    let token = next(&refresh(&server, &token, &[]));
    // SE-09: nothing is revoked in a login that exchanges nothing.
    let early = browser.get(&authorize(&server, "&ext-early=1"));
    assert_eq!(early.sent("error").as_deref(), Some("access_denied"));
    // Revoked by an Action: the token ends, the session stays.
    let revoked = refresh(&server, &token, &[("ext-revoke", "1")]);
    assert_eq!(
        (revoked.status, revoked.json()["error_description"].as_str()),
        (403, Some("no more"))
    );
    assert!(is_dead(&refresh(&server, &token, &[])));
    let token = log_in(&server, browser, "");
    // SE-06
    let ended = browser.get(&authorize(&server, "&ext-revoke=all"));
    assert_eq!(ended.sent("error_description").as_deref(), Some("ended"));
    assert!(is_dead(&refresh(&server, &token, &[])));
    let silent = browser.get(&authorize(&server, "&prompt=none"));
    assert_eq!(silent.sent("error").as_deref(), Some("login_required"));
    let token = log_in(&server, browser, "");
    let ended = browser.get(&authorize(&server, "&ext-revoke=keep"));
    assert_eq!(ended.sent("error").as_deref(), Some("access_denied"));
    let reply: Value = refresh(&server, &token, &[]).json();
    assert!(reply["refresh_token"].is_string(), "{reply}");
}
