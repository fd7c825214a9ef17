//! What a run is made of: the Action's code, its limits, its clock.

use crate::command::{Facts, Handler, Recorder};
use crate::event::Event;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

/// An Action as it is deployed.
#[derive(Clone, Debug, Default)]
pub struct Script {
    /// The Action's name, in every error text and in every call's origin.
    pub name: String,
    /// The source, CommonJS.
    pub source: Arc<str>,
    /// The file name that errors show, such as `actions/add-roles/code.js`.
    pub file: String,
    /// Where relative `require`s are resolved; they may not leave it. It must hold nothing but this Action's
    /// code. None: there are none.
    pub folder: Option<PathBuf>,
    /// The folder whose `node_modules` holds packages. None: there are none.
    pub node_modules: Option<PathBuf>,
    /// Sources that are required as `actions:<name>`.
    pub modules: Vec<(String, Arc<str>)>,
    /// `event.secrets`.
    pub secrets: BTreeMap<String, String>,
}

/// What `Date` and timers go by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Clock {
    /// Always this time, epoch milliseconds; timers run in order without waiting.
    Frozen(i64),
    /// The system's clock.
    System,
}

/// What a run may use. Whoever goes past a limit is stopped, and the report says which one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Wall time of one trigger execution, loading included.
    pub time: Duration,
    /// What earlier Actions of the same trigger execution have used of `time`.
    pub spent: Duration,
    /// Bytes of JavaScript heap.
    pub memory: usize,
    /// Bytes of calls and logs together.
    pub output: usize,
    /// Number of recording calls.
    pub commands: usize,
}

impl Limits {
    /// What is left of the wall time.
    pub(super) fn left(&self) -> Duration {
        self.time.saturating_sub(self.spent)
    }
}

impl Default for Limits {
    /// The platform's 20 seconds; 128 MiB, 1 MiB of output, 10,000 commands.
    fn default() -> Self {
        Self {
            time: Duration::from_secs(20),
            spent: Duration::ZERO,
            memory: 128 << 20,
            output: 1 << 20,
            commands: 10_000,
        }
    }
}

/// One run of one handler of one Action.
#[derive(Clone, Copy, Debug)]
pub struct Run<'a> {
    /// The Action.
    pub script: &'a Script,
    /// Which of its handlers.
    pub handler: Handler,
    /// What the handler gets, without secrets; it works on a copy.
    pub event: &'a Event,
    /// What earlier Actions asked for.
    pub recorder: &'a Recorder,
    /// What queries are answered from.
    pub facts: &'a Facts,
    /// What `Date` shows.
    pub clock: Clock,
    /// Makes all randomness of the run reproducible. For tests only.
    pub seed: Option<&'a str>,
    /// 0-based number of the run within its login: each has its own random values.
    pub ordinal: u32,
    /// What the run may use.
    pub limits: Limits,
}
