//! Which attributes the assertion states, in the order of the XML (semantics 4.4): mapped claims, the
//! UPN, the default identity, what passes through, and last what Actions set or removed.

use super::attribute::{AttributeValue, AttributeValues};
use super::claim_attributes::{ClaimAttributes, Outcome};
use super::properties::Properties;
use crate::command::{Command, Recorded};
use crate::saml_setting::OneOrMany;
use crate::trace::{Origin, Trace};
use crate::xml::illegal_character;
use foldhash::quality::RandomState;
use indexmap::{IndexMap, IndexSet};
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

impl ClaimRules<'_> {
    /// Whether a mapping names the profile property.
    fn maps(&self, property: &str) -> bool {
        match self.mappings {
            Some(mappings) => mappings.contains_key(property),
            None => DEFAULT_MAPPING.iter().any(|(mapped, _)| *mapped == property),
        }
    }

    /// The profile property that a mapping gives the claim from.
    pub fn source_of(&self, claim: &str) -> Option<&str> {
        let Some(mappings) = self.mappings else {
            let mapped = DEFAULT_MAPPING.iter().find(|(_, name)| *name == claim);
            return mapped.map(|(property, _)| *property);
        };
        let mapped = mappings
            .iter()
            .find(|(_, claims)| claims.as_slice().iter().any(|name| name == claim));
        mapped.map(|(property, _)| property.as_str())
    }
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
    /// Names are long and hashed several times, but few: a profile and a hundred calls give them, and each map has
    /// a seed of its own. So a quick hash is enough.
    claims: IndexMap<Cow<'a, str>, AttributeValues<'a>, RandomState>,
    /// Those that no XML can hold. They are not stated, and still are what a probe finds.
    unwritable: IndexMap<Cow<'a, str>, AttributeValues<'a>, RandomState>,
    removed: IndexSet<&'a str>,
    properties: Properties<'a>,
    /// What became of the properties that Actions set.
    claim_attributes: ClaimAttributes<'a>,
}

impl<'a> ClaimMap<'a> {
    /// Warns of mappings that give nothing, of claims that meet another one's name, and of those that XML cannot hold.
    pub fn build(
        rules: &ClaimRules<'a>,
        properties: Properties<'a>,
        recorded: &'a [Recorded],
        trace: &mut Trace,
    ) -> Self {
        let mut map = Self {
            claims: IndexMap::with_capacity_and_hasher(recorded.len() + USUAL_CLAIMS, RandomState::default()),
            unwritable: IndexMap::default(),
            removed: IndexSet::new(),
            properties,
            claim_attributes: ClaimAttributes::default(),
        };
        match rules.mappings {
            Some(mappings) => map.add_custom(mappings, trace),
            None => map.add_default(),
        }
        if rules.upn == Upn::Create {
            map.add_upn();
        }
        if rules.identities == Identities::Map {
            map.add_identity(rules.prefix);
        }
        map.add_passthrough(rules, trace);
        map.apply(recorded);
        map.take_out_unwritable(trace);
        map
    }

