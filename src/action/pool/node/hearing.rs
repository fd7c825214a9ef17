//! The parent's side of one run in a process of Node.js: it judges every call, and believes nothing but calls, lines and
//! the end of the run.

#![expect(clippy::disallowed_methods, reason = "the clock of a run is read here")]

use super::failure::{self, clean};
use super::names::Names;
use super::said::{Answer, Call, Done, Failed, Line, Module, Said, Site};
use super::{argument, thrown};
use crate::action::clock::Clock;
use crate::action::pool::death::Death;
use crate::action::pool::lost::Lost;
use crate::action::pool::modules::Modules;
use crate::action::pool::places;
use crate::action::pool::run::Run;
use crate::action::recording::{Answered, Bounds, MAX_UNHANDLED, Recording, too_late};
use crate::action::script::MODULE;
use crate::action::{protocol, reached, seed, view};
use crate::command::{CONSOLE, Call as Asked, FailureKind, METHODS, RemarkKind, Report};
use crate::random::Random;
use crate::time::Moment;
use crate::trace::Origin;
use serde::Serialize;
use serde_json::Value as Json;
use std::borrow::Cow;
use std::collections::{BTreeMap, HashSet};
use std::path::Path;
use std::time::SystemTime;

/// One run, heard to its end.
pub(super) struct Hearing<'a> {
    run: &'a Run<'a>,
    /// Its number among the runs of the process.
    number: u64,
    names: &'a Names,
    modules: Modules<'a>,
    recording: Recording,
    random: Box<dyn Random>,
    needs: usize,
}

/// What follows from what was said.
#[derive(Debug)]
pub(super) enum Heard {
    /// This is to be answered.
    Answer(Vec<u8>),
    /// The run is over.
    End(Box<Ended>),
    /// It goes on.
    Nothing,
    /// Why this pair was closed is to be told.
    Why(usize),
}

/// What a run has come to.
#[derive(Debug)]
pub(super) struct Ended {
    pub report: Report,
    /// Whether the process is as it was before the run, as far as that matters.
    pub is_clean: bool,
}

impl<'a> Hearing<'a> {
    /// Nothing has been said yet.
    pub fn new(run: &'a Run<'a>, number: u64, names: &'a Names, modules: Modules<'a>) -> Self {
        let bounds = Bounds {
            output: run.limits.output,
            commands: run.limits.commands,
        };
        Self {
            run,
            number,
            names,
            modules,
            recording: Recording::new(run.handler, run.recorder.clone(), bounds),
            random: seed::random(
                run.seed.map(|seed| seed::of_run(seed, run.ordinal)).as_deref(),
                &run.action.script().name,
                run.handler,
            ),
            needs: 0,
        }
    }

    /// Judges what the process says.
    ///
    /// # Errors
    /// It is nonsense.
    pub fn hear(&mut self, said: Said<'_>) -> Result<Heard, Lost> {
        match said {
            Said::Call(call) if call.run == self.number => self.call(&call),
            Said::Log(line) if line.run == self.number => Ok(self.log(line)),
            Said::Done(done) if done.run == self.number => self.done(done),
            Said::Draw(bytes) if bytes <= MAX_DRAWN => {
                let mut drawn = vec![0; bytes];
                self.random.fill(&mut drawn);
                answer(&drawn)
            }
            Said::Need { specifier, from } => self.need(&specifier, &from),
            Said::Why(pair) => Ok(Heard::Why(pair)),
            Said::Call(_)
            | Said::Done(_)
            | Said::Draw(_)
            | Said::Log(_)
            | Said::Ready(())
            | Said::Unfit(_) => Err(Death::OutOfTurn.into()),
        }
    }

    /// What the run has come to that was stopped at a limit.
    pub fn stopped(&mut self, kind: FailureKind, message: String) -> Box<Ended> {
        let failure = failure::plain(kind, message, self.run.action);
        let mut report = self.recording.take_report();
        report.failure = Some(failure);
        places::look_up(&mut report, self.run.action, &self.modules);
        Box::new(Ended {
            report,
            is_clean: false,
        })
    }

    fn call(&mut self, call: &Call<'_>) -> Result<Heard, Lost> {
        let Some(method) = METHODS.get(call.method) else {
            return Err(Death::Unreadable.into());
        };
        let origin = self.origin(call.site.as_ref());
        if call.late {
            self.recording
                .remark(RemarkKind::ActionEnded, method.path, None, || origin);
            return refused(too_late(method.path));
        }
        let action = self.run.action;
        let args = argument::convert(method, &call.args, self.run.limits.output, |text| {
            clean(text, action)
        });
        let args = match args {
            Ok(args) => args,
            Err(message) => return refused(message),
        };
        let asked = Asked {
            origin,
            method: method.path.to_owned(),
            args,
            index: None,
            handler: None,
        };
        let now = now(self.run.clock);
        match self.recording.call(asked, self.run.facts, now) {
            Err(limit) => Ok(Heard::End(self.past(limit))),
            Ok(Answered::Refused(message)) => refused(message),
            Ok(Answered::Value(value)) => answer(&Answer {
                value: (value != Json::Null).then_some(value),
                ..Answer::default()
            }),
            Ok(Answered::Recorded(command, value)) => answer(&Answer {
                value,
                follow: view::change(&command),
                ..Answer::default()
            }),
        }
    }

