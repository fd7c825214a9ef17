//! Organizations, and users whom an application expects.

use super::browser::{Browser, Reply};
use super::oidc::{VERIFIER, authorize, claims, code_of_ada, redeem};
use super::running::{CALLBACK, PASSWORD, SECRET, Server, put, tenant};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;
use std::fs;
use tempfile::TempDir;

const ACTION: &str = "
exports.onExecutePostLogin = async (event, api) => {
  api.idToken.setCustomClaim('https://x/organization', event.organization);
};";

/// Ada is a member of acme, Bo of initech.
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
    assert!(refused["outcome"].as_str().unwrap().contains("acme"), "{refused}");
    // It is known who belongs to it, so whoever says nothing of organizations does not.
    let nobody = log_in(&server, "&organization=acme", "cyd@example.org");
    assert_eq!(
        nobody.sent("error").as_deref(),
        Some("invalid_request"),
        "{nobody:?}"
    );
    assert!(log_in(&server, "", "cyd@example.org").sent("code").is_some());
    let open = log_in(&server, "&organization=open", "cyd@example.org");
    assert!(
        open.sent("code").is_some(),
        "nobody says who belongs to it: {open:?}"
    );
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
    let elsewhere = browser.get(&at("organization=initech"));
    let message = STANDARD
        .decode(elsewhere.field("SAMLResponse").unwrap_or_default())
        .unwrap();
    assert!(
        !String::from_utf8_lossy(&message).contains("<saml:Assertion"),
        "{elsewhere:?}"
    );
}
