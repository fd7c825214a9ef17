//! Values that a setting may not have, and why.

use crate::algorithm::Listed;
use crate::keys::PemError;
use crate::web_url::{UrlFault, shown_url};
use std::fmt;

/// Why a value is none that a setting may have.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum ValueError {
    /// A PEM text that cannot be used, or several of a list.
    Pem {
        /// Of the first.
        first: PemError,
        /// Of the others.
        others: Vec<PemError>,
    },
    /// Seconds that are not whole, or out of range.
    Seconds {
        /// At least.
        least: u32,
        /// At most.
        most: u32,
        /// What was set.
        found: f64,
    },
    /// A word that is not among those of the setting.
    Unknown {
        /// What the word should name, such as `algorithm`.
        what: &'static str,
        /// What was set.
        asked: String,
        /// All that may be set, in the order of messages.
        known: Vec<&'static str>,
    },
    /// A URL that no browser may be sent to.
    Url {
        /// As it was set.
        url: String,
        /// Why.
        fault: UrlFault,
    },
}

impl ValueError {
    /// The word `asked` is none of `known`.
    pub(crate) fn unknown<T: Listed>(
        what: &'static str,
        asked: &str,
        known: impl Iterator<Item = T>,
    ) -> Self {
        Self::Unknown {
            what,
            asked: asked.to_owned(),
            known: known.map(T::setting_name).collect(),
        }
    }

    /// What is wrong, as a sentence about the setting that `name` names.
    pub(crate) fn about(&self, name: &str) -> String {
        match self {
            Self::Seconds { .. } | Self::Url { .. } => format!("{name} {self}"),
            _ => format!("{name}: {self}"),
        }
    }
}

impl From<PemError> for ValueError {
    fn from(error: PemError) -> Self {
        Self::Pem {
            first: error,
            others: Vec::new(),
        }
    }
}

impl std::error::Error for ValueError {}

impl fmt::Display for ValueError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Pem { first, .. } => first.fmt(formatter),
            Self::Seconds { least, most, found } => {
                write!(
                    formatter,
                    "must be a whole number from {least} to {most}, got {found}"
                )
            }
            Self::Unknown { what, asked, known } => {
                write!(
                    formatter,
                    "unknown {what} '{asked}'; known are {}",
                    known.join(", ")
                )
            }
            Self::Url { url, fault } => write!(formatter, "{} {fault}", shown_url(url)),
        }
    }
}

/// A setting of an add-on that cannot be had.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct UnusableSetting<'a> {
    /// The member of the add-on, such as `signatureAlgorithm`.
    pub member: &'static str,
    /// The attribute that it is for, in settings of single attributes.
    pub attribute: Option<&'a str>,
    /// Why.
    pub error: &'a ValueError,
}

impl UnusableSetting<'_> {
    /// The code of the refusal of a login that needs the setting.
    pub fn code(&self) -> &'static str {
        match self.error {
            ValueError::Pem { .. } => "saml_pem",
            ValueError::Seconds { .. } => "saml_lifetime",
            ValueError::Unknown { .. } if self.attribute.is_some() => "saml_attribute_type",
            ValueError::Unknown { .. } => "saml_algorithm",
            ValueError::Url { .. } => "saml_url",
        }
    }
}

impl fmt::Display for UnusableSetting<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = format!("add-on samlp.{}", self.member);
        match (self.attribute, self.error) {
            (Some(attribute), ValueError::Unknown { what, asked, known }) => write!(
                formatter,
                "{name}: unknown {what} '{asked}' of '{attribute}'; known are {}",
                known.join(", ")
            ),
            _ => formatter.write_str(&self.error.about(&name)),
        }
    }
}
