//! The moment of a command: now, or the one that `--now` names.

use super::trouble::Trouble;
use crate::flow::{Clock as _, SystemClock};
use crate::time::Moment;
use chrono::{DateTime, Utc};

/// The system's time.
pub fn system_now() -> Moment {
    SystemClock.now()
}

/// The moment that `--now` names.
///
/// # Errors
/// The text is not an RFC 3339 time.
pub fn frozen_clock(text: &str) -> Result<Moment, Trouble> {
    DateTime::parse_from_rfc3339(text)
        .map(|time| time.with_timezone(&Utc))
        .map_err(|error| {
            Trouble::usage(
                format!("--now '{text}' is not a time: {error}"),
                "write it like 2026-01-31T12:00:00Z",
            )
        })
}
