//! A reload is one atomic switch.

use super::browser::Browser;
use super::oidc::{authorize, claims, redeemed};
use super::running::{PASSWORD, Server, tenant};
use rustix::process::Signal;
use std::fs;
use std::process::Command;
use std::thread::sleep;
use std::time::Duration;

const OTHER: &str =
    "exports.onExecutePostLogin = async (event, api) => api.idToken.setCustomClaim('https://x/new', 1);
exports.onContinuePostLogin = async (event, api) => api.idToken.setCustomClaim('https://x/back', 1);";

fn logged_in(server: &Server) -> Browser {
    let mut browser = Browser::default();
    let asked = browser.get(&authorize(server, ""));
    browser.log_in(&asked, "ada@example.org", PASSWORD);
    browser
}

/// The claims of the ID token of a silent login.
fn silent(server: &Server, browser: &mut Browser) -> serde_json::Value {
    let code = browser
        .get(&authorize(server, "&prompt=none"))
        .sent("code")
        .unwrap();
    claims(&redeemed(&mut Browser::default(), server, &code)["id_token"])
}

#[test]
fn a_running_server_takes_up_its_folder_on_sighup() {
    let server = Server::start();
    let mut browser = logged_in(&server);
    assert_eq!(
        silent(&server, &mut browser)["https://x/new"],
        serde_json::Value::Null
    );
    let away = browser.get(&authorize(&server, "&ext-away=1"));
    let state = away.sent("state").unwrap();
    let action = server.folder.path().join("actions/a/code.js");

    // What is broken changes nothing, and is named.
    let before = fs::read(&action).unwrap();
    fs::write(&action, "exports.onExecutePostLogin = async (event, api) => {").unwrap();
    server.signal(Signal::HUP);
    let failed = server.logged("reload_failed");
    assert!(
        failed["message"].as_str().unwrap().contains("code.js"),
        "{failed}"
    );
    assert_eq!(
        silent(&server, &mut browser)["https://x/new"],
        serde_json::Value::Null
    );
    fs::write(&action, before).unwrap();
    fs::write(server.folder.path().join("clients/web.json"), "{").unwrap();
    server.signal(Signal::HUP);
    sleep(Duration::from_millis(700));
    assert_eq!(
        silent(&server, &mut browser)["https://x/new"],
        serde_json::Value::Null
    );
    fs::remove_file(server.folder.path().join("clients/web.json")).unwrap();
    let other = tenant();
    fs::copy(
        other.path().join("clients/web.json"),
        server.folder.path().join("clients/web.json"),
    )
    .unwrap();

    // A login that waits outlives a reload, and its Action is still the one that it was.
    let web = server.folder.path().join("clients/web.json");
    let changed = fs::read_to_string(&web).unwrap().replace("\"web\"", "\"web\" ");
    fs::write(&web, changed).unwrap();
    server.signal(Signal::HUP);
    server.logged("reloaded");
    let back = browser.get(&format!("{}continue?state={state}&answer=42", server.url));
    assert!(back.sent("code").is_some(), "{back:?}");

    fs::write(&action, OTHER).unwrap();
    server.signal(Signal::HUP);
    for _ in 0..100 {
        if silent(&server, &mut browser)["https://x/new"] == 1 {
            break;
        }
        sleep(Duration::from_millis(50));
    }
    assert_eq!(silent(&server, &mut browser)["https://x/new"], 1);
    // The workers of before have ended.
    for _ in 0..100 {
        if server.workers() == 1 {
            break;
        }
        sleep(Duration::from_millis(50));
    }
    assert_eq!(server.workers(), 1);
}

#[test]
fn a_folder_that_is_watched_is_taken_up_when_it_changes() {
    let server = Server::with(tenant(), &["--watch"]);
    let mut browser = logged_in(&server);
    fs::write(server.folder.path().join("actions/a/code.js"), OTHER).unwrap();
    server.logged("reloaded");
    assert_eq!(silent(&server, &mut browser)["https://x/new"], 1);
    // The store is no file of the tenant: a login is no reason to reload.
    sleep(Duration::from_millis(1200));
    let reloads = server
        .log()
        .into_iter()
        .filter(|line| line["event"] == "reloaded");
    assert_eq!(reloads.count(), 1);
}

#[test]
fn keys_that_are_rotated_are_seen_without_a_reload() {
    let server = Server::start();
    let jwks = format!("{}.well-known/jwks.json", server.url);
    let browser = &mut Browser::default();
    let kids = |browser: &mut Browser| {
        let keys = browser.get(&jwks).json()["keys"].as_array().unwrap().clone();
        keys.into_iter()
            .map(|key| key["kid"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    let before = kids(browser);
    let rotated = Command::new(env!("CARGO_BIN_EXE_postlogin"))
        .args(["keys", "rotate"])
        .arg(server.folder.path())
        .output()
        .unwrap();
    assert!(rotated.status.success(), "{rotated:?}");
    server.logged("keys_reloaded");
    let after = kids(browser);
    assert_ne!(before, after);
    // The key that signed is still published.
    assert!(
        before.iter().any(|kid| after.contains(kid)),
        "{before:?} {after:?}"
    );
}
