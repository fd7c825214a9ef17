//! Requests over the network, as the result lists them.

use super::Timing;
use crate::command::{AnsweredBy, Exchange};
use crate::flow::ActionLog;
use serde::Serialize;

/// One request of an Action over the network.
#[derive(Clone, Debug, Serialize)]
pub struct HttpPart {
    /// The Action's name.
    pub action: String,
    /// `GET`, `POST` ...
    pub method: String,
    /// Secrets of the Action replaced by their names.
    pub url: String,
    /// Absent where no answer came.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// Wall time in milliseconds; 0 when the clock is frozen.
    pub ms: f64,
    /// Length of the answer's body.
    pub bytes: u64,
    /// Where the answer came from.
    pub by: AnsweredBy,
    /// Why no answer came, or not all of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// The whole exchange, for a record.
    #[serde(skip)]
    pub exchange: Exchange,
}

impl HttpPart {
    /// Those of every run, in order.
    pub(super) fn all(logs: &mut [ActionLog], timing: Timing) -> Vec<Self> {
        let mut all = Vec::new();
        for log in logs {
            let exchanges = std::mem::take(&mut log.http).into_iter();
            all.extend(exchanges.map(|exchange| Self::of(&log.name, exchange, timing)));
        }
        all
    }

    fn of(action: &str, exchange: Exchange, timing: Timing) -> Self {
        Self {
            action: action.to_owned(),
            method: exchange.method.clone(),
            url: exchange.url.clone(),
            status: exchange.status,
            ms: timing.milliseconds(exchange.elapsed),
            bytes: exchange.bytes,
            by: exchange.by,
            error: exchange.error.clone(),
            exchange,
        }
    }
}
