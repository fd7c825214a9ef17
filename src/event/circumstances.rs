//! What really happened around a login, before the tenant has its say.

use super::{Authentication, AuthnOrigin, EventRefreshToken, EventRequest, EventSession, Transaction};
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
    /// Identifier of the API that the access token is to be for. The userinfo endpoint stands for none. Absent: the
    /// tenant's default API.
    pub audience: Option<String>,
    /// OIDC `nonce`.
    pub nonce: Option<String>,
    /// The AuthnRequest that is answered, where there is one.
    pub authn_request: Option<AuthnOrigin>,
    /// Ids of Rules that ran before.
    pub rules_executed: Vec<String>,
}
