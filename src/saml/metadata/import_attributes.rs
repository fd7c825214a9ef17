//! Which profile property answers an attribute that a service provider asks for.

use super::import::{ClientUpdate, Release, SAMLP};
use super::sp::ServiceProvider;
use crate::saml::outbound::identity_of_addon;
use crate::tenant::{RequestedAttribute, SamlAddon, SamlConfig};
use serde_json::{Map, Value, json};

/// `mappings`: profile property to attribute name, for every requested attribute whose meaning is known; mappings that
/// are there stay, unless only what was requested is to be sent. What was asked for is kept beside them, so that every
/// login is held to it.
pub(super) fn take(provider: &ServiceProvider, update: &mut ClientUpdate<'_>, release: Release) {
    keep(provider, update);
    let mut mappings = match update.member(&SAMLP, MAPPINGS) {
        Some(Value::Object(mappings)) => mappings.clone(),
        _ => Map::new(),
    };
    let is_new = mappings.is_empty();
    if release == Release::OnlyRequested {
        mappings = only(provider.attributes(), &mappings);
    }
    let mut mapped = 0;
    for attribute in provider.attributes() {
        if mappings.values().any(|claims| holds(claims, &attribute.name)) {
            mapped += 1;
        } else if let Some(property) = property(attribute) {
            mapped += 1;
            add(&mut mappings, property, &attribute.name);
        } else {
            let (need, reason) = if attribute.is_required {
                (
                    "required",
                    "no profile property is known for this attribute, and the service provider says that it needs it: \
                     map one in addons.samlp.mappings, or let an Action set the attribute",
                )
            } else {
                (
                    "optional",
                    "no profile property is known for this attribute; map one in addons.samlp.mappings, or let an \
                     Action set the attribute",
                )
            };
            update.leave(
                format!("RequestedAttribute {} ({need})", attribute.shown()),
                reason,
            );
        }
    }
    if release == Release::OnlyRequested {
        return send_only(mappings, update);
    }
    if mapped == 0 {
        return;
    }
    if is_new {
        update.import.warnings.push(
            "addons.samlp.mappings was made, so the claims of the platform's default table are no longer \
             sent unless addons.samlp.mappings lists them"
                .to_owned(),
        );
    }
    update.put(&SAMLP, MAPPINGS, FROM, Value::Object(mappings));
}

/// Tells which attributes would say who the user is, where the NameID or the category of the service provider says
/// that it must not know.
pub(super) fn warn_of_identity(update: &mut ClientUpdate<'_>, config: &SamlConfig) {
    let addon = update.member(&["addons"], "samlp").cloned().unwrap_or_default();
    let Ok(addon) = serde_json::from_value::<SamlAddon>(addon) else {
        return;
    };
    if let Some(warning) = identity_of_addon(&addon, config) {
        update
            .import
            .warnings
            .push(format!("{warning}; --only-requested does that"));
    }
}

/// `attributeConsumingServices`, `subjectIdRequirement` and `accessCategory`, as the metadata has them now.
fn keep(provider: &ServiceProvider, update: &mut ClientUpdate<'_>) {
    let services = &provider.attribute_services;
    let kept = [
        (
            "attributeConsumingServices",
            FROM,
            (!services.is_empty()).then(|| json!(services)),
        ),
        (
            "subjectIdRequirement",
            "EntityAttributes",
            provider.subject_id.map(|needed| json!(needed)),
        ),
        (
            "accessCategory",
            "EntityAttributes",
            provider.access.map(|category| json!(category)),
        ),
    ];
    for (member, from, value) in kept {
        match value {
            Some(value) => update.put(&SAMLP, member, from, value),
            None => update.remove(&SAMLP, member, from),
        }
    }
    for other in services.iter().skip(1) {
        let index = other
            .index
            .map_or_else(|| "without index".to_owned(), |index| index.to_string());
        update.leave(
            format!("AttributeConsumingService {index}"),
            "it is kept, so that a request that names it is held to it; mapped are the attributes of the default one",
        );
    }
}

/// The mappings to attributes that were asked for.
fn only(asked: &[RequestedAttribute], mappings: &Map<String, Value>) -> Map<String, Value> {
    let is_asked = |claim: &Value| asked.iter().any(|attribute| *claim == attribute.name);
    let kept = mappings.iter().filter_map(|(property, claims)| {
        let claims = match claims {
            Value::Array(several) => {
                let claims: Vec<_> = several.iter().filter(|claim| is_asked(claim)).cloned().collect();
                (!claims.is_empty()).then_some(Value::Array(claims))
            }
            one => is_asked(one).then(|| one.clone()),
        };
        Some((property.clone(), claims?))
    });
    kept.collect()
}

/// Nothing goes beside the mappings.
fn send_only(mut mappings: Map<String, Value>, update: &mut ClientUpdate<'_>) {
    const OPTION: &str = "--only-requested";
    if mappings.is_empty() {
        // Without any mapping the default table would be sent; this one names no attribute.
        mappings.insert("user_id".to_owned(), json!([]));
    }
    update.put(&SAMLP, MAPPINGS, FROM, Value::Object(mappings));
    for member in [
        "passthroughClaimsWithNoMapping",
        "mapIdentities",
        "createUpnClaim",
    ] {
        update.put(&SAMLP, member, OPTION, json!(false));
    }
}

