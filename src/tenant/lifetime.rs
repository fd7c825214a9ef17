//! How long tokens and sessions may live: tokens in whole seconds, sessions in hours, and the longest of each.

use super::limits::{MAX_REFRESH_LIFETIME, MAX_SESSION_HOURS, MAX_TOKEN_LIFETIME};
use super::setting::{SettingError, SettingKind};
use chrono::TimeDelta;
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

/// Hours that a session lasts, or that an unused one does: more than 0, at most a year.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SessionHours(f64);

impl SessionHours {
    /// The platform's, where a tenant says nothing.
    pub(super) fn of_platform(hours: u32) -> Self {
        Self(hours.into())
    }

    /// The hours as a number, which need not be whole.
    pub fn number(self) -> f64 {
        self.0
    }

    /// The same as a span of time, in whole milliseconds.
    pub fn span(self) -> TimeDelta {
        #[expect(clippy::cast_possible_truncation, reason = "at most a year")]
        TimeDelta::milliseconds((self.0 * 3_600_000.0) as i64)
    }
}

impl SettingKind for SessionHours {
    type Written = f64;
    type Value = Self;

    fn read(written: &f64) -> Result<Self, SettingError> {
        if *written > 0.0 && *written <= MAX_SESSION_HOURS {
            return Ok(Self(*written));
        }
        Err(SettingError::new(
            format!("a session of {written} hours is not possible"),
            format!("write more than 0 and at most {MAX_SESSION_HOURS} hours, which is a year"),
        ))
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
