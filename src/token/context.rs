//! What both tokens are built from.

use super::claims;
use super::issuer::Issuer;
use crate::event::Protocol;
use crate::login::Grant;
use crate::tenant::{Client, ResourceServer};
use crate::time::Moment;
use serde_json::{Map, Value};

/// What both tokens are built from.
pub(super) struct Context<'a> {
    pub(super) grant: &'a Grant,
    pub(super) client: &'a Client,
    pub(super) resource_server: Option<&'a ResourceServer>,
    pub(super) issuer: Issuer<'a>,
    pub(super) organization_names: OrganizationNames,
    pub(super) now: Moment,
    pub(super) flow: Flow,
}

impl Context<'_> {
    pub(super) fn put_organization(&self, claims: &mut Map<String, Value>) {
        let Some(organization) = &self.grant.event.organization else {
            return;
        };
        claims.insert("org_id".to_owned(), Value::from(organization.id.as_str()));
        if self.organization_names == OrganizationNames::Include && !organization.name.is_empty() {
            claims.insert("org_name".to_owned(), Value::from(organization.name.as_str()));
        }
    }
}

/// How tokens reach the application.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Flow {
    /// From the token endpoint.
    Code,
    /// Some from the authorization endpoint.
    Hybrid,
    /// All from the authorization endpoint.
    Implicit,
}

impl Flow {
    pub(super) fn of(grant: &Grant) -> Self {
        match grant.event.transaction.protocol {
            Some(Protocol::OidcImplicitProfile) => Self::Implicit,
            Some(Protocol::OidcHybridProfile) => Self::Hybrid,
            _ => Self::Code,
        }
    }

    pub(super) fn wants_id_token(self, grant: &Grant) -> bool {
        claims::is_granted(grant, "openid")
            && (!self.is_answer_itself(grant) || responds_with("id_token", grant))
    }

    pub(super) fn wants_access_token(self, grant: &Grant) -> bool {
        !self.is_answer_itself(grant) || responds_with("token", grant)
    }

    /// Whether the tokens stand in the answer of the authorization endpoint, which holds what the response type names
    /// (OAuth 2.0 Multiple Response Types 1.0 section 5). Those of a hybrid login do so beside its code.
    fn is_answer_itself(self, grant: &Grant) -> bool {
        match self {
            Self::Code => false,
            Self::Hybrid => grant.request.code.is_some(),
            Self::Implicit => true,
        }
    }
}

/// Whether the response type names `part`, or is not known.
fn responds_with(part: &str, grant: &Grant) -> bool {
    let parts = grant
        .event
        .transaction
        .response_type
        .as_deref()
        .unwrap_or_default();
    parts.is_empty()
        || parts
            .iter()
            .flat_map(|item| item.split(' '))
            .any(|item| item == part)
}

/// Whether `org_name` stands beside `org_id`; a setting of the tenant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OrganizationNames {
    /// Both.
    Include,
    /// `org_id` alone.
    Omit,
}
