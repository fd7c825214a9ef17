//! What is given to a command and what is wrong with it.

use super::{ADA, copy};
use crate::terminal::postlogin;
use serde_json::{Value, json};
use std::fs;

#[test]
fn strict_turns_a_dropped_claim_into_an_error_and_issues_nothing() {
    let done = postlogin(&format!("{ADA} --strict")).run().exits(3);
    let result = done.json();
    assert_eq!(result["error"]["kind"], "strict");
    assert_eq!(result.get("id_token"), None);
    assert_eq!(result.get("access_token"), None);
    done.warns("restricted claim name");
}

#[test]
fn wrong_input_says_what_is_wrong_and_what_to_do() {
    postlogin("run fixtures/tenants/acme --client wbe --user ada@example.org")
        .run()
        .exits(1)
        .warns("wbe")
        .warns("web");
    postlogin("run fixtures/tenants/acme --client web --user nobody@example.org")
        .run()
        .exits(1)
        .warns("--user");
    postlogin("run fixtures/tenants/acme --client web")
        .run()
        .exits(2)
        .warns("--user");
    postlogin("run no-such-folder --client web --user x")
        .run()
        .exits(1)
        .warns("there is no folder no-such-folder");
    postlogin(&format!("{ADA} --now yesterday"))
        .run()
        .exits(2)
        .warns("2026-01-31T12:00:00Z");
    postlogin(&format!("{ADA} --event no-such-file.json"))
        .run()
        .exits(1)
        .warns("no-such-file.json");
    postlogin(&format!("{ADA} --event -"))
        .input("{\"user\": ")
        .run()
        .exits(1)
        .warns("line 1");
    postlogin("run --no-such-option").run().exits(2);
    postlogin(
        "run fixtures/tenants/acme --client web --user ada@example.org --redirect-uri https://evil.example/",
    )
    .run()
    .exits(1)
    .warns("https://web.acme.example/callback");
}

#[test]
fn check_reports_every_problem_at_once() {
    let done = postlogin("check fixtures/tenants/broken").run().exits(1);
    done.says("tenant.json:3:3 at session_lifetime")
        .says("post-login binds the Action \"great\", which does not exist")
        .says("users.json:4")
        .says("help: did you mean \"greet\"?");
    postlogin("check fixtures/tenants/acme")
        .run()
        .exits(0)
        .says("no problems");
    postlogin("check fixtures/tenants/acme-yaml")
        .run()
        .exits(0)
        .says("no problems");
}

#[test]
fn check_finds_a_syntax_error_in_an_action() {
    let folder = tempfile::tempdir().unwrap();
    copy("fixtures/tenants/acme", folder.path());
    fs::write(
        folder.path().join("actions/add-roles/code.js"),
        "exports.onExecutePostLogin = (\n",
    )
    .unwrap();
    let done = postlogin("check .").from(folder.path()).run().exits(1);
    done.says("actions/add-roles/code.js:1:31: error: Action 'add-roles': the source ends too early")
        .says("action_syntax")
        .says("every login would fail");
    fs::write(folder.path().join("triggers/triggers.json"), "{}").unwrap();
    let done = postlogin("check .").from(folder.path()).run().exits(1);
    done.says("action_syntax")
        .says("no login runs it now")
        .never_says("every login would fail");
}

#[test]
fn check_finds_a_syntax_error_in_a_module() {
    let folder = with_modules(&json!([]));
    fs::write(
        folder.path().join("action-modules/second/code.js"),
        "exports.a = 1;\nexports.b = = 2;\n",
    )
    .unwrap();
    let done = postlogin("check .").from(folder.path()).run().exits(1);
    done.says("action-modules/second/code.js:2:13: error: module 'second': ");
}

#[test]
fn a_missing_secret_names_the_action_and_the_secret() {
    let folder = tempfile::tempdir().unwrap();
    copy("fixtures/tenants/acme", folder.path());
    fs::remove_file(folder.path().join("secrets.env")).unwrap();
    let line = "run . --client payroll --user ada@example.org";
    postlogin(line)
        .from(folder.path())
        .run()
        .exits(1)
        .warns("the secret PAYROLL_COMPANY of the Action \"enrich-saml\" has no value\n")
        .warns("help: write enrich-saml.PAYROLL_COMPANY=VALUE into secrets.env");
    let given = postlogin(line)
        .from(folder.path())
        .environment("POSTLOGIN_SECRET_PAYROLL_COMPANY", "acme-7")
        .run();
    given.exits(0).says("acme-7");
}

