//! SAML messages: read strictly, then by the kind of their root element.

mod assertion;
mod encryption;
mod message;
pub(super) mod names;
mod request;
mod requested;
mod response;
mod sealed;
mod signature;
mod signature_words;
mod trust;

use super::code::{CheckName, Code};
use super::expected::Expected;
use super::identifiers;
use super::indent::{indented, place};
use super::metadata;
use super::report::{Kind, Report};
use super::shape;
use super::unwrap::{Compression, Travelled, Which};
use crate::saml::schema;
use crate::xml::{self, Document, Element, Limits, Position, XmlError, XmlProblem};
use names::{ASSERTION, METADATA, PROTOCOL};
use serde_json::Value;

pub(super) use signature::{State, examine};
pub(super) use trust::{Trust, Whose};

/// Inspects an XML document, or a message inside one.
pub(super) fn inspect(
    text: &str,
    which: Which,
    travelled: &Travelled,
    expected: &Expected,
    report: &mut Report,
) {
    report.kind = match travelled {
        Travelled::Alone => Kind::Xml,
        Travelled::Parameter { .. } => Kind::SamlMessage,
    };
    // What is metadata shows only once it is read, so a file may be as large as metadata are.
    let limits = match travelled {
        Travelled::Alone => Limits::METADATA,
        Travelled::Parameter { .. } => Limits::MESSAGE,
    };
    let Some(document) = read(text, limits, report) else {
        if text.contains(METADATA) {
            report.kind = Kind::Metadata;
        } else if text.contains("urn:oasis:names:tc:SAML:") {
            report.kind = Kind::SamlMessage;
        }
        report.document = Value::from(text);
        return;
    };
    let whole = document.root();
    let root = match which {
        Which::Root => whole,
        Which::Inside(number) => messages_inside(whole).nth(number).unwrap_or(whole),
    };
    report.document = Value::from(indented(root));
    report.kind = match kind_of(root) {
        Some(Kind::Metadata) => return metadata::inspect(root, expected, report),
        Some(kind) => kind,
        None if root.namespace() == PROTOCOL && schema::is_known(root) => return other_message(root, report),
        None => return unknown(root.namespace(), root.local(), root.position(), report),
    };
    if report.kind != Kind::Response && text.len() > Limits::MESSAGE.bytes {
        report.find(
            Code::TooLarge,
            root.local(),
            format!(
                "the message has {} bytes; readers stop at {} bytes",
                text.len(),
                Limits::MESSAGE.bytes
            ),
        );
    }
    let rest = shape::check(root, report);
    travelled_well(travelled, report);
    match report.kind {
        Kind::Response => response::check(root, travelled, expected, report),
        Kind::Assertion => sealed::check_bare_assertion(root, expected, report),
        Kind::EncryptedAssertion => sealed::check_assertion(root, expected, report),
        Kind::EncryptedAttribute | Kind::EncryptedId => sealed::check_alone_standing(root, expected, report),
        _ => request::check(root, travelled, expected, report),
    }
    rest.tell(report);
    identifiers::check(root, report);
}

/// What an element is, if it is something that is inspected by itself.
fn kind_of(element: Element<'_>) -> Option<Kind> {
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

/// Reads a document; what stops the reader is a finding.
fn read<'a>(text: &'a str, limits: Limits, report: &mut Report) -> Option<Document<'a>> {
    match xml::read(text, limits) {
        Ok(document) => {
            report.pass(
                CheckName::Xml,
                "well-formed; no DTD, no processing instruction, no comment in a value, no ID twice",
            );
            Some(document)
        }
        Err(error) => {
            report.give_up(code_of(&error), error.position.to_string(), advice(&error));
            None
        }
    }
}

fn code_of(error: &XmlError) -> Code {
    match error.problem {
        XmlProblem::Character(_) => Code::XmlCharacter,
        XmlProblem::Comment => Code::CommentInValue,
        XmlProblem::Depth(_) | XmlProblem::Size => Code::XmlTooLarge,
        XmlProblem::Dtd => Code::Dtd,
        XmlProblem::DuplicateId => Code::DuplicateId,
        XmlProblem::Encoding => Code::XmlEncoding,
        XmlProblem::Entity => Code::XmlEntity,
        XmlProblem::Malformed(_) => Code::XmlNotWellFormed,
        XmlProblem::ProcessingInstruction => Code::ProcessingInstruction,
    }
}

fn advice(error: &XmlError) -> String {
    let problem = error.problem;
    match problem {
        XmlProblem::Comment => {
            format!("{problem}: some readers stop at the comment and take half of the value")
        }
        XmlProblem::Malformed(_) => format!("{problem}; the document may be cut off or pasted in part"),
        _ => problem.to_string(),
    }
}

/// A message that belongs to no login or logout in the browser, such as `ArtifactResolve`.
fn other_message(root: Element<'_>, report: &mut Report) {
    report.kind = Kind::SamlMessage;
    shape::check(root, report).tell(report);
    report.give_up(
        Code::MessageUnknown,
        place(root),
        format!(
            "{} is a message of SAML 2.0 that is held to its schema here and not looked into further; give a Response, an \
             AuthnRequest or a logout message",
            root.local()
        ),
    );
}

fn unknown(uri: &str, local: &str, position: Position, report: &mut Report) {
    if uri.starts_with(SAML_1) {
        report.kind = Kind::SamlMessage;
        return report.give_up(
            Code::Saml1,
            format!("{local} ({position})"),
            "the message is SAML 1.1; SAML 2.0 has other namespaces and other messages. Ask the sender for SAML 2.0",
        );
    }
    report.give_up(
        Code::MessageUnknown,
        format!("{local} ({position})"),
        "the root element is not a message, assertion or metadata of SAML 2.0; check the namespace",
    );
}

fn travelled_well(travelled: &Travelled, report: &mut Report) {
    let Travelled::Parameter {
        relay_state,
        compression,
        ..
    } = travelled
    else {
        return;
    };
    let binding = match compression {
        Compression::Deflate => "HTTP-Redirect",
        Compression::None => "HTTP-POST",
    };
    report.pass(CheckName::Input, format!("decoded as {binding} encodes it"));
    if let Some(state) = relay_state
        && state.len() > 80
    {
        report.find(
            Code::RelayStateLong,
            "RelayState",
            format!(
                "RelayState has {} bytes; the standard allows 80 (bindings 3.4.3), so some software cuts or \
                 refuses it",
                state.len()
            ),
        );
    }
}

const SAML_1: &str = "urn:oasis:names:tc:SAML:1.";
