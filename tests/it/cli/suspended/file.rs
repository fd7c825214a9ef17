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
        .warns("the login was kept for the tenant lake.example, and this is sea.example");
    lake.domain("lake.example");
    let mut old = lake.kept();
    old.as_object_mut().unwrap().shift_remove("form");
    lake.write_json("away.json", &old);
    lake.run(RESUME)
        .exits(1)
        .warns("away.json: the login was kept by another version of postlogin")
        .warns("start the login again");
    for (text, words) in [
        ("[]", "this is no kept login"),
        ("{}", "this is no kept login"),
        ("{\"form\": 2}", "missing"),
        ("", "away.json"),
    ] {
        lake.write("away.json", text);
        lake.run(RESUME).exits(1).warns(words);
    }
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

/// Until the form can be authenticated: what the file is worth is said where its options are.
#[test]
fn what_a_kept_login_is_worth_is_said_and_only_its_owner_can_read_it() {
    let lake = Lake::new(STEP);
    lake.begin("");
    let mode = fs::metadata(lake.path("away.json")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    lake.run(RESUME).exits(0);
    lake.run(RESUME).exits(0);
    let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let help = words(&lake.run("run --help").exits(0).out);
    let readme = Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md");
    let readme = words(&fs::read_to_string(readme).unwrap());
    for text in [help, readme] {
        assert!(text.contains("log in as this user"), "{text}");
        assert!(text.contains("like a password"), "{text}");
        assert!(text.contains("issues twice"), "{text}");
    }
}
