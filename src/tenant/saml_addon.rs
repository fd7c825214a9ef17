//! The SAML settings of an application.

use super::requested::{AccessCategory, AttributeConsumingService, SubjectIdRequirement};
use crate::saml_setting::{IsSetting, SamlSettings};
use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};
use std::fmt;

/// `addons.samlp` (semantics 4.2). Absent members take the platform's defaults.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SamlAddon {
    /// What responses are made with; boxed, because most applications have no add-on and settings are many.
    pub settings: Box<SamlSettings>,
    /// Single logout.
    pub logout: Option<Value>,
    /// Binding of logout responses.
    pub binding: Option<String>,
    /// Ours: the service provider's name, the Issuer of its requests (SAML metadata 2.3.2).
    pub entity_id: Option<String>,
    /// Ours: where responses may be posted, by index (SAML metadata 2.4.4).
    pub assertion_consumer_services: Option<Vec<AssertionConsumerService>>,
    /// Ours: what the service provider asks to be told about users (SAML metadata 2.4.4.1).
    pub attribute_consuming_services: Option<Vec<AttributeConsumingService>>,
    /// Ours: which subject identifier it needs (Subject Identifier Attributes 1.0 section 2).
    pub subject_id_requirement: Option<SubjectIdRequirement>,
    /// Ours: whether it is for users whom it does not know, by the categories of REFEDS.
    pub access_category: Option<AccessCategory>,
    /// Members that postlogin does not read; named by `--strict`.
    pub extra: Map<String, Value>,
}

impl<'de> Deserialize<'de> for SamlAddon {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Members)
    }
}

/// Reads the members of a [`SamlAddon`] one by one.
struct Members;

impl<'de> Visitor<'de> for Members {
    type Value = SamlAddon;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<SamlAddon, A::Error> {
        let mut addon = SamlAddon::default();
        while let Some(member) = members.next_key::<String>()? {
            if addon.settings.read(&member, &mut members)? == IsSetting::Yes {
                continue;
            }
            match member.as_str() {
                "logout" => addon.logout = members.next_value()?,
                "binding" => addon.binding = members.next_value()?,
                "entityId" => addon.entity_id = members.next_value()?,
                "assertionConsumerServices" => addon.assertion_consumer_services = members.next_value()?,
                "attributeConsumingServices" => addon.attribute_consuming_services = members.next_value()?,
                "subjectIdRequirement" => addon.subject_id_requirement = members.next_value()?,
                "accessCategory" => addon.access_category = members.next_value()?,
                _ => {
                    addon.extra.insert(member, members.next_value()?);
                }
            }
        }
        Ok(addon)
    }
}

/// One endpoint that takes responses by HTTP-POST (SAML metadata 2.2.3). Its URL is among the client's
/// callbacks too.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AssertionConsumerService {
    /// What `AssertionConsumerServiceIndex` of a request names.
    pub index: u16,
    /// Where the response is posted.
    pub url: String,
    /// Whether it is the one for requests that name none.
    #[serde(default)]
    pub is_default: bool,
}
