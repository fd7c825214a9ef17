//! The worker process, seen from outside: started bare, spoken to with a deadline, killed.

#![expect(clippy::disallowed_methods, reason = "workers are started and watched here")]

use super::program::WorkerProgram;
use super::starter;
use crate::action::last_words;
use crate::action::pool::death::Death;
use crate::action::pool::lost::Lost;
use crate::action::protocol::{Code, Landlock, Said, Unfit};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{Pid, Resource, Rlimit, prlimit};
use std::collections::HashSet;
use std::io::{self, Read, Write};
use std::os::fd::AsFd;
use std::process::{Child, ChildStderr, ChildStdin, ChildStdout, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// A running worker.
#[derive(Debug)]
pub(in crate::action::pool) struct Worker {
    child: Child,
    stdin: ChildStdin,
    stdout: ChildStdout,
    stderr: ChildStderr,
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
        command
            .arg("__worker")
            .arg(std::process::id().to_string())
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = starter::start(command)?;
        let (Some(stdin), Some(stdout), Some(stderr)) =
            (child.stdin.take(), child.stdout.take(), child.stderr.take())
        else {
            return Err(io::Error::other("the worker has no pipes"));
        };
        rustix::io::ioctl_fionbio(&stdin, true)?;
        rustix::io::ioctl_fionbio(&stdout, true)?;
        rustix::io::ioctl_fionbio(&stderr, true)?;
        Ok(Self {
            child,
            stdin,
            stdout,
            stderr,
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
            return match self.child.try_wait() {
                Ok(None) => Ok(()),
                _ => Err(self.dead()),
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
        let mut frames = Vec::with_capacity(texts.iter().map(|text| text.len() + 4).sum());
        for text in texts {
            let length = u32::try_from(text.len()).map_err(|_| Lost::TooLarge)?;
            frames.extend_from_slice(&length.to_le_bytes());
            frames.extend_from_slice(text);
        }
        let mut rest = frames.as_slice();
        while !rest.is_empty() {
            match self.stdin.write(rest) {
                Ok(written) => rest = &rest[written..],
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    wait(&self.stdin, PollFlags::OUT, deadline)?;
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(_) => return Err(self.dead()),
            }
        }
        Ok(())
    }

    /// Receives what the worker says, at most `bound` bytes of it.
    pub fn receive(&mut self, bound: usize, deadline: Instant) -> Result<Said, Lost> {
        let mut length = [0; 4];
        self.fill(&mut length, deadline)?;
        let length = u32::from_le_bytes(length) as usize;
        if length > bound {
            return Err(Lost::TooLarge);
        }
        let mut text = vec![0; length];
        self.fill(&mut text, deadline)?;
        serde_json::from_slice(&text).map_err(|_| Death::Unreadable.into())
    }

    fn fill(&mut self, mut buffer: &mut [u8], deadline: Instant) -> Result<(), Lost> {
        while !buffer.is_empty() {
            match self.stdout.read(buffer) {
                Ok(0) => return Err(self.dead()),
                Ok(read) => buffer = &mut buffer[read..],
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    wait(&self.stdout, PollFlags::IN, deadline)?;
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(_) => return Err(self.dead()),
            }
        }
        Ok(())
    }

    /// How it ended, and what it wrote to standard error before.
    fn dead(&mut self) -> Lost {
        let ended = self.ended();
        let _ = self.child.kill();
        let _ = self.child.wait();
        let mut words = Vec::new();
        let _ = (&mut self.stderr).take(MAX_LAST_WORDS).read_to_end(&mut words);
        let last_words = String::from_utf8_lossy(&words).into_owned();
        if last_words::tell_of_memory(&last_words) {
            return Lost::OutOfMemory { last_words };
        }
        let death = ended.map_or(Death::PipeClosed, Death::Ended);
        Lost::Dead { death, last_words }
    }

    /// How it ended by itself. A process closes its pipes shortly before it can be waited for.
    fn ended(&mut self) -> Option<ExitStatus> {
        for _ in 0..END_IS_NEAR_MS {
            match self.child.try_wait() {
                Ok(None) => thread::sleep(Duration::from_millis(1)),
                Ok(ended) => return ended,
                Err(_) => return None,
            }
        }
        None
    }

    /// Number of its process.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// What of Landlock it said to be in force.
    pub fn landlock(&self) -> Option<Landlock> {
        self.ready.map(|ready| ready.landlock)
    }

    /// Processor time that the worker has used.
    pub fn cpu_time(&self) -> Option<Duration> {
        let stat = std::fs::read_to_string(format!("/proc/{}/schedstat", self.id())).ok()?;
        let nanoseconds = stat.split_whitespace().next()?.parse().ok()?;
        Some(Duration::from_nanos(nanoseconds))
    }

    /// Bytes of its resident memory.
    pub fn resident_bytes(&self) -> Option<u64> {
        let statm = std::fs::read_to_string(format!("/proc/{}/statm", self.id())).ok()?;
        let pages: u64 = statm.split_whitespace().nth(1)?.parse().ok()?;
        Some(pages * rustix::param::page_size() as u64)
    }
}

/// A worker that holds more source text than this is replaced by a fresh one.
const MAX_HELD: usize = 64 << 20;
const MAX_GREETING: usize = 1 << 10;
const MAX_LAST_WORDS: u64 = 8 << 10;
const END_IS_NEAR_MS: u32 = 100;

impl Drop for Worker {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn wait(pipe: &impl AsFd, flags: PollFlags, deadline: Instant) -> Result<(), Lost> {
    let left = deadline.saturating_duration_since(Instant::now());
    if left.is_zero() {
        return Err(Lost::Late);
    }
    let left = Timespec::try_from(left).unwrap_or(Timespec {
        tv_sec: 1,
        tv_nsec: 0,
    });
    match poll(&mut [PollFd::new(pipe, flags)], Some(&left)) {
        Ok(0) => Err(Lost::Late),
        Ok(_) | Err(rustix::io::Errno::INTR) => Ok(()),
        Err(error) => Err(Death::PipeFailed(error.into()).into()),
    }
}
