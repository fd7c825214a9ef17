//! What logins would lack, found without a login: from what users have and from what can be seen of Actions.

use super::claim_map::{ClaimMap, ClaimRules, Passthrough};
use super::effective;
use super::name_id::DEFAULT_PROBES;
use super::properties::Properties;
use super::release::{self, GIVE};
use crate::json::JsonPath;
use crate::saml::authn_context::class_problem;
use crate::saml::name_id::FORMATS;
use crate::saml_setting::{Effective, NameIdSource};
use crate::tenant::{Client, Demand, Effect, Finding, Profile, SamlAddon, SamlConfig, nearest};
use crate::token::{Joins, ProfileClaim};
use crate::trace::{Origin, Trace};
use serde_json::Value;

/// What can be known of logins before there is one.
pub struct Foreseen<'a> {
    /// Every property that any user has; none where the tenant lists no users.
    pub users: Option<&'a Profile>,
    /// The attributes that Actions set; none where that cannot be seen.
    pub attributes: Option<&'a [String]>,
    /// The custom claims that Actions set; none where that cannot be seen.
    pub claims: Option<&'a [String]>,
    /// Whether an Action may call the method of this name.
    pub may_call: &'a dyn Fn(&str) -> bool,
}

/// What every login of `client` would lack. What cannot be known is not reported.
pub fn foresee(client: &Client, config: &SamlConfig, foreseen: &Foreseen<'_>) -> Vec<Finding> {
    let Some(addon) = &client.addons.samlp else {
        return Vec::new();
    };
    let effective = effective::of_client(client);
    let mut findings = Findings(Vec::new());
    findings.endpoints(client, addon);
    findings.format(&effective, foreseen);
    findings.context(&effective, foreseen);
    let Ok(rules) = ClaimRules::of(&effective, config) else {
        return findings.0;
    };
    let value = Value::from("x");
    let origin = Origin::default();
    let claims = foreseen
        .claims
        .unwrap_or_default()
        .iter()
        .map(|name| ProfileClaim {
            name,
            value: Some(&value),
            origin: &origin,
            joins: Joins::Yes,
        });
    let claims: Vec<_> = claims.collect();
    let nobody = Profile::default();
    let properties = Properties::new(foreseen.users.unwrap_or(&nobody), &client.client_id, &claims);
    let map = ClaimMap::build(&rules, properties.clone(), &[], &mut Trace::default());
    let outlook = Outlook {
        addon,
        effective: &effective,
        rules: &rules,
        properties: &properties,
        map: &map,
        foreseen,
    };
    findings.required(&outlook);
    findings.sources(&outlook);
    findings.beyond(&outlook);
    findings.identity(&outlook, config);
    findings.probes(&outlook);
    findings.0
}

/// Everything that is known of the logins of one application.
struct Outlook<'o, 'a> {
    addon: &'a SamlAddon,
    effective: &'o Effective<'a>,
    rules: &'o ClaimRules<'a>,
    properties: &'o Properties<'a>,
    /// The attributes that a user with every property would have.
    map: &'o ClaimMap<'a>,
    foreseen: &'o Foreseen<'a>,
}

impl<'a> Outlook<'_, 'a> {
    /// Whether all that users and Actions give can be seen.
    fn is_clear(&self) -> bool {
        self.foreseen.users.is_some() && self.foreseen.attributes.is_some() && self.foreseen.claims.is_some()
    }

    /// Whether Actions leave the rules for claims as they are.
    fn has_fixed_rules(&self) -> bool {
        let setters = [
            "setCreateUpnClaim",
            "setMapIdentities",
            "setMapUnknownClaimsAsIs",
            "setPassthroughClaimsWithNoMapping",
        ];
        !setters.iter().any(|setter| (self.foreseen.may_call)(setter))
    }

    fn is_set_by_action(&self, attribute: &str) -> bool {
        let attributes = self.foreseen.attributes.unwrap_or_default();
        attributes.iter().any(|set| set == attribute)
    }

    /// Whether some login may give the attribute.
    fn may_give(&self, attribute: &str) -> bool {
        if self.map.has(attribute) || self.is_set_by_action(attribute) {
            return true;
        }
        if self.foreseen.users.is_some() {
            return false;
        }
        // Without a list of users, anything that the rules let through may be there.
        let passes = match self.rules.passthrough {
            Passthrough::AsIs => true,
            Passthrough::Leave => false,
            Passthrough::Prefixed => attribute.starts_with(self.rules.prefix),
        };
        passes || self.rules.source_of(attribute).is_some()
    }

    /// Whether any user has the property, or something gives it that is not seen here.
    fn may_have(&self, property: &str) -> bool {
        let first = property.split('.').next().unwrap_or_default();
        let writes = match first {
            "app_metadata" => (self.foreseen.may_call)("setAppMetadata"),
            "user_metadata" => (self.foreseen.may_call)("setUserMetadata"),
            _ => false,
        };
        writes || OF_PLATFORM.contains(&first) || !self.properties.values(property).is_empty()
    }

    fn demand(&self) -> Demand<'a> {
        Demand::of(self.addon, None)
    }
}

