//! Reads the metadata of a service provider into types (SAML metadata 2.4.4).
//!
//! What is not valid is refused with its place; what is valid and not used is named with the reason.

use super::super::schema;
use super::names::{HTTP_POST, HTTP_REDIRECT, METADATA};
use super::problem::MetadataError;
use super::sp::{Assertions, Endpoint, Left, LogoutEndpoint, Requests, ServiceProvider, Trust};
use super::{entity, sp_extensions, sp_keys};
use crate::keys::Certificate;
use crate::tenant::{AttributeConsumingService, RequestedAttribute};
use crate::time::{Moment, iso};
use crate::web_url::{UrlFault, UrlUse, web_url};
use crate::xml::{self, Element, SIGNATURE};
use url::Url;

/// Reads the service provider with the name `wanted`, or the only one that `text` describes.
///
/// Where certificates are `trusted`, the metadata must be signed by one of them; without any, no signature
/// is checked.
///
/// # Errors
/// The first thing that is not valid, has expired, or leaves no way to answer it.
pub fn service_provider(
    text: &str,
    wanted: Option<&str>,
    trusted: &[Certificate],
    now: Moment,
) -> Result<ServiceProvider, MetadataError> {
    let document = entity::document(text)?;
    let chosen = entity::choose_service_provider(document.root(), wanted, now)?;
    let (entity, name) = (chosen.entity, chosen.name);
    let trust = if trusted.is_empty() {
        Trust::Unchecked
    } else {
        Trust::Verified(entity::verify(entity, trusted)?.clone())
    };
    let (role, more) = entity::service_provider(entity, name)?;
    let until = entity::valid_until(role, now)?;
    let mut reader = Reader::default();
    for (what, reason) in chosen.others {
        reader.leave(what, reason);
    }
    reader.against_schema(entity);
    let keys = sp_keys::read(role, &mut reader)?;
    let endpoints = reader.endpoints(role, name)?;
    let logout = reader.logout(role)?;
    let (subject_id, access) = sp_extensions::knowledge(entity, &mut reader);
    let provider = ServiceProvider {
        entity_id: name.to_owned(),
        display_name: display_name(entity, role),
        endpoints,
        signing: keys.signing,
        encryption: keys.encryption,
        requests: if boolean(role, "SPSSODescriptor", "AuthnRequestsSigned")? == Some(true) {
            Requests::Signed
        } else {
            Requests::Any
        },
        assertions: if boolean(role, "SPSSODescriptor", "WantAssertionsSigned")? == Some(true) {
            Assertions::Signed
        } else {
            Assertions::Any
        },
        name_id_formats: texts(role, "NameIDFormat"),
        attribute_services: attribute_services(role, &mut reader)?,
        subject_id,
        access,
        algorithms: sp_extensions::algorithms(entity, role)?,
        logout,
        trust,
        left: Vec::new(),
        warnings: Vec::new(),
    };
    if matches!(provider.trust, Trust::Unchecked) && signed(entity) {
        reader.leave(
            "Signature",
            "the signature was not checked; give the signer's certificate with --trust to have it checked",
        );
    }
    reader.rest(entity, role, more, until);
    Ok(ServiceProvider {
        left: reader.left,
        warnings: reader.warnings,
        ..provider
    })
}

/// Keeps what is not used and what is unwise while the rest is read.
#[derive(Default)]
pub(super) struct Reader {
    left: Vec<Left>,
    warnings: Vec<String>,
}

impl Reader {
    /// What other readers may refuse the metadata for.
    fn against_schema(&mut self, entity: Element<'_>) {
        let warnings = schema::faults(entity).take(MAX_FAULTS).map(|fault| {
            format!(
                "{}: {} (schema of SAML metadata); it is read all the same, and software that holds metadata to \
                 the schema refuses it",
                fault.element.position(),
                fault.text
            )
        });
        self.warnings.extend(warnings);
    }

