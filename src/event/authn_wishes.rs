//! What an AuthnRequest asks of the answer (SAML core 3.4.1).
//!
//! What decides whether and where there is an answer stands in [`AuthnOrigin`](super::AuthnOrigin). This here is
//! compared with the answer once that is made.

use crate::time::Moment;

/// What an AuthnRequest asks of the answer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AuthnWishes {
    /// The user whom the answer is to be about.
    pub subject: Option<WantedSubject>,
    /// `SubjectConfirmation`s that are more than a plain bearer's, in words.
    pub confirmations: Vec<String>,
    /// How the assertion is to be limited.
    pub conditions: Option<WantedConditions>,
    /// How the user is to prove who they are.
    pub context: Option<WantedContext>,
    /// How often the login may be passed on to another identity provider.
    pub proxy_count: Option<u64>,
    /// `ProviderID`s of the identity providers that may prove who the user is; `None` if all may.
    pub providers: Option<Vec<String>>,
    /// When the request was made that wants the user to log in anew (`ForceAuthn`).
    pub anew_since: Option<Moment>,
    /// How the endpoint is named.
    pub endpoint: WantedEndpoint,
    /// `AttributeConsumingServiceIndex`, as it is written.
    pub attribute_index: Option<String>,
    /// `ProtocolBinding`
    pub binding: Option<String>,
    /// Names of the elements in `Extensions`.
    pub extensions: Vec<String>,
    /// Members that the schema does not have, in words.
    pub unknown: Vec<String>,
}

/// The user whom the answer is to be about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WantedSubject {
    /// The user with this name.
    Named(WantedName),
    /// A user whose identifier (`BaseID`) cannot be read.
    Unreadable,
}

/// `NameID` of a request's Subject (SAML core 2.2.3). A member that is empty is absent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WantedName {
    /// The text; empty if the element is.
    pub value: String,
    /// `Format`
    pub format: Option<String>,
    /// `NameQualifier`
    pub name_qualifier: Option<String>,
    /// `SPNameQualifier`
    pub sp_name_qualifier: Option<String>,
}

/// `RequestedAuthnContext` (SAML core 3.3.2.2.1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WantedContext {
    /// How the context of the answer is compared.
    pub comparison: Comparison,
    /// `AuthnContextClassRef`s, the most wanted first.
    pub classes: Vec<String>,
    /// `AuthnContextDeclRef`s
    pub declarations: Vec<String>,
}

/// `Comparison`
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Comparison {
    /// Stronger than every one of those named.
    Better,
    /// One of those named.
    Exact,
    /// One of those named, or a weaker one.
    Maximum,
    /// One of those named, or a stronger one.
    Minimum,
    /// A word that the standard does not have.
    Unknown(String),
}

/// `Conditions` of a request (SAML core 3.4.1).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WantedConditions {
    /// The assertion is not to be valid before.
    pub not_before: Option<Moment>,
    /// The assertion is not to be valid from then on.
    pub not_on_or_after: Option<Moment>,
    /// For each `AudienceRestriction` its audiences.
    pub audiences: Vec<Vec<String>>,
    /// Names of other conditions, and of those that cannot be read.
    pub others: Vec<String>,
}

/// How a request names the endpoint that the response goes to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum WantedEndpoint {
    /// Not at all.
    #[default]
    Default,
    /// By an index that the application has.
    Listed(u16),
    /// By an index, while the application lists no endpoints.
    Unlisted(u16),
    /// By its URL.
    Url,
}
