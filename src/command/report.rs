//! What came back from running one Action.

use super::call::Call;
use super::{METHODS, MIN_SECRET_BYTES};
use crate::trace::Origin;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// The report of one run of one handler of one Action.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// Recording calls in order; their `origin.action` is the Action's name.
    pub calls: Vec<Call>,
    /// What `console.*` was given, in order.
    pub logs: Vec<LogLine>,
    /// What its author should know: one for each kind and method.
    #[serde(default)]
    pub remarks: Vec<Remark>,
    /// Why the run did not end well.
    pub failure: Option<Failure>,
    /// Whether the Action exports `onContinuePostLogin`.
    pub has_continue: bool,
    /// Wall time, loading included.
    pub elapsed: Duration,
}

/// One call of `console.*`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogLine {
    /// Which method.
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

/// What the engine noticed about the calls of one method.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Remark {
    /// What was noticed.
    pub kind: RemarkKind,
    /// The path after `api.`, or `console.` and the method.
    pub method: String,
    /// Where it was noticed first.
    pub origin: Origin,
    /// How often.
    pub times: u32,
}

/// What the engine may notice about a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum RemarkKind {
    /// The call came after the handler had returned; it was not carried out.
    ActionEnded,
    /// A token was made or checked with a secret that is shorter than its hash (RFC 8725 section 3.5).
    WeakSecret,
}

impl RemarkKind {
    /// The code of the warning, and of the trace's reason.
    pub const fn code(self) -> &'static str {
        match self {
            Self::ActionEnded => "action_ended",
            Self::WeakSecret => "weak_secret",
        }
    }
}

impl Remark {
    /// One sentence for people.
    pub fn message(&self) -> String {
        let method = if self.method.starts_with(CONSOLE) {
            self.method.clone()
        } else {
            format!("api.{}", self.method)
        };
        let times = match self.times {
            ..=1 => String::new(),
            times => format!(" ({times} calls)"),
        };
        match self.kind {
            RemarkKind::ActionEnded => format!(
                "{method} was asked for after the Action had ended{times}, so it was not carried out; await every \
                 promise that the Action needs, or return it"
            ),
            RemarkKind::WeakSecret => format!(
                "{method} was given a secret of fewer than {MIN_SECRET_BYTES} bytes, which can be guessed; use at \
                 least {MIN_SECRET_BYTES} random bytes (RFC 8725 section 3.5)"
            ),
        }
    }

    /// Whether there is such a method.
    pub fn is_known(&self) -> bool {
        self.method.starts_with(CONSOLE) || METHODS.iter().any(|method| method.path == self.method)
    }
}

/// How the methods of `console` begin.
pub const CONSOLE: &str = "console.";

/// Why an Action did not end well.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// Which limit or what else.
    pub kind: FailureKind,
    /// For an exception its message, at most 1 KiB, control characters removed; else a sentence that
    /// names the Action and the limit.
    pub message: String,
    /// The script's own file, where known.
    pub file: Option<String>,
    /// The same as seen from the Action's folder; absent for its main file.
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
    /// Calls and logs together are larger than they may be.
    OutputLimit,
    /// The returned promise can never settle: nothing is pending.
    NeverFinished,
    /// The wall time is over; the worker was killed.
    TimeLimit,
    /// The worker process ended by itself or spoke nonsense.
    WorkerDied,
}
