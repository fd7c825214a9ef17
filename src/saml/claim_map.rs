//! Which attributes the assertion states, in the order of the XML (semantics 4.4): mapped claims, the
//! UPN, the default identity, what passes through, and last what Actions set or removed.

use super::SamlError;
use super::attribute::{AttributeValue, AttributeValues};
use super::xml::illegal_character;
use crate::command::{Command, Recorded, SamlSetting};
use crate::tenant::{OneOrMany, Profile};
use crate::trace::{Origin, Trace};
use indexmap::{IndexMap, IndexSet};
use serde_json::Value;
use std::borrow::Cow;

/// How the profile becomes claims.
#[derive(Clone, Debug)]
pub(super) struct ClaimRules<'a> {
    /// Profile property to claim names; `None` is the default table.
    pub mappings: Option<&'a IndexMap<String, OneOrMany>>,
    pub upn: Upn,
    pub identities: Identities,
    pub passthrough: Passthrough,
    /// Put before identity claims and prefixed ones.
    pub prefix: &'a str,
}

/// Whether a UPN claim is made where mapping gave none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Upn {
    Create,
    Leave,
}

/// Whether the default identity is mapped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Identities {
    Leave,
    Map,
}

/// What happens to profile properties that no mapping names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Passthrough {
    /// Under their own names.
    AsIs,
    Leave,
    /// Under their names with the prefix.
    Prefixed,
}

/// The attributes by name, none twice and none without values.
#[derive(Clone, Debug)]
pub(super) struct ClaimMap<'a> {
    claims: IndexMap<Cow<'a, str>, AttributeValues<'a>>,
    removed: IndexSet<&'a str>,
    properties: Properties<'a>,
}

impl<'a> ClaimMap<'a> {
    /// # Errors
    /// A name or value holds a character that XML cannot hold.
    pub fn build(
        rules: &ClaimRules<'a>,
        profile: &'a Profile,
        client_id: &'a str,
        recorded: &'a [Recorded],
        trace: &mut Trace,
    ) -> Result<Self, SamlError> {
        let mut map = Self {
            claims: IndexMap::new(),
            removed: IndexSet::new(),
            properties: Properties { profile, client_id },
        };
        let mapped = match rules.mappings {
            Some(mappings) => map.add_custom(mappings, trace),
            None => map.add_default(),
        };
        if rules.upn == Upn::Create {
            map.add_upn();
        }
        if rules.identities == Identities::Map {
            map.add_identity(rules.prefix);
        }
        map.add_passthrough(rules, &mapped, trace);
        map.apply(recorded);
        map.check()?;
        Ok(map)
    }

