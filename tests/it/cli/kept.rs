//! Keys and cases that are kept with a tenant; completions.

use super::copy;
use crate::terminal::postlogin;
use std::fs;
use std::path::Path;

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
fn blessing_takes_over_the_message_about_unusable_input_only_where_it_differs() {
    let folder = tempfile::tempdir().unwrap();
    copy_case(
        "fixtures/cases/login/unknown-audience",
        &folder.path().join("case"),
    );
    let expected = folder.path().join("case/expected.txt");
    let bless = || postlogin("test case --bless").from(folder.path()).run().exits(0);
    fs::write(&expected, "no API of this tenant\n").unwrap();
    bless();
    assert_eq!(fs::read_to_string(&expected).unwrap(), "no API of this tenant\n");
    fs::write(&expected, "something else\n").unwrap();
    bless();
    assert!(
        fs::read_to_string(&expected)
            .unwrap()
            .starts_with("https://unknown.example is no API")
    );
}

/// A copy of a case that finds its tenant.
fn copy_case(case: &str, to: &Path) {
    copy(case, to);
    let toml = to.join("case.toml");
    let tenant = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/cases");
    let text = fs::read_to_string(&toml).unwrap();
    fs::write(&toml, format!("tenant = \"{}\"\n{text}", tenant.display())).unwrap();
}

#[test]
fn a_difference_fails_a_case_and_bless_takes_it_over() {
    let folder = tempfile::tempdir().unwrap();
    copy_case("fixtures/cases/access/deny", &folder.path().join("case"));
    let expected = folder.path().join("case/expected.json");
    fs::write(&expected, r#"{"error": {"description": "something else"}}"#).unwrap();
    let junit = folder.path().join("report.xml");
    let failing = postlogin("test case --junit report.xml")
        .from(folder.path())
        .run()
        .exits(1);
    failing
        .says("0 passed, 1 failed")
        .says("/error/description")
        .says("not on the list");
    assert!(fs::read_to_string(&junit).unwrap().contains("failures=\"1\""));
    postlogin("test case --bless")
        .from(folder.path())
        .run()
        .exits(0)
        .says("blessed");
    postlogin("test case")
        .from(folder.path())
        .run()
        .exits(0)
        .says("1 passed, 0 failed");
    assert_eq!(
        fs::read_to_string(&expected).unwrap(),
        "{\n  \"error\": {\n    \"description\": \"not on the list\"\n  }\n}\n"
    );
    postlogin("test .")
        .from(tempfile::tempdir().unwrap().path())
        .run()
        .exits(1)
        .warns("there is no case");
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
