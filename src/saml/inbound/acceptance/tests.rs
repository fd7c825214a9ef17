mod hostile;
mod signed;

use super::*;
use crate::endpoints::Endpoints;
use crate::saml::inbound::binding::{self, Carrier, read};
use crate::time::Moment;
use serde_json::json;

fn now() -> Moment {
    "2026-03-04T05:06:07Z".parse().unwrap()
}

#[expect(clippy::needless_pass_by_value, reason = "written at the call")]
fn client(addon: serde_json::Value) -> Client {
    let client = json!({
        "client_id": "sp1", "name": "SP", "callbacks": ["https://sp.example/acs", "https://sp.example/other"],
        "addons": {"samlp": addon}
    });
    serde_json::from_value(client).unwrap()
}

/// A request with these attributes and children.
fn request(attributes: &str, children: &str) -> String {
    format!(
        "<samlp:AuthnRequest xmlns:samlp=\"urn:oasis:names:tc:SAML:2.0:protocol\" \
         xmlns:saml=\"urn:oasis:names:tc:SAML:2.0:assertion\" ID=\"_r1\" Version=\"2.0\" \
         IssueInstant=\"2026-03-04T05:06:00Z\" {attributes}>{children}</samlp:AuthnRequest>"
    )
}

const ISSUER: &str = "<saml:Issuer>urn:sp</saml:Issuer>";

fn receive(xml: &str, addon: serde_json::Value) -> Result<AcceptedRequest, RefusedRequest> {
    decide(unsigned(xml), addon, &SamlConfig::default())
}

fn unsigned(xml: &str) -> Received {
    Received {
        xml: xml.to_owned(),
        relay_state: Some("state".to_owned()),
        signature: None,
    }
}

fn decide(
    received: Received,
    addon: serde_json::Value,
    config: &SamlConfig,
) -> Result<AcceptedRequest, RefusedRequest> {
    decide_for(&client(addon), received, config)?.proceed(Occurrence::First)
}

fn decide_for(
    client: &Client,
    received: Received,
    config: &SamlConfig,
) -> Result<UnseenRequest, RefusedRequest> {
    let recipient = Recipient {
        client,
        endpoints: Endpoints::of("tenant.example"),
        config,
    };
    recipient.accept(received, now())
}

fn accepted(xml: &str) -> AcceptedRequest {
    receive(xml, json!({})).unwrap()
}

fn refused(xml: &str) -> RefusedRequest {
    receive(xml, json!({})).unwrap_err()
}

fn to_default_acs(in_response_to: Option<&str>) -> Answer {
    Answer::Response {
        acs_url: "https://sp.example/acs".to_owned(),
        in_response_to: in_response_to.map(str::to_owned),
    }
}

#[test]
fn a_plain_request_goes_to_the_first_callback() {
    let accepted = accepted(&request("", ISSUER));
    let origin = accepted.origin;
    assert_eq!(origin.id.as_deref(), Some("_r1"));
    assert_eq!(origin.issuer.as_deref(), Some("urn:sp"));
    assert_eq!(origin.acs_url.as_deref(), Some("https://sp.example/acs"));
    assert_eq!(
        (origin.prompt, origin.login_hint, origin.acr_values.len()),
        (None, None, 0)
    );
    assert_eq!(accepted.relay_state.as_deref(), Some("state"));
    assert_eq!(accepted.warnings.len(), 0);
}

#[test]
fn what_the_request_asks_for_is_told() {
    let children = format!(
        "{ISSUER}<saml:Subject><saml:NameID>ada</saml:NameID></saml:Subject>\
         <samlp:RequestedAuthnContext Comparison=\"exact\"><saml:AuthnContextClassRef> urn:mfa\n</saml:AuthnContextClassRef>\
         </samlp:RequestedAuthnContext><samlp:Scoping ProxyCount=\"0\"/>"
    );
    let attributes = "ForceAuthn=\"1\" AssertionConsumerServiceURL=\"https://sp.example/other\" \
                      Destination=\"https://tenant.example/samlp/sp1\"";
    let origin = accepted(&request(attributes, &children)).origin;
    assert_eq!(origin.acs_url.as_deref(), Some("https://sp.example/other"));
    assert_eq!(origin.login_hint.as_deref(), Some("ada"));
    assert_eq!(origin.acr_values, ["urn:mfa"]);
    assert_eq!(origin.prompt.as_deref(), Some("login"));
    assert_eq!(
        accepted(&request("IsPassive=\"true\"", ISSUER))
            .origin
            .prompt
            .as_deref(),
        Some("none")
    );
}

