//! The claim map on profiles, settings and attributes.

use super::*;
use crate::command::SamlScalar;
use crate::saml::tests::fixture::*;
use crate::saml_setting::SamlSetting;
use proptest::prelude::*;
use serde_json::{Value, json};

const NAME_IDENTIFIER: &str = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/nameidentifier";
const EMAIL: &str = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/emailaddress";
const PREFIX: &str = "http://schemas.auth0.com/";

#[test]
fn default_claims_come_mapped_then_upn_then_identity_then_passed_through() {
    let login = Login::new()
        .property("given_name", json!("Ann"))
        .property("family_name", json!("Example"))
        .property("groups", json!(["a", "b"]))
        .property("Zebra", json!(1))
        .property("äpfel", json!(true));
    let expected: Vec<String> = [
        "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/nameidentifier",
        "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/emailaddress",
        "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/name",
        "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/givenname",
        "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/surname",
        "http://schemas.xmlsoap.org/claims/Group",
        "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/upn",
        "http://schemas.auth0.com/identities/default/user_id",
        "http://schemas.auth0.com/identities/default/provider",
        "http://schemas.auth0.com/identities/default/connection",
        "http://schemas.auth0.com/identities/default/isSocial",
        "http://schemas.auth0.com/Zebra",
        "http://schemas.auth0.com/clientID",
        "http://schemas.auth0.com/created_at",
        "http://schemas.auth0.com/email_verified",
        "http://schemas.auth0.com/nickname",
        "http://schemas.auth0.com/picture",
        "http://schemas.auth0.com/updated_at",
        "http://schemas.auth0.com/äpfel",
    ]
    .map(str::to_owned)
    .into();
    assert_eq!(names(&login.assertion()), expected);
}

#[test]
fn the_upn_is_the_profiles_own_else_the_address() {
    assert_eq!(value(&Login::new().assertion(), UPN).unwrap(), "ann@example.org");
    let own = Login::new().property("upn", json!("ann"));
    assert_eq!(value(&own.assertion(), UPN).unwrap(), "ann");
    let custom = Login::new().addon(json!({"mappings": {"nickname": "nick"}}));
    assert_eq!(value(&custom.assertion(), UPN).unwrap(), "ann@example.org");
    assert_eq!(value(&Login::new().without("email").assertion(), UPN), None);
    let off = Login::new().set(SamlSetting::CreateUpnClaim(false));
    assert_eq!(value(&off.assertion(), UPN), None);
}

#[test]
fn a_custom_mapping_replaces_the_default_one_entirely() {
    let assertion = Login::new()
        .addon(json!({"mappings": {"nickname": ["nick", "urn:nick"]}}))
        .assertion();
    assert_eq!(names(&assertion)[..2], ["nick", "urn:nick"]);
    assert_eq!(value(&assertion, "nick").unwrap(), "ann");
    assert_eq!(value(&assertion, EMAIL), None);
    assert_eq!(value(&assertion, &format!("{PREFIX}user_id")).unwrap(), "auth0|1");
    assert_eq!(value(&assertion, &format!("{PREFIX}nickname")), None);
}

#[test]
fn an_empty_mapping_is_the_default_one() {
    let assertion = Login::new().addon(json!({"mappings": {}})).assertion();
    assert_eq!(assertion, Login::new().assertion());
}

#[test]
fn mapping_keys_are_properties_first_and_paths_second() {
    let mapping = json!({"mappings": {"user_metadata.color": "color", "a.b": "ab", "clientID": "app"}});
    let assertion = Login::new()
        .property("a", json!({"b": "path"}))
        .property("a.b", json!("property"))
        .addon(mapping)
        .assertion();
    assert_eq!(value(&assertion, "color").unwrap(), "red");
    assert_eq!(value(&assertion, "ab").unwrap(), "property");
    assert_eq!(value(&assertion, "app").unwrap(), "client1");
    assert_eq!(value(&assertion, &format!("{PREFIX}clientID")), None);
}

