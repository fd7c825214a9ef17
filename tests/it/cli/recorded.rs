//! Recorded commands, kept logins and repeated runs.

use super::{ADA, FIXED, action, copy};
use crate::terminal::postlogin;
use serde_json::{Value, json};
use std::fs;
use std::path::Path;

#[test]
fn an_event_alone_is_enough() {
    let (_folder, file) = action("  api.idToken.setCustomClaim('https://x.example/id', event.user.user_id);");
    let event =
        json!({"user": {"user_id": "auth0|7", "email": "x@example.org"}, "client": {"client_id": "c"}});
    let folder = tempfile::tempdir().unwrap();
    let done = postlogin("run --event - --action")
        .word(&file)
        .from(folder.path())
        .input(&event.to_string())
        .run();
    let result = done.exits(0).warns("made for this run").json();
    assert_eq!(result["id_token_claims"]["https://x.example/id"], "auth0|7");
    assert_eq!(result["id_token_claims"]["aud"], "c");
    assert_eq!(
        fs::read_dir(folder.path()).unwrap().count(),
        0,
        "nothing is left behind"
    );
}

#[test]
fn recorded_commands_give_the_same_result_without_javascript() {
    for client in ["web", "payroll"] {
        let login = format!("fixtures/tenants/acme --client {client} --user ada@example.org {FIXED}");
        let run = postlogin(&format!("run {login}")).run().exits(0).json();
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("result.json");
        fs::write(&file, run.to_string()).unwrap();
        let issued = postlogin(&format!("issue {login} --commands"))
            .word(&file)
            .run()
            .exits(0)
            .json();
        for member in [
            "outcome",
            "id_token_claims",
            "access_token_claims",
            "effects",
            "commands",
            "trace",
        ] {
            assert_eq!(run.get(member), issued.get(member), "{client}: {member}");
        }
        let xml = |result: &Value| result.pointer("/saml/xml").cloned();
        assert_eq!(xml(&run), xml(&issued));
    }
}

#[test]
fn a_private_key_is_shown_as_a_handle_and_found_again_by_it() {
    let pem = fs::read_to_string("certs/custom.key").unwrap();
    let certificate = fs::read_to_string("certs/custom.crt").unwrap();
    let folder = tempfile::tempdir().unwrap();
    copy("fixtures/tenants/acme", folder.path());
    let code = "exports.onExecutePostLogin = async (event, api) => {\n\
                api.samlResponse.setKey(event.secrets.KEY); api.samlResponse.setCert(event.secrets.CERT); };";
    fs::write(folder.path().join("actions/enrich-saml/code.js"), code).unwrap();
    let json_file = folder.path().join("actions/enrich-saml.json");
    let mut definition: Value = serde_json::from_str(&fs::read_to_string(&json_file).unwrap()).unwrap();
    definition["secrets"] = json!([{"name": "KEY", "value": pem}, {"name": "CERT", "value": certificate}]);
    fs::write(&json_file, definition.to_string()).unwrap();
    let login = format!("--client payroll --user ada@example.org {FIXED}");
    let run = postlogin(&format!("run . {login}"))
        .from(folder.path())
        .run()
        .exits(0);
    let body = pem.lines().nth(1).unwrap();
    let run = run.never_says(body).says("$secret");
    fs::write(folder.path().join("result.json"), &run.out).unwrap();
    let issue = format!("issue . {login} --commands result.json");
    let issued = postlogin(&issue)
        .from(folder.path())
        .run()
        .exits(0)
        .never_says(body)
        .json();
    assert_eq!(run.json()["saml"]["xml"], issued["saml"]["xml"]);
    let shown = postlogin(&format!("run . {login} --show-secrets"))
        .from(folder.path())
        .run()
        .exits(0);
    assert!(shown.out.contains(body));
}

