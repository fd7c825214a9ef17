//! AuthnRequest, LogoutRequest and LogoutResponse (SAML core 3.4.1 and 3.7).

use super::super::code::{CheckName, Code};
use super::super::expected::Expected;
use super::super::indent::place;
use super::super::instant::{SKEW, words};
use super::super::report::{Kind, Report};
use super::super::unwrap::Travelled;
use super::message::{
    Age, Match, check_destination, check_head, check_issue_instant, check_issuer, instant, issuer, matches,
};
use super::names::{ASSERTION, PROTOCOL};
use super::response::refusal;
use super::signature::{State, check_embedded, check_query, examine};
use super::trust::{Trust, Whose};
use crate::saml::inbound::Sha1Policy;
use crate::xml::Element;

pub(super) fn check(root: Element<'_>, travelled: &Travelled, expected: &Expected, report: &mut Report) {
    check_head(root, report);
    if issuer(root).is_none_or(str::is_empty) {
        report.find(
            Code::IssuerMissing,
            place(root),
            "there is no Issuer, so nobody is known to have sent this (profiles 4.1.4.1)",
        );
    }
    let is_authn = report.kind == Kind::AuthnRequest;
    // The sender of a logout message is either side.
    let whose = if is_authn { Whose::Requester } else { Whose::Either };
    let wanted_issuer = match whose {
        Whose::Requester => expected.requester.as_deref(),
        _ => None,
    };
    check_issuer(root, wanted_issuer, report);
    let mut trust = Trust::of(whose, expected);
    if is_sent(root, expected) {
        trust.sha1 = Sha1Policy::Accept;
    }
    let own = examine(root, &trust, expected, report);
    let state = own.or(check_query(travelled, &trust, expected, report));
    check_embedded(root, travelled, report);
    if state == State::Unsigned {
        if !is_authn || !trust.certificates.is_empty() {
            report.find(
                Code::Unsigned,
                place(root),
                format!("the {} must be signed, and is not", root.local()),
            );
        } else {
            report.skip(
                CheckName::Signature,
                "not signed; that matters only where requests must be signed",
            );
        }
    }
    let endpoint = expected.endpoint.as_slice();
    let endpoint = if is_authn { endpoint } else { &[] };
    check_destination(root, endpoint, state, report);
    check_issue_instant(root, Age::Counts, expected, report);
    match report.kind {
        Kind::AuthnRequest => check_acs(root, expected, report),
        Kind::LogoutRequest => check_logout_request(root, expected, report),
        _ => {
            match refusal(root) {
                Some(status) => report.find(Code::StatusNotSuccess, place(root), status),
                None => report.pass(CheckName::Status, "Success"),
            }
            check_answer(root, expected, report);
        }
    }
}

/// Whether the identity provider says that it sent this itself, which it does not judge.
fn is_sent(root: Element<'_>, expected: &Expected) -> bool {
    let own = expected.issuer.as_deref();
    own.is_some() && issuer(root) == own && own != expected.requester.as_deref()
}

fn check_acs(root: Element<'_>, expected: &Expected, report: &mut Report) {
    let Some(found) = root.attribute("AssertionConsumerServiceURL") else {
        return report.skip(
            CheckName::Recipient,
            match root.attribute("AssertionConsumerServiceIndex") {
                Some(index) => format!("the answer goes to the endpoint with the index {index}"),
                None => "the answer goes to the default endpoint".to_owned(),
            },
        );
    };
    match matches(found, &expected.acs_urls) {
        Match::NotGiven => report.skip(
            CheckName::Recipient,
            format!("the answer goes to {found}; no URL was given to compare with"),
        ),
        Match::Same => report.pass(CheckName::Recipient, found),
        Match::Other => report.find(
            Code::RecipientOther,
            place(root),
            format!(
                "AssertionConsumerServiceURL is {found}, allowed is {}; they are compared character by character",
                expected.acs_urls.join(" or ")
            ),
        ),
    }
}

fn check_logout_request(root: Element<'_>, expected: &Expected, report: &mut Report) {
    match root.child(ASSERTION, "NameID").and_then(Element::value) {
        Some(name_id) if !name_id.trim().is_empty() => report.pass(CheckName::Subject, name_id.trim()),
        _ if root.child(ASSERTION, "EncryptedID").is_some() => {
            report.skip(CheckName::Subject, "the NameID is encrypted");
        }
        _ => report.find(
            Code::NameIdMissing,
            place(root),
            "there is no NameID: nobody is to be logged out",
        ),
    }
    if root.child(PROTOCOL, "SessionIndex").is_none() {
        report.find(
            Code::SessionIndexMissing,
            place(root),
            "there is no SessionIndex; all sessions of the user are meant",
        );
    }
    if let Some(end) = instant(root, "NotOnOrAfter", report).filter(|end| expected.now >= *end + SKEW) {
        report.find(
            Code::Expired,
            place(root),
            format!("expired {} ago (NotOnOrAfter)", words(expected.now - end)),
        );
    }
}

fn check_answer(root: Element<'_>, expected: &Expected, report: &mut Report) {
    match (root.attribute("InResponseTo"), expected.request_id.as_deref()) {
        (None, _) => report.find(
            Code::InResponseToMissing,
            place(root),
            "the answer does not say which request it answers (core 3.2.2)",
        ),
        (Some(found), None) => report.skip(
            CheckName::InResponseTo,
            format!("answers {found}; no request was given to compare with"),
        ),
        (Some(found), Some(wanted)) if found == wanted => report.pass(CheckName::InResponseTo, found),
        (Some(found), Some(wanted)) => report.find(
            Code::InResponseToOther,
            place(root),
            format!("answers {found}, expected was {wanted}"),
        ),
    }
}
