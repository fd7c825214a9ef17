//! What comes without the message around it: an assertion, open or encrypted, an identifier, an attribute.

use super::super::code::{CheckName, Code};
use super::super::expected::Expected;
use super::super::identifiers;
use super::super::indent::{indented, place};
use super::super::report::{Kind, Report};
use super::super::shape;
use super::assertion;
use super::encryption::{self, Sealed};
use super::message::check_issuer;
use super::sealed::{check_encrypted_attribute, check_encrypted_id, decrypted_assertion};
use super::signature::{check_alone, examine};
use super::trust::{Trust, Whose};
use crate::xml::Element;

/// An identifier or an attribute that comes alone.
pub(super) fn check_alone_standing(root: Element<'_>, expected: &Expected, report: &mut Report) {
    let is_id = report.kind == Kind::EncryptedId;
    if is_id {
        check_encrypted_id(root, expected, report);
    } else {
        check_encrypted_attribute(root, expected, report);
    }
    if expected.key.value().is_none() {
        let what = if is_id { "a NameID" } else { "an attribute" };
        report.find(
            Code::AssertionNotDecrypted,
            place(root),
            format!("this is {what} of SAML 2.0, encrypted; give the private key of the receiver with --key to see it"),
        );
        report.stays_closed("the input is encrypted and was not opened");
    }
}

/// An EncryptedAssertion that comes without a response: opened, it is checked like an assertion.
pub(super) fn check_assertion(root: Element<'_>, expected: &Expected, report: &mut Report) {
    report.find(
        Code::ResponseMissing,
        place(root),
        "the Response around the assertion is missing; what it says (Destination, Status, its own signature) is not \
         checked",
    );
    let Some(text) = encryption::open(root, Sealed::Assertion, expected, report) else {
        return report.skip(CheckName::Subject, "the assertion is encrypted");
    };
    let Some(document) = decrypted_assertion(&text, root, report) else {
        return;
    };
    report.kind = Kind::Assertion;
    report.layers.push("EncryptedAssertion".to_owned());
    let opened = document.root();
    report.show_decrypted(&indented(opened));
    let rest = shape::check(opened, report);
    check_bare_assertion(opened, expected, report);
    rest.tell(report);
    identifiers::check(opened, report);
}

/// An assertion that comes without a response.
pub(super) fn check_bare_assertion(root: Element<'_>, expected: &Expected, report: &mut Report) {
    let trust = Trust::of(Whose::Issuer, expected);
    let signed = examine(root, &trust, expected, report);
    check_issuer(root, expected.issuer.text().as_slice(), report);
    assertion::check_in_response_to(root, expected, report);
    assertion::check(root, expected, report);
    check_alone(signed, place(root), report);
}
