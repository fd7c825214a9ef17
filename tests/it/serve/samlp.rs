use super::browser::Browser;
use super::oidc::authorize;
use super::running::{PASSWORD, Server};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use url::form_urlencoded::byte_serialize;

pub(super) fn request(server: &Server, id: &str, more: &str) -> String {
    let now = chrono::Utc::now().to_rfc3339_opts(chrono::SecondsFormat::Secs, true);
    let xml = format!(
        "<samlp:AuthnRequest xmlns:samlp=\"urn:oasis:names:tc:SAML:2.0:protocol\" ID=\"{id}\" Version=\"2.0\" \
         IssueInstant=\"{now}\" {more}><saml:Issuer xmlns:saml=\"urn:oasis:names:tc:SAML:2.0:assertion\">\
         https://pay.example</saml:Issuer></samlp:AuthnRequest>"
    );
    let encoded: String = byte_serialize(STANDARD.encode(xml).as_bytes()).collect();
    format!("{}samlp/pay?SAMLRequest={encoded}&RelayState=r%261", server.url)
}

pub(super) fn response(page: &super::browser::Reply) -> String {
    let message = page.field("SAMLResponse").unwrap();
    String::from_utf8(STANDARD.decode(message).unwrap()).unwrap()
}

#[test]
fn a_service_provider_gets_its_response() {
    let server = Server::start();
    let browser = &mut Browser::default();
    let passive = browser.get(&request(&server, "_0", "IsPassive=\"true\""));
    assert!(response(&passive).contains("status:NoPassive"), "{passive:?}");
    let asked = browser.get(&request(&server, "_1", ""));
    let page = browser.log_in(&asked, "ada@example.org", PASSWORD);
    assert_eq!(page.status, 200, "{page:?}");
    assert_eq!(page.field("RelayState").as_deref(), Some("r&amp;1"));
    assert!(page.body.contains("action=\"https://pay.example/acs\""));
    let xml = response(&page);
    assert!(
        xml.contains("InResponseTo=\"_1\"") && xml.contains("auth0|1"),
        "{xml}"
    );

    // A POST of another site brings no cookies; the browser comes back for it once, in its own name.
    let posted = request(&server, "_4", "");
    let (address, form) = posted.split_once('?').unwrap();
    let kind = [("Content-Type", "application/x-www-form-urlencoded")];
    let kept = Browser::default().send("POST", address, &kind, form);
    let kept = kept.header("location").unwrap();
    assert!(response(&browser.get(kept)).contains("InResponseTo=\"_4\""));
    assert_eq!(browser.get(kept).status, 400);

    // The same session serves both protocols, and the login may begin here.
    let begun_here = response(&browser.get(&format!("{}samlp/pay", server.url)));
    assert!(begun_here.contains("<saml:Assertion") && !begun_here.contains("InResponseTo"));
    assert!(
        browser
            .get(&authorize(&server, "&prompt=none"))
            .sent("code")
            .is_some()
    );
    let forced = browser.get(&request(&server, "_2", "ForceAuthn=\"true\""));
    assert_eq!(forced.status, 303);
}

#[test]
fn a_refusal_is_told_to_the_service_provider() {
    let server = Server::start();
    let browser = &mut Browser::default();
    let asked = browser.get(&request(&server, "_1", ""));
    let page = browser.log_in(&asked, "eve@example.org", PASSWORD);
    let xml = response(&page);
    assert!(
        xml.contains("status:RequestDenied") && xml.contains("suspended") && !xml.contains("<saml:Assertion")
    );
    let elsewhere = browser.get(&request(
        &server,
        "_3",
        "AssertionConsumerServiceURL=\"https://evil.example/acs\"",
    ));
    assert_eq!(elsewhere.status, 400);
    assert!(!elsewhere.body.contains("SAMLResponse"));
}

#[test]
fn metadata_name_the_server() {
    let server = Server::start();
    let document = Browser::default().get(&format!("{}samlp/metadata/pay", server.url));
    // Semantics 4.16.
    assert_eq!(
        document.header("content-type"),
        Some("application/xml; charset=utf-8")
    );
    assert!(
        document
            .body
            .contains(&format!("Location=\"{}samlp/pay\"", server.url)),
        "{document:?}"
    );
    assert_eq!(
        Browser::default()
            .get(&format!("{}samlp/metadata/web", server.url))
            .status,
        404
    );
}
