//! A store that does not answer, over HTTP (ST-02 to ST-05).

use super::browser::Browser;
use super::machine::{Machine, machine_tenant};
use super::oidc::authorize;
use super::running::Server;
use rusqlite::Connection;
use serde_json::json;

const NOTHING: &str = "exports.onExecutePostLogin = async () => {};";

/// ST-04: somebody else holds the write lock. Nothing hangs, what needs no write goes on, and the rest says why not.
#[test]
fn a_held_lock_is_told_by_its_code_and_passes() {
    let server = Server::of(machine_tenant(NOTHING));
    let job = Machine::of(&server, "job");
    let other = Connection::open(server.folder.path().join(".postlogin/postlogin.db")).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let refused = job.issue(json!({}));
    assert_eq!(
        (refused.status, refused.header("retry-after")),
        (503, Some("2")),
        "{refused:?}"
    );
    assert_eq!(refused.header("x-postlogin-code"), Some("storage_busy"));
    assert_eq!(
        (&refused.json()["error"], &refused.json()["code"]),
        (&json!("temporarily_unavailable"), &json!("storage_busy"))
    );
    let browser = &mut Browser::default();
    let page = browser.get(&authorize(&server, ""));
    assert_eq!(
        (page.status, page.header("x-postlogin-code")),
        (503, Some("storage_busy"))
    );
    assert_eq!(
        browser
            .get(&format!("{}.well-known/jwks.json", server.url))
            .status,
        200
    );
    assert_eq!(
        job.call("GET", "sessions?user_id=auth0%7C1", &json!(null)).status,
        200
    );
    other.execute_batch("ROLLBACK").unwrap();
    assert_eq!(job.result(json!({}))["outcome"], "issued");
}
