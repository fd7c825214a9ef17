//! An assertion: subject, conditions, statements (SAML core 2, profiles 4.1.4.2).

use super::super::code::{CheckName, Code};
use super::super::expected::Expected;
use super::super::indent::place;
use super::super::instant::words;
use super::super::names::{ASSERTION, BEARER};
use super::super::report::Report;
use super::message::{Match, check_answer, check_head, instant, matches};
use super::requested;
use super::sealed::{check_encrypted_attribute, check_identifier};
use crate::time::{CLOCK_SKEW, Moment, iso};
use crate::xml::Element;
use std::collections::HashSet;

/// Everything but issuer and signature.
pub(super) fn check(assertion: Element<'_>, expected: &Expected, report: &mut Report) {
    check_head(assertion, report);
    instant(assertion, "IssueInstant", report);
    check_subject(assertion, expected, report);
    check_validity(assertion, expected, report);
    check_audience(assertion, expected, report);
    check_authn_statement(assertion, expected, report);
    check_attributes(assertion, expected, report);
    requested::check(assertion, expected, report);
}

/// `SubjectConfirmationData` of the bearer confirmation.
pub(super) fn bearer_data(assertion: Element<'_>) -> Option<Element<'_>> {
    let subject = assertion.child(ASSERTION, "Subject")?;
    let mut confirmations = subject.children_named(ASSERTION, "SubjectConfirmation");
    confirmations
        .find(|confirmation| confirmation.attribute("Method") == Some(BEARER))?
        .child(ASSERTION, "SubjectConfirmationData")
}

/// The request that is answered by an assertion that comes without a response.
pub(super) fn check_in_response_to(assertion: Element<'_>, expected: &Expected, report: &mut Report) {
    let found = bearer_data(assertion).and_then(|data| data.attribute("InResponseTo"));
    check_answer(assertion, found, expected, report);
}

fn check_subject(assertion: Element<'_>, expected: &Expected, report: &mut Report) {
    let Some(subject) = assertion.child(ASSERTION, "Subject") else {
        report.find(
            Code::NameIdMissing,
            place(assertion),
            "there is no Subject: the assertion is about nobody (profiles 4.1.4.2)",
        );
        return report.moot(CheckName::Recipient, "there is no Subject");
    };
    check_identifier(
        subject,
        "there is no NameID, or an empty one; let one of the probes find a value",
        expected,
        report,
    );
    if let Some(name_id) = subject.child(ASSERTION, "NameID") {
        check_qualifier(name_id, assertion, expected, report);
    }
    let methods: Vec<_> = subject
        .children_named(ASSERTION, "SubjectConfirmation")
        .filter_map(|confirmation| confirmation.attribute("Method"))
        .collect();
    if methods.is_empty() {
        report.find(
            Code::ConfirmationMissing,
            place(subject),
            "there is no SubjectConfirmation; web login needs one with the method bearer (profiles 4.1.4.2)",
        );
        return report.moot(CheckName::Recipient, "there is no SubjectConfirmation");
    }
    if !methods.contains(&BEARER) {
        let found: Vec<_> = methods
            .iter()
            .map(|method| method.rsplit(':').next().unwrap_or_default())
            .collect();
        report.find(
            Code::ConfirmationMethod,
            place(subject),
            format!(
                "the confirmation is {}; web login needs bearer (profiles 4.1.4.2)",
                found.join(", ")
            ),
        );
        return report.moot(CheckName::Recipient, "there is no bearer confirmation");
    }
    if methods.iter().filter(|method| **method == BEARER).count() > 1 {
        report.find(
            Code::ConfirmationSeveral,
            place(subject),
            "there are several bearer confirmations, and the first is checked here; readers take the first, the last \
             or any that fits. Send one",
        );
    }
    let Some(data) = bearer_data(assertion) else {
        report.find(
            Code::ConfirmationMissing,
            place(subject),
            "the bearer confirmation has no SubjectConfirmationData (profiles 4.1.4.2)",
        );
        return report.moot(CheckName::Recipient, "there is no SubjectConfirmationData");
    };
    if data.attribute("NotOnOrAfter").is_none() {
        report.find(
            Code::ConfirmationEndMissing,
            place(data),
            "SubjectConfirmationData has no NotOnOrAfter, so it could be presented for ever (profiles 4.1.4.2)",
        );
    }
    if data.attribute("NotBefore").is_some() {
        report.find(
            Code::ConfirmationNotBefore,
            place(data),
            "SubjectConfirmationData has a NotBefore, which a bearer confirmation must not have (profiles 4.1.4.2)",
        );
    }
    check_recipient(data, expected, report);
}

/// `SPNameQualifier` says for which service provider a name was made, which formats of one's own names do not have
/// (core 8.3).
fn check_qualifier(name_id: Element<'_>, assertion: Element<'_>, expected: &Expected, report: &mut Report) {
    let Some(qualifier) = name_id.attribute("SPNameQualifier").map(str::trim) else {
        return;
    };
    let format = name_id.attribute("Format").unwrap_or_default().trim();
    if UNQUALIFIED.contains(&format) {
        report.find(
            Code::SpNameQualifierUnused,
            place(name_id),
            format!(
                "the NameID has an SPNameQualifier, which has no meaning for the format {} (core 8.3); leave it out",
                format.rsplit(':').next().unwrap_or_default()
            ),
        );
    }
    let own = assertion
        .descendants()
        .filter(|element| element.is(ASSERTION, "Audience"));
    let own = own.filter_map(Element::value).map(str::trim);
    let known: Vec<_> = match expected.audience.text() {
        Some(wanted) => vec![wanted],
        None => own.collect(),
    };
    if !known.is_empty() && !known.contains(&qualifier) {
        report.find(
            Code::SpNameQualifierOther,
            place(name_id),
            format!(
                "SPNameQualifier is {qualifier}, so the NameID was made for another service provider or a group of them; \
                 the assertion is for {}",
                known.join(" or ")
            ),
        );
    }
}

/// Formats of names that are the same for every service provider.
const UNQUALIFIED: [&str; 5] = [
    "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress",
    "urn:oasis:names:tc:SAML:1.1:nameid-format:X509SubjectName",
    "urn:oasis:names:tc:SAML:1.1:nameid-format:WindowsDomainQualifiedName",
    "urn:oasis:names:tc:SAML:2.0:nameid-format:entity",
    "urn:oasis:names:tc:SAML:2.0:nameid-format:kerberos",
];

fn check_recipient(data: Element<'_>, expected: &Expected, report: &mut Report) {
    let Some(found) = data.attribute("Recipient") else {
        return report.find(
            Code::RecipientMissing,
            place(data),
            "SubjectConfirmationData has no Recipient; send the assertion consumer service URL (profiles 4.1.4.2)",
        );
    };
    match matches(found, expected.recipients.any_of()) {
        Match::NotGiven => report.skip(
            CheckName::Recipient,
            format!("says {found}; no assertion consumer service was given to compare with"),
        ),
        Match::Same => report.pass(CheckName::Recipient, found),
        Match::Other => report.find(
            Code::RecipientOther,
            place(data),
            format!(
                "Recipient is {found}, the assertion consumer service is {}",
                expected.recipients.any_of().join(" or ")
            ),
        ),
    }
}

/// Conditions and confirmation together: what is over is over in one finding.
fn check_validity(assertion: Element<'_>, expected: &Expected, report: &mut Report) {
    let conditions = assertion.child(ASSERTION, "Conditions");
    if conditions.is_none() {
        report.find(
            Code::ConditionsMissing,
            place(assertion),
            "there are no Conditions: neither a time nor an audience limits this assertion (profiles 4.1.4.2)",
        );
    }
    let windows: Vec<_> = [
        ("Conditions", conditions),
        ("SubjectConfirmationData", bearer_data(assertion)),
    ]
    .into_iter()
    .filter_map(|(name, element)| Some((name, element?)))
    .map(|(name, element)| {
        let from = instant(element, "NotBefore", report);
        let to = instant(element, "NotOnOrAfter", report);
        (name, element, from, to)
    })
    .collect();
    if let Some(unknown) = conditions.and_then(|conditions| conditions.child(ASSERTION, "Condition")) {
        report.find(
            Code::ConditionUnknown,
            place(unknown),
            "there is a Condition of a type that is not known: whether the assertion is valid cannot be known, and \
             it must be refused (SAML core 2.5.1.1)",
        );
    }
    let now = expected.now;
    let over: Vec<_> = windows
        .iter()
        .filter_map(|(name, element, _, to)| Some((*name, *element, (*to)?)))
        .filter(|(_, _, to)| now >= *to + CLOCK_SKEW)
        .collect();
    if let Some((_, element, to)) = over.first() {
        let names: Vec<_> = over.iter().map(|(name, ..)| *name).collect();
        return report.find(
            Code::Expired,
            place(*element),
            format!(
                "expired {} ago: NotOnOrAfter of {} is {}, now is {}",
                words(now - *to),
                names.join(" and "),
                iso(*to),
                iso(now)
            ),
        );
    }
    let early = windows
        .iter()
        .filter_map(|(name, element, from, _)| Some((*name, *element, (*from)?)))
        .find(|(_, _, from)| now < *from - CLOCK_SKEW);
    if let Some((name, element, from)) = early {
        return report.find(
            Code::NotYetValid,
            place(element),
            format!(
                "not valid for another {}: NotBefore of {name} is {}, now is {}; check the clocks of sender and \
                 receiver",
                words(from - now),
                iso(from),
                iso(now)
            ),
        );
    }
    let is_unreadable = |element: &Element<'_>, attribute, time: &Option<Moment>| {
        element.attribute(attribute).is_some() && time.is_none()
    };
    if windows.iter().any(|(_, element, from, to)| {
        is_unreadable(element, "NotBefore", from) || is_unreadable(element, "NotOnOrAfter", to)
    }) {
        return report.moot(CheckName::Validity, "NotBefore or NotOnOrAfter is not a time");
    }
    match windows.iter().filter_map(|(_, _, _, to)| *to).min() {
        Some(end) => report.pass(CheckName::Validity, valid_until(end, now)),
        None => report.skip(CheckName::Validity, "the assertion says no end"),
    }
}

