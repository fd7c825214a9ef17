//! Node.js as an engine: each Action has processes of its own, and each of these one run at a time.

#![expect(
    clippy::disallowed_methods,
    reason = "an edge: the folder of packages is looked up here"
)]

use super::failure;
use super::found::Found;
use super::hearing::{Ended, Heard, Hearing, answer, limit_message};
use super::names::Names;
use super::process::{LOADER, Process};
use super::said::{Said, Setup, Start, Why};
use super::settings::{NodeProcess, NodeSettings, WithoutLandlock};
use crate::action::api;
use crate::action::cage_order::{CageOrder, LandlockWish};
use crate::action::clock::Clock;
use crate::action::pool::death::Death;
use crate::action::pool::embedded::WorkerProgram;
use crate::action::pool::engine::Engine;
use crate::action::pool::lost::Lost;
use crate::action::pool::modules::{Files, Modules};
use crate::action::pool::prepared::Prepared;
use crate::action::pool::run::{Job, Run, Task};
use crate::action::worker;
use crate::command::{FailureKind, Handler, METHODS, Report};
use serde::Serialize;
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// What a process has to have for the runs of an Action.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(in crate::action::pool) struct Needs {
    /// Bytes of heap.
    pub memory: usize,
    /// Connected pairs.
    pub pairs: u32,
}

impl Needs {
    /// Those of a job.
    pub fn of(job: &Job<'_>) -> Self {
        let terms = match job.task {
            Task::Check => None,
            Task::Run { run, .. } => run.network,
        };
        let pairs = terms.map_or(0, |terms| terms.limits.connections + SPARE_PAIRS);
        Self {
            memory: job.limits.memory,
            pairs: u32::try_from(pairs.min(MAX_PAIRS)).unwrap_or_default(),
        }
    }
}

/// Pairs of a process beyond those that one run may take: a process whose runs take few serves many.
const SPARE_PAIRS: usize = 32;
const MAX_PAIRS: usize = 512;

/// Node.js for one Action.
#[derive(Debug)]
pub(in crate::action::pool) struct Node {
    launcher: WorkerProgram,
    /// What a launcher is ordered to become.
    order: String,
    keeping: NodeProcess,
    /// Bytes that a script may have.
    memory: u64,
    names: Names,
    pairs: u32,
    /// What each process is told first.
    setup: Vec<u8>,
    files: Files,
}

impl Node {
    /// Processes of `found` for `action`, each with `memory` bytes of heap.
    ///
    /// # Errors
    /// The Action cannot be told to a process.
    pub fn new(
        launcher: &WorkerProgram,
        found: &Found,
        settings: &NodeSettings,
        action: &Prepared,
        Needs { memory, pairs }: Needs,
    ) -> Result<Self, Lost> {
        let names = Names::of(action);
        let kinds = |kinds: &[crate::command::Parameter]| {
            let kinds = kinds.iter().map(|parameter| format!("{:?}", parameter.kind));
            kinds.collect()
        };
        let setup = Setup {
            api: api::source(),
            methods: METHODS.iter().map(|method| kinds(method.parameters)).collect(),
            file: names.main(),
            source: &action.script().source,
            folder: names.folder(),
            packages: names.packages(),
            shared: !action.script().modules.is_empty(),
            pairs,
            fixed: worker::FIXED,
            timers: worker::TIMERS,
        };
        let setup = serde_json::to_vec(&setup).map_err(|_| Death::Unspeakable)?;
        let readable = readable(action);
        let mut arguments = found.version.arguments(&readable, memory);
        arguments.extend(["-e", LOADER].map(str::to_owned));
        let order = CageOrder {
            parent: i32::try_from(std::process::id()).map_err(|_| Death::Unspeakable)?,
            node: Cow::Borrowed(&found.program),
            arguments: Cow::Owned(arguments),
            readable: Cow::Owned(readable),
            memory: memory as u64,
            pairs,
            landlock: match settings.landlock {
                WithoutLandlock::Refuse => LandlockWish::Demand,
                WithoutLandlock::Run => LandlockWish::IfThere,
            },
        };
        Ok(Self {
            launcher: launcher.clone(),
            order: serde_json::to_string(&order).map_err(|_| Death::Unspeakable)?,
            keeping: settings.process,
            memory: memory as u64,
            pairs,
            names,
            setup,
            files: Files::default(),
        })
    }
}

/// The real paths of what a process of the Action may read.
fn readable(action: &Prepared) -> Vec<PathBuf> {
    let folder = action.folder().map(Path::to_owned);
    let packages = action.package_folders().map(|folder| folder.join("node_modules"));
    let real = packages.filter_map(|packages| packages.canonicalize().ok());
    folder.into_iter().chain(real).collect()
}

impl Engine for Node {
    type Process = Process;

    // Ended from outside alone.
    const GRACE: Duration = Duration::ZERO;

    fn start(&self) -> Result<Process, Lost> {
        Process::start(&self.launcher, &self.order, self.pairs)
            .map_err(|error| Death::NotStarted(error).into())
    }

    fn may_serve(&self, process: &Process, job: &Job<'_>) -> bool {
        process.runs() == 0
            || (!process.is_spoilt()
                && process.runs() < MAX_RUNS
                && self.keeping == NodeProcess::Kept
                && !is_alone(job))
    }

