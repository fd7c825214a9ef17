//! A Response: its status, the one assertion in it, and what has to agree between the two
//! (SAML core 3.3.3, profiles 4.1.4).

use super::super::code::{CheckName, Code, Severity};
use super::super::expected::Expected;
use super::super::identifiers;
use super::super::indent::{indented, place};
use super::super::names::{ASSERTION, SIGNATURE};
use super::super::report::Report;
use super::super::shape;
use super::super::travelled::Travelled;
use super::assertion;
use super::encryption::{self, Sealed};
use super::message::{
    Age, check_answer, check_destination, check_head, check_issue_instant, check_issuer, issuer,
};
use super::sealed::decrypted_assertion;
use super::signature::{State, check_embedded, check_query, check_response, examine};
use super::status::refusal;
use super::trust::{Trust, Whose};
use crate::xml::Element;

pub(super) fn check(root: Element<'_>, travelled: &Travelled, expected: &Expected, report: &mut Report) {
    check_head(root, report);
    if issuer(root).is_none_or(str::is_empty) {
        report.find(
            Code::IssuerMissing,
            place(root),
            "the Response has no Issuer; send it, some service providers look for it there",
        );
    }
    check_issuer(root, expected.issuer.text().as_slice(), report);
    let trust = Trust::of(Whose::Issuer, expected);
    let mut own = examine(root, &trust, expected, report);
    own = own.or(check_query(travelled, &trust, expected, report));
    check_embedded(root, travelled, report);
    check_destination(root, expected.destinations.any_of(), own, report);
    if let Some(status) = refusal(root) {
        report.give_up(Code::StatusNotSuccess, format!("{}/Status", root.local()), status);
        check_issue_instant(root, Age::DoesNotCount, expected, report);
        check_in_response_to(root, None, expected, report);
        return report.skip(
            CheckName::Assertion,
            "a response without success needs no assertion",
        );
    }
    report.pass(CheckName::Status, "Success");
    check_assertions(root, own, &trust, expected, report);
}

fn check_assertions(root: Element<'_>, own: State, trust: &Trust, expected: &Expected, report: &mut Report) {
    let direct: Vec<_> = root.children().filter(is_assertion).collect();
    let [only] = direct[..] else {
        if direct.is_empty() {
            check_in_response_to(root, None, expected, report);
            return report.give_up(
                Code::AssertionMissing,
                place(root),
                "the status is Success and there is no assertion; nobody is logged in by this",
            );
        }
        report.give_up(
            Code::AssertionSeveral,
            place(direct[1]),
            format!(
                "there are {} assertions; readers disagree which one counts{}. Send one",
                direct.len(),
                if own == State::Signed && !is_signature_wrong(report) {
                    ""
                } else {
                    ", and a forged one may hide among them"
                }
            ),
        );
        return report.skip(CheckName::Subject, "it is not known which assertion counts");
    };
    if only.is(ASSERTION, "Assertion") {
        let signed = examine(only, trust, expected, report);
        check_hidden(root, only, own, signed, report);
        check_opened(root, only, own, signed, expected, report);
        return;
    }
    check_hidden(root, only, own, State::Unsigned, report);
    let Some(text) = encryption::open(only, Sealed::Assertion, expected, report) else {
        check_in_response_to(root, None, expected, report);
        check_issue_instant(root, Age::DoesNotCount, expected, report);
        if own == State::Unsigned {
            report.skip(
                CheckName::Signature,
                "the assertion is encrypted, its signature with it",
            );
        }
        return report.skip(CheckName::Subject, "the assertion is encrypted");
    };
    let Some(document) = decrypted_assertion(&text, only, report) else {
        return;
    };
    let opened = document.root();
    report.show_decrypted(&indented(opened));
    let rest = shape::check(opened, report);
    let signed = examine(opened, trust, expected, report);
    check_opened(root, opened, own, signed, expected, report);
    rest.tell(report);
    identifiers::check(opened, report);
}

/// An assertion that is not the one that is read: harmless where a good signature covers it too, as what the issuer
/// hands on as advice. Elsewhere the signature that is there may have been made for the other one.
fn check_hidden(root: Element<'_>, only: Element<'_>, own: State, signed: State, report: &mut Report) {
    if is_signature_wrong(report) || own == State::Signed {
        return;
    }
    let is_covered =
        |element: Element<'_>| signed == State::Signed && only.descendants().any(|inner| inner == element);
    let mut hidden = root
        .descendants()
        .filter(|element| is_assertion(element) && *element != only && !is_covered(*element));
    let is_anything_signed = root
        .descendants()
        .any(|element| element.is(SIGNATURE, "Signature"));
    if let Some(hidden) = hidden.next().filter(|_| is_anything_signed) {
        report.find(
            Code::SignatureReference,
            place(hidden),
            "a second assertion hides inside this message, where readers may take it for the first (signature \
             wrapping)",
        );
    }
}

fn is_assertion(element: &Element<'_>) -> bool {
    element.is(ASSERTION, "Assertion") || element.is(ASSERTION, "EncryptedAssertion")
}

fn is_signature_wrong(report: &Report) -> bool {
    report
        .findings
        .iter()
        .any(|finding| finding.code.check() == CheckName::Signature && finding.severity == Severity::Error)
}

fn check_opened(
    root: Element<'_>,
    assertion: Element<'_>,
    own: State,
    signed: State,
    expected: &Expected,
    report: &mut Report,
) {
    check_response(own, signed, place(root), report);
    match (
        issuer(root).filter(|issuer| !issuer.is_empty()),
        issuer(assertion),
    ) {
        (Some(outer), Some(inner)) if outer != inner => report.find(
            Code::IssuerDiffers,
            place(assertion),
            format!("the Response is by {outer}, the assertion by {inner}; both must be the same"),
        ),
        // The same issuer was compared already.
        (Some(_), Some(_)) => {}
        _ => check_issuer(assertion, expected.issuer.text().as_slice(), report),
    }
    check_in_response_to(root, Some(assertion), expected, report);
    assertion::check(assertion, expected, report);
    if !report
        .findings
        .iter()
        .any(|finding| finding.code == Code::NotYetValid)
    {
        check_issue_instant(root, Age::DoesNotCount, expected, report);
    }
}

/// The response answers one request, and says so in both places (core 3.2.2, profiles 4.1.4.2).
fn check_in_response_to(
    root: Element<'_>,
    assertion: Option<Element<'_>>,
    expected: &Expected,
    report: &mut Report,
) {
    let outer = root.attribute("InResponseTo");
    let confirmation = assertion.and_then(assertion::bearer_data);
    let inner = confirmation.and_then(|data| data.attribute("InResponseTo"));
    match (outer, inner, confirmation) {
        (Some(outer), Some(inner), _) if outer != inner => {
            return report.find(
                Code::InResponseToDiffers,
                confirmation.map(place).unwrap_or_default(),
                format!(
                    "the Response answers {outer}, its assertion {inner}; both must name the one request"
                ),
            );
        }
        (Some(_), None, Some(data)) => {
            return report.find(
                Code::InResponseToMissing,
                place(data),
                "InResponseTo stands on the Response only; put it on SubjectConfirmationData too (profiles 4.1.4.2)",
            );
        }
        (None, Some(_), _) => {
            return report.find(
                Code::InResponseToMissing,
                place(root),
                "InResponseTo stands on SubjectConfirmationData only; put it on the Response too (core 3.2.2)",
            );
        }
        _ => {}
    }
    check_answer(root, outer, expected, report);
}
