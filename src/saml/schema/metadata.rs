//! Metadata (SAML metadata 2, saml-schema-metadata-2.0).

use super::assertion::ATTRIBUTE;
use super::shape::{Attribute, Name, Part, Rule, Shape, any, may, maybe, must, one, some};
use super::signature::{KEY_INFO, SIGNATURE};
use super::value::Type;

const MD: &str = "urn:oasis:names:tc:SAML:2.0:metadata";

const CONTACTS: &[Name] = &[(MD, "ContactPerson")];
const EXTENSIONS: &[Name] = &[(MD, "Extensions")];
const FORMATS: &[Name] = &[(MD, "NameIDFormat")];
const KEYS: &[Name] = &[(MD, "KeyDescriptor")];
const ORGANIZATION: &[Name] = &[(MD, "Organization")];
const PROFILES: &[Name] = &[(MD, "AttributeProfile")];
const BY_ID: &[Name] = &[(MD, "AssertionIDRequestService")];
const ROLES: &[Name] = &[
    (MD, "RoleDescriptor"),
    (MD, "IDPSSODescriptor"),
    (MD, "SPSSODescriptor"),
    (MD, "AuthnAuthorityDescriptor"),
    (MD, "AttributeAuthorityDescriptor"),
    (MD, "PDPDescriptor"),
];
const AFFILIATION: &[Name] = &[(MD, "AffiliationDescriptor")];

// What every role begins with, and what those of single sign-on have next.
const SIGNED: Part = maybe(SIGNATURE);
const EXTENDED: Part = maybe(EXTENSIONS);
const KEYED: Part = any(KEYS);
const ORGANIZED: Part = maybe(ORGANIZATION);
const CONTACTED: Part = any(CONTACTS);
const ARTIFACTS: Part = any(&[(MD, "ArtifactResolutionService")]);
const LOGOUT: Part = any(&[(MD, "SingleLogoutService")]);
const MANAGED: Part = any(&[(MD, "ManageNameIDService")]);
const FORMATTED: Part = any(FORMATS);

const ID: Attribute = may("ID", Type::Id);
const VALID_UNTIL: Attribute = may("validUntil", Type::Time);
const CACHE: Attribute = may("cacheDuration", Type::Duration);
const PROTOCOLS: Attribute = must("protocolSupportEnumeration", Type::Text);
const ERRORS: Attribute = may("errorURL", Type::Text);
const INDEX: Attribute = must("index", Type::Short);
const DEFAULT: Attribute = may("isDefault", Type::Boolean);

const ROLE: &[Attribute] = &[ID, VALID_UNTIL, CACHE, PROTOCOLS, ERRORS];
const ENDPOINT: &[Attribute] = &[
    must("Binding", Type::Text),
    must("Location", Type::Text),
    may("ResponseLocation", Type::Text),
];
const INDEXED: &[Attribute] = &[
    must("Binding", Type::Text),
    must("Location", Type::Text),
    may("ResponseLocation", Type::Text),
    INDEX,
    DEFAULT,
];
const LOCALIZED: &[Attribute] = &[must("xml:lang", Type::Text)];

const FOREIGN: &[Part] = &[any(&[]).or_other()];

const fn endpoint(local: &'static str) -> Shape {
    Shape::of(MD, local).holds(FOREIGN).with(ENDPOINT).open()
}

const fn indexed(local: &'static str) -> Shape {
    Shape::of(MD, local).holds(FOREIGN).with(INDEXED).open()
}

const fn text(local: &'static str) -> Shape {
    Shape::of(MD, local).is(Type::Text)
}

