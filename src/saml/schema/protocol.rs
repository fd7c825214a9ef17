//! Messages (SAML core 3, saml-schema-protocol-2.0).

use super::assertion::{ASSERTIONS, ATTRIBUTE, CONDITIONS, IDENTIFIER, ISSUER, NAME_ID, SAML, SUBJECT};
use super::encryption::ENCRYPTED;
use super::shape::{Attribute, Name, Part, Rule, Shape, any, may, maybe, must, one, some, whatever};
use super::signature::SIGNATURE;
use super::value::Type;
use crate::xml;

const SAMLP: &str = xml::PROTOCOL.uri;

const CONTEXT: &[Name] = &[(SAMLP, "RequestedAuthnContext")];
const EXTENSIONS: &[Name] = &[(SAMLP, "Extensions")];
const POLICY: &[Name] = &[(SAMLP, "NameIDPolicy")];
const STATUS: &[Name] = &[(SAMLP, "Status")];

// What every message begins with.
const ISSUED: Part = maybe(ISSUER);
const SIGNED: Part = maybe(SIGNATURE);
const EXTENDED: Part = maybe(EXTENSIONS);

const ID: Attribute = must("ID", Type::Id);
const VERSION: Attribute = must("Version", Type::Text);
const INSTANT: Attribute = must("IssueInstant", Type::Time);
const DESTINATION: Attribute = may("Destination", Type::Text);
const CONSENT: Attribute = may("Consent", Type::Text);
const IN_RESPONSE_TO: Attribute = may("InResponseTo", Type::Id);

const REQUEST: &[Attribute] = &[ID, VERSION, INSTANT, DESTINATION, CONSENT];
const RESPONSE: &[Attribute] = &[ID, IN_RESPONSE_TO, VERSION, INSTANT, DESTINATION, CONSENT];

