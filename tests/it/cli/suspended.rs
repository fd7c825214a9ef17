//! A login that is kept while its user is away, and taken up by a tenant that has changed since.

use crate::terminal::{Done, postlogin};
use serde_json::{Value, json};
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

/// A tenant in a folder of its own, and beside it what a login leaves there.
struct Lake(tempfile::TempDir);

const BEGIN: &str = "run tenant --client web --user mia@lake.example --save-state away.json";
const RESUME: &str = "run tenant --resume away.json --continue back.json";

/// Sends the user away, and says afterwards what it sees.
const STEP: &str = "exports.onExecutePostLogin = async (event, api) => {
    api.user.setAppMetadata('seen', true);
    api.redirect.sendUserTo('https://survey.lake.example/');
};
exports.onContinuePostLogin = async (event, api) => {
    const show = (name, value) => api.idToken.setCustomClaim('https://x.example/' + name, value);
    show('user', event.user);
    show('client', event.client);
    show('organization', event.organization ?? null);
    show('connection', event.connection.metadata ?? null);
    show('roles', (await api.roles.getUserEffectiveRoles()).roles.map(role => role.name));
    show('groups', (await api.groups.getUserGroups()).groups.map(group => group.name));
    if (event.user.app_metadata.role === 'reader') api.access.deny('no longer an editor');
};
";

const MFA: &str = "exports.onExecutePostLogin = async (event, api) => {
    api.authentication.challengeWith({ type: 'otp' });
};
";

impl Lake {
    fn new(step: &str) -> Self {
        let lake = Self(tempfile::tempdir().unwrap());
        lake.write("tenant/postlogin.toml", "domain = \"lake.example\"\n");
        lake.write("tenant/tenant.json", "{}");
        lake.write(
            "back.json",
            r#"{"method": "POST", "body": {"state": "{{state}}"}}"#,
        );
        lake.write_json("tenant/users.json", &json!([mia()]));
        lake.write_json("tenant/clients/web.json", &web());
        lake.write_json(
            "tenant/clients/other.json",
            &json!({"name": "other", "client_id": "other4lake"}),
        );
        lake.action("step", step);
        lake.bind(&["step"]);
        lake
    }

    fn path(&self, name: &str) -> std::path::PathBuf {
        self.0.path().join(name)
    }

    fn write(&self, name: &str, text: &str) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn write_json(&self, name: &str, value: &Value) {
        self.write(name, &value.to_string());
    }

    fn action(&self, name: &str, code: &str) {
        self.write_json(
            &format!("tenant/actions/{name}.json"),
            &json!({
                "name": name, "code": format!("./actions/{name}/code.js"), "deployed": true,
                "supported_triggers": [{"id": "post-login", "version": "v3"}],
            }),
        );
        self.write(&format!("tenant/actions/{name}/code.js"), code);
    }

    fn bind(&self, names: &[&str]) {
        let bound: Vec<Value> = names
            .iter()
            .map(|name| json!({"action_name": name, "display_name": name}))
            .collect();
        self.write_json("tenant/triggers/triggers.json", &json!({"post-login": bound}));
    }

    fn run(&self, words: &str) -> Done {
        postlogin(words).from(self.0.path()).run()
    }

    /// The login up to where the user leaves, in other words where that is wanted.
    fn begin(&self, more: &str) -> Value {
        self.run(&format!("{BEGIN} {more}")).exits(0).json()
    }

    /// The user comes back, after `change` has been made.
    fn after(&self, change: impl FnOnce(&Self)) -> Done {
        self.begin("");
        change(self);
        self.run(RESUME)
    }

    fn kept(&self) -> Value {
        serde_json::from_str(&fs::read_to_string(self.path("away.json")).unwrap()).unwrap()
    }
}

fn mia() -> Value {
    json!({
        "user_id": "auth0|mia", "email": "mia@lake.example", "email_verified": true, "name": "Mia Lake",
        "identities": [{"provider": "auth0", "user_id": "mia", "connection": "Username-Password-Authentication"}],
        "app_metadata": {"role": "editor"}, "user_metadata": {}, "mfa_factors": [{"type": "otp"}],
    })
}

/// Mia with other members.
fn mia_with(members: Value) -> Value {
    let mut mia = mia();
    mia.as_object_mut()
        .unwrap()
        .extend(members.as_object().cloned().unwrap());
    mia
}

