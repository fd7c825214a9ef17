//! `api.samlResponse`: attributes and settings (semantics 4.2 and 4.3).

mod parse;

pub(super) use parse::parse;

use crate::algorithm::{ContentCipher, Digest, KeyEncryption, SignatureMethod};
use crate::keys::{Certificate, PrivateKey, PublicKey};
use serde::{Deserialize, Serialize};

/// One attribute value, with the JavaScript type that its XML type comes from.
#[derive(Clone, Debug, PartialEq)]
pub enum SamlScalar {
    /// `xs:boolean`.
    Boolean(bool),
    /// `xs:double`; may be NaN, never infinite.
    Number(f64),
    /// `xs:string`.
    Text(String),
}

impl SamlScalar {
    /// The text as JavaScript's string conversion writes it (semantics 4.7).
    pub fn text(&self) -> String {
        match self {
            Self::Boolean(flag) => flag.to_string(),
            Self::Number(number) => ryu_js::Buffer::new().format(*number).to_owned(),
            Self::Text(text) => text.clone(),
        }
    }
}

/// What `samlResponse.*` asks for; one slot for each setter, one for each attribute name.
#[derive(Clone, Debug)]
pub enum SamlSetting {
    /// `setAttribute(attribute, value)`; no values remove the attribute.
    Attribute {
        /// Used as is, at most 1 kB.
        name: String,
        /// Empty for a removal.
        values: Vec<SamlScalar>,
    },
    /// `setAudience`.
    Audience(String),
    /// `setAuthnContextClassRef`.
    AuthnContextClassRef(String),
    /// `setCert`.
    Cert(Certificate),
    /// `setCreateUpnClaim`.
    CreateUpnClaim(bool),
    /// `setDestination`.
    Destination(String),
    /// `setDigestAlgorithm`.
    DigestAlgorithm(Digest),
    /// `setEncryptionAlgorithm`.
    EncryptionAlgorithm(ContentCipher),
    /// `setEncryptionCert`.
    EncryptionCert(Certificate),
    /// `setEncryptionPublicKey`.
    EncryptionPublicKey(PublicKey),
    /// `setIncludeAttributeNameFormat`.
    IncludeAttributeNameFormat(bool),
    /// `setIssuer`.
    Issuer(String),
    /// `setKey`.
    Key(PrivateKey),
    /// `setLifetimeInSeconds`.
    LifetimeInSeconds(u32),
    /// `setMapIdentities`.
    MapIdentities(bool),
    /// `setMapUnknownClaimsAsIs`.
    MapUnknownClaimsAsIs(bool),
    /// `setNameIdentifierFormat`.
    NameIdentifierFormat(String),
    /// `setNameIdentifierProbes`.
    NameIdentifierProbes(Vec<String>),
    /// `setPassthroughClaimsWithNoMapping`.
    PassthroughClaimsWithNoMapping(bool),
    /// `setRecipient`.
    Recipient(String),
    /// `setRelayState`.
    RelayState(String),
    /// `setSignResponse`.
    SignResponse(bool),
    /// `setSignatureAlgorithm`.
    SignatureAlgorithm(SignatureMethod),
    /// `setSigningCert`.
    SigningCert(Certificate),
    /// `setTypedAttributes`.
    TypedAttributes(bool),
    /// Ours: `setAttributeFriendlyName(attribute, friendlyName)`.
    AttributeFriendlyName {
        /// The attribute's name.
        attribute: String,
        /// For people.
        friendly_name: String,
    },
    /// Ours: `setAttributeType(attribute, type)`.
    AttributeType {
        /// The attribute's name.
        attribute: String,
        /// Of every value.
        kind: ValueType,
    },
    /// Ours: `setAudiences`, several instead of one.
    Audiences(Vec<String>),
    /// Ours: `setKeyEncryptionAlgorithm`.
    KeyEncryptionAlgorithm(KeyEncryption),
    /// Ours: `setNameIdentifierSource`.
    NameIdentifierSource(NameIdSource),
    /// Ours: `setNameQualifier`.
    NameQualifier(String),
    /// Ours: `setNotBeforeSkewSeconds`.
    NotBeforeSkewSeconds(u32),
    /// Ours: `setSPNameQualifier`.
    SpNameQualifier(String),
    /// Ours: `setSessionNotOnOrAfter`, seconds from the login.
    SessionNotOnOrAfter(u32),
    /// Ours: `setSignAssertion`, which beside `setSignResponse` signs both.
    SignAssertion(bool),
}

/// Where the NameID comes from; ours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum NameIdSource {
    /// A keyed hash of user and service provider: always the same, and another one elsewhere.
    Pairwise,
    /// The first probe with a value, as on the platform.
    #[default]
    Probes,
    /// A new one for each login.
    Transient,
}

