//! What the platform allows at most, and what holds where a tenant says nothing.

use std::time::Duration;

/// Seconds that an ID token lives where the application does not say.
pub const ID_TOKEN_SECONDS: u32 = 36_000;
/// Seconds that an access token of an API lives where the API does not say.
pub const API_TOKEN_SECONDS: u32 = 86_400;
/// The same for tokens from the authorization endpoint.
pub const API_WEB_TOKEN_SECONDS: u32 = 7_200;
/// Seconds that an access token for the user profile lives.
pub const USERINFO_TOKEN_SECONDS: u32 = 86_400;
/// The same for tokens of the implicit flow.
pub const USERINFO_IMPLICIT_TOKEN_SECONDS: u32 = 7_200;
/// How long a refresh token lives where the application does not say.
pub const REFRESH_LIFETIME: Duration = Duration::from_hours(30 * 24);
/// How long an unused refresh token lives where the application does not say.
pub const REFRESH_IDLE_LIFETIME: Duration = Duration::from_hours(15 * 24);
/// Hours until a session ends where the tenant does not say.
pub const SESSION_HOURS: u32 = 168;
/// Hours until an unused session ends where the tenant does not say.
pub const IDLE_SESSION_HOURS: u32 = 72;

/// Actions that can be bound to one trigger.
pub const MAX_BOUND_ACTIONS: usize = 20;
/// Seconds that an ID token or an access token of an API may live (semantics 3.6).
pub const MAX_TOKEN_LIFETIME: u32 = 2_592_000;
/// Seconds that a refresh token may live.
pub const MAX_REFRESH_LIFETIME: u64 = 157_788_000;
/// Hours that a session may last.
pub const MAX_SESSION_HOURS: f64 = 8760.0;

/// Largest source of an Action (semantics 8: 100 kB, of 1024 bytes).
pub const MAX_SOURCE: usize = 100 * 1024;
/// Characters of a secret's name (semantics 8).
pub const MAX_SECRET_NAME: usize = 128;
/// Characters of a secret's value (semantics 8).
pub const MAX_SECRET_VALUE: usize = 4096;

/// Characters that a secret's value has at least to be hidden in logs and errors, white space around it not
/// counted; shorter ones are words of any text.
pub const MIN_HIDDEN_SECRET: usize = 8;

/// Whether a secret is within the platform's limits.
pub fn secret_fits(name: &str, value: &str) -> bool {
    name.chars().count() <= MAX_SECRET_NAME && value.chars().count() <= MAX_SECRET_VALUE
}

/// More bound Actions than the platform takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{count} Actions are bound to post-login, the platform runs at most {MAX_BOUND_ACTIONS}")]
pub struct TooManyActions {
    pub(super) count: usize,
}

impl TooManyActions {
    /// The stable code of the warning.
    pub const CODE: &'static str = "too_many_actions";
    /// What to do.
    pub const HELP: &'static str = "remove bindings, or put several Actions into one";
}
