//! What really happened around a login, before the tenant has its say.

use super::{Authentication, AuthnOrigin, EventRefreshToken, EventRequest, EventSession, Transaction};
use crate::endpoints::Endpoints;
use crate::tenant::Tenant;
use serde::{Deserialize, Serialize};

/// What really happened around a login: who asked for what, over which connection, in which session.
///
/// [`build`](super::build) makes the event from it with tenant, application and user. A server fills it from the
/// request and its store; [`Circumstances::made_up`] invents it where there is neither. A suspended login is kept
/// with it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Circumstances {
    /// How the login came in and what the application asked for: protocol, scopes, where the answer goes, ids. For
    /// SAML `redirect_uri` is the ACS URL and `state` the RelayState.
    pub transaction: Transaction,
    /// The request that began the login.
    pub request: EventRequest,
    /// How and when the user proved who they are.
    pub authentication: Authentication,
    /// The browser session, where there is one.
    pub session: Option<EventSession>,
    /// The refresh token, in an exchange only.
    pub refresh_token: Option<EventRefreshToken>,
    /// Name or id of the connection that the user came over. Absent: that of the user's first identity.
    pub connection: Option<String>,
    /// Name or id of the organization that the user logs in to.
    pub organization: Option<String>,
    /// Identifier of the API that the access token is for ([`api_asked_for`]); absent where it is for none.
    pub audience: Option<String>,
    /// OIDC `nonce`.
    pub nonce: Option<String>,
    /// The AuthnRequest that is answered, where there is one.
    pub authn_request: Option<AuthnOrigin>,
    /// Ids of Rules that ran before.
    pub rules_executed: Vec<String>,
}

/// The API that a request is for: the one that it asks for, or else the tenant's default one. The userinfo endpoint
/// is none.
pub fn api_asked_for(tenant: &Tenant, asked: Option<&str>) -> Option<String> {
    let userinfo = Endpoints::of(&tenant.config.domain).userinfo();
    let default = tenant.settings.default_audience.as_deref();
    let default = default.filter(|audience| !audience.is_empty());
    asked
        .map_or(default, |asked| Some(asked).filter(|asked| *asked != userinfo))
        .map(str::to_owned)
}
