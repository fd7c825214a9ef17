//! A process of Node.js, from its start to its last run.

#![expect(clippy::disallowed_methods, reason = "processes are started here")]

use super::memory;
use super::said::Said;
use crate::action::pool::death::Death;
use crate::action::pool::embedded::{WorkerProgram, WorkerSeen};
use crate::action::pool::lost::Lost;
use crate::action::pool::piped::Piped;
use crate::action::pool::used::Used;
use crate::egress::Connections;
use command_fds::{CommandFdExt as _, FdMapping};
use std::io;
use std::os::unix::net::UnixStream;
use std::process::Command;
use std::time::Instant;

/// A process that serves one Action.
#[derive(Debug)]
pub(in crate::action::pool) struct Process {
    piped: Piped,
    /// The other ends of its pairs.
    connections: Connections,
    state: State,
    /// Runs that it has begun.
    runs: u64,
    /// What it had used before its first script.
    at_first: Used,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// It has not been told its bridge yet.
    Started,
    /// It has begun a run, or is to be ready soon: its word for that is still to come.
    Busy,
    Ready,
    /// It is not to be used again.
    Spoilt,
}

impl Process {
    /// Starts `launcher`, which becomes what it is ordered to, with so many pairs.
    ///
    /// # Errors
    /// It cannot be started.
    pub fn start(launcher: &WorkerProgram, order: &str, pairs: u32) -> io::Result<Self> {
        let mut command = Command::new(launcher.path());
        command.env_clear().arg("__node").arg(order);
        let mut own = Vec::new();
        let mut its = Vec::new();
        for child_fd in (FIRST_PAIR..).take(pairs as usize) {
            let (one, other) = UnixStream::pair()?;
            own.push(one);
            its.push(FdMapping {
                parent_fd: other.into(),
                child_fd,
            });
        }
        command.fd_mappings(its).map_err(io::Error::other)?;
        Ok(Self {
            piped: Piped::start(command)?,
            connections: Connections::new(own),
            state: State::Started,
            runs: 0,
            at_first: Used::default(),
        })
    }

    /// The other ends of its pairs.
    pub fn connections(&mut self) -> &mut Connections {
        &mut self.connections
    }

    /// What can be seen of it from outside.
    pub fn seen(&self) -> WorkerSeen {
        WorkerSeen {
            id: self.piped.id(),
            cpu_time: self.piped.cpu_time(),
            resident_bytes: self.piped.resident_bytes(),
            landlock: None,
        }
    }

    /// Runs that it has begun.
    pub fn runs(&self) -> u64 {
        self.runs
    }

    /// The number of the run that begins now.
    pub fn begin(&mut self) -> u64 {
        self.runs += 1;
        self.state = State::Busy;
        self.runs
    }

    /// It is not to be used again.
    pub fn spoil(&mut self) {
        self.state = State::Spoilt;
    }

    /// Whether it was lost because its scripts, who may have `memory` bytes, had no more to take.
    pub fn was_short(&self, lost: &Lost, memory: u64) -> bool {
        match lost {
            Lost::OutOfMemory { .. } => true,
            Lost::Dead {
                death,
                used: Some(used),
                ..
            } => death.is_fault() && memory::was_short(&self.at_first, used, memory),
            _ => false,
        }
    }

    pub fn is_spoilt(&self) -> bool {
        self.state == State::Spoilt
    }

    /// Tells a process that was just started what it is to know, and lets scripts have `memory` bytes; of another one
    /// sees whether it is there and silent.
    ///
    /// # Errors
    /// It is of no use.
    pub fn wait_until_ready(&mut self, setup: &[u8], memory: u64, deadline: Instant) -> Result<(), Lost> {
        match self.state {
            State::Spoilt => Err(Death::OutOfTurn.into()),
            State::Ready if !self.piped.is_there() => Err(self.piped.dead()),
            State::Ready if self.piped.has_said_more() => Err(Death::OutOfTurn.into()),
            State::Ready => Ok(()),
            State::Started => {
                self.piped.send(&[BRIDGE.as_bytes(), setup], deadline)?;
                self.state = State::Busy;
                self.hear_ready(deadline)?;
                self.at_first = memory::limit(self.piped.id(), memory)?;
                Ok(())
            }
            State::Busy => self.hear_ready(deadline),
        }
    }

    /// What comes between two runs: whatever else a script has said by itself is heard here, not by the next run.
    fn hear_ready(&mut self, deadline: Instant) -> Result<(), Lost> {
        let said = match self.piped.receive(MAX_GREETING, deadline) {
            Err(Lost::TooLarge) => return Err(Death::Unreadable.into()),
            said => said?,
        };
        match serde_json::from_slice(said) {
            Ok(Said::Ready(())) => {}
            Ok(Said::Unfit(why)) => return Err(Death::NotLockedIn(why).into()),
            Ok(_) => return Err(Death::OutOfTurn.into()),
            Err(_) => return Err(Death::Unreadable.into()),
        }
        if self.piped.has_said_more() {
            return Err(Death::OutOfTurn.into());
        }
        self.state = State::Ready;
        Ok(())
    }

    /// Sends frames.
    ///
    /// # Errors
    /// It does not take them.
    pub fn send(&mut self, texts: &[&[u8]], deadline: Instant) -> Result<(), Lost> {
        self.piped.send(texts, deadline)
    }

    /// What it says next, at most `bound` bytes of it.
    ///
    /// # Errors
    /// It says nothing in time, or nonsense, or has ended.
    pub(super) fn receive(&mut self, bound: usize, deadline: Instant) -> Result<Said<'_>, Lost> {
        let text = self.piped.receive(bound, deadline)?;
        serde_json::from_slice(text).map_err(|_| Death::Unreadable.into())
    }
}

/// The descriptor of the first pair.
const FIRST_PAIR: i32 = 3;
const MAX_GREETING: usize = 4 << 10;

/// Reads the bridge from the pipe and hands it what makes modules.
pub(super) const LOADER: &str = include_str!("bridge/loader.js");

/// The JavaScript between a script and its parent: one function, so that a script reaches nothing of it.
const BRIDGE: &str = concat!(
    "(function (require) { 'use strict';\n",
    include_str!("bridge/link.js"),
    include_str!("bridge/thrown.js"),
    include_str!("bridge/argument.js"),
    include_str!("bridge/site.js"),
    include_str!("bridge/run.js"),
    include_str!("bridge/api.js"),
    include_str!("bridge/console.js"),
    include_str!("bridge/modules.js"),
    include_str!("bridge/fixed.js"),
    include_str!("bridge/stale.js"),
    include_str!("bridge/network.js"),
    include_str!("bridge/surroundings.js"),
    "setImmediate(serve);\n})"
);
