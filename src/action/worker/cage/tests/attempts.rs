//! What the probe tries: calls by number, with the arguments that an attacker would choose.

mod processes;
mod resources;

pub(super) use processes::{privileges, processes, programs, signals};
pub(super) use resources::{descriptors, files, machine, memory};

use crate::action::worker::probing::Attempt;

pub(super) const AT_FDCWD: i64 = libc::AT_FDCWD as i64;
pub(super) const PRIVATE: i32 = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS;

fn own() -> i64 {
    i64::from(std::process::id().cast_signed())
}

/// Calls that the kernel is said not to have.
pub(super) fn absent(parent: i64, page: i64) -> Vec<Attempt> {
    vec![
        ("clone3", libc::SYS_clone3, vec![page, 64]),
        ("io_uring_setup", libc::SYS_io_uring_setup, vec![1, page]),
        ("io_uring_enter", libc::SYS_io_uring_enter, vec![3, 0, 0, 0, 0]),
        ("io_uring_register", libc::SYS_io_uring_register, vec![3, 0, 0, 0]),
        ("pkey_alloc", libc::SYS_pkey_alloc, vec![0, 0]),
        (
            "processors of the parent",
            libc::SYS_sched_getaffinity,
            vec![parent, 128, page],
        ),
    ]
}

/// What Node.js needs: the same calls with their right arguments.
pub(super) fn needed(page: i64) -> Vec<Attempt> {
    let rw = i64::from(libc::PROT_READ | libc::PROT_WRITE);
    let rwx = rw | i64::from(libc::PROT_EXEC);
    vec![
        ("tgkill of itself", libc::SYS_tgkill, vec![own(), own(), 0]),
        ("kill of itself", libc::SYS_kill, vec![own(), 0]),
        (
            "clock",
            libc::SYS_clock_gettime,
            vec![libc::CLOCK_MONOTONIC.into(), page],
        ),
        ("wake of nobody", libc::SYS_futex, vec![page, 1 | 128, 1, 0]),
        ("memory", libc::SYS_mmap, vec![0, 4096, rw, PRIVATE.into(), -1, 0]),
        ("machine code", libc::SYS_mprotect, vec![page, 4096, rwx]),
        (
            "memory that grows",
            libc::SYS_mremap,
            vec![page, 4096, 4096, 1, 0],
        ),
        ("write of nothing", libc::SYS_write, vec![1, page, 0]),
        (
            "its own limits",
            libc::SYS_prlimit64,
            vec![0, i64::from(libc::RLIMIT_DATA.cast_signed()), 0, page],
        ),
        (
            "its own processors",
            libc::SYS_sched_getaffinity,
            vec![0, 128, page],
        ),
        (
            "priority of a thread",
            libc::SYS_sched_getparam,
            vec![own(), page],
        ),
        ("policy of a thread", libc::SYS_sched_getscheduler, vec![own()]),
        ("pipe2", libc::SYS_pipe2, vec![page, libc::O_CLOEXEC.into()]),
        ("eventfd2", libc::SYS_eventfd2, vec![0, 0]),
        ("epoll_create1", libc::SYS_epoll_create1, vec![0]),
        (
            "a null device",
            libc::SYS_openat,
            vec![AT_FDCWD, c"/dev/null".as_ptr() as i64, libc::O_RDONLY.into()],
        ),
    ]
}
