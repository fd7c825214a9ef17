//! What an inspection compares with; whatever is not given is not checked, and the report says so.

use super::jose::Jwk;
use crate::keys::{Certificate, PrivateKey};
use crate::saml::inbound::Sha1Policy;
use crate::saml::metadata::Signers;
use chrono::{DateTime, Utc};

/// What is known beside the thing that is inspected.
#[derive(Clone, Debug)]
pub struct Expected {
    /// The moment at which it is judged.
    pub now: DateTime<Utc>,
    /// Whom it is for: entity id of the service provider, client id, or identifier of the API.
    pub audience: Option<String>,
    /// Whom an ID token or a logout token is for, where `audience` does not say.
    pub client_id: Option<String>,
    /// Who issues responses and assertions.
    pub issuer: Option<String>,
    /// Who issues tokens.
    pub token_issuer: Option<String>,
    /// Who sends requests.
    pub requester: Option<String>,
    /// Assertion consumer services that a request may ask for; any of them.
    pub acs_urls: Vec<String>,
    /// What `Recipient` may be; any of them.
    pub recipients: Vec<String>,
    /// What `Destination` of a response may be; any of them.
    pub destinations: Vec<String>,
    /// Where requests are sent.
    pub endpoint: Option<String>,
    /// The request that is answered.
    pub request_id: Option<String>,
    /// OIDC nonce of the request.
    pub nonce: Option<String>,
    /// Certificates that may sign responses, assertions and metadata.
    pub certificates: Vec<Certificate>,
    /// Certificates that may sign requests.
    pub request_certificates: Vec<Certificate>,
    /// Metadata whose signing certificates are among those above: they say in which roles there are none.
    pub metadata: Vec<Signers>,
    /// What the receiver of requests and logout messages does about SHA-1 in a signature that it checks.
    pub request_sha1: Sha1Policy,
    /// The receiver's private key, which opens what is encrypted.
    pub key: Option<PrivateKey>,
    /// Keys that may sign tokens.
    pub jwks: Vec<Jwk>,
    /// Secrets of HS256 and its siblings, any of which may have signed.
    pub secrets: Vec<Vec<u8>>,
}

impl Expected {
    /// Nothing but the moment.
    pub fn at(now: DateTime<Utc>) -> Self {
        Self {
            now,
            audience: None,
            client_id: None,
            issuer: None,
            token_issuer: None,
            requester: None,
            acs_urls: Vec::new(),
            recipients: Vec::new(),
            destinations: Vec::new(),
            endpoint: None,
            request_id: None,
            nonce: None,
            certificates: Vec::new(),
            request_certificates: Vec::new(),
            metadata: Vec::new(),
            request_sha1: Sha1Policy::Accept,
            key: None,
            jwks: Vec::new(),
            secrets: Vec::new(),
        }
    }
}
