//! How much memory a process may use: what it has taken when it has begun, and what a script may add.
//!
//! The launcher has set a limit that fits every version of Node.js. What this one needs for itself shows when its bridge
//! is there and no script is: Node.js 24 reserves 512 MiB for machine code, others do not.

#![expect(clippy::disallowed_methods, reason = "the kernel tells of processes in /proc")]

use crate::action::pool::death::Death;
use crate::action::pool::lost::Lost;
use rustix::process::{Pid, Resource, Rlimit, prlimit};
use std::io;

/// Bounds the private writable memory of a process that has begun, for good: a script may add `memory` bytes. Says how
/// many bytes of it are resident now.
///
/// # Errors
/// The kernel does not tell what the process has taken, or refuses the limit.
pub(super) fn limit(process: u32, memory: u64) -> Result<u64, Lost> {
    let Taken { writable, resident } = taken(process).map_err(Death::NotLimited)?;
    let bound = writable.saturating_add(OWN_LATER).saturating_add(memory);
    let limit = Rlimit {
        current: Some(bound),
        maximum: Some(bound),
    };
    let process = i32::try_from(process).ok().and_then(Pid::from_raw);
    prlimit(process, Resource::Data, limit).map_err(|error| Death::NotLimited(error.into()))?;
    Ok(resident)
}

/// Whether a process that had `peak` resident bytes at most had so much more than the `at_first` of its begin that its end is
/// one for want of memory. Not all that is taken is ever touched: a buffer that may grow takes its whole space, and zlib has
/// touched half of its own (an eighth of the limit to the whole of it measured), while a script that uses no memory and ends
/// its process stays far below (1 MiB).
pub(super) fn was_short(at_first: u64, peak: u64, memory: u64) -> bool {
    peak.saturating_sub(at_first) >= memory / 8
}

/// What Node.js takes for itself later: 33 MiB of stacks for its pool of threads, 15 MiB for modules of its own (18 to 24
/// measured), and the rest of its young generation.
const OWN_LATER: u64 = 64 << 20;

/// Bytes that a process has.
struct Taken {
    writable: u64,
    resident: u64,
}

fn taken(process: u32) -> io::Result<Taken> {
    let statm = std::fs::read_to_string(format!("/proc/{process}/statm"))?;
    let bytes = |place: usize| {
        let pages = statm.split_whitespace().nth(place);
        let pages: Option<u64> = pages.and_then(|pages| pages.parse().ok());
        let pages = pages.ok_or(io::ErrorKind::InvalidData)?;
        Ok::<_, io::Error>(pages * rustix::param::page_size() as u64)
    };
    Ok(Taken {
        writable: bytes(5)?,
        resident: bytes(1)?,
    })
}
