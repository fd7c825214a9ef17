//! What the application asked for, beyond what the event shows to Actions.

use super::authn_wishes::AuthnWishes;
use crate::secret::Secret;
use serde::{Deserialize, Serialize};

/// The request that a login answers.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct LoginRequest {
    /// Scopes that were requested and granted, in order.
    pub granted_scopes: Vec<String>,
    /// Identifier of the API; the tenant's default audience where the request names none.
    pub audience: Option<String>,
    /// OIDC `nonce`.
    pub nonce: Option<String>,
    /// The authorization code that the answer carries beside an ID token (hybrid), for `c_hash`.
    #[serde(skip)]
    pub code: Option<Secret<String>>,
    /// The user's permissions on the API, for dialects that put them into the access token.
    pub permissions: Vec<String>,
    /// When the user authenticated, epoch seconds.
    pub authenticated_at: Option<i64>,
    /// The SAML side, for `samlp`.
    pub saml: Option<SamlRequest>,
}

/// What a SAML response answers.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct SamlRequest {
    /// ID of the AuthnRequest; absent when the login was IdP-initiated.
    pub id: Option<String>,
    /// Issuer of the AuthnRequest.
    pub issuer: Option<String>,
    /// Where the response is posted: an allowed callback URL of the client.
    pub acs_url: String,
    /// RelayState of the request.
    pub relay_state: Option<String>,
    /// What the request says about the NameID.
    pub name_id_policy: Option<NameIdPolicy>,
    /// What else the request asks of the answer.
    #[serde(skip)]
    pub wishes: AuthnWishes,
    /// The request as it came, kept so that `setSigningCert` can check it (semantics 4.13).
    pub message: Option<AuthnMessage>,
}

/// `NameIDPolicy` (SAML core 3.4.1.1). `AllowCreate` is not read: every user is there already,
/// and a NameID is taken from the profile or computed from it, never kept.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct NameIdPolicy {
    /// `Format`; `None` if absent.
    pub format: Option<String>,
    /// `SPNameQualifier`
    pub sp_name_qualifier: Option<String>,
}

/// An AuthnRequest as it came.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuthnMessage {
    /// The document.
    pub xml: String,
    /// The signature of the query string, if there was one.
    pub signature: Option<QuerySignature>,
}

/// A signature over a query string (SAML bindings 3.4.4.1).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct QuerySignature {
    /// `SigAlg`, decoded.
    pub algorithm: String,
    /// What is signed, as it came: `SAMLRequest=...[&RelayState=...]&SigAlg=...`.
    pub octets: String,
    /// `Signature`, decoded.
    pub value: Vec<u8>,
}
