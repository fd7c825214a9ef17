//! What is said about a login whose circumstances are made up, and what of a SAML request matters.

use super::authn_wishes::AuthnWishes;
use super::dict::Dict;
use super::{AuthnMessage, GivenEvent, NameIdPolicy, Protocol};
use serde::{Deserialize, Serialize};

/// What is said about a login whose [`Circumstances`](super::Circumstances) are made up; everything absent takes the
/// value that a plain login would have.
#[derive(Clone, Debug, Default)]
pub struct EventOptions<'a> {
    /// How the login came in.
    pub protocol: Option<Protocol>,
    /// Requested scopes, separated by spaces.
    pub scope: Option<String>,
    /// Identifier of the API.
    pub audience: Option<String>,
    /// OIDC `nonce`.
    pub nonce: Option<String>,
    /// URL that the response is sent to; one of the application's callbacks.
    pub redirect_uri: Option<String>,
    /// The RelayState of a SAML request.
    pub relay_state: Option<String>,
    /// Name or id of the connection; the user's first identity says it otherwise.
    pub connection: Option<String>,
    /// Name or id of the organization.
    pub organization: Option<String>,
    /// The AuthnRequest that is answered.
    pub authn_request: Option<AuthnOrigin>,
    /// Ids of Rules that ran before.
    pub rules_executed: Vec<String>,
    /// The event that is laid over the one that is made.
    pub given: Option<&'a GivenEvent>,
}

/// What of a SAML AuthnRequest matters to the event (semantics 4.13).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct AuthnOrigin {
    /// `ID`.
    pub id: Option<String>,
    /// `Issuer`.
    pub issuer: Option<String>,
    /// `AssertionConsumerServiceURL`; must be one of the client's callbacks.
    pub acs_url: Option<String>,
    /// The subject's NameID.
    pub login_hint: Option<String>,
    /// Requested authentication context classes.
    pub acr_values: Vec<String>,
    /// What it says about the NameID.
    pub name_id_policy: Option<NameIdPolicy>,
    /// What else it asks of the answer. A login that is taken up again reads it from `message`.
    #[serde(skip)]
    pub wishes: AuthnWishes,
    /// `login` for `ForceAuthn`, `none` for `IsPassive`.
    pub prompt: Option<String>,
    /// How it came.
    pub binding: AuthnBinding,
    /// The parameters it came with, as Actions see them in `event.request`.
    pub parameters: Dict,
    /// The request as it came.
    pub message: Option<AuthnMessage>,
}

/// How an AuthnRequest came.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum AuthnBinding {
    /// HTTP-POST
    #[default]
    Post,
    /// HTTP-Redirect
    Redirect,
}
