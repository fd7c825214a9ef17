//! What an inspection compares with. Whatever is given is compared, or the report says that it could not be and
//! fails; "not checked" is for checks that were not asked for.

use super::jwk::Jwk;
use crate::keys::{Certificate, PrivateKey};
use crate::saml::inbound::Sha1Policy;
use crate::saml::metadata::Signers;
use crate::tenant::{RequestedAttribute, SubjectIdRequirement};
use crate::time::Moment;
use std::num::NonZeroUsize;

/// The values to compare the input with.
#[derive(Clone, Debug)]
pub struct Expected {
    /// The time at which the input is checked.
    pub now: Moment,
    /// Who chose that time.
    pub now_from: TimeSource,
    /// The number of the message, from 1, where the input holds several. Without it the first one is inspected, and
    /// the report lists the others.
    pub pick: Option<NonZeroUsize>,
    /// The expected audience: entity id of the service provider, client id, or identifier of the API. Of a tenant it
    /// is the service provider of responses and assertions.
    pub audience: Wanted<String>,
    /// The audience of an ID token or a logout token, where `audience` was not asked for, and the client that asked
    /// for an access token.
    pub client_id: Wanted<String>,
    /// The issuer of responses and assertions.
    pub issuer: Wanted<String>,
    /// The issuer of tokens.
    pub token_issuer: Wanted<String>,
    /// The issuer of requests.
    pub requester: Wanted<String>,
    /// Assertion consumer services that a request may ask for; any of them.
    pub acs_urls: Wanted<Vec<String>>,
    /// Assertion consumer services that a request may ask for by index. Empty where an index means nothing.
    pub acs_indexes: Vec<(u16, String)>,
    /// What `Recipient` may be; any of them.
    pub recipients: Wanted<Vec<String>>,
    /// What `Destination` of a response may be; any of them.
    pub destinations: Wanted<Vec<String>>,
    /// Where requests are sent. Of a tenant it is where AuthnRequests are sent.
    pub endpoint: Wanted<String>,
    /// The ID of the request that the response answers.
    pub request_id: Wanted<String>,
    /// OIDC nonce of the request.
    pub nonce: Wanted<String>,
    /// The attributes that the service provider asks for; empty where it does not say.
    pub attributes: Vec<RequestedAttribute>,
    /// The subject identifier that it needs.
    pub subject_id: Option<SubjectIdRequirement>,
    /// Certificates that may sign responses, assertions and metadata.
    pub certificates: Wanted<Vec<Certificate>>,
    /// Certificates that may sign requests.
    pub request_certificates: Wanted<Vec<Certificate>>,
    /// Certificates that may sign tokens. They have no key ids, so they are tried whatever the token names.
    pub token_certificates: Wanted<Vec<Certificate>>,
    /// Metadata whose signing certificates are among those above: they show which roles have no certificate.
    pub metadata: Vec<Signers>,
    /// What the receiver of requests and logout messages does about SHA-1 in a signature that it checks.
    pub request_sha1: Sha1Policy,
    /// The receiver's private key, which opens what is encrypted.
    pub key: Wanted<PrivateKey>,
    /// Keys that may sign tokens.
    pub jwks: Wanted<Vec<Jwk>>,
    /// Secrets of HS256 and its siblings, any of which may have signed.
    pub secrets: Wanted<Vec<Secret>>,
}

impl Expected {
    /// Nothing but the moment.
    pub fn at(now: Moment) -> Self {
        Self {
            now,
            now_from: TimeSource::Clock,
            pick: None,
            audience: Wanted::Nothing,
            client_id: Wanted::Nothing,
            issuer: Wanted::Nothing,
            token_issuer: Wanted::Nothing,
            requester: Wanted::Nothing,
            acs_urls: Wanted::Nothing,
            acs_indexes: Vec::new(),
            recipients: Wanted::Nothing,
            destinations: Wanted::Nothing,
            endpoint: Wanted::Nothing,
            request_id: Wanted::Nothing,
            nonce: Wanted::Nothing,
            attributes: Vec::new(),
            subject_id: None,
            certificates: Wanted::Nothing,
            request_certificates: Wanted::Nothing,
            token_certificates: Wanted::Nothing,
            metadata: Vec::new(),
            request_sha1: Sha1Policy::Accept,
            key: Wanted::Nothing,
            jwks: Wanted::Nothing,
            secrets: Wanted::Nothing,
        }
    }
}

/// Something to compare with, and how far the question goes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Wanted<T> {
    /// Asked for by an option: the check is made on every input, and fails where there is nothing to compare.
    Asked(T),
    /// Not asked for.
    #[default]
    Nothing,
    /// Known from a tenant: the check is made on the kinds of messages that the tenant issues or receives.
    OfTenant(T),
}

impl<T> Wanted<T> {
    /// The value to compare with, of an option or of the tenant.
    pub fn value(&self) -> Option<&T> {
        match self {
            Self::Asked(value) | Self::OfTenant(value) => Some(value),
            Self::Nothing => None,
        }
    }

    /// The value of an option.
    pub fn asked(&self) -> Option<&T> {
        match self {
            Self::Asked(value) => Some(value),
            Self::Nothing | Self::OfTenant(_) => None,
        }
    }
}

impl Wanted<String> {
    /// The text to compare with.
    pub fn text(&self) -> Option<&str> {
        self.value().map(String::as_str)
    }
}

impl<T> Wanted<Vec<T>> {
    /// Any of these; none if nothing is given.
    pub fn any_of(&self) -> &[T] {
        self.value().map_or(&[], Vec::as_slice)
    }
}

/// Who chose the time at which the input is checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TimeSource {
    /// An option gave the time, so it asks whether the input is valid then.
    Given,
    /// The time is the present.
    Clock,
}

/// A secret that signs tokens with an HMAC. Its `Debug` output never shows it.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret {
    bytes: Vec<u8>,
    /// The audience that the secret signs for, with HS256 alone; `None` is a secret that was given for every input.
    audience: Option<String>,
}

impl Secret {
    /// A secret that may have signed the input, whatever its audience is.
    pub fn of(bytes: Vec<u8>) -> Self {
        Self {
            bytes,
            audience: None,
        }
    }

    /// The secret of a client or API that signs with HS256. Whoever knows it can sign, so it counts for the tokens
    /// of this audience only.
    pub fn for_audience(bytes: Vec<u8>, audience: impl Into<String>) -> Self {
        Self {
            bytes,
            audience: Some(audience.into()),
        }
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    pub(super) fn audience(&self) -> Option<&str> {
        self.audience.as_deref()
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Secret")
            .field("audience", &self.audience)
            .finish_non_exhaustive()
    }
}
