//! A process that is spoken to over its three pipes: frames with a deadline, and what it was when it ended.

#![expect(clippy::disallowed_methods, reason = "processes are started and watched here")]

use super::death::Death;
use super::lost::Lost;
use super::starter;
use super::used::{self, Used};
use crate::action::last_words;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use std::io::{self, Read, Write};
use std::os::fd::AsFd;
use std::process::{Child, ChildStderr, ChildStdin, ChildStdout, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// A child process and its pipes; killed when this is dropped.
#[derive(Debug)]
pub(super) struct Piped {
    child: Child,
    stdin: ChildStdin,
    stdout: ChildStdout,
    stderr: ChildStderr,
    /// What it has said and nobody has taken, from `taken` on.
    said: Vec<u8>,
    taken: usize,
}

impl Piped {
    /// Starts `command` in `/`, with nothing but its three pipes.
    ///
    /// # Errors
    /// It cannot be started.
    pub fn start(mut command: Command) -> io::Result<Self> {
        command
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = starter::start(command)?;
        let (Some(stdin), Some(stdout), Some(stderr)) =
            (child.stdin.take(), child.stdout.take(), child.stderr.take())
        else {
            return Err(io::Error::other("the process has no pipes"));
        };
        rustix::io::ioctl_fionbio(&stdin, true)?;
        rustix::io::ioctl_fionbio(&stdout, true)?;
        rustix::io::ioctl_fionbio(&stderr, true)?;
        Ok(Self {
            child,
            stdin,
            stdout,
            stderr,
            said: Vec::new(),
            taken: 0,
        })
    }

    /// Sends frames, in one write where they are small: the process wakes up once.
    ///
    /// # Errors
    /// It does not take them.
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

    /// The next frame that the process says, at most `bound` bytes of it.
    ///
    /// # Errors
    /// There is none in time, it is larger, or the process has ended.
    pub fn receive(&mut self, bound: usize, deadline: Instant) -> Result<&[u8], Lost> {
        const HEAD: usize = 4;
        self.fill(HEAD, deadline)?;
        let head = &self.said[self.taken..];
        let length = u32::from_le_bytes([head[0], head[1], head[2], head[3]]) as usize;
        if length > bound {
            return Err(Lost::TooLarge);
        }
        self.fill(HEAD + length, deadline)?;
        let start = self.taken + HEAD;
        self.taken = start + length;
        Ok(&self.said[start..self.taken])
    }

    /// The first line that it prints, of at most `bound` bytes; none where there is none in time.
    pub fn line(&mut self, bound: usize, deadline: Instant) -> Option<String> {
        for length in 1..=bound {
            self.fill(length, deadline).ok()?;
            if self.said.get(self.taken + length - 1) == Some(&b'\n') {
                let line = &self.said[self.taken..self.taken + length];
                return String::from_utf8(line.to_vec()).ok();
            }
        }
        None
    }

    /// Whether it has said something that nobody has taken.
    pub fn has_said_more(&mut self) -> bool {
        if self.taken < self.said.len() {
            return true;
        }
        let now = Timespec {
            tv_sec: 0,
            tv_nsec: 0,
        };
        !matches!(
            poll(&mut [PollFd::new(&self.stdout, PollFlags::IN)], Some(&now)),
            Ok(0)
        )
    }

    /// Waits until at least so many bytes are there that nobody has taken.
    fn fill(&mut self, least: usize, deadline: Instant) -> Result<(), Lost> {
        if self.taken > 0 && self.said.len() - self.taken < least {
            self.said.drain(..self.taken);
            self.taken = 0;
        }
        while self.said.len() - self.taken < least {
            let there = self.said.len();
            self.said
                .resize(there.max(self.taken + least).max(there + READ), 0);
            let read = self.stdout.read(&mut self.said[there..]);
            self.said
                .truncate(there + read.as_ref().copied().unwrap_or_default());
            match read {
                Ok(0) => return Err(self.dead()),
                Ok(_) => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    wait(&self.stdout, PollFlags::IN, deadline)?;
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(_) => return Err(self.dead()),
            }
        }
        Ok(())
    }

    /// Whether it has not ended.
    pub fn is_there(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }

    /// Ends it.
    pub fn kill(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    /// How it ended, and what it wrote to standard error before.
    pub fn dead(&mut self) -> Lost {
        let (ended, used) = self.ended();
        self.kill();
        let mut words = Vec::new();
        let _ = (&mut self.stderr).take(MAX_LAST_WORDS).read_to_end(&mut words);
        let last_words = String::from_utf8_lossy(&words).into_owned();
        if last_words::tell_of_memory(&last_words) {
            return Lost::OutOfMemory { last_words };
        }
        let death = ended.map_or(Death::PipeClosed, Death::Ended);
        Lost::Dead {
            death,
            last_words,
            used,
        }
    }

    /// How it ended by itself, and what memory it had used. A process closes its pipes shortly before it can be waited
    /// for.
    fn ended(&mut self) -> (Option<ExitStatus>, Option<Used>) {
        for _ in 0..END_IS_NEAR_MS {
            match used::of_ended(self.child.id()) {
                Ok(None) => thread::sleep(Duration::from_millis(1)),
                used => return (self.child.try_wait().ok().flatten(), used.ok().flatten()),
            }
        }
        (None, None)
    }

    /// Number of the process.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Processor time that it has used.
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

/// Bytes that are asked for at once.
const READ: usize = 16 << 10;
const MAX_LAST_WORDS: u64 = 8 << 10;
const END_IS_NEAR_MS: u32 = 100;

impl Drop for Piped {
    fn drop(&mut self) {
        self.kill();
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
