//! AuthnRequest, LogoutRequest, LogoutResponse and ManageNameIDRequest (SAML core 3.4.1, 3.6.1 and 3.7).

use super::super::asked::{Ask, is_asked};
use super::super::code::{CheckName, Code};
use super::super::expected::{Expected, Wanted};
use super::super::indent::place;
use super::super::instant::words;
use super::super::names::{ASSERTION, PROTOCOL, REDIRECT};
use super::super::report::{Kind, Report};
use super::super::travelled::Travelled;
use super::message::{
    Age, Match, check_answer, check_destination, check_head, check_issue_instant, check_issuer, instant,
    issuer, matches,
};
use super::sealed::{check_encrypted_id, check_identifier};
use super::signature::{State, check_embedded, check_query, examine};
use super::status::refusal;
use super::trust::{Trust, Whose};
use crate::saml::inbound::Sha1Policy;
use crate::time::{CLOCK_SKEW, iso};
use crate::xml::{Element, unsigned_short};

pub(super) fn check(root: Element<'_>, travelled: &Travelled, expected: &Expected, report: &mut Report) {
    check_head(root, report);
    if issuer(root).is_none_or(str::is_empty) {
        report.find(
            Code::IssuerMissing,
            place(root),
            "there is no Issuer, so the sender is not known (profiles 4.1.4.1)",
        );
    }
    let is_authn = report.kind == Kind::AuthnRequest;
    // The sender of a logout message is either side.
    let whose = if is_authn { Whose::Requester } else { Whose::Either };
    check_issuer(root, &wanted_issuers(whose, expected), report);
    let mut trust = Trust::of(whose, expected);
    if is_sent(root, expected) {
        trust.sha1 = Sha1Policy::Accept;
    }
    let own = examine(root, &trust, expected, report);
    let state = own.or(check_query(travelled, &trust, expected, report));
    check_embedded(root, travelled, report);
    if state == State::Unsigned {
        let is_asked = is_asked(Ask::Certificates, expected, report.kind);
        if !is_authn || is_asked {
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
    let endpoint = if is_authn {
        expected.endpoint.value()
    } else {
        expected.endpoint.asked()
    };
    check_destination(root, endpoint.map_or(&[], std::slice::from_ref), state, report);
    check_issue_instant(root, Age::Counts, expected, report);
    match report.kind {
        Kind::AuthnRequest => {
            check_acs(root, expected, report);
            let subject = root.child(ASSERTION, "Subject");
            if let Some(encrypted) = subject.and_then(|subject| subject.child(ASSERTION, "EncryptedID")) {
                check_encrypted_id(encrypted, expected, report);
            }
        }
        Kind::LogoutRequest => check_logout_request(root, expected, report),
        Kind::ManageNameIdRequest => {
            check_identifier(
                root,
                "there is no NameID, so the request is about nobody",
                expected,
                report,
            );
            if let Some(encrypted) = root.child(PROTOCOL, "NewEncryptedID") {
                check_encrypted_id(encrypted, expected, report);
            }
        }
        _ => {
            match refusal(root) {
                Some(status) => report.find(Code::StatusNotSuccess, place(root), status),
                None => report.pass(CheckName::Status, "Success"),
            }
            match root.attribute("InResponseTo") {
                // It is an answer, whether or not it is known to what.
                None => report.find(
                    Code::InResponseToMissing,
                    place(root),
                    "the answer does not say which request it answers (core 3.2.2)",
                ),
                found => check_answer(root, found, expected, report),
            }
        }
    }
}

/// Whether the identity provider says that it sent this message itself; then it does not check the message.
fn is_sent(root: Element<'_>, expected: &Expected) -> bool {
    let own = expected.issuer.text();
    own.is_some() && issuer(root) == own && own != expected.requester.text()
}

/// The possible senders of the message. For logout messages a tenant names both sides or none.
fn wanted_issuers(whose: Whose, expected: &Expected) -> Vec<&str> {
    let requester = expected.requester.text();
    let issuer = match whose {
        Whose::Requester => None,
        Whose::Either | Whose::Issuer => expected.issuer.text(),
    };
    if requester.is_none() && expected.issuer.asked().is_none() {
        return Vec::new();
    }
    issuer.into_iter().chain(requester).collect()
}

fn check_acs(root: Element<'_>, expected: &Expected, report: &mut Report) {
    if root.attribute("ProtocolBinding").map(str::trim) == Some(REDIRECT) {
        report.find(
            Code::AcsRedirect,
            place(root),
            "ProtocolBinding asks for the response by HTTP-Redirect, which no response is sent with: a response is too \
             large for a URL (profiles 4.1.2); ask for HTTP-POST",
        );
    }
    let Some(found) = root.attribute("AssertionConsumerServiceURL") else {
        return check_acs_without_url(root, expected, report);
    };
    match matches(found, expected.acs_urls.any_of()) {
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
                expected.acs_urls.any_of().join(" or ")
            ),
        ),
    }
}

/// The answer goes to an endpoint that the identity provider knows, by its index or as the default.
fn check_acs_without_url(root: Element<'_>, expected: &Expected, report: &mut Report) {
    let index = root.attribute("AssertionConsumerServiceIndex");
    let indexes = &expected.acs_indexes;
    let of_index = index.and_then(|index| {
        let index = unsigned_short(index)?;
        indexes.iter().find(|(known, _)| *known == index)
    });
    let goes = match (index, of_index) {
        (Some(index), Some((_, url))) => {
            format!("the answer goes to {url}, the endpoint with the index {index}")
        }
        (Some(index), None) => format!("the answer goes to the endpoint with the index {index}"),
        (None, _) => "the answer goes to the default endpoint".to_owned(),
    };
    match (&expected.acs_urls, index, of_index) {
        (Wanted::Nothing, ..) => report.skip(CheckName::Recipient, goes),
        (wanted, _, Some((_, url))) if wanted.any_of().contains(url) => {
            report.pass(CheckName::Recipient, goes);
        }
        (Wanted::Asked(wanted), _, _) => report.find(
            Code::RecipientMissing,
            place(root),
            format!(
                "the request names no AssertionConsumerServiceURL, expected was {}; {goes}",
                wanted.join(" or ")
            ),
        ),
        (Wanted::OfTenant(_), Some(_), None) if !indexes.is_empty() => report.find(
            Code::RecipientOther,
            place(root),
            format!(
                "{goes}, which the application does not have (assertionConsumerServices): the application has {}",
                indexes
                    .iter()
                    .map(|(index, _)| index.to_string())
                    .collect::<Vec<_>>()
                    .join(", ")
            ),
        ),
        // Without a list an index says nothing, and the default is among the application's own.
        (Wanted::OfTenant(_), ..) => report.pass(CheckName::Recipient, goes),
    }
}

fn check_logout_request(root: Element<'_>, expected: &Expected, report: &mut Report) {
    check_identifier(
        root,
        "there is no NameID, so the request logs nobody out",
        expected,
        report,
    );
    if root.child(PROTOCOL, "SessionIndex").is_none() {
        report.find(
            Code::SessionIndexMissing,
            place(root),
            "there is no SessionIndex; all sessions of the user are meant",
        );
    }
    if let Some(end) = instant(root, "NotOnOrAfter", report).filter(|end| expected.now >= *end + CLOCK_SKEW) {
        report.find(
            Code::Expired,
            place(root),
            format!(
                "expired {} ago: NotOnOrAfter is {}, now is {}",
                words(expected.now - end),
                iso(end),
                iso(expected.now)
            ),
        );
    }
}