fn web() -> Value {
    json!({
        "name": "web", "client_id": "web4lake", "app_type": "regular_web",
        "callbacks": ["https://app.lake.example/cb"], "grant_types": ["authorization_code", "refresh_token"],
    })
}

fn web_with(members: Value) -> Value {
    let mut web = web();
    web.as_object_mut()
        .unwrap()
        .extend(members.as_object().cloned().unwrap());
    web
}

fn seen(done: &Done, name: &str) -> Value {
    done.json()["id_token_claims"][format!("https://x.example/{name}")].clone()
}

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
        (json!([]), "user_gone", "the user auth0|mia is not there any more"),
        // Another user whose address is the id is somebody else.
        (
            json!([{"user_id": "auth0|eve", "email": "auth0|mia"}]),
            "user_gone",
            "the user auth0|mia is not there any more",
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
}

#[test]
fn the_application_is_the_one_of_today() {
    let lake = Lake::new(STEP);
    let changed = web_with(json!({
        "name": "web 2", "client_metadata": {"tier": "gold"}, "jwt_configuration": {"lifetime_in_seconds": 60},
    }));
    let done = lake
        .after(|lake| lake.write_json("tenant/clients/web.json", &changed))
        .exits(0);
    assert_eq!(
        seen(&done, "client"),
        json!({"client_id": "web4lake", "name": "web 2", "metadata": {"tier": "gold"}})
    );
    let claims = &done.json()["id_token_claims"];
    assert_eq!(
        claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap(),
        60
    );
}

#[test]
fn the_add_on_is_the_one_of_today() {
    let lake = Lake::new(STEP);
    let with = |issuer: &str| web_with(json!({"addons": {"samlp": {"issuer": issuer}}}));
    lake.write_json("tenant/clients/web.json", &with("urn:before"));
    let result = lake
        .after(|lake| lake.write_json("tenant/clients/web.json", &with("urn:after")))
        .exits(0)
        .json();
    let xml = result["saml"]["xml"].as_str().unwrap();
    assert!(xml.contains("urn:after") && !xml.contains("urn:before"), "{xml}");
    let lake = Lake::new(STEP);
    lake.write_json("tenant/clients/web.json", &with("urn:before"));
    lake.after(|lake| lake.write_json("tenant/clients/web.json", &web()))
        .exits(1)
        .warns("the SAML add-on of the application web was added or removed");
}

#[test]
fn a_login_that_could_not_start_today_does_not_go_on() {
    let api = json!({"name": "boats", "identifier": "https://boats", "scopes": []});
    let organization = json!({"name": "crew", "display_name": "Crew", "id": "org_1"});
    let connection = json!({"name": "sea", "strategy": "oidc", "id": "con_1"});
    let prepared = || {
        let lake = Lake::new(STEP);
        lake.write_json("tenant/resource-servers/boats.json", &api);
        lake.write_json("tenant/organizations/crew.json", &organization);
        lake.write_json("tenant/connections/sea.json", &connection);
        lake
    };
    let remove = |name: &'static str| move |lake: &Lake| fs::remove_file(lake.path(name)).unwrap();
    let cases: [(&str, Box<dyn Fn(&Lake)>, &str); 6] = [
        (
            "",
            Box::new(remove("tenant/clients/web.json")),
            "the application web4lake is not there any more",
        ),
        (
            "",
            // The same name is not the same application.
            Box::new(|lake| {
                lake.write_json(
                    "tenant/clients/web.json",
                    &web_with(json!({"client_id": "web4sea"})),
                )
            }),
            "the application web4lake is not there any more",
        ),
        (
            "",
            Box::new(|lake| {
                lake.write_json(
                    "tenant/clients/web.json",
                    &web_with(json!({"callbacks": ["https://x.example/"]})),
                )
            }),
            "https://app.lake.example/cb is no callback",
        ),
        (
            "--audience https://boats",
            Box::new(remove("tenant/resource-servers/boats.json")),
            "https://boats is no API of this tenant",
        ),
        (
            "--organization crew",
            Box::new(remove("tenant/organizations/crew.json")),
            "there is no organization \"crew\"",
        ),
        (
            "--connection sea",
            Box::new(remove("tenant/connections/sea.json")),
            "there is no connection \"sea\"",
        ),
    ];
    for (options, change, words) in cases {
        let lake = prepared();
        lake.begin(options);
        lake.run(RESUME).exits(0);
        change(&lake);
        lake.run(RESUME)
            .exits(1)
            .warns("the login cannot go on, because the tenant changed while the user was away")
            .warns(words)
            .warns("start the login again");
    }
}

