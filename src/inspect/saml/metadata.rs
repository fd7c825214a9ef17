//! Metadata of identity and service providers (SAML metadata 2).

use super::super::asked::{Ask, is_asked};
use super::super::certificate;
use super::super::code::{CheckName, Code};
use super::super::expected::Expected;
use super::super::identifiers;
use super::super::indent::place;
use super::super::instant::{Instant, words};
use super::super::names::{METADATA, PROTOCOL, REDIRECT, SIGNATURE};
use super::super::report::{Kind, Report};
use super::super::shape;
use super::signature::{State, examine};
use super::trust::{Trust, Whose};
use crate::keys::Validity;
use crate::time::iso;
use crate::web_url::{UrlUse, web_url};
use crate::xml::{Element, unsigned_short};
use std::collections::HashSet;

const POST: &str = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST";

/// One entity, or all of an aggregate.
pub(super) fn inspect(root: Element<'_>, expected: &Expected, report: &mut Report) {
    let entities: Vec<_> = root
        .descendants()
        .filter(|element| element.is(METADATA, "EntityDescriptor"))
        .collect();
    report.kind = match entities[..] {
        [only] if only.child(METADATA, "SPSSODescriptor").is_some() => Kind::SpMetadata,
        [only] if only.child(METADATA, "IDPSSODescriptor").is_some() => Kind::IdpMetadata,
        _ => Kind::Metadata,
    };
    let rest = shape::check(root, report);
    let trust = Trust::of(Whose::Either, expected);
    let state = examine(root, &trust, expected, report);
    match state {
        State::Signed => {}
        State::Unsigned if is_asked(Ask::Certificates, expected, report.kind) => report.find(
            Code::Unsigned,
            place(root),
            "the metadata are not signed, so the given certificates cannot verify them; fetch signed metadata, or \
             leave --trust out if the metadata came over a channel that you trust",
        ),
        State::Unsigned => report.skip(
            CheckName::Signature,
            "not signed; only the channel that it came over shows whose it is",
        ),
    }
    check_issuer(root, &entities, expected, report);
    let limited = root
        .descendants()
        .filter(|element| element.namespace() == METADATA);
    let mut ends = Vec::new();
    for element in limited {
        let Some(text) = element.attribute("validUntil") else {
            continue;
        };
        match Instant::parse(text) {
            Some(instant) => ends.push((element, instant.time)),
            None if report.is_full() => {}
            None => report.find(
                Code::TimeFormat,
                place(element),
                "validUntil is not a time; write it as 2026-01-15T12:00:00Z",
            ),
        }
    }
    match ends.iter().min_by_key(|(_, end)| *end) {
        Some((element, end)) if *end <= expected.now => report.find(
            Code::MetadataExpired,
            place(*element),
            format!(
                "the metadata expired {} ago (validUntil {}, now is {}); fetch them again, receivers must not use them",
                words(expected.now - *end),
                iso(*end),
                iso(expected.now)
            ),
        ),
        Some((_, end)) => report.pass(CheckName::Validity, format!("until {}", iso(*end))),
        None => report.skip(CheckName::Validity, "there is no validUntil"),
    }
    for entity in entities {
        if report.is_full() {
            report.skip(
                CheckName::Shape,
                "the entities after this one, because enough was found",
            );
            return;
        }
        check_entity(entity, expected, report);
    }
    rest.tell(report);
    identifiers::check(root, report);
}

/// Whose metadata they are, where that was asked for.
fn check_issuer(root: Element<'_>, entities: &[Element<'_>], expected: &Expected, report: &mut Report) {
    let Some(wanted) = expected.issuer.asked() else {
        return;
    };
    let mut names = entities.iter().filter_map(|entity| entity.attribute("entityID"));
    if names.clone().any(|name| name == wanted) {
        return report.pass(CheckName::Issuer, format!("entity {wanted}"));
    }
    report.find(
        Code::IssuerOther,
        place(root),
        match (names.next(), entities.len()) {
            (Some(name), 1) => format!("the metadata are of {name}, expected was {wanted}"),
            (_, count) => format!("none of the {count} entities is {wanted}, which was expected"),
        },
    );
}

fn check_entity(entity: Element<'_>, expected: &Expected, report: &mut Report) {
    match entity.attribute("entityID").unwrap_or_default() {
        id if id.is_empty() || id.chars().count() > 1024 => report.find(
            Code::EntityId,
            place(entity),
            "entityID is missing, empty or longer than 1024 characters (metadata 2.3.2)",
        ),
        id => report.pass(CheckName::Shape, format!("entity {id}")),
    }
    let idp = entity.child(METADATA, "IDPSSODescriptor");
    let sp = entity.child(METADATA, "SPSSODescriptor");
    let roles: Vec<_> = idp.into_iter().chain(sp).collect();
    if roles.is_empty() {
        return report.find(
            Code::MetadataNoRole,
            place(entity),
            "the entity is neither an identity provider nor a service provider (IDPSSODescriptor, SPSSODescriptor)",
        );
    }
    for role in roles {
        let protocols = role.attribute("protocolSupportEnumeration").unwrap_or_default();
        if !protocols
            .split_ascii_whitespace()
            .any(|protocol| protocol == PROTOCOL)
        {
            report.find(
                Code::MetadataProtocol,
                place(role),
                format!("protocolSupportEnumeration does not name {PROTOCOL}; the role is not for SAML 2.0"),
            );
        }
        check_keys(role, expected, report);
        check_endpoints(role, report);
    }
    if let Some(idp) = idp {
        check_single_sign_on(idp, report);
    }
    if let Some(sp) = sp {
        check_consumers(sp, report);
    }
}