#[test]
fn the_access_token_is_stated_and_other_tokens_are_not() {
    let identity = json!([
        {"provider": "github", "user_id": 7, "connection": "github", "isSocial": true,
         "access_token": "at", "refresh_token": "rt", "profileData": {"x": 1}},
        {"provider": "second", "user_id": "8"}
    ]);
    let assertion = Login::new().property("identities", identity).assertion();
    let stated: Vec<_> = attributes(&assertion)
        .into_iter()
        .filter_map(|(name, values)| {
            let property = name.strip_prefix("http://schemas.auth0.com/identities/default/")?;
            Some((property.to_owned(), values[0].0.clone(), values[0].1.clone()))
        })
        .collect();
    let expected = [
        ("access_token", "xs:string", "at"),
        ("user_id", "xs:double", "7"),
        ("provider", "xs:string", "github"),
        ("connection", "xs:string", "github"),
        ("isSocial", "xs:boolean", "true"),
    ]
    .map(|(name, kind, text)| (name.to_owned(), kind.to_owned(), text.to_owned()));
    assert_eq!(stated, expected);
    assert!(!assertion.contains("rt<") && !assertion.contains("second"));
}

#[test]
fn identities_can_be_left_out() {
    let assertion = Login::new().set(SamlSetting::MapIdentities(false)).assertion();
    assert!(!assertion.contains("identities/default"));
}

#[test]
fn unmapped_properties_pass_prefixed_or_as_they_are_or_not_at_all() {
    let as_is = Login::new()
        .set(SamlSetting::MapUnknownClaimsAsIs(true))
        .assertion();
    assert_eq!(value(&as_is, "nickname").unwrap(), "ann");
    assert_eq!(value(&as_is, &format!("{PREFIX}nickname")), None);
    let off = Login::new()
        .set(SamlSetting::PassthroughClaimsWithNoMapping(false))
        .assertion();
    assert_eq!(value(&off, &format!("{PREFIX}nickname")), None);
    assert_eq!(value(&off, "nickname"), None);
    let mut own = Login::new();
    own.config.claim_prefix = "https://idp.example/".to_owned();
    let own = own.assertion();
    assert_eq!(value(&own, "https://idp.example/nickname").unwrap(), "ann");
    assert!(!own.contains("schemas.auth0.com"));
}

#[test]
fn private_and_structured_properties_do_not_pass() {
    let mut login = Login::new()
        .property("object", json!({"secret": 1}))
        .property("nothing", json!(null));
    for name in NOT_PASSED.iter().filter(|name| !["identities"].contains(name)) {
        login = login.property(name, json!("secret"));
    }
    let assertion = login.assertion();
    assert!(!assertion.contains("secret"), "{assertion}");
    assert_eq!(value(&assertion, &format!("{PREFIX}nothing")), None);
}

#[test]
fn an_action_replaces_in_place_appends_and_removes() {
    let assertion = Login::new()
        .attribute("late", &[text("1")])
        .attribute(EMAIL, &[text("new@example.org")])
        .attribute(NAME_IDENTIFIER, &[])
        .attribute("last", &[text("a"), SamlScalar::Number(2.0)])
        .attribute("late", &[text("2")])
        .assertion();
    let all = names(&assertion);
    assert_eq!(all[0], EMAIL);
    assert_eq!(all[all.len() - 2..], ["late", "last"]);
    assert_eq!(value(&assertion, EMAIL).unwrap(), "new@example.org");
    assert_eq!(value(&assertion, "late").unwrap(), "2");
    assert_eq!(value(&assertion, NAME_IDENTIFIER), None);
}

#[test]
fn an_attribute_that_was_removed_and_set_again_comes_last() {
    let assertion = Login::new()
        .attribute(EMAIL, &[])
        .attribute(EMAIL, &[text("again")])
        .assertion();
    assert_eq!(names(&assertion).last().unwrap(), EMAIL);
}

