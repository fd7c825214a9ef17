//! A request that a script sent over the network, and what answered it.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::time::Duration;

/// One HTTP request of a script (`http` of the result, interface 3).
///
/// Headers and bodies are there only where they are kept for a record; `Debug` does not show them.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exchange {
    /// `GET`, `POST` ...
    pub method: String,
    /// The whole URL.
    pub url: String,
    /// Status of the answer; absent where no answer came.
    pub status: Option<u16>,
    /// Why no answer came, or not all of it.
    #[serde(default)]
    pub error: Option<String>,
    /// From the request's first byte to the answer's last one.
    pub elapsed: Duration,
    /// Length of the answer's body.
    pub bytes: u64,
    /// Where the answer came from.
    pub by: AnsweredBy,
    /// Both messages, where the run is recorded.
    #[serde(default)]
    pub kept: Option<Box<KeptExchange>>,
}

/// Where an answer came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AnsweredBy {
    /// A server that was connected to.
    Network,
    /// What was recorded before, or a case's `http.json`.
    Recorded,
}

/// Headers and bodies of one exchange.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptExchange {
    /// Headers of the request in their order, with names in lower case.
    pub request_headers: Vec<(String, String)>,
    /// Body of the request.
    pub request_body: Vec<u8>,
    /// Headers of the answer in their order, with names in lower case.
    pub headers: Vec<(String, String)>,
    /// Body of the answer, decoded from its transfer coding only.
    pub body: Vec<u8>,
}

impl fmt::Debug for Exchange {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Exchange")
            .field("method", &self.method)
            .field("status", &self.status)
            .field("bytes", &self.bytes)
            .field("by", &self.by)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for KeptExchange {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("KeptExchange").finish_non_exhaustive()
    }
}