#[test]
fn a_suspended_login_is_kept_and_taken_up_again() {
    let folder = tempfile::tempdir().unwrap();
    let script = folder.path().join("away.js");
    fs::write(
        &script,
        "exports.onExecutePostLogin = async (event, api) => {\n\
         api.idToken.setCustomClaim('https://x.example/before', true);\n\
         api.redirect.sendUserTo('https://other.example/'); };\n\
         exports.onContinuePostLogin = async (event, api) => {\n\
         const back = api.redirect.validateToken({ secret: 'shared' });\n\
         api.idToken.setCustomClaim('https://x.example/back', back.color); };\n",
    )
    .unwrap();
    let back = folder.path().join("back.json");
    fs::write(
        &back,
        json!({"token": {"secret": "shared", "payload": {"color": "blue"}}}).to_string(),
    )
    .unwrap();
    let state = folder.path().join("login.json");
    let login = format!("{ADA} {FIXED} --action");
    let away = postlogin(&login)
        .word(&script)
        .word("--save-state")
        .word(&state)
        .run()
        .exits(0)
        .json();
    assert_eq!(away["outcome"], "redirect");
    assert!(
        away["redirect"]["url"]
            .as_str()
            .unwrap()
            .starts_with("https://other.example/?state=")
    );
    // The kept login knows its application and its user.
    let line = postlogin(&format!("run fixtures/tenants/acme {FIXED} --action"))
        .word(&script)
        .word("--resume")
        .word(&state)
        .word("--continue")
        .word(&back);
    let resumed = line.run().exits(0).json();
    assert_eq!(resumed["outcome"], "issued");
    assert_eq!(resumed["id_token_claims"]["https://x.example/before"], true);
    assert_eq!(resumed["id_token_claims"]["https://x.example/back"], "blue");
    let whole = postlogin(&login)
        .word(&script)
        .word("--continue")
        .word(&back)
        .run()
        .exits(0)
        .json();
    assert_eq!(whole["id_token_claims"], resumed["id_token_claims"]);
}

#[test]
fn a_claim_that_looks_like_a_handle_stays_a_claim() {
    let handle = json!({"$secret": "sha256:0000"});
    let commands =
        json!([{"action": "a", "method": "idToken.setCustomClaim", "args": ["https://x.example/h", handle]}]);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("commands.json");
    fs::write(&file, commands.to_string()).unwrap();
    let line = "issue fixtures/tenants/acme --client web --user ada@example.org --commands";
    let issued = postlogin(line).word(&file).run().exits(0).json();
    assert_eq!(issued["id_token_claims"]["https://x.example/h"], handle);
}

#[test]
fn commands_that_are_never_reached_or_cannot_be_are_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("commands.json");
    let issue = |commands: Value| {
        fs::write(&file, commands.to_string()).unwrap();
        let line = "issue fixtures/tenants/acme --client web --user ada@example.org --commands";
        postlogin(line).word(&file).run()
    };
    let claim = |handler: Option<&str>| json!({"action": "a", "handler": handler, "method": "idToken.setCustomClaim", "args": ["https://x.example/h", 1]});
    let deny = json!({"action": "b", "method": "access.deny", "args": ["no"]});
    issue(json!([claim(Some("continue")), deny]))
        .exits(1)
        .warns("the command idToken.setCustomClaim of 'a' is never reached");
    issue(json!([claim(None), deny])).exits(3).warns("access_denied");
    issue(json!([{"action": "a", "method": "idToken.setClaim", "args": []}]))
        .exits(1)
        .warns("command 0")
        .warns("no such");
    issue(json!([{"action": "a", "method": "cache.get", "args": ["k"]}]))
        .exits(1)
        .warns("command 0");
    issue(json!({"error": {"kind": "exception"}, "commands": [claim(None)]}))
        .exits(1)
        .warns("exception");
}

#[test]
fn two_files_of_one_name_are_two_actions() {
    let claim = |name: &str| format!("  api.idToken.setCustomClaim('https://x.example/{name}', true);");
    let ((_one, first), (_two, second)) = (action(&claim("first")), action(&claim("second")));
    let result = postlogin(&format!("{ADA} --action"))
        .word(&first)
        .word("--action")
        .word(&second)
        .run()
        .exits(0)
        .json();
    assert_eq!(result["id_token_claims"]["https://x.example/first"], true);
    assert_eq!(result["id_token_claims"]["https://x.example/second"], true);
}