/// What the values of an attribute are said to be; ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ValueType {
    /// A URI.
    #[serde(rename = "xs:anyURI")]
    AnyUri,
    /// Anything.
    #[serde(rename = "xs:anyType")]
    AnyType,
    /// Base64.
    #[serde(rename = "xs:base64Binary")]
    Base64Binary,
    /// `true`, `false`, `1` or `0`.
    #[serde(rename = "xs:boolean")]
    Boolean,
    /// `2026-01-31`
    #[serde(rename = "xs:date")]
    Date,
    /// `2026-01-31T12:00:00Z`
    #[serde(rename = "xs:dateTime")]
    DateTime,
    /// A decimal number.
    #[serde(rename = "xs:decimal")]
    Decimal,
    /// A floating-point number.
    #[serde(rename = "xs:double")]
    Double,
    /// A whole number.
    #[serde(rename = "xs:integer")]
    Integer,
    /// Any text.
    #[serde(rename = "xs:string")]
    String,
}

impl SamlSetting {
    /// What the trace calls it: `saml/attribute:<name>`, or `saml/<setting>` such as `saml/signResponse`.
    pub fn target(&self) -> String {
        let setter = match self {
            // One slot: whichever was called last says who may read the assertion.
            Self::Audiences(_) => "setAudience",
            setting => setting.setter(),
        };
        let attribute = match self {
            Self::Attribute { name: attribute, .. }
            | Self::AttributeFriendlyName { attribute, .. }
            | Self::AttributeType { attribute, .. } => Some(attribute),
            _ => None,
        };
        let length = "saml/:".len() + setter.len() + attribute.map_or(0, String::len);
        let mut target = String::with_capacity(length);
        target.push_str("saml/");
        target.push_str(&setter["set".len()..]);
        target["saml/".len()..="saml/".len()].make_ascii_lowercase();
        if let Some(attribute) = attribute {
            target.push(':');
            target.push_str(attribute);
        }
        target
    }

    /// The setter's name after `samlResponse.`, such as `setAudience`.
    pub const fn setter(&self) -> &'static str {
        match self {
            Self::Attribute { .. } => "setAttribute",
            Self::Audience(_) => "setAudience",
            Self::AuthnContextClassRef(_) => "setAuthnContextClassRef",
            Self::Cert(_) => "setCert",
            Self::CreateUpnClaim(_) => "setCreateUpnClaim",
            Self::Destination(_) => "setDestination",
            Self::DigestAlgorithm(_) => "setDigestAlgorithm",
            Self::EncryptionAlgorithm(_) => "setEncryptionAlgorithm",
            Self::EncryptionCert(_) => "setEncryptionCert",
            Self::EncryptionPublicKey(_) => "setEncryptionPublicKey",
            Self::IncludeAttributeNameFormat(_) => "setIncludeAttributeNameFormat",
            Self::Issuer(_) => "setIssuer",
            Self::Key(_) => "setKey",
            Self::LifetimeInSeconds(_) => "setLifetimeInSeconds",
            Self::MapIdentities(_) => "setMapIdentities",
            Self::MapUnknownClaimsAsIs(_) => "setMapUnknownClaimsAsIs",
            Self::NameIdentifierFormat(_) => "setNameIdentifierFormat",
            Self::NameIdentifierProbes(_) => "setNameIdentifierProbes",
            Self::PassthroughClaimsWithNoMapping(_) => "setPassthroughClaimsWithNoMapping",
            Self::Recipient(_) => "setRecipient",
            Self::RelayState(_) => "setRelayState",
            Self::SignResponse(_) => "setSignResponse",
            Self::SignatureAlgorithm(_) => "setSignatureAlgorithm",
            Self::SigningCert(_) => "setSigningCert",
            Self::TypedAttributes(_) => "setTypedAttributes",
            Self::AttributeFriendlyName { .. } => "setAttributeFriendlyName",
            Self::AttributeType { .. } => "setAttributeType",
            Self::Audiences(_) => "setAudiences",
            Self::KeyEncryptionAlgorithm(_) => "setKeyEncryptionAlgorithm",
            Self::NameIdentifierSource(_) => "setNameIdentifierSource",
            Self::NameQualifier(_) => "setNameQualifier",
            Self::NotBeforeSkewSeconds(_) => "setNotBeforeSkewSeconds",
            Self::SpNameQualifier(_) => "setSPNameQualifier",
            Self::SessionNotOnOrAfter(_) => "setSessionNotOnOrAfter",
            Self::SignAssertion(_) => "setSignAssertion",
        }
    }
}
