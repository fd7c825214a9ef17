//! What a response tells about the user, against what its service provider asked for and may know.

use super::claim_map::{ClaimMap, ClaimRules, Identities, Passthrough, Upn};
use super::name_id::Hidden;
use super::properties::{CLIENT_ID, Properties};
use crate::saml_setting::{Effective, NameIdSource, Set, UnusableSetting};
use crate::tenant::{AccessCategory, Demand, Profile, SamlAddon, SamlConfig};
use crate::trace::{Origin, Trace};
use serde_json::{Map, json};

/// Warns of what the service provider needs and does not get, of what it gets and did not ask for, and of what tells
/// who a user is that it is not to know.
pub(super) fn note(
    demand: &Demand<'_>,
    hidden: Option<Hidden>,
    rules: &ClaimRules<'_>,
    claims: &ClaimMap<'_>,
    trace: &mut Trace,
) {
    let mut warn = |code, message| trace.warn(code, message, &Origin::default());
    for attribute in demand.lacking(|name| claims.has(name)) {
        let gives = if claims.was_removed(&attribute.name) {
            "an Action took it away".to_owned()
        } else {
            match rules.source_of(&attribute.name) {
                Some(property) => format!(
                    "addons.samlp.mappings takes it from the profile property '{property}', for which the user has no \
                     value"
                ),
                None => GIVE.to_owned(),
            }
        };
        warn(
            REQUIRED_MISSING,
            format!(
                "the response lacks the attribute {}, without which the service provider does not work; {gives}",
                attribute.shown()
            ),
        );
    }
    if let Some(needed) = demand.lacking_subject_id(|name| claims.has(name)) {
        warn(
            SUBJECT_ID_MISSING,
            format!(
                "the service provider needs a subject identifier ({}), and the response has none; let an Action set \
                 the attribute {}",
                needed.name(),
                needed.attributes().join(" or ")
            ),
        );
    }
    let beyond = demand.beyond(claims.iter().map(|(name, _)| name));
    if !beyond.is_empty() {
        warn(NOT_REQUESTED, not_requested(&beyond));
    }
    if let Some(why) = reason(demand.access, hidden) {
        let identifying = identifying(rules, demand);
        let told: Vec<_> = identifying
            .iter()
            .filter(|name| claims.has(name))
            .map(String::as_str)
            .collect();
        if !told.is_empty() {
            warn(IDENTITY, identity(why, &told));
        }
    }
}

/// Which attributes of an add-on would tell who the user is, where the service provider is not to know it; in words,
/// and none where nothing would.
pub fn identity_of_addon(addon: &SamlAddon, config: &SamlConfig) -> Option<String> {
    let effective = Effective::of_addon(&addon.settings);
    let hidden = effective
        .name_identifier_source
        .usable()
        .and_then(|source| Hidden::of(*source));
    let demand = Demand::of(addon, None);
    let why = reason(demand.access, hidden)?;
    let rules = ClaimRules::of(&effective, config).ok()?;
    let identifying = identifying(&rules, &demand);
    let names: Vec<_> = identifying.iter().map(String::as_str).collect();
    (!names.is_empty()).then(|| identity(why, &names))
}

pub(super) fn not_requested(names: &[&str]) -> String {
    format!(
        "the response carries attributes that the service provider did not ask for: {}; map what it asks for in \
         addons.samlp.mappings, and set passthroughClaimsWithNoMapping, mapIdentities and createUpnClaim to false",
        names.join(", ")
    )
}

fn identity(why: &str, names: &[&str]) -> String {
    format!(
        "{why}, so the service provider is not to know who the user is, and these attributes tell it: {}; map other \
         properties in addons.samlp.mappings, and set passthroughClaimsWithNoMapping, mapIdentities and \
         createUpnClaim to false",
        names.join(", ")
    )
}

fn reason(access: Option<AccessCategory>, hidden: Option<Hidden>) -> Option<&'static str> {
    Some(match (access, hidden) {
        (Some(AccessCategory::Anonymous), _) => "the service provider is for anonymous users",
        (Some(AccessCategory::Pseudonymous), _) => "the service provider is for users under a pseudonym",
        (None, Some(Hidden::Pairwise)) => "the NameID is pairwise",
        (None, Some(Hidden::Transient)) => "the NameID is transient",
        (None, None) => return None,
    })
}

/// The attributes under which `rules` would send what tells who a user is. What a service provider asks for is its due,
/// unless it says itself that it is not to know its users.
fn identifying(rules: &ClaimRules<'_>, demand: &Demand<'_>) -> Vec<String> {
    let mut profile = Map::new();
    for property in IDENTIFYING {
        profile.insert(property.to_owned(), json!("x"));
    }
    profile.insert(
        "identities".to_owned(),
        json!([{"user_id": "x", "access_token": "x"}]),
    );
    let profile = Profile(profile);
    let claims = ClaimMap::build(
        rules,
        Properties::new(&profile, "", &[]),
        &[],
        &mut Trace::default(),
    );
    let of_client = [CLIENT_ID.to_owned(), format!("{}{CLIENT_ID}", rules.prefix)];
    let is_of_client = |name: &str| of_client.iter().any(|known| known == name);
    let names = claims.iter().map(|(name, _)| name);
    names
        .filter(|name| !is_of_client(name))
        .filter(|name| demand.access.is_some() || !demand.asks_for(name))
        .map(str::to_owned)
        .collect()
}

impl<'a> ClaimRules<'a> {
    /// The rules that settings make.
    ///
    /// # Errors
    /// A setting cannot be had.
    pub fn of(effective: &Effective<'a>, config: &'a SamlConfig) -> Result<Self, UnusableSetting<'a>> {
        let flag = |set: &Set<'a, bool>, default| set.get().map(|flag| flag.copied().unwrap_or(default));
        Ok(Self {
            mappings: effective.mappings.get()?,
            upn: if flag(&effective.create_upn_claim, true)? {
                Upn::Create
            } else {
                Upn::Leave
            },
            identities: if flag(&effective.map_identities, true)? {
                Identities::Map
            } else {
                Identities::Leave
            },
            passthrough: match (
                flag(&effective.passthrough_claims_with_no_mapping, true)?,
                flag(&effective.map_unknown_claims_as_is, false)?,
            ) {
                (false, _) => Passthrough::Leave,
                (true, false) => Passthrough::Prefixed,
                (true, true) => Passthrough::AsIs,
            },
            prefix: &config.claim_prefix,
        })
    }
}

impl Hidden {
    /// What a source of NameIDs hides.
    pub fn of(source: NameIdSource) -> Option<Self> {
        match source {
            NameIdSource::Pairwise => Some(Self::Pairwise),
            NameIdSource::Probes => None,
            NameIdSource::Transient => Some(Self::Transient),
        }
    }
}

/// What would give an attribute that nothing is mapped to.
pub(super) const GIVE: &str = "map a profile property to it in addons.samlp.mappings, or let an Action set it with \
                    api.samlResponse.setAttribute";

/// Codes of the warnings.
pub(super) const REQUIRED_MISSING: &str = "saml_required_attribute_missing";
pub(super) const SUBJECT_ID_MISSING: &str = "saml_subject_id_missing";
pub(super) const NOT_REQUESTED: &str = "saml_attributes_not_requested";
pub(super) const IDENTITY: &str = "saml_identifying_attributes";

/// Properties of a profile that tell who the user is.
const IDENTIFYING: [&str; 12] = [
    "email",
    "family_name",
    "given_name",
    "middle_name",
    "name",
    "nickname",
    "phone_number",
    "picture",
    "preferred_username",
    "upn",
    "user_id",
    "username",
];
