//! What a worker gives up before it sees a script: its descriptors, files, network, processes, privileges,
//! and all system calls but a few. The order matters: what needs a system call, a descriptor or `/proc` comes
//! before what refuses it.
//!
//! ```text
//!  death signal ► descriptors ► own size ► dumps ► Landlock ► limits ► capabilities ► system call filter
//! ```
//!
//! Each part stands even if an attacker runs code of their own in the process. What the kernel refuses ends the
//! worker with words that say which part it was; Landlock alone is optional, because kernels may come
//! without it.

mod filter;
#[cfg(debug_assertions)]
pub(super) mod tests;

use super::error::SandboxError;
use super::giving_up::{close_from, die_with, give_up_capabilities, limit, refused};
use crate::action::protocol::Landlock;
use landlock::{ABI, Access, AccessFs, AccessNet, Ruleset, RulesetAttr, RulesetError, RulesetStatus, Scope};
use rustix::process::{DumpableBehavior, Pid, Resource, set_dumpable_behavior};
use rustix::thread::set_no_new_privs;
use std::io;

/// What holds in a process that has locked itself in.
#[derive(Clone, Copy, Debug)]
pub(super) struct LockedIn {
    pub landlock: Landlock,
    /// Bytes of address space before the engine was made.
    pub address_space: u64,
}

/// Locks the process in, for as long as `parent` lives.
///
/// # Errors
/// The kernel refuses a part that is not optional, or `parent` is no longer the parent.
pub(super) fn enter(parent: Pid) -> Result<LockedIn, SandboxError> {
    // Sanitizers need the memory and the files that are given up here.
    if cfg!(sanitize_engine) {
        die_with(parent)?;
        return Ok(LockedIn {
            landlock: Landlock::Absent,
            address_space: u64::MAX,
        });
    }
    let locked_in = give_up(parent)?;
    filter::install()?;
    Ok(locked_in)
}

/// Lets the kernel end this process, should its pool be there but too busy to do so.
///
/// # Errors
/// The kernel refuses the timer.
pub(super) fn expire_after(milliseconds: u64) -> io::Result<()> {
    set_timer(i64::try_from(milliseconds.div_ceil(1000)).unwrap_or(i64::MAX))
}

/// Takes [`expire_after`] back.
///
/// # Errors
/// The kernel refuses the timer.
pub(super) fn expire_never() -> io::Result<()> {
    set_timer(0)
}

/// Everything but the system call filter.
fn give_up(parent: Pid) -> Result<LockedIn, SandboxError> {
    die_with(parent)?;
    warm_up();
    close_from(FIRST_CLOSED).map_err(refused("closing the descriptors that were inherited"))?;
    let address_space = address_space().map_err(refused("reading /proc/self/statm"))?;
    set_dumpable_behavior(DumpableBehavior::NotDumpable)
        .map_err(refused("hiding the memory from debuggers and dumps"))?;
    set_no_new_privs(true).map_err(refused("giving up new privileges"))?;
    let landlock = deny_files_network_and_signals()?;
    for (what, resource, bound) in LIMITS {
        limit(what, resource, bound)?;
    }
    give_up_capabilities()?;
    Ok(LockedIn {
        landlock,
        address_space,
    })
}

const LIMITS: [(&str, Resource, u64); 4] = [
    ("the limit of core files", Resource::Core, 0),
    ("the limit of file sizes", Resource::Fsize, 0),
    ("the limit of processes", Resource::Nproc, 0),
    ("the limit of descriptors, three pipes,", Resource::Nofile, 3),
];

/// After the three pipes.
const FIRST_CLOSED: u32 = 3;

/// Has OpenSSL open what it opens once for hashes, which is all that a worker uses of it.
fn warm_up() {
    openssl::init();
    let _ = openssl::hash::hash(openssl::hash::MessageDigest::sha256(), b"");
}

/// Read from inside: where `/proc` is mounted with `hidepid`, nobody else may once the process is not dumpable.
#[expect(
    clippy::disallowed_methods,
    reason = "the kernel tells of this process in /proc"
)]
fn address_space() -> io::Result<u64> {
    let statm = std::fs::read_to_string("/proc/self/statm")?;
    let pages = statm
        .split_whitespace()
        .next()
        .and_then(|pages| pages.parse::<u64>().ok());
    let pages = pages.ok_or(io::ErrorKind::InvalidData)?;
    Ok(pages * rustix::param::page_size() as u64)
}

/// Needs a descriptor for a moment, so it comes before the limit of them.
fn deny_files_network_and_signals() -> Result<Landlock, RulesetError> {
    let restricted = Ruleset::default()
        .handle_access(AccessFs::from_all(ABI::V5))?
        .handle_access(AccessNet::from_all(ABI::V5))?
        .scope(Scope::from_all(ABI::V6))?
        .create()?
        .restrict_self()?;
    Ok(match restricted.ruleset {
        RulesetStatus::FullyEnforced => Landlock::Full,
        RulesetStatus::PartiallyEnforced => Landlock::Partial,
        RulesetStatus::NotEnforced => Landlock::Absent,
    })
}

#[expect(unsafe_code, reason = "setitimer has no safe wrapper here")]
fn set_timer(seconds: i64) -> io::Result<()> {
    let never = libc::timeval {
        tv_sec: 0,
        tv_usec: 0,
    };
    let timer = libc::itimerval {
        it_interval: never,
        it_value: libc::timeval {
            tv_sec: seconds,
            tv_usec: 0,
        },
    };
    // SAFETY: `timer` is a valid value that lives through the call; no old value is asked for.
    match unsafe { libc::setitimer(libc::ITIMER_REAL, &raw const timer, std::ptr::null_mut()) } {
        0 => Ok(()),
        _ => Err(io::Error::last_os_error()),
    }
}
