//! What a run has asked for so far and what it may still ask for: the rules of a call, whichever engine it comes from.

use crate::command::{
    Call, Command, Facts, FailureKind, Handler, LogLevel, LogLine, Outcome, Recorder, Remark, RemarkKind,
    Report, has_weak_secret, noticed,
};
use crate::json;
use crate::time::Moment;
use crate::trace::Origin;
use serde_json::Value as Json;

/// The calls, logs and remarks of one run.
#[derive(Debug)]
pub(super) struct Recording {
    handler: Handler,
    recorder: Recorder,
    report: Report,
    bounds: Bounds,
    written: usize,
}

/// How much a run may ask for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bounds {
    /// Bytes of calls and logs together.
    pub output: usize,
    /// Number of recording calls.
    pub commands: usize,
}

/// What a script gets for its call.
#[derive(Debug)]
pub(super) enum Answered {
    /// An error with this text.
    Refused(String),
    /// A value, `undefined` where it is null. Nothing was recorded.
    Value(Json),
    /// It was recorded; there is a value where the method answers with one.
    Recorded(Box<Command>, Option<Json>),
}

impl Recording {
    /// Nothing asked for yet, beside what `recorder` knows of earlier Actions.
    pub fn new(handler: Handler, recorder: Recorder, bounds: Bounds) -> Self {
        Self {
            handler,
            recorder,
            report: Report::default(),
            bounds,
            written: 0,
        }
    }

    /// What the run has come to, which is forgotten.
    pub fn take_report(&mut self) -> Report {
        std::mem::take(&mut self.report)
    }

    /// Judges a call and records it.
    ///
    /// # Errors
    /// The limit that the run has passed with it.
    pub fn call(&mut self, call: Call, facts: &Facts, now: Moment) -> Result<Answered, FailureKind> {
        let method = call.method.as_str();
        if has_weak_secret(method, &call.args) {
            self.remark(RemarkKind::WeakSecret, method, None, || call.origin.clone());
        }
        let outcome = match self.recorder.call(&call, self.handler, facts, now) {
            Err(error) => return Ok(Answered::Refused(error.to_string())),
            Ok(outcome) => outcome,
        };
        if let Some((kind, about)) = noticed(&call, facts, now) {
            self.remark(kind, method, Some(about), || call.origin.clone());
        }
        match outcome {
            Outcome::Answered(answer) => Ok(Answered::Value(answer)),
            Outcome::Recorded(command, answer) => {
                if self.report.calls.len() >= self.bounds.commands {
                    return Err(FailureKind::CommandLimit);
                }
                let written: usize = call.args.iter().map(json::size).sum();
                self.spend(written + call.method.len() + CALL_BYTES)?;
                self.report.calls.push(call);
                Ok(Answered::Recorded(command, answer))
            }
        }
    }

    /// Keeps a log line.
    ///
    /// # Errors
    /// It is too much output, and not kept.
    pub fn log(&mut self, level: LogLevel, text: String) -> Result<(), FailureKind> {
        self.spend(text.len() + LINE_BYTES)?;
        self.report.logs.push(LogLine { level, text });
        Ok(())
    }

    /// Adds a line of our own to the logs.
    pub fn warn(&mut self, text: String) {
        let level = LogLevel::Warn;
        self.report.logs.push(LogLine { level, text });
    }

    /// Warns that nobody has listened to a promise that was rejected.
    pub fn warn_of_rejection(&mut self, message: &str) {
        self.warn(format!("a promise was rejected and nobody handled it: {message}"));
    }

    /// Warns of an error that nobody caught, thrown when the handler's promise had settled.
    pub fn warn_of_late_error(&mut self, message: &str) {
        self.warn(format!(
            "an error was thrown after the Action had ended and nobody caught it: {message}"
        ));
    }

    /// Warns of timers that are still waiting: what they would ask for is not asked.
    pub fn warn_of_timers(&mut self) {
        self.warn(
            "a timer was still waiting when the Action ended, and does not run; await what the timer is for"
                .to_owned(),
        );
    }

    /// Tells the author about a call: once for each kind and method, with the place of the first.
    pub fn remark(
        &mut self,
        kind: RemarkKind,
        method: &str,
        about: Option<String>,
        origin: impl FnOnce() -> Origin,
    ) {
        let same = |remark: &&mut Remark| remark.kind == kind && remark.method == method;
        if let Some(remark) = self.report.remarks.iter_mut().find(same) {
            remark.times = remark.times.saturating_add(1);
            return;
        }
        self.report.remarks.push(Remark {
            kind,
            method: method.to_owned(),
            about,
            origin: origin(),
            times: 1,
        });
    }

    fn spend(&mut self, bytes: usize) -> Result<(), FailureKind> {
        self.written = self.written.saturating_add(bytes);
        if self.written > self.bounds.output {
            return Err(FailureKind::OutputLimit);
        }
        Ok(())
    }
}

/// What a call is answered with that comes when the handler's promise has settled.
pub(super) fn too_late(method: &str) -> String {
    format!("api.{method}: asked for after the Action had ended, so it is not carried out")
}

/// Rejections beyond so many are not reported, nor are errors that are thrown too late.
pub(super) const MAX_UNHANDLED: usize = 20;

/// What a log line costs besides its text.
const LINE_BYTES: usize = 32;

/// What a call costs besides its method and arguments: the names of its members, its place.
const CALL_BYTES: usize = 64;