struct Findings(Vec<Finding>);

impl Findings {
    /// Endpoints that an index of a request may name, and that it is refused for.
    fn endpoints(&mut self, client: &Client, addon: &SamlAddon) {
        let services = addon.assertion_consumer_services.iter().flatten();
        let urls = services.map(|service| service.url.as_str());
        let missing: Vec<_> = urls
            .filter(|url| !client.callbacks.iter().any(|callback| callback == url))
            .collect();
        if !missing.is_empty() {
            self.warns(
                "assertionConsumerServices",
                "acs_not_in_callbacks",
                format!(
                    "requests that name one of these endpoints are refused, because \"callbacks\" does not list them: \
                     {}; add them there",
                    missing.join(", ")
                ),
            );
        }
    }

    fn format(&mut self, effective: &Effective<'_>, foreseen: &Foreseen<'_>) {
        let Some(format) = effective.name_identifier_format.usable() else {
            return;
        };
        if FORMATS.contains(&format.as_str()) || (foreseen.may_call)("setNameIdentifierFormat") {
            return;
        }
        let end = format.rsplit(':').next().unwrap_or_default();
        let named = FORMATS.iter().find(|known| known.ends_with(&format!(":{end}")));
        let near = nearest(format, FORMATS.into_iter());
        let near = named
            .map(|known| (*known).to_owned())
            .or_else(|| near.into_iter().next());
        let help = near.map_or_else(
            || "agree on it with the service provider, or use one of SAML core 8.3".to_owned(),
            |near| format!("did you mean {near}?"),
        );
        self.warns(
            "nameIdentifierFormat",
            "name_id_format_unknown",
            format!("no standard names the NameID format {format}; {help}"),
        );
    }

    fn context(&mut self, effective: &Effective<'_>, foreseen: &Foreseen<'_>) {
        let class = effective.authn_context_class_ref.usable();
        let problem = class.and_then(|class| class_problem(class));
        let is_open = || (foreseen.may_call)("setAuthnContextClassRef");
        if let Some(problem) = problem.filter(|_| !is_open()) {
            self.warns("authnContextClassRef", "authn_context_unknown", problem);
        }
    }

    /// Required attributes that nothing gives.
    fn required(&mut self, outlook: &Outlook<'_, '_>) {
        if outlook.foreseen.attributes.is_none() || outlook.foreseen.claims.is_none() {
            return;
        }
        let demand = outlook.demand();
        for attribute in demand.lacking(|name| outlook.may_give(name)) {
            let gives = match outlook.rules.source_of(&attribute.name) {
                Some(property) => format!(
                    "addons.samlp.mappings takes it from the profile property '{property}', which no user has and no \
                     Action sets"
                ),
                None => GIVE.to_owned(),
            };
            self.warns(
                "attributeConsumingServices",
                release::REQUIRED_MISSING,
                format!(
                    "nothing gives the attribute {}, without which the service provider does not work; {gives}",
                    attribute.shown()
                ),
            );
        }
        if let Some(needed) = demand.lacking_subject_id(|name| outlook.may_give(name)) {
            self.warns(
                "subjectIdRequirement",
                release::SUBJECT_ID_MISSING,
                format!(
                    "nothing gives the subject identifier that the service provider needs ({}); let an Action set the \
                     attribute {}",
                    needed.name(),
                    needed.attributes().join(" or ")
                ),
            );
        }
    }

