use super::*;
use crate::command::SamlScalar;
use crate::saml::SamlErrorKind;
use crate::saml::tests::fixture::*;
use crate::saml_setting::SamlSetting;
use serde_json::json;

fn name_id_of(login: Login) -> String {
    let assertion = login.assertion();
    let (_, rest) = assertion.split_once("<saml:NameID Format=").unwrap();
    let text = rest
        .split_once("</saml:NameID>")
        .unwrap()
        .0
        .split_once('>')
        .unwrap()
        .1;
    quick_xml::escape::unescape(text).unwrap().into_owned()
}

fn probes(probes: &[&str]) -> SamlSetting {
    SamlSetting::NameIdentifierProbes(probes.iter().map(|probe| (*probe).to_owned()).collect())
}

#[test]
fn the_first_probe_with_a_value_wins() {
    assert_eq!(name_id_of(Login::new()), "auth0|1");
    assert_eq!(
        name_id_of(Login::new().set(probes(&["nope", DEFAULT_PROBES[1]]))),
        "ann@example.org"
    );
    assert_eq!(
        name_id_of(
            Login::new()
                .attribute("empty", &[text("")])
                .set(probes(&["empty", DEFAULT_PROBES[2]]))
        ),
        "Ann Example"
    );
}

#[test]
fn probes_name_output_attributes() {
    let login = Login::new().addon(json!({
        "mappings": {"email": "Email"}, "nameIdentifierProbes": ["email", "Email"]
    }));
    assert_eq!(name_id_of(login), "ann@example.org");
}

#[test]
fn lists_give_their_first_element_and_scalars_their_text() {
    let login = Login::new()
        .attribute("x", &[SamlScalar::Number(7.0), text("b")])
        .set(probes(&["x"]));
    assert_eq!(name_id_of(login), "7");
    let login = Login::new()
        .attribute("x", &[text(""), text("b")])
        .set(probes(&["x", DEFAULT_PROBES[0]]));
    assert_eq!(name_id_of(login), "auth0|1");
}

#[test]
fn what_an_action_sets_under_the_claim_is_the_name_id() {
    assert_eq!(
        name_id_of(Login::new().attribute(DEFAULT_PROBES[0], &[text("me")])),
        "me"
    );
}

#[test]
fn a_default_claim_that_mapping_left_out_is_read_from_the_profile() {
    let login = Login::new().addon(json!({"mappings": {"nickname": "nick"}}));
    assert_eq!(name_id_of(login), "auth0|1");
}

#[test]
fn a_claim_that_an_action_removed_is_not_read_from_the_profile() {
    let login = Login::new().attribute(DEFAULT_PROBES[0], &[]);
    assert_eq!(name_id_of(login), "ann@example.org");
    let error = Login::new()
        .attribute(DEFAULT_PROBES[0], &[])
        .set(probes(&[DEFAULT_PROBES[0]]))
        .respond()
        .unwrap_err();
    assert_eq!((error.kind, error.code), (SamlErrorKind::NameId, "name_id"));
    assert!(error.description.contains(DEFAULT_PROBES[0]), "{error}");
}

#[test]
fn no_probe_at_all_is_an_error() {
    let error = Login::new().set(probes(&[])).respond().unwrap_err();
    assert_eq!(error.kind, SamlErrorKind::NameId);
}

#[test]
fn markup_and_comments_stay_text() {
    let tricky = "admin@corp.example<!---->.evil.test";
    assert_eq!(
        name_id_of(Login::new().property("user_id", json!(tricky))),
        tricky
    );
    assert_eq!(
        name_id_of(Login::new().property("user_id", json!("a\nb\r\nc"))),
        "abc"
    );
}

#[test]
fn a_value_of_the_profile_that_xml_cannot_hold_is_refused() {
    let error = Login::new()
        .addon(json!({"mappings": {"nickname": "nick"}, "passthroughClaimsWithNoMapping": false}))
        .property("user_id", json!("a\u{1}"))
        .respond()
        .unwrap_err();
    assert_eq!(error.code, "xml_character");
    assert!(error.description.contains("NameID"), "{error}");
}

