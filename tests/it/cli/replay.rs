//! `run --record` and `replay`.

use super::{action, tenant};
use crate::terminal::postlogin;
use serde_json::Value;
use std::fs;
use std::path::Path;

/// A tenant whose only Action has this body and a secret.
fn with_action(body: &str) -> tempfile::TempDir {
    let root = tenant();
    write_action(root.path(), body);
    for (file, text) in [
        (
            "actions/enrich.json",
            r#"{"name": "enrich", "code": "actions/enrich/code.js", "secrets": [{"name": "API_KEY"}],
                "supported_triggers": [{"id": "post-login", "version": "v3"}], "deployed": true}"#,
        ),
        (
            "triggers/triggers.json",
            r#"{"post-login": [{"action_name": "enrich", "display_name": "enrich"}]}"#,
        ),
        ("secrets.env", "enrich.API_KEY=sk-live-0123456789\n"),
    ] {
        let path = root.path().join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    root
}

fn write_action(root: &Path, body: &str) {
    let file = root.join("actions/enrich/code.js");
    fs::create_dir_all(file.parent().unwrap()).unwrap();
    let code = format!(
        "exports.onExecutePostLogin = async (event, api) => {{\n{body}\n}};\n\
         exports.onContinuePostLogin = async (event, api) => {{\n\
           const token = api.redirect.validateToken({{ secret: event.secrets.API_KEY }});\n\
           api.idToken.setCustomClaim('back', token.sub);\n\
         }};\n"
    );
    fs::write(file, code).unwrap();
}

const RUN: &str = "run . --client web --user mia@lake.example --format json --record record.json";

#[test]
fn a_login_that_was_recorded_is_the_same_again() {
    let root = with_action(
        "api.idToken.setCustomClaim('random', Math.random());
         api.idToken.setCustomClaim('key', event.secrets.API_KEY);
         api.idToken.setCustomClaim('at', Date.now());",
    );
    let result = postlogin(RUN).from(root.path()).run().exits(0).json();
    let text = fs::read_to_string(root.path().join("record.json")).unwrap();
    let token = result["id_token"].as_str().unwrap();
    for secret in ["sk-live", token, token.split('.').nth(2).unwrap()] {
        assert!(!text.contains(secret), "{text}");
    }
    let record: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(record["result"]["id_token_claims"]["key"], "[secret API_KEY]");
    assert_eq!(
        record["result"]["id_token_claims"]["random"],
        result["id_token_claims"]["random"]
    );
    let elsewhere = tempfile::tempdir().unwrap();
    let file = root.path().join("record.json");
    let again = postlogin("replay").word(&file).from(elsewhere.path()).run();
    again.exits(0).says("nothing differs");
    write_action(root.path(), "api.idToken.setCustomClaim('key', 'other');");
    let changed = postlogin("replay record.json").from(root.path()).run();
    changed
        .exits(1)
        .says("/id_token_claims/random: expected 0.")
        .says("/id_token_claims/key:\n    expected \"[secret API_KEY]\"\n    got      \"other\"");
}

#[test]
fn the_request_that_came_back_is_in_the_record_without_its_secret() {
    let root = with_action("api.redirect.sendUserTo('https://other.example/');");
    let back = r#"{"token": {"secret": "sk-live-0123456789"}}"#;
    fs::write(root.path().join("back.json"), back).unwrap();
    let run = format!("{RUN} --continue back.json");
    let result = postlogin(&run).from(root.path()).run().exits(0).json();
    assert_eq!(result["id_token_claims"]["back"], "auth0|mia");
    fs::remove_file(root.path().join("back.json")).unwrap();
    let text = fs::read_to_string(root.path().join("record.json")).unwrap();
    assert!(!text.contains("sk-live"), "{text}");
    let again = postlogin("replay record.json").from(root.path()).run();
    again.exits(0).says("nothing differs");
}

#[test]
fn files_of_actions_are_those_of_today_and_their_secrets_can_be_given_again() {
    let root = tenant();
    let (_folder, file) = action("api.idToken.setCustomClaim('length', event.secrets.KEY.length);");
    let run = postlogin(RUN)
        .words("--secret KEY=0123456789abcdef --action")
        .word(&file);
    run.from(root.path()).run().exits(0);
    let text = fs::read_to_string(root.path().join("record.json")).unwrap();
    assert!(!text.contains("0123456789abcdef"), "{text}");
    let again = postlogin("replay record.json --secret KEY=0123456789abcdef");
    again.from(root.path()).run().exits(0).says("nothing differs");
    let handle = postlogin("replay record.json").from(root.path()).run();
    handle
        .exits(1)
        .says("/id_token_claims/length:\n    expected 16\n    got      12");
}

#[test]
fn what_cannot_be_recorded_or_replayed_is_said() {
    let root = tenant();
    let standard_input = postlogin("run . --client web --event - --record r.json");
    let standard_input = standard_input.from(root.path()).input("{}").run();
    standard_input
        .exits(2)
        .warns("--record cannot keep what comes from standard input");
    fs::write(root.path().join("r.json"), r#"{"postlogin_record": 99}"#).unwrap();
    let other = postlogin("replay r.json").from(root.path()).run();
    other.exits(1).warns("form 99 is of another version");
    fs::write(root.path().join("r.json"), "{}").unwrap();
    let nothing = postlogin("replay r.json").from(root.path()).run();
    nothing.exits(1).warns("missing field `postlogin_record`");
}
