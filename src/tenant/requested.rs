//! What a service provider needs to be told about users, as its application keeps it (SAML metadata 2.4.4.1, Subject
//! Identifier Attributes 1.0 section 2).

use serde::{Deserialize, Serialize};

/// One set of attributes that a service provider asks for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AttributeConsumingService {
    /// What `AttributeConsumingServiceIndex` of a request names; absent where the metadata gives none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub index: Option<u16>,
    /// Whether it is the one for requests that name none.
    #[serde(default, skip_serializing_if = "is_false")]
    pub is_default: bool,
    /// The attributes, in order.
    #[serde(default)]
    pub attributes: Vec<RequestedAttribute>,
}

/// One `RequestedAttribute`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RequestedAttribute {
    /// `Name`.
    pub name: String,
    /// `FriendlyName`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub friendly_name: Option<String>,
    /// Whether the service provider does not work without it.
    #[serde(default, skip_serializing_if = "is_false")]
    pub is_required: bool,
}

impl RequestedAttribute {
    /// The name, with the one for people where there is another.
    pub fn shown(&self) -> String {
        match &self.friendly_name {
            Some(friendly) if *friendly != self.name => format!("{} \"{friendly}\"", self.name),
            _ => self.name.clone(),
        }
    }
}

/// Which subject identifier a service provider needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SubjectIdRequirement {
    /// Either of the two.
    Any,
    /// Neither.
    None,
    /// One that no other service provider has for the user.
    PairwiseId,
    /// One that all service providers have for the user.
    SubjectId,
}

impl SubjectIdRequirement {
    /// What metadata calls it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Any => "any",
            Self::None => "none",
            Self::PairwiseId => "pairwise-id",
            Self::SubjectId => "subject-id",
        }
    }

    /// The requirement that metadata calls `name`.
    pub fn from_name(name: &str) -> Option<Self> {
        let all = [Self::Any, Self::None, Self::PairwiseId, Self::SubjectId];
        all.into_iter().find(|known| known.name() == name)
    }

    /// The attributes any of which meets it; none where nothing is needed.
    pub const fn attributes(self) -> &'static [&'static str] {
        match self {
            Self::Any => &[SUBJECT_ID, PAIRWISE_ID],
            Self::None => &[],
            Self::PairwiseId => &[PAIRWISE_ID],
            Self::SubjectId => &[SUBJECT_ID],
        }
    }
}

/// How much a service provider may learn of who a user is, by the categories of REFEDS.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AccessCategory {
    /// Nothing, not even that it is the same user again.
    Anonymous,
    /// That it is the same user again.
    Pseudonymous,
}

impl AccessCategory {
    /// The entity category that says so.
    pub const fn uri(self) -> &'static str {
        match self {
            Self::Anonymous => "https://refeds.org/category/anonymous",
            Self::Pseudonymous => "https://refeds.org/category/pseudonymous",
        }
    }
}

/// Identifier of a user that all service providers share (Subject Identifier Attributes 1.0 section 3.3).
const SUBJECT_ID: &str = "urn:oasis:names:tc:SAML:attribute:subject-id";
/// Identifier of a user for one service provider (Subject Identifier Attributes 1.0 section 3.4).
const PAIRWISE_ID: &str = "urn:oasis:names:tc:SAML:attribute:pairwise-id";

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands the field over so")]
fn is_false(flag: &bool) -> bool {
    !flag
}