    /// What became of the properties that Actions set.
    pub fn claim_attributes(&self) -> &ClaimAttributes<'a> {
        &self.claim_attributes
    }

    /// The attributes in the order of the XML.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&str, &[AttributeValue<'a>])> {
        self.claims.iter().map(|(name, values)| (&**name, &**values))
    }

    /// Whether there is an attribute of this name.
    pub fn has(&self, name: &str) -> bool {
        self.claims.contains_key(name)
    }

    /// Whether an Action took the attribute out.
    pub fn was_removed(&self, name: &str) -> bool {
        self.removed.contains(name)
    }

    /// The first value under the claim `name`. A claim of the default table that is not in the map is
    /// read from its profile property, unless an Action removed it (semantics 4.6).
    pub fn first_value(&self, name: &str) -> Option<AttributeValue<'a>> {
        if let Some(values) = self.claims.get(name).or_else(|| self.unwritable.get(name)) {
            return values.first().cloned();
        }
        if self.removed.contains(name) {
            return None;
        }
        let (property, _) = DEFAULT_MAPPING.iter().find(|(_, claim)| *claim == name)?;
        self.properties.values(property).into_iter().next()
    }

    fn add_default(&mut self) {
        for (property, claim) in DEFAULT_MAPPING {
            let values = self.properties.values(property);
            self.give(property, claim, values);
        }
    }

    fn add_custom(&mut self, mappings: &'a IndexMap<String, OneOrMany>, trace: &mut Trace) {
        for (property, claims) in mappings {
            let values = self.properties.values(property);
            // What an Action has set is told with its call.
            let is_told = self.properties.claim_of(property).is_some();
            if values.is_empty() && self.properties.has(property) && !is_told {
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
                            "add-on samlp.mappings: two profile properties give the attribute '{claim}'; the later \
                             property '{property}' is used"
                        ),
                        &Origin::default(),
                    );
                }
                self.give(property, claim.as_str(), values.clone());
            }
        }
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
                .then_some((property, values))
        };
        if let Some((property, values)) = filled("upn").or_else(|| filled("email")) {
            self.give(property, UPN, values);
        }
    }

    fn add_identity(&mut self, prefix: &str) {
        let identity = self.properties.default_identity();
        for property in IDENTITY_PROPERTIES {
            if let Some(value) = identity.and_then(|identity| identity.get(property)) {
                let values = AttributeValue::from_profile(property, value);
                self.insert(format!("{prefix}identities/default/{property}"), values);
            }
        }
    }

    fn add_passthrough(&mut self, rules: &ClaimRules<'a>, trace: &mut Trace) {
        if rules.passthrough == Passthrough::Leave {
            return;
        }
        let mut names: Vec<&'a str> = self
            .properties
            .names()
            .filter(|name| !NOT_PASSED.contains(name) && !rules.maps(name))
            .collect();
        names.sort_unstable();
        for property in names {
            let name: Cow<'a, str> = match rules.passthrough {
                Passthrough::AsIs => property.into(),
                Passthrough::Leave | Passthrough::Prefixed => format!("{}{property}", rules.prefix).into(),
            };
            let values = self.properties.values(property);
            let claim = self.properties.claim_of(property);
            // A mapping has taken what it wanted out of an object.
            if values.is_empty()
                && claim.is_some_and(|claim| self.claim_attributes.of(claim).next().is_some())
            {
                continue;
            }
            if self.claims.contains_key(&name) && !values.is_empty() {
                let message = format!(
                    "the profile property '{property}' would pass through as the attribute '{name}', \
                     which exists already; it is left out"
                );
                match claim {
                    Some(claim) => {
                        let outcome = Outcome::LeftOut("duplicate_attribute", message);
                        self.claim_attributes.note(claim, name, outcome);
                    }
                    None => trace.warn("duplicate_attribute", message, &Origin::default()),
                }
                continue;
            }
            self.give(property, name, values);
        }
    }

    fn apply(&mut self, recorded: &'a [Recorded]) {
        for record in recorded {
            let Command::SetSamlAttribute { name, values } = &record.command else {
                continue;
            };
            self.claim_attributes.replaced(name);
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

    /// Gives the attribute `name` the values of a property.
    fn give(&mut self, property: &'a str, name: impl Into<Cow<'a, str>>, values: AttributeValues<'a>) {
        let name = name.into();
        let claim = self.properties.claim_of(property);
        if !values.is_empty() {
            self.claim_attributes.replaced(&name);
        }
        if let Some(claim) = claim {
            let outcome = if values.is_empty() && !self.properties.is_null(property) {
                Outcome::LeftOut(
                    "claim_without_text",
                    format!(
                        "the claim '{claim}' holds no text, number or boolean, so the SAML response has no attribute \
                         '{name}'; set one of these, or map what is in it with a path such as \"{claim}.member\""
                    ),
                )
            } else {
                Outcome::Stated
            };
            self.claim_attributes.note(claim, name.clone(), outcome);
        }
        self.insert(name, values);
    }

    /// Attributes with a name or a value that XML cannot hold are left out: a user with such a profile logs in
    /// without them, while the NameID must not be another one because of them.
    fn take_out_unwritable(&mut self, trace: &mut Trace) {
        let problem = |name: &str, values: &AttributeValues<'a>| {
            let illegal = |text: &str| illegal_character(text).map(u32::from);
            if let Some(character) = illegal(name) {
                return Some(format!(
                    "the attribute name {name:?} holds U+{character:04X}, a character that XML cannot hold, so the \
                     attribute is left out; correct the name"
                ));
            }
            let character = values.iter().find_map(|value| illegal(&value.text()))?;
            Some(format!(
                "the attribute '{name}' holds U+{character:04X}, a character that XML cannot hold, so the attribute is \
                 left out; correct the value"
            ))
        };
        let claims = self.claims.iter();
        let found: Vec<_> = claims
            .filter_map(|(name, values)| Some((name.clone(), problem(name, values)?)))
            .collect();
        for (name, message) in found {
            if let Some(values) = self.claims.shift_remove(&name) {
                if !self.claim_attributes.leave_out(&name, UNWRITABLE, &message) {
                    trace.warn(UNWRITABLE, message, &Origin::default());
                }
                self.unwritable.insert(name, values);
            }
        }
    }
}

/// Code of an attribute that is left out because XML cannot hold it.
const UNWRITABLE: &str = "attribute_xml_character";

const UPN: &str = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/upn";

/// Claims that a profile gives in most responses.
const USUAL_CLAIMS: usize = 16;

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

/// In this order. Other members that a provider gave, such as refresh tokens, are not passed on.
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
mod tests;