#[test]
fn a_name_that_two_sources_give_is_stated_once_and_told() {
    let mut passed = Login::new()
        .addon(json!({"mappings": {"user_id": "name"}}))
        .set(SamlSetting::MapUnknownClaimsAsIs(true));
    let answer = passed.respond().unwrap();
    let assertion = answer.assertion_xml().unwrap();
    assert_eq!(value(assertion, "name").unwrap(), "auth0|1");
    assert_eq!(passed.warnings(), ["duplicate_attribute"]);
    let mut mapped = Login::new().addon(json!({"mappings": {"user_id": "x", "nickname": "x"}}));
    let answer = mapped.respond().unwrap();
    let assertion = answer.assertion_xml().unwrap();
    assert_eq!(value(assertion, "x").unwrap(), "ann");
    assert_eq!(mapped.warnings(), ["duplicate_attribute"]);
}

#[test]
fn a_mapped_object_is_told() {
    let mut login = Login::new().addon(json!({"mappings": {"user_metadata": "meta", "gone": "gone"}}));
    let answer = login.respond().unwrap();
    let assertion = answer.assertion_xml().unwrap();
    assert_eq!(value(assertion, "meta"), None);
    assert_eq!(login.warnings(), ["mapped_without_text"]);
}

#[test]
fn an_attribute_that_xml_cannot_hold_is_left_out_and_told_and_the_rest_is_stated() {
    let all = names(&Login::new().assertion()).len();
    for illegal in ["\u{0}", "\u{1}", "\u{b}", "\u{1f}", "\u{fffe}", "\u{ffff}"] {
        for value in [json!(illegal), json!(["fine", illegal])] {
            let mut login = Login::new().property("nickname", value);
            let answer = login.respond().unwrap();
            let assertion = answer.assertion_xml().unwrap();
            let names = names(assertion);
            assert_eq!(names.len(), all - 1);
            assert!(!names.iter().any(|name| name.ends_with("/nickname")));
            assert_eq!(login.warnings(), ["attribute_xml_character"]);
            let message = &login.trace.warnings[0].message;
            assert!(
                message.contains("the attribute 'http://schemas.auth0.com/nickname' holds"),
                "{message}"
            );
            let code_point = format!("U+{:04X}", illegal.chars().next().unwrap() as u32);
            assert!(message.contains(&code_point), "{message}");
        }
    }
    let mut named = Login::new().property("a\u{1}", json!("x"));
    assert!(named.respond().is_ok());
    assert!(named.trace.warnings[0].message.contains("attribute name"));
    let mut mapped = Login::new().addon(json!({"mappings": {"email": "ma\u{1}il"}}));
    assert!(mapped.respond().is_ok());
    assert_eq!(mapped.warnings(), ["attribute_xml_character"]);
    let mut removed = Login::new()
        .property("nickname", json!("\u{1}"))
        .attribute("http://schemas.auth0.com/nickname", &[]);
    assert!(removed.respond().is_ok());
    assert_eq!(removed.warnings(), [""; 0]);
}

#[test]
fn no_other_name_id_is_sent_where_xml_cannot_hold_that_of_the_first_probe() {
    for property in ["user_id", "name"] {
        let mut login = Login::new().property(property, json!("a\u{1}"));
        if property == "name" {
            login = login.addon(json!({
                "mappings": {"name": "who"}, "nameIdentifierProbes": ["who", EMAIL]
            }));
        }
        let error = login.respond().unwrap_err();
        assert_eq!(error.code, "xml_character", "{property}");
        assert!(error.description.contains("the NameID, taken from '"), "{error}");
    }
}

/// Target, status and reason of the entries for claims.
fn told(login: &Login) -> Vec<String> {
    let entries = login.trace.entries.iter();
    entries
        .map(|entry| {
            let reason = entry.reason.as_deref().unwrap_or_default();
            format!("{} {:?} {reason}", entry.target, entry.status)
        })
        .collect()
}

