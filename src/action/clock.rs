//! What time an Action sees.

use serde::{Deserialize, Serialize};

/// What `Date` and timers go by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Clock {
    /// Always this time, epoch milliseconds; timers run in order without waiting.
    Frozen(i64),
    /// The system's clock.
    System,
}
