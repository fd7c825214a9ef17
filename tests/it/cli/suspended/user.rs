//! The user of a kept login is the one of today.

use super::{Lake, MFA, RESUME, STEP, mia, mia_with, seen, web_with};
use serde_json::{Value, json};
use std::fs;

#[test]
fn a_role_that_was_taken_away_meanwhile_is_gone() {
    let lake = Lake::new(STEP);
    let users = json!([mia_with(json!({"app_metadata": {"role": "reader"}}))]);
    lake.after(|lake| lake.write_json("tenant/users.json", &users))
        .exits(3)
        .warns("no longer an editor");
}

#[test]
fn every_fact_about_the_user_is_of_today_with_what_the_login_wrote_laid_over() {
    let lake = Lake::new(STEP);
    let users = json!([mia_with(json!({
        "email": "mia@sea.example", "app_metadata": {"role": "editor", "seen": false, "level": 2},
        "user_metadata": {"color": "blue"}, "groups": ["crew"], "roles": ["captain"], "mfa_factors": [],
        "identities": [
            {"provider": "auth0", "user_id": "mia", "connection": "Username-Password-Authentication"},
            {"provider": "oidc", "user_id": "7", "connection": "sea"},
        ],
    }))]);
    let done = lake
        .after(|lake| lake.write_json("tenant/users.json", &users))
        .exits(0);
    let user = seen(&done, "user");
    assert_eq!(
        user["app_metadata"],
        json!({"role": "editor", "seen": true, "level": 2})
    );
    assert_eq!(user["user_metadata"], json!({"color": "blue"}));
    assert_eq!(user["identities"].as_array().unwrap().len(), 2);
    assert_eq!(user["enrolledFactors"], json!([]));
    assert_eq!(seen(&done, "groups"), json!(["crew"]));
    assert_eq!(seen(&done, "roles"), json!(["captain"]));
    assert_eq!(done.json()["id_token_claims"]["email"], "mia@sea.example");
}

#[test]
fn a_user_who_is_blocked_or_deleted_meanwhile_gets_nothing() {
    let cases = [
        (
            json!([mia_with(json!({"blocked": true}))]),
            "blocked",
            "user is blocked",
        ),
        (json!([]), "user_gone", "the user auth0|mia no longer exists"),
        // Another user whose address is the id is somebody else.
        (
            json!([{"user_id": "auth0|eve", "email": "auth0|mia"}]),
            "user_gone",
            "the user auth0|mia no longer exists",
        ),
    ];
    for (users, kind, words) in cases {
        for (step, resume) in [
            (STEP, RESUME),
            (MFA, "run tenant --resume away.json --mfa otp"),
            (MFA, "run tenant --resume away.json --mfa fail"),
        ] {
            let lake = Lake::new(step);
            lake.begin("");
            lake.write_json("tenant/users.json", &users);
            let done = lake.run(resume).exits(3).warns(words);
            let result = done.json();
            assert_eq!(result["error"]["kind"], kind);
            assert_eq!(result["actions"], json!([]));
            assert_eq!(result.get("id_token"), None);
        }
    }
}

#[test]
fn a_service_provider_gets_the_refusal_of_a_user_who_is_gone() {
    let lake = Lake::new(STEP);
    lake.write_json(
        "tenant/clients/web.json",
        &web_with(json!({"addons": {"samlp": {}}})),
    );
    let result = lake
        .after(|lake| lake.write_json("tenant/users.json", &json!([])))
        .exits(3)
        .json();
    assert_eq!(result["saml"]["acs_url"], "https://app.lake.example/cb");
    assert_eq!(result["saml"].get("assertion_xml"), None);
    let xml = result["saml"]["xml"].as_str().unwrap();
    assert!(xml.contains(">user_gone</samlp:StatusMessage>"), "{xml}");
}

