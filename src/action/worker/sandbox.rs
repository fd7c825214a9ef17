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

mod error;
mod filter;
#[cfg(debug_assertions)]
pub(super) mod tests;

use self::error::SandboxError;
use crate::action::protocol::Landlock;
use landlock::{ABI, Access, AccessFs, AccessNet, Ruleset, RulesetAttr, RulesetError, RulesetStatus, Scope};
use rustix::process::{
    DumpableBehavior, Pid, Resource, Rlimit, Signal, getppid, set_dumpable_behavior,
    set_parent_process_death_signal, setrlimit,
};
use rustix::thread::{CapabilitySet, CapabilitySets, set_capabilities, set_no_new_privs};
use std::io;
use std::os::fd::RawFd;

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
    close_all_but_pipes().map_err(refused("closing the descriptors that were inherited"))?;
    let address_space = address_space().map_err(refused("reading /proc/self/statm"))?;
    set_dumpable_behavior(DumpableBehavior::NotDumpable)
        .map_err(refused("hiding the memory from debuggers and dumps"))?;
    set_no_new_privs(true).map_err(refused("giving up new privileges"))?;
    let landlock = deny_files_network_and_signals()?;
    for (what, resource, limit) in LIMITS {
        let limit = Rlimit {
            current: Some(limit),
            maximum: Some(limit),
        };
        setrlimit(resource, limit).map_err(refused(what))?;
    }
    set_capabilities(
        None,
        CapabilitySets {
            effective: CapabilitySet::empty(),
            permitted: CapabilitySet::empty(),
            inheritable: CapabilitySet::empty(),
        },
    )
    .map_err(refused("giving up capabilities"))?;
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

fn refused<E: Into<io::Error>>(what: &'static str) -> impl FnOnce(E) -> SandboxError {
    move |error| SandboxError::Refused {
        what,
        source: error.into(),
    }
}

/// Has the kernel kill this process when the thread that started it ends (`starter`). If that had
/// happened before, somebody else is the parent by now.
fn die_with(parent: Pid) -> Result<(), SandboxError> {
    set_parent_process_death_signal(Some(Signal::KILL)).map_err(refused("the death signal"))?;
    if getppid() == Some(parent) {
        return Ok(());
    }
    Err(SandboxError::Orphan {
        parent: parent.as_raw_nonzero().get(),
    })
}

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

/// Closes whatever was inherited beyond the pipes. Kernels before 5.9, and containers whose filter does not
/// know the call, refuse to close all of them at once: then each is closed, and seen to be closed.
#[expect(unsafe_code, reason = "closes descriptors that nothing in this process owns")]
fn close_all_but_pipes() -> io::Result<()> {
    // SAFETY: the process has just started and holds no file; what is above 2 was inherited.
    if unsafe { libc::syscall(libc::SYS_close_range, FIRST_CLOSED, u32::MAX, 0u32) } == 0 {
        return Ok(());
    }
    for descriptor in open_descriptors()?.into_iter().filter(|number| *number > 2) {
        // SAFETY: as above; the one with which the list was read is closed already and refused as such.
        let still_open = unsafe {
            libc::close(descriptor);
            libc::fcntl(descriptor, libc::F_GETFD) != -1
        };
        if still_open {
            return Err(io::Error::other(format!("descriptor {descriptor} stays open")));
        }
    }
    Ok(())
}

const FIRST_CLOSED: u32 = 3;

#[expect(
    clippy::disallowed_methods,
    reason = "the kernel tells of this process in /proc"
)]
fn open_descriptors() -> io::Result<Vec<RawFd>> {
    std::fs::read_dir("/proc/self/fd")?
        .map(|entry| {
            let name = entry?.file_name();
            let number = name.to_str().and_then(|name| name.parse().ok());
            number.ok_or_else(|| io::ErrorKind::InvalidData.into())
        })
        .collect()
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
