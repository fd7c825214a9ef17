//! What is wrong with the form of a signature, in words. Nobody is accused of signature wrapping unless the signature
//! covers another element than the one that is read.

use super::super::code::Code;
use super::super::indent::place;
use super::super::names::{ASSERTION, PROTOCOL, SIGNATURE};
use crate::saml::inbound::SignatureError;
use crate::xml::{Element, is_ncname};

/// Code and text of a signature that cannot be checked, or whose digest is wrong.
pub(super) fn put_into_words(
    error: &SignatureError,
    element: Element<'_>,
    signature: Element<'_>,
) -> (Code, String) {
    // Objects of other kinds, such as the properties of a qualified signature, are taken for no message.
    let carries_another = signature
        .descendants()
        .any(|inner| MESSAGES.iter().any(|(uri, local)| inner.is(uri, local)));
    match error {
        SignatureError::Algorithm(_) => (Code::SignatureAlgorithm, error.to_string()),
        SignatureError::Base64(_) => (Code::SignatureDamaged, error.to_string()),
        SignatureError::Digest => (
            Code::SignatureDigest,
            format!(
                "{} was changed after signing: its digest is not the one in the signature. Something on the way wrote \
                 it anew, or somebody changed it",
                element.local()
            ),
        ),
        SignatureError::Reference => of_another(element, signature),
        SignatureError::Shape(_) if carries_another => (
            Code::SignatureReference,
            format!(
                "the signature in {} carries another element with it, which readers may take for the signed one \
                 (signature wrapping)",
                element.local()
            ),
        ),
        SignatureError::Place => (
            Code::SignaturePlace,
            format!(
                "the signature is not where the schema puts it: directly after the Issuer of {}",
                element.local()
            ),
        ),
        other => (Code::SignatureForm, other.to_string()),
    }
}

/// What the signature of `element` is of, where its Reference is not the ID of the element.
fn of_another(element: Element<'_>, signature: Element<'_>) -> (Code, String) {
    let name = element.local();
    let references: Vec<_> = signature
        .descendants()
        .filter(|inner| inner.is(SIGNATURE, "Reference"))
        .collect();
    let [reference] = references[..] else {
        return (
            Code::SignatureForm,
            format!(
                "the signature in {name} has {} References; there must be one, to the ID of {name} (SAML core 5.4.2)",
                references.len()
            ),
        );
    };
    let uri = reference.attribute("URI").unwrap_or_default();
    let id = uri.strip_prefix('#').filter(|id| is_ncname(id));
    let Some(id) = id else {
        return (
            Code::SignatureForm,
            format!(
                "the Reference of the signature in {name} is {}; it must be the ID of {name} (SAML core 5.4.2)",
                if uri.is_empty() {
                    "empty, which means the whole document"
                } else {
                    "not to an ID"
                }
            ),
        );
    };
    let root = std::iter::successors(Some(element), |inner| inner.parent()).last();
    let named = root.unwrap_or(element).descendants().find(|other| {
        let mut ids = other.attributes();
        ids.any(|found| found.local.eq_ignore_ascii_case("id") && found.value == id)
    });
    match named {
        Some(other) if other.descendants().any(|inner| inner == element) => (
            Code::SignatureReference,
            format!(
                "the signature in {name} is of {}, which is around {name}; it must stand directly in the element that \
                 it signs",
                place(other)
            ),
        ),
        Some(other) => (
            Code::SignatureReference,
            format!(
                "the signature in {name} is of another element: its Reference is not the ID of {name}, but that of {} \
                 (signature wrapping)",
                place(other)
            ),
        ),
        None => (
            Code::SignatureReference,
            format!(
                "the Reference of the signature in {name} is an ID that no element here has: the ID of {name} was \
                 changed after signing, or the signature was taken from another message"
            ),
        ),
    }
}

/// Whether the signature refers to just the ID of its element, which is no xs:ID. That the ID is wrong is told apart.
pub(super) fn is_of_unfit_id(element: Element<'_>, signature: Element<'_>) -> bool {
    let mut references = signature
        .descendants()
        .filter(|inner| inner.is(SIGNATURE, "Reference"));
    let (Some(reference), None) = (references.next(), references.next()) else {
        return false;
    };
    let of_reference = reference.attribute("URI").and_then(|uri| uri.strip_prefix('#'));
    match element.attribute("ID") {
        Some(id) => !is_ncname(id) && of_reference == Some(id),
        None => false,
    }
}

/// What a reader might take for the signed thing.
const MESSAGES: [(&str, &str); 6] = [
    (ASSERTION, "Assertion"),
    (ASSERTION, "EncryptedAssertion"),
    (PROTOCOL, "AuthnRequest"),
    (PROTOCOL, "LogoutRequest"),
    (PROTOCOL, "LogoutResponse"),
    (PROTOCOL, "Response"),
];
