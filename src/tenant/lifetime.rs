//! How long tokens may live: settings in whole seconds, and the platform's longest.

use super::limits::{MAX_REFRESH_LIFETIME, MAX_TOKEN_LIFETIME};
use super::setting::{SettingError, SettingKind};
use std::time::Duration;

/// How long an ID token, or an access token of an API, lives.
#[derive(Clone, Copy, Debug)]
pub enum TokenLifetime {}

/// How long a refresh token lives.
#[derive(Clone, Copy, Debug)]
pub enum RefreshLifetime {}

impl SettingKind for TokenLifetime {
    type Written = u32;
    type Value = Duration;

    fn read(written: &u32) -> Result<Duration, SettingError> {
        within((*written).into(), MAX_TOKEN_LIFETIME.into(), "30 days")
    }
}

impl SettingKind for RefreshLifetime {
    type Written = u64;
    type Value = Duration;

    fn read(written: &u64) -> Result<Duration, SettingError> {
        within(*written, MAX_REFRESH_LIFETIME, "5 years")
    }
}

/// From one second to `longest`, of which `words` say what that is.
fn within(seconds: u64, longest: u64, words: &str) -> Result<Duration, SettingError> {
    if (1..=longest).contains(&seconds) {
        return Ok(Duration::from_secs(seconds));
    }
    Err(SettingError::new(
        format!("{seconds} seconds are not possible"),
        format!("write 1 to {longest}, which is {words}"),
    ))
}
