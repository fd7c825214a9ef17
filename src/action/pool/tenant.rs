//! The workers of one tenant.

#![expect(clippy::disallowed_methods, reason = "time limits are measured here")]

use super::embedded::{Embedded, WorkerProgram, WorkerSeen};
use super::engine::Engine;
use super::lost::{Lost, failed};
use super::node::{Found, Needs, NodeSeen, NodeSets, NodeSettings};
use super::places::{origins, seen_from};
use super::prepared::Prepared;
use super::run::{Job, Run, Task};
use super::workers::{Busy, Load, Turn, Workers};
use crate::action::limits::{Capacity, Limits};
use crate::action::reached;
use crate::action::redaction::make_readable;
use crate::action::script::Script;
use crate::command::{Failure, FailureKind, RanOn, Report};
use crate::tenant::{EngineChoice, MAX_TIME_LIMIT};
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
    node: Option<NodeSets>,
    last_words: Mutex<Option<String>>,
    notices: Mutex<Vec<String>>,
}

/// Node.js that is there.
struct Nodes<'a> {
    sets: &'a NodeSets,
    found: &'a Found,
}

/// What nobody takes is not kept without end.
const MAX_NOTICES: usize = 1_000;
const CHECK_TIME: Duration = Duration::from_secs(5);
const CHECK_OUTPUT: usize = 64 << 10;

impl Pool {
    /// A pool that has not started a worker yet.
    pub fn new(program: WorkerProgram, capacity: Capacity) -> Self {
        Self {
            workers: Workers::new(Embedded::new(program), capacity),
            node: None,
            last_words: Mutex::default(),
            notices: Mutex::default(),
        }
    }

    /// The same pool, with Node.js as a second engine.
    #[must_use]
    pub fn with_node(mut self, settings: NodeSettings) -> Self {
        let launcher = self.workers.engine().program().clone();
        self.node = Some(NodeSets::new(launcher, settings));
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

    /// The processes of Node.js that wait for work.
    pub fn idle_nodes(&self) -> Vec<WorkerSeen> {
        self.node.iter().flat_map(NodeSets::idle).collect()
    }

    /// What the worker that died last had written to standard error, at most 8 KiB.
    ///
    /// For a log, not for people: it may hold words of the engine and paths of the machine that built this
    /// program. The report says what happened without them.
    pub fn last_words(&self) -> Option<String> {
        let last_words = self.last_words.lock();
        last_words.unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Which Node.js runs Actions that need it, with a warning where its version is an old one; else why there is none,
    /// and what to do. It is looked for once.
    ///
    /// # Errors
    /// There is none that could run Actions.
    pub fn node(&self) -> Result<NodeSeen, String> {
        let found = self.nodes()?.found;
        Ok(NodeSeen {
            program: found.program.clone(),
            version: found.version.to_string(),
            warning: found.version.warning(),
        })
    }

    /// What happened since this was asked last that a log should say once: which Actions run on Node.js from now on.
    pub fn take_notices(&self) -> Vec<String> {
        let mut notices = self.notices.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut notices)
    }

    fn notice(&self, text: String) {
        let mut notices = self.notices.lock().unwrap_or_else(PoisonError::into_inner);
        if notices.len() < MAX_NOTICES {
            notices.push(text);
        }
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
        match script.engine {
            EngineChoice::Embedded => self.on_embedded(job),
            EngineChoice::Node => match self.nodes() {
                Ok(nodes) => self.on_node(&nodes, job),
                Err(missing) => failed(
                    FailureKind::NeedsNode,
                    reached::node_missing(&script.name, &missing),
                ),
            },
            EngineChoice::Auto => self.on_either(job),
        }
    }

    /// Carries out a job on the embedded engine, and again from its start on Node.js where that engine lacks something. Nothing
    /// that the first attempt came to is kept.
    fn on_either(&self, job: &Job<'_>) -> Report {
        let name = &job.action.script().name;
        let is_needed = |sets: &NodeSets| {
            sets.needed_by(job.action, |need| {
                self.notice(reached::moved(name, &need.to_string()));
            })
        };
        if self.node.as_ref().is_some_and(is_needed)
            && let Ok(nodes) = self.nodes()
        {
            return self.on_node(&nodes, job);
        }
        let report = self.on_embedded(job);
        let Some(failure) = report
            .failure
            .as_ref()
            .filter(|failure| is_for_node(failure, job))
        else {
            return report;
        };
        // Without Node.js the failure says what is asked for, and what to do.
        let Ok(nodes) = self.nodes() else {
            return report;
        };
        nodes.sets.remember(job.action);
        self.notice(reached::moved(name, &reached::place_of_need(failure)));
        self.on_node(&nodes, job)
    }

    fn on_embedded(&self, job: &Job<'_>) -> Report {
        self.carry_out(&self.workers, job, |busy, action, capacity| match busy {
            Busy::QueueIsFull => reached::queue(action, capacity),
            Busy::WaitedTooLong => reached::wait(action, capacity),
        })
    }

    fn on_node(&self, nodes: &Nodes<'_>, job: &Job<'_>) -> Report {
        let action = &job.action.script().name;
        let mut report = match nodes.sets.of(nodes.found, job.action, Needs::of(job)) {
            Ok(workers) => self.carry_out(&workers, job, |busy, action, capacity| match busy {
                Busy::QueueIsFull => reached::node_queue(action, capacity),
                Busy::WaitedTooLong => reached::node_wait(action, capacity),
            }),
            Err(lost) => lost.report(action, job.limits),
        };
        report.engine = RanOn::Node;
        report
    }

    /// Node.js, if it is there; why not, and what to do.
    fn nodes(&self) -> Result<Nodes<'_>, String> {
        let Some(sets) = &self.node else {
            return Err("this program was not told about Node.js".to_owned());
        };
        let found = sets.found().map_err(ToString::to_string)?;
        Ok(Nodes { sets, found })
    }

