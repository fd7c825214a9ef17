//! Why a worker cannot be spoken to any more.

use super::death::Death;
use super::used::Used;
use crate::action::limits::Limits;
use crate::action::reached;
use crate::command::{Failure, FailureKind, Report};

/// Why a worker cannot be spoken to any more.
#[derive(Debug)]
pub(super) enum Lost {
    /// It did not answer before the deadline.
    Late,
    /// It ended when it had been refused memory.
    OutOfMemory {
        /// What it wrote to standard error.
        last_words: String,
    },
    /// It holds what has changed since, and has not begun with the job: a new one is to do it.
    Stale,
    /// Its answer passed the bound.
    TooLarge,
    /// It is gone, or what it said makes no sense.
    Dead {
        /// What happened.
        death: Death,
        /// What it wrote to standard error.
        last_words: String,
        /// The memory that it had used, where that is known.
        used: Option<Used>,
    },
}

impl From<Death> for Lost {
    /// The end of a worker that had no last words.
    fn from(death: Death) -> Self {
        Self::Dead {
            death,
            last_words: String::new(),
            used: None,
        }
    }
}

impl Lost {
    /// What the run of this Action comes to.
    pub fn report(&self, action: &str, limits: &Limits) -> Report {
        match self {
            Self::Late => failed(FailureKind::TimeLimit, reached::time(action, limits.time)),
            Self::TooLarge => failed(FailureKind::OutputLimit, reached::output(action, limits.output)),
            Self::Stale => failed(FailureKind::WorkerDied, Death::OutOfTurn.of_worker(action)),
            Self::OutOfMemory { .. } => {
                failed(FailureKind::MemoryLimit, reached::memory(action, limits.memory))
            }
            Self::Dead { death, .. } => failed(FailureKind::WorkerDied, death.of_worker(action)),
        }
    }

    /// What the worker wrote to standard error, if it was heard to the end.
    pub fn last_words(self) -> Option<String> {
        match self {
            Self::Late | Self::Stale | Self::TooLarge => None,
            Self::Dead { last_words, .. } | Self::OutOfMemory { last_words } => Some(last_words),
        }
    }
}

/// The report of a run of which nothing is kept.
pub(super) fn failed(kind: FailureKind, message: String) -> Report {
    Report {
        failure: Some(Failure {
            kind,
            message,
            file: None,
            helper: None,
            line: None,
            column: None,
            stack: None,
        }),
        ..Report::default()
    }
}