#[test]
fn organization_connection_and_api_are_those_of_today() {
    let lake = Lake::new(STEP);
    let organization = |tier: &str| json!({"name": "crew", "id": "org_1", "metadata": {"tier": tier}});
    let connection = |tier: &str| json!({"name": "sea", "strategy": "oidc", "metadata": {"tier": tier}});
    let api = |scopes: &[&str]| {
        let scopes: Vec<Value> = scopes.iter().map(|scope| json!({"value": scope})).collect();
        json!({"name": "boats", "identifier": "https://boats", "scopes": scopes})
    };
    lake.write_json("tenant/organizations/crew.json", &organization("old"));
    lake.write_json("tenant/connections/sea.json", &connection("old"));
    lake.write_json("tenant/resource-servers/boats.json", &api(&["read", "write"]));
    let login = BEGIN.replace(
        "--client",
        "--organization crew --connection sea --audience https://boats --client",
    );
    postlogin(&login)
        .from(lake.0.path())
        .word("--scope")
        .word("openid read write")
        .run()
        .exits(0);
    lake.write_json("tenant/organizations/crew.json", &organization("new"));
    lake.write_json("tenant/connections/sea.json", &connection("new"));
    lake.write_json("tenant/resource-servers/boats.json", &api(&["read"]));
    let done = lake.run(RESUME).exits(0);
    assert_eq!(seen(&done, "organization")["metadata"], json!({"tier": "new"}));
    assert_eq!(seen(&done, "connection"), json!({"tier": "new"}));
    assert_eq!(done.json()["access_token_claims"]["scope"], "openid read");
    // Who left the organization does not get its tokens.
    lake.write_json(
        "tenant/users.json",
        &json!([mia_with(json!({"organizations": ["other"]}))]),
    );
    lake.run(RESUME)
        .exits(1)
        .warns("is no member of the organization \"crew\"");
}

/// What the request left open was decided when it came.
#[test]
fn a_default_that_changes_meanwhile_does_not_change_what_was_asked_for() {
    let lake = Lake::new(STEP);
    lake.write_json(
        "tenant/resource-servers/boats.json",
        &json!({"name": "boats", "identifier": "https://boats"}),
    );
    let done = lake
        .after(|lake| {
            lake.write_json(
                "tenant/tenant.json",
                &json!({"default_audience": "https://boats"}),
            );
            let callbacks =
                json!({"callbacks": ["https://first.lake.example/", "https://app.lake.example/cb"]});
            lake.write_json("tenant/clients/web.json", &web_with(callbacks));
        })
        .exits(0);
    assert_eq!(done.json().get("access_token_claims"), None);
    let kept = lake.kept();
    assert_eq!(
        kept["state"]["plan"]["event"]["transaction"]["redirect_uri"],
        "https://app.lake.example/cb"
    );
}

#[test]
fn an_action_with_other_code_is_not_entered() {
    let step = format!("require('./lib/helper'); require('actions:shared');\n{STEP}");
    let changes: [(&str, Box<dyn Fn(&Lake)>, &str); 5] = [
        (
            "its source",
            Box::new(|lake| lake.action("step", &format!("{STEP};"))),
            "was changed",
        ),
        (
            "its helper",
            Box::new(|lake| lake.write("tenant/actions/step/lib/helper.js", "2")),
            "was changed",
        ),
        (
            "its module",
            Box::new(|lake| lake.write("tenant/action-modules/shared/code.js", "2")),
            "was changed",
        ),
        (
            "unbound",
            Box::new(|lake| lake.bind(&["other"])),
            "removed or unbound",
        ),
        (
            "removed",
            Box::new(|lake| {
                lake.bind(&[]);
                fs::remove_file(lake.path("tenant/actions/step.json")).unwrap();
            }),
            "removed or unbound",
        ),
    ];
    for (what, change, words) in changes {
        let lake = Lake::new(&step);
        lake.action("other", "exports.onExecutePostLogin = async () => {};");
        lake.write("tenant/actions/step/lib/helper.js", "1");
        lake.write_json(
            "tenant/action-modules/shared.json",
            &json!({"name": "shared", "code": "./action-modules/shared/code.js"}),
        );
        lake.write("tenant/action-modules/shared/code.js", "1");
        lake.begin("");
        lake.run(RESUME).exits(0);
        change(&lake);
        let result = lake
            .run(RESUME)
            .exits(3)
            .warns("Action 'step' sent the user away")
            .warns(words)
            .warns("start the login again")
            .json();
        assert_eq!(result["error"]["kind"], "action_changed", "{what}");
        assert_eq!(result["actions"], json!([]), "{what}");
        // Written when the user left.
        assert_eq!(
            result["effects"]["user"]["app_metadata"],
            json!({"seen": true}),
            "{what}"
        );
    }
}

