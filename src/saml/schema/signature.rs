//! Signatures and keys (XML Signature 1.0, xmldsig-core-schema).

use super::shape::{Name, Part, Rule, Shape, any, may, maybe, must, one, some, whatever};
use super::value::Type;
use crate::xml;

const DS: &str = xml::SIGNATURE.uri;

pub(super) const KEY_INFO: &[Name] = &[(DS, "KeyInfo")];
pub(super) const SIGNATURE: &[Name] = &[(DS, "Signature")];
pub(super) const TRANSFORMS: &[Part] = &[some(&[(DS, "Transform")])];

const fn number(local: &'static str) -> Shape {
    Shape::of(DS, local).is(Type::Base64)
}

pub(super) const SHAPES: &[Shape] = &[
    Shape::of(DS, "Signature")
        .holds(&[
            one(&[(DS, "SignedInfo")]),
            one(&[(DS, "SignatureValue")]),
            maybe(KEY_INFO),
            any(&[(DS, "Object")]),
        ])
        .with(&[may("Id", Type::Id)]),
    Shape::of(DS, "SignatureValue")
        .is(Type::Base64)
        .with(&[may("Id", Type::Id)]),
    Shape::of(DS, "SignedInfo")
        .holds(&[
            one(&[(DS, "CanonicalizationMethod")]),
            one(&[(DS, "SignatureMethod")]),
            some(&[(DS, "Reference")]),
        ])
        .with(&[may("Id", Type::Id)]),
    Shape::of(DS, "CanonicalizationMethod")
        .mixes(&[whatever(usize::MAX)])
        .with(&[must("Algorithm", Type::Text)]),
    Shape::of(DS, "SignatureMethod")
        .mixes(&[maybe(&[(DS, "HMACOutputLength")]), any(&[]).or_other()])
        .with(&[must("Algorithm", Type::Text)]),
    Shape::of(DS, "HMACOutputLength").is(Type::Integer),
    Shape::of(DS, "Reference")
        .holds(&[
            maybe(&[(DS, "Transforms")]),
            one(&[(DS, "DigestMethod")]),
            one(&[(DS, "DigestValue")]),
        ])
        .with(&[
            may("Id", Type::Id),
            may("URI", Type::Text),
            may("Type", Type::Text),
        ]),
    Shape::of(DS, "Transforms").holds(TRANSFORMS),
    Shape::of(DS, "Transform")
        .mixes(&[any(&[(DS, "XPath")]).or_other()])
        .with(&[must("Algorithm", Type::Text)]),
    Shape::of(DS, "XPath").is(Type::Text),
    Shape::of(DS, "DigestMethod")
        .mixes(&[any(&[]).or_other()])
        .with(&[must("Algorithm", Type::Text)]),
    number("DigestValue"),
    Shape::of(DS, "KeyInfo").mixes(KEYS).with(&[may("Id", Type::Id)]),
    Shape::of(DS, "KeyName").is(Type::Text),
    Shape::of(DS, "MgmtData").is(Type::Text),
    Shape::of(DS, "KeyValue").mixes(&[one(&[(DS, "DSAKeyValue"), (DS, "RSAKeyValue")]).or_other()]),
    Shape::of(DS, "RetrievalMethod")
        .holds(&[maybe(&[(DS, "Transforms")])])
        .with(&[must("URI", Type::Text), may("Type", Type::Text)]),
    Shape::of(DS, "X509Data").holds(&[some(&[
        (DS, "X509IssuerSerial"),
        (DS, "X509SKI"),
        (DS, "X509SubjectName"),
        (DS, "X509Certificate"),
        (DS, "X509CRL"),
    ])
    .or_other()]),
    Shape::of(DS, "X509IssuerSerial")
        .holds(&[one(&[(DS, "X509IssuerName")]), one(&[(DS, "X509SerialNumber")])]),
    Shape::of(DS, "X509IssuerName").is(Type::Text),
    Shape::of(DS, "X509SerialNumber").is(Type::Integer),
    number("X509SKI"),
    Shape::of(DS, "X509SubjectName").is(Type::Text),
    number("X509Certificate"),
    number("X509CRL"),
    Shape::of(DS, "PGPData")
        .holds(&[
            maybe(&[(DS, "PGPKeyID")]),
            maybe(&[(DS, "PGPKeyPacket")]),
            any(&[]).or_other(),
        ])
        .under(&[Rule::AtLeastOne(&[(DS, "PGPKeyID"), (DS, "PGPKeyPacket")])]),
    number("PGPKeyID"),
    number("PGPKeyPacket"),
    Shape::of(DS, "SPKIData")
        .holds(&[some(&[(DS, "SPKISexp")]).or_other()])
        .under(&[Rule::AtLeastOne(&[(DS, "SPKISexp")])]),
    number("SPKISexp"),
    Shape::of(DS, "Object").mixes(&[whatever(usize::MAX)]).with(&[
        may("Id", Type::Id),
        may("MimeType", Type::Text),
        may("Encoding", Type::Text),
    ]),
    Shape::of(DS, "Manifest")
        .holds(&[some(&[(DS, "Reference")])])
        .with(&[may("Id", Type::Id)]),
    Shape::of(DS, "SignatureProperties")
        .holds(&[some(&[(DS, "SignatureProperty")])])
        .with(&[may("Id", Type::Id)]),
    Shape::of(DS, "SignatureProperty")
        .mixes(&[some(&[]).or_other()])
        .with(&[must("Target", Type::Text), may("Id", Type::Id)]),
    Shape::of(DS, "DSAKeyValue")
        .holds(&[
            maybe(&[(DS, "P")]),
            maybe(&[(DS, "Q")]),
            maybe(&[(DS, "G")]),
            one(&[(DS, "Y")]),
            maybe(&[(DS, "J")]),
            maybe(&[(DS, "Seed")]),
            maybe(&[(DS, "PgenCounter")]),
        ])
        .under(&[
            Rule::Both((DS, "P"), (DS, "Q")),
            Rule::Both((DS, "Seed"), (DS, "PgenCounter")),
        ]),
    number("P"),
    number("Q"),
    number("G"),
    number("Y"),
    number("J"),
    number("Seed"),
    number("PgenCounter"),
    Shape::of(DS, "RSAKeyValue").holds(&[one(&[(DS, "Modulus")]), one(&[(DS, "Exponent")])]),
    number("Modulus"),
    number("Exponent"),
];

pub(super) const KEYS: &[Part] = &[some(&[
    (DS, "KeyName"),
    (DS, "KeyValue"),
    (DS, "RetrievalMethod"),
    (DS, "X509Data"),
    (DS, "PGPData"),
    (DS, "SPKIData"),
    (DS, "MgmtData"),
])
.or_other()];
