//! The embedded engine: any worker serves any Action of the tenant, each run in a fresh realm.

use super::process::Worker;
use super::program::WorkerProgram;
use crate::action::limits::Limits;
use crate::action::pool::death::Death;
use crate::action::pool::engine::Engine;
use crate::action::pool::lost::{Lost, failed};
use crate::action::pool::modules::{Files, Modules};
use crate::action::pool::places;
use crate::action::pool::run::{Job, Run, Task};
use crate::action::protocol::Revealed;
use crate::action::{protocol, reached, seed};
use crate::command::{FailureKind, Remark, Report};
use std::borrow::Cow;
use std::io;
use std::time::{Duration, Instant};

/// The embedded engine of one pool.
#[derive(Debug)]
pub(in crate::action::pool) struct Embedded {
    program: WorkerProgram,
    files: Files,
}

impl Embedded {
    /// Its processes are started from `program`.
    pub fn new(program: WorkerProgram) -> Self {
        Self {
            program,
            files: Files::default(),
        }
    }
}

impl Embedded {
    /// What its processes are started from.
    pub fn program(&self) -> &WorkerProgram {
        &self.program
    }
}

impl Engine for Embedded {
    type Process = Worker;

    // What the Action had logged by then is not lost where the engine can still stop it.
    const GRACE: Duration = Duration::from_millis(200);

    fn start(&self) -> Result<Worker, Lost> {
        Worker::start(&self.program).map_err(|error| Death::NotStarted(error).into())
    }

    fn may_serve(&self, worker: &Worker, _: &Job<'_>) -> bool {
        !worker.holds_much()
    }

    fn is_spoilt(&self, _: &Worker, report: &Report) -> bool {
        report.failure.as_ref().is_some_and(|failure| {
            matches!(
                failure.kind,
                FailureKind::TimeLimit | FailureKind::MemoryLimit | FailureKind::WorkerDied
            )
        })
    }

    fn starts_ahead(&self, _: &Job<'_>) -> bool {
        true
    }

    fn ready(&self, worker: &mut Worker, deadline: Instant) -> Result<(), Lost> {
        worker.wait_until_ready(deadline)
    }

    fn carry_out(&self, worker: &mut Worker, job: &Job<'_>, deadline: Instant) -> Result<Report, Lost> {
        let Job { action, task, limits } = job;
        let replacements = match task {
            Task::Check => None,
            Task::Run { run, .. } => run.replacements,
        };
        let mut modules = Modules::new(action, &self.files, replacements);
        let mut main = action.main();
        worker.withhold(&mut main);
        let (job, event) = match task {
            Task::Check => (protocol::Job::Check, &b"{}"[..]),
            Task::Run { run, event } => (protocol::Job::Run(Box::new(of_run(run))), *event),
        };
        let start = written(&protocol::Start {
            action: Cow::Borrowed(&action.script().name),
            main,
            job,
        })?;
        worker.limit_memory(limits.memory)?;
        worker.send(&[&start, event], deadline)?;
        // Text grows up to sixfold where it is escaped.
        let bound = limits.output.saturating_mul(6).saturating_add(256 << 10);
        let mut needs = 0;
        loop {
            match worker.receive(bound, deadline)? {
                protocol::Said::Done(report) => {
                    let mut report = bounded(*report, &action.script().name, limits);
                    places::look_up(&mut report, action, &modules);
                    places::put_into_words(&mut report, &modules);
                    return Ok(report);
                }
                protocol::Said::Ready { .. } | protocol::Said::Unfit(_) => {
                    return Err(Death::OutOfTurn.into());
                }
                protocol::Said::Need { specifier, from } => {
                    needs += 1;
                    let mut module = match needs {
                        ..=MAX_NEEDS => modules.find(&specifier, &from, worker.known()),
                        _ => protocol::Module::Missing {
                            message: format!("cannot find module: more than {MAX_NEEDS} were asked for"),
                        },
                    };
                    if let protocol::Module::Script { code, .. } = &mut module {
                        worker.withhold(code);
                    }
                    worker.send(&[&written(&module)?], deadline)?;
                }
            }
        }
    }
}

