//! How much memory a process has used, as the kernel knows it once the process has ended.
//!
//! The kernel tells it with the end, and the standard library passes on the end alone. So it is asked for before the end is
//! taken from the kernel.

use rustix::param::page_size;
use std::io;
use std::mem::zeroed;

/// Memory that a process has used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Used {
    /// Bytes of resident memory that it had at most: its own, and what it mapped of files.
    pub resident: u64,
    /// Bytes of the pages that it was given one by one: nearly all of its own memory, and little of files, which the kernel maps
    /// in many pages at once.
    pub given: u64,
}

/// What this child of ours has used; nothing while it runs.
///
/// # Errors
/// It is no child of ours, or its end was taken before.
#[expect(
    unsafe_code,
    reason = "no safe interface asks for an end without taking it, and for the memory with it"
)]
pub(super) fn of_ended(process: u32) -> io::Result<Option<Used>> {
    // SAFETY: all-zero is a valid value of both, which hold nothing but numbers.
    let (mut end, mut used): (libc::siginfo_t, libc::rusage) = unsafe { (zeroed(), zeroed()) };
    // SAFETY: both pointers are valid for writes of their types through the call, and WNOWAIT leaves the child as it is.
    let outcome = unsafe {
        libc::syscall(
            libc::SYS_waitid,
            libc::P_PID,
            process,
            &raw mut end,
            libc::WEXITED | libc::WNOHANG | libc::WNOWAIT,
            &raw mut used,
        )
    };
    if outcome != 0 {
        return Err(io::Error::last_os_error());
    }
    let number = |number: libc::c_long| u64::try_from(number).unwrap_or_default();
    Ok((end.si_signo == libc::SIGCHLD).then(|| Used {
        resident: number(used.ru_maxrss) << 10,
        given: number(used.ru_minflt) * page_size() as u64,
    }))
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "a test starts processes")]
mod tests {
    use super::*;
    use std::process::{Command, Stdio};

    #[test]
    fn the_memory_of_a_process_is_known_until_its_end_is_taken() {
        let mut child = Command::new("cat").stdin(Stdio::piped()).spawn().unwrap();
        assert_eq!(of_ended(child.id()).unwrap(), None);
        drop(child.stdin.take());
        let used = loop {
            if let Some(used) = of_ended(child.id()).unwrap() {
                break used;
            }
        };
        for bytes in [used.resident, used.given] {
            assert!(bytes > 100 << 10 && bytes < 1 << 30, "{used:?}");
        }
        assert!(child.wait().unwrap().success());
        assert!(of_ended(child.id()).is_err());
    }
}
