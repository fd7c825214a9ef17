//! `run`, `issue`, `test`, `check`, `config`, `keys` and `completions`, as typed.

use crate::terminal::postlogin;
use serde_json::{Value, json};
use std::fs;
use std::path::Path;

const ADA: &str = "run fixtures/tenants/acme --client web --user ada@example.org";
const FIXED: &str = "--now 2026-01-15T12:00:00Z --seed s";

/// An Action file in a fresh folder.
fn action(source: &str) -> (tempfile::TempDir, std::path::PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("action.js");
    fs::write(
        &file,
        format!("exports.onExecutePostLogin = async (event, api) => {{\n{source}\n}};\n"),
    )
    .unwrap();
    (folder, file)
}

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
fn an_error_in_a_script_is_told_with_file_line_and_column() {
    let (_folder, file) = action("  const a = 1;\n  missing.call();");
    let done = postlogin(&format!("{ADA} --action")).word(&file).run().exits(3);
    let place = format!("{}:3:3: ", file.display());
    done.warns(&place).warns("missing is not defined");
}

#[test]
fn an_endless_script_is_stopped_at_its_limit() {
    let (_folder, file) = action("  for (;;) {}");
    let done = postlogin(&format!("{ADA} --time-limit 300ms --action"))
        .word(&file)
        .run()
        .exits(3);
    assert_eq!(done.json()["error"]["kind"], "time_limit");
    done.warns("Action 'action'").warns("300ms");
}

#[test]
fn limits_that_cannot_be_kept_are_wrong_usage() {
    for (option, help) in [
        ("--memory-limit 0", "write at least 1MiB"),
        ("--memory-limit 8KiB", "write at least 1MiB"),
        ("--memory-limit 1023KiB", "write at least 1MiB"),
        ("--time-limit 61m", "write at most 1h"),
        ("--time-limit 0s", "write at least 1ms"),
        ("--time-limit 20", "write a whole number and a unit"),
    ] {
        let (name, _) = option.split_once(' ').unwrap();
        let done = postlogin(&format!("{ADA} {option}")).run().exits(2);
        done.warns(name).warns(help);
    }
    postlogin(&format!("{ADA} --memory-limit 1MiB --time-limit 60m"))
        .run()
        .exits(0);
}

#[test]
fn limits_that_cannot_be_kept_are_problems_of_the_tenant() {
    let folder = tempfile::tempdir().unwrap();
    copy("fixtures/tenants/acme", folder.path());
    fs::write(
        folder.path().join("postlogin.toml"),
        "[actions]\ntime_limit = \"2h\"\nmemory_limit = \"64KiB\"\n",
    )
    .unwrap();
    let done = postlogin("check .").from(folder.path()).run().exits(1);
    done.says("postlogin.toml:2:1 at actions.time_limit: error: 2h is longer than an Action may run")
        .says("postlogin.toml:3:1 at actions.memory_limit: error: no Action could start in 64KiB of memory")
        .says("write at least 1MiB");
}

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
    let result = done.exits(0).warns("this run only").json();
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
        .warns("--client is other");
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
fn a_kept_login_that_contradicts_itself_is_refused() {
    let (_folder, file) = action("  api.redirect.sendUserTo('https://other.example/');");
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().join("login.json");
    postlogin(&format!("{ADA} --action"))
        .word(&file)
        .word("--save-state")
        .word(&state)
        .run()
        .exits(0);
    let mut kept: Value = serde_json::from_str(&fs::read_to_string(&state).unwrap()).unwrap();
    kept["state"]["current"] = json!(99);
    fs::write(&state, kept.to_string()).unwrap();
    let line = postlogin("run fixtures/tenants/acme --action")
        .word(&file)
        .word("--resume")
        .word(&state);
    line.run().exits(1).warns("contradicts itself");
}

#[test]
fn an_answer_that_nothing_asks_for_is_a_warning() {
    let result = postlogin(&format!("{ADA} --mfa otp")).run().exits(0).json();
    let warnings = result["warnings"].as_array().unwrap();
    assert!(warnings.iter().any(|warning| warning["code"] == "unused_option"));
    postlogin(&format!("{ADA} --secret A=b"))
        .run()
        .exits(2)
        .warns("--secret is for --action files");
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
        .warns("no-such-folder is not a folder");
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
        .says("action_syntax");
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
        .warns("enrich-saml")
        .warns("PAYROLL_COMPANY");
    let given = postlogin(line)
        .from(folder.path())
        .environment("POSTLOGIN_SECRET_PAYROLL_COMPANY", "acme-7")
        .run();
    given.exits(0).says("acme-7");
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

fn copy(from: &str, to: &Path) {
    let from = Path::new(env!("CARGO_MANIFEST_DIR")).join(from);
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap().map(Result::unwrap) {
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(entry.path().to_str().unwrap(), &target);
        } else {
            let text = fs::read_to_string(entry.path()).unwrap();
            let certs = Path::new(env!("CARGO_MANIFEST_DIR")).join("certs");
            fs::write(&target, text.replace("../../../certs", certs.to_str().unwrap())).unwrap();
        }
    }
}
