//! The file itself: how long it is good, for whom, and what it is worth.

use super::{Lake, MFA, RESUME, STEP, mia_with, seen};
use serde_json::{Value, json};
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

#[test]
fn every_suspension_ends_after_an_hour() {
    let redirect = (STEP, RESUME);
    let factor = (MFA, "run tenant --resume away.json --mfa otp");
    let failed = (MFA, "run tenant --resume away.json --mfa fail");
    for (step, resume) in [redirect, factor, failed] {
        let lake = Lake::new(step);
        lake.begin("--now 2026-01-15T12:00:00Z");
        let at = |time: &str| lake.run(&format!("{resume} --now {time}"));
        let in_time = if resume.ends_with("fail") { 3 } else { 0 };
        at("2026-01-15T12:59:59.999Z").exits(in_time);
        at("2026-01-15T13:00:00Z").exits(1).warns("an hour or longer");
        at("2026-01-15T11:00:00Z").exits(1).warns("later than now");
    }
}

#[test]
fn a_kept_login_is_for_its_own_tenant_and_form() {
    let lake = Lake::new(STEP);
    lake.begin("");
    lake.domain("sea.example");
    lake.run(RESUME)
        .exits(1)
        .warns("the login was kept for the tenant lake.example, but this tenant is sea.example");
    lake.domain("lake.example");
    for (text, words) in [
        ("[]", "the file is not a kept login"),
        ("{}", "the file is not a kept login"),
        ("{\"form\": 2}", "kept by another version of postlogin"),
        ("{\"form\": 3}", "the kept login has no MAC"),
        ("", "away.json: the file is not a kept login"),
    ] {
        lake.write("away.json", text);
        lake.run(RESUME)
            .exits(1)
            .warns(words)
            .warns("start the login again");
    }
}

/// Each form that was ever written; the moment is that of the fixtures.
#[test]
fn a_file_of_todays_form_or_the_one_before_is_gone_on_with_and_an_older_one_is_told() {
    for form in ["form-3.json", "form-4.json"] {
        go_on_with(form);
    }
}

fn go_on_with(form: &str) {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/kept");
    let lake = Lake::new(STEP);
    let copy = |from: &str, to: &str| lake.write(to, &fs::read_to_string(fixtures.join(from)).unwrap());
    copy("tenant/users.json", "tenant/users.json");
    copy("tenant/clients/web.json", "tenant/clients/web.json");
    copy("tenant/actions/step.json", "tenant/actions/step.json");
    copy("tenant/actions/step/code.js", "tenant/actions/step/code.js");
    copy("state.key", "tenant/.postlogin/state.key");
    lake.write_json("back.json", &json!({"query": {"color": "blue"}}));
    let resume = format!("{RESUME} --now 2026-01-15T12:30:00Z");
    for old in ["form-1.json", "form-2.json"] {
        copy(old, "away.json");
        lake.run(&resume)
            .exits(1)
            .warns("away.json: the login was kept by another version of postlogin")
            .warns("start the login again");
    }
    copy(form, "away.json");
    let done = lake.run(&resume).exits(0).json();
    let claims = &done["id_token_claims"];
    assert_eq!(claims["https://lake.example/before"], "Mia Lake");
    assert_eq!(claims["https://lake.example/color"], "blue");
    assert_eq!(done["effects"]["user"]["app_metadata"], json!({"seen": true}));
}

#[test]
fn a_kept_login_can_be_kept_again() {
    let step = "exports.onExecutePostLogin = async (event, api) => { api.redirect.sendUserTo('https://a.example/'); };
        exports.onContinuePostLogin = async (event, api) => {
            if (event.request.query.again) return api.idToken.setCustomClaim('https://x.example/again', event.user.name);
            api.user.setUserMetadata('half', 1);
            api.redirect.sendUserTo('https://b.example/');
        };";
    let lake = Lake::new(step);
    lake.begin("");
    lake.run(&format!("{RESUME} --save-state again.json")).exits(0);
    lake.write_json(
        "tenant/users.json",
        &json!([mia_with(json!({"name": "Mia Sea"}))]),
    );
    lake.write_json("again-back.json", &json!({"query": {"again": "1"}}));
    let done = lake
        .run("run tenant --resume again.json --continue again-back.json")
        .exits(0);
    assert_eq!(seen(&done, "again"), "Mia Sea");
    assert_eq!(
        done.json()["effects"]["user"]["user_metadata"],
        json!({"half": 1})
    );
}

#[test]
fn an_answer_to_another_question_is_told() {
    for (step, other, said) in [
        (STEP, "--mfa otp", "--mfa"),
        (MFA, "--continue back.json", "--continue"),
    ] {
        let lake = Lake::new(step);
        let warned = |done: &Value| {
            let warnings = done["warnings"].as_array().unwrap();
            let message = |warning: &Value| warning["message"].as_str().unwrap().to_owned();
            let mut unused = warnings
                .iter()
                .filter(|warning| warning["code"] == "unused_option");
            unused.next().map(message).unwrap_or_default()
        };
        for done in [
            lake.begin(other),
            lake.run(&format!("run tenant --resume away.json {other}"))
                .exits(0)
                .json(),
        ] {
            assert!(
                warned(&done).ends_with(&format!("never asked for {said}")),
                "{done}"
            );
        }
        assert_eq!(
            warned(&lake.run("run tenant --resume away.json").exits(0).json()),
            ""
        );
    }
}

#[test]
fn what_a_kept_login_is_worth_is_said_and_only_its_owner_can_read_it() {
    let lake = Lake::new(STEP);
    lake.begin("");
    let mode = fs::metadata(lake.path("away.json")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let help = words(&lake.run("run --help").exits(0).out);
    let readme = Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md");
    let readme = words(&fs::read_to_string(readme).unwrap());
    for text in [help, readme] {
        assert!(text.contains("log in as this user, once"), "{text}");
        assert!(text.contains("like a password"), "{text}");
        assert!(text.contains("changed is refused"), "{text}");
        assert!(text.contains("One answer gives one login"), "{text}");
    }
}
