//! What the platform allows at most, and what a tenant asks beyond it.

use super::application::Client;
use super::whole::Tenant;

/// Actions that can be bound to one trigger.
pub const MAX_BOUND_ACTIONS: usize = 20;
/// Seconds that an ID token or an access token of an API may live (semantics 3.6).
pub const MAX_TOKEN_LIFETIME: u32 = 2_592_000;
/// Seconds that a refresh token may live.
pub const MAX_REFRESH_LIFETIME: u64 = 157_788_000;

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
    count: usize,
}

impl TooManyActions {
    /// The stable code of the warning.
    pub const CODE: &'static str = "too_many_actions";
    /// What to do.
    pub const HELP: &'static str = "take bindings away, or put several Actions into one";
}

/// A refresh token's lifetime that the platform would not take.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "'refresh_token.{member}' of the client '{client}' is {seconds} seconds; the platform's range is 1 to \
     {MAX_REFRESH_LIFETIME}"
)]
pub struct RefreshLifetime {
    client: String,
    member: &'static str,
    seconds: u64,
}

impl Client {
    /// The lifetimes of refresh tokens that the platform would not take.
    pub fn refresh_lifetimes_beyond(&self) -> Vec<RefreshLifetime> {
        let policy = self.refresh_token.iter();
        let lifetimes = policy.flat_map(|policy| {
            [
                ("token_lifetime", policy.token_lifetime),
                ("idle_token_lifetime", policy.idle_token_lifetime),
            ]
        });
        lifetimes
            .filter_map(|(member, seconds)| Some((member, seconds?)))
            .filter(|(_, seconds)| !(1..=MAX_REFRESH_LIFETIME).contains(seconds))
            .map(|(member, seconds)| RefreshLifetime {
                client: self.name.clone(),
                member,
                seconds,
            })
            .collect()
    }
}

impl Tenant {
    /// Whether more Actions are bound than the platform takes; all of them run here.
    pub fn too_many_actions(&self) -> Option<TooManyActions> {
        let count = self.post_login.len();
        (count > MAX_BOUND_ACTIONS).then_some(TooManyActions { count })
    }
}