pub(super) const SHAPES: &[Shape] = &[
    Shape::of(SAMLP, "Extensions").holds(&[some(&[]).or_other()]),
    Shape::of(SAMLP, "Status").holds(&[
        one(&[(SAMLP, "StatusCode")]),
        maybe(&[(SAMLP, "StatusMessage")]),
        maybe(&[(SAMLP, "StatusDetail")]),
    ]),
    Shape::of(SAMLP, "StatusCode")
        .holds(&[maybe(&[(SAMLP, "StatusCode")])])
        .with(&[must("Value", Type::Text)]),
    Shape::of(SAMLP, "StatusMessage").is(Type::Text),
    Shape::of(SAMLP, "StatusDetail").holds(&[whatever(usize::MAX)]),
    Shape::of(SAMLP, "AssertionIDRequest")
        .holds(&[ISSUED, SIGNED, EXTENDED, some(&[(SAML, "AssertionIDRef")])])
        .with(REQUEST),
    Shape::of(SAMLP, "SubjectQuery").anything(),
    Shape::of(SAMLP, "AuthnQuery")
        .holds(&[ISSUED, SIGNED, EXTENDED, one(SUBJECT), maybe(CONTEXT)])
        .with(&[
            ID,
            VERSION,
            INSTANT,
            DESTINATION,
            CONSENT,
            may("SessionIndex", Type::Text),
        ]),
    Shape::of(SAMLP, "RequestedAuthnContext")
        .holds(&[
            any(&[(SAML, "AuthnContextClassRef")]),
            any(&[(SAML, "AuthnContextDeclRef")]),
        ])
        .with(&[may(
            "Comparison",
            Type::OneOf(&["exact", "minimum", "maximum", "better"]),
        )])
        .under(&[
            Rule::AtLeastOne(&[(SAML, "AuthnContextClassRef"), (SAML, "AuthnContextDeclRef")]),
            Rule::Either(
                &[(SAML, "AuthnContextClassRef")],
                &[(SAML, "AuthnContextDeclRef")],
            ),
        ]),
    Shape::of(SAMLP, "AttributeQuery")
        .holds(&[ISSUED, SIGNED, EXTENDED, one(SUBJECT), any(ATTRIBUTE)])
        .with(REQUEST),
    Shape::of(SAMLP, "AuthzDecisionQuery")
        .holds(&[
            ISSUED,
            SIGNED,
            EXTENDED,
            one(SUBJECT),
            some(&[(SAML, "Action")]),
            maybe(&[(SAML, "Evidence")]),
        ])
        .with(&[
            ID,
            VERSION,
            INSTANT,
            DESTINATION,
            CONSENT,
            must("Resource", Type::Text),
        ]),
    Shape::of(SAMLP, "AuthnRequest")
        .holds(&[
            ISSUED,
            SIGNED,
            EXTENDED,
            maybe(SUBJECT),
            maybe(POLICY),
            maybe(CONDITIONS),
            maybe(CONTEXT),
            maybe(&[(SAMLP, "Scoping")]),
        ])
        .with(&[
            ID,
            VERSION,
            INSTANT,
            DESTINATION,
            CONSENT,
            may("ForceAuthn", Type::Boolean),
            may("IsPassive", Type::Boolean),
            may("ProtocolBinding", Type::Text),
            may("AssertionConsumerServiceIndex", Type::Short),
            may("AssertionConsumerServiceURL", Type::Text),
            may("AttributeConsumingServiceIndex", Type::Short),
            may("ProviderName", Type::Text),
        ]),
    Shape::of(SAMLP, "NameIDPolicy").with(&[
        may("Format", Type::Text),
        may("SPNameQualifier", Type::Text),
        may("AllowCreate", Type::Boolean),
    ]),
    Shape::of(SAMLP, "Scoping")
        .holds(&[maybe(&[(SAMLP, "IDPList")]), any(&[(SAMLP, "RequesterID")])])
        .with(&[may("ProxyCount", Type::Whole)]),
    Shape::of(SAMLP, "RequesterID").is(Type::Text),
    Shape::of(SAMLP, "IDPList").holds(&[some(&[(SAMLP, "IDPEntry")]), maybe(&[(SAMLP, "GetComplete")])]),
    Shape::of(SAMLP, "IDPEntry").with(&[
        must("ProviderID", Type::Text),
        may("Name", Type::Text),
        may("Loc", Type::Text),
    ]),
    Shape::of(SAMLP, "GetComplete").is(Type::Text),
    Shape::of(SAMLP, "Response")
        .holds(&[ISSUED, SIGNED, EXTENDED, one(STATUS), any(ASSERTIONS)])
        .with(RESPONSE),
    Shape::of(SAMLP, "ArtifactResolve")
        .holds(&[ISSUED, SIGNED, EXTENDED, one(&[(SAMLP, "Artifact")])])
        .with(REQUEST),
    Shape::of(SAMLP, "Artifact").is(Type::Text),
    Shape::of(SAMLP, "ArtifactResponse")
        .holds(&[ISSUED, SIGNED, EXTENDED, one(STATUS), whatever(1)])
        .with(RESPONSE),
    Shape::of(SAMLP, "ManageNameIDRequest")
        .holds(&[
            ISSUED,
            SIGNED,
            EXTENDED,
            one(NAME_ID),
            one(&[(SAMLP, "NewID"), (SAMLP, "NewEncryptedID"), (SAMLP, "Terminate")]),
        ])
        .with(REQUEST),
    Shape::of(SAMLP, "NewID").is(Type::Text),
    Shape::of(SAMLP, "NewEncryptedID").holds(ENCRYPTED),
    Shape::of(SAMLP, "Terminate"),
    Shape::of(SAMLP, "ManageNameIDResponse")
        .holds(&[ISSUED, SIGNED, EXTENDED, one(STATUS)])
        .with(RESPONSE),
    Shape::of(SAMLP, "LogoutRequest")
        .holds(&[
            ISSUED,
            SIGNED,
            EXTENDED,
            one(IDENTIFIER),
            any(&[(SAMLP, "SessionIndex")]),
        ])
        .with(&[
            ID,
            VERSION,
            INSTANT,
            DESTINATION,
            CONSENT,
            may("Reason", Type::Text),
            may("NotOnOrAfter", Type::Time),
        ]),
    Shape::of(SAMLP, "SessionIndex").is(Type::Text),
    Shape::of(SAMLP, "LogoutResponse")
        .holds(&[ISSUED, SIGNED, EXTENDED, one(STATUS)])
        .with(RESPONSE),
    Shape::of(SAMLP, "NameIDMappingRequest")
        .holds(&[ISSUED, SIGNED, EXTENDED, one(IDENTIFIER), one(POLICY)])
        .with(REQUEST),
    Shape::of(SAMLP, "NameIDMappingResponse")
        .holds(&[ISSUED, SIGNED, EXTENDED, one(STATUS), one(NAME_ID)])
        .with(RESPONSE),
];