const MAX_NEEDS: usize = 1_000;

fn of_run<'a>(run: &Run<'a>) -> protocol::Task<'a> {
    let script = run.action.script();
    let modules = script.modules.iter().filter_map(|module| {
        let secrets = module.secrets.as_ref().ok()?;
        Some((
            Cow::Borrowed(module.name.as_str()),
            Revealed(Cow::Borrowed(secrets)),
        ))
    });
    protocol::Task {
        handler: run.handler,
        engine: run.action.script().engine,
        recorder: Cow::Borrowed(run.recorder),
        facts: Cow::Borrowed(run.facts),
        secrets: Revealed(Cow::Borrowed(&script.secrets)),
        modules: modules.collect(),
        clock: run.clock,
        seed: run.seed.map(|seed| seed::of_run(seed, run.ordinal)),
        time_ms: u64::try_from(run.limits.left().as_millis()).unwrap_or(u64::MAX),
        memory: run.limits.memory,
        output: run.limits.output,
        commands: run.limits.commands,
        replaced: run
            .replacements
            .iter()
            .flat_map(|all| all.names())
            .map(Cow::Borrowed)
            .collect(),
    }
}

fn written(message: &impl serde::Serialize) -> Result<Vec<u8>, Lost> {
    serde_json::to_vec(message).map_err(|_| Death::Unspeakable.into())
}

/// A report that keeps to its limits, whatever the worker says.
fn bounded(mut report: Report, action: &str, limits: &Limits) -> Report {
    report.remarks.retain(Remark::is_known);
    report.remarks.truncate(MAX_REMARKS);
    // It reaches no network.
    report.http.clear();
    let past = if report.calls.len() > limits.commands {
        let message = reached::command(action, limits.commands);
        Some(failed(FailureKind::CommandLimit, message))
    } else if output(&report) > limits.output.saturating_add(MAX_NOTES) {
        let message = reached::output(action, limits.output);
        Some(failed(FailureKind::OutputLimit, message))
    } else {
        None
    };
    past.unwrap_or(report)
}

/// More than there are methods of `api` and `console`, for each kind of remark.
const MAX_REMARKS: usize = 256;

/// Warnings of the engine's own, which a worker does not count as output.
const MAX_NOTES: usize = 32 << 10;

/// Bytes of calls and logs together.
fn output(report: &Report) -> usize {
    let mut bytes = Counter(0);
    for call in &report.calls {
        bytes.0 += call.method.len();
        // Nothing is written that could fail.
        let _ = serde_json::to_writer(&mut bytes, &call.args);
    }
    report.logs.iter().map(|line| line.text.len()).sum::<usize>() + bytes.0
}

/// Counts what is written and keeps none of it.
struct Counter(usize);

impl io::Write for Counter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 += bytes.len();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::command::{Call, LogLevel, LogLine};
    use crate::trace::Origin;

    fn kind(report: Report) -> Option<FailureKind> {
        let limits = Limits {
            commands: 3,
            output: 1_000,
            ..Limits::default()
        };
        let report = bounded(report, "", &limits);
        assert!(report.failure.is_none() || (report.calls.is_empty() && report.logs.is_empty()));
        report.failure.map(|failure| failure.kind)
    }

    fn with_calls(count: usize, argument: &str) -> Report {
        let call = Call {
            origin: Origin::default(),
            method: "access.deny".to_owned(),
            args: vec![argument.into()],
            index: None,
            handler: None,
        };
        Report {
            calls: vec![call; count],
            ..Report::default()
        }
    }

    #[test]
    fn a_worker_that_reports_more_than_it_may_has_failed() {
        assert_eq!(kind(with_calls(3, "no")), None);
        assert_eq!(kind(with_calls(4, "no")), Some(FailureKind::CommandLimit));
        let long = "x".repeat(40_000);
        assert_eq!(kind(with_calls(1, &long)), Some(FailureKind::OutputLimit));
        let line = LogLine {
            level: LogLevel::Log,
            text: long,
        };
        let report = Report {
            logs: vec![line],
            ..Report::default()
        };
        assert_eq!(kind(report), Some(FailureKind::OutputLimit));
    }
}