    pub(super) fn leave(&mut self, what: impl Into<String>, reason: impl Into<String>) {
        self.left.push(Left {
            what: what.into(),
            reason: reason.into(),
        });
    }

    /// The endpoints that take posted responses (SAML metadata 2.2.3 and 2.4.4).
    fn endpoints(&mut self, role: Element<'_>, entity: &str) -> Result<Vec<Endpoint>, MetadataError> {
        const NAME: &str = "AssertionConsumerService";
        let mut indexes = Vec::new();
        let mut posted: Vec<(Endpoint, Option<bool>)> = Vec::new();
        let mut other_bindings = Vec::new();
        for element in role.children_named(METADATA.uri, NAME) {
            let index = index(element, NAME)?;
            if indexes.contains(&index) {
                return Err(MetadataError::DuplicateIndex {
                    position: element.position(),
                    index,
                });
            }
            indexes.push(index);
            let is_default = boolean(element, NAME, "isDefault")?;
            let binding = element.attribute("Binding").map_or("", str::trim);
            if binding != HTTP_POST {
                other_bindings.push(short(binding).to_owned());
                self.leave(
                    format!("{NAME} {index} ({})", short(binding)),
                    "responses are sent by HTTP-POST only",
                );
                continue;
            }
            let url = self.location(element, NAME, "Location")?;
            posted.push((Endpoint { index, url }, is_default));
        }
        // The one that says so, else the first that does not deny it, else the first.
        let default = posted
            .iter()
            .position(|(_, is_default)| *is_default == Some(true))
            .or_else(|| posted.iter().position(|(_, is_default)| is_default.is_none()))
            .unwrap_or_default();
        if posted.is_empty() {
            return Err(MetadataError::NoPostEndpoint {
                entity: entity.to_owned(),
                found: match other_bindings.as_slice() {
                    [] => "it has no AssertionConsumerService".to_owned(),
                    others => format!("it has {}", others.join(", ")),
                },
            });
        }
        let mut endpoints: Vec<Endpoint> = posted.into_iter().map(|(endpoint, _)| endpoint).collect();
        let default = endpoints.remove(default);
        endpoints.sort_by_key(|endpoint| endpoint.index);
        endpoints.insert(0, default);
        Ok(endpoints)
    }

    /// Where logout messages go: HTTP-POST rather than HTTP-Redirect, others not at all.
    fn logout(&mut self, role: Element<'_>) -> Result<Option<LogoutEndpoint>, MetadataError> {
        const NAME: &str = "SingleLogoutService";
        let mut chosen: Option<LogoutEndpoint> = None;
        let binding_of = |element: Element<'_>| element.attribute("Binding").map_or("", str::trim).to_owned();
        for wanted in [HTTP_POST, HTTP_REDIRECT] {
            for element in role.children_named(METADATA.uri, NAME) {
                if binding_of(element) != wanted {
                    continue;
                }
                let url = self.location(element, NAME, "Location")?;
                let response_url = match element.attribute("ResponseLocation") {
                    Some(_) => Some(self.location(element, NAME, "ResponseLocation")?),
                    None => None,
                };
                if let Some(chosen) = &chosen {
                    let reason = format!("one endpoint is used: that with {}", short(chosen.binding));
                    self.leave(format!("{NAME} ({})", short(wanted)), reason);
                } else {
                    chosen = Some(LogoutEndpoint {
                        binding: wanted,
                        url,
                        response_url,
                    });
                }
            }
        }
        for element in role.children_named(METADATA.uri, NAME) {
            let binding = binding_of(element);
            if ![HTTP_POST, HTTP_REDIRECT].contains(&&*binding) {
                let reason = "logout messages travel in the browser, by HTTP-POST or HTTP-Redirect";
                self.leave(format!("{NAME} ({})", short(&binding)), reason);
            }
        }
        Ok(chosen)
    }