fn check_keys(role: Element<'_>, expected: &Expected, report: &mut Report) {
    let mut signs = false;
    for descriptor in role.children_named(METADATA, "KeyDescriptor") {
        let shown = descriptor
            .descendants()
            .filter(|element| element.is(SIGNATURE, "X509Certificate"));
        for element in shown {
            if report.is_full() {
                return;
            }
            let Some(certificate) = element.value().and_then(certificate::of_base64) else {
                report.find(
                    Code::CertificateUnreadable,
                    place(element),
                    "the text is not a certificate in base64; it may be cut off",
                );
                continue;
            };
            signs |= descriptor.attribute("use") != Some("encryption");
            certificate::check_key(
                &certificate.public_key(),
                &certificate::named(&certificate),
                report,
            );
            let name = certificate::named(&certificate);
            match certificate.validity(expected.now) {
                Validity::Valid => {}
                Validity::Expired => report.find(
                    Code::MetadataCertificateExpired,
                    place(element),
                    format!(
                        "the certificate {name} expired on {}; roll it over",
                        certificate.x509().not_after()
                    ),
                ),
                Validity::NotYet => report.find(
                    Code::MetadataCertificateNotYetValid,
                    place(element),
                    format!(
                        "the certificate {name} is valid from {} on; that is right where it is published before it is \
                         used",
                        certificate.x509().not_before()
                    ),
                ),
            }
        }
    }
    if !signs && role.local() == "IDPSSODescriptor" {
        report.find(
            Code::MetadataNoCertificate,
            place(role),
            "there is no certificate for signing, so no response of this identity provider can be verified",
        );
    }
}

fn check_endpoints(role: Element<'_>, report: &mut Report) {
    for endpoint in role
        .children()
        .filter(|child| child.attribute("Location").is_some())
    {
        if report.is_full() {
            return;
        }
        for name in ["Location", "ResponseLocation"] {
            let Some(location) = endpoint.attribute(name) else {
                continue;
            };
            match web_url(location.trim(), UrlUse::Endpoint) {
                Ok(url) if url.scheme() == "https" => {}
                Ok(_) => report.find(
                    Code::EndpointHttp,
                    place(endpoint),
                    format!("{location} is not protected by TLS; anybody on the network path can read the assertion"),
                ),
                Err(fault) => report.find(Code::EndpointUrl, place(endpoint), format!("{name} {fault}")),
            }
        }
    }
}

fn check_single_sign_on(idp: Element<'_>, report: &mut Report) {
    let bindings: Vec<_> = idp
        .children_named(METADATA, "SingleSignOnService")
        .filter_map(|service| service.attribute("Binding")?.rsplit(':').next())
        .collect();
    if bindings.is_empty() {
        return report.find(
            Code::MetadataNoSso,
            place(idp),
            "there is no SingleSignOnService, so nobody can log in here (metadata 2.4.3)",
        );
    }
    report.pass(
        CheckName::Bindings,
        format!("single sign-on by {}", bindings.join(", ")),
    );
}

fn check_consumers(sp: Element<'_>, report: &mut Report) {
    let services: Vec<_> = sp.children_named(METADATA, "AssertionConsumerService").collect();
    let posts = services
        .iter()
        .filter(|service| service.attribute("Binding") == Some(POST))
        .count();
    if posts == 0 {
        report.find(
            Code::MetadataNoAcs,
            place(sp),
            "there is no AssertionConsumerService with the binding HTTP-POST, the only one that responses are sent with",
        );
    } else {
        report.pass(
            CheckName::Bindings,
            format!("{posts} assertion consumer services by HTTP-POST"),
        );
    }
    if let Some(service) = default_of(&services)
        .into_iter()
        .chain(services.iter().copied())
        .find(|service| service.attribute("Binding") == Some(REDIRECT))
    {
        let is_default = default_of(&services) == Some(service);
        report.find(
            Code::AcsRedirect,
            place(service),
            format!(
                "{} AssertionConsumerService has the binding HTTP-Redirect, which no response is sent with: a response \
                 is too large for a URL (profiles 4.1.2); use HTTP-POST",
                if is_default { "the default" } else { "an" }
            ),
        );
    }
    let mut indexes = HashSet::new();
    for service in services {
        if report.is_full() {
            return;
        }
        let index = service.attribute("index").and_then(unsigned_short);
        if index.is_none_or(|index| !indexes.insert(index)) {
            report.find(
                Code::EndpointIndexRepeated,
                place(service),
                "the index of an AssertionConsumerService must be a number of its own (metadata 2.2.3)",
            );
        }
    }
}

/// The one that says so, else the first that does not deny it, else the first (metadata 2.2.3).
fn default_of<'d>(services: &[Element<'d>]) -> Option<Element<'d>> {
    let says = |wanted: fn(Option<&str>) -> bool| {
        let mut services = services.iter().copied();
        services.find(|service| wanted(service.attribute("isDefault").map(str::trim)))
    };
    says(|value| matches!(value, Some("true" | "1")))
        .or_else(|| says(|value| value.is_none()))
        .or_else(|| services.first().copied())
}