#[test]
fn an_action_file_is_the_same_wherever_it_is_named_from_and_no_other() {
    let lake = Lake::new("");
    lake.write("own/leave.js", &format!("require('./helper');\n{STEP}"));
    lake.write("own/helper.js", "1");
    lake.begin("--action own/leave.js");
    lake.write("own/unrelated.js", "1");
    let resume = format!("{RESUME} --action");
    postlogin(&resume)
        .from(lake.0.path())
        .word(lake.path("own/leave.js"))
        .run()
        .exits(0);
    lake.run(RESUME).exits(3).warns("removed or unbound");
    lake.write("own/helper.js", "2");
    lake.run(&format!("{resume} own/leave.js"))
        .exits(3)
        .warns("was changed");
}

#[test]
fn actions_that_have_not_run_are_todays_and_that_is_told() {
    let says = |name: &str| {
        format!(
            "exports.onExecutePostLogin = async (e, api) => api.idToken.setCustomClaim('https://x.example/{name}', 1);"
        )
    };
    let prepared = || {
        let lake = Lake::new(STEP);
        for name in ["before", "changed", "removed", "added"] {
            lake.action(name, &says(name));
        }
        lake.bind(&["before", "step", "changed", "removed"]);
        lake.begin("");
        lake
    };
    let lake = prepared();
    let unchanged = lake.run(RESUME).exits(0).json();
    assert_eq!(unchanged["warnings"], json!([]));

    // One that has run may change: it does not run again.
    lake.action("before", "throw new Error('again')");
    lake.action("changed", &says("differently"));
    lake.bind(&["before", "step", "changed", "added"]);
    let result = lake.run(RESUME).exits(0).json();
    let claims = &result["id_token_claims"];
    assert_eq!(claims["https://x.example/before"], 1);
    assert_eq!(claims["https://x.example/differently"], 1);
    assert_eq!(claims["https://x.example/added"], 1);
    assert_eq!(claims.get("https://x.example/changed"), None);
    assert_eq!(claims.get("https://x.example/removed"), None);
    assert_eq!(result["warnings"].as_array().unwrap().len(), 1);
    let warning = &result["warnings"][0];
    assert_eq!(warning["code"], "actions_changed");
    assert_eq!(
        warning["message"],
        "the Actions that had not run yet changed while the user was away: 'changed' has other code, 'added' was \
         added, 'removed' is no longer bound; those that run, run as they are now"
    );
    lake.run(&format!("{RESUME} --strict"))
        .exits(3)
        .warns("changed while the user was away");
}

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
    let done = lake.run(RESUME).exits(0);
    assert_eq!(done.json()["id_token_claims"]["sub"], "auth0|max");
    assert_eq!(
        seen(&done, "user")["app_metadata"],
        json!({"team": "blue", "seen": true})
    );
    for (users, words) in [
        (json!([mia(), max(json!({"blocked": true}))]), "user is blocked"),
        (json!([mia()]), "the user auth0|max is not there any more"),
        (
            json!([max(json!({}))]),
            "the user auth0|mia is not there any more",
        ),
    ] {
        lake.write_json("tenant/users.json", &users);
        lake.run(RESUME).exits(3).warns(words);
    }
}

#[test]
fn a_kept_login_is_for_its_own_tenant_and_form() {
    let lake = Lake::new(STEP);
    lake.begin("");
    lake.write("tenant/postlogin.toml", "domain = \"sea.example\"\n");
    lake.run(RESUME)
        .exits(1)
        .warns("the login was kept for the tenant lake.example, and this is sea.example");
    lake.write("tenant/postlogin.toml", "domain = \"lake.example\"\n");
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