#[test]
fn the_application_of_an_event_is_not_another_one() {
    let folder = tempfile::tempdir().unwrap();
    let event = |client: Value| json!({"user": {"user_id": "auth0|7"}, "client": client}).to_string();
    let run = |line: &str, text: &str| postlogin(line).from(folder.path()).input(text).run();
    run("run --event - --client other", &event(json!({"client_id": "c"})))
        .exits(2)
        .warns("the application is other");
    let named = run("run --event - --client mine", &event(json!({})))
        .exits(0)
        .json();
    assert_eq!(named["id_token_claims"]["aud"], "mine");
    postlogin("run fixtures/tenants/acme --resume x.json --client spa")
        .run()
        .exits(2);
    postlogin("run")
        .from(folder.path())
        .run()
        .exits(2)
        .warns("there is no tenant");
}

#[test]
fn an_api_that_a_tenant_does_not_know_gets_no_token() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("tenant.json"), "{}").unwrap();
    let event = json!({
        "user": {"user_id": "auth0|7"},
        "client": {"client_id": "c"},
        "resource_server": {"identifier": "https://unknown.example"},
    });
    let alone = tempfile::tempdir().unwrap();
    let run = |folder: &Path| {
        postlogin("run --event -")
            .from(folder)
            .input(&event.to_string())
            .run()
    };
    run(folder.path()).exits(3).warns("https://unknown.example");
    let issued = run(alone.path()).exits(0).json();
    assert_eq!(issued["access_token_claims"]["aud"][0], "https://unknown.example");
}

#[test]
fn an_answer_that_nothing_asks_for_is_a_warning() {
    let result = postlogin(&format!("{ADA} --mfa otp")).run().exits(0).json();
    let warnings = result["warnings"].as_array().unwrap();
    assert!(warnings.iter().any(|warning| warning["code"] == "unused_option"));
    postlogin(&format!("{ADA} --secret A=b"))
        .run()
        .exits(2)
        .warns("--secret gives a secret to --action files");
}

#[test]
fn a_value_that_is_given_twice_is_refused_even_where_both_are_the_same() {
    let (_folder, file) = action("");
    for values in [
        "A=1 --OPTION A=2",
        "A=1 --OPTION A=1",
        "A= --OPTION B=1 --OPTION A=",
    ] {
        for option in ["--var", "--secret"] {
            let given = values.replace("--OPTION", option);
            let login = postlogin(&format!("{ADA} {option} {given} --action")).word(&file);
            login
                .run()
                .exits(2)
                .warns(&format!("postlogin: {option} A is given twice\n"))
                .warns("keep one of the two");
        }
    }
}

#[test]
fn every_run_of_a_seeded_login_draws_its_own_values() {
    let folder = tempfile::tempdir().unwrap();
    let script = folder.path().join("away.js");
    fs::write(
        &script,
        "exports.onExecutePostLogin = async (event, api) => {\n\
         console.log(crypto.randomUUID()); api.redirect.sendUserTo('https://other.example/'); };\n\
         exports.onContinuePostLogin = async () => { console.log(crypto.randomUUID()); };\n",
    )
    .unwrap();
    let back = folder.path().join("back.json");
    fs::write(&back, "{}").unwrap();
    let drawn = |result: &Value| -> Vec<String> {
        let actions = result["actions"].as_array().unwrap();
        actions
            .iter()
            .map(|action| action["logs"][0].to_string())
            .collect()
    };
    let login = |line: String| {
        postlogin(&line)
            .word("--action")
            .word(&script)
            .word("--action")
            .word(&script)
    };
    let whole = login(format!("{ADA} {FIXED}"));
    let whole = whole
        .word("--continue")
        .word(&back)
        .word("--continue")
        .word(&back);
    let mut whole = drawn(&whole.run().exits(0).json());
    let state = folder.path().join("login.json");
    let away = login(format!("{ADA} {FIXED}")).word("--save-state").word(&state);
    let mut parts = drawn(&away.run().exits(0).json());
    let resumed = login(format!("run fixtures/tenants/acme {FIXED}"))
        .word("--resume")
        .word(&state);
    let resumed = resumed
        .word("--continue")
        .word(&back)
        .word("--continue")
        .word(&back);
    parts.extend(drawn(&resumed.run().exits(0).json()));
    assert_eq!(whole, parts);
    assert_eq!(whole.len(), 4);
    whole.sort();
    whole.dedup();
    assert_eq!(whole.len(), 4, "{whole:?}");
}
