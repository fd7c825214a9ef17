//! What an AuthnRequest asks of the answer (SAML core 3.4.1), and which of its members the schema does not have.
//!
//! A member that cannot be read is not passed over: it is among the unknown ones, or among the conditions that no
//! answer meets.

use super::authn_request::{ReadError, bounded, filled, instant, only, text};
use crate::event::{AuthnWishes, Comparison, WantedConditions, WantedContext, WantedName, WantedSubject};
use crate::xml::{ASSERTION, Element, INSTANCE, PROTOCOL, SIGNATURE, collapsed};

/// Everything but what only acceptance knows: how the endpoint is named, and whether the user logs in anew.
///
/// # Errors
/// An element twice that may be there once, an identifier that cannot be read, a text that is none or too long.
pub(super) fn read(request: Element<'_>) -> Result<AuthnWishes, ReadError> {
    let mut unknown = Vec::new();
    strangers(request, &mut unknown);
    let subject = only(request, ASSERTION.uri, "Subject")?;
    let conditions = only(request, ASSERTION.uri, "Conditions")?;
    let context = only(request, PROTOCOL.uri, "RequestedAuthnContext")?;
    let scoping = only(request, PROTOCOL.uri, "Scoping")?;
    let index = request.attribute("AttributeConsumingServiceIndex");
    let extensions = request.children_named(PROTOCOL.uri, "Extensions");
    Ok(AuthnWishes {
        subject: subject.map(identifier).transpose()?.flatten(),
        confirmations: subject.map(confirmations).unwrap_or_default(),
        conditions: conditions.map(wanted_conditions).transpose()?,
        context: context.map(wanted_context).transpose()?,
        proxy_count: scoping.and_then(|scoping| proxy_count(scoping, &mut unknown)),
        providers: scoping.map(providers).transpose()?.flatten(),
        attribute_index: bounded(index.map(collapsed), "AttributeConsumingServiceIndex")?,
        binding: filled(request, "ProtocolBinding", "ProtocolBinding")?,
        extensions: extensions
            .flat_map(Element::children)
            .map(|extension| extension.local().to_owned())
            .collect(),
        unknown,
        ..AuthnWishes::default()
    })
}

fn identifier(subject: Element<'_>) -> Result<Option<WantedSubject>, ReadError> {
    if subject.child(ASSERTION.uri, "EncryptedID").is_some() {
        return Err(ReadError::EncryptedId);
    }
    let name_id = only(subject, ASSERTION.uri, "NameID")?;
    let base_id = only(subject, ASSERTION.uri, "BaseID")?;
    Ok(match (name_id, base_id) {
        (Some(_), Some(_)) => return Err(ReadError::Twice("the identifier in Subject")),
        (Some(name_id), None) => Some(WantedSubject::Named(WantedName {
            value: text(name_id, "NameID")?,
            format: filled(name_id, "Format", "NameID Format")?,
            name_qualifier: filled(name_id, "NameQualifier", "NameQualifier")?,
            sp_name_qualifier: filled(name_id, "SPNameQualifier", "SPNameQualifier")?,
        })),
        (None, Some(_)) => Some(WantedSubject::Unreadable),
        (None, None) => None,
    })
}

/// A plain bearer's is what every answer has.
fn confirmations(subject: Element<'_>) -> Vec<String> {
    let all = subject.children_named(ASSERTION.uri, "SubjectConfirmation");
    all.filter_map(|confirmation| {
        let method = confirmation.attribute("Method").map_or("", collapsed);
        let inside: Vec<_> = confirmation.children().map(Element::local).collect();
        match (method, inside.is_empty()) {
            (BEARER, true) => None,
            (method, true) => Some(method.to_owned()),
            (method, false) => Some(format!("{method} with {}", inside.join(" and "))),
        }
    })
    .collect()
}

fn wanted_conditions(conditions: Element<'_>) -> Result<WantedConditions, ReadError> {
    let mut others = Vec::new();
    let mut moment = |name: &str| {
        let written = conditions.attribute(name)?;
        let moment = instant(Some(written));
        if moment.is_none() {
            others.push(format!("{name} {written}"));
        }
        moment
    };
    let mut wanted = WantedConditions {
        not_before: moment("NotBefore"),
        not_on_or_after: moment("NotOnOrAfter"),
        audiences: Vec::new(),
        others,
    };
    for condition in conditions.children() {
        if condition.is(ASSERTION.uri, "AudienceRestriction") {
            let audiences = condition.children_named(ASSERTION.uri, "Audience");
            let audiences = audiences.map(|audience| text(audience, "Audience"));
            wanted.audiences.push(audiences.collect::<Result<_, _>>()?);
        } else if OTHER_CONDITIONS
            .iter()
            .any(|(uri, local)| condition.is(uri, local))
        {
            wanted.others.push(condition.local().to_owned());
        }
    }
    Ok(wanted)
}

fn wanted_context(requested: Element<'_>) -> Result<WantedContext, ReadError> {
    let texts = |local: &'static str| {
        let all = requested.children_named(ASSERTION.uri, local);
        all.map(|reference| text(reference, local))
            .collect::<Result<Vec<_>, _>>()
    };
    Ok(WantedContext {
        comparison: match requested.attribute("Comparison") {
            None | Some("exact") => Comparison::Exact,
            Some("better") => Comparison::Better,
            Some("maximum") => Comparison::Maximum,
            Some("minimum") => Comparison::Minimum,
            Some(other) => Comparison::Unknown(other.to_owned()),
        },
        classes: texts("AuthnContextClassRef")?,
        declarations: texts("AuthnContextDeclRef")?,
    })
}

