//! The SAML settings of an application.

use super::exported::exported;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

exported! {
    /// `addons.samlp` (semantics 4.2). Absent members take the platform's defaults.
    #[serde(rename_all = "camelCase")]
    SamlAddon {
        /// One audience or several.
        audience: Option<OneOrMany>,
        /// Issuer of responses.
        issuer: Option<String>,
        /// `Recipient` of the subject confirmation.
        recipient: Option<String>,
        /// `Destination` of the response.
        destination: Option<String>,
        /// Profile property to claim name, or names.
        mappings: Option<indexmap::IndexMap<String, OneOrMany>>,
        /// Default true.
        create_upn_claim: Option<bool>,
        /// Default true.
        passthrough_claims_with_no_mapping: Option<bool>,
        /// Default false.
        map_unknown_claims_as_is: Option<bool>,
        /// Default true.
        map_identities: Option<bool>,
        /// `rsa-sha256` or `rsa-sha1`; ours: `rsa-sha384 rsa-sha512 ecdsa-sha256 ecdsa-sha384 ecdsa-sha512`.
        signature_algorithm: Option<String>,
        /// `sha256` or `sha1`; ours: `sha384 sha512`.
        digest_algorithm: Option<String>,
        /// Default 3600.
        lifetime_in_seconds: Option<f64>,
        /// Sign the response instead of the assertion.
        sign_response: Option<bool>,
        /// Ours: beside `signResponse`, sign the assertion too.
        sign_assertion: Option<bool>,
        /// NameID format.
        name_identifier_format: Option<String>,
        /// Claim names to try for the NameID.
        name_identifier_probes: Option<Vec<String>>,
        /// Authentication context class.
        authn_context_class_ref: Option<String>,
        /// Default true.
        typed_attributes: Option<bool>,
        /// Default true.
        include_attribute_name_format: Option<bool>,
        /// Certificate that requests must be signed with, or several, any of which may have signed: a service
        /// provider that rolls its key publishes both.
        signing_cert: Option<OneOrMany>,
        /// Certificate to encrypt for.
        encryption_cert: Option<String>,
        /// Public key to encrypt for.
        encryption_public_key: Option<String>,
        /// `aes256-cbc` or `aes256-gcm`; ours: `aes128-cbc aes128-gcm`.
        encryption_algorithm: Option<String>,
        /// Ours: `rsa-oaep-mgf1p` (default) or `rsa-oaep`, which is with SHA-256.
        key_encryption_algorithm: Option<String>,
        /// Ours: how many seconds NotBefore lies before the login, for service providers whose clock is slow.
        not_before_skew_seconds: Option<f64>,
        /// Ours: seconds after which the service provider's session ends, or `true` for the end of the user's
        /// session here.
        session_not_on_or_after: Option<SessionEnd>,
        /// Ours: `probes` (default), `pairwise` or `transient`.
        name_identifier_source: Option<String>,
        /// Ours: whether the request's NameIDPolicy chooses the format.
        honor_name_id_policy: Option<bool>,
        /// Ours: `NameQualifier` of the NameID.
        name_qualifier: Option<String>,
        /// Ours: `SPNameQualifier` of the NameID.
        #[serde(rename = "spNameQualifier")]
        sp_name_qualifier: Option<String>,
        /// Ours: `FriendlyName` by attribute name.
        friendly_names: Option<indexmap::IndexMap<String, String>>,
        /// Ours: type of the values by attribute name, such as `xs:integer`.
        attribute_types: Option<indexmap::IndexMap<String, String>>,
        /// Signing certificate instead of the tenant's.
        cert: Option<String>,
        /// Signing key instead of the tenant's.
        key: Option<String>,
        /// RelayState instead of the request's.
        relay_state: Option<String>,
        /// Single logout.
        logout: Option<Value>,
        /// Binding of logout responses.
        binding: Option<String>,
        /// Ours: the service provider's name, the Issuer of its requests (SAML metadata 2.3.2).
        entity_id: Option<String>,
        /// Ours: where responses may be posted, by index (SAML metadata 2.4.4).
        assertion_consumer_services: Option<Vec<AssertionConsumerService>>,
    }
}

/// One endpoint that takes responses by HTTP-POST (SAML metadata 2.2.3). Its URL is among the client's
/// callbacks too.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AssertionConsumerService {
    /// What `AssertionConsumerServiceIndex` of a request names.
    pub index: u16,
    /// Where the response is posted.
    pub url: String,
    /// Whether it is the one for requests that name none.
    #[serde(default)]
    pub is_default: bool,
}

/// When the service provider's session ends.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged, expecting = "expected a number of seconds, or true")]
pub enum SessionEnd {
    /// Seconds after the login.
    Seconds(f64),
    /// With the user's session; `false` is as if absent.
    WithSession(bool),
}

/// A string, or a list of them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged, expecting = "expected a string or an array of strings")]
pub enum OneOrMany {
    /// One.
    One(String),
    /// Several, in order.
    Many(Vec<String>),
}

impl OneOrMany {
    /// All of them, in order.
    pub fn as_slice(&self) -> &[String] {
        match self {
            Self::One(one) => std::slice::from_ref(one),
            Self::Many(many) => many,
        }
    }
}
