//! `postlogin __cage-probe [CALL=ERRNO]...`, in debug builds alone: locks itself in as a worker does, then tries
//! what must not succeed, and prints what the kernel answered. `CALL=ERRNO` stands for a kernel that refuses
//! this call from the beginning. A file `cage-probe.txt` in the current folder is what it tries to empty.

#![expect(
    unsafe_code,
    reason = "system calls are made as an attacker makes them, with numbers"
)]

use super::super::{filter, give_up};
use crate::action::worker::giving_up::open_descriptors;
use crate::action::worker::probing::{Attempt, answers, call, refuse};
use rustix::process::{dumpable_behavior, getppid, parent_process_death_signal};
use serde_json::{Value, json};
use std::io::{self, Write as _};
use std::process::ExitCode;

/// Exit status 1 and the reason on standard error where the process could not be locked in.
pub fn probe(refused_calls: &[String]) -> ExitCode {
    match report(refused_calls) {
        Ok(report) => {
            let _ = writeln!(io::stdout(), "{report}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            let _ = writeln!(io::stderr(), "{error}");
            ExitCode::FAILURE
        }
    }
}

fn report(refused_calls: &[String]) -> Result<Value, Box<dyn std::error::Error>> {
    for refused in refused_calls {
        refuse(refused)?;
    }
    let parent = getppid().ok_or("there is no parent")?;
    let page = libc::PROT_READ | libc::PROT_WRITE;
    // SAFETY: a fresh page that nothing else uses.
    let page = unsafe { libc::mmap(std::ptr::null_mut(), 4096, page, PRIVATE, -1, 0) } as i64;
    let seen_before = open_descriptors()?;
    let locked_in = give_up(parent)?;
    let others = i64::from(parent.as_raw_nonzero().get());
    let without_filter = json!({
        "dumpable": format!("{:?}", dumpable_behavior()?),
        "death_signal": format!("{:?}", parent_process_death_signal()?),
        "capabilities": rustix::thread::capabilities(None)?.permitted.bits(),
        "signal to the parent": call(libc::SYS_kill, &[others, 0]),
        "change of a file": call(libc::SYS_truncate, &[c"cage-probe.txt".as_ptr() as i64, 0]),
        "descriptor limit": call(libc::SYS_dup, &[0]),
        "descriptor 7": call(libc::SYS_fcntl, &[7, libc::F_GETFD.into()]),
    });
    let attempts = [
        signals(others, page),
        processes(others, page),
        descriptors(page),
        memory(page),
    ];
    filter::install()?;
    Ok(json!({
        "landlock": locked_in.landlock,
        "had_descriptor_7": seen_before.contains(&7),
        "without_filter": without_filter,
        "refused": answers(&attempts.concat()),
        "allowed": answers(&needed(page)),
    }))
}

const AT_FDCWD: i64 = libc::AT_FDCWD as i64;
const PRIVATE: i32 = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS;

/// Calls that send signals.
fn signals(parent: i64, page: i64) -> Vec<Attempt> {
    let own = i64::from(std::process::id().cast_signed());
    vec![
        ("tgkill of the parent", libc::SYS_tgkill, vec![parent, parent, 0]),
        (
            "tgkill of a thread of the parent",
            libc::SYS_tgkill,
            vec![own, parent, 0],
        ),
        ("tgkill of everybody", libc::SYS_tgkill, vec![-1, -1, 0]),
        ("tkill of the parent", libc::SYS_tkill, vec![parent, 0]),
        ("kill of the parent", libc::SYS_kill, vec![parent, 0]),
        ("kill of itself", libc::SYS_kill, vec![own, 0]),
        (
            "rt_sigqueueinfo",
            libc::SYS_rt_sigqueueinfo,
            vec![parent, 0, page],
        ),
        (
            "rt_tgsigqueueinfo",
            libc::SYS_rt_tgsigqueueinfo,
            vec![parent, parent, 0, page],
        ),
        ("pidfd_open", libc::SYS_pidfd_open, vec![parent, 0]),
        ("pidfd_send_signal", libc::SYS_pidfd_send_signal, vec![0, 0, 0, 0]),
    ]
}

/// Calls that look into other processes or change how they run, or make one.
fn processes(parent: i64, page: i64) -> Vec<Attempt> {
    let own = i64::from(std::process::id().cast_signed());
    let path = c"/etc/passwd".as_ptr() as i64;
    // The processor clock of a process: its number, inverted, beside the kind of clock.
    let clock_of = |process: i64| (!process << 3) | 2;
    let limit = i64::from(libc::RLIMIT_AS.cast_signed());
    vec![
        ("ptrace of the parent", libc::SYS_ptrace, vec![16, parent, 0, 0]),
        (
            "process_vm_readv",
            libc::SYS_process_vm_readv,
            vec![parent, page, 1, page, 1, 0],
        ),
        (
            "process_vm_writev",
            libc::SYS_process_vm_writev,
            vec![parent, page, 1, page, 1, 0],
        ),
        (
            "process_madvise",
            libc::SYS_process_madvise,
            vec![0, page, 1, 4, 0],
        ),
        ("kcmp", libc::SYS_kcmp, vec![parent, own, 0, 0, 0]),
        (
            "prlimit64 of the parent",
            libc::SYS_prlimit64,
            vec![parent, limit, 0, page],
        ),
        (
            "prlimit64 of itself",
            libc::SYS_prlimit64,
            vec![0, limit, 0, page],
        ),
        ("setrlimit", libc::SYS_setrlimit, vec![limit, page]),
        (
            "sched_setaffinity",
            libc::SYS_sched_setaffinity,
            vec![parent, 8, page],
        ),
        (
            "sched_setscheduler",
            libc::SYS_sched_setscheduler,
            vec![parent, 0, page],
        ),
        ("sched_getscheduler", libc::SYS_sched_getscheduler, vec![parent]),
        ("setpriority", libc::SYS_setpriority, vec![0, parent, 19]),
        ("getpriority", libc::SYS_getpriority, vec![0, parent]),
        ("getpgid", libc::SYS_getpgid, vec![parent]),
        ("getppid", libc::SYS_getppid, vec![]),
        ("wait4", libc::SYS_wait4, vec![-1, 0, 1, 0]),
        (
            "clock of the parent",
            libc::SYS_clock_gettime,
            vec![clock_of(parent), page],
        ),
        (
            "sleep by the parent's clock",
            libc::SYS_clock_nanosleep,
            vec![clock_of(parent), 0, page, 0],
        ),
        ("futex with an owner", libc::SYS_futex, vec![page, 6 | 128, 0, 0]),
        ("futex shared with others", libc::SYS_futex, vec![page, 1, 1, 0]),
        (
            "robust list of the parent",
            libc::SYS_get_robust_list,
            vec![parent, page, page],
        ),
        ("clone", libc::SYS_clone, vec![17, 0, 0, 0, 0]),
        ("clone3", libc::SYS_clone3, vec![page, 64]),
        ("execve", libc::SYS_execve, vec![path, 0, 0]),
        ("unshare", libc::SYS_unshare, vec![0]),
        ("setns", libc::SYS_setns, vec![0, 0]),
        (
            "perf_event_open",
            libc::SYS_perf_event_open,
            vec![page, parent, -1, -1, 0],
        ),
        #[cfg(target_arch = "x86_64")]
        (
            "getpid by its number of x32",
            libc::SYS_getpid | 0x4000_0000,
            vec![],
        ),
        #[cfg(target_arch = "x86_64")]
        ("fork", libc::SYS_fork, vec![]),
    ]
}

/// Calls that reach files and sockets.
fn descriptors(page: i64) -> Vec<Attempt> {
    let path = c"/etc/passwd".as_ptr() as i64;
    let unix = i64::from(libc::AF_UNIX);
    let stream = i64::from(libc::SOCK_STREAM);
    vec![
        ("openat", libc::SYS_openat, vec![AT_FDCWD, path, 0]),
        ("memfd_create", libc::SYS_memfd_create, vec![path, 0]),
        ("dup", libc::SYS_dup, vec![0]),
        ("fcntl", libc::SYS_fcntl, vec![0, 3]),
        ("ioctl", libc::SYS_ioctl, vec![0, 0x541b, page]),
        ("close", libc::SYS_close, vec![2]),
        ("socket", libc::SYS_socket, vec![unix, stream, 0]),
        ("socketpair", libc::SYS_socketpair, vec![unix, stream, 0, page]),
        ("sendmsg", libc::SYS_sendmsg, vec![1, page, 0]),
        ("io_uring_setup", libc::SYS_io_uring_setup, vec![1, page]),
        ("read of standard output", libc::SYS_read, vec![1, page, 1]),
        ("write to standard input", libc::SYS_write, vec![0, page, 0]),
        #[cfg(target_arch = "x86_64")]
        ("open", libc::SYS_open, vec![path, 0]),
    ]
}

/// Calls that reach memory which is not the process's own, or make its memory or itself something else.
fn memory(page: i64) -> Vec<Attempt> {
    let path = c"/etc/passwd".as_ptr() as i64;
    let rw = i64::from(libc::PROT_READ | libc::PROT_WRITE);
    let rx = i64::from(libc::PROT_READ | libc::PROT_EXEC);
    let private = i64::from(PRIVATE);
    let shared = i64::from(libc::MAP_SHARED | libc::MAP_ANONYMOUS);
    let file = i64::from(libc::MAP_PRIVATE);
    let moved = i64::from(libc::MREMAP_MAYMOVE | libc::MREMAP_FIXED);
    vec![
        ("userfaultfd", libc::SYS_userfaultfd, vec![1]),
        ("bpf", libc::SYS_bpf, vec![0, page, 0]),
        ("add_key", libc::SYS_add_key, vec![path, path, path, 1, -3]),
        ("prctl", libc::SYS_prctl, vec![4, 1, 0, 0, 0]),
        ("personality", libc::SYS_personality, vec![0xffff_ffff]),
        ("seccomp", libc::SYS_seccomp, vec![1, 0, page]),
        ("shmget", libc::SYS_shmget, vec![0, 4096, 0o1600]),
        (
            "executable memory",
            libc::SYS_mmap,
            vec![0, 4096, rx, private, -1, 0],
        ),
        ("shared memory", libc::SYS_mmap, vec![0, 4096, rw, shared, -1, 0]),
        ("memory of a file", libc::SYS_mmap, vec![0, 4096, rw, file, 0, 0]),
        ("memory made executable", libc::SYS_mprotect, vec![page, 4096, rx]),
        ("pkey_mprotect", libc::SYS_pkey_mprotect, vec![page, 4096, rx, -1]),
        (
            "memory moved to a place",
            libc::SYS_mremap,
            vec![page, 4096, 4096, moved, page],
        ),
        ("page poisoned", libc::SYS_madvise, vec![page, 4096, 100]),
        ("another timer", libc::SYS_setitimer, vec![1, page, 0]),
    ]
}

/// What a worker needs: the same calls with their right arguments.
fn needed(page: i64) -> Vec<Attempt> {
    let own = i64::from(std::process::id().cast_signed());
    let rw = i64::from(libc::PROT_READ | libc::PROT_WRITE);
    vec![
        ("tgkill of itself", libc::SYS_tgkill, vec![own, own, 0]),
        (
            "clock",
            libc::SYS_clock_gettime,
            vec![libc::CLOCK_MONOTONIC.into(), page],
        ),
        ("wake of nobody", libc::SYS_futex, vec![page, 1 | 128, 1, 0]),
        ("memory", libc::SYS_mmap, vec![0, 4096, rw, PRIVATE.into(), -1, 0]),
        (
            "memory that can be read and written",
            libc::SYS_mprotect,
            vec![page, 4096, rw],
        ),
        (
            "memory that grows",
            libc::SYS_mremap,
            vec![page, 4096, 4096, 1, 0],
        ),
        ("write of nothing", libc::SYS_write, vec![1, page, 0]),
    ]
}
