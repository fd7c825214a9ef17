//! What is printed, for people and for programs.

use super::{ADA, FIXED, action, copy};
use crate::terminal::postlogin;
use serde_json::{Value, json};
use std::fs;

#[test]
fn text_is_for_people_and_names_who_asked_for_a_claim() {
    postlogin(&format!("{ADA} --format text"))
        .run()
        .exits(0)
        .says("issued")
        .says("<- add-roles, line 11, column 15")
        .says("dropped    id_token/roles (restricted_claim)")
        .says("| login ");
}

#[test]
fn text_of_scripts_cannot_steer_the_terminal() {
    let (_folder, file) = action(
        "  console.log('\\u001b[2Jcleared\\u009b1m');\n  api.idToken.setCustomClaim('a\\u001b', '\\u009bx');",
    );
    let done = postlogin(&format!("{ADA} --format text --action"))
        .word(&file)
        .run()
        .exits(0);
    let is_safe = |text: &str| !text.contains(|one: char| one.is_control() && one != '\n');
    assert!(is_safe(&done.out) && is_safe(&done.err), "{:?}", done.out);
    done.says("\\u{1b}[2Jcleared\\u{9b}1m");
}

#[test]
fn a_log_keeps_the_level_it_was_written_with() {
    let (_folder, file) = action("  console.log('one');\n  console.warn('two');\n  console.error('three');");
    let done = postlogin(&format!("{ADA} --action")).word(&file).run();
    let action = &done.exits(0).json()["actions"][0];
    assert_eq!(action["logs"], json!(["one", "two", "three"]));
    assert_eq!(action["log_levels"], json!(["log", "warn", "error"]));
    postlogin(&format!("{ADA} --format text --action"))
        .word(&file)
        .run()
        .exits(0)
        .says("| one\n")
        .says("| warn two\n")
        .says("| error three\n");
}

#[test]
fn text_says_that_a_seeded_result_is_for_tests_only() {
    let line = format!("{ADA} --format text");
    postlogin(&format!("{line} {FIXED}"))
        .run()
        .exits(0)
        .says("deterministic: ids and keys come from --seed; for tests only");
    let done = postlogin(&line).run().exits(0);
    assert!(!done.out.contains("deterministic"));
}

#[test]
fn text_says_beside_a_saml_attribute_who_asked_for_it() {
    let line = "run fixtures/tenants/acme --client payroll --user ada@example.org --format text";
    let done = postlogin(line).run().exits(0);
    let attribute = |line: &&str| line.contains("<saml:Attribute Name=\"employeeNumber\"");
    let attribute = done.out.lines().find(attribute).unwrap();
    assert!(
        attribute.contains("\">  <- enrich-saml, line 9, column "),
        "{attribute}"
    );
    assert!(!done.out.contains("saml/attribute:"), "{}", done.out);
}

#[test]
fn json_is_the_default_where_standard_output_is_no_terminal() {
    let result = postlogin(ADA).run().exits(0).json();
    assert_eq!(result["outcome"], "issued");
    assert_eq!(
        result["id_token_claims"]["https://acme.example/roles"],
        json!(["employee", "manager"])
    );
    assert_eq!(result["deterministic"], false);
    assert_eq!(
        result["id_token"].as_str().map(|token| token.split('.').count()),
        Some(3)
    );
}

#[test]
fn a_saml_client_gets_a_response() {
    let line = "run fixtures/tenants/acme --client payroll --user ada@example.org --relay-state here";
    let result = postlogin(line).run().exits(0).json();
    assert_eq!(result["saml"]["acs_url"], "https://payroll.example/saml/acs");
    assert_eq!(result["saml"]["relay_state"], "here");
    assert!(result["saml"]["xml"].as_str().unwrap().contains("employeeNumber"));
    assert_eq!(result.get("id_token"), None);
}

#[test]
fn what_is_for_programs_is_printed_byte_for_byte() {
    let (_folder, file) = action("  api.samlResponse.setAttribute('text', 'a\\u007f\\u009b\\u2028b');");
    let line =
        "run fixtures/tenants/acme --client payroll --user ada@example.org --relay-state a\u{7f}b --action";
    let result = postlogin(line).word(&file).run().exits(0).json();
    assert_eq!(result["saml"]["relay_state"], "a\u{7f}b");
    let xml = result["saml"]["assertion_xml"].as_str().unwrap();
    assert!(xml.contains(">a\u{7f}\u{9b}\u{2028}b<"), "{xml}");

    let tenant = tempfile::tempdir().unwrap();
    copy("fixtures/tenants/acme", tenant.path());
    let client = tenant.path().join("clients/payroll.json");
    let mut members: Value = serde_json::from_str(&fs::read_to_string(&client).unwrap()).unwrap();
    members["addons"]["samlp"]["issuer"] = json!("urn:a\u{7f}b");
    fs::write(&client, members.to_string()).unwrap();
    let line = postlogin("metadata . --client payroll").from(tenant.path());
    line.run().exits(0).says("entityID=\"urn:a\u{7f}b\"");
}

#[test]
fn the_same_seed_and_clock_give_the_same_bytes() {
    for client in ["web", "payroll"] {
        let line = format!("run fixtures/tenants/acme --client {client} --user ada@example.org {FIXED}");
        let (first, second) = (postlogin(&line).run().exits(0), postlogin(&line).run().exits(0));
        assert_eq!(first.out, second.out);
        assert_eq!(first.json()["deterministic"], true);
        let other = postlogin(&line.replace("--seed s", "--seed t")).run().exits(0);
        assert_ne!(first.out, other.out);
    }
}

#[test]
fn a_denial_exits_3_and_names_place_and_reason() {
    let (_folder, file) = action("  api.access.deny('not on the list');");
    let done = postlogin(&format!("{ADA} --action")).word(&file).run().exits(3);
    assert_eq!(done.json()["outcome"], "denied");
    done.warns("access_denied: action, line 2, column 14: not on the list");
}

#[test]
fn text_names_the_helper_file_that_asked_for_a_claim() {
    let folder = tempfile::tempdir().unwrap();
    copy("fixtures/tenants/acme", folder.path());
    let action = folder.path().join("actions/add-roles");
    let helper = "exports.add = (api) => {\n\n  api.idToken.setCustomClaim('https://x.example/a', 1);\n};";
    fs::write(action.join("helper.js"), helper).unwrap();
    let main =
        "const { add } = require('./helper'); exports.onExecutePostLogin = async (event, api) => add(api);";
    fs::write(action.join("code.js"), main).unwrap();
    let line = "run . --client web --user ada@example.org --format text";
    let done = postlogin(line).from(folder.path()).run().exits(0);
    done.says("<- add-roles, helper.js line 3, column ");
    fs::write(action.join("helper.js"), "exports.add = () => {\n  null.x;\n};").unwrap();
    let failed = postlogin(&line.replace("text", "json"))
        .from(folder.path())
        .run()
        .exits(3);
    let error = &failed.json()["error"];
    assert_eq!((&error["file"], &error["line"]), (&json!("helper.js"), &json!(2)));
}
