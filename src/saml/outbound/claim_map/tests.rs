//! The claim map on profiles, settings and attributes.

use super::*;
use crate::command::SamlScalar;
use crate::saml::tests::fixture::*;
use crate::saml_setting::SamlSetting;
use proptest::prelude::*;
use serde_json::json;

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
fn a_character_that_xml_cannot_hold_is_refused_with_the_attributes_name() {
    for illegal in ["\u{0}", "\u{1}", "\u{b}", "\u{1f}", "\u{fffe}", "\u{ffff}"] {
        let error = Login::new()
            .property("nickname", json!(illegal))
            .respond()
            .unwrap_err();
        assert_eq!(error.code, "xml_character");
        assert!(
            error.description.contains("'http://schemas.auth0.com/nickname'"),
            "{error}"
        );
        assert!(
            error
                .description
                .contains(&format!("U+{:04X}", illegal.chars().next().unwrap() as u32))
        );
    }
    let error = Login::new().property("a\u{1}", json!("x")).respond().unwrap_err();
    assert_eq!(error.code, "xml_character");
    let removed = Login::new()
        .property("nickname", json!("\u{1}"))
        .attribute("http://schemas.auth0.com/nickname", &[])
        .respond();
    assert!(removed.is_ok());
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
