//! The end of a drive: the login is over, or waits for its user.

use crate::command::{Exchange, Failure, LogLine, RanOn, Report};
use crate::issue::Conclusion;
use crate::login::{Finished, Suspended};
use crate::trace::{Origin, Warning};
use std::time::Duration;

/// The outcome of driving a login.
pub struct Outcome {
    /// Where the login is now.
    pub rest: Rest,
    /// Each run of an Action, in order.
    pub actions: Vec<ActionLog>,
    /// What is to be said beside the login's own trace.
    pub warnings: Vec<Warning>,
}

/// Whether a login is over, or waits for its user.
pub enum Rest {
    /// It is over.
    Ended(Box<Conclusion>),
    /// The user is away; the login was handed to [`Suspensions`](super::Suspensions).
    Suspended(Box<Suspended>),
}

/// What was decided by a login that is not issued yet.
pub struct Decided {
    /// Where the login is now.
    pub end: End,
    /// Each run of an Action, in order.
    pub actions: Vec<ActionLog>,
    /// What is to be said beside the login's own trace.
    pub warnings: Vec<Warning>,
}

/// Whether a login is decided, or waits for its user.
pub enum End {
    /// It is decided.
    Finished(Box<Finished>),
    /// The user is away; the login was handed to [`Suspensions`](super::Suspensions).
    Suspended(Box<Suspended>),
}

/// How one run of an Action went.
#[derive(Clone, Debug)]
pub struct ActionLog {
    /// The Action's name.
    pub name: String,
    /// How long it took.
    pub elapsed: Duration,
    /// Which engine ran it.
    pub engine: RanOn,
    /// What `console.*` was given.
    pub logs: Vec<LogLine>,
    /// Requests over the network, in the order in which they were sent.
    pub http: Vec<Exchange>,
    /// Why the Action failed.
    pub failure: Option<Failure>,
}

/// The platform keeps this many characters of an Action's log.
const PLATFORM_LOG_CHARACTERS: usize = 256;

impl ActionLog {
    pub(super) fn of(name: &str, report: &Report) -> Self {
        Self {
            name: name.to_owned(),
            elapsed: report.elapsed,
            engine: report.engine,
            logs: report.logs.clone(),
            http: report.http.clone(),
            failure: report.failure.clone(),
        }
    }

    /// That the platform would cut the log.
    pub(super) fn warning(&self) -> Option<Warning> {
        let characters: usize = self.logs.iter().map(|line| line.text.chars().count()).sum();
        let name = &self.name;
        (characters > PLATFORM_LOG_CHARACTERS).then(|| Warning {
            code: "long_log".to_owned(),
            message: format!(
                "Action '{name}' logged {characters} characters; the platform keeps only {PLATFORM_LOG_CHARACTERS} of \
                 each Action"
            ),
            origin: Origin {
                action: Some(name.clone()),
                ..Origin::default()
            },
        })
    }
}
