//! The steps of giving up that the sandbox of the embedded engine and the cage of Node.js share.

use super::error::SandboxError;
use rustix::process::{Pid, Resource, Rlimit, Signal, getppid, set_parent_process_death_signal, setrlimit};
use rustix::thread::{CapabilitySet, CapabilitySets, set_capabilities};
use std::io;
use std::os::fd::RawFd;

/// The error that a step was refused with; `what` is the subject of the sentence.
pub(super) fn refused<E: Into<io::Error>>(what: &'static str) -> impl FnOnce(E) -> SandboxError {
    move |error| SandboxError::Refused {
        what,
        source: error.into(),
    }
}

/// Has the kernel kill this process when the thread that started it ends (`starter`). If that had
/// happened before, somebody else is the parent by now.
pub(super) fn die_with(parent: Pid) -> Result<(), SandboxError> {
    set_parent_process_death_signal(Some(Signal::KILL)).map_err(refused("the death signal"))?;
    if getppid() == Some(parent) {
        return Ok(());
    }
    Err(SandboxError::Orphan {
        parent: parent.as_raw_nonzero().get(),
    })
}

/// Bounds a resource, for good.
pub(super) fn limit(what: &'static str, resource: Resource, bound: u64) -> Result<(), SandboxError> {
    let limit = Rlimit {
        current: Some(bound),
        maximum: Some(bound),
    };
    setrlimit(resource, limit).map_err(refused(what))
}

/// Gives up all capabilities.
pub(super) fn give_up_capabilities() -> Result<(), SandboxError> {
    let none = CapabilitySets {
        effective: CapabilitySet::empty(),
        permitted: CapabilitySet::empty(),
        inheritable: CapabilitySet::empty(),
    };
    set_capabilities(None, none).map_err(refused("giving up capabilities"))
}

/// Closes whatever was inherited from the descriptor `first` on. Kernels before 5.9, and containers whose filter
/// does not know the call, refuse to close all of them at once: then each is closed, and seen to be closed.
#[expect(unsafe_code, reason = "closes descriptors that nothing in this process owns")]
pub(super) fn close_from(first: u32) -> io::Result<()> {
    // SAFETY: the process has just started and holds no file; what is there from `first` on was inherited.
    if unsafe { libc::syscall(libc::SYS_close_range, first, u32::MAX, 0u32) } == 0 {
        return Ok(());
    }
    let inherited = |descriptor: &RawFd| u32::try_from(*descriptor).is_ok_and(|number| number >= first);
    for descriptor in open_descriptors()?.into_iter().filter(inherited) {
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

/// Every descriptor of this process.
#[expect(
    clippy::disallowed_methods,
    reason = "the kernel tells of this process in /proc"
)]
pub(super) fn open_descriptors() -> io::Result<Vec<RawFd>> {
    std::fs::read_dir("/proc/self/fd")?
        .map(|entry| {
            let name = entry?.file_name();
            let number = name.to_str().and_then(|name| name.parse().ok());
            number.ok_or_else(|| io::ErrorKind::InvalidData.into())
        })
        .collect()
}
