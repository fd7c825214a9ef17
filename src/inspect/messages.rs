//! Which elements of XML are messages, assertions or metadata that are inspected by themselves.

use super::names::{ASSERTION, METADATA, PROTOCOL};
use super::report::Kind;
use crate::xml::Element;

/// What an element is, if it is something that is inspected by itself.
pub(super) fn kind_of(element: Element<'_>) -> Option<Kind> {
    Some(match (element.namespace(), element.local()) {
        (PROTOCOL, "Response") => Kind::Response,
        (PROTOCOL, "AuthnRequest") => Kind::AuthnRequest,
        (PROTOCOL, "LogoutRequest") => Kind::LogoutRequest,
        (PROTOCOL, "LogoutResponse") => Kind::LogoutResponse,
        (PROTOCOL, "ManageNameIDRequest") => Kind::ManageNameIdRequest,
        (ASSERTION, "Assertion") => Kind::Assertion,
        (ASSERTION, "EncryptedAssertion") => Kind::EncryptedAssertion,
        (ASSERTION, "EncryptedAttribute") => Kind::EncryptedAttribute,
        (ASSERTION, "EncryptedID") | (PROTOCOL, "NewEncryptedID") => Kind::EncryptedId,
        (METADATA, "EntityDescriptor" | "EntitiesDescriptor") => Kind::Metadata,
        _ => return None,
    })
}

/// Whether an element is something that is inspected by itself, or is told of as SAML 1.
pub(super) fn is_message(element: Element<'_>) -> bool {
    kind_of(element).is_some() || element.namespace().starts_with(SAML_1)
}

/// The outermost messages below an element, in document order.
pub(super) fn messages_inside<'d>(root: Element<'d>) -> impl Iterator<Item = Element<'d>> {
    let is_inside_another = move |element: Element<'d>| {
        let around = std::iter::successors(element.parent(), |around| around.parent());
        around.take_while(|around| *around != root).any(is_message)
    };
    root.descendants()
        .filter(move |element| *element != root && is_message(*element) && !is_inside_another(*element))
}

/// The beginning of the namespaces of SAML 1.
pub(super) const SAML_1: &str = "urn:oasis:names:tc:SAML:1.";
