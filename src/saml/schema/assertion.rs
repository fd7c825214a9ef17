//! Assertions (SAML core 2, saml-schema-assertion-2.0).

use super::encryption::ENCRYPTED;
use super::shape::{Attribute, Name, Part, Rule, Shape, any, may, maybe, must, one, some, whatever};
use super::signature;
use super::value::Type;
use crate::xml;

pub(super) const SAML: &str = xml::ASSERTION.uri;

pub(super) const ASSERTIONS: &[Name] = &[(SAML, "Assertion"), (SAML, "EncryptedAssertion")];
pub(super) const ATTRIBUTE: &[Name] = &[(SAML, "Attribute")];
pub(super) const CONDITIONS: &[Name] = &[(SAML, "Conditions")];
pub(super) const EVIDENCE: &[Name] = &[(SAML, "Evidence")];
pub(super) const IDENTIFIER: &[Name] = &[(SAML, "BaseID"), (SAML, "NameID"), (SAML, "EncryptedID")];
pub(super) const ISSUER: &[Name] = &[(SAML, "Issuer")];
pub(super) const NAME_ID: &[Name] = &[(SAML, "NameID"), (SAML, "EncryptedID")];
pub(super) const SUBJECT: &[Name] = &[(SAML, "Subject")];

const CONFIRMATION: &[Name] = &[(SAML, "SubjectConfirmation")];
const CLASS: &[Name] = &[(SAML, "AuthnContextClassRef")];
const DECLARATION: &[Name] = &[(SAML, "AuthnContextDecl"), (SAML, "AuthnContextDeclRef")];
const STATED: &[Name] = &[
    (SAML, "AssertionIDRef"),
    (SAML, "AssertionURIRef"),
    (SAML, "Assertion"),
    (SAML, "EncryptedAssertion"),
];

/// A NameID or an Issuer.
const NAME_ID_ATTRIBUTES: &[Attribute] = &[
    may("NameQualifier", Type::Text),
    may("SPNameQualifier", Type::Text),
    may("Format", Type::Text),
    may("SPProvidedID", Type::Text),
];

pub(super) const SHAPES: &[Shape] = &[
    Shape::of(SAML, "BaseID").anything(),
    Shape::of(SAML, "NameID").is(Type::Text).with(NAME_ID_ATTRIBUTES),
    Shape::of(SAML, "EncryptedID").holds(ENCRYPTED),
    Shape::of(SAML, "Issuer").is(Type::Text).with(NAME_ID_ATTRIBUTES),
    Shape::of(SAML, "AssertionIDRef").is(Type::Id),
    Shape::of(SAML, "AssertionURIRef").is(Type::Text),
    Shape::of(SAML, "Assertion")
        .holds(&[
            one(ISSUER),
            maybe(signature::SIGNATURE),
            maybe(SUBJECT),
            maybe(CONDITIONS),
            maybe(&[(SAML, "Advice")]),
            any(&[
                (SAML, "Statement"),
                (SAML, "AuthnStatement"),
                (SAML, "AuthzDecisionStatement"),
                (SAML, "AttributeStatement"),
            ]),
        ])
        .with(&[
            must("Version", Type::Text),
            must("ID", Type::Id),
            must("IssueInstant", Type::Time),
        ]),
    Shape::of(SAML, "Subject")
        .holds(&[maybe(IDENTIFIER), any(CONFIRMATION)])
        .under(&[Rule::AtLeastOne(&[
            (SAML, "BaseID"),
            (SAML, "NameID"),
            (SAML, "EncryptedID"),
            (SAML, "SubjectConfirmation"),
        ])]),
    Shape::of(SAML, "SubjectConfirmation")
        .holds(&[maybe(IDENTIFIER), maybe(&[(SAML, "SubjectConfirmationData")])])
        .with(&[must("Method", Type::Text)]),
    Shape::of(SAML, "SubjectConfirmationData")
        .mixes(&[whatever(usize::MAX)])
        .with(&[
            may("NotBefore", Type::Time),
            may("NotOnOrAfter", Type::Time),
            may("Recipient", Type::Text),
            may("InResponseTo", Type::Id),
            may("Address", Type::Text),
        ])
        .open(),
    Shape::of(SAML, "Conditions")
        .holds(&[any(&[
            (SAML, "Condition"),
            (SAML, "AudienceRestriction"),
            (SAML, "OneTimeUse"),
            (SAML, "ProxyRestriction"),
        ])])
        .with(&[may("NotBefore", Type::Time), may("NotOnOrAfter", Type::Time)]),
    Shape::of(SAML, "Condition").anything(),
    Shape::of(SAML, "AudienceRestriction").holds(&[some(&[(SAML, "Audience")])]),
    Shape::of(SAML, "Audience").is(Type::Text),
    Shape::of(SAML, "OneTimeUse"),
    Shape::of(SAML, "ProxyRestriction")
        .holds(&[any(&[(SAML, "Audience")])])
        .with(&[may("Count", Type::Whole)]),
    Shape::of(SAML, "Advice").holds(&[any(STATED).or_other()]),
    Shape::of(SAML, "EncryptedAssertion").holds(ENCRYPTED),
    Shape::of(SAML, "Statement").anything(),
    Shape::of(SAML, "AuthnStatement")
        .holds(&[
            maybe(&[(SAML, "SubjectLocality")]),
            one(&[(SAML, "AuthnContext")]),
        ])
        .with(&[
            must("AuthnInstant", Type::Time),
            may("SessionIndex", Type::Text),
            may("SessionNotOnOrAfter", Type::Time),
        ]),
    Shape::of(SAML, "SubjectLocality").with(&[may("Address", Type::Text), may("DNSName", Type::Text)]),
    Shape::of(SAML, "AuthnContext")
        .holds(&[
            maybe(CLASS),
            maybe(DECLARATION),
            any(&[(SAML, "AuthenticatingAuthority")]),
        ])
        .under(&[Rule::AtLeastOne(&[
            (SAML, "AuthnContextClassRef"),
            (SAML, "AuthnContextDecl"),
            (SAML, "AuthnContextDeclRef"),
        ])]),
    Shape::of(SAML, "AuthnContextClassRef").is(Type::Text),
    Shape::of(SAML, "AuthnContextDeclRef").is(Type::Text),
    Shape::of(SAML, "AuthnContextDecl").anything(),
    Shape::of(SAML, "AuthenticatingAuthority").is(Type::Text),
    Shape::of(SAML, "AuthzDecisionStatement").holds(ACTIONS).with(&[
        must("Resource", Type::Text),
        must("Decision", Type::OneOf(&["Permit", "Deny", "Indeterminate"])),
    ]),
    Shape::of(SAML, "Action")
        .is(Type::Text)
        .with(&[must("Namespace", Type::Text)]),
    Shape::of(SAML, "Evidence").holds(&[some(STATED)]),
    Shape::of(SAML, "AttributeStatement")
        .holds(&[some(&[(SAML, "Attribute"), (SAML, "EncryptedAttribute")])]),
    Shape::of(SAML, "Attribute")
        .holds(&[any(&[(SAML, "AttributeValue")])])
        .with(&[
            must("Name", Type::Text),
            may("NameFormat", Type::Text),
            may("FriendlyName", Type::Text),
        ])
        .open(),
    Shape::of(SAML, "AttributeValue").anything(),
    Shape::of(SAML, "EncryptedAttribute").holds(ENCRYPTED),
];

pub(super) const ACTIONS: &[Part] = &[some(&[(SAML, "Action")]), maybe(EVIDENCE)];
