//! The worker process, seen from outside: started bare, spoken to with a deadline, killed.

use super::pool::WorkerProgram;
use super::protocol::Said;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{Pid, Resource, Rlimit, prlimit};
use std::collections::HashSet;
use std::io::{self, Read, Write};
use std::os::fd::AsFd;
use std::process::{Child, ChildStderr, ChildStdin, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

/// A running worker.
#[derive(Debug)]
pub(super) struct Worker {
    child: Child,
    stdin: ChildStdin,
    stdout: ChildStdout,
    stderr: ChildStderr,
    ready: bool,
    /// Hashes of the sources that it holds.
    pub known: HashSet<String>,
    /// Bytes of the sources that it holds.
    pub held: usize,
    address_space: Option<u64>,
    /// Bytes of heap that its address space was last set for.
    limited_to: Option<usize>,
}

/// Why a worker cannot be spoken to any more.
#[derive(Debug)]
pub(super) enum Lost {
    /// It did not answer before the deadline.
    Late,
    /// Its answer passed the bound.
    TooLarge,
    /// It is gone, or what it said makes no sense.
    Dead(String),
}

/// Address space beyond the heap limit: copies on the host's side of the engine.
const SLACK: u64 = 48 << 20;

impl Worker {
    /// Starts a worker with an empty environment, in `/`, with nothing but its three pipes.
    pub fn start(program: &WorkerProgram) -> io::Result<Self> {
        let mut command = Command::new(program.path());
        // A build with sanitizers is told by its environment what to do.
        if !cfg!(sanitize_engine) {
            command.env_clear();
        }
        let mut child = command
            .arg("__worker")
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()?;
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
            ready: false,
            known: HashSet::new(),
            held: 0,
            address_space: None,
            limited_to: None,
        })
    }

    /// Waits for a worker that was just started; of another one sees whether it is still there.
    pub fn wait_until_ready(&mut self, deadline: Instant) -> Result<(), Lost> {
        if self.ready {
            return match self.child.try_wait() {
                Ok(None) => Ok(()),
                _ => Err(self.dead()),
            };
        }
        match self.receive(MAX_GREETING, deadline)? {
            Said::Ready => {
                self.ready = true;
                Ok(())
            }
            _ => Err(Lost::Dead("it spoke out of turn".to_owned())),
        }
    }

    /// Sets the address space that the worker may use for a run with `memory` bytes of heap.
    pub fn limit_memory(&mut self, memory: usize) {
        if self.limited_to.replace(memory) == Some(memory) {
            return;
        }
        let Some(base) = self.address_space.or_else(|| self.statm(0)) else {
            return;
        };
        self.address_space = Some(base);
        let Some(pid) = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw) else {
            return;
        };
        // Half as much again: the allocator's own waste, and a block that is moved while it grows.
        let memory = memory as u64;
        let current = Some(base + memory + memory / 2 + SLACK);
        let limit = Rlimit {
            current,
            maximum: None,
        };
        // The engine's own limit stands where this one cannot be set.
        let _ = prlimit(Some(pid), Resource::As, limit);
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
        serde_json::from_slice(&text)
            .map_err(|error| Lost::Dead(format!("its answer cannot be read: {error}")))
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

    /// Its last words: how it ended and what it wrote to stderr.
    fn dead(&mut self) -> Lost {
        let _ = self.child.kill();
        let ended = self
            .child
            .wait()
            .map_or_else(|error| error.to_string(), |status| status.to_string());
        let mut words = Vec::new();
        let _ = (&mut self.stderr).take(MAX_LAST_WORDS).read_to_end(&mut words);
        let words = String::from_utf8_lossy(&words).replace(char::is_control, " ");
        Lost::Dead(format!("{ended}: {}", words.trim()))
    }

    /// Processor time that the worker has used.
    pub fn cpu_time(&self) -> Option<Duration> {
        let stat = std::fs::read_to_string(format!("/proc/{}/schedstat", self.child.id())).ok()?;
        let nanoseconds = stat.split_whitespace().next()?.parse().ok()?;
        Some(Duration::from_nanos(nanoseconds))
    }

    /// Bytes of its resident memory.
    pub fn resident_bytes(&self) -> Option<u64> {
        self.statm(1)
    }

    fn statm(&self, field: usize) -> Option<u64> {
        let statm = std::fs::read_to_string(format!("/proc/{}/statm", self.child.id())).ok()?;
        let pages: u64 = statm.split_whitespace().nth(field)?.parse().ok()?;
        Some(pages * rustix::param::page_size() as u64)
    }
}

const MAX_GREETING: usize = 64;
const MAX_LAST_WORDS: u64 = 512;

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
        Err(error) => Err(Lost::Dead(error.to_string())),
    }
}