    /// Carries out a job in one of `workers`.
    fn carry_out<E: Engine>(
        &self,
        workers: &Workers<E>,
        job: &Job<'_>,
        why_busy: impl FnOnce(Busy, &str, &Capacity) -> String,
    ) -> Report {
        let script = job.action.script();
        let engine = workers.engine();
        let mut turn = match workers.turn() {
            Ok(turn) => turn,
            Err(busy) => {
                return failed(
                    FailureKind::Busy,
                    why_busy(busy, &script.name, workers.capacity()),
                );
            }
        };
        let started = Instant::now();
        let deadline = started + job.limits.left().min(MAX_TIME_LIMIT) + E::GRACE;
        turn.keep_if(|process| engine.may_serve(process, job));
        let carry_out = |turn: &mut Turn<'_, E>| {
            turn.process(deadline).and_then(|process| {
                let report = engine.carry_out(process, job, deadline)?;
                let is_spoilt = engine.is_spoilt(process, &report);
                Ok((report, is_spoilt))
            })
        };
        let mut carried_out = carry_out(&mut turn);
        if let Err(Lost::Stale) = carried_out {
            turn.keep_if(|_| false);
            carried_out = carry_out(&mut turn);
        }
        let is_spoilt = carried_out.as_ref().map_or(true, |(_, is_spoilt)| *is_spoilt);
        match (is_spoilt, engine.starts_ahead(job)) {
            (false, _) => {}
            (true, false) => turn.keep_if(|_| false),
            (true, true) => turn.replace(),
        }
        drop(turn);
        let mut report = match carried_out {
            Ok((report, _)) => report,
            Err(lost) => {
                let report = lost.report(&script.name, job.limits);
                self.keep_last_words(lost);
                report
            }
        };
        make_known(&mut report, job);
        report.elapsed = started.elapsed();
        report
    }

    fn keep_last_words(&self, lost: Lost) {
        if let Some(words) = lost.last_words() {
            let mut last_words = self.last_words.lock().unwrap_or_else(PoisonError::into_inner);
            *last_words = Some(words);
        }
    }
}

/// Whether a failure on the embedded engine is none on Node.js.
fn is_for_node(failure: &Failure, job: &Job<'_>) -> bool {
    let Script { file, source, .. } = job.action.script();
    let is_module = || {
        let hint = failure.line.and_then(|line| reached::es_module(source, line));
        hint.is_some_and(|hint| hint == failure.message)
    };
    failure.kind == FailureKind::NeedsNode || is_module() || (is_typescript(file) && failure.stack.is_none())
}

fn is_typescript(file: &str) -> bool {
    [".ts", ".mts", ".cts"]
        .iter()
        .any(|ending| file.ends_with(ending))
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
