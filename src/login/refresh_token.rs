//! Whether a login issues a refresh token, and how long that may live.

use crate::event::{Event, LoginRequest, Protocol};
use crate::tenant::{Client, REFRESH_IDLE_LIFETIME, REFRESH_LIFETIME, RefreshTokenPolicy, ResourceServer};
use crate::time::length;
use chrono::TimeDelta;

/// Why a login that asked for a refresh token gets none.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NoRefreshToken {
    /// The application may not use them.
    #[error("no refresh token is issued: add 'refresh_token' to 'grant_types' of the client '{client}'")]
    GrantType {
        /// The client's name.
        client: String,
    },
    /// The API gives none.
    #[error("no refresh token is issued: set 'allow_offline_access' of the API '{api}'")]
    OfflineAccess {
        /// The API's identifier.
        api: String,
    },
}

/// Whether this login issues a refresh token (semantics 3.8); an exchange gives one only when they rotate.
///
/// # Errors
/// A refresh token was asked for, but a setting forbids it.
pub fn issues_refresh_token(
    event: &Event,
    request: &LoginRequest,
    client: &Client,
    resource_server: Option<&ResourceServer>,
) -> Result<bool, NoRefreshToken> {
    let asked = request
        .granted_scopes
        .iter()
        .any(|scope| scope == "offline_access");
    let protocol = event.transaction.protocol;
    let exchanged_for_none = protocol == Some(Protocol::Oauth2RefreshToken) && !rotates(event, client);
    if !asked || protocol == Some(Protocol::OidcImplicitProfile) || exchanged_for_none {
        return Ok(false);
    }
    if !client.has_grant("refresh_token") {
        return Err(NoRefreshToken::GrantType {
            client: client.name.clone(),
        });
    }
    match resource_server {
        Some(api) if api.allow_offline_access != Some(true) => Err(NoRefreshToken::OfflineAccess {
            api: api.identifier.clone(),
        }),
        _ => Ok(true),
    }
}

fn rotates(event: &Event, client: &Client) -> bool {
    let policy = client.refresh_token.as_ref();
    let current = event.refresh_token.as_ref().and_then(|token| token.rotating);
    current.unwrap_or_else(|| policy.is_some_and(RefreshTokenPolicy::rotates))
}

/// The longest a refresh token may live.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RefreshTokenLifetimes {
    /// Absolute, from now.
    pub absolute: TimeDelta,
    /// Idle, from now.
    pub idle: TimeDelta,
}

impl RefreshTokenLifetimes {
    /// The lifetimes of the application, or else those of the platform.
    pub fn of(client: &Client) -> Self {
        let policy = client.refresh_token.clone().unwrap_or_default();
        Self {
            absolute: length(policy.absolute().unwrap_or(REFRESH_LIFETIME)),
            idle: length(policy.idle().unwrap_or(REFRESH_IDLE_LIFETIME)),
        }
    }
}
