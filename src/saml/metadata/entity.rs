//! Which entity of a document is meant, and whether the document counts (SAML metadata 2.3 and 3).

use super::super::inbound::{self, Sha1Policy};
use super::names::{HTTP_POST, METADATA, SAML_2};
use super::problem::MetadataError;
use crate::keys::Certificate;
use crate::tenant::LookupError;
use crate::time::Moment;
use crate::xml::{self, Document, Element, Limits, SIGNATURE, XmlProblem, collapsed};
use chrono::{DateTime, NaiveDateTime, Utc};

/// Reads the XML of metadata.
///
/// # Errors
/// It is not well-formed, not allowed, or larger than metadata may be.
pub(super) fn document(text: &str) -> Result<Document<'_>, MetadataError> {
    xml::read(text, Limits::METADATA).map_err(|error| match error.problem {
        XmlProblem::Size => MetadataError::TooLarge,
        _ => MetadataError::Xml(error),
    })
}

/// An entity that was chosen among others.
pub(super) struct Chosen<'d> {
    pub entity: Element<'d>,
    pub name: &'d str,
    /// The others of which none could have been meant, and why.
    pub others: Vec<(String, String)>,
}

/// The entity with the name `wanted`, or the only one there is.
///
/// # Errors
/// Not metadata, none or several to choose from, a name twice, an `EntityDescriptor` without name.
pub(super) fn choose<'d>(
    root: Element<'d>,
    wanted: Option<&str>,
) -> Result<(Element<'d>, &'d str), MetadataError> {
    let entities = entities(root)?;
    match (wanted, entities.as_slice()) {
        (Some(wanted), _) => named(&entities, wanted),
        (None, [one]) => Ok(*one),
        (None, []) => Err(unknown(&entities, "any entity")),
        (None, _) => Err(MetadataError::Several {
            what: "entities",
            entities: entities.iter().map(|(_, name)| (*name).to_owned()).collect(),
        }),
    }
}

/// The service provider with the name `wanted`, or the only one that can be imported at `now`: nobody is asked to
/// choose an entity that would be refused.
///
/// # Errors
/// As [`choose`]; of several entities none can be imported.
pub(super) fn choose_service_provider<'d>(
    root: Element<'d>,
    wanted: Option<&str>,
    now: Moment,
) -> Result<Chosen<'d>, MetadataError> {
    let entities = entities(root)?;
    let alone = |(entity, name)| Chosen {
        entity,
        name,
        others: Vec::new(),
    };
    if let Some(wanted) = wanted {
        return named(&entities, wanted).map(alone);
    }
    if let [] | [_] = entities.as_slice() {
        return entities
            .first()
            .copied()
            .map(alone)
            .ok_or_else(|| unknown(&entities, "any entity"));
    }
    let obstacle = |entity, name| {
        service_provider(entity, name)
            .and_then(|(role, _)| valid_until(role, now))
            .err()
    };
    let mut usable = Vec::new();
    let mut others = Vec::new();
    for (entity, name) in &entities {
        match obstacle(*entity, name) {
            None => usable.push((*entity, *name)),
            Some(error) => others.push((*name, error)),
        }
    }
    match usable.as_slice() {
        [(entity, name)] => Ok(Chosen {
            others: left(&others),
            ..alone((*entity, *name))
        }),
        [] => Err(MetadataError::NoneUsable {
            reasons: others.into_iter().map(|(_, error)| error.to_string()).collect(),
        }),
        [(_, first), (second, name), ..] if usable.iter().all(|(_, name)| name == first) => {
            Err(MetadataError::Twice {
                position: second.position(),
                entity: (*name).to_owned(),
            })
        }
        several => Err(MetadataError::Several {
            what: "service providers",
            entities: several.iter().map(|(_, name)| (*name).to_owned()).collect(),
        }),
    }
}

/// What is told of entities that could not have been meant: each of a few, a number of many.
fn left(others: &[(&str, MetadataError)]) -> Vec<(String, String)> {
    let told = others.iter().take(TOLD).map(|(name, error)| {
        let reason = match error {
            MetadataError::NoServiceProvider { .. } => "it is no service provider".to_owned(),
            error => error.to_string(),
        };
        (format!("EntityDescriptor {name}"), reason)
    });
    let mut told: Vec<_> = told.collect();
    if let Some(more @ 1..) = others.len().checked_sub(TOLD) {
        told.push((
            format!("{more} more EntityDescriptor elements"),
            "none of them is a service provider that can be imported".to_owned(),
        ));
    }
    told
}

fn named<'d>(
    entities: &[(Element<'d>, &'d str)],
    wanted: &str,
) -> Result<(Element<'d>, &'d str), MetadataError> {
    let mut named = entities.iter().filter(|(_, name)| *name == wanted);
    let found = named.next();
    if let Some((second, name)) = named.next() {
        return Err(MetadataError::Twice {
            position: second.position(),
            entity: (*name).to_owned(),
        });
    }
    found.copied().ok_or_else(|| unknown(entities, wanted))
}