pub(super) const SHAPES: &[Shape] = &[
    Shape::of(MD, "Extensions").holds(&[some(&[]).or_other()]),
    Shape::of(MD, "EntitiesDescriptor")
        .holds(&[
            SIGNED,
            EXTENDED,
            some(&[(MD, "EntityDescriptor"), (MD, "EntitiesDescriptor")]),
        ])
        .with(&[VALID_UNTIL, CACHE, ID, may("Name", Type::Text)]),
    Shape::of(MD, "EntityDescriptor")
        .holds(&[
            SIGNED,
            EXTENDED,
            any(ROLES),
            maybe(AFFILIATION),
            ORGANIZED,
            CONTACTED,
            any(&[(MD, "AdditionalMetadataLocation")]),
        ])
        .with(&[must("entityID", Type::EntityId), VALID_UNTIL, CACHE, ID])
        .open()
        .under(&[
            Rule::AtLeastOne(&[
                (MD, "RoleDescriptor"),
                (MD, "IDPSSODescriptor"),
                (MD, "SPSSODescriptor"),
                (MD, "AuthnAuthorityDescriptor"),
                (MD, "AttributeAuthorityDescriptor"),
                (MD, "PDPDescriptor"),
                (MD, "AffiliationDescriptor"),
            ]),
            Rule::Either(ROLES, AFFILIATION),
        ]),
    Shape::of(MD, "Organization")
        .holds(&[
            EXTENDED,
            some(&[(MD, "OrganizationName")]),
            some(&[(MD, "OrganizationDisplayName")]),
            some(&[(MD, "OrganizationURL")]),
        ])
        .open(),
    text("OrganizationName").with(LOCALIZED),
    text("OrganizationDisplayName").with(LOCALIZED),
    text("OrganizationURL").with(LOCALIZED),
    Shape::of(MD, "ContactPerson")
        .holds(&[
            EXTENDED,
            maybe(&[(MD, "Company")]),
            maybe(&[(MD, "GivenName")]),
            maybe(&[(MD, "SurName")]),
            any(&[(MD, "EmailAddress")]),
            any(&[(MD, "TelephoneNumber")]),
        ])
        .with(&[must(
            "contactType",
            Type::OneOf(&["technical", "support", "administrative", "billing", "other"]),
        )])
        .open(),
    text("Company"),
    text("GivenName"),
    text("SurName"),
    text("EmailAddress"),
    text("TelephoneNumber"),
    text("AdditionalMetadataLocation").with(&[must("namespace", Type::Text)]),
    // Its type is that of an extension.
    Shape::of(MD, "RoleDescriptor").anything(),
    Shape::of(MD, "KeyDescriptor")
        .holds(&[one(KEY_INFO), any(&[(MD, "EncryptionMethod")])])
        .with(&[may("use", Type::OneOf(&["encryption", "signing"]))]),
    super::encryption::method(MD),
    indexed("ArtifactResolutionService"),
    endpoint("SingleLogoutService"),
    endpoint("ManageNameIDService"),
    text("NameIDFormat"),
    Shape::of(MD, "IDPSSODescriptor")
        .holds(&[
            SIGNED,
            EXTENDED,
            KEYED,
            ORGANIZED,
            CONTACTED,
            ARTIFACTS,
            LOGOUT,
            MANAGED,
            FORMATTED,
            some(&[(MD, "SingleSignOnService")]),
            any(&[(MD, "NameIDMappingService")]),
            any(BY_ID),
            any(PROFILES),
            any(ATTRIBUTE),
        ])
        .with(&[
            ID,
            VALID_UNTIL,
            CACHE,
            PROTOCOLS,
            ERRORS,
            may("WantAuthnRequestsSigned", Type::Boolean),
        ])
        .open(),
    endpoint("SingleSignOnService"),
    endpoint("NameIDMappingService"),
    endpoint("AssertionIDRequestService"),
    text("AttributeProfile"),
    Shape::of(MD, "SPSSODescriptor")
        .holds(&[
            SIGNED,
            EXTENDED,
            KEYED,
            ORGANIZED,
            CONTACTED,
            ARTIFACTS,
            LOGOUT,
            MANAGED,
            FORMATTED,
            some(&[(MD, "AssertionConsumerService")]),
            any(&[(MD, "AttributeConsumingService")]),
        ])
        .with(&[
            ID,
            VALID_UNTIL,
            CACHE,
            PROTOCOLS,
            ERRORS,
            may("AuthnRequestsSigned", Type::Boolean),
            may("WantAssertionsSigned", Type::Boolean),
        ])
        .open(),
    indexed("AssertionConsumerService"),
    Shape::of(MD, "AttributeConsumingService")
        .holds(&[
            some(&[(MD, "ServiceName")]),
            any(&[(MD, "ServiceDescription")]),
            some(&[(MD, "RequestedAttribute")]),
        ])
        .with(&[INDEX, DEFAULT]),
    text("ServiceName").with(LOCALIZED),
    text("ServiceDescription").with(LOCALIZED),
    Shape::of(MD, "RequestedAttribute")
        .holds(&[any(&[(super::assertion::SAML, "AttributeValue")])])
        .with(&[
            must("Name", Type::Text),
            may("NameFormat", Type::Text),
            may("FriendlyName", Type::Text),
            may("isRequired", Type::Boolean),
        ])
        .open(),
    Shape::of(MD, "AuthnAuthorityDescriptor")
        .holds(&[
            SIGNED,
            EXTENDED,
            KEYED,
            ORGANIZED,
            CONTACTED,
            some(&[(MD, "AuthnQueryService")]),
            any(BY_ID),
            FORMATTED,
        ])
        .with(ROLE)
        .open(),
    endpoint("AuthnQueryService"),
    Shape::of(MD, "PDPDescriptor")
        .holds(&[
            SIGNED,
            EXTENDED,
            KEYED,
            ORGANIZED,
            CONTACTED,
            some(&[(MD, "AuthzService")]),
            any(BY_ID),
            FORMATTED,
        ])
        .with(ROLE)
        .open(),
    endpoint("AuthzService"),
    Shape::of(MD, "AttributeAuthorityDescriptor")
        .holds(&[
            SIGNED,
            EXTENDED,
            KEYED,
            ORGANIZED,
            CONTACTED,
            some(&[(MD, "AttributeService")]),
            any(BY_ID),
            FORMATTED,
            any(PROFILES),
            any(ATTRIBUTE),
        ])
        .with(ROLE)
        .open(),
    endpoint("AttributeService"),
    Shape::of(MD, "AffiliationDescriptor")
        .holds(&[SIGNED, EXTENDED, some(&[(MD, "AffiliateMember")]), any(KEYS)])
        .with(&[must("affiliationOwnerID", Type::EntityId), VALID_UNTIL, CACHE, ID])
        .open(),
    Shape::of(MD, "AffiliateMember").is(Type::EntityId),
];
