//! Which profile property answers an attribute that a service provider asks for.

use super::import::{ClientUpdate, SAMLP};
use super::sp::{Need, RequestedAttribute, ServiceProvider};
use serde_json::{Map, Value, json};

/// `mappings`: profile property to attribute name, for every requested attribute whose meaning is known.
/// Mappings that are there stay.
pub(super) fn take(provider: &ServiceProvider, update: &mut ClientUpdate<'_>) {
    let mut mappings = match update.member(&SAMLP, "mappings") {
        Some(Value::Object(mappings)) => mappings.clone(),
        _ => Map::new(),
    };
    let is_new = mappings.is_empty();
    let mut mapped = 0;
    for attribute in &provider.attributes {
        if mappings.values().any(|claims| holds(claims, &attribute.name)) {
            mapped += 1;
        } else if let Some(property) = property(attribute) {
            mapped += 1;
            add(&mut mappings, property, &attribute.name);
        } else {
            let (need, reason) = match attribute.need {
                Need::Optional => (
                    "optional",
                    "no profile property is known for this attribute; map one in addons.samlp.mappings, or \
                     let an Action set the attribute",
                ),
                Need::Required => (
                    "required",
                    "no profile property is known for this attribute, and the service provider says that it \
                     needs it: map one \
                     in addons.samlp.mappings, or let an Action set the attribute",
                ),
            };
            update.leave(
                format!("RequestedAttribute {} ({need})", shown(attribute)),
                reason,
            );
        }
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
    update.put(&SAMLP, "mappings", "RequestedAttribute", Value::Object(mappings));
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

fn shown(attribute: &RequestedAttribute) -> String {
    match &attribute.friendly_name {
        Some(friendly) if *friendly != attribute.name => format!("{} \"{friendly}\"", attribute.name),
        _ => attribute.name.clone(),
    }
}

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
            need: Need::Required,
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