    fn is_spoilt(&self, process: &Process, _: &Report) -> bool {
        process.is_spoilt() || self.keeping == NodeProcess::Login
    }

    // In tests, which are the ones that want a process for themselves, nobody may come next.
    fn starts_ahead(&self, job: &Job<'_>) -> bool {
        !is_alone(job)
    }

    fn ready(&self, process: &mut Process, deadline: Instant) -> Result<(), Lost> {
        process.wait_until_ready(&self.setup, self.memory, deadline)
    }

    fn carry_out(&self, process: &mut Process, job: &Job<'_>, deadline: Instant) -> Result<Report, Lost> {
        let ended = match job.task {
            Task::Check => self.check(process, job, deadline),
            Task::Run { run, event } => {
                if let Some(terms) = run.network {
                    process.connections().begin(terms, deadline);
                }
                let ended = self.run(process, run, event, deadline);
                let network = process.connections().end();
                ended.map(|mut ended| {
                    let limit = run.network.map_or(0, |terms| terms.limits.connections);
                    ended.is_clean &=
                        network.was_open == 0 && !network.ran_out && network.unused_pairs >= limit;
                    ended.report.http = network.exchanges;
                    ended
                })
            }
        };
        match ended {
            Ok(ended) => {
                if !ended.is_clean || is_alone(job) {
                    process.spoil();
                }
                Ok(ended.report)
            }
            Err(lost) => {
                process.spoil();
                Err(lost)
            }
        }
    }
}

/// Whether a job is to find a process that has served no other.
fn is_alone(job: &Job<'_>) -> bool {
    match job.task {
        Task::Check => false,
        Task::Run { run, .. } => {
            run.seed.is_some() || run.replacements.is_some() || matches!(run.clock, Clock::Frozen(_))
        }
    }
}

/// A process that has served so often is replaced by another one.
const MAX_RUNS: u64 = 1_000;

impl Node {
    fn check(&self, process: &mut Process, job: &Job<'_>, deadline: Instant) -> Result<Ended, Lost> {
        let start = Start {
            run: process.begin(),
            check: true,
            handler: Handler::Execute.export(),
            secrets: BTreeMap::new(),
            replaced: Vec::new(),
            output: 0,
            now: None,
            seeded: false,
        };
        process.send(&[&written(&start)?], deadline)?;
        let Said::Done(done) = process.receive(MAX_NOTES, deadline)? else {
            return Err(Death::OutOfTurn.into());
        };
        let mut modules = Modules::new(job.action, &self.files, None);
        let failed = done.failure;
        let failure = failed.and_then(|failed| {
            failure::of_run(failed, Handler::Execute, job.action, &self.names, &mut modules)
        });
        Ok(Ended {
            report: Report {
                failure,
                ..Report::default()
            },
            is_clean: true,
        })
    }

    fn run(
        &self,
        process: &mut Process,
        run: &Run<'_>,
        event: &[u8],
        deadline: Instant,
    ) -> Result<Ended, Lost> {
        let number = process.begin();
        let secrets = run.action.script().secrets.iter();
        let start = written(&Start {
            run: number,
            check: false,
            handler: run.handler.export(),
            secrets: secrets
                .map(|(name, secret)| (name.as_str(), secret.reveal().as_str()))
                .collect(),
            replaced: run.replacements.iter().flat_map(|all| all.names()).collect(),
            output: run.limits.output,
            now: match run.clock {
                Clock::Frozen(at) => Some(at.timestamp_millis()),
                Clock::System => None,
            },
            seeded: run.seed.is_some(),
        })?;
        let modules = Modules::new(run.action, &self.files, run.replacements);
        let mut hearing = Hearing::new(run, number, &self.names, modules);
        // Text grows up to sixfold where it is escaped.
        let bound = run.limits.output.saturating_mul(6).saturating_add(MAX_NOTES);
        let mut heard = process.send(&[&start, event], deadline).map(|()| Heard::Nothing);
        loop {
            let limit = match heard {
                Ok(Heard::End(ended)) => return Ok(*ended),
                Ok(Heard::Answer(answer)) => {
                    heard = process.send(&[&answer], deadline).map(|()| Heard::Nothing);
                    continue;
                }
                Ok(Heard::Nothing) => {
                    let said = process.receive(bound, deadline);
                    heard = said.and_then(|said| hearing.hear(said));
                    continue;
                }
                Ok(Heard::Why(pair)) => {
                    let why = process.connections().why(pair);
                    let why = why.as_ref().map(|why| Why {
                        code: &why.code,
                        message: &why.message,
                    });
                    heard = answer(&why);
                    continue;
                }
                Err(Lost::Late) => FailureKind::TimeLimit,
                Err(Lost::TooLarge) => FailureKind::OutputLimit,
                Err(lost) if process.was_short(&lost, self.memory) => FailureKind::MemoryLimit,
                Err(lost) => return Err(lost),
            };
            return Ok(*hearing.stopped(limit, limit_message(limit, run)));
        }
    }
}

fn written(message: &impl Serialize) -> Result<Vec<u8>, Lost> {
    serde_json::to_vec(message).map_err(|_| Death::Unspeakable.into())
}

/// Bytes of a message beside what the script has written.
const MAX_NOTES: usize = 256 << 10;
