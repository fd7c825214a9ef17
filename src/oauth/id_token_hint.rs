//! `id_token_hint`: an ID token of ours says whom an application means. It may have expired (OIDC Core 3.1.2.1, RP-Initiated
//! Logout 2).

use super::error::{ErrorCode, OAuthError};
use crate::keys::KeyRing;
use crate::tenant::Tenant;
use crate::token::{client_secret, unverified, verified, verified_with_secret};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// What an ID token says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct IdTokenHint {
    /// Whom it was given to.
    pub client_id: String,
    /// The user.
    pub subject: String,
    /// `sid`
    pub session: Option<String>,
}

impl IdTokenHint {
    /// Reads an ID token that `issuer` signed for one of the tenant's clients.
    ///
    /// # Errors
    /// `invalid_request`: it is none.
    pub fn accept(token: &str, tenant: &Tenant, keys: &KeyRing, issuer: &str) -> Result<Self, OAuthError> {
        let read = || {
            let claims = verified(token, keys).or_else(|| of_secret(token, tenant))?;
            let text = |name: &str| claims.get(name).and_then(Value::as_str);
            let client_id = text("aud")?;
            let is_of_client = tenant.clients.iter().any(|client| client.client_id == client_id);
            (is_of_client && text("iss") == Some(issuer)).then_some(())?;
            Some(Self {
                client_id: client_id.to_owned(),
                subject: text("sub")?.to_owned(),
                session: text("sid").map(str::to_owned),
            })
        };
        read().ok_or_else(|| {
            OAuthError::new(
                ErrorCode::InvalidRequest,
                "id_token_hint is no ID token that this server gave to an application",
            )
        })
    }
}

/// The claims of an ID token that its client's secret signed: HS256 is what that client is set to.
fn of_secret(token: &str, tenant: &Tenant) -> Option<Map<String, Value>> {
    let claims = unverified(token)?;
    let client_id = claims.get("aud")?.as_str()?;
    let client = tenant
        .clients
        .iter()
        .find(|client| client.client_id == client_id)?;
    let secret = client_secret(client).ok()??;
    client
        .jwt_configuration
        .is_signed_with_secret()
        .then(|| verified_with_secret(token, &secret))?
}