#[test]
fn of_several_contexts_none_is_told() {
    let class = "<saml:AuthnContextClassRef>urn:a</saml:AuthnContextClassRef>";
    let children =
        format!("{ISSUER}<samlp:RequestedAuthnContext>{class}{class}</samlp:RequestedAuthnContext>");
    assert!(accepted(&request("", &children)).origin.acr_values.is_empty());
}

/// SR-11 and SR-12
#[test]
fn an_acs_url_that_is_no_callback_is_for_a_page() {
    for url in [
        "https://evil.test/acs",
        "https://sp.example@evil.test/acs",
        "https://sp.example.evil.test/acs",
        "https://sp.example/acs#x",
        "https://sp.example/acs?x",
        "https://sp.example/acs/",
        "HTTPS://sp.example/acs",
        "javascript:alert(1)",
    ] {
        let refused = refused(&request(
            &format!("AssertionConsumerServiceURL=\"{url}\""),
            ISSUER,
        ));
        assert_eq!(
            (refused.code(), refused.answer),
            ("saml_acs_not_allowed", Answer::Page),
            "{url}"
        );
        assert!(
            refused
                .description
                .contains("is not among \"callbacks\" of the application 'SP'")
        );
    }
}

#[test]
fn an_index_is_looked_up_and_its_url_must_be_a_callback() {
    let addon = json!({"assertionConsumerServices": [
        {"index": 3, "url": "https://sp.example/other", "isDefault": true},
        {"index": 4, "url": "https://evil.test/acs"}
    ]});
    let at = |index: &str| {
        receive(
            &request(&format!("AssertionConsumerServiceIndex=\"{index}\""), ISSUER),
            addon.clone(),
        )
    };
    assert_eq!(
        at("3").unwrap().origin.acs_url.as_deref(),
        Some("https://sp.example/other")
    );
    for (index, code) in [
        ("4", "saml_acs_not_allowed"),
        ("5", "saml_acs_not_allowed"),
        ("x", "saml_request"),
        ("-1", "saml_request"),
    ] {
        assert_eq!(at(index).unwrap_err().code(), code, "{index}");
    }
    let default = receive(&request("", ISSUER), addon.clone()).unwrap();
    assert_eq!(
        default.origin.acs_url.as_deref(),
        Some("https://sp.example/other")
    );
    // Without a list the platform's rule: the default.
    assert_eq!(
        accepted(&request("AssertionConsumerServiceIndex=\"7\"", ISSUER))
            .origin
            .acs_url
            .as_deref(),
        Some("https://sp.example/acs")
    );
    let both = request(
        "AssertionConsumerServiceIndex=\"3\" AssertionConsumerServiceURL=\"https://sp.example/acs\"",
        ISSUER,
    );
    let both = refused(&both);
    assert_eq!(
        (both.code(), both.answer),
        ("saml_request", to_default_acs(Some("_r1")))
    );
}

/// SR-06, SR-09, SR-26 and SR-29
#[test]
fn what_is_no_authn_request_is_for_a_page() {
    let protocol = "urn:oasis:names:tc:SAML:2.0:protocol";
    for xml in [
        format!("<samlp:Response xmlns:samlp=\"{protocol}\" ID=\"_1\"/>"),
        "<samlp:AuthnRequest xmlns:samlp=\"urn:oasis:names:tc:SAML:1.0:protocol\" ID=\"_1\"/>".to_owned(),
        format!("<x><samlp:AuthnRequest xmlns:samlp=\"{protocol}\" ID=\"_1\"/></x>"),
    ] {
        let refused = refused(&xml);
        assert_eq!(
            (refused.code(), refused.answer),
            ("saml_message_type", Answer::Page)
        );
        assert!(refused.description.contains("unexpected message type"));
    }
    for (xml, text) in [
        ("<a>", "line 1, column 4: not well-formed XML"),
        ("<!DOCTYPE a><a/>", "DTD not allowed"),
        ("<a ID='x'><b ID='x'/></a>", "duplicate ID"),
        (
            "<a>https://sp.example<!---->.evil.test</a>",
            "a comment inside a value",
        ),
    ] {
        let refused = refused(xml);
        assert_eq!((refused.code(), refused.answer), ("saml_xml", Answer::Page));
        assert!(refused.description.contains(text), "{}", refused.description);
    }
}

