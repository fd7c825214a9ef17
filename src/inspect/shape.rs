//! Holds a document to the schemas of SAML 2.0 ([`crate::saml::schema`]) and tells each objection once.

use super::code::{CheckName, Code};
use super::indent::place;
use super::report::Report;
use crate::saml::schema::{Fault, FaultKind, faults};
use crate::xml::{Element, SIGNATURE};

/// Objections that another check may tell better.
#[must_use]
pub(super) struct Rest<'d>(Vec<Fault<'d>>);

/// Checks the element and all below it. What is left over is told at the end, by [`Rest::tell`].
pub(super) fn check<'d>(root: Element<'d>, report: &mut Report) -> Rest<'d> {
    let mut rest = Vec::new();
    let mut is_good = true;
    for fault in faults(root) {
        if report.is_full() {
            return Rest(rest);
        }
        is_good = false;
        if told_by(&fault).is_empty() && signature_around(fault.element).is_none() {
            tell(&fault, report);
        } else if rest.len() < MAX_REST {
            rest.push(fault);
        }
    }
    if is_good {
        report.pass(
            CheckName::Shape,
            "every element has the children and attributes of the schema, in its order",
        );
    }
    Rest(rest)
}

impl Rest<'_> {
    /// Tells the objections that no other check told.
    pub(super) fn tell(self, report: &mut Report) {
        for fault in self.0 {
            if !report.is_full() && !is_told(&fault, report) {
                tell(&fault, report);
            }
        }
    }
}

fn tell(fault: &Fault<'_>, report: &mut Report) {
    let code = match fault.kind {
        FaultKind::Count => Code::ShapeCount,
        FaultKind::Missing => Code::ShapeMissing,
        FaultKind::Order => Code::ShapeOrder,
        FaultKind::Unknown => Code::ShapeUnknown,
        FaultKind::Value => Code::ShapeValue,
    };
    report.find(code, place(fault.element), fault.text.clone());
}

fn is_told(fault: &Fault<'_>, report: &Report) -> bool {
    let codes = told_by(fault);
    let own = place(fault.element);
    let signature = signature_around(fault.element).map(place);
    report.findings.iter().any(|finding| {
        let is_of_signature = finding.code.check() == CheckName::Signature
            && signature
                .as_ref()
                .is_some_and(|signature| finding.place.starts_with(signature));
        is_of_signature || codes.contains(&finding.code) && finding.place.starts_with(&own)
    })
}

/// Which findings at the same element say the same.
fn told_by(fault: &Fault<'_>) -> &'static [Code] {
    match &*fault.about {
        "ID" => &[Code::IdInvalid],
        "Version" => &[Code::Version],
        "AuthnInstant"
        | "IssueInstant"
        | "NotBefore"
        | "NotOnOrAfter"
        | "SessionNotOnOrAfter"
        | "validUntil" => &[Code::TimeFormat],
        "AssertionConsumerService" if fault.kind == FaultKind::Missing => &[Code::MetadataNoAcs],
        "RoleDescriptor" if fault.kind == FaultKind::Missing => &[Code::MetadataNoRole],
        "SingleSignOnService" if fault.kind == FaultKind::Missing => &[Code::MetadataNoSso],
        "X509Certificate" if fault.kind == FaultKind::Value => &[Code::CertificateUnreadable],
        "entityID" => &[Code::EntityId],
        "index" => &[Code::EndpointIndexRepeated],
        "protocolSupportEnumeration" => &[Code::MetadataProtocol],
        _ => &[],
    }
}

/// The signature that is the element or holds it. Who checks a signature is stricter than the schema.
fn signature_around(element: Element<'_>) -> Option<Element<'_>> {
    std::iter::successors(Some(element), |inner| inner.parent())
        .find(|outer| outer.is(SIGNATURE.uri, "Signature"))
}

const MAX_REST: usize = 200;
