//! What the metadata of a service provider says (SAML metadata 2.4.4).

use crate::keys::Certificate;
use crate::tenant::{AccessCategory, AttributeConsumingService, RequestedAttribute, SubjectIdRequirement};

/// A service provider as its metadata describes it.
#[derive(Clone, Debug)]
pub struct ServiceProvider {
    /// `entityID`.
    pub entity_id: String,
    /// What people call it, where it says so.
    pub display_name: Option<String>,
    /// Where responses may be posted: the default one first, the others by index; never empty.
    pub endpoints: Vec<Endpoint>,
    /// Keys that may have signed its messages.
    pub signing: Vec<Certificate>,
    /// Keys that assertions may be encrypted for.
    pub encryption: Vec<EncryptionKey>,
    /// `AuthnRequestsSigned`.
    pub requests: Requests,
    /// `WantAssertionsSigned`.
    pub assertions: Assertions,
    /// `NameIDFormat`, in its order of preference.
    pub name_id_formats: Vec<String>,
    /// What it asks to be told about users: the default set first.
    pub attribute_services: Vec<AttributeConsumingService>,
    /// Which subject identifier it needs.
    pub subject_id: Option<SubjectIdRequirement>,
    /// Whether it is for users whom it does not know.
    pub access: Option<AccessCategory>,
    /// What it verifies signatures with.
    pub algorithms: Algorithms,
    /// Where logout messages go; HTTP-POST first.
    pub logout: Option<LogoutEndpoint>,
    /// Whether the metadata's own signature was checked.
    pub trust: Trust,
    /// What is valid and not used.
    pub left: Vec<Left>,
    /// What is legal but unwise; one sentence each.
    pub warnings: Vec<String>,
}

/// How far the metadata can be trusted.
#[derive(Clone, Debug)]
pub enum Trust {
    /// As far as the way it came.
    Unchecked,
    /// This certificate's key signed it.
    Verified(Certificate),
}

/// One `AssertionConsumerService` with the binding HTTP-POST.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    /// What a request may name instead of the URL.
    pub index: u16,
    /// An absolute http or https URL.
    pub url: String,
}

/// One key to encrypt for.
#[derive(Clone, Debug)]
pub struct EncryptionKey {
    /// The certificate.
    pub certificate: Certificate,
    /// `EncryptionMethod`, in order; empty where the service provider does not say.
    pub methods: Vec<EncryptionMethod>,
}

/// One `EncryptionMethod`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EncryptionMethod {
    /// URI of the cipher or the key transport.
    pub algorithm: String,
    /// URIs of the digests that the key transport is restricted to.
    pub digests: Vec<String>,
    /// URIs of the mask generation functions that it is restricted to.
    pub masks: Vec<String>,
}

/// Whether the service provider signs its requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Requests {
    /// It may, but does not promise to.
    Any,
    /// All of them.
    Signed,
}

/// Whether the service provider wants assertions to carry a signature of their own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Assertions {
    /// A signed response is enough.
    Any,
    /// Yes.
    Signed,
}

/// The algorithms of signatures that a service provider verifies (SAML metadata for algorithm support 1.0); a list is
/// empty where it does not say.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Algorithms {
    /// `alg:SigningMethod`, in its order of preference.
    pub signing: Vec<SigningMethod>,
    /// `alg:DigestMethod`, in its order of preference: URIs.
    pub digests: Vec<String>,
}

/// One `alg:SigningMethod`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SigningMethod {
    /// URI.
    pub algorithm: String,
    /// Bits that a key must have at least.
    pub min_key_size: Option<u32>,
    /// Bits that a key may have at most.
    pub max_key_size: Option<u32>,
}

impl ServiceProvider {
    /// The attributes of the default set.
    pub fn attributes(&self) -> &[RequestedAttribute] {
        let default = self.attribute_services.first();
        default.map_or(&[], |service| &service.attributes)
    }
}

/// One `SingleLogoutService` in the browser.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogoutEndpoint {
    /// URI of the binding: HTTP-POST or HTTP-Redirect.
    pub binding: &'static str,
    /// Where requests go.
    pub url: String,
    /// Where responses go, if elsewhere.
    pub response_url: Option<String>,
}

/// Something of the metadata that is not used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Left {
    /// The element.
    pub what: String,
    /// Why.
    pub reason: String,
}
