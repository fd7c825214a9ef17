//! `test`: cases that pass, fail, are blessed, or cannot be used.

use super::{copy, everything_below, tenant};
use crate::terminal::{Done, postlogin};
use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

#[test]
fn blessing_takes_over_the_message_about_unusable_input_only_where_it_differs() {
    let folder = tempfile::tempdir().unwrap();
    copy_case(
        "fixtures/cases/login/unknown-audience",
        &folder.path().join("case"),
    );
    let expected = folder.path().join("case/expected.txt");
    let bless = || postlogin("test case --bless").from(folder.path()).run().exits(0);
    fs::write(&expected, "not an API of this tenant\n").unwrap();
    bless();
    assert_eq!(
        fs::read_to_string(&expected).unwrap(),
        "not an API of this tenant\n"
    );
    fs::write(&expected, "something else\n").unwrap();
    bless();
    assert!(
        fs::read_to_string(&expected)
            .unwrap()
            .starts_with("https://unknown.example is not an API")
    );
}

/// A copy of a case that finds its tenant and the Actions that it shares with others.
fn copy_case(case: &str, to: &Path) {
    copy(case, to);
    let toml = to.join("case.toml");
    let suite = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/cases");
    let text = fs::read_to_string(&toml).unwrap().replace("../..", suite);
    fs::write(&toml, format!("tenant = \"{suite}/tenant\"\n{text}")).unwrap();
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
fn a_case_finds_the_tenant_that_stands_beside_it() {
    let root = case("api.idToken.setCustomClaim('a', 1)");
    let tenant = root.path().join("suite/tenant");
    fs::create_dir_all(&tenant).unwrap();
    for name in ["tenant.json", "clients", "users.json"] {
        fs::rename(root.path().join(name), tenant.join(name)).unwrap();
    }
    fs::rename(root.path().join("cases"), root.path().join("suite/cases")).unwrap();
    fs::write(
        root.path().join("suite/cases/one/expected.json"),
        r#"{"id_token_claims": {"a": 1}}"#,
    )
    .unwrap();
    // Files of that name are no tenants.
    fs::write(root.path().join("suite/cases/tenant"), "").unwrap();
    postlogin("test suite")
        .from(root.path())
        .run()
        .exits(0)
        .says("1 passed, 0 failed");
}

#[test]
fn a_module_that_stands_in_for_another_and_is_not_asked_for_is_told() {
    let root = case("api.idToken.setCustomClaim('a', require('plan-client').plan)");
    let folder = root.path().join("cases/one");
    fs::write(
        folder.join("expected.json"),
        r#"{"id_token_claims": {"a": "gold"}}"#,
    )
    .unwrap();
    fs::create_dir_all(folder.join("mocks/@scope")).unwrap();
    fs::write(folder.join("mocks/plan-client.js"), "exports.plan = 'gold';").unwrap();
    fs::write(folder.join("mocks/@scope/other.js"), "").unwrap();
    postlogin("test .")
        .from(root.path())
        .run()
        .exits(0)
        .says("no Action asked for mocks/@scope/other.js\n1 passed, 0 failed");
    fs::write(folder.join("mocks/plans.json"), "{}").unwrap();
    postlogin("test .")
        .from(root.path())
        .run()
        .exits(1)
        .says("mocks/plans.json stands in for no module");
}

#[test]
fn an_entry_of_http_json_that_nobody_asks_for_is_told() {
    let root = case("api.idToken.setCustomClaim('a', 1)");
    let folder = root.path().join("cases/one");
    fs::write(folder.join("expected.json"), r#"{"id_token_claims": {"a": 1}}"#).unwrap();
    fs::write(
        folder.join("http.json"),
        r#"[{"method": "get", "url": "https://api.example/users/1", "answer": {"plan": "gold"}}]"#,
    )
    .unwrap();
    postlogin("test .").from(root.path()).run().exits(0).says(
        "no Action asked for entry 1 of http.json, GET https://api.example/users/1\n1 passed, 0 failed",
    );
}

#[test]
fn cases_of_another_command_are_passed_over_and_counted() {
    let root = case("api.idToken.setCustomClaim('a', 1)");
    fs::write(
        root.path().join("cases/one/expected.json"),
        r#"{"id_token_claims": {"a": 1}}"#,
    )
    .unwrap();
    let other = root.path().join("cases/messages/good");
    fs::create_dir_all(&other).unwrap();
    let describe = |command: &str| {
        let text = format!("shows = \"a message\"\ncommand = \"{command}\"\nkind = \"jwt\"\n");
        fs::write(other.join("case.toml"), text).unwrap();
    };
    describe("inspect");
    test(root.path(), "")
        .exits(0)
        .says("passed over in cases/messages: cases for `postlogin inspect`, 1\n1 passed, 0 failed");
    postlogin("test cases/messages")
        .from(root.path())
        .run()
        .exits(1)
        .warns(
            "no case of a login at or below cases/messages: the cases there (1) are for `postlogin inspect`",
        );
    describe("introspect");
    test(root.path(), "")
        .exits(1)
        .warns("unknown variant `introspect`");
}

/// A tenant with a case whose one Action has this handler.
fn case(handler: &str) -> tempfile::TempDir {
    let root = tenant();
    let case = root.path().join("cases/one");
    fs::create_dir_all(case.join("actions")).unwrap();
    fs::write(
        case.join("case.toml"),
        "shows = \"what a claim becomes\"\nclient = \"web\"\nuser = \"mia@lake.example\"\n",
    )
    .unwrap();
    act(root.path(), handler);
    root
}

fn act(root: &Path, handler: &str) {
    let code = format!("exports.onExecutePostLogin = async (event, api) => {{ {handler} }};\n");
    fs::write(root.join("cases/one/actions/a.js"), code).unwrap();
}

fn test(root: &Path, words: &str) -> Done {
    postlogin("test cases").words(words).from(root).run()
}

#[test]
fn what_is_blessed_stands_for_itself_though_it_holds_stars() {
    for (before, after) in [
        ("'read:*'", "'read:every-secret'"),
        ("'*'", "'x'"),
        ("'\\\\*'", "'\\\\x'"),
        ("['*']", "['x']"),
        ("{ '*': '*' }", "{ '*': 'x' }"),
        ("{}", "{ a: 1 }"),
        ("9007199254740992", "9007199254740994"),
    ] {
        let set = |value: &str| format!("api.idToken.setCustomClaim('rights', {value})");
        let root = case(&set(before));
        let expected = root.path().join("cases/one/expected.json");
        fs::write(&expected, r#"{"id_token_claims": {"rights": "old"}}"#).unwrap();
        test(root.path(), "--bless").exits(0).says("blessed");
        test(root.path(), "").exits(0);
        act(root.path(), &set(after));
        test(root.path(), "").exits(1).says("/id_token_claims/rights");
    }
}

#[test]
fn a_first_blessing_expects_stars_where_stars_came_out() {
    let root = case("api.idToken.setCustomClaim('rights', 'read:*')");
    test(root.path(), "--bless").exits(0).says("blessed");
    let blessed = fs::read_to_string(root.path().join("cases/one/expected.json")).unwrap();
    assert!(blessed.contains(r#""rights": "read:\\*""#), "{blessed}");
    test(root.path(), "").exits(0);
}

#[test]
fn blessing_keeps_a_wildcard_that_matches_and_says_what_is_gone() {
    let root = case("api.idToken.setCustomClaim('a', 'new')");
    let expected = root.path().join("cases/one/expected.json");
    fs::write(
        &expected,
        r#"{"id_token_claims": {"a": "old", "iss": "https:*", "b": 1}}"#,
    )
    .unwrap();
    test(root.path(), "--bless").exits(0);
    let blessed: serde_json::Value = serde_json::from_str(&fs::read_to_string(&expected).unwrap()).unwrap();
    assert_eq!(
        blessed,
        serde_json::json!({"id_token_claims": {"a": "new", "iss": "https:*", "b": null}})
    );
    act(
        root.path(),
        "api.idToken.setCustomClaim('a', 'new'); api.idToken.setCustomClaim('b', 1)",
    );
    test(root.path(), "").exits(1).says("/id_token_claims/b");
}

#[test]
fn an_expectation_that_could_not_fail_is_an_error() {
    for (file, text) in [
        ("expected.json", "{}"),
        ("expected.json", ""),
        ("expected.json", " \n"),
        ("expected.json", "[]"),
        ("expected.json", "\"*\""),
        ("expected.json", "{\"outcome\": \"*\", \"trace\": \"*\"}"),
        ("expected.json", "{\"no such member\": null}"),
        ("expected.json", "null"),
        ("expected.xml", ""),
        ("expected.xml", " *\n* "),
        ("expected.txt", "\n"),
    ] {
        let root = case("");
        fs::write(root.path().join("cases/one").join(file), text).unwrap();
        test(root.path(), "").exits(1).says("FAILED").says(file);
    }
    // A case that expects a message, and fails with one.
    let root = case("");
    fs::write(root.path().join("cases/one/expected.txt"), "\n").unwrap();
    let toml = "shows = \"x\"\nclient = \"nobody\"\nuser = \"mia@lake.example\"\n";
    fs::write(root.path().join("cases/one/case.toml"), toml).unwrap();
    test(root.path(), "")
        .exits(1)
        .says("expected.txt expects nothing");
    test(root.path(), "--bless").exits(0);
    test(root.path(), "").exits(0);
}

#[test]
fn blessing_fills_an_empty_expectation_and_leaves_a_broken_one() {
    let root = case("");
    let expected = root.path().join("cases/one/expected.json");
    for empty in ["{}", "{\"outcome\": \"*\"}"] {
        fs::write(&expected, empty).unwrap();
        test(root.path(), "--bless").exits(0).says("blessed");
        let blessed = fs::read_to_string(&expected).unwrap();
        assert!(blessed.contains("\"outcome\": \"issued\""), "{blessed}");
    }
    for broken in ["{", "{\"outcome\": \"x\", \"outcome\": \"issued\"}", "[]"] {
        fs::write(&expected, broken).unwrap();
        test(root.path(), "--bless").exits(1).says("expected.json");
        assert_eq!(fs::read_to_string(&expected).unwrap(), broken);
    }
    fs::write(&expected, "{\"outcome\": \"issued\"}").unwrap();
    fs::write(root.path().join("cases/one/expected.xml"), "<a/>").unwrap();
    test(root.path(), "--bless").exits(1).says("no SAML response");
    test(root.path(), "").exits(1);
}

#[test]
fn a_member_that_is_given_twice_is_an_error_in_every_file_of_a_case() {
    for (file, text, named) in [
        (
            "expected.json",
            r#"{"outcome": "denied", "outcome": "issued"}"#,
            "\"outcome\" is given twice",
        ),
        (
            "expected.json",
            r#"{"id_token_claims": {"a": 1, "a": "*"}}"#,
            "\"a\" is given twice at line 1",
        ),
        (
            "event.json",
            r#"{"user": {}, "user": {}}"#,
            "\"user\" is given twice",
        ),
        (
            "commands.json",
            r#"[{"action": "a", "method": "access.deny", "args": ["x"], "args": ["y"]}]"#,
            "\"args\" is given twice",
        ),
        (
            "case.toml",
            "shows = \"x\"\nclient = \"web\"\nclient = \"web\"\n",
            "duplicate key",
        ),
    ] {
        let root = case("");
        let expected = root.path().join("cases/one/expected.json");
        fs::write(expected, r#"{"outcome": "issued"}"#).unwrap();
        fs::write(root.path().join("cases/one").join(file), text).unwrap();
        let done = test(root.path(), "").exits(1);
        let said = done.out + &done.err;
        assert!(said.contains(named) && said.contains(file), "{file}: {said}");
    }
    let root = case("api.redirect.sendUserTo('https://else.example/')");
    fs::write(
        root.path().join("cases/one/back.json"),
        r#"{"query": {}, "query": {}}"#,
    )
    .unwrap();
    let toml = root.path().join("cases/one/case.toml");
    let text = fs::read_to_string(&toml).unwrap();
    fs::write(&toml, format!("{text}continue = [\"back.json\"]\n")).unwrap();
    test(root.path(), "")
        .exits(1)
        .says("\"query\" is given twice")
        .says("back.json");
}

#[test]
fn a_file_of_a_case_that_cannot_be_read_is_not_taken_for_absent() {
    type Fault = fn(&Path);
    let folder: Fault = |path| fs::create_dir(path).unwrap();
    let dangling: Fault = |path| symlink("nothing", path).unwrap();
    let endless: Fault = |path| symlink(path.file_name().unwrap(), path).unwrap();
    let device: Fault = |path| symlink("/dev/null", path).unwrap();
    let latin: Fault = |path| fs::write(path, b"\xff").unwrap();
    let files = [
        "event.json",
        "commands.json",
        "expected.json",
        "expected.xml",
        "expected.txt",
    ];
    for file in files {
        for fault in [folder, dangling, endless, device, latin] {
            for words in ["", "--bless"] {
                let root = case("");
                let place = root.path().join("cases/one").join(file);
                fs::write(
                    root.path().join("cases/one/expected.json"),
                    r#"{"outcome": "denied"}"#,
                )
                .unwrap();
                let _ = fs::remove_file(&place);
                fault(&place);
                let before = everything_below(&root.path().join("cases"));
                let done = test(root.path(), words).exits(1);
                let said = done.out + &done.err;
                assert!(said.contains(file), "{file}: {said}");
                assert_eq!(
                    everything_below(&root.path().join("cases")),
                    before,
                    "{file} {words}"
                );
            }
        }
    }
    let pipe: Fault = |path| {
        let status = std::process::Command::new("mkfifo").arg(path).status();
        assert!(status.unwrap().success());
    };
    for (place, fault) in [
        ("cases/one/actions/b.js", pipe),
        ("cases/one/event.json", pipe),
        ("cases/one/actions", latin),
        ("cases/one/actions", dangling),
        ("cases/one/actions/b.js", dangling),
        ("cases/two", dangling),
        ("cases/one/case.toml", folder),
        ("cases/one/case.toml", dangling),
    ] {
        let root = case("");
        fs::write(
            root.path().join("cases/one/expected.json"),
            r#"{"outcome": "issued"}"#,
        )
        .unwrap();
        let path = root.path().join(place);
        let _ = fs::remove_file(&path);
        let _ = fs::remove_dir_all(&path);
        fault(&path);
        let done = test(root.path(), "").exits(1);
        let said = done.out + &done.err;
        assert!(said.contains(place), "{place}: {said}");
    }
}

#[test]
fn a_link_back_to_a_folder_above_is_not_followed() {
    let root = case("");
    fs::write(
        root.path().join("cases/one/expected.json"),
        r#"{"outcome": "issued"}"#,
    )
    .unwrap();
    fs::create_dir(root.path().join("cases/more")).unwrap();
    symlink("..", root.path().join("cases/more/back")).unwrap();
    test(root.path(), "").exits(0).says("1 passed, 0 failed");
}

#[test]
fn a_full_disk_leaves_what_was_expected_whole() {
    let root = case("");
    fs::write(
        root.path().join("cases/one/expected.json"),
        r#"{"outcome": "denied"}"#,
    )
    .unwrap();
    // With keys, so that nothing else is to be written.
    postlogin("keys list").from(root.path()).run().exits(0);
    let before = everything_below(root.path());
    let blessing = postlogin("test cases --bless")
        .from(root.path())
        .on_full_disk()
        .run();
    blessing.exits(1).says("expected.json cannot be written");
    let report = postlogin("test cases --junit report.xml")
        .from(root.path())
        .on_full_disk()
        .run();
    report.exits(1).warns("report.xml cannot be written");
    assert_eq!(everything_below(root.path()), before);
}

#[test]
fn a_report_and_a_terminal_get_nothing_that_they_act_on() {
    let odd = r"\ufffe\uffff\u009b31m\u202e\u2028\u0007";
    let root = case(&format!(
        "api.idToken.setCustomClaim('odd', 'a\\nok all: fine\\n{odd}')"
    ));
    let expected = root.path().join("cases/one/expected.json");
    fs::write(&expected, r#"{"id_token_claims": {"odd": "\u009b"}}"#).unwrap();
    let done = test(root.path(), "--junit report.xml").exits(1);
    let done = done.says("\\u{9b}31m\\u{202e}\\u{2028}").never_says("\u{9b}");
    assert!(
        done.out.lines().all(|line| !line.starts_with("ok")),
        "{}",
        done.out
    );
    let report = fs::read_to_string(root.path().join("report.xml")).unwrap();
    assert!(report.contains("\\u{fffe}\\u{ffff}\\u{9b}"), "{report}");
    let legal = |character: char| matches!(character, '\n' | ' '..='\u{7e}' | '\u{a0}'..='\u{fffd}');
    assert!(report.chars().all(legal), "{report:?}");
}

#[test]
fn a_case_that_asks_for_node_is_passed_over_loudly_where_there_is_none() {
    let folder = tempfile::tempdir().unwrap();
    for (name, engine) in [("asks", "engine = \"node\"\n"), ("leaves-it-open", "")] {
        let case = folder.path().join(name);
        copy_case("fixtures/cases/access/deny", &case);
        let text = fs::read_to_string(case.join("case.toml")).unwrap();
        fs::write(case.join("case.toml"), format!("{engine}{text}")).unwrap();
    }
    let test = |more: &str| {
        let line = format!("test . --node /nowhere/node --junit report.xml {more}");
        postlogin(&line).from(folder.path()).run()
    };
    test("")
        .exits(0)
        .says("passed over ./asks: /nowhere/node is not there; ")
        .says("1 passed, 0 failed, 1 case passed over: no Node.js\n");
    let report = fs::read_to_string(folder.path().join("report.xml")).unwrap();
    assert_eq!(
        report
            .matches("<skipped message=\"/nowhere/node is not there")
            .count(),
        1,
        "{report}"
    );
    test("--strict").exits(1).says("1 case passed over: no Node.js\n");
    test("--engine node")
        .exits(0)
        .says("0 passed, 0 failed, 2 cases passed over: no Node.js\n");
    test("--engine embedded")
        .exits(0)
        .says("1 passed, 0 failed, 1 case passed over");
}