fn valid_until(end: Moment, now: Moment) -> String {
    if now < end {
        format!("until {}, another {}", iso(end), words(end - now))
    } else {
        format!(
            "until {}; within the {} that clocks may differ",
            iso(end),
            words(CLOCK_SKEW)
        )
    }
}

fn check_audience(assertion: Element<'_>, expected: &Expected, report: &mut Report) {
    let Some(conditions) = assertion.child(ASSERTION, "Conditions") else {
        return report.moot(CheckName::Audience, "there are no Conditions");
    };
    let restrictions: Vec<Vec<&str>> = conditions
        .children_named(ASSERTION, "AudienceRestriction")
        .map(|restriction| {
            let audiences = restriction.children_named(ASSERTION, "Audience");
            audiences.filter_map(Element::value).map(str::trim).collect()
        })
        .collect();
    if restrictions.is_empty() {
        return report.find(
            Code::AudienceRestrictionMissing,
            place(conditions),
            "there is no AudienceRestriction: any service provider could use this assertion (profiles 4.1.4.2)",
        );
    }
    let all: Vec<_> = restrictions
        .iter()
        .map(|audiences| audiences.join(" or "))
        .collect();
    let found = all.join(" and ");
    let Some(wanted) = expected.audience.text() else {
        return report.skip(
            CheckName::Audience,
            format!("for {found}; no audience was given to compare with"),
        );
    };
    // Several restrictions must all hold (core 2.5.1.4).
    if restrictions.iter().any(|audiences| !audiences.contains(&wanted)) {
        return report.find(
            Code::AudienceOther,
            place(conditions),
            format!("the assertion is for {found}, expected was {wanted}; they are compared character by character"),
        );
    }
    report.pass(CheckName::Audience, wanted);
    if restrictions
        .iter()
        .any(|audiences| audiences.first() != Some(&wanted))
    {
        report.find(
            Code::AudienceNotFirst,
            place(conditions),
            "the expected audience is not the first; some service providers read only that",
        );
    }
}