fn with_claims(addon: Value, claims: &[(&str, Value)]) -> (String, Vec<String>) {
    let mut login = Login::new().addon(addon);
    for (name, value) in claims {
        login = login.claim(name, Some(value.clone()));
    }
    let answer = login.respond().unwrap();
    (answer.assertion_xml().unwrap().to_owned(), told(&login))
}

#[test]
fn claims_of_the_id_token_are_mapped_and_pass_through_like_properties() {
    let (assertion, told) = with_claims(
        json!({"mappings": {"costCenter": ["CostCenter", "urn:cc"], "email": "mail"},
            "mapUnknownClaimsAsIs": true, "createUpnClaim": false}),
        &[("costCenter", json!("CC-42")), ("team", json!(["blue", 7, true]))],
    );
    assert_eq!(value(&assertion, "CostCenter").unwrap(), "CC-42");
    assert_eq!(value(&assertion, "urn:cc").unwrap(), "CC-42");
    let team = attributes(&assertion)
        .into_iter()
        .find(|(name, _)| name == "team")
        .unwrap();
    let typed = [("xs:string", "blue"), ("xs:double", "7"), ("xs:boolean", "true")]
        .map(|(kind, text)| (kind.to_owned(), text.to_owned()));
    assert_eq!(team.1, typed);
    assert_eq!(
        told,
        [
            "saml/attribute:CostCenter Applied ",
            "saml/attribute:urn:cc Applied ",
            "saml/attribute:team Applied ",
        ]
    );
    let (prefixed, _) = with_claims(json!({}), &[("https://lake.example/shop", json!("ulm"))]);
    assert_eq!(
        value(&prefixed, &format!("{PREFIX}https://lake.example/shop")).unwrap(),
        "ulm"
    );
}

#[test]
fn a_claim_takes_the_place_of_the_property_and_set_attribute_that_of_the_claim() {
    let mut login = Login::new()
        .claim("email", Some(json!("first@example.org")))
        .claim("email", Some(json!("new@example.org")))
        .claim("user_id", Some(json!("auth0|other")))
        .claim("nickname", Some(json!(null)))
        .claim("picture", Some(json!("set")))
        .claim("picture", None)
        .attribute(UPN, &[text("upn")]);
    let answer = login.respond().unwrap();
    let assertion = answer.assertion_xml().unwrap();
    assert_eq!(value(assertion, EMAIL).unwrap(), "new@example.org");
    assert_eq!(value(assertion, UPN).unwrap(), "upn");
    assert_eq!(value(assertion, &format!("{PREFIX}nickname")), None);
    assert_eq!(
        value(assertion, &format!("{PREFIX}picture")).unwrap(),
        "https://example.org/ann.png"
    );
    assert!(assertion.contains(">auth0|other</saml:NameID>"));
    assert_eq!(
        value(assertion, "http://schemas.auth0.com/identities/default/user_id").unwrap(),
        "1"
    );
    let expected: Vec<String> = [
        "id_token/email Overridden ".to_owned(),
        format!("saml/attribute:{EMAIL} Applied "),
        format!("saml/attribute:{UPN} Overridden "),
        format!("saml/attribute:{NAME_IDENTIFIER} Applied "),
        format!("saml/attribute:{PREFIX}nickname Applied "),
        "id_token/picture Overridden ".to_owned(),
        "id_token/picture Applied ".to_owned(),
        format!("saml/attribute:{UPN} Applied "),
    ]
    .into();
    assert_eq!(told(&login), expected);
}

