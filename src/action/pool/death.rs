//! How a worker ended, in words for people: what happened and what to do, never what the engine or the
//! compiler wrote about it. That is for a log ([`Pool::last_words`](crate::action::Pool::last_words)).

use std::fmt;
use std::io;
use std::os::unix::process::ExitStatusExt as _;
use std::process::ExitStatus;

/// Why there is no worker, or none that can be believed.
#[derive(Debug)]
pub(super) enum Death {
    /// It ended, by itself or by a signal.
    Ended(ExitStatus),
    /// It could not get memory for the engine itself.
    NoMemoryForEngine,
    /// It could not lock itself in; why.
    NotLockedIn(String),
    /// The address space of its process could not be limited.
    NotLimited(io::Error),
    /// Its program could not be started.
    NotStarted(io::Error),
    /// It said what has no place at this moment.
    OutOfTurn,
    /// It closed its pipe and lived on.
    PipeClosed,
    /// Its pipe could not be waited for.
    PipeFailed(io::Error),
    /// What it is to do could not be written as JSON.
    Unspeakable,
    /// What it said is no message.
    Unreadable,
}

impl Death {
    /// The whole sentence for the run of this Action.
    pub fn of_worker(&self, action: &str) -> String {
        format!(
            "the worker process of Action '{action}' {self}; nothing of this run was kept. {}",
            self.what_to_do()
        )
    }

    /// Whether it ended by a fault of its own: what an engine makes of a memory that it did not get, where it does not say so.
    pub fn is_fault(&self) -> bool {
        let Self::Ended(status) = self else {
            return false;
        };
        let signal = status.signal();
        signal.is_some_and(|signal| FAULTS.contains(&signal))
    }

    fn what_to_do(&self) -> &'static str {
        match self {
            Self::NotLockedIn(_) => {
                "No Action runs outside the sandbox: allow these calls where this program runs (the filter \
                 of \
                 a container, for example)"
            }
            Self::NotLimited(_) => "Allow prlimit for child processes where this program runs",
            Self::NoMemoryForEngine | Self::NotStarted(_) => {
                "See that this machine has memory and processes to spare, and that the program of the \
                 worker is there and may \
                 be executed"
            }
            Self::Ended(_)
            | Self::OutOfTurn
            | Self::PipeClosed
            | Self::PipeFailed(_)
            | Self::Unreadable
            | Self::Unspeakable => {
                "Run the login again; if the worker ends in this way every time, report it with the code of \
                 the Action"
            }
        }
    }
}

impl fmt::Display for Death {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ended(status) => ended(*status, to),
            Self::NoMemoryForEngine => to.write_str("got no memory for the JavaScript engine"),
            Self::NotLockedIn(why) => write!(to, "could not lock itself in: {why}"),
            Self::NotLimited(error) => write!(to, "could not be given its memory limit: {error}"),
            Self::NotStarted(error) => write!(to, "cannot be started: {error}"),
            Self::OutOfTurn => to.write_str("sent a message that was not expected at that moment"),
            Self::PipeClosed => to.write_str("closed its pipe to this program"),
            Self::PipeFailed(error) => write!(to, "could not be waited for: {error}"),
            Self::Unreadable => to.write_str("sent something that is no message"),
            Self::Unspeakable => to.write_str("could not be sent its task"),
        }
    }
}

fn ended(status: ExitStatus, to: &mut fmt::Formatter<'_>) -> fmt::Result {
    let Some(signal) = status.signal() else {
        return match status.code() {
            Some(PANICKED) => write!(
                to,
                "ended by itself with exit status {PANICKED}: a fault in the worker's own code"
            ),
            Some(code) => write!(to, "ended by itself with exit status {code}"),
            None => to.write_str("ended"),
        };
    };
    match SIGNALS.iter().find(|(number, ..)| *number == signal) {
        Some((_, name, meaning)) => write!(to, "was ended by signal {signal} ({name}): {meaning}"),
        None => write!(to, "was ended by signal {signal}"),
    }
}

/// The exit status of a Rust program that panicked.
const PANICKED: i32 = 101;

const FAULT: &str = "a fault in the JavaScript engine or in its memory";
const OUTSIDE: &str = "it was ended from outside";

const FAULTS: [i32; 5] = [
    libc::SIGABRT,
    libc::SIGBUS,
    libc::SIGILL,
    libc::SIGSEGV,
    libc::SIGTRAP,
];

const SIGNALS: [(i32, &str, &str); 13] = [
    (
        libc::SIGABRT,
        "SIGABRT",
        "the JavaScript engine or the worker gave up, because a check of its own state failed",
    ),
    (
        libc::SIGALRM,
        "SIGALRM",
        "its own timer ran out before this program ended it",
    ),
    (libc::SIGBUS, "SIGBUS", FAULT),
    (libc::SIGFPE, "SIGFPE", FAULT),
    (libc::SIGHUP, "SIGHUP", OUTSIDE),
    (libc::SIGILL, "SIGILL", FAULT),
    (libc::SIGINT, "SIGINT", OUTSIDE),
    (
        libc::SIGKILL,
        "SIGKILL",
        "it was killed from outside, perhaps because the machine was short of memory",
    ),
    (libc::SIGQUIT, "SIGQUIT", OUTSIDE),
    (libc::SIGSEGV, "SIGSEGV", FAULT),
    (
        libc::SIGSYS,
        "SIGSYS",
        "it made a system call that its sandbox answers with its end",
    ),
    (libc::SIGTERM, "SIGTERM", OUTSIDE),
    (
        libc::SIGTRAP,
        "SIGTRAP",
        "the JavaScript engine gave up, because a check of its own state failed",
    ),
];
