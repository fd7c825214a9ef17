//! What extensions say that decides something: algorithms of signatures (SAML metadata for algorithm support 1.0),
//! subject identifiers and entity categories (entity attributes, SAML metadata extension for entity attributes 1.0).

use super::names::METADATA;
use super::problem::MetadataError;
use super::sp::{Algorithms, SigningMethod};
use super::sp_reader::{Reader, value};
use crate::tenant::{AccessCategory, SubjectIdRequirement};
use crate::xml::{ASSERTION, Element};

/// The algorithms of the role; of the entity where the role names none of the kind.
///
/// # Errors
/// A size of keys that is no number.
pub(super) fn algorithms(entity: Element<'_>, role: Element<'_>) -> Result<Algorithms, MetadataError> {
    let of = |local: &'static str| {
        let of_role = extensions(role, ALGORITHMS, local);
        if of_role.is_empty() {
            extensions(entity, ALGORITHMS, local)
        } else {
            of_role
        }
    };
    let signing = of("SigningMethod").into_iter().filter_map(|method| {
        let algorithm = method.attribute("Algorithm")?.trim().to_owned();
        Some(key_size(method, "MinKeySize").and_then(|min_key_size| {
            Ok(SigningMethod {
                algorithm,
                min_key_size,
                max_key_size: key_size(method, "MaxKeySize")?,
            })
        }))
    });
    let digests = of("DigestMethod");
    let digests = digests
        .into_iter()
        .filter_map(|method| method.attribute("Algorithm"));
    Ok(Algorithms {
        signing: signing.collect::<Result<_, _>>()?,
        digests: digests.map(|uri| uri.trim().to_owned()).collect(),
    })
}

/// What entity attributes say about the knowledge of users; those of a group count for each of its entities.
pub(super) fn knowledge(
    entity: Element<'_>,
    reader: &mut Reader,
) -> (Option<SubjectIdRequirement>, Option<AccessCategory>) {
    let around: Vec<_> = std::iter::successors(Some(entity), |element| element.parent()).collect();
    let values = |name: &str| -> Vec<&str> {
        let groups = around
            .iter()
            .flat_map(|element| extensions(*element, ENTITY_ATTRIBUTES, "EntityAttributes"));
        let attributes = groups.flat_map(|group| group.children_named(ASSERTION.uri, "Attribute"));
        let named = attributes.filter(|attribute| attribute.attribute("Name").map(str::trim) == Some(name));
        let values = named.flat_map(|attribute| attribute.children_named(ASSERTION.uri, "AttributeValue"));
        values.filter_map(Element::value).map(str::trim).collect()
    };
    let wanted = values(SUBJECT_ID_REQUIREMENT);
    let subject_id = wanted
        .iter()
        .find_map(|word| SubjectIdRequirement::from_name(word));
    if let (None, Some(unknown)) = (subject_id, wanted.first()) {
        reader.leave(
            format!("entity attribute subject-id:req {unknown}"),
            "known are subject-id, pairwise-id, any and none",
        );
    }
    let categories = values(ENTITY_CATEGORY);
    let access = [AccessCategory::Anonymous, AccessCategory::Pseudonymous]
        .into_iter()
        .find(|known| categories.contains(&known.uri()));
    (subject_id, access)
}

/// Children of `Extensions` that nothing is read from, by their names.
pub(super) fn unread(element: Element<'_>) -> Vec<&str> {
    let mut names = Vec::new();
    let children = element
        .children_named(METADATA.uri, "Extensions")
        .flat_map(Element::children);
    for child in children {
        let is_read = READ.iter().any(|(namespace, local)| child.is(namespace, local));
        if !is_read && !names.contains(&child.local()) {
            names.push(child.local());
        }
    }
    names
}

fn extensions<'d>(around: Element<'d>, namespace: &str, local: &str) -> Vec<Element<'d>> {
    let extensions = around.children_named(METADATA.uri, "Extensions");
    extensions
        .flat_map(Element::children)
        .filter(|child| child.is(namespace, local))
        .collect()
}

fn key_size(method: Element<'_>, attribute: &'static str) -> Result<Option<u32>, MetadataError> {
    let Some(text) = method.attribute(attribute) else {
        return Ok(None);
    };
    let size = text.trim().parse().map(Some);
    size.map_err(|_| value(method, "SigningMethod", attribute, "is no number of bits"))
}

const ALGORITHMS: &str = "urn:oasis:names:tc:SAML:metadata:algsupport";
const ENTITY_ATTRIBUTES: &str = "urn:oasis:names:tc:SAML:metadata:attribute";
/// Extensions that something is read from.
const READ: [(&str, &str); 4] = [
    (ALGORITHMS, "DigestMethod"),
    (ALGORITHMS, "SigningMethod"),
    (ENTITY_ATTRIBUTES, "EntityAttributes"),
    ("urn:oasis:names:tc:SAML:metadata:ui", "UIInfo"),
];

const SUBJECT_ID_REQUIREMENT: &str = "urn:oasis:names:tc:SAML:profiles:subject-id:req";
/// RFC 8409 section 3.1.
const ENTITY_CATEGORY: &str = "http://macedir.org/entity-category";