    /// Mappings from properties that nobody has. What a required attribute is mapped from is told with it.
    fn sources(&mut self, outlook: &Outlook<'_, '_>) {
        let (Some(mappings), Some(_), Some(_)) = (
            outlook.rules.mappings,
            outlook.foreseen.users,
            outlook.foreseen.claims,
        ) else {
            return;
        };
        let demand = outlook.demand();
        let is_required = |claim: &String| {
            let mut asked = demand.attributes.iter();
            asked.any(|attribute| attribute.is_required && attribute.name == *claim)
        };
        for (property, claims) in mappings {
            let claims = claims.as_slice();
            if claims.is_empty() || outlook.may_have(property) || claims.iter().any(is_required) {
                continue;
            }
            self.warns(
                "mappings",
                "mapping_source_unknown",
                format!(
                    "addons.samlp.mappings takes {} from the profile property '{property}', which no user has and no \
                     Action sets as a custom claim; correct the property, or remove the mapping",
                    claims.join(", ")
                ),
            );
        }
    }

    fn beyond(&mut self, outlook: &Outlook<'_, '_>) {
        if !outlook.is_clear() || !outlook.has_fixed_rules() {
            return;
        }
        let names = outlook.map.iter().map(|(name, _)| name);
        let beyond = outlook
            .demand()
            .beyond(names.filter(|name| !outlook.is_set_by_action(name)));
        if !beyond.is_empty() {
            self.warns(
                "attributeConsumingServices",
                release::NOT_REQUESTED,
                release::not_requested(&beyond),
            );
        }
    }

    fn identity(&mut self, outlook: &Outlook<'_, '_>, config: &SamlConfig) {
        if !outlook.has_fixed_rules() || (outlook.foreseen.may_call)("setNameIdentifierSource") {
            return;
        }
        let member = if outlook.addon.access_category.is_some() {
            "accessCategory"
        } else {
            "nameIdentifierSource"
        };
        if let Some(message) = release::identity_of_addon(outlook.addon, config) {
            self.warns(member, release::IDENTITY, message);
        }
    }

    /// Probes none of which any user would have a value for.
    fn probes(&mut self, outlook: &Outlook<'_, '_>) {
        let setters = ["setNameIdentifierProbes", "setNameIdentifierSource"];
        let is_open = setters.iter().any(|setter| (outlook.foreseen.may_call)(setter));
        let source = outlook.effective.name_identifier_source.usable();
        if !outlook.is_clear() || is_open || !matches!(source, None | Some(NameIdSource::Probes)) {
            return;
        }
        let Ok(probes) = outlook.effective.name_identifier_probes.get() else {
            return;
        };
        let probes: Vec<&str> = match probes {
            Some(probes) => probes.iter().map(String::as_str).collect(),
            None => DEFAULT_PROBES.to_vec(),
        };
        let has_value =
            |probe: &&str| outlook.is_set_by_action(probe) || outlook.map.first_value(probe).is_some();
        if !probes.iter().any(has_value) {
            let message = format!(
                "no user has any of the attributes that the NameID is taken from: {}; name attributes that mappings or \
                 Actions give",
                probes.join(", ")
            );
            self.push(
                "nameIdentifierProbes",
                "name_id_probes_unknown",
                message,
                Effect::Fails,
            );
        }
    }

    fn warns(&mut self, member: &'static str, code: &str, message: String) {
        self.push(member, code, message, Effect::Warns);
    }

    fn push(&mut self, member: &'static str, code: &str, message: String, effect: Effect) {
        self.0.push(Finding {
            path: JsonPath::of(&["addons", "samlp", member]),
            code: code.to_owned(),
            message,
            effect,
        });
    }
}

/// Properties that the platform gives every user by itself, whether an export has them or not.
const OF_PLATFORM: [&str; 15] = [
    "_id",
    "clientID",
    "created_at",
    "email_verified",
    "global_client_id",
    "identities",
    "last_ip",
    "last_login",
    "last_password_reset",
    "logins_count",
    "name",
    "nickname",
    "picture",
    "updated_at",
    "user_id",
];

#[cfg(test)]
mod tests;