    fn log(&mut self, line: Line) -> Heard {
        if line.late {
            let method = format!("{CONSOLE}{}", line.level.method());
            let origin = self.origin(line.site.as_ref());
            self.recording
                .remark(RemarkKind::ActionEnded, &method, None, || origin);
            return Heard::Nothing;
        }
        let text = self.names.shown_in(line.text);
        match self.recording.log(line.level, text) {
            Ok(()) => Heard::Nothing,
            Err(limit) => Heard::End(self.past(limit)),
        }
    }

    fn done(&mut self, done: Done) -> Result<Heard, Lost> {
        if let Some(Failed::Stale(())) = done.failure {
            return Err(Lost::Stale);
        }
        let (run, names) = (self.run, self.names);
        let is_clean = done.failure.is_none()
            && done.rejections.is_empty()
            && done.late_errors.is_empty()
            && done.timers == 0
            && done.others == 0;
        let message = |value| clean(&names.shown_in(thrown::message(value)), run.action);
        let failure = done
            .failure
            .and_then(|failed| failure::of_run(failed, run.handler, run.action, names, &mut self.modules));
        for error in done.late_errors.into_iter().take(MAX_UNHANDLED) {
            self.recording.warn_of_late_error(&message(error));
        }
        if failure.is_none() {
            if done.timers > 0 {
                self.recording.warn_of_timers();
            }
            for rejection in done.rejections.into_iter().take(MAX_UNHANDLED) {
                self.recording.warn_of_rejection(&message(rejection));
            }
        }
        let mut report = self.recording.take_report();
        report.has_continue = failure.is_none() && done.has_continue;
        report.failure = failure;
        places::look_up(&mut report, run.action, &self.modules);
        Ok(Heard::End(Box::new(Ended { report, is_clean })))
    }

    fn need(&mut self, specifier: &str, from: &str) -> Result<Heard, Lost> {
        self.needs += 1;
        let from = self.names.shown(from).unwrap_or_default();
        let found = match self.needs {
            ..=MAX_NEEDS => self.modules.find(specifier, &from, &HashSet::new()),
            _ => protocol::Module::Missing {
                message: format!("cannot find module: more than {MAX_NEEDS} were asked for"),
            },
        };
        answer(&match found {
            protocol::Module::Script { code, .. } => Module::Found {
                folder: self.folder_of(&code.file),
                secrets: self.secrets_of(&code.file),
                file: self.names.in_memory(&code.file),
                source: code.source.unwrap_or(Cow::Borrowed("")),
            },
            protocol::Module::Beyond { message, .. } | protocol::Module::Missing { message } => {
                Module::Missing { missing: message }
            }
            protocol::Module::Json { file, .. } => Module::Missing {
                missing: format!("cannot find module '{file}'"),
            },
        })
    }

    /// The folder of an Action module.
    fn folder_of(&self, file: &str) -> Option<&'a Path> {
        let (module, _) = self.run.action.module(file.strip_prefix(MODULE)?)?;
        module.folder.as_deref()
    }

    /// The secrets of an Action module.
    fn secrets_of(&self, file: &str) -> Option<BTreeMap<&'a str, &'a str>> {
        let (module, _) = self.run.action.module(file.strip_prefix(MODULE)?)?;
        let secrets = module.secrets.iter().flatten();
        Some(
            secrets
                .map(|(name, secret)| (name.as_str(), secret.reveal().as_str()))
                .collect(),
        )
    }

    fn past(&mut self, limit: FailureKind) -> Box<Ended> {
        let message = limit_message(limit, self.run);
        self.stopped(limit, message)
    }

    /// Who asks, at the place that the script says.
    fn origin(&mut self, site: Option<&Site>) -> Origin {
        let mut origin = Origin {
            action: Some(self.run.action.script().name.clone()),
            ..Origin::default()
        };
        let Some(Site(path, line, column)) = site else {
            return origin;
        };
        if path != self.names.main() {
            let Some(file) = self.names.shown(path) else {
                return origin;
            };
            self.modules.seen(&file, path);
            origin.file = Some(file);
        }
        origin.line = Some(*line);
        origin.column = Some(*column);
        origin
    }
}

/// What people are told of a limit that a run has passed.
pub(super) fn limit_message(limit: FailureKind, run: &Run<'_>) -> String {
    let (action, limits) = (&run.action.script().name, &run.limits);
    match limit {
        FailureKind::CommandLimit => reached::command(action, limits.commands),
        FailureKind::MemoryLimit => reached::memory(action, limits.memory),
        FailureKind::OutputLimit => reached::output(action, limits.output),
        _ => reached::time(action, limits.time),
    }
}

fn refused(error: String) -> Result<Heard, Lost> {
    answer(&Answer {
        error: Some(error),
        ..Answer::default()
    })
}

pub(super) fn answer(answer: &impl Serialize) -> Result<Heard, Lost> {
    let answer = serde_json::to_vec(answer).map_err(|_| Death::Unspeakable)?;
    Ok(Heard::Answer(answer))
}

/// What time it is for the script.
fn now(clock: Clock) -> Moment {
    match clock {
        Clock::Frozen(at) => at,
        Clock::System => SystemTime::now().into(),
    }
}

const MAX_NEEDS: usize = 1_000;
/// Random bytes that are drawn at once.
const MAX_DRAWN: usize = 64 << 10;