#[test]
fn a_secret_that_is_too_short_to_be_hidden_is_warned_of() {
    let folder = tempfile::tempdir().unwrap();
    copy("fixtures/tenants/acme", folder.path());
    for (value, warnings) in [
        ("1234567", 1),
        ("12345678", 0),
        ("  1234567 ", 1),
        ("pässwört", 0),
    ] {
        fs::write(
            folder.path().join("secrets.env"),
            format!("# ours\nenrich-saml.PAYROLL_COMPANY={value}\n"),
        )
        .unwrap();
        let done = postlogin("check .").from(folder.path()).run().exits(0);
        let warned = done
            .out
            .matches("secrets.env:2: warning: the secret PAYROLL_COMPANY of the Action \"enrich-saml\" is too short to be hidden");
        assert_eq!(warned.count(), warnings, "{}", done.out);
        assert!(!done.out.contains("1234567"));
    }
}

#[test]
fn an_action_cannot_require_what_lies_beside_it_in_the_tenant() {
    let source = "exports.onExecutePostLogin = async (event, api) => {
      for (const name of ['./add-roles.json', './actions/add-roles.json', './users.json', '../users.json', './helper']) {
        try { console.log('found', require(name)); } catch (error) { console.log('refused', error.message); }
      }
    };";
    for (code, found) in [("a.js", 0), ("actions/a.js", 0), ("actions/add-roles/code.js", 1)] {
        let folder = tempfile::tempdir().unwrap();
        copy("fixtures/tenants/acme", folder.path());
        let file = folder.path().join(code);
        fs::write(&file, source).unwrap();
        fs::write(file.with_file_name("helper.js"), "").unwrap();
        let definition = folder.path().join("actions/add-roles.json");
        let text = fs::read_to_string(&definition).unwrap();
        let mut value: Value = serde_json::from_str(&text).unwrap();
        value["code"] = json!(format!("./{code}"));
        fs::write(&definition, value.to_string()).unwrap();
        let line = "run . --client web --user ada@example.org";
        let bound = postlogin(line).from(folder.path()).run().exits(0).json();
        let file = postlogin(&format!("{line} --action"))
            .word(&file)
            .from(folder.path());
        for result in [bound, file.run().exits(0).json()] {
            let logs = result["actions"][0]["logs"].as_array().unwrap();
            let count = |word: &str| {
                logs.iter()
                    .filter(|log| log.as_str().unwrap().starts_with(word))
                    .count()
            };
            assert_eq!(
                (count("found"), count("refused")),
                (found, 5 - found),
                "{code}: {logs:?}"
            );
        }
    }
}

/// The tenant acme with the modules `first` and `second`, of which `add-roles` requires both.
fn with_modules(listed: &Value) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    copy("fixtures/tenants/acme", folder.path());
    for name in ["first", "second"] {
        let module = folder.path().join("action-modules").join(name);
        fs::create_dir_all(&module).unwrap();
        let code = format!("./action-modules/{name}/code.js");
        fs::write(folder.path().join(&code), format!("module.exports = '{name}';\n")).unwrap();
        let definition = json!({"name": name, "code": code});
        fs::write(module.with_extension("json"), definition.to_string()).unwrap();
    }
    let definition = folder.path().join("actions/add-roles.json");
    let text = fs::read_to_string(&definition).unwrap();
    let mut value: Value = serde_json::from_str(&text).unwrap();
    value["modules"] = listed.clone();
    fs::write(&definition, value.to_string()).unwrap();
    let source = "exports.onExecutePostLogin = async () => {
      for (const name of ['first', 'second']) {
        try { console.log(require('actions:' + name)); } catch (error) { console.log(error.message); }
      }
    };";
    fs::write(folder.path().join("actions/add-roles/code.js"), source).unwrap();
    folder
}

#[test]
fn an_action_requires_the_modules_that_it_lists_or_all_where_it_lists_none() {
    let logs = |listed: Value| {
        let folder = with_modules(&listed);
        let line = postlogin("run . --client web --user ada@example.org").from(folder.path());
        line.run().exits(0).json()["actions"][0]["logs"].clone()
    };
    assert_eq!(logs(json!([])), json!(["first", "second"]));
    assert_eq!(
        logs(json!([{"module_name": "second"}])),
        json!([
            "there is no module 'actions:first' among this Action's modules",
            "second"
        ])
    );
}

#[test]
fn config_names_every_setting_with_its_source() {
    let settings = postlogin("config fixtures/tenants/acme --format json")
        .run()
        .exits(0)
        .json();
    let find = |key: &str| {
        settings
            .as_array()
            .unwrap()
            .iter()
            .find(|line| line["key"] == key)
            .cloned()
            .unwrap()
    };
    assert_eq!(find("domain")["value"], "\"acme.example\"");
    assert!(
        find("domain")["source"]
            .as_str()
            .unwrap()
            .contains("postlogin.toml")
    );
    assert_eq!(find("actions.output_limit")["source"], "default");
}
