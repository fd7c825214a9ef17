//! What time an Action sees.

use crate::time::Moment;
use serde::{Deserialize, Serialize};

/// What `Date` and timers go by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Clock {
    /// Always this moment; timers run in order without waiting.
    Frozen(Moment),
    /// The system's clock.
    System,
}
