//! One answer gives one login, and that is remembered beside the kept file.

use super::{Lake, MFA, RESUME, STEP};
use crate::terminal::{Done, postlogin};
use serde_json::json;
use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};

const USED: &str = "the state was used already, and one answer gives one login";

fn refused_as_used(done: Done) {
    let done = done.exits(1).warns(USED).warns("start the login again");
    assert_eq!(done.out, "");
}

#[test]
fn the_second_answer_gives_nothing_wherever_the_user_was() {
    for (step, resume, exits) in [
        (STEP, RESUME, 0),
        (MFA, "run tenant --resume away.json --mfa otp", 0),
        (MFA, "run tenant --resume away.json --mfa fail", 3),
    ] {
        let lake = Lake::new(step);
        lake.begin("");
        let state = lake.kept()["login"]["token"].as_str().unwrap().to_owned();
        lake.run(resume).exits(exits);
        let [used] = lake.used().try_into().unwrap();
        assert_eq!(fs::metadata(&used).unwrap().permissions().mode() & 0o777, 0o600);
        assert!(!fs::read_to_string(&used).unwrap().contains(&state));
        assert!(!used.to_string_lossy().contains(&state));
        refused_as_used(lake.run(resume));
        refused_as_used(lake.run("run tenant --resume away.json --save-state again.json"));
        assert!(!lake.path("again.json").exists());
    }
}

#[test]
fn a_copy_beside_it_and_a_link_from_elsewhere_are_the_same_login() {
    let lake = Lake::new(STEP);
    lake.begin("");
    fs::copy(lake.path("away.json"), lake.path("copy.json")).unwrap();
    fs::create_dir(lake.path("elsewhere")).unwrap();
    symlink("../away.json", lake.path("elsewhere/link.json")).unwrap();
    let resume = |file: &str| lake.run(&RESUME.replace("away.json", file));
    resume("elsewhere/link.json").exits(0);
    for file in [
        "away.json",
        "copy.json",
        "elsewhere/link.json",
        "./elsewhere/../away.json",
    ] {
        refused_as_used(resume(file));
    }
    // Moved over, or gone: the answer stays used.
    fs::rename(lake.path("copy.json"), lake.path("away.json")).unwrap();
    refused_as_used(resume("away.json"));
}

#[test]
fn of_several_answers_at_once_one_gives_a_login() {
    let lake = Lake::new(STEP);
    lake.begin("");
    let all: Vec<Done> = std::thread::scope(|scope| {
        let resumed: Vec<_> = (0..6).map(|_| scope.spawn(|| lake.run(RESUME))).collect();
        resumed
            .into_iter()
            .map(|resumed| resumed.join().unwrap())
            .collect()
    });
    let (issued, others): (Vec<_>, Vec<_>) = all.into_iter().partition(|done| done.status == 0);
    assert_eq!(issued.len(), 1);
    assert!(issued[0].json()["id_token"].is_string());
    others.into_iter().for_each(refused_as_used);
}

#[test]
fn an_answer_that_does_not_fit_is_not_used_up() {
    let lake = Lake::new(STEP);
    lake.begin("--now 2026-01-15T12:00:00Z");
    let now = "--now 2026-01-15T12:30:00Z";
    lake.write_json("wrong.json", &json!({"query": {"state": "another"}}));
    let resume = "run tenant --resume away.json";
    for (line, words) in [
        (
            format!("{resume} --continue wrong.json {now}"),
            "the state is unknown",
        ),
        (format!("{resume} --continue missing.json {now}"), "missing.json"),
        (
            format!("{RESUME} --now 2026-01-15T13:00:00Z"),
            "an hour or longer",
        ),
        (format!("{RESUME} --now 2026-01-15T11:00:00Z"), "later than now"),
        (format!("{RESUME} {now} --action missing.js"), "missing.js"),
    ] {
        lake.run(&line).exits(1).warns(words);
    }
    lake.run(&format!("{resume} {now}")).exits(0);
    lake.domain("sea.example");
    lake.run(&format!("{RESUME} {now}"))
        .exits(1)
        .warns("but this tenant is sea.example");
    lake.domain("lake.example");
    assert_eq!(lake.used().len(), 0);
    lake.run(&format!("{RESUME} {now}")).exits(0);

    let lake = Lake::new(MFA);
    lake.begin("");
    lake.run(&format!("{resume} --mfa email"))
        .exits(1)
        .warns("was not asked for");
    lake.run(&format!("{resume} --mfa otp")).exits(0);
}

const TWICE: &str =
    "exports.onExecutePostLogin = async (event, api) => { api.redirect.sendUserTo('https://a.example/'); };
    exports.onContinuePostLogin = async (event, api) => {
        if (!event.user.user_metadata.half) {
            api.user.setUserMetadata('half', 1);
            api.redirect.sendUserTo('https://b.example/');
        }
    };";

#[test]
fn a_login_that_is_suspended_again_in_the_same_file_has_another_answer() {
    let lake = Lake::new(TWICE);
    lake.begin("");
    fs::copy(lake.path("away.json"), lake.path("first.json")).unwrap();
    let again = lake
        .run(&format!("{RESUME} --save-state away.json"))
        .exits(0)
        .json();
    assert_eq!(again["outcome"], "redirect");
    refused_as_used(lake.run(&RESUME.replace("away.json", "first.json")));
    assert_eq!(lake.run(RESUME).exits(0).json()["outcome"], "issued");
    refused_as_used(lake.run(RESUME));
    // Both answers in one run: only the one to the kept login is remembered.
    let lake = Lake::new(TWICE);
    lake.begin("");
    lake.run(&format!("{RESUME} --continue back.json")).exits(0);
    assert_eq!(lake.used().len(), 1);
}

#[test]
fn a_login_that_a_seed_begins_again_is_another_one() {
    let lake = Lake::new(STEP);
    let resume = format!("{RESUME} --seed s --now 2026-01-15T12:10:00Z");
    let begin = || lake.begin("--seed s --now 2026-01-15T12:00:00Z");
    let first = begin();
    lake.run(&resume).exits(0);
    assert_eq!(begin(), first);
    lake.run(&resume).exits(0);
    refused_as_used(lake.run(&resume));
}

#[test]
fn where_it_cannot_be_remembered_nothing_is_issued() {
    let lake = Lake::new(STEP);
    lake.begin("");
    let done = postlogin(RESUME).from(lake.0.path()).on_full_disk().run();
    let done = done.exits(1).warns("records the used answer cannot be written");
    assert_eq!(done.out, "");
    let text = fs::read_to_string(lake.path("away.json")).unwrap();
    for (name, exits) in [("-", 2), ("/dev/stdin", 1)] {
        postlogin(&RESUME.replace("away.json", name))
            .from(lake.0.path())
            .input(&text)
            .run()
            .exits(exits)
            .warns("records that the answer was used");
    }
    lake.run(RESUME).exits(0);
}