/// SR-10
#[test]
fn another_version_is_told_to_the_default_acs() {
    let xml = request("", ISSUER).replace("Version=\"2.0\"", "Version=\"1.1\"");
    let refused = refused(&xml);
    assert_eq!(
        (refused.code(), refused.answer),
        ("saml_version", to_default_acs(Some("_r1")))
    );
    let mut nowhere = client(json!({}));
    nowhere.callbacks.clear();
    let refused = decide_for(&nowhere, unsigned(&xml), &SamlConfig::default()).unwrap_err();
    assert_eq!((refused.code(), refused.answer), ("saml_version", Answer::Page));
}

/// SR-13
#[test]
fn an_issuer_may_be_missing_only_if_an_audience_is_set() {
    for children in ["", "<saml:Issuer/>", "<saml:Issuer> </saml:Issuer>"] {
        let xml = request("", children);
        let refused = refused(&xml);
        assert_eq!(
            (refused.code(), refused.answer),
            ("saml_issuer_missing", to_default_acs(Some("_r1")))
        );
        assert_eq!(
            receive(&xml, json!({"audience": "urn:aud"}))
                .unwrap()
                .origin
                .issuer,
            None
        );
    }
    let long = request("", &format!("<saml:Issuer>{}</saml:Issuer>", "x".repeat(100_000)));
    assert_eq!(refused(&long).answer, Answer::Page);
}

#[test]
fn the_issuer_must_be_the_entity_id_where_one_is_configured() {
    let addon = json!({"entityId": "urn:other"});
    let refused = receive(&request("", ISSUER), addon).unwrap_err();
    assert_eq!(
        (refused.code(), refused.answer),
        ("saml_issuer_unknown", to_default_acs(Some("_r1")))
    );
    assert!(receive(&request("", ISSUER), json!({"entityId": "urn:sp"})).is_ok());
}

/// SR-14
#[test]
fn another_destination_is_refused() {
    let refused = refused(&request(
        "Destination=\"https://tenant.example/samlp/sp2\"",
        ISSUER,
    ));
    assert_eq!(
        (refused.code(), refused.answer),
        ("saml_destination", to_default_acs(Some("_r1")))
    );
    let query = "Destination=\"https://tenant.example/samlp/sp1?connection=x\"";
    assert!(receive(&request(query, ISSUER), json!({})).is_ok());
}

#[test]
fn members_that_the_schema_does_not_allow_are_refused() {
    for (attributes, children) in [
        ("ForceAuthn=\"yes\"", ISSUER.to_owned()),
        ("IsPassive=\"\"", ISSUER.to_owned()),
        ("", format!("{ISSUER}{ISSUER}")),
        (
            "",
            format!("{ISSUER}<saml:Subject><saml:EncryptedID/></saml:Subject>"),
        ),
        ("", "<saml:Issuer>a<b/></saml:Issuer>".to_owned()),
    ] {
        let refused = refused(&request(attributes, &children));
        assert_eq!(
            (refused.code(), refused.answer),
            ("saml_request", to_default_acs(Some("_r1"))),
            "{attributes} {children}"
        );
    }
    for time in [
        "",
        "yesterday",
        "2026-03-04T05:06:00",
        "2026-03-04T05:06:00+01:00",
        "2026-03-04 05:06:00Z",
    ] {
        let xml = request("", ISSUER).replace("2026-03-04T05:06:00Z", time);
        assert_eq!(refused(&xml).code(), "saml_request", "{time}");
    }
    for id in ["", "1", "a b", "a:b"] {
        let refused = refused(&request("", ISSUER).replace("ID=\"_r1\"", &format!("ID=\"{id}\"")));
        assert_eq!(
            (refused.code(), refused.answer),
            ("saml_request", Answer::Page),
            "{id}"
        );
    }
}

#[test]
fn to_log_in_anew_without_a_page_is_impossible() {
    let refused = refused(&request("ForceAuthn=\"true\" IsPassive=\"true\"", ISSUER));
    assert_eq!(
        (refused.code(), refused.answer),
        ("interaction_required", to_default_acs(Some("_r1")))
    );
}

/// SR-31
#[test]
fn a_long_relay_state_is_warned_about() {
    for (bytes, warned) in [(80, 0), (81, 1), (1024, 1)] {
        let state = "x".repeat(bytes);
        let query = binding::query(&request("", ISSUER), Carrier::Request, &state, None);
        let received = read(&query, Carrier::Request).unwrap();
        let accepted = decide(received, json!({}), &SamlConfig::default()).unwrap();
        let codes: Vec<_> = accepted.warnings.iter().map(|(code, _)| *code).collect();
        assert_eq!(codes, ["relay_state_long"][..warned]);
        assert_eq!(accepted.relay_state, Some(state));
    }
}