fn holds(claims: &Value, name: &str) -> bool {
    match claims {
        Value::Array(several) => several.iter().any(|claim| claim == name),
        one => one == name,
    }
}

fn add(mappings: &mut Map<String, Value>, property: &str, name: &str) {
    let claims = mappings.entry(property).or_insert(Value::Null);
    *claims = match claims.take() {
        Value::Null => json!(name),
        Value::Array(mut several) => {
            several.push(json!(name));
            Value::Array(several)
        }
        one => json!([one, name]),
    };
}

/// By its name, else by the name for people.
fn property(attribute: &RequestedAttribute) -> Option<&'static str> {
    let of = |name: &str| {
        let name = name.to_ascii_lowercase();
        let (property, _) = PROPERTIES
            .iter()
            .find(|(_, names)| names.contains(&name.as_str()))?;
        Some(*property)
    };
    of(&attribute.name).or_else(|| of(attribute.friendly_name.as_deref()?))
}

const FROM: &str = "RequestedAttribute";
const MAPPINGS: &str = "mappings";

/// Profile property, and the names of the same thing in lower case: object identifiers of X.500, inetOrgPerson
/// and eduMember, the claims of the default table, and what is usual in plain names.
const PROPERTIES: [(&str, &[&str]); 11] = [
    (
        "email",
        &[
            "urn:oid:0.9.2342.19200300.100.1.3",
            "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/emailaddress",
            "email",
            "emailaddress",
            "email_address",
            "mail",
        ],
    ),
    (
        "given_name",
        &[
            "urn:oid:2.5.4.42",
            "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/givenname",
            "first_name",
            "firstname",
            "given_name",
            "givenname",
        ],
    ),
    (
        "family_name",
        &[
            "urn:oid:2.5.4.4",
            "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/surname",
            "family_name",
            "familyname",
            "last_name",
            "lastname",
            "sn",
            "surname",
        ],
    ),
    (
        "name",
        &[
            "urn:oid:2.16.840.1.113730.3.1.241",
            "urn:oid:2.5.4.3",
            "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/name",
            "cn",
            "display_name",
            "displayname",
            "full_name",
            "fullname",
            "name",
        ],
    ),
    (
        "user_id",
        &[
            "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/nameidentifier",
            "user_id",
            "userid",
        ],
    ),
    (
        "username",
        &["urn:oid:0.9.2342.19200300.100.1.1", "uid", "username"],
    ),
    ("nickname", &["nickname"]),
    (
        "phone_number",
        &[
            "urn:oid:0.9.2342.19200300.100.1.41",
            "urn:oid:2.5.4.20",
            "mobile",
            "phone",
            "phone_number",
            "telephonenumber",
        ],
    ),
    (
        "locale",
        &["urn:oid:2.16.840.1.113730.3.1.39", "locale", "preferredlanguage"],
    ),
    (
        "groups",
        &[
            "urn:oid:1.3.6.1.4.1.5923.1.5.1.1",
            "http://schemas.xmlsoap.org/claims/group",
            "groups",
            "ismemberof",
            "memberof",
        ],
    ),
    (
        "upn",
        &["http://schemas.xmlsoap.org/ws/2005/05/identity/claims/upn", "upn"],
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(name: &str, friendly_name: Option<&str>) -> RequestedAttribute {
        RequestedAttribute {
            name: name.to_owned(),
            friendly_name: friendly_name.map(str::to_owned),
            is_required: true,
        }
    }

    #[test]
    fn an_attribute_is_known_by_its_identifier_claim_or_plain_name() {
        for (name, friendly, property_name) in [
            ("urn:oid:0.9.2342.19200300.100.1.3", None, Some("email")),
            ("URN:OID:2.5.4.42", Some("mail"), Some("given_name")),
            (
                "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/surname",
                None,
                Some("family_name"),
            ),
            ("http://schemas.xmlsoap.org/claims/Group", None, Some("groups")),
            ("LastName", None, Some("family_name")),
            ("https://sp.example/mail-of-the-user", Some("Mail"), Some("email")),
            ("https://sp.example/title", Some("Title"), None),
            ("urn:oid:2.5.4.420", None, None),
        ] {
            assert_eq!(property(&asked(name, friendly)), property_name, "{name}");
        }
    }

    #[test]
    fn no_name_stands_for_two_properties_and_all_are_in_lower_case() {
        let mut names: Vec<&str> = PROPERTIES
            .iter()
            .flat_map(|(_, names)| names.iter().copied())
            .collect();
        let count = names.len();
        assert!(names.iter().all(|name| *name == name.to_ascii_lowercase()));
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), count);
    }

    #[test]
    fn a_property_with_several_attributes_has_a_list() {
        let mut mappings = Map::new();
        for name in ["mail", "email", "e"] {
            add(&mut mappings, "email", name);
        }
        assert_eq!(Value::Object(mappings), json!({"email": ["mail", "email", "e"]}));
    }
}
