//! Organizations, and users whom an application expects.

use super::browser::{Browser, Reply};
use super::oidc::{VERIFIER, authorize, claims, code_of_ada, exchange, redeem};
use super::running::{CALLBACK, PASSWORD, SECRET, Server, put, tenant};
use crate::terminal::postlogin;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;
use std::fs;
use tempfile::TempDir;

const ACTION: &str = "
exports.onExecutePostLogin = async (event, api) => {
  api.idToken.setCustomClaim('https://x/organization', event.organization);
};";

/// Ada is a member of acme, Eve of initech, Cyd of none.
fn with_organizations(usage: &str) -> TempDir {
    let folder = tenant();
    for (id, name) in [("org_1", "acme"), ("org_2", "initech"), ("org_3", "open")] {
        let organization = json!({"id": id, "name": name, "display_name": name.to_uppercase()});
        put(&folder, &format!("organizations/{name}.json"), &organization);
    }
    let web = json!({
        "name": "web", "client_id": "web", "client_secret": SECRET, "callbacks": [CALLBACK],
        "grant_types": ["authorization_code", "refresh_token"], "organization_usage": usage,
    });
    put(&folder, "clients/web.json", &web);
    let text = fs::read_to_string(folder.path().join("users.json")).unwrap();
    let mut users: serde_json::Value = serde_json::from_str(&text).unwrap();
    users[0]["organizations"] = json!(["acme"]);
    users[1]["organizations"] = json!(["initech"]);
    let mut cyd = users[0].clone();
    cyd["user_id"] = json!("auth0|3");
    cyd["email"] = json!("cyd@example.org");
    cyd.as_object_mut().unwrap().remove("organizations");
    users.as_array_mut().unwrap().push(cyd);
    put(&folder, "users.json", &users);
    fs::write(folder.path().join("actions/a/code.js"), ACTION).unwrap();
    folder
}

fn log_in(server: &Server, more: &str, username: &str) -> Reply {
    let browser = &mut Browser::default();
    let asked = browser.get(&authorize(server, more));
    if asked.sent("error").is_some() {
        return asked;
    }
    browser.log_in(&asked, username, PASSWORD)
}

#[test]
fn members_log_in_to_their_organization_by_name_or_id() {
    let server = Server::of(with_organizations("allow"));
    for name in ["acme", "org_1"] {
        let answer = log_in(&server, &format!("&organization={name}"), "ada@example.org");
        let code = answer.sent("code").unwrap();
        let tokens = redeem(&mut Browser::default(), &server, &code, VERIFIER).json();
        let id = claims(&tokens["id_token"]);
        assert_eq!(id["org_id"], "org_1", "{name}");
        assert_eq!(
            id["https://x/organization"],
            json!({"id": "org_1", "name": "acme", "display_name": "ACME", "metadata": {}})
        );
    }
    let stranger = log_in(&server, "&organization=acme", "eve@example.org");
    assert_eq!(stranger.sent("code"), None);
    assert!(stranger.sent("error").is_some(), "{stranger:?}");
    let refused = server.logged("login_refused");
    assert_eq!(
        (&refused["user_id"], &refused["protocol"]),
        (&json!("auth0|2"), &json!("oidc-basic-profile"))
    );
    assert!(
        refused["outcome"].as_str().unwrap().contains("org_1"),
        "{refused}"
    );
    // Of whom it is not said that they belong to it, they do not; also where it is said of nobody.
    for (organization, id) in [("acme", "org_1"), ("open", "org_3")] {
        let nobody = log_in(
            &server,
            &format!("&organization={organization}"),
            "cyd@example.org",
        );
        assert_eq!(
            (nobody.sent("error"), nobody.sent("error_description")),
            (
                Some("access_denied".to_owned()),
                Some(format!("user auth0|3 is not part of the {id} organization"))
            ),
            "{nobody:?}"
        );
        let refused = server
            .log()
            .into_iter()
            .rfind(|line| line["event"] == "login_refused");
        let outcome = refused.unwrap()["outcome"].clone();
        assert!(outcome.as_str().unwrap().contains(id), "{outcome}");
    }
    assert!(log_in(&server, "", "cyd@example.org").sent("code").is_some());
    let unknown = log_in(&server, "&organization=other", "");
    assert_eq!(unknown.sent("error").as_deref(), Some("invalid_request"));
    let none = log_in(&server, "", "ada@example.org");
    assert!(none.sent("code").is_some());
}

#[test]
fn a_client_says_whether_it_takes_organizations() {
    let server = Server::of(with_organizations("require"));
    let none = log_in(&server, "", "");
    assert_eq!(none.sent("error").as_deref(), Some("invalid_request"));
    assert!(
        log_in(&server, "&organization=acme", "ada@example.org")
            .sent("code")
            .is_some()
    );
    drop(server);
    let server = Server::of(with_organizations("deny"));
    let asked = log_in(&server, "&organization=acme", "");
    assert_eq!(asked.sent("error").as_deref(), Some("invalid_request"));
}

