//! Whether a login issues a refresh token, and how long that may live.

use crate::event::{Event, LoginRequest, Protocol};
use crate::tenant::{Client, REFRESH_IDLE_LIFETIME, REFRESH_LIFETIME, RefreshTokenPolicy, ResourceServer};
use std::time::Duration;

/// Whether this login issues a refresh token (semantics 3.8); an exchange gives one only when they rotate.
///
/// # Errors
/// It was asked for, but a setting forbids it; the text says which one.
pub fn issues_refresh_token(
    event: &Event,
    request: &LoginRequest,
    client: &Client,
    resource_server: Option<&ResourceServer>,
) -> Result<bool, String> {
    let asked = request
        .granted_scopes
        .iter()
        .any(|scope| scope == "offline_access");
    let protocol = event.transaction.protocol;
    let exchanged_for_none = protocol == Some(Protocol::Oauth2RefreshToken) && !rotates(event, client);
    if !asked || protocol == Some(Protocol::OidcImplicitProfile) || exchanged_for_none {
        return Ok(false);
    }
    let grant_types = &client.grant_types;
    if !grant_types.is_empty() && !grant_types.iter().any(|grant| grant == "refresh_token") {
        return Err(format!(
            "no refresh token is issued: add 'refresh_token' to 'grant_types' of the client '{}'",
            client.name
        ));
    }
    match resource_server {
        Some(api) if api.allow_offline_access != Some(true) => Err(format!(
            "no refresh token is issued: set 'allow_offline_access' of the API '{}'",
            api.identifier
        )),
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
    /// In milliseconds from now.
    pub absolute_ms: i64,
    /// In milliseconds from now.
    pub idle_ms: i64,
}

impl RefreshTokenLifetimes {
    /// Those of the application, or else the platform's.
    pub fn of(client: &Client) -> Self {
        let policy = client.refresh_token.clone().unwrap_or_default();
        let ms = |lifetime: Duration| i64::try_from(lifetime.as_millis()).unwrap_or(i64::MAX);
        Self {
            absolute_ms: ms(policy.absolute().unwrap_or(REFRESH_LIFETIME)),
            idle_ms: ms(policy.idle().unwrap_or(REFRESH_IDLE_LIFETIME)),
        }
    }
}
