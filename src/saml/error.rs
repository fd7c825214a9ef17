//! Why there is no response.

use crate::login::RefusalKind;
use crate::xml::IllegalCharacter;

/// Why there is no response.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{description}")]
pub struct SamlError {
    /// `SamlConfig`, `NameId` or `SamlRequest`.
    pub kind: RefusalKind,
    /// Stable, such as `saml_encryption_incomplete`.
    pub code: &'static str,
    /// What is wrong, where, and what to do. Holds no key.
    pub description: String,
}

impl SamlError {
    pub(super) fn new(kind: RefusalKind, code: &'static str, description: impl Into<String>) -> Self {
        Self {
            kind,
            code,
            description: description.into(),
        }
    }

    pub(super) fn config(code: &'static str, description: impl Into<String>) -> Self {
        Self::new(RefusalKind::SamlConfig, code, description)
    }
}

impl From<IllegalCharacter> for SamlError {
    fn from(illegal: IllegalCharacter) -> Self {
        Self::config("xml_character", illegal.to_string())
    }
}
