//! What the metadata of a service provider says (SAML metadata 2.4.4).

use crate::keys::Certificate;

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
    /// What it asks to be told about users.
    pub attributes: Vec<RequestedAttribute>,
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

/// One `RequestedAttribute`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestedAttribute {
    /// `Name`.
    pub name: String,
    /// `FriendlyName`.
    pub friendly_name: Option<String>,
    /// `isRequired`.
    pub need: Need,
}

/// How much the service provider needs an attribute.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    /// It does without.
    Optional,
    /// It does not work without.
    Required,
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
