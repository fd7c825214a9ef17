//! The worker process, seen from outside: started bare, spoken to with a deadline, killed.

#![expect(clippy::disallowed_methods, reason = "workers are started here")]

use super::program::WorkerProgram;
use crate::action::pool::death::Death;
use crate::action::pool::lost::Lost;
use crate::action::pool::piped::Piped;
use crate::action::protocol::{Code, Landlock, Said, Unfit};
use rustix::process::{Pid, Resource, Rlimit, prlimit};
use std::collections::HashSet;
use std::io;
use std::process::Command;
use std::time::{Duration, Instant};

/// A running worker.
#[derive(Debug)]
pub(in crate::action::pool) struct Worker {
    piped: Piped,
    /// What it said of itself when it had locked itself in; none before.
    ready: Option<Ready>,
    /// Hashes of the sources that it holds.
    known: HashSet<String>,
    /// Bytes of the sources that it holds.
    held: usize,
    /// Bytes of heap that its address space was last set for.
    limited_to: Option<usize>,
}

#[derive(Clone, Copy, Debug)]
struct Ready {
    address_space: u64,
    landlock: Landlock,
}

/// Address space beyond the heap limit: the engine itself and copies on the host's side of it.
const SLACK: u64 = 56 << 20;

impl Worker {
    /// Starts a worker with an empty environment, in `/`, with nothing but its three pipes.
    pub fn start(program: &WorkerProgram) -> io::Result<Self> {
        let mut command = Command::new(program.path());
        // A build with sanitizers is told by its environment what to do.
        if !cfg!(sanitize_engine) {
            command.env_clear();
        }
        command.arg("__worker").arg(std::process::id().to_string());
        Ok(Self {
            piped: Piped::start(command)?,
            ready: None,
            known: HashSet::new(),
            held: 0,
            limited_to: None,
        })
    }

    /// Whether it is full of sources, so that another one is better.
    pub fn holds_much(&self) -> bool {
        self.held >= MAX_HELD
    }

    /// Hashes of the sources that it holds.
    pub fn known(&self) -> &HashSet<String> {
        &self.known
    }

    /// Takes the source out of what is sent to it where it has that already.
    pub fn withhold(&mut self, code: &mut Code<'_>) {
        if self.known.contains(&*code.hash) {
            code.source = None;
        } else {
            self.known.insert(code.hash.clone().into_owned());
            self.held += code.source.as_ref().map_or(0, |source| source.len());
        }
    }

    /// Waits for a worker that was just started; of another one sees whether it is still there.
    pub fn wait_until_ready(&mut self, deadline: Instant) -> Result<(), Lost> {
        if self.ready.is_some() {
            return if self.piped.is_there() {
                Ok(())
            } else {
                Err(self.piped.dead())
            };
        }
        let greeting = self.receive(MAX_GREETING, deadline).map_err(|lost| match lost {
            Lost::TooLarge => Death::Unreadable.into(),
            lost => lost,
        })?;
        match greeting {
            Said::Ready {
                address_space,
                landlock,
            } => {
                self.ready = Some(Ready {
                    address_space,
                    landlock,
                });
                Ok(())
            }
            Said::Unfit(Unfit::NotLockedIn(why)) => Err(Death::NotLockedIn(why).into()),
            Said::Unfit(Unfit::NoMemory) => Err(Death::NoMemoryForEngine.into()),
            Said::Done(_) | Said::Need { .. } => Err(Death::OutOfTurn.into()),
        }
    }

    /// Sets the address space that the worker may use for a run with `memory` bytes of heap.
    ///
    /// # Errors
    /// The kernel refuses it: the limit that the engine keeps does not hold against a fault of the engine.
    pub fn limit_memory(&mut self, memory: usize) -> Result<(), Lost> {
        if self.limited_to == Some(memory) {
            return Ok(());
        }
        let base = self.ready.map_or(0, |ready| ready.address_space);
        // Half as much again: the allocator's own waste, and a block that is moved while it grows.
        let heap = memory as u64;
        let space = base
            .saturating_add(heap)
            .saturating_add(heap / 2)
            .saturating_add(SLACK);
        let limit = Rlimit {
            current: Some(space),
            maximum: None,
        };
        let pid = i32::try_from(self.id()).ok().and_then(Pid::from_raw);
        prlimit(pid, Resource::As, limit).map_err(|error| Death::NotLimited(error.into()))?;
        self.limited_to = Some(memory);
        Ok(())
    }

    /// Sends frames, in one write where they are small: the worker wakes up once.
    pub fn send(&mut self, texts: &[&[u8]], deadline: Instant) -> Result<(), Lost> {
        self.piped.send(texts, deadline)
    }

    /// Receives what the worker says, at most `bound` bytes of it.
    pub fn receive(&mut self, bound: usize, deadline: Instant) -> Result<Said, Lost> {
        let text = self.piped.receive(bound, deadline)?;
        serde_json::from_slice(text).map_err(|_| Death::Unreadable.into())
    }

    /// Number of its process.
    pub fn id(&self) -> u32 {
        self.piped.id()
    }

    /// What of Landlock it said to be in force.
    pub fn landlock(&self) -> Option<Landlock> {
        self.ready.map(|ready| ready.landlock)
    }

    /// Processor time that the worker has used.
    pub fn cpu_time(&self) -> Option<Duration> {
        self.piped.cpu_time()
    }

    /// Bytes of its resident memory.
    pub fn resident_bytes(&self) -> Option<u64> {
        self.piped.resident_bytes()
    }
}

/// A worker that holds more source text than this is replaced by a fresh one.
const MAX_HELD: usize = 64 << 20;
const MAX_GREETING: usize = 1 << 10;
