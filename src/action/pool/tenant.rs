//! One worker at a time, kept between runs and replaced when it had to be stopped.

#![expect(
    clippy::disallowed_methods,
    reason = "time limits are measured here; workers are this program"
)]

use super::embedded::{Death, Lost, Worker, WorkerProgram};
use super::modules::{Files, Modules};
use super::places::{self, origins, seen_from};
use crate::action::protocol::{Code, Job, Landlock, Module, Said, Start, Task};
use crate::action::reached;
use crate::action::redaction::{LastSearch, make_readable};
use crate::action::script::{Limits, Run, Script};
use crate::command::{Failure, FailureKind, Remark, Report};
use crate::tenant::{MAX_SOURCE, MAX_TIME_LIMIT};
use std::io;
use std::time::{Duration, Instant};

/// Runs Actions, one after another, in a worker process that it starts when it is first needed.
///
/// A worker that ran out of time or memory, or that died, is replaced at once; the run that caused it
/// ends with a [`Failure`] that names the Action and the limit.
#[derive(Debug)]
pub struct Pool {
    program: WorkerProgram,
    worker: Option<Worker>,
    files: Files,
    last_words: Option<String>,
    secrets: LastSearch,
}

/// How much later than the engine's own limit the process is killed, so that what the Action had
/// logged by then is not lost where the engine can still stop it.
const GRACE: Duration = Duration::from_millis(200);
/// A worker that holds more source text than this is replaced by a fresh one.
const MAX_HELD: usize = 64 << 20;
const CHECK_TIME: Duration = Duration::from_secs(5);
const CHECK_OUTPUT: usize = 64 << 10;

impl Pool {
    /// A pool that has not started a worker yet.
    pub fn new(program: WorkerProgram) -> Self {
        Self {
            program,
            worker: None,
            files: Files::default(),
            last_words: None,
            secrets: LastSearch::default(),
        }
    }

    /// Runs one handler of one Action. What went wrong is in the report.
    pub fn run(&mut self, run: &Run<'_>) -> Report {
        let started = Instant::now();
        let Limits {
            memory,
            output,
            commands,
            ..
        } = run.limits;
        let task = Task {
            handler: run.handler,
            recorder: run.recorder.clone(),
            facts: run.facts.clone(),
            secrets: run.script.secrets.clone(),
            clock: run.clock,
            seed: run.seed.map(|seed| format!("{seed}/{}", run.ordinal)),
            time_ms: u64::try_from(run.limits.left().as_millis()).unwrap_or(u64::MAX),
            memory,
            output,
            commands,
        };
        let event = serde_json::to_vec(run.event);
        let mut report = match event {
            Ok(event) => self.job(run.script, Job::Run(Box::new(task)), &event, &run.limits),
            Err(error) => failed(FailureKind::Exception, format!("the event is not JSON: {error}")),
        };
        report.elapsed = started.elapsed();
        report
    }

    /// Compiles an Action and runs nothing.
    ///
    /// # Errors
    /// The syntax error, with file, line and column.
    pub fn syntax_check(&mut self, script: &Script) -> Result<(), Failure> {
        let limits = Limits {
            time: CHECK_TIME,
            output: CHECK_OUTPUT,
            ..Limits::default()
        };
        self.job(script, Job::Check, b"{}", &limits)
            .failure
            .map_or(Ok(()), Err)
    }

    /// Processor time that the current worker has used.
    pub fn worker_cpu_time(&self) -> Option<Duration> {
        self.worker.as_ref()?.cpu_time()
    }

    /// Resident memory of the current worker.
    pub fn worker_resident_bytes(&self) -> Option<u64> {
        self.worker.as_ref()?.resident_bytes()
    }

    /// Number of the current worker's process.
    pub fn worker_id(&self) -> Option<u32> {
        self.worker.as_ref().map(Worker::id)
    }

    /// How much of Landlock is in force in the current worker; none before its first run.
    pub fn worker_landlock(&self) -> Option<Landlock> {
        self.worker.as_ref()?.landlock()
    }

    /// What the worker that died last had written to standard error, at most 8 KiB.
    ///
    /// For a log, not for people: it may hold words of the engine and paths of the machine that built this
    /// program. The report says what happened without them.
    pub fn last_words(&self) -> Option<&str> {
        self.last_words.as_deref()
    }

    fn job(&mut self, script: &Script, job: Job, event: &[u8], limits: &Limits) -> Report {
        if let Some(reason) = unusable(script) {
            let mut report = failed(FailureKind::Exception, reason);
            if let Some(failure) = &mut report.failure {
                failure.file = Some(script.file.clone());
            }
            return report;
        }
        let deadline = Instant::now() + limits.left().min(MAX_TIME_LIMIT) + GRACE;
        let mut report = match self.converse(script, job, event, limits, deadline) {
            Ok(report) => report,
            Err(lost) => {
                self.worker = None;
                let report = failed_for(&lost, script, limits);
                if let Lost::Dead { last_words, .. } | Lost::OutOfMemory { last_words } = lost {
                    self.last_words = Some(last_words);
                }
                report
            }
        };
        for origin in origins(&mut report) {
            origin.action = Some(script.name.clone());
            origin.file = origin.file.take().map(|file| seen_from(script, &file));
        }
        if let Some(failure) = &mut report.failure {
            let file = failure.file.as_deref();
            let helper = file.filter(|file| *file != script.file);
            failure.helper = helper.map(|file| seen_from(script, file));
            if failure.kind == FailureKind::TimeLimit {
                failure.message = reached::time_that_was_left(&script.name, limits);
            }
        }
        self.hide_secrets(&mut report, script);
        if let Some(failure) = &report.failure
            && matches!(
                failure.kind,
                FailureKind::TimeLimit | FailureKind::MemoryLimit | FailureKind::WorkerDied
            )
        {
            self.worker = None;
            self.worker = Worker::start(&self.program).ok();
        }
        report
    }

