//! What all messages and assertions have: ID, version, time of issue, issuer, destination (SAML core 3.2).

use super::super::code::{CheckName, Code};
use super::super::expected::Expected;
use super::super::indent::place;
use super::super::instant::{Instant, Spelling, words};
use super::super::names::ASSERTION;
use super::super::report::{Kind, Report};
use super::signature::State;
use crate::time::{CLOCK_SKEW, Moment, iso};
use crate::xml::{Element, is_ncname};
use chrono::TimeDelta;

/// ID and version of a message or an assertion.
pub(super) fn check_head(element: Element<'_>, report: &mut Report) {
    match element.attribute("Version") {
        Some("2.0") => report.pass(CheckName::Version, "2.0"),
        found => report.find(
            Code::Version,
            place(element),
            format!(
                "Version is {}, it must be 2.0 (SAML core 4.1)",
                found.map_or("missing".to_owned(), |found| format!("'{found}'"))
            ),
        ),
    }
    match element.attribute("ID") {
        Some(id) if is_ncname(id) => report.pass(CheckName::Id, format!("{} {id}", element.local())),
        Some(_) => report.find(
            Code::IdInvalid,
            place(element),
            "the ID is not an xs:ID: an ID must begin with a letter or _ and hold no colon and no space; put a _ \
             before it",
        ),
        None => report.find(Code::IdInvalid, place(element), "the ID is missing (SAML core 1.3.4)"),
    }
}

/// A moment in an attribute. A wrong spelling is found here; `None` if there is nothing to compare.
pub(super) fn instant(element: Element<'_>, attribute: &str, report: &mut Report) -> Option<Moment> {
    let text = element.attribute(attribute)?;
    let place = format!("{} {attribute}", place(element));
    let Some(instant) = Instant::parse(text) else {
        report.find(
            Code::TimeFormat,
            place,
            format!("{attribute} is not a time; write it as 2026-01-15T12:00:00Z (SAML core 1.3.3)"),
        );
        return None;
    };
    let wrong = match instant.spelling {
        Spelling::Utc => return Some(instant.time),
        Spelling::WithoutZone => "has no time zone, so readers disagree which moment is meant",
        Spelling::OtherZone => "is written with another time zone than Z",
    };
    report.find(
        Code::TimeFormat,
        place,
        format!("{attribute} {wrong}; write UTC with a Z at its end (SAML core 1.3.3)"),
    );
    Some(instant.time)
}

/// `IssueInstant` of a message whose age counts by itself.
pub(super) fn check_issue_instant(element: Element<'_>, age: Age, expected: &Expected, report: &mut Report) {
    if element.attribute("IssueInstant").is_none() {
        // That it is required the schema says.
        return report.moot(CheckName::IssueInstant, "there is no IssueInstant");
    }
    let before = report.findings.len();
    let Some(issued) = instant(element, "IssueInstant", report) else {
        return;
    };
    let old = expected.now - issued;
    if old < -CLOCK_SKEW {
        return report.find(
            Code::IssuedInFuture,
            place(element),
            format!(
                "issued at {}, which is {} ahead of now ({}); check the clocks of sender and receiver",
                iso(issued),
                words(old),
                iso(expected.now)
            ),
        );
    }
    if report.findings.len() == before {
        report.pass(CheckName::IssueInstant, iso(issued));
    }
    if age == Age::Counts && old > MAX_AGE {
        report.find(
            Code::RequestOld,
            place(element),
            format!(
                "issued {} ago, at {}, now is {}; receivers that refuse replays take messages of the last {} only",
                words(old),
                iso(issued),
                iso(expected.now),
                words(MAX_AGE)
            ),
        );
    }
}

/// Whether a message is stale after a while without saying so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Age {
    Counts,
    /// The message itself says until when it is valid.
    DoesNotCount,
}

/// The text of the Issuer directly inside.
pub(super) fn issuer(element: Element<'_>) -> Option<&str> {
    element.child(ASSERTION, "Issuer")?.value().map(str::trim)
}

/// The Issuer against the expected ones, any of which may be.
pub(super) fn check_issuer(element: Element<'_>, wanted: &[&str], report: &mut Report) {
    let Some(found) = issuer(element).filter(|found| !found.is_empty()) else {
        return;
    };
    match wanted {
        [] => report.skip(
            CheckName::Issuer,
            format!(
                "{} says {found}; no issuer was given to compare with",
                element.local()
            ),
        ),
        _ if wanted.contains(&found) => {
            report.pass(CheckName::Issuer, format!("{} by {found}", element.local()));
        }
        _ => report.find(
            Code::IssuerOther,
            place(element),
            format!(
                "the issuer is {found}, expected was {}; {}",
                wanted.join(" or "),
                match report.kind {
                    Kind::Assertion | Kind::Response => {
                        "give the service provider the entity id that is sent, or set the issuer"
                    }
                    _ => "another party sent the message, or it is known by another entity id",
                }
            ),
        ),
    }
}

/// The request that is answered against the expected one.
pub(super) fn check_answer(
    element: Element<'_>,
    found: Option<&str>,
    expected: &Expected,
    report: &mut Report,
) {
    match (found, expected.request_id.text()) {
        (None, None) => report.skip(CheckName::InResponseTo, "answers no request (IdP-initiated)"),
        (Some(found), None) => report.skip(
            CheckName::InResponseTo,
            format!("answers {found}; no request was given to compare with"),
        ),
        (None, Some(wanted)) => report.find(
            Code::InResponseToMissing,
            place(element),
            format!("answers no request, expected was {wanted}; send InResponseTo in both places"),
        ),
        (Some(found), Some(wanted)) if found == wanted => report.pass(CheckName::InResponseTo, found),
        (Some(found), Some(wanted)) => report.find(
            Code::InResponseToOther,
            place(element),
            format!("answers {found}, expected was {wanted}; the response answers another request"),
        ),
    }
}

/// What stands in `Destination` (SAML core 3.2.1, bindings 3.4.5.2 and 3.5.5.2).
pub(super) fn check_destination(element: Element<'_>, wanted: &[String], signed: State, report: &mut Report) {
    let found = element.attribute("Destination").filter(|found| !found.is_empty());
    let Some(found) = found else {
        return match signed {
            State::Signed => report.find(
                Code::DestinationMissingSigned,
                place(element),
                "the message is signed and has no Destination, which a signed message must have (bindings 3.4.5.2, \
                 3.5.5.2)",
            ),
            State::Unsigned => report.find(
                Code::DestinationMissing,
                place(element),
                "there is no Destination; send the URL that the message goes to",
            ),
        };
    };
    match matches(found, wanted) {
        Match::NotGiven => report.skip(
            CheckName::Destination,
            format!("says {found}; no URL was given to compare with"),
        ),
        Match::Same => report.pass(CheckName::Destination, found),
        Match::Other => report.find(
            Code::DestinationOther,
            place(element),
            format!(
                "Destination is {found}, the message goes to {}; they are compared character by character",
                wanted.join(" or ")
            ),
        ),
    }
}

/// How a value lies to what was expected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Match {
    NotGiven,
    Other,
    Same,
}

/// Character by character, with any of `wanted`.
pub(super) fn matches(found: &str, wanted: &[String]) -> Match {
    if wanted.is_empty() {
        Match::NotGiven
    } else if wanted.iter().any(|wanted| wanted == found) {
        Match::Same
    } else {
        Match::Other
    }
}

/// As our own endpoints have it.
const MAX_AGE: TimeDelta = TimeDelta::minutes(5);