    /// The attributes in the order of the XML.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&str, &AttributeValues<'a>)> {
        self.claims.iter().map(|(name, values)| (&**name, values))
    }

    /// The first value under the claim `name`. A claim of the default table that is not in the map is
    /// read from its profile property, unless an Action removed it (semantics 4.6).
    pub fn first_value(&self, name: &str) -> Option<AttributeValue<'a>> {
        if let Some(values) = self.claims.get(name) {
            return values.first().cloned();
        }
        if self.removed.contains(name) {
            return None;
        }
        let (property, _) = DEFAULT_MAPPING.iter().find(|(_, claim)| *claim == name)?;
        self.properties.values(property).into_iter().next()
    }

    fn add_default(&mut self) -> IndexSet<&'a str> {
        for (property, claim) in DEFAULT_MAPPING {
            let values = self.properties.values(property);
            self.insert(claim, values);
        }
        DEFAULT_MAPPING.iter().map(|(property, _)| *property).collect()
    }

    fn add_custom(
        &mut self,
        mappings: &'a IndexMap<String, OneOrMany>,
        trace: &mut Trace,
    ) -> IndexSet<&'a str> {
        for (property, claims) in mappings {
            let values = self.properties.values(property);
            if values.is_empty() && self.properties.has(property) {
                trace.warn(
                    "mapped_without_text",
                    format!(
                        "add-on samlp.mappings.{property}: the profile property holds no text, number or \
                         boolean, so it gives no attribute"
                    ),
                    &Origin::default(),
                );
            }
            for claim in claims.as_slice() {
                if self.claims.contains_key(claim.as_str()) && !values.is_empty() {
                    trace.warn(
                        "duplicate_attribute",
                        format!(
                            "add-on samlp.mappings: two profile properties give the attribute '{claim}'; \
                             '{property}' is the later one and counts"
                        ),
                        &Origin::default(),
                    );
                }
                self.insert(claim.as_str(), values.clone());
            }
        }
        mappings.keys().map(String::as_str).collect()
    }

    fn add_upn(&mut self) {
        if self.claims.contains_key(UPN) {
            return;
        }
        let filled = |property| {
            let values = self.properties.values(property);
            values
                .first()
                .is_some_and(|value| !value.text().is_empty())
                .then_some(values)
        };
        if let Some(values) = filled("upn").or_else(|| filled("email")) {
            self.insert(UPN, values);
        }
    }

    fn add_identity(&mut self, prefix: &str) {
        let identity = self
            .properties
            .profile
            .0
            .get("identities")
            .and_then(|list| list.get(0));
        for property in IDENTITY_PROPERTIES {
            if let Some(value) = identity.and_then(|identity| identity.get(property)) {
                let values = AttributeValue::from_profile(property, value);
                self.insert(format!("{prefix}identities/default/{property}"), values);
            }
        }
    }

    fn add_passthrough(&mut self, rules: &ClaimRules<'a>, mapped: &IndexSet<&str>, trace: &mut Trace) {
        if rules.passthrough == Passthrough::Leave {
            return;
        }
        let mut names: Vec<&'a str> = self
            .properties
            .names()
            .filter(|name| !NOT_PASSED.contains(name) && !mapped.contains(name))
            .collect();
        names.sort_unstable();
        for property in names {
            let name: Cow<'a, str> = match rules.passthrough {
                Passthrough::AsIs => property.into(),
                Passthrough::Leave | Passthrough::Prefixed => format!("{}{property}", rules.prefix).into(),
            };
            let values = self.properties.values(property);
            if self.claims.contains_key(&name) && !values.is_empty() {
                trace.warn(
                    "duplicate_attribute",
                    format!(
                        "the profile property '{property}' would pass through as the attribute '{name}', \
                         which exists already; it is left out"
                    ),
                    &Origin::default(),
                );
                continue;
            }
            self.insert(name, values);
        }
    }

    fn apply(&mut self, recorded: &'a [Recorded]) {
        for record in recorded {
            let Command::Saml(SamlSetting::Attribute { name, values }) = &record.command else {
                continue;
            };
            if values.is_empty() {
                self.claims.shift_remove(name.as_str());
                self.removed.insert(name);
            } else {
                self.removed.shift_remove(name.as_str());
                self.insert(
                    name.as_str(),
                    values.iter().map(AttributeValue::from_scalar).collect(),
                );
            }
        }
    }

    /// Replaces in place or appends; no values, no claim.
    fn insert(&mut self, name: impl Into<Cow<'a, str>>, values: AttributeValues<'a>) {
        if !values.is_empty() {
            self.claims.insert(name.into(), values);
        }
    }

    fn check(&self) -> Result<(), SamlError> {
        for (name, values) in self.iter() {
            if let Some(character) = illegal_character(name) {
                return Err(SamlError::xml_character(
                    format_args!("the attribute name {name:?}"),
                    character,
                ));
            }
            let texts = values.iter().filter_map(|value| match value {
                AttributeValue::Text(text) => illegal_character(text),
                AttributeValue::Boolean(_) | AttributeValue::Date(_) | AttributeValue::Number(_) => None,
            });
            if let Some(character) = texts.into_iter().next() {
                return Err(SamlError::xml_character(
                    format_args!("the attribute '{name}'"),
                    character,
                ));
            }
        }
        Ok(())
    }
}

