//! SAML messages: read strictly, then by the kind of their root element.

mod alone;
mod assertion;
mod encryption;
mod message;
mod metadata;
mod read;
mod request;
mod requested;
mod response;
mod sealed;
mod signature;
mod signature_words;
mod status;
mod trust;

use super::code::{CheckName, Code};
use super::expected::Expected;
use super::identifiers;
use super::indent::{indented, place};
use super::messages::{SAML_1, kind_of, messages_inside};
use super::names::{METADATA, PROTOCOL};
use super::report::{Kind, Report};
use super::shape;
use super::travelled::{Compression, Travelled, Which};
use crate::saml::schema;
use crate::xml::{Element, Limits, Position};
use read::read;
use serde_json::Value;

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
        Kind::Assertion => alone::check_bare_assertion(root, expected, report),
        Kind::EncryptedAssertion => alone::check_assertion(root, expected, report),
        Kind::EncryptedAttribute | Kind::EncryptedId => alone::check_alone_standing(root, expected, report),
        _ => request::check(root, travelled, expected, report),
    }
    rest.tell(report);
    identifiers::check(root, report);
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