fn check_authn_statement(assertion: Element<'_>, expected: &Expected, report: &mut Report) {
    let Some(statement) = assertion.child(ASSERTION, "AuthnStatement") else {
        return report.find(
            Code::AuthnStatementMissing,
            place(assertion),
            "there is no AuthnStatement: the assertion does not say that anybody logged in (profiles 4.1.4.2)",
        );
    };
    for statement in assertion.children_named(ASSERTION, "AuthnStatement") {
        instant(statement, "AuthnInstant", report);
        let end = instant(statement, "SessionNotOnOrAfter", report);
        if let Some(end) = end.filter(|end| expected.now >= *end + CLOCK_SKEW) {
            report.find(
                Code::SessionExpired,
                place(statement),
                format!(
                    "the session ended {} ago: SessionNotOnOrAfter is {}, now is {}",
                    words(expected.now - end),
                    iso(end),
                    iso(expected.now)
                ),
            );
        }
    }
    let context = statement
        .child(ASSERTION, "AuthnContext")
        .and_then(|context| context.child(ASSERTION, "AuthnContextClassRef"))
        .and_then(Element::value);
    report.pass(
        CheckName::AuthnStatement,
        context.unwrap_or("no class of authentication").trim(),
    );
    if statement.attribute("SessionIndex").is_none() {
        report.find(
            Code::SessionIndexMissing,
            place(statement),
            "there is no SessionIndex; logout cannot name the session",
        );
    }
}