/// The profile as claims see it.
#[derive(Clone, Copy, Debug)]
struct Properties<'a> {
    profile: &'a Profile,
    client_id: &'a str,
}

impl<'a> Properties<'a> {
    fn names(self) -> impl Iterator<Item = &'a str> {
        let own = self.profile.0.keys().map(String::as_str);
        let client_id = (!self.profile.0.contains_key(CLIENT_ID)).then_some(CLIENT_ID);
        own.chain(client_id)
    }

    fn has(self, path: &str) -> bool {
        self.value(path).is_some_and(|value| !value.is_null())
    }

    fn values(self, path: &str) -> AttributeValues<'a> {
        if path == CLIENT_ID && !self.profile.0.contains_key(CLIENT_ID) {
            return vec![AttributeValue::from_text(self.client_id)];
        }
        self.value(path)
            .map_or_else(Vec::new, |value| AttributeValue::from_profile(path, value))
    }

    /// A top-level property, else a dotted path.
    fn value(self, path: &str) -> Option<&'a Value> {
        if let Some(value) = self.profile.0.get(path) {
            return Some(value);
        }
        let (first, rest) = path.split_once('.')?;
        rest.split('.').try_fold(self.profile.0.get(first)?, Value::get)
    }
}

const UPN: &str = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/upn";

/// Profile property of the application's id; the platform keeps it in the profile of a login.
const CLIENT_ID: &str = "clientID";

const DEFAULT_MAPPING: [(&str, &str); 7] = [
    (
        "user_id",
        "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/nameidentifier",
    ),
    (
        "email",
        "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/emailaddress",
    ),
    (
        "name",
        "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/name",
    ),
    (
        "given_name",
        "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/givenname",
    ),
    (
        "family_name",
        "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/surname",
    ),
    ("upn", UPN),
    ("groups", "http://schemas.xmlsoap.org/claims/Group"),
];

/// In this order. What else a provider gave, refresh tokens among it, is nobody else's business.
const IDENTITY_PROPERTIES: [&str; 5] = ["access_token", "user_id", "provider", "connection", "isSocial"];

/// Never passed through, whatever their type: what no Action sees either, and what the platform keeps
/// from service providers. Plain objects are not passed anyway.
const NOT_PASSED: [&str; 18] = [
    "_id",
    "app_metadata",
    "blocked",
    "blocked_for",
    "custom_password_hash",
    "enrolledFactors",
    "identities",
    "last_ip",
    "last_login",
    "logins_count",
    "mfa_factors",
    "multifactor",
    "organizations",
    "password",
    "passwordHash",
    "password_hash",
    "roles",
    "user_metadata",
];

#[cfg(test)]
mod tests {
    use super::super::fixture::*;
    use super::*;
    use crate::command::SamlScalar;
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
        let assertion = passed.respond().unwrap().assertion_xml.unwrap();
        assert_eq!(value(&assertion, "name").unwrap(), "auth0|1");
        assert_eq!(passed.warnings(), ["duplicate_attribute"]);
        let mut mapped = Login::new().addon(json!({"mappings": {"user_id": "x", "nickname": "x"}}));
        let assertion = mapped.respond().unwrap().assertion_xml.unwrap();
        assert_eq!(value(&assertion, "x").unwrap(), "ann");
        assert_eq!(mapped.warnings(), ["duplicate_attribute"]);
    }

    #[test]
    fn a_mapped_object_is_told() {
        let mut login = Login::new().addon(json!({"mappings": {"user_metadata": "meta", "gone": "gone"}}));
        let assertion = login.respond().unwrap().assertion_xml.unwrap();
        assert_eq!(value(&assertion, "meta"), None);
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
}