fn proxy_count(scoping: Element<'_>, unknown: &mut Vec<String>) -> Option<u64> {
    let written = scoping.attribute("ProxyCount")?;
    let count = collapsed(written).parse().ok();
    if count.is_none() {
        unknown.push(format!("ProxyCount {written}"));
    }
    count
}

fn providers(scoping: Element<'_>) -> Result<Option<Vec<String>>, ReadError> {
    let Some(list) = only(scoping, PROTOCOL.uri, "IDPList")? else {
        return Ok(None);
    };
    let entries = list.children_named(PROTOCOL.uri, "IDPEntry");
    let providers = entries.filter_map(|entry| filled(entry, "ProviderID", "ProviderID").transpose());
    providers.collect::<Result<Vec<_>, _>>().map(Some)
}

/// Names what the schema does not have in `element` and in what it has inside.
fn strangers(element: Element<'_>, unknown: &mut Vec<String>) {
    let Some(member) = MEMBERS
        .iter()
        .find(|member| element.is(member.element.0, member.element.1))
    else {
        return;
    };
    for attribute in element.attributes() {
        let is_known = match attribute.namespace {
            "" => member.attributes.contains(&attribute.local),
            // What every document may have (XML Schema part 1, section 2.6; XML 1.0 section 2.10).
            namespace => namespace == INSTANCE.uri || attribute.prefix == "xml",
        };
        if !is_known {
            unknown.push(format!(
                "the attribute {} of {}",
                attribute.local,
                element.local()
            ));
        }
    }
    for child in element.children() {
        if member.children.iter().any(|(uri, local)| child.is(uri, local)) {
            strangers(child, unknown);
        } else {
            unknown.push(format!("the element {} in {}", child.local(), element.local()));
        }
    }
}

type Name = (&'static str, &'static str);

/// What the schema has in one element.
pub(super) struct Member {
    pub element: Name,
    pub attributes: &'static [&'static str],
    pub children: &'static [Name],
}

/// The elements of a request whose members ask for something (saml-schema-protocol-2.0.xsd,
/// saml-schema-assertion-2.0.xsd). What stands in others (a NameID, a condition, an extension) is looked at where
/// that is read.
pub(super) const MEMBERS: &[Member] = &[
    Member {
        element: (PROTOCOL.uri, "AuthnRequest"),
        attributes: &[
            "ID",
            "Version",
            "IssueInstant",
            "Destination",
            "Consent",
            "ForceAuthn",
            "IsPassive",
            "ProtocolBinding",
            "AssertionConsumerServiceIndex",
            "AssertionConsumerServiceURL",
            "AttributeConsumingServiceIndex",
            "ProviderName",
        ],
        children: &[
            (ASSERTION.uri, "Issuer"),
            (SIGNATURE.uri, "Signature"),
            (PROTOCOL.uri, "Extensions"),
            (ASSERTION.uri, "Subject"),
            (PROTOCOL.uri, "NameIDPolicy"),
            (ASSERTION.uri, "Conditions"),
            (PROTOCOL.uri, "RequestedAuthnContext"),
            (PROTOCOL.uri, "Scoping"),
        ],
    },
    Member {
        element: (ASSERTION.uri, "Subject"),
        attributes: &[],
        children: &[
            (ASSERTION.uri, "BaseID"),
            (ASSERTION.uri, "NameID"),
            (ASSERTION.uri, "EncryptedID"),
            (ASSERTION.uri, "SubjectConfirmation"),
        ],
    },
    Member {
        element: (PROTOCOL.uri, "NameIDPolicy"),
        attributes: &["Format", "SPNameQualifier", "AllowCreate"],
        children: &[],
    },
    Member {
        element: (ASSERTION.uri, "Conditions"),
        attributes: &["NotBefore", "NotOnOrAfter"],
        children: &[
            (ASSERTION.uri, "Condition"),
            (ASSERTION.uri, "AudienceRestriction"),
            (ASSERTION.uri, "OneTimeUse"),
            (ASSERTION.uri, "ProxyRestriction"),
        ],
    },
    Member {
        element: (PROTOCOL.uri, "RequestedAuthnContext"),
        attributes: &["Comparison"],
        children: &[
            (ASSERTION.uri, "AuthnContextClassRef"),
            (ASSERTION.uri, "AuthnContextDeclRef"),
        ],
    },
    Member {
        element: (PROTOCOL.uri, "Scoping"),
        attributes: &["ProxyCount"],
        children: &[(PROTOCOL.uri, "IDPList"), (PROTOCOL.uri, "RequesterID")],
    },
    Member {
        element: (PROTOCOL.uri, "IDPList"),
        attributes: &[],
        children: &[(PROTOCOL.uri, "IDPEntry"), (PROTOCOL.uri, "GetComplete")],
    },
    Member {
        element: (PROTOCOL.uri, "IDPEntry"),
        attributes: &["ProviderID", "Name", "Loc"],
        children: &[],
    },
];

/// Conditions that no answer has.
const OTHER_CONDITIONS: [Name; 3] = [
    (ASSERTION.uri, "Condition"),
    (ASSERTION.uri, "OneTimeUse"),
    (ASSERTION.uri, "ProxyRestriction"),
];

const BEARER: &str = "urn:oasis:names:tc:SAML:2.0:cm:bearer";

#[cfg(test)]
mod tests;