fn check_attributes(assertion: Element<'_>, expected: &Expected, report: &mut Report) {
    let Some(statement) = assertion.child(ASSERTION, "AttributeStatement") else {
        return report.find(
            Code::AttributeStatementMissing,
            place(assertion),
            "there are no attributes",
        );
    };
    let mut seen = HashSet::new();
    let mut count = 0;
    for attribute in assertion
        .children_named(ASSERTION, "AttributeStatement")
        .flat_map(|statement| statement.children_named(ASSERTION, "Attribute"))
    {
        let name = attribute.attribute("Name").unwrap_or_default();
        count += 1;
        if !seen.insert((name, attribute.attribute("NameFormat"))) {
            return report.find(
                Code::AttributeRepeated,
                place(attribute),
                format!("the attribute '{name}' is there twice; send it once, with several values"),
            );
        }
    }
    let returns = statement
        .descendants()
        .find(|element| element.value().is_some_and(|value| value.contains('\r')));
    if let Some(value) = returns {
        report.find(
            Code::CarriageReturn,
            place(value),
            "a value holds a carriage return; it is signed correctly, but readers that write the document anew \
             before they verify lose the carriage return. Remove it",
        );
    }
    let (mut opened, mut closed) = (0, 0);
    for encrypted in assertion
        .children_named(ASSERTION, "AttributeStatement")
        .flat_map(|statement| statement.children_named(ASSERTION, "EncryptedAttribute"))
    {
        if report.is_full() {
            return;
        }
        if check_encrypted_attribute(encrypted, expected, report) {
            opened += 1;
        } else {
            closed += 1;
        }
    }
    let encrypted = match (opened, closed) {
        (0, 0) => String::new(),
        (opened, 0) => format!(", and {opened} decrypted"),
        (0, closed) => format!(", and {closed} encrypted"),
        (opened, closed) => format!(", {opened} decrypted and {closed} encrypted"),
    };
    report.pass(
        CheckName::Attributes,
        format!("{count}, each name once{encrypted}"),
    );
}