    /// An absolute http or https URL.
    fn location(
        &mut self,
        element: Element<'_>,
        name: &'static str,
        attribute: &'static str,
    ) -> Result<String, MetadataError> {
        let text = element.attribute(attribute).map_or("", str::trim);
        let wrong = |problem: &str| Err(value(element, name, attribute, problem));
        if text.is_empty() {
            return wrong("is missing or empty; it must be a URL");
        }
        match web_url(text, UrlUse::Endpoint).as_ref().map(Url::scheme) {
            Err(UrlFault::Scheme { .. }) => {
                return wrong("is no http or https URL; a browser is sent there");
            }
            Err(UrlFault::Empty(_) | UrlFault::NotAbsolute(_)) => {
                return wrong("is no absolute URL; write the whole URL, as in https://sp.example/saml/acs");
            }
            Err(fault) => return wrong(&fault.to_string()),
            Ok("http") => self.warnings.push(format!(
                "{name} {text} is not https: what is posted there can be read and changed on the way"
            )),
            Ok(_) => {}
        }
        Ok(text.to_owned())
    }

    /// Names what nothing was read from.
    fn rest(&mut self, entity: Element<'_>, role: Element<'_>, more_roles: usize, until: Option<Moment>) {
        if let Some(until) = until {
            self.leave(
                "validUntil",
                format!(
                    "what is imported does not expire with the metadata; import again before {}",
                    iso(until)
                ),
            );
        }
        if more_roles > 0 {
            self.leave("SPSSODescriptor", "the entity has several; the first one is used");
        }
        let around = entity.children().filter(|child| child.local() != role.local());
        let mut seen = Vec::new();
        for element in around.chain(role.children()) {
            let reason = match element.local() {
                "Organization" | "ContactPerson" => "it is for people",
                "ManageNameIDService" => "changes of NameIDs are not supported",
                "ArtifactResolutionService" => "artifacts are not supported; responses are posted whole",
                name if name.ends_with("Descriptor") && name != "KeyDescriptor" => {
                    "another role of the entity; only the service provider is imported"
                }
                _ => continue,
            };
            if !seen.contains(&element.local()) {
                seen.push(element.local());
                self.leave(element.local(), reason);
            }
        }
        let unread: Vec<_> = [entity, role]
            .into_iter()
            .flat_map(sp_extensions::unread)
            .collect();
        if !unread.is_empty() {
            self.leave(
                "Extensions",
                format!("nothing is read from {}", unread.join(", ")),
            );
        }
    }
}

/// What the service provider asks to be told, in sets: the default one first (SAML metadata 2.4.4.1). An attribute
/// without a name is left.
fn attribute_services(
    role: Element<'_>,
    reader: &mut Reader,
) -> Result<Vec<AttributeConsumingService>, MetadataError> {
    const NAME: &str = "AttributeConsumingService";
    let mut services = Vec::new();
    for service in role.children_named(METADATA.uri, NAME) {
        let mut attributes = Vec::new();
        for element in service.children_named(METADATA.uri, "RequestedAttribute") {
            let name = element.attribute("Name").unwrap_or_default();
            if name.is_empty() {
                let what = match element.attribute("FriendlyName") {
                    Some(friendly) => format!("RequestedAttribute \"{friendly}\""),
                    None => "RequestedAttribute".to_owned(),
                };
                reader.leave(
                    what,
                    "the attribute has no Name, which the standard requires, so nobody knows which attribute is meant; \
                     ask the service provider, and map a profile property to it in addons.samlp.mappings",
                );
                continue;
            }
            attributes.push(RequestedAttribute {
                name: name.to_owned(),
                friendly_name: element.attribute("FriendlyName").map(str::to_owned),
                is_required: boolean(element, "RequestedAttribute", "isRequired")? == Some(true),
            });
        }
        let index = service.attribute("index");
        let of_metadata = AttributeConsumingService {
            index: index.and_then(xml::unsigned_short),
            is_default: false,
            attributes,
        };
        services.push((of_metadata, boolean(service, NAME, "isDefault")?));
    }
    let default = services
        .iter()
        .position(|(_, is_default)| *is_default == Some(true))
        .or_else(|| services.iter().position(|(_, is_default)| is_default.is_none()))
        .unwrap_or_default();
    let mut services: Vec<_> = services.into_iter().map(|(service, _)| service).collect();
    if let Some(service) = services.get_mut(default) {
        service.is_default = true;
        services[..=default].rotate_right(1);
    }
    Ok(services)
}