/// Ada comes over `db`; Cyd, and Dee, who has Ada's name, over `partner`. One organization takes each.
fn with_connections() -> TempDir {
    let folder = with_organizations("allow");
    let text = fs::read_to_string(folder.path().join("users.json")).unwrap();
    let mut users: serde_json::Value = serde_json::from_str(&text).unwrap();
    let mut dee = users[0].clone();
    dee["user_id"] = json!("auth0|4");
    users.as_array_mut().unwrap().push(dee);
    for number in [2, 3] {
        users[number]["identities"][0]["connection"] = json!("partner");
    }
    for (name, assign) in [("db", false), ("partner", true)] {
        put(
            &folder,
            &format!("database-connections/{name}/database.json"),
            &json!({"name": name, "strategy": "auth0"}),
        );
        let only = json!([{"name": name, "assign_membership_on_login": assign}]);
        let organization =
            json!({"id": format!("org_{name}"), "name": format!("by-{name}"), "connections": only});
        put(&folder, &format!("organizations/by-{name}.json"), &organization);
    }
    users[0]["organizations"] = json!(["acme", "by-db", "by-partner"]);
    put(&folder, "users.json", &users);
    let old = json!({
        "name": "old", "client_id": "old", "client_secret": SECRET, "grant_types": ["password"],
        "organization_usage": "allow",
    });
    put(&folder, "clients/old.json", &old);
    folder
}

/// `connections` of an organization: over which its users come, and which make members. The same rule for every way in.
#[test]
fn an_organization_is_entered_over_its_own_connections() {
    let server = Server::of(with_connections());
    let subject = |more: &str, username: &str| {
        let code = log_in(&server, more, username).sent("code")?;
        let tokens = redeem(&mut Browser::default(), &server, &code, VERIFIER).json();
        Some(claims(&tokens["id_token"])["sub"].as_str().unwrap().to_owned())
    };
    let is = |id: &str| Some(id.to_owned());
    // Two have one name, and the organization takes the users of one connection.
    assert_eq!(subject("&organization=by-db", "ada@example.org"), is("auth0|1"));
    assert_eq!(
        subject("&organization=by-partner", "ada@example.org"),
        is("auth0|4")
    );
    // To log in over a connection that makes members makes one; what users.json says does not open another connection.
    assert_eq!(
        subject("&organization=by-partner", "cyd@example.org"),
        is("auth0|3")
    );
    let wrong = log_in(&server, "&organization=by-db", "cyd@example.org");
    assert_eq!(wrong.status, 400, "{wrong:?}");
    let asked = log_in(&server, "&organization=by-db&connection=partner", "");
    assert_eq!(
        asked.sent("error").as_deref(),
        Some("invalid_request"),
        "{asked:?}"
    );

    // A session over a connection that the organization does not take is none for it.
    let browser = &mut Browser::default();
    let asked = browser.get(&authorize(&server, ""));
    assert!(
        browser
            .log_in(&asked, "cyd@example.org", PASSWORD)
            .sent("code")
            .is_some()
    );
    let silent = |browser: &mut Browser, more: &str| {
        let answer = browser.get(&authorize(&server, &format!("&prompt=none&organization={more}")));
        answer.sent("error").unwrap_or_else(|| "none".to_owned())
    };
    assert_eq!(silent(browser, "by-partner"), "none");
    assert_eq!(silent(browser, "by-db"), "login_required");
    assert_eq!(silent(browser, "acme"), "access_denied");
    let asked = browser.get(&authorize(&server, "&organization=by-db"));
    assert!(
        asked.header("location").unwrap().contains("/u/login"),
        "{asked:?}"
    );
    let passive = browser.get(&format!("{}samlp/pay?organization=by-db", server.url));
    assert_eq!(passive.status, 303, "{passive:?}");
}

#[test]
fn a_password_grant_is_held_to_the_connections_of_the_organization() {
    let server = Server::of(with_connections());
    let by_password = |username: &str, organization: &str| {
        let fields = [
            ("client_id", "old"),
            ("client_secret", SECRET),
            ("grant_type", "password"),
            ("username", username),
            ("password", PASSWORD),
            ("scope", "openid"),
            ("organization", organization),
        ];
        let reply = Browser::default().post(&format!("{}oauth/token", server.url), &fields);
        let error = reply.json()["error"].as_str().unwrap_or("none").to_owned();
        (reply.status, error)
    };
    assert_eq!(
        by_password("cyd@example.org", "by-partner"),
        (200, "none".to_owned())
    );
    assert_eq!(
        by_password("cyd@example.org", "acme"),
        (403, "access_denied".to_owned())
    );
    assert_eq!(
        by_password("cyd@example.org", "by-db"),
        (400, "invalid_grant".to_owned())
    );
}