#[test]
fn a_claim_that_is_no_attribute_is_told_with_its_reason() {
    let (assertion, told) = with_claims(
        json!({"mappings": {"email": "mail", "office.city": "city", "office.zip": "zip"},
            "mapUnknownClaimsAsIs": true}),
        &[
            ("iss", json!("hostile")),
            ("groups", json!(["admin"])),
            ("https://x.auth0.com/y", json!(1)),
            ("office", json!({"city": "Ulm"})),
            ("box", json!({"a": 1})),
            ("mail", json!("again")),
            ("last_ip", json!("here")),
            ("bell", json!("a\u{7}")),
        ],
    );
    assert!(!assertion.contains("hostile") && !assertion.contains("admin"));
    assert_eq!(value(&assertion, "city").unwrap(), "Ulm");
    assert_eq!(value(&assertion, "mail").unwrap(), "ann@example.org");
    assert_eq!(
        told,
        [
            "id_token/iss Dropped restricted_claim",
            "id_token/groups Dropped restricted_claim",
            "id_token/https://x.auth0.com/y Dropped reserved_namespace",
            "saml/attribute:city Applied ",
            "saml/attribute:zip Dropped claim_without_text",
            "saml/attribute:box Dropped claim_without_text",
            "saml/attribute:mail Dropped duplicate_attribute",
            "id_token/last_ip Dropped claim_not_mapped",
            "saml/attribute:bell Dropped attribute_xml_character",
        ]
    );
    let (_, told) = with_claims(
        json!({"passthroughClaimsWithNoMapping": false}),
        &[("team", json!("blue"))],
    );
    assert_eq!(told, ["id_token/team Dropped claim_not_mapped"]);
}

#[test]
fn nothing_about_claims_remains_said_where_nothing_is_issued_after_all() {
    let mut login = Login::new()
        .claim("team", Some(json!("blue")))
        .claim("iss", Some(json!("x")));
    login.respond().unwrap();
    for recorded in login.grant.recorded.iter() {
        login
            .trace
            .discard(&recorded.command.target(), &recorded.origin, "strict");
    }
    assert_eq!(
        told(&login),
        [
            format!("saml/attribute:{PREFIX}team Discarded strict"),
            "id_token/iss Dropped restricted_claim".to_owned(),
        ]
    );
}

fn json_scalar() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        "[ -~\u{e9}\n\r\t<&>\"]{0,8}".prop_map(Value::from),
        Just(json!({"a": 1})),
    ]
}

fn json_property() -> impl Strategy<Value = Value> {
    prop_oneof![
        json_scalar(),
        prop::collection::vec(json_scalar(), 0..4).prop_map(Value::from)
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]
    #[test]
    fn names_are_unique_values_are_there_and_actions_have_the_last_word(
        profile in prop::collection::hash_map("[a-e ]{1,2}", json_property(), 0..8),
        mappings in prop::collection::hash_map("[a-e ]{1,2}", "[a-e ]{1,2}", 0..4),
        set in prop::collection::vec(("[a-e ]{1,2}", prop::collection::vec("[ -~]{0,3}", 0..3)), 0..6),
        as_is: bool,
    ) {
        let mut login = Login::new()
            .addon(json!({"mappings": mappings, "mapUnknownClaimsAsIs": as_is}));
        for (name, value) in profile {
            login = login.property(&name, value);
        }
        for (name, values) in &set {
            login = login.attribute(name, &values.iter().map(|value| text(value)).collect::<Vec<_>>());
        }
        let stated = attributes(&login.assertion());
        let unique: std::collections::HashSet<_> = stated.iter().map(|(name, _)| name).collect();
        prop_assert_eq!(unique.len(), stated.len());
        prop_assert!(stated.iter().all(|(_, values)| !values.is_empty()));
        for (index, (name, values)) in set.iter().enumerate() {
            if set[index + 1..].iter().any(|(later, _)| later == name) {
                continue;
            }
            let found = stated.iter().find(|(stated, _)| stated == name);
            let texts: Vec<&str> = found.iter().flat_map(|(_, values)| values).map(|(_, text)| &**text).collect();
            prop_assert_eq!(texts, values.iter().map(String::as_str).collect::<Vec<_>>());
        }
    }
}