/// `mdui:DisplayName`, else `ServiceName`, else `OrganizationDisplayName`; English where there is a choice.
fn display_name(entity: Element<'_>, role: Element<'_>) -> Option<String> {
    let of = |around: Option<Element<'_>>, namespace: &str, local: &str| {
        let around = around?;
        let is_english = |element: &Element<'_>| {
            let language = element.attribute_in("http://www.w3.org/XML/1998/namespace", "lang");
            language.is_some_and(|language| language.starts_with("en"))
        };
        let mut names = around.children_named(namespace, local);
        let first = around.child(namespace, local);
        let name = names.find(is_english).or(first)?.value()?.trim();
        (!name.is_empty() && name.chars().count() <= MAX_NAME).then(|| name.to_owned())
    };
    let interface = || {
        let extensions = role.child(METADATA.uri, "Extensions")?;
        extensions.child(USER_INTERFACE, "UIInfo")
    };
    of(interface(), USER_INTERFACE, "DisplayName")
        .or_else(|| {
            let service = role.child(METADATA.uri, "AttributeConsumingService");
            of(service, METADATA.uri, "ServiceName")
        })
        .or_else(|| {
            let organization = entity.child(METADATA.uri, "Organization");
            of(organization, METADATA.uri, "OrganizationDisplayName")
        })
}

/// Whether `entity` or anything around it carries a signature.
fn signed(entity: Element<'_>) -> bool {
    std::iter::successors(Some(entity), |element| element.parent())
        .any(|element| element.child(SIGNATURE.uri, "Signature").is_some())
}

/// The texts of all children named so, in order.
fn texts(role: Element<'_>, local: &str) -> Vec<String> {
    let children = role.children_named(METADATA.uri, local);
    let texts = children.filter_map(|child| child.value().map(str::trim));
    texts.filter(|text| !text.is_empty()).map(str::to_owned).collect()
}

/// `xs:boolean`.
fn boolean(
    element: Element<'_>,
    name: &'static str,
    attribute: &'static str,
) -> Result<Option<bool>, MetadataError> {
    let Some(text) = element.attribute(attribute) else {
        return Ok(None);
    };
    match xml::boolean(text) {
        None => Err(value(element, name, attribute, "is neither true nor false")),
        read => Ok(read),
    }
}

/// `xs:unsignedShort`.
fn index(element: Element<'_>, name: &'static str) -> Result<u16, MetadataError> {
    let Some(text) = element.attribute("index") else {
        return Err(value(
            element,
            name,
            "index",
            "is missing; each endpoint has a number of its own",
        ));
    };
    xml::unsigned_short(text).ok_or_else(|| value(element, name, "index", "is no number from 0 to 65535"))
}

pub(super) fn value(
    element: Element<'_>,
    name: &'static str,
    attribute: &'static str,
    problem: &str,
) -> MetadataError {
    MetadataError::Value {
        position: element.position(),
        element: name,
        attribute,
        problem: problem.to_owned(),
    }
}

/// The end of a binding's or algorithm's URI, which people know it by.
pub(super) fn short(uri: &str) -> &str {
    match uri.rsplit([':', '#']).next() {
        Some(end) if !end.is_empty() => end,
        _ => "no binding",
    }
}

const USER_INTERFACE: &str = "urn:oasis:names:tc:SAML:metadata:ui";

/// More objections of the schema help nobody.
const MAX_FAULTS: usize = 20;

/// A longer one is no name.
const MAX_NAME: usize = 100;

#[cfg(test)]
mod tests;
