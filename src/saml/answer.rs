//! What is posted to the service provider.

use super::name_id::NameId;
use super::requested::Requested;
use std::ops::Range;

/// What is posted to the service provider, and its parts for people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SamlAnswer {
    /// Where the browser posts it; no setting of an Action changes this (semantics 4.9).
    pub acs_url: String,
    /// Posted beside the response; empty if there is none.
    pub relay_state: String,
    /// `xml` in base64 without line breaks.
    pub response: String,
    /// The `samlp:Response`.
    pub xml: String,
    /// ID of the request that it answers; absent where no request came.
    pub in_response_to: Option<String>,
    /// What the request asked for beside what this has; empty in a refusal, and where no request is answered.
    pub requested: Vec<Requested>,
    /// The assertion; absent in a refusal.
    pub(super) asserted: Option<Asserted>,
}

/// Whom the assertion is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subject {
    /// The name that the service provider knows the user by.
    pub name_id: NameId,
    /// `SessionIndex`; absent where the login has no session.
    pub session_index: Option<String>,
    /// Issuer of the request that was answered.
    pub service_provider: Option<String>,
}

/// An assertion that was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Asserted {
    pub subject: Subject,
    pub place: Place,
}

/// Where the assertion stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// Encrypted in the response; this is what it was before.
    Encrypted(String),
    /// In the response, at these bytes.
    Plain(Range<usize>),
}

impl SamlAnswer {
    /// The assertion before encryption, with its signature if it has one; absent in a refusal.
    pub fn assertion_xml(&self) -> Option<&str> {
        Some(match &self.asserted.as_ref()?.place {
            Place::Encrypted(assertion) => assertion,
            Place::Plain(range) => &self.xml[range.clone()],
        })
    }

    /// Whom the assertion is about; absent in a refusal.
    pub fn subject(&self) -> Option<&Subject> {
        Some(&self.asserted.as_ref()?.subject)
    }
}
