//! The system calls that a worker may make, and with which arguments: memory, time, randomness and the three
//! pipes; nothing that names a file, an address, or another process or thread.
//!
//! Any other call, and a listed one with other arguments, fails with EPERM. A call by the numbers of another
//! architecture (`int 0x80`) ends the process; numbers of x32 are none of the list.

use crate::action::worker::error::SandboxError;
use crate::action::worker::system_calls::Must::{AtMost, Is, IsBeside};
use crate::action::worker::system_calls::{Argument, Call, force, rules};
use rustix::process::getpid;
use seccompiler::SeccompAction;

/// Puts the filter in force, for good.
pub(super) fn install() -> Result<(), SandboxError> {
    let rules = rules(WITH_ANY_ARGUMENTS, with_these_arguments())?;
    let refusal = SeccompAction::Errno(libc::EPERM.unsigned_abs());
    force(rules, refusal, SeccompAction::Allow)
}

/// Calls that reach nothing but this process, whatever they are given.
const WITH_ANY_ARGUMENTS: &[i64] = &[
    libc::SYS_brk,
    libc::SYS_exit,
    libc::SYS_exit_group,
    libc::SYS_getpid,
    libc::SYS_getrandom,
    libc::SYS_gettid,
    libc::SYS_gettimeofday,
    libc::SYS_munmap,
    libc::SYS_restart_syscall,
    libc::SYS_rt_sigaction,
    libc::SYS_rt_sigprocmask,
    libc::SYS_rt_sigreturn,
    libc::SYS_sched_yield,
    libc::SYS_sigaltstack,
];

/// Calls with what their arguments must be; a call that stands here twice may be made in either way.
fn with_these_arguments() -> Vec<Call> {
    let own = getpid().as_raw_nonzero().get();
    let mut calls = vec![
        // A negative clock is the processor time of a process that its bits name.
        (
            libc::SYS_clock_gettime,
            vec![Argument(0, AtMost(libc::CLOCK_TAI))],
        ),
        (
            libc::SYS_clock_nanosleep,
            vec![Argument(0, AtMost(libc::CLOCK_MONOTONIC))],
        ),
        // Memory of its own, never a file's or shared, and never executed.
        (
            libc::SYS_mmap,
            vec![
                Argument(2, AtMost(READ_AND_WRITE)),
                Argument(
                    3,
                    IsBeside(
                        libc::MAP_NORESERVE | libc::MAP_STACK,
                        libc::MAP_PRIVATE | libc::MAP_ANONYMOUS,
                    ),
                ),
            ],
        ),
        (libc::SYS_mprotect, vec![Argument(2, AtMost(READ_AND_WRITE))]),
        (libc::SYS_mremap, vec![Argument(3, Is(libc::MREMAP_MAYMOVE))]),
        (libc::SYS_read, vec![Argument(0, Is(libc::STDIN_FILENO))]),
        (libc::SYS_setitimer, vec![Argument(0, Is(libc::ITIMER_REAL))]),
        // Only so that it can end itself with a signal.
        (libc::SYS_tgkill, vec![Argument(0, Is(own)), Argument(1, Is(own))]),
        (libc::SYS_write, vec![Argument(0, Is(libc::STDOUT_FILENO))]),
        (libc::SYS_write, vec![Argument(0, Is(libc::STDERR_FILENO))]),
    ];
    // No operation that takes the number of an owner out of memory (priority inheritance).
    let futex = |operation| (libc::SYS_futex, vec![Argument(1, Is(operation))]);
    calls.extend(FUTEX_OPERATIONS.into_iter().map(futex));
    // No advice that reaches beyond the process (poisoned or offline pages).
    let madvise = |advice| (libc::SYS_madvise, vec![Argument(2, Is(advice))]);
    calls.extend([libc::MADV_DONTNEED, libc::MADV_FREE].into_iter().map(madvise));
    calls
}

const READ_AND_WRITE: i32 = libc::PROT_READ | libc::PROT_WRITE;

const FUTEX_OPERATIONS: [i32; 5] = [
    libc::FUTEX_WAIT | libc::FUTEX_PRIVATE_FLAG,
    libc::FUTEX_WAKE | libc::FUTEX_PRIVATE_FLAG,
    libc::FUTEX_WAIT_BITSET | libc::FUTEX_PRIVATE_FLAG,
    libc::FUTEX_WAIT_BITSET | libc::FUTEX_PRIVATE_FLAG | libc::FUTEX_CLOCK_REALTIME,
    libc::FUTEX_WAKE_BITSET | libc::FUTEX_PRIVATE_FLAG,
];
