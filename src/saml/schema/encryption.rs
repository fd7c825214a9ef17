//! What is encrypted (XML Encryption 1.0, xenc-schema).

use super::shape::{Attribute, Name, Part, Rule, Shape, any, may, maybe, must, one, some};
use super::signature::{KEY_INFO, KEYS, TRANSFORMS};
use super::value::Type;

const XENC: &str = "http://www.w3.org/2001/04/xmlenc#";

/// `saml:EncryptedElementType`.
pub(super) const ENCRYPTED: &[Part] = &[one(&[(XENC, "EncryptedData")]), any(&[(XENC, "EncryptedKey")])];

/// `EncryptionMethod`, which metadata have in their own namespace.
pub(super) const fn method(namespace: &'static str) -> Shape {
    Shape::of(namespace, "EncryptionMethod")
        .mixes(METHOD_PARTS)
        .with(ALGORITHM)
}

const METHOD_PARTS: &[Part] = &[
    maybe(&[(XENC, "KeySize")]),
    maybe(&[(XENC, "OAEPparams")]),
    any(&[]).or_beside(XENC),
];
const ALGORITHM: &[Attribute] = &[must("Algorithm", Type::Text)];

const METHOD: Part = maybe(&[(XENC, "EncryptionMethod")]);
const KEY: Part = maybe(KEY_INFO);
const DATA: Part = one(&[(XENC, "CipherData")]);
const PROPERTIES: Part = maybe(&[(XENC, "EncryptionProperties")]);
const REFERENCES: &[Name] = &[(XENC, "DataReference"), (XENC, "KeyReference")];
const TYPED: &[Attribute] = &[
    may("Id", Type::Id),
    may("Type", Type::Text),
    may("MimeType", Type::Text),
    may("Encoding", Type::Text),
];

const fn number(local: &'static str) -> Shape {
    Shape::of(XENC, local).is(Type::Base64)
}

pub(super) const SHAPES: &[Shape] = &[
    Shape::of(XENC, "EncryptedData")
        .holds(&[METHOD, KEY, DATA, PROPERTIES])
        .with(TYPED),
    Shape::of(XENC, "EncryptedKey")
        .holds(&[
            METHOD,
            KEY,
            DATA,
            PROPERTIES,
            maybe(&[(XENC, "ReferenceList")]),
            maybe(&[(XENC, "CarriedKeyName")]),
        ])
        .with(&[
            may("Id", Type::Id),
            may("Type", Type::Text),
            may("MimeType", Type::Text),
            may("Encoding", Type::Text),
            may("Recipient", Type::Text),
        ]),
    method(XENC),
    Shape::of(XENC, "KeySize").is(Type::Integer),
    number("OAEPparams"),
    Shape::of(XENC, "CipherData").holds(&[one(&[(XENC, "CipherValue"), (XENC, "CipherReference")])]),
    number("CipherValue"),
    Shape::of(XENC, "CipherReference")
        .holds(&[maybe(&[(XENC, "Transforms")])])
        .with(&[must("URI", Type::Text)]),
    Shape::of(XENC, "Transforms").holds(TRANSFORMS),
    Shape::of(XENC, "CarriedKeyName").is(Type::Text),
    Shape::of(XENC, "ReferenceList").holds(&[some(REFERENCES)]),
    Shape::of(XENC, "DataReference")
        .holds(&[any(&[]).or_other()])
        .with(&[must("URI", Type::Text)]),
    Shape::of(XENC, "KeyReference")
        .holds(&[any(&[]).or_other()])
        .with(&[must("URI", Type::Text)]),
    Shape::of(XENC, "AgreementMethod")
        .mixes(&[
            maybe(&[(XENC, "KA-Nonce")]),
            any(&[]).or_other(),
            maybe(&[(XENC, "OriginatorKeyInfo")]),
            maybe(&[(XENC, "RecipientKeyInfo")]),
        ])
        .with(&[must("Algorithm", Type::Text)]),
    number("KA-Nonce"),
    Shape::of(XENC, "OriginatorKeyInfo")
        .mixes(KEYS)
        .with(&[may("Id", Type::Id)]),
    Shape::of(XENC, "RecipientKeyInfo")
        .mixes(KEYS)
        .with(&[may("Id", Type::Id)]),
    Shape::of(XENC, "EncryptionProperties")
        .holds(&[some(&[(XENC, "EncryptionProperty")])])
        .with(&[may("Id", Type::Id)]),
    Shape::of(XENC, "EncryptionProperty")
        .mixes(&[some(&[]).or_other()])
        .with(&[may("Target", Type::Text), may("Id", Type::Id)])
        .open(),
    Shape::of(XENC, "DHKeyValue")
        .holds(&[
            maybe(&[(XENC, "P")]),
            maybe(&[(XENC, "Q")]),
            maybe(&[(XENC, "Generator")]),
            one(&[(XENC, "Public")]),
            maybe(&[(XENC, "seed")]),
            maybe(&[(XENC, "pgenCounter")]),
        ])
        .under(&[
            Rule::Both((XENC, "P"), (XENC, "Q")),
            Rule::Both((XENC, "Q"), (XENC, "Generator")),
            Rule::Both((XENC, "seed"), (XENC, "pgenCounter")),
        ]),
    number("P"),
    number("Q"),
    number("Generator"),
    number("Public"),
    number("seed"),
    number("pgenCounter"),
];