#[test]
fn a_user_of_an_event_alone_stays_as_given() {
    let lake = Lake::new(STEP);
    let event = json!({
        "user": {"user_id": "auth0|guest", "app_metadata": {"role": "guest"}},
        "client": {"client_id": "alone", "name": "Alone"}, "transaction": {"metadata": {"a": "b"}},
    });
    lake.write_json("event.json", &event);
    // With a tenant that does not know the user.
    lake.run("run tenant --client web --event event.json --save-state away.json")
        .exits(0);
    fs::remove_file(lake.path("event.json")).unwrap();
    let done = lake.run(RESUME).exits(0);
    assert_eq!(seen(&done, "user")["user_id"], "auth0|guest");
    assert_eq!(
        seen(&done, "user")["app_metadata"],
        json!({"role": "guest", "seen": true})
    );
    assert_eq!(done.json()["id_token_claims"]["aud"], "web4lake");
    // Without any tenant.
    let alone = Lake(tempfile::tempdir().unwrap());
    alone.write_json("event.json", &event);
    alone.write("back.json", "{}");
    alone.write("step.js", STEP);
    alone
        .run("run --event event.json --action step.js --save-state away.json")
        .exits(0);
    let done = alone
        .run("run --resume away.json --continue back.json --action step.js")
        .exits(0);
    assert_eq!(
        seen(&done, "user")["app_metadata"],
        json!({"role": "guest", "seen": true})
    );
    assert_eq!(seen(&done, "client")["name"], "Alone");
    assert_eq!(done.json()["id_token_claims"]["aud"], "alone");
}

#[test]
fn a_user_whom_the_tenant_blocks_gets_nothing_whatever_an_event_says() {
    let lake = Lake::new(STEP);
    lake.write_json(
        "event.json",
        &json!({"user": {"user_id": "auth0|mia", "blocked": false}}),
    );
    lake.run("run tenant --client web --event event.json --save-state away.json")
        .exits(0);
    lake.write_json("tenant/users.json", &json!([mia_with(json!({"blocked": true}))]));
    let again = "run tenant --client web --event event.json";
    for line in [RESUME, again, &format!("{again} --user mia@lake.example")] {
        let done = lake.run(line).exits(3).warns("user is blocked");
        assert_eq!(done.json()["error"]["kind"], "blocked");
    }
}

#[test]
fn what_an_event_gave_is_laid_over_the_user_of_today_again() {
    let lake = Lake::new(STEP);
    let event = json!({
        "user": {"app_metadata": {"level": 9}}, "client": {"metadata": {"given": "yes"}},
    });
    lake.write_json("event.json", &event);
    lake.begin("--event event.json");
    lake.write_json(
        "tenant/users.json",
        &json!([mia_with(
            json!({"app_metadata": {"level": 1, "team": "blue"}, "name": "Mia Sea"})
        )]),
    );
    lake.write_json(
        "tenant/clients/web.json",
        &web_with(json!({"client_metadata": {"tier": "gold"}})),
    );
    let done = lake.run(RESUME).exits(0);
    let user = seen(&done, "user");
    assert_eq!(
        user["app_metadata"],
        json!({"level": 9, "team": "blue", "seen": true})
    );
    assert_eq!(user["name"], "Mia Sea");
    assert_eq!(
        seen(&done, "client")["metadata"],
        json!({"tier": "gold", "given": "yes"})
    );
}

#[test]
fn a_primary_user_is_looked_at_anew() {
    let step = STEP.replace(
        "api.user.setAppMetadata('seen', true);",
        "api.authentication.setPrimaryUser('auth0|max'); api.user.setAppMetadata('seen', true);",
    );
    let max = |members: Value| {
        let mut max = json!({
            "user_id": "auth0|max", "email": "max@lake.example",
            "identities": [{"provider": "auth0", "user_id": "max"}, {"provider": "auth0", "user_id": "mia"}],
        });
        max.as_object_mut()
            .unwrap()
            .extend(members.as_object().cloned().unwrap());
        max
    };
    let lake = Lake::new(&step);
    lake.write_json("tenant/users.json", &json!([mia(), max(json!({}))]));
    lake.begin("");
    lake.write_json(
        "tenant/users.json",
        &json!([mia(), max(json!({"app_metadata": {"team": "blue"}}))]),
    );
    let done = lake.again(RESUME).exits(0);
    assert_eq!(done.json()["id_token_claims"]["sub"], "auth0|max");
    assert_eq!(
        seen(&done, "user")["app_metadata"],
        json!({"team": "blue", "seen": true})
    );
    // Linking takes the profile of the secondary account away.
    lake.write_json("tenant/users.json", &json!([max(json!({}))]));
    let done = lake.again(RESUME).exits(0);
    assert_eq!(done.json()["id_token_claims"]["sub"], "auth0|max");
    for (users, words) in [
        (json!([mia(), max(json!({"blocked": true}))]), "user is blocked"),
        (json!([mia()]), "the user auth0|max no longer exists"),
        (
            json!([max(
                json!({"identities": [{"provider": "auth0", "user_id": "max"}]})
            )]),
            "the user auth0|mia no longer exists",
        ),
    ] {
        lake.write_json("tenant/users.json", &users);
        lake.again(RESUME).exits(3).warns(words);
    }
}
