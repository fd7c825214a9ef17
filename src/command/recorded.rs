//! What an Action asked for, and where.

use super::call::Call;
use super::call_error::CallError;
use super::request::Command;
use crate::trace::Origin;
use serde::{Deserialize, Serialize};

/// A request together with the place that made it.
///
/// Serialised as its call, with keys and secrets replaced by handles.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(try_from = "Call", into = "Call")]
pub struct Recorded {
    /// The Action that asked, and the place in its code.
    pub origin: Origin,
    /// 0-based number of the Action in the bound order.
    pub action: usize,
    /// What was asked for.
    pub command: Command,
    /// The call as it was made, secrets included; [`Call::redacted`] before showing it.
    pub call: Call,
}

impl From<Recorded> for Call {
    fn from(recorded: Recorded) -> Self {
        Self {
            index: Some(recorded.action),
            ..recorded.call.redacted()
        }
    }
}

impl TryFrom<Call> for Recorded {
    type Error = CallError;

    fn try_from(call: Call) -> Result<Self, CallError> {
        let command = Command::parse(&call)?;
        Ok(Self {
            origin: call.origin.clone(),
            action: call.index.unwrap_or_default(),
            command,
            call,
        })
    }
}