/// Whom the organization does not let in any more gets no tokens for the refresh token of a login to it.
#[test]
fn a_refresh_token_of_an_organization_counts_for_whom_it_lets_in() {
    let server = Server::of(with_organizations("allow"));
    let code = log_in(&server, "&organization=acme", "ada@example.org")
        .sent("code")
        .unwrap();
    let tokens = redeem(&mut Browser::default(), &server, &code, VERIFIER).json();
    let refreshed = |token: &serde_json::Value| {
        let fields = [
            ("grant_type", "refresh_token"),
            ("refresh_token", token.as_str().unwrap()),
        ];
        exchange(&mut Browser::default(), &server, &fields)
    };
    let first = refreshed(&tokens["refresh_token"]);
    assert_eq!(first.status, 200, "{first:?}");
    let shut = json!({"id": "org_1", "name": "acme", "connections": []});
    put(&server.folder, "organizations/acme.json", &shut);
    server.signal(rustix::process::Signal::HUP);
    let reloaded = server.logged("reloaded");
    assert_eq!(reloaded["changed"], json!(["organizations/acme"]), "{reloaded}");
    let refused = refreshed(&tokens["refresh_token"]);
    assert_eq!(server.logged("refresh_refused")["outcome"], "access_denied");
    assert_eq!(
        (refused.status, &refused.json()["error"]),
        (400, &json!("invalid_grant")),
        "{refused:?}"
    );
}

/// What nobody gets in to is told at the start and by `check`.
#[test]
fn an_organization_without_an_entrance_is_told() {
    let server = Server::of(with_organizations("allow"));
    let told = "nobody of users.json can log in to the organization \"open\"";
    let is_told = |line: &serde_json::Value| {
        line["message"]
            .as_str()
            .is_some_and(|message| message.starts_with(told))
    };
    assert!(server.log().iter().any(is_told), "{:?}", server.log());
    postlogin("check")
        .from(server.folder.path())
        .run()
        .exits(0)
        .says(told);
}

#[test]
fn a_hint_names_the_user_who_is_expected() {
    let server = Server::of(with_organizations("allow"));
    let browser = &mut Browser::default();
    let code = code_of_ada(browser, &server, "");
    let tokens = redeem(&mut Browser::default(), &server, &code, VERIFIER).json();
    let hint = format!("&id_token_hint={}", tokens["id_token"].as_str().unwrap());
    let silent =
        |browser: &mut Browser, hint: &str| browser.get(&authorize(&server, &format!("&prompt=none{hint}")));
    assert!(silent(browser, &hint).sent("code").is_some());
    // Somebody else is logged in.
    let other = &mut Browser::default();
    let asked = other.get(&authorize(&server, ""));
    assert!(
        other
            .log_in(&asked, "eve@example.org", PASSWORD)
            .sent("code")
            .is_some()
    );
    assert_eq!(
        silent(other, &hint).sent("error").as_deref(),
        Some("login_required")
    );
    let asked = other.get(&authorize(&server, &hint));
    assert!(
        asked.header("location").unwrap().contains("/u/login"),
        "{asked:?}"
    );
    let answer = other.log_in(&asked, "eve@example.org", PASSWORD);
    assert_eq!(answer.sent("error").as_deref(), Some("login_required"));
    let altered = silent(browser, "&id_token_hint=eyJhbGciOiJub25lIn0.e30.");
    assert_eq!(altered.sent("error").as_deref(), Some("invalid_request"));
}

/// Semantics 4: the URL of a SAML login may name them.
#[test]
fn a_service_provider_names_organization_and_connection_in_its_url() {
    let folder = with_organizations("allow");
    put(
        &folder,
        "connections/db.json",
        &json!({"name": "db", "strategy": "auth0"}),
    );
    let action = "
exports.onExecutePostLogin = async (event, api) => {
  api.samlResponse.setAttribute('organization', event.organization ? event.organization.name : 'none');
  api.samlResponse.setAttribute('query', JSON.stringify(event.request.query));
};";
    fs::write(folder.path().join("actions/a/code.js"), action).unwrap();
    let server = Server::of(folder);
    let browser = &mut Browser::default();
    let at = |more: &str| format!("{}samlp/pay?{more}", server.url);
    let asked = browser.get(&at("organization=org_1&connection=db&ext-a=1"));
    let page = browser.log_in(&asked, "ada@example.org", PASSWORD);
    let message = STANDARD.decode(page.field("SAMLResponse").unwrap()).unwrap();
    let xml = String::from_utf8(message).unwrap();
    assert!(xml.contains(">acme<"), "{xml}");
    assert!(
        xml.contains("\"ext-a\":\"1\"") && xml.contains("\"connection\":\"db\""),
        "{xml}"
    );
    for more in [
        "organization=nobody",
        "connection=nobody",
        "organization=acme&organization=initech",
    ] {
        let page = browser.get(&at(more));
        assert_eq!(page.status, 400, "{more}");
        assert!(!page.body.contains("SAMLResponse"), "{more}");
    }
    let elsewhere = browser.get(&at("organization=initech&RelayState=r"));
    let message = STANDARD
        .decode(elsewhere.field("SAMLResponse").unwrap_or_default())
        .unwrap();
    let xml = String::from_utf8(message).unwrap();
    assert!(
        xml.contains("status:RequestDenied")
            && xml.contains("is not part of the org_2 organization")
            && !xml.contains("<saml:Assertion"),
        "{xml}"
    );
    assert_eq!(elsewhere.field("RelayState").as_deref(), Some("r"));
}
