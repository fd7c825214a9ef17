//! How much memory a process had at most, as the kernel knows it once the process has ended.
//!
//! The kernel tells it with the end, and the standard library passes on the end alone. So it is asked for before the end is
//! taken from the kernel.

use std::io;
use std::mem::zeroed;

/// Bytes of resident memory that this child of ours had at most; nothing while it runs.
///
/// # Errors
/// It is no child of ours, or its end was taken before.
#[expect(
    unsafe_code,
    reason = "no safe interface asks for an end without taking it, and for the memory with it"
)]
pub(super) fn of_ended(process: u32) -> io::Result<Option<u64>> {
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
    let kib = u64::try_from(used.ru_maxrss).unwrap_or_default();
    Ok((end.si_signo == libc::SIGCHLD).then_some(kib << 10))
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
        let peak = loop {
            if let Some(peak) = of_ended(child.id()).unwrap() {
                break peak;
            }
        };
        assert!(peak > 100 << 10 && peak < 1 << 30, "{peak}");
        assert!(child.wait().unwrap().success());
        assert!(of_ended(child.id()).is_err());
    }
}
