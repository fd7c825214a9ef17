//! What a service provider needs to be told about users, against what a response tells.

use super::requested::{AccessCategory, RequestedAttribute, SubjectIdRequirement};
use super::saml_addon::SamlAddon;

/// Everything that a service provider needs to be told, and how much it may know.
#[derive(Clone, Copy, Debug, Default)]
pub struct Demand<'a> {
    /// The attributes that it asks for; empty where it does not say.
    pub attributes: &'a [RequestedAttribute],
    /// Which subject identifier it needs.
    pub subject_id: Option<SubjectIdRequirement>,
    /// Whether it is for users whom it does not know.
    pub access: Option<AccessCategory>,
}

impl<'a> Demand<'a> {
    /// Of several sets of attributes, the one with the index that a request names, else the default one.
    pub fn of(addon: &'a SamlAddon, index: Option<u16>) -> Self {
        let services = addon.attribute_consuming_services.as_deref().unwrap_or_default();
        let named = services
            .iter()
            .find(|service| index.is_some() && service.index == index);
        let service = named
            .or_else(|| services.iter().find(|service| service.is_default))
            .or_else(|| services.first());
        Self {
            attributes: service.map_or(&[], |service| &service.attributes),
            subject_id: addon.subject_id_requirement,
            access: addon.access_category,
        }
    }

    /// The required attributes that are not among those that a response `has`.
    pub fn lacking(&self, has: impl Fn(&str) -> bool) -> Vec<&'a RequestedAttribute> {
        let required = self.attributes.iter().filter(|attribute| attribute.is_required);
        required.filter(|attribute| !has(&attribute.name)).collect()
    }

    /// The subject identifiers of which a response needs one, where it `has` none of them.
    pub fn lacking_subject_id(&self, has: impl Fn(&str) -> bool) -> Option<SubjectIdRequirement> {
        let needed = self.subject_id?;
        let is_met = needed.attributes().is_empty() || needed.attributes().iter().any(|name| has(name));
        (!is_met).then_some(needed)
    }

    /// Whether the service provider asks for the attribute; none is where it asks for nothing.
    pub fn asks_for(&self, name: &str) -> bool {
        let of_subject = self.subject_id.map_or(&[][..], SubjectIdRequirement::attributes);
        self.attributes.iter().any(|attribute| attribute.name == name) || of_subject.contains(&name)
    }

    /// Those of `names` that were not asked for; none where the service provider does not say what it asks for.
    pub fn beyond<'n>(&self, names: impl Iterator<Item = &'n str>) -> Vec<&'n str> {
        if self.attributes.is_empty() {
            return Vec::new();
        }
        names.filter(|name| !self.asks_for(name)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn addon() -> SamlAddon {
        serde_json::from_value(json!({
            "attributeConsumingServices": [
                {"index": 1, "attributes": [{"name": "mail", "isRequired": true}, {"name": "cn"}]},
                {"index": 2, "isDefault": true, "attributes": [{"name": "role", "friendlyName": "Role", "isRequired": true}]}
            ],
            "subjectIdRequirement": "any"
        }))
        .unwrap()
    }

    #[test]
    fn the_set_with_the_index_counts_else_the_default_one() {
        let addon = addon();
        let lacking = |index| {
            let demand = Demand::of(&addon, index);
            let lacking = demand.lacking(|name| name == "cn").into_iter();
            lacking.map(RequestedAttribute::shown).collect::<Vec<_>>()
        };
        assert_eq!(lacking(None), ["role \"Role\""]);
        assert_eq!(lacking(Some(7)), ["role \"Role\""]);
        assert_eq!(lacking(Some(1)), ["mail"]);
        assert!(
            Demand::of(&SamlAddon::default(), None)
                .lacking(|_| false)
                .is_empty()
        );
    }

    #[test]
    fn any_of_the_subject_identifiers_will_do_and_is_asked_for() {
        let addon = addon();
        let demand = Demand::of(&addon, None);
        let pairwise = "urn:oasis:names:tc:SAML:attribute:pairwise-id";
        assert_eq!(demand.lacking_subject_id(|name| name == pairwise), None);
        assert_eq!(
            demand.lacking_subject_id(|_| false),
            Some(SubjectIdRequirement::Any)
        );
        assert_eq!(demand.beyond(["role", pairwise, "mail"].into_iter()), ["mail"]);
        let silent = Demand {
            attributes: &[],
            ..demand
        };
        assert!(silent.beyond(["mail"].into_iter()).is_empty());
    }
}