fn unknown(entities: &[(Element<'_>, &str)], asked: &str) -> MetadataError {
    let names = entities.iter().map(|(_, name)| *name);
    MetadataError::Unknown(LookupError::new("entity", asked, names))
}

/// The entity's role as a SAML 2.0 service provider, and how many more such roles it has: the first that takes posted
/// responses.
///
/// # Errors
/// It has none.
pub(super) fn service_provider<'d>(
    entity: Element<'d>,
    name: &str,
) -> Result<(Element<'d>, usize), MetadataError> {
    let roles: Vec<_> = roles(entity, ROLE).collect();
    let takes_posts = |role: &&Element<'_>| {
        let mut services = role.children_named(METADATA.uri, "AssertionConsumerService");
        services.any(|service| service.attribute("Binding").map(str::trim) == Some(HTTP_POST))
    };
    if let Some(role) = roles.iter().find(takes_posts).or(roles.first()) {
        return Ok((*role, roles.len() - 1));
    }
    let entity_name = name.to_owned();
    if let Some(other) = entity.child(METADATA.uri, ROLE) {
        let protocols = other.attribute("protocolSupportEnumeration").unwrap_or_default();
        return Err(MetadataError::OtherProtocol {
            entity: entity_name,
            protocols: protocols.to_owned(),
        });
    }
    let roles: Vec<_> = entity
        .children()
        .map(Element::local)
        .filter(|local| local.ends_with("Descriptor"))
        .collect();
    Err(MetadataError::NoServiceProvider {
        entity: entity_name,
        roles: if roles.is_empty() {
            "no role at all".to_owned()
        } else {
            format!("{} but no {ROLE}", roles.join(", "))
        },
    })
}

/// The entity's roles of this kind that speak SAML 2.0.
pub(super) fn roles<'d>(entity: Element<'d>, kind: &'static str) -> impl Iterator<Item = Element<'d>> {
    entity.children_named(METADATA.uri, kind).filter(|role| {
        let protocols = role.attribute("protocolSupportEnumeration").unwrap_or_default();
        protocols
            .split_ascii_whitespace()
            .any(|protocol| protocol == SAML_2)
    })
}

/// The earliest `validUntil` of `role` and everything around it.
///
/// # Errors
/// One of them has passed, or is no time.
pub(super) fn valid_until(role: Element<'_>, now: Moment) -> Result<Option<Moment>, MetadataError> {
    let mut earliest = None;
    let mut around = Some(role);
    while let Some(element) = around {
        around = element.parent();
        let Some(text) = element.attribute("validUntil") else {
            continue;
        };
        let position = element.position();
        let name = ["EntitiesDescriptor", "EntityDescriptor", "IDPSSODescriptor"]
            .into_iter()
            .find(|name| element.local() == *name)
            .unwrap_or(ROLE);
        let until = date_time(text).ok_or_else(|| MetadataError::Value {
            position,
            element: name,
            attribute: "validUntil",
            problem: "is no time; write one such as 2026-12-31T00:00:00Z".to_owned(),
        })?;
        if until <= now {
            return Err(MetadataError::Expired {
                position,
                element: name,
                until: text.trim().to_owned(),
            });
        }
        earliest = Some(earliest.map_or(until, |earlier: Moment| earlier.min(until)));
    }
    Ok(earliest)
}

/// Checks the signature of the outermost element around `entity`, or of itself, that has one; which of
/// `trusted` made it.
///
/// # Errors
/// Nothing is signed, or the signature does not count.
pub(super) fn verify<'c>(
    entity: Element<'_>,
    trusted: &'c [Certificate],
) -> Result<&'c Certificate, MetadataError> {
    let around = std::iter::successors(Some(entity), |element| element.parent());
    let signed = around
        .filter(|element| element.child(SIGNATURE.uri, "Signature").is_some())
        .last()
        .unwrap_or(entity);
    // What is read afterwards is `entity`, in the same tree at or below what was verified.
    inbound::verify(signed, trusted, Sha1Policy::Refuse)
        .map(|verified| verified.certificate())
        .map_err(|source| MetadataError::Signature {
            position: signed.position(),
            element: signed.local().to_owned(),
            source,
        })
}

/// All entities with their names, however they are grouped.
fn entities(root: Element<'_>) -> Result<Vec<(Element<'_>, &str)>, MetadataError> {
    let is_metadata = ["EntityDescriptor", "EntitiesDescriptor"]
        .iter()
        .any(|name| root.is(METADATA.uri, name));
    if !is_metadata {
        let namespace = match root.namespace() {
            "" => "no namespace",
            namespace => namespace,
        };
        return Err(MetadataError::NotMetadata {
            found: format!("{} ({namespace})", root.local()),
        });
    }
    let mut found = Vec::new();
    let mut pending = vec![root];
    while let Some(element) = pending.pop() {
        if element.is(METADATA.uri, "EntityDescriptor") {
            let name = element.attribute("entityID").map_or("", str::trim);
            if name.is_empty() {
                return Err(MetadataError::Value {
                    position: element.position(),
                    element: "EntityDescriptor",
                    attribute: "entityID",
                    problem: "is missing; it is the name of the service provider".to_owned(),
                });
            }
            found.push((element, name));
        } else if element.is(METADATA.uri, "EntitiesDescriptor") {
            let inner: Vec<_> = element.children().collect();
            pending.extend(inner.into_iter().rev());
        }
    }
    Ok(found)
}

/// `xs:dateTime`; one without a zone is UTC (SAML core 1.3.3).
fn date_time(text: &str) -> Option<Moment> {
    let text = collapsed(text);
    DateTime::parse_from_rfc3339(text)
        .map(|time| time.with_timezone(&Utc))
        .or_else(|_| text.parse::<NaiveDateTime>().map(|time| time.and_utc()))
        .ok()
}

const ROLE: &str = "SPSSODescriptor";

/// Entities that are told of one by one.
const TOLD: usize = 10;
