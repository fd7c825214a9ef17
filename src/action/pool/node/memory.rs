//! How much memory a process may use: what it has taken when it has begun, and what a script may add.
//!
//! The launcher has set a limit that fits every version of Node.js. What this one needs for itself shows when its bridge
//! is there and no script is: Node.js 24 reserves 512 MiB for machine code, others do not.

#![expect(clippy::disallowed_methods, reason = "the kernel tells of processes in /proc")]

use crate::action::pool::death::Death;
use crate::action::pool::lost::Lost;
use crate::action::pool::used::Used;
use rustix::param::page_size;
use rustix::process::{Pid, Resource, Rlimit, prlimit};
use std::io;

/// Bounds the private writable memory of a process that has begun, for good: a script may add `memory` bytes. Says
/// what it has used by now.
///
/// # Errors
/// The kernel does not tell what the process has taken, or refuses the limit.
pub(super) fn limit(process: u32, memory: u64) -> Result<Used, Lost> {
    let Taken { writable, used } = taken(process).map_err(Death::NotLimited)?;
    let bound = writable.saturating_add(OWN_LATER).saturating_add(memory);
    let limit = Rlimit {
        current: Some(bound),
        maximum: Some(bound),
    };
    let process = i32::try_from(process).ok().and_then(Pid::from_raw);
    prlimit(process, Resource::Data, limit).map_err(|error| Death::NotLimited(error.into()))?;
    Ok(used)
}

/// Whether a process used so much more than the `at_first` of its begin that its end is one for want of memory. Not all that
/// is taken is ever touched: a buffer that may grow takes its whole space, and zlib has touched half of its own (an eighth of the
/// limit to the whole of it measured), while a script that uses no memory and ends its process stays far below (1 MiB), but for
/// what it maps of the program of Node.js: 8 MiB and more of a program that was just installed.
pub(super) fn was_short(at_first: &Used, used: &Used, memory: u64) -> bool {
    let is_much = |at_first: u64, used: u64| used.saturating_sub(at_first) >= memory / 8;
    is_much(at_first.resident, used.resident) && is_much(at_first.given, used.given)
}

/// What Node.js takes for itself later: 33 MiB of stacks for its pool of threads, 15 MiB for modules of its own (18 to 24
/// measured), and the rest of its young generation.
const OWN_LATER: u64 = 64 << 20;

/// Bytes that a process has.
struct Taken {
    writable: u64,
    used: Used,
}

fn taken(process: u32) -> io::Result<Taken> {
    let statm = std::fs::read_to_string(format!("/proc/{process}/statm"))?;
    let bytes = |place: usize| {
        let pages = statm.split_whitespace().nth(place);
        let pages: Option<u64> = pages.and_then(|pages| pages.parse().ok());
        let pages = pages.ok_or(io::ErrorKind::InvalidData)?;
        Ok::<_, io::Error>(pages * page_size() as u64)
    };
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat"))?;
    // The name, which may hold anything, stands in parentheses.
    let after_name = stat.rsplit_once(") ").map_or("", |(_, rest)| rest);
    let faults = after_name
        .split(' ')
        .nth(7)
        .and_then(|faults| faults.parse().ok());
    let faults: u64 = faults.ok_or(io::ErrorKind::InvalidData)?;
    Ok(Taken {
        writable: bytes(5)?,
        used: Used {
            resident: bytes(1)?,
            given: faults * page_size() as u64,
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_of_files_are_no_memory_that_a_script_took() {
        let at_first = Used {
            resident: 45 << 20,
            given: 24 << 20,
        };
        let later = |resident: u64, given: u64| Used {
            resident: at_first.resident + (resident << 20),
            given: at_first.given + (given << 20),
        };
        assert!(was_short(&at_first, &later(8, 8), 64 << 20));
        for (resident, given) in [(1, 1), (7, 60), (36, 2)] {
            assert!(!was_short(&at_first, &later(resident, given), 64 << 20));
        }
    }
}
