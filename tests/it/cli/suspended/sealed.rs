//! A kept file is authenticated with the tenant's own key for that.

use super::{BEGIN, Lake, RESUME, STEP};
use crate::terminal::postlogin;
use serde_json::{Value, json};
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;

const KEY: &str = "tenant/.postlogin/state.key";

type Change<'a> = &'a dyn Fn(&str) -> String;

/// Writes other text into the kept file.
fn changed(lake: &Lake, change: impl Fn(&str) -> String) {
    let text = fs::read_to_string(lake.path("away.json")).unwrap();
    let new = change(&text);
    assert_ne!(new, text);
    lake.write("away.json", &new);
}

#[test]
fn a_file_that_was_changed_is_refused() {
    let anew = |text: &str| serde_json::from_str::<Value>(text).unwrap();
    let without_mac = |text: &str| {
        let mut kept = anew(text);
        kept.as_object_mut().unwrap().shift_remove("mac");
        serde_json::to_string_pretty(&kept).unwrap() + "\n"
    };
    let changes: [(Change<'_>, &str); 7] = [
        (&|text| text.replace("auth0|mia", "auth0|eve"), "was changed"),
        (&|text| text.replacen('\n', "\n\n", 1), "was changed"),
        (&|text| format!("{text}\n"), "was changed"),
        (&|text| anew(text).to_string(), "was changed"),
        (
            &|text| text[..text.len() / 2].to_owned(),
            "the file is not a kept login",
        ),
        (&without_mac, "the kept login has no MAC"),
        (
            &|text| text.replacen("\"form\": 4", "\"form\": 3", 1),
            "was changed",
        ),
    ];
    for (change, words) in changes {
        let lake = Lake::new(STEP);
        lake.begin("");
        changed(&lake, change);
        let done = lake
            .run(RESUME)
            .exits(1)
            .warns(words)
            .warns("start the login again");
        assert_eq!(done.out, "");
    }
}

#[test]
fn the_key_is_the_tenants_own_and_outlives_its_signing_keys() {
    let lake = Lake::new(STEP);
    lake.begin("");
    let mode = fs::metadata(lake.path(KEY)).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let kept = fs::read_to_string(lake.path("away.json")).unwrap();

    let other = Lake::new(STEP);
    other.write("away.json", &kept);
    other.run(RESUME).exits(1).warns("another tenant's key");
    // A key that is lost is another key, too.
    let key = fs::read(lake.path(KEY)).unwrap();
    fs::remove_file(lake.path(KEY)).unwrap();
    lake.run(RESUME).exits(1).warns("another tenant's key");
    fs::write(lake.path(KEY), key).unwrap();
    fs::set_permissions(lake.path(KEY), Permissions::from_mode(0o600)).unwrap();

    let signing = lake.path("sea.pem");
    postlogin("keys new").word(&signing).run().exits(0);
    lake.write(
        "tenant/postlogin.toml",
        &format!(
            "domain = \"lake.example\"\n[keys]\ncurrent = \"{}\"\n",
            signing.display()
        ),
    );
    lake.run(RESUME).exits(0);
}

#[test]
fn a_key_that_cannot_be_used_is_an_error_and_stays() {
    let lake = Lake::new(STEP);
    lake.begin("");
    fs::write(lake.path(KEY), "short").unwrap();
    for line in [RESUME, BEGIN] {
        lake.run(line)
            .exits(1)
            .warns("state.key does not hold a key for kept logins");
    }
    assert_eq!(fs::read(lake.path(KEY)).unwrap(), b"short");
    fs::remove_file(lake.path(KEY)).unwrap();
    fs::create_dir(lake.path(KEY)).unwrap();
    for line in [RESUME, BEGIN] {
        lake.run(line).exits(1).warns("state.key cannot be read");
    }
}

#[test]
fn without_a_tenant_folder_nothing_is_authenticated_and_that_is_said() {
    let alone = Lake(tempfile::tempdir().unwrap());
    alone.write_json(
        "event.json",
        &json!({"user": {"user_id": "auth0|guest"}, "client": {"client_id": "alone"}}),
    );
    alone.write("back.json", "{}");
    alone.write("step.js", STEP);
    let begin = "run --event event.json --action step.js --save-state away.json";
    let resume = "run --resume away.json --continue back.json --action step.js";
    alone.run(begin).exits(0);
    assert_eq!(alone.kept().get("mac"), None);
    let said = "away.json: a change of the kept login would not be noticed: no tenant folder is given";
    alone.run(resume).exits(0).warns(said);
    alone.run(resume).exits(1).warns("used already");

    alone.run(begin).exits(0);
    let mut kept = alone.kept();
    kept["login"]["state"]["current"] = json!(99);
    alone.write_json("away.json", &kept);
    alone.run(resume).exits(1).warns("is inconsistent");
    alone.run(begin).exits(0);
    changed(&alone, |text| {
        text.replacen("\"form\": 4", "\"form\": 4, \"form\": 4", 1)
    });
    alone.run(resume).exits(1).warns("\"form\" is given twice");

    // Where there is a key, such a file is not taken; nor is a sealed one where there is none.
    alone.run(begin).exits(0);
    let lake = Lake::new(STEP);
    fs::copy(alone.path("away.json"), lake.path("away.json")).unwrap();
    lake.run(RESUME).exits(1).warns("the kept login has no MAC");
    lake.begin("");
    fs::copy(lake.path("away.json"), alone.path("away.json")).unwrap();
    alone
        .run(resume)
        .exits(1)
        .warns("there is no key to authenticate the kept login");
}

#[test]
fn where_no_key_may_be_kept_nothing_is_authenticated_and_that_is_said() {
    let lake = Lake::new(STEP);
    fs::set_permissions(lake.0.path(), Permissions::from_mode(0o777)).unwrap();
    let certs = lake.path("certs");
    fs::create_dir(&certs).unwrap();
    for name in ["idp.key", "idp.crt"] {
        let from = format!("{}/certs/{name}", env!("CARGO_MANIFEST_DIR"));
        fs::copy(from, certs.join(name)).unwrap();
        fs::set_permissions(certs.join(name), Permissions::from_mode(0o644)).unwrap();
    }
    lake.write(
        "tenant/postlogin.toml",
        "domain = \"lake.example\"\n[keys]\ncurrent = \"../certs/idp.key\"\n",
    );
    fs::set_permissions(lake.path("tenant"), Permissions::from_mode(0o555)).unwrap();
    let plain = |words: &str| postlogin(words).from(lake.0.path()).by_plain_user().run();
    let said = "a change of the kept login would not be noticed: the key that authenticates kept logins cannot be stored";
    plain(BEGIN).exits(0).warns(said);
    plain(RESUME).exits(0).warns(said);
    plain(RESUME).exits(1).warns("used already");
    assert!(!lake.path("tenant/.postlogin").exists());
    fs::set_permissions(lake.path("tenant"), Permissions::from_mode(0o755)).unwrap();
}
