//! What came back from running one Action.

use super::call::Call;
use super::exchange::Exchange;
use super::remark::Remark;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// The report of one run of one handler of one Action.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// Recording calls in order; their `origin.action` is the Action's name.
    pub calls: Vec<Call>,
    /// What `console.*` was given, in order.
    pub logs: Vec<LogLine>,
    /// Requests over the network, in the order in which they were sent.
    #[serde(default)]
    pub http: Vec<Exchange>,
    /// What the author of the Action should know: one remark for each kind and method.
    #[serde(default)]
    pub remarks: Vec<Remark>,
    /// Why the run did not end well.
    pub failure: Option<Failure>,
    /// Whether the Action exports `onContinuePostLogin`.
    pub has_continue: bool,
    /// Wall time, loading included.
    pub elapsed: Duration,
    /// The engine that ran the Action.
    #[serde(default)]
    pub engine: RanOn,
}

/// The engine that ran an Action.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RanOn {
    /// The embedded one.
    #[default]
    Embedded,
    /// Node.js. The places of calls are the script's word there: they come from a process that a script may change, and
    /// only whether a source has such a place is checked.
    Node,
}

/// One call of `console.*`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogLine {
    /// The method that was called.
    pub level: LogLevel,
    /// The arguments, formatted as Node formats them.
    pub text: String,
}

/// The method of `console`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogLevel {
    /// `console.debug` and `console.trace`.
    Debug,
    /// `console.error`.
    Error,
    /// `console.info`.
    Info,
    /// `console.log`.
    Log,
    /// `console.warn`.
    Warn,
}

impl LogLevel {
    /// The name of the method.
    pub const fn method(self) -> &'static str {
        match self {
            Self::Debug => "debug",
            Self::Error => "error",
            Self::Info => "info",
            Self::Log => "log",
            Self::Warn => "warn",
        }
    }
}

/// Why an Action did not end well.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// Which limit was passed, or what else went wrong.
    pub kind: FailureKind,
    /// For an exception its message, at most 1 KiB, control characters removed; else a sentence that
    /// names the Action and the limit.
    pub message: String,
    /// The script's own file, where known.
    pub file: Option<String>,
    /// The same file as seen from the Action's folder; absent for the Action's main file.
    #[serde(default)]
    pub helper: Option<String>,
    /// 1-based.
    pub line: Option<u32>,
    /// 1-based.
    pub column: Option<u32>,
    /// The JavaScript stack with the script's own files, for people.
    pub stack: Option<String>,
}

/// The `error.kind` of the result (interface 3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum FailureKind {
    /// No worker was free in time; nothing ran.
    Busy,
    /// The Action made more recording calls than it may.
    CommandLimit,
    /// An uncaught exception or a rejected promise, a syntax error, a handler that is not a function.
    Exception,
    /// The worker's engine or process ran out of its memory.
    MemoryLimit,
    /// The Action needs what the embedded engine lacks.
    NeedsNode,
    /// Calls and logs together are larger than they may be.
    OutputLimit,
    /// The returned promise can never settle: nothing is pending.
    NeverFinished,
    /// The wall time is over; the worker was killed.
    TimeLimit,
    /// The worker process ended by itself or spoke nonsense.
    WorkerDied,
}
