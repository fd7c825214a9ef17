//! Application, API, organization and settings of a kept login are those of today.

use super::{BEGIN, Change, Lake, RESUME, STEP, mia_with, seen, web, web_with};
use crate::terminal::postlogin;
use serde_json::{Value, json};
use std::fs;

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
    let with =
        |issuer: &str| web_with(json!({"addons": {"samlp": {"issuer": issuer, "audience": "urn:sp"}}}));
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
        .warns("the SAML add-on of the application web was removed");
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
    let cases: [(&str, Change, &str); 6] = [
        (
            "",
            Box::new(remove("tenant/clients/web.json")),
            "the application web4lake no longer exists",
        ),
        (
            "",
            // The same name is not the same application.
            Box::new(|lake| {
                lake.write_json(
                    "tenant/clients/web.json",
                    &web_with(json!({"client_id": "web4sea"})),
                );
            }),
            "the application web4lake no longer exists",
        ),
        (
            "",
            Box::new(|lake| {
                lake.write_json(
                    "tenant/clients/web.json",
                    &web_with(json!({"callbacks": ["https://x.example/"]})),
                );
            }),
            "https://app.lake.example/cb is not a callback",
        ),
        (
            "--audience https://boats",
            Box::new(remove("tenant/resource-servers/boats.json")),
            "https://boats is not an API of this tenant",
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
        lake.again(RESUME)
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
    lake.again(RESUME)
        .exits(1)
        .warns("is not a member of the organization \"crew\"");
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
        kept["login"]["state"]["plan"]["event"]["transaction"]["redirect_uri"],
        "https://app.lake.example/cb"
    );
}

#[test]
fn a_saml_request_is_judged_by_the_application_of_today() {
    let lake = Lake::new(STEP);
    lake.write_json(
        "tenant/clients/web.json",
        &web_with(json!({"addons": {"samlp": {"audience": "urn:sp"}}})),
    );
    lake.write(
        "request.xml",
        "<samlp:AuthnRequest xmlns:samlp=\"urn:oasis:names:tc:SAML:2.0:protocol\" ID=\"_request\" Version=\"2.0\" \
         IssueInstant=\"2026-01-15T12:00:00Z\" ProtocolBinding=\"urn:oasis:names:tc:SAML:2.0:bindings:PAOS\"/>",
    );
    lake.begin("--authn-request request.xml --now 2026-01-15T12:00:00Z");
    let resume = format!("{RESUME} --now 2026-01-15T12:59:00Z");
    let issued = lake.run(&resume).exits(0).json();
    let xml = issued["saml"]["xml"].as_str().unwrap();
    assert!(xml.contains("InResponseTo=\"_request\""), "{xml}");
    // What was asked for is known again.
    let warnings = issued["warnings"].as_array().unwrap();
    assert!(
        warnings
            .iter()
            .any(|warning| warning["code"] == "saml_binding_unmet")
    );
    let certificate = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/certs/sp.crt")).unwrap();
    let addons = json!({"samlp": {"audience": "urn:sp", "signingCert": certificate}});
    lake.write_json("tenant/clients/web.json", &web_with(json!({"addons": addons})));
    let refused = lake.again(&resume).exits(3).json();
    assert_eq!(refused["error"]["kind"], "saml_request");
    assert_eq!(refused["actions"], json!([]));
}
