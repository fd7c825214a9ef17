//! Keys that are kept with a tenant; completions.

use crate::terminal::postlogin;
use std::fs;

#[test]
fn keys_are_made_once_and_kept_with_the_tenant() {
    let folder = tempfile::tempdir().unwrap();
    let first = postlogin("keys list .")
        .from(folder.path())
        .run()
        .exits(0)
        .says("current")
        .warns("were made");
    let second = postlogin("keys list .").from(folder.path()).run().exits(0);
    assert_eq!(first.out, second.out);
    let jwks = postlogin("keys jwks .").from(folder.path()).run().exits(0);
    assert!(jwks.json()["keys"][0]["n"].is_string());
    jwks.never_says("\"d\"");
    let ignored = fs::read_to_string(folder.path().join(".postlogin/.gitignore")).unwrap();
    assert_eq!(ignored.trim(), "*");
}

#[test]
fn rotated_keys_move_on_by_one_and_the_next_one_was_published_before() {
    let folder = tempfile::tempdir().unwrap();
    let list = |line: &str| postlogin(line).from(folder.path()).run().exits(0).out;
    let kid = |text: &str, role: &str| {
        let line = text
            .lines()
            .find(|line| line.starts_with(role))
            .map(str::to_owned);
        line.and_then(|line| line.split_whitespace().nth(2).map(str::to_owned))
    };
    let before = list("keys list .");
    let after = list("keys rotate .");
    assert_eq!(kid(&after, "previous"), kid(&before, "current"));
    assert_eq!(kid(&after, "current"), kid(&before, "next"));
    assert_ne!(kid(&after, "next"), kid(&before, "next"));
    assert_eq!(list("keys list ."), after);
}

#[test]
fn a_new_key_never_replaces_a_file() {
    let folder = tempfile::tempdir().unwrap();
    postlogin("keys new key.pem")
        .from(folder.path())
        .run()
        .exits(0)
        .says("kid");
    let made = fs::read_to_string(folder.path().join("key.pem")).unwrap();
    postlogin("keys new key.pem")
        .from(folder.path())
        .run()
        .exits(1)
        .warns("key.pem");
    assert_eq!(fs::read_to_string(folder.path().join("key.pem")).unwrap(), made);
}

#[test]
fn completion_scripts_and_help_are_there() {
    postlogin("completions bash").run().exits(0).says("postlogin");
    postlogin("--help")
        .run()
        .exits(0)
        .says("Exit status")
        .says("run")
        .says("issue");
    postlogin("run --help")
        .run()
        .exits(0)
        .says("--save-state")
        .says("Examples:");
    postlogin("").run().exits(2).warns("Usage");
}