    /// Most reports hold nothing that is read.
    fn hide_secrets(&mut self, report: &mut Report, script: &Script) {
        let is_read = !report.logs.is_empty()
            || report.failure.is_some()
            || origins(report).any(|origin| origin.file.is_some());
        if !is_read {
            return;
        }
        make_readable(report, self.secrets.of(&script.secrets));
    }

    fn converse(
        &mut self,
        script: &Script,
        job: Job,
        event: &[u8],
        limits: &Limits,
        deadline: Instant,
    ) -> Result<Report, Lost> {
        let worker = ready(&mut self.worker, &self.program, deadline)?;
        let mut modules = Modules::new(script, &mut self.files);
        let start = Start {
            action: script.name.clone(),
            main: withheld(worker, modules.main()),
            job,
        };
        let start = serde_json::to_vec(&start).map_err(|_| Death::Unspeakable)?;
        worker.limit_memory(limits.memory)?;
        worker.send(&[&start, event], deadline)?;
        // Text grows up to sixfold where it is escaped.
        let bound = limits.output.saturating_mul(6).saturating_add(256 << 10);
        let mut needs = 0;
        loop {
            match worker.receive(bound, deadline)? {
                Said::Done(report) => {
                    let mut report = bounded(*report, script, limits);
                    places::look_up(&mut report, script, &modules);
                    return Ok(report);
                }
                Said::Ready { .. } | Said::Unfit(_) => return Err(Death::OutOfTurn.into()),
                Said::Need { specifier, from } => {
                    needs += 1;
                    let mut module = match needs {
                        ..=MAX_NEEDS => modules.find(&specifier, &from, &worker.known),
                        _ => Module::Missing {
                            message: format!("cannot find module: more than {MAX_NEEDS} were asked for"),
                        },
                    };
                    if let Module::Script { code, .. } = &mut module {
                        *code = withheld(worker, code.clone());
                    }
                    let answer = serde_json::to_vec(&module).map_err(|_| Death::Unspeakable)?;
                    worker.send(&[&answer], deadline)?;
                }
            }
        }
    }
}

/// A worker that waits for work: the current one, or a new one where that one is gone or holds much.
fn ready<'a>(
    current: &'a mut Option<Worker>,
    program: &WorkerProgram,
    deadline: Instant,
) -> Result<&'a mut Worker, Lost> {
    let kept = current.take();
    if let Some(mut worker) = kept.filter(|worker| worker.held < MAX_HELD)
        && worker.wait_until_ready(deadline).is_ok()
    {
        return Ok(current.insert(worker));
    }
    let mut worker = Worker::start(program).map_err(Death::NotStarted)?;
    worker.wait_until_ready(deadline)?;
    Ok(current.insert(worker))
}

const MAX_NEEDS: usize = 1_000;

/// Takes the source out where the worker has it already.
fn withheld(worker: &mut Worker, mut code: Code) -> Code {
    if worker.known.contains(&code.hash) {
        code.source = None;
    } else {
        worker.known.insert(code.hash.clone());
        worker.held += code.source.as_ref().map_or(0, String::len);
    }
    code
}

/// Why a source is refused before any worker sees it.
fn unusable(script: &Script) -> Option<String> {
    let bytes = script.source.len();
    if bytes > MAX_SOURCE {
        return Some(format!(
            "Action '{}' is {bytes} bytes long; the limit is {MAX_SOURCE} bytes (100 kB)",
            script.name
        ));
    }
    let at = script.source.find('\0')?;
    let line = script.source[..at].matches('\n').count() + 1;
    Some(format!(
        "Action '{}' has a NUL character in line {line}; remove it",
        script.name
    ))
}

/// A report that keeps to its limits, whatever the worker says.
fn bounded(mut report: Report, script: &Script, limits: &Limits) -> Report {
    report.remarks.retain(Remark::is_known);
    report.remarks.truncate(MAX_REMARKS);
    let past = if report.calls.len() > limits.commands {
        let message = reached::command(&script.name, limits.commands);
        Some(failed(FailureKind::CommandLimit, message))
    } else if written(&report) > limits.output.saturating_add(MAX_NOTES) {
        let message = reached::output(&script.name, limits.output);
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
fn written(report: &Report) -> usize {
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

fn failed_for(lost: &Lost, script: &Script, limits: &Limits) -> Report {
    let name = &script.name;
    match lost {
        Lost::Late => failed(FailureKind::TimeLimit, reached::time(name, limits.time)),
        Lost::TooLarge => failed(FailureKind::OutputLimit, reached::output(name, limits.output)),
        Lost::OutOfMemory { .. } => failed(FailureKind::MemoryLimit, reached::memory(name, limits.memory)),
        Lost::Dead { death, .. } => failed(FailureKind::WorkerDied, death.of_worker(name)),
    }
}

fn failed(kind: FailureKind, message: String) -> Report {
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
        let report = bounded(report, &Script::default(), &limits);
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
