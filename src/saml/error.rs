//! Why there is no response.

use crate::login::{Refusal, RequestFault};
use crate::saml_setting::UnusableSetting;
use crate::xml::IllegalCharacter;

/// Why there is no response.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{description}")]
pub struct SamlError {
    /// What is wrong.
    pub kind: SamlErrorKind,
    /// Stable, such as `saml_encryption_incomplete`.
    pub code: &'static str,
    /// What is wrong, where, and what to do. Holds no key.
    pub description: String,
}

/// What is wrong where there is no response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SamlErrorKind {
    /// Settings that contradict each other or cannot be carried out.
    Config,
    /// No attribute yields a NameID.
    NameId,
    /// The request cannot be answered.
    Request(RequestFault),
}

impl SamlError {
    pub(super) fn config(code: &'static str, description: impl Into<String>) -> Self {
        Self {
            kind: SamlErrorKind::Config,
            code,
            description: description.into(),
        }
    }

    pub(super) fn name_id(description: String) -> Self {
        Self {
            kind: SamlErrorKind::NameId,
            code: "name_id",
            description,
        }
    }

    pub(super) fn request(fault: RequestFault, description: String) -> Self {
        Self {
            kind: SamlErrorKind::Request(fault),
            code: fault.code(),
            description,
        }
    }
}

impl From<UnusableSetting<'_>> for SamlError {
    fn from(unusable: UnusableSetting<'_>) -> Self {
        Self::config(unusable.code(), unusable.to_string())
    }
}

impl From<IllegalCharacter> for SamlError {
    fn from(illegal: IllegalCharacter) -> Self {
        Self::config("xml_character", illegal.to_string())
    }
}

impl From<SamlError> for Refusal {
    fn from(
        SamlError {
            kind, description, ..
        }: SamlError,
    ) -> Self {
        match kind {
            SamlErrorKind::Config => Self::SamlConfig { description },
            SamlErrorKind::NameId => Self::NameId { description },
            SamlErrorKind::Request(fault) => Self::SamlRequest { fault, description },
        }
    }
}
