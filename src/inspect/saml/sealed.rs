//! What is encrypted inside an assertion or a request: an identifier, an attribute.
//!
//! It is read out of the element that its signature covers, and only there.

use super::super::code::{CheckName, Code};
use super::super::expected::Expected;
use super::super::identifiers;
use super::super::indent::{indented, place};
use super::super::names::ASSERTION;
use super::super::report::Report;
use super::encryption::{self, Sealed};
use super::read::{advice, code_of};
use crate::xml::{self, Document, Element, Limits};

/// The NameID in `around`, or what is in its EncryptedID. `missing` says what it is without one.
pub(super) fn check_identifier(around: Element<'_>, missing: &str, expected: &Expected, report: &mut Report) {
    match around.child(ASSERTION, "NameID").and_then(Element::value) {
        Some(name_id) if !name_id.trim().is_empty() => report.pass(CheckName::Subject, name_id.trim()),
        _ => match around.child(ASSERTION, "EncryptedID") {
            Some(encrypted) => check_encrypted_id(encrypted, expected, report),
            None => report.find(Code::NameIdMissing, place(around), missing),
        },
    }
}

/// An EncryptedID or a NewEncryptedID.
pub(super) fn check_encrypted_id(encrypted: Element<'_>, expected: &Expected, report: &mut Report) {
    let Some(text) = encryption::open(encrypted, Sealed::NameId, expected, report) else {
        let why = match expected.key.value() {
            Some(_) => "the NameID is encrypted and was not opened",
            None => "the NameID is encrypted; give the private key of the receiver with --key to open it",
        };
        return report.skip(CheckName::Subject, why);
    };
    with_opened(&text, encrypted, report, |opened, report| {
        let value = opened.value().map(str::trim).unwrap_or_default();
        let is_name = opened.namespace() == ASSERTION && opened.local() == "NameID"
            || encrypted.local() == "NewEncryptedID" && opened.local() == "NewID";
        if is_name && !value.is_empty() {
            return report.pass(CheckName::Subject, value);
        }
        report.find(
            Code::NameIdMissing,
            place(encrypted),
            format!(
                "what was decrypted is {}, not a NameID with a value; encrypt the NameID (SAML core 2.2.4)",
                opened.local()
            ),
        );
    });
}

/// An EncryptedAttribute; whether it was opened.
pub(super) fn check_encrypted_attribute(
    encrypted: Element<'_>,
    expected: &Expected,
    report: &mut Report,
) -> bool {
    let Some(text) = encryption::open(encrypted, Sealed::Attribute, expected, report) else {
        return false;
    };
    with_opened(&text, encrypted, report, |opened, report| {
        if !opened.is(ASSERTION, "Attribute") {
            report.find(
                Code::MessageUnknown,
                place(encrypted),
                "the decrypted content is not an Attribute of SAML 2.0 (core 2.7.3.2)",
            );
        }
    })
}

/// The assertion that was in `sealed`; `None` where its text is none, which is reported.
pub(super) fn decrypted_assertion<'t>(
    text: &'t str,
    sealed: Element<'_>,
    report: &mut Report,
) -> Option<Document<'t>> {
    match xml::read(text, Limits::MESSAGE) {
        Ok(document) if document.root().is(ASSERTION, "Assertion") => return Some(document),
        Ok(_) => report.give_up(
            Code::MessageUnknown,
            place(sealed),
            "the decrypted content is not an Assertion of SAML 2.0",
        ),
        Err(error) => report.give_up(
            code_of(&error),
            format!("{}, decrypted, {}", place(sealed), error.position),
            advice(&error),
        ),
    }
    None
}

/// Reads what was decrypted, shows it and hands it on; whether it could be read.
fn with_opened(
    text: &str,
    encrypted: Element<'_>,
    report: &mut Report,
    then: impl FnOnce(Element<'_>, &mut Report),
) -> bool {
    // It stands where the encrypted element stood, so the prefixes that are declared there hold.
    let whole = format!("<opened{}>{text}</opened>", declarations(encrypted));
    let read = match xml::read(text, Limits::MESSAGE) {
        Ok(document) => Ok(document),
        Err(_) => xml::read(&whole, Limits::MESSAGE),
    };
    let document = match read {
        Ok(document) => document,
        Err(error) => {
            report.find(
                code_of(&error),
                format!("{}, decrypted", place(encrypted)),
                advice(&error),
            );
            return false;
        }
    };
    let root = document.root();
    let opened = match root.children().next() {
        Some(inner) if root.local() == "opened" && root.namespace().is_empty() => inner,
        _ => root,
    };
    report.show_decrypted(&indented(opened));
    then(opened, report);
    identifiers::check(opened, report);
    true
}

/// The declarations of prefixes that hold for what is inside an element.
fn declarations(element: Element<'_>) -> String {
    let around = std::iter::successors(Some(element), |around| around.parent());
    let mut declared: Vec<(&str, &str)> = Vec::new();
    for (prefix, uri) in around.flat_map(Element::declarations) {
        let is_plain = !prefix.is_empty() && !uri.contains(['"', '&', '<']);
        if is_plain && !declared.iter().any(|(known, _)| *known == prefix) {
            declared.push((prefix, uri));
        }
    }
    let texts = declared
        .iter()
        .map(|(prefix, uri)| format!(" xmlns:{prefix}=\"{uri}\""));
    texts.collect()
}