fn with_policy(policy: NameIdPolicy, addon: serde_json::Value) -> Login {
    let mut login = Login::new().addon(addon);
    login.config.pairwise_secret = Some(PairwiseSecret::from("0123456789abcdef0123456789abcdef"));
    login.grant.request.saml.as_mut().unwrap().name_id_policy = Some(policy);
    login
}

fn wanting(format: &str) -> NameIdPolicy {
    NameIdPolicy {
        format: Some(format.to_owned()),
        ..NameIdPolicy::default()
    }
}

#[test]
fn the_requests_policy_chooses_only_where_it_is_honoured() {
    let plain = with_policy(wanting(TRANSIENT), json!({}));
    assert_eq!(name_id_of(plain), "auth0|1");
    let honoured = |format: &str| {
        let login = with_policy(wanting(format), json!({"honorNameIdPolicy": true}));
        name_id_of(login)
    };
    assert_eq!(honoured(EMAIL), "ann@example.org");
    assert_eq!(honoured(UNSPECIFIED), "auth0|1");
    assert_eq!(honoured(PERSISTENT), honoured(PERSISTENT), "always the same");
    assert!(honoured(TRANSIENT).starts_with('_'));
}

#[test]
fn a_policy_that_cannot_be_served_is_the_requests_fault() {
    let foreign = NameIdPolicy {
        sp_name_qualifier: Some("urn:other".to_owned()),
        ..NameIdPolicy::default()
    };
    for policy in [
        wanting("urn:oasis:names:tc:SAML:1.1:nameid-format:X509SubjectName"),
        foreign,
    ] {
        let error = with_policy(policy, json!({"honorNameIdPolicy": true}))
            .respond()
            .unwrap_err();
        assert_eq!(
            (error.kind, error.code),
            (
                SamlErrorKind::Request(RequestFault::NameIdPolicy),
                "saml_name_id_policy"
            )
        );
    }
}

#[test]
fn a_persistent_name_id_that_cannot_be_made_is_the_policys_fault_unless_the_tenant_has_its_own() {
    let asking = |addon: serde_json::Value| {
        let mut login = with_policy(wanting(PERSISTENT), addon);
        login.config.pairwise_secret = None;
        login
    };
    let error = asking(json!({"honorNameIdPolicy": true})).respond().unwrap_err();
    assert_eq!(error.code, "saml_name_id_policy");
    assert!(error.description.contains("pairwise_secret"), "{error}");
    let own = json!({"honorNameIdPolicy": true, "nameIdentifierFormat": PERSISTENT});
    assert_eq!(name_id_of(asking(own)), "auth0|1");
}

#[test]
fn a_pairwise_name_id_is_another_one_for_another_service_provider_user_or_secret() {
    let of = |audience: &str, user: &str, secret: &str| {
        let mut login = Login::new()
            .addon(json!({"nameIdentifierSource": "pairwise", "audience": audience}))
            .property("user_id", json!(user));
        login.config.pairwise_secret = Some(PairwiseSecret::from(secret));
        login.respond().map(|_| name_id_of(login))
    };
    let secret = "0123456789abcdef0123456789abcdef";
    let first = of("urn:a", "1", secret).unwrap();
    assert_eq!(of("urn:a", "1", secret).unwrap(), first);
    for other in [
        of("urn:b", "1", secret),
        of("urn:a", "2", secret),
        of("urn:a", "1", &"x".repeat(32)),
    ] {
        assert_ne!(other.unwrap(), first);
    }
    assert_eq!(of("urn:a", "1", "too short").unwrap_err().code, "saml_pairwise");
    let unset = Login::new()
        .addon(json!({"nameIdentifierSource": "pairwise"}))
        .respond()
        .unwrap_err();
    assert!(
        unset.description.contains("set pairwise_secret under [saml]"),
        "{unset}"
    );
}
