//! A store that does not answer, over HTTP (ST-02 to ST-05).

use super::browser::Browser;
use super::machine::{Machine, machine_tenant};
use super::oidc::{VERIFIER, authorize, code_of_ada, redeem};
use super::running::{Server, tenant};
use rusqlite::Connection;
use serde_json::json;
use std::fs;
use std::thread::sleep;
use std::time::Duration;

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

/// What `/readyz` says, once it is `status`.
fn ready(server: &Server, status: u16) -> String {
    for _ in 0..100 {
        let reply = Browser::default().get(&format!("{}readyz", server.admin));
        let alive = Browser::default().get(&format!("{}healthz", server.admin));
        assert_eq!(alive.status, 200);
        if reply.status == status {
            assert_eq!(reply.header("retry-after").is_some(), status == 503);
            assert_eq!(reply.body.matches('\n').count(), 1, "{reply:?}");
            return reply.body;
        }
        sleep(Duration::from_millis(100));
    }
    panic!("never {status}");
}

/// A server is ready while people can log in, and says in one line why they cannot.
#[test]
fn a_server_is_ready_as_long_as_its_store_can_be_read_and_written() {
    let server = Server::start();
    let path = server.folder.path().join(".postlogin/postlogin.db");
    ready(&server, 200);
    let other = Connection::open(&path).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let said = ready(&server, 503);
    assert!(said.contains("another program that has the file open"), "{said}");
    other.execute_batch("ROLLBACK").unwrap();
    drop(other);
    ready(&server, 200);

    let away = path.with_extension("away");
    fs::rename(&path, &away).unwrap();
    let said = ready(&server, 503);
    assert!(said.contains("postlogin.db") && said.contains("; "), "{said}");
    fs::rename(&away, &path).unwrap();
    ready(&server, 200);

    let whole = fs::read(&path).unwrap();
    fs::write(&path, b"no store at all, whatever stood here").unwrap();
    let said = ready(&server, 503);
    assert!(said.contains("damaged or is no store"), "{said}");
    fs::write(&path, whole).unwrap();
}

/// With `[server] secret` another node, or a backup that is put back, goes on with what was kept: no other key is needed.
#[test]
fn the_secret_alone_reads_what_was_kept() {
    let folder = tenant();
    let settings = "[server]\nsecret = \"a secret of more than thirty-two characters\"\n";
    fs::write(folder.path().join("postlogin.toml"), settings).unwrap();
    let server = Server::of(folder);
    let (browser, application) = (&mut Browser::default(), &mut Browser::default());
    let code = code_of_ada(browser, &server, "");
    let away = browser.get(&authorize(&server, "&ext-away=1"));
    let state = away.sent("state").unwrap();
    let server = server.again(|folder| {
        let own = folder.path().join(".postlogin");
        assert!(
            !own.join("state.key").exists(),
            "a key beside the secret would have to be kept, too"
        );
    });
    assert_eq!(redeem(application, &server, &code, VERIFIER).status, 200);
    let back = browser.get(&format!("{}continue?state={state}&answer=42", server.url));
    assert!(back.sent("code").is_some(), "{back:?}");
}
