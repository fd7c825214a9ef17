//! The workers of one tenant.

#![expect(clippy::disallowed_methods, reason = "time limits are measured here")]

use super::embedded::{Embedded, WorkerProgram, WorkerSeen};
use super::engine::Engine as _;
use super::lost::{Lost, failed};
use super::node::NodeSettings;
use super::places::{origins, seen_from};
use super::prepared::Prepared;
use super::run::{Job, Run, Task};
use super::workers::{Busy, Load, Workers};
use crate::action::limits::{Capacity, Limits};
use crate::action::reached;
use crate::action::redaction::make_readable;
use crate::command::{Failure, FailureKind, Report};
use crate::tenant::MAX_TIME_LIMIT;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Runs the Actions of one tenant, from any number of threads, in workers that it starts when they are needed.
///
/// Each tenant has a pool of its own, so no worker ever serves two. A run waits for a free worker, first come
/// first served; where none is free in time it ends with [`FailureKind::Busy`]. A worker that ran out of time or
/// memory, or that died, is replaced; the run that caused it ends with a [`Failure`] that names the Action and
/// the limit, and no other run is disturbed.
#[derive(Debug)]
pub struct Pool {
    workers: Workers<Embedded>,
    node: Option<NodeSettings>,
    last_words: Mutex<Option<String>>,
}

/// How much later than the engine's own limit the process is killed, so that what the Action had
/// logged by then is not lost where the engine can still stop it.
const GRACE: Duration = Duration::from_millis(200);
const CHECK_TIME: Duration = Duration::from_secs(5);
const CHECK_OUTPUT: usize = 64 << 10;

impl Pool {
    /// A pool that has not started a worker yet.
    pub fn new(program: WorkerProgram, capacity: Capacity) -> Self {
        Self {
            workers: Workers::new(Embedded::new(program), capacity),
            node: None,
            last_words: Mutex::default(),
        }
    }

    /// The same pool, with Node.js as a second engine.
    #[must_use]
    pub fn with_node(mut self, settings: NodeSettings) -> Self {
        self.node = Some(settings);
        self
    }

    /// Runs one handler of one Action. What went wrong is in the report; its time is that of the run, without the
    /// wait for a worker.
    pub fn run(&self, run: &Run<'_>) -> Report {
        let event = match serde_json::to_vec(run.event) {
            Ok(event) => event,
            Err(error) => {
                return failed(FailureKind::Exception, format!("the event is not JSON: {error}"));
            }
        };
        self.job(&Job {
            action: run.action,
            task: Task::Run { run, event: &event },
            limits: &run.limits,
        })
    }

    /// Compiles an Action and runs nothing.
    ///
    /// # Errors
    /// The syntax error, with file, line and column, or why the Action could not be compiled.
    pub fn syntax_check(&self, action: &Prepared) -> Result<(), Failure> {
        let limits = Limits {
            time: CHECK_TIME,
            output: CHECK_OUTPUT,
            ..Limits::default()
        };
        let report = self.job(&Job {
            action,
            task: Task::Check,
            limits: &limits,
        });
        report.failure.map_or(Ok(()), Err)
    }

    /// Starts a worker where there is none and does not wait for it, so that it is ready when the first run comes.
    pub fn warm_up(&self) {
        // What prevents it prevents the first run, too, which tells.
        let _ = self.workers.warm_up();
    }

    /// How many workers and waiting runs there are.
    pub fn load(&self) -> Load {
        self.workers.load()
    }

    /// The workers that wait for work, the one that has worked last at the end.
    pub fn idle_workers(&self) -> Vec<WorkerSeen> {
        self.workers.idle(WorkerSeen::of)
    }

    /// What the worker that died last had written to standard error, at most 8 KiB.
    ///
    /// For a log, not for people: it may hold words of the engine and paths of the machine that built this
    /// program. The report says what happened without them.
    pub fn last_words(&self) -> Option<String> {
        let last_words = self.last_words.lock();
        last_words.unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn job(&self, job: &Job<'_>) -> Report {
        let script = job.action.script();
        if let Some(reason) = job.action.unusable() {
            let mut report = failed(FailureKind::Exception, reason.to_owned());
            if let Some(failure) = &mut report.failure {
                failure.file = Some(script.file.clone());
            }
            return report;
        }
        let mut turn = match self.workers.turn() {
            Ok(turn) => turn,
            Err(busy) => return failed(FailureKind::Busy, self.why_busy(busy, &script.name)),
        };
        let started = Instant::now();
        let deadline = started + job.limits.left().min(MAX_TIME_LIMIT) + GRACE;
        let carried_out = turn
            .process(deadline)
            .and_then(|process| self.workers.engine().carry_out(process, job, deadline));
        if is_spoilt(&carried_out) {
            turn.replace();
        }
        drop(turn);
        let mut report = carried_out.unwrap_or_else(|lost| {
            let report = lost.report(&script.name, job.limits);
            self.keep_last_words(lost);
            report
        });
        make_known(&mut report, job);
        report.elapsed = started.elapsed();
        report
    }

    fn why_busy(&self, busy: Busy, action: &str) -> String {
        match busy {
            Busy::QueueIsFull => reached::queue(action, self.workers.capacity()),
            Busy::WaitedTooLong => reached::wait(action, self.workers.capacity()),
        }
    }

    fn keep_last_words(&self, lost: Lost) {
        if let Some(words) = lost.last_words() {
            let mut last_words = self.last_words.lock().unwrap_or_else(PoisonError::into_inner);
            *last_words = Some(words);
        }
    }
}

/// Whether the worker is not to be used again.
fn is_spoilt(carried_out: &Result<Report, Lost>) -> bool {
    let failure = match carried_out {
        Ok(report) => report.failure.as_ref(),
        Err(_) => return true,
    };
    failure.is_some_and(|failure| {
        matches!(
            failure.kind,
            FailureKind::TimeLimit | FailureKind::MemoryLimit | FailureKind::WorkerDied
        )
    })
}

/// Names the Action and its files as people know them, and hides its secrets.
fn make_known(report: &mut Report, job: &Job<'_>) {
    let script = job.action.script();
    for origin in origins(report) {
        origin.action = Some(script.name.clone());
        origin.file = origin.file.take().map(|file| seen_from(script, &file));
    }
    if let Some(failure) = &mut report.failure {
        let file = failure.file.as_deref();
        let helper = file.filter(|file| *file != script.file);
        failure.helper = helper.map(|file| seen_from(script, file));
        if failure.kind == FailureKind::TimeLimit {
            failure.message = reached::time_that_was_left(&script.name, job.limits);
        }
    }
    // Most reports hold nothing that is read.
    let is_read = !report.logs.is_empty()
        || !report.http.is_empty()
        || report.failure.is_some()
        || origins(report).any(|origin| origin.file.is_some());
    if is_read {
        make_readable(report, job.action.search());
    }
}
