//! The system calls that Node.js may make in its cage, each with its reason.
//!
//! Whatever is not listed fails with EPERM, also what a later kernel brings: sockets, programs, processes, signals
//! to others, everything that changes a file, watches one or gives it another owner, mounts, keys, debuggers,
//! shared memory, message queues, `memfd_create`, `userfaultfd`, `bpf`, `perf_event_open`, clocks and limits of others. Some
//! are answered as by a kernel that does not have them, so that libraries take their older way: [`absent`].
//!
//! Machine code of one's own is allowed, because V8 compiles: the list is what bounds it, not what it consists of.

use crate::action::worker::error::SandboxError;
use crate::action::worker::system_calls::Must::{AtMost, Is, IsAddress, IsBeside, IsNot};
use crate::action::worker::system_calls::{Argument, Call, force, rules};
use rustix::process::getpid;
use seccompiler::SeccompAction;

/// Puts the list in force, for good. `path` is the address of the path of the one program that may be started.
///
/// Of two filters that both answer a call the later one counts, so the last one lets pass what those before it
/// answer.
///
/// # Errors
/// The kernel takes no filter.
pub(super) fn install(path: u64) -> Result<(), SandboxError> {
    let own = getpid().as_raw_nonzero().get();
    let error = |number: i32| SeccompAction::Errno(number.unsigned_abs());
    for (free, bound, answer) in [
        (PRETENDED, Vec::new(), error(0)),
        (ABSENT, absent(own), error(libc::ENOSYS)),
    ] {
        force(rules(free, bound)?, SeccompAction::Allow, answer)?;
    }
    let free = [WITH_ANY_ARGUMENTS, OF_THIS_ARCHITECTURE, PRETENDED, ABSENT].concat();
    let mut bound = with_these_arguments(own, path);
    bound.extend(absent(own));
    force(rules(&free, bound)?, error(libc::EPERM), SeccompAction::Allow)
}

/// Numbers of all calls that are listed, however.
#[cfg(debug_assertions)]
pub(super) fn listed() -> impl Iterator<Item = i64> {
    let free = [WITH_ANY_ARGUMENTS, OF_THIS_ARCHITECTURE, PRETENDED, ABSENT].concat();
    let bound = with_these_arguments(0, 0).into_iter().map(|(call, _)| call);
    free.into_iter().chain(bound)
}

/// Calls that are answered with 0 and not made: every thread is said to run with the usual priority. Node.js 24
/// asks for those of its own threads, by numbers that cannot be told from those of other processes, and
/// complains where it is not told.
const PRETENDED: &[i64] = &[libc::SYS_sched_getparam, libc::SYS_sched_getscheduler];

/// Calls that are answered with ENOSYS whatever they are given.
const ABSENT: &[i64] = &[
    // Threads are made by `clone` instead, whose arguments can be seen.
    libc::SYS_clone3,
    // Files are read without a ring, whose requests cannot be seen.
    libc::SYS_io_uring_enter,
    libc::SYS_io_uring_register,
    libc::SYS_io_uring_setup,
    // V8 protects its machine code without keys.
    libc::SYS_pkey_alloc,
];

/// Calls that are answered with ENOSYS when they are given these arguments.
fn absent(own: i32) -> Vec<Call> {
    vec![
        // Which processors another thread may use: the library goes on without it when it looks for a stack.
        (
            libc::SYS_sched_getaffinity,
            vec![Argument(0, IsNot(0)), Argument(0, IsNot(own))],
        ),
    ]
}

/// Calls that reach nothing but this process and what it has open, or that Landlock judges.
const WITH_ANY_ARGUMENTS: &[i64] = &[
    // Memory of its own.
    libc::SYS_brk,
    libc::SYS_munmap,
    // What it has open: reading, writing, closing, ending a connection. Nothing is open for writing but the
    // pipes and the pairs.
    libc::SYS_close,
    libc::SYS_fstat,
    libc::SYS_getdents64,
    libc::SYS_lseek,
    libc::SYS_pread64,
    libc::SYS_preadv,
    libc::SYS_preadv2,
    libc::SYS_read,
    libc::SYS_readv,
    libc::SYS_shutdown,
    libc::SYS_write,
    libc::SYS_writev,
    // The kinds and names of the pairs, when Node.js takes one for a connection.
    libc::SYS_getpeername,
    libc::SYS_getsockname,
    // Waiting: event loops and what wakes them.
    libc::SYS_epoll_create1,
    libc::SYS_epoll_ctl,
    libc::SYS_epoll_pwait,
    libc::SYS_eventfd2,
    libc::SYS_nanosleep,
    libc::SYS_pipe2,
    libc::SYS_ppoll,
    libc::SYS_restart_syscall,
    libc::SYS_sched_yield,
    // Whether a file is there and where a link leads; its content is Landlock's business.
    libc::SYS_faccessat,
    libc::SYS_faccessat2,
    libc::SYS_getcwd,
    libc::SYS_newfstatat,
    libc::SYS_readlinkat,
    libc::SYS_statx,
    // Threads and signals of its own: handlers, masks, stacks, what the library registers for a thread.
    libc::SYS_exit,
    libc::SYS_exit_group,
    libc::SYS_rseq,
    libc::SYS_rt_sigaction,
    libc::SYS_rt_sigprocmask,
    libc::SYS_rt_sigreturn,
    libc::SYS_set_robust_list,
    libc::SYS_set_tid_address,
    libc::SYS_sigaltstack,
    // Who it is and what it used.
    libc::SYS_getegid,
    libc::SYS_geteuid,
    libc::SYS_getgid,
    libc::SYS_getpid,
    libc::SYS_getppid,
    libc::SYS_getrusage,
    libc::SYS_gettid,
    libc::SYS_getuid,
    libc::SYS_umask,
    // The machine: randomness, time, memory, the kernel's version.
    libc::SYS_getrandom,
    libc::SYS_gettimeofday,
    libc::SYS_sysinfo,
    libc::SYS_uname,
];

/// Older forms of calls above, which newer architectures do not have.
#[cfg(target_arch = "x86_64")]
const OF_THIS_ARCHITECTURE: &[i64] = &[
    libc::SYS_access,
    libc::SYS_epoll_wait,
    libc::SYS_lstat,
    libc::SYS_poll,
    libc::SYS_readlink,
    libc::SYS_stat,
    libc::SYS_time,
];
#[cfg(not(target_arch = "x86_64"))]
const OF_THIS_ARCHITECTURE: &[i64] = &[];

/// Calls with what their arguments must be; a call that stands here twice may be made in either way.
fn with_these_arguments(own: i32, path: u64) -> Vec<Call> {
    let mut calls = vec![
        // A negative clock is the processor time of a process that its bits name.
        (libc::SYS_clock_getres, vec![Argument(0, AtMost(libc::CLOCK_TAI))]),
        (
            libc::SYS_clock_gettime,
            vec![Argument(0, AtMost(libc::CLOCK_TAI))],
        ),
        (
            libc::SYS_clock_nanosleep,
            vec![Argument(0, AtMost(libc::CLOCK_MONOTONIC))],
        ),
        // A thread as the C libraries make one, never a process, never in a namespace of its own.
        (
            libc::SYS_clone,
            vec![Argument(0, IsBeside(CLONE_DETACHED, A_THREAD))],
        ),
        // This process becomes Node.js, once: the path stands nowhere when it has.
        (libc::SYS_execve, vec![Argument(0, IsAddress(path))]),
        // Whether a pair had an error, and that it is a stream; never a handle on the process at its other end.
        (
            libc::SYS_getsockopt,
            vec![Argument(1, Is(libc::SOL_SOCKET)), Argument(2, Is(libc::SO_ERROR))],
        ),
        (
            libc::SYS_getsockopt,
            vec![Argument(1, Is(libc::SOL_SOCKET)), Argument(2, Is(libc::SO_TYPE))],
        ),
        // Whether something waits to be read on a pair, and nothing more: Node.js looks before it uses a kept connection
        // again.
        (
            libc::SYS_recvfrom,
            vec![
                Argument(3, Is(libc::MSG_PEEK | libc::MSG_DONTWAIT)),
                Argument(4, IsAddress(0)),
                Argument(5, IsAddress(0)),
            ],
        ),
        // Flags of what it has open, but no signal to an owner when something happens there.
        (libc::SYS_fcntl, vec![Argument(1, Is(libc::F_GETFD))]),
        (libc::SYS_fcntl, vec![Argument(1, Is(libc::F_GETFL))]),
        (libc::SYS_fcntl, vec![Argument(1, Is(libc::F_SETFD))]),
        (
            libc::SYS_fcntl,
            vec![
                Argument(1, Is(libc::F_SETFL)),
                Argument(2, IsBeside(!libc::O_ASYNC, 0)),
            ],
        ),
        // Not to block, and whether something is a terminal; nothing is typed into one.
        (libc::SYS_ioctl, vec![Argument(1, Is(FIONBIO))]),
        (libc::SYS_ioctl, vec![Argument(1, Is(TCGETS))]),
        // Signals to itself.
        (libc::SYS_kill, vec![Argument(0, Is(own))]),
        (libc::SYS_tgkill, vec![Argument(0, Is(own))]),
        // Private memory, which the limit counts: none that is shared, grows by itself, or is of huge pages.
        (
            libc::SYS_mmap,
            vec![
                Argument(2, AtMost(READ_WRITE_EXECUTE)),
                Argument(3, IsBeside(!UNCOUNTED, libc::MAP_PRIVATE)),
            ],
        ),
        (libc::SYS_mprotect, vec![Argument(2, AtMost(READ_WRITE_EXECUTE))]),
        (libc::SYS_mremap, vec![Argument(3, Is(libc::MREMAP_MAYMOVE))]),
        // Files, which Landlock judges, to be read.
        (
            libc::SYS_openat,
            vec![Argument(2, IsBeside(!MORE_THAN_READING, libc::O_RDONLY))],
        ),
        #[cfg(target_arch = "x86_64")]
        (
            libc::SYS_open,
            vec![Argument(1, IsBeside(!MORE_THAN_READING, libc::O_RDONLY))],
        ),
        // The name of a thread; nothing of what was given up can be taken back.
        (libc::SYS_prctl, vec![Argument(0, Is(libc::PR_SET_NAME))]),
        // To see its own limits, not to set one.
        (
            libc::SYS_prlimit64,
            vec![Argument(0, Is(0)), Argument(2, IsAddress(0))],
        ),
        (libc::SYS_sched_getaffinity, vec![Argument(0, Is(0))]),
        (libc::SYS_sched_getaffinity, vec![Argument(0, Is(own))]),
        // Where a thread keeps what is its own.
        #[cfg(target_arch = "x86_64")]
        (libc::SYS_arch_prctl, vec![Argument(0, Is(ARCH_SET_FS))]),
    ];
    // No operation that takes the number of an owner out of memory (priority inheritance).
    let futex = |operation| {
        let either = libc::FUTEX_PRIVATE_FLAG | libc::FUTEX_CLOCK_REALTIME;
        (libc::SYS_futex, vec![Argument(1, IsBeside(either, operation))])
    };
    calls.extend(FUTEX_OPERATIONS.into_iter().map(futex));
    // No advice that reaches beyond the process (poisoned, offline or merged pages).
    let madvise = |advice| (libc::SYS_madvise, vec![Argument(2, Is(advice))]);
    calls.extend(ADVICE.into_iter().map(madvise));
    calls
}

const READ_WRITE_EXECUTE: i32 = libc::PROT_READ | libc::PROT_WRITE | libc::PROT_EXEC;

/// What `MAP_PRIVATE` is one of, and the flags of memory that the limit of private memory does not count.
const UNCOUNTED: i32 = libc::MAP_TYPE | libc::MAP_GROWSDOWN | libc::MAP_HUGETLB | libc::MAP_LOCKED;

/// Flags of what is more than to read: `O_PATH` opens what Landlock does not judge.
const MORE_THAN_READING: i32 = libc::O_ACCMODE
    | libc::O_APPEND
    | libc::O_ASYNC
    | libc::O_CREAT
    | libc::O_PATH
    | libc::O_TRUNC
    | (libc::O_TMPFILE & !libc::O_DIRECTORY);

const A_THREAD: i32 = libc::CLONE_VM
    | libc::CLONE_FS
    | libc::CLONE_FILES
    | libc::CLONE_SIGHAND
    | libc::CLONE_THREAD
    | libc::CLONE_SYSVSEM
    | libc::CLONE_SETTLS
    | libc::CLONE_PARENT_SETTID
    | libc::CLONE_CHILD_CLEARTID;

/// Without meaning since Linux 2.6; musl sets it.
const CLONE_DETACHED: i32 = 0x40_0000;

/// Requests of `ioctl`, the same on both architectures.
const FIONBIO: i32 = 0x5421;
const TCGETS: i32 = 0x5401;

#[cfg(target_arch = "x86_64")]
const ARCH_SET_FS: i32 = 0x1002;

const FUTEX_OPERATIONS: [i32; 7] = [
    libc::FUTEX_WAIT,
    libc::FUTEX_WAKE,
    libc::FUTEX_REQUEUE,
    libc::FUTEX_CMP_REQUEUE,
    libc::FUTEX_WAKE_OP,
    libc::FUTEX_WAIT_BITSET,
    libc::FUTEX_WAKE_BITSET,
];

const ADVICE: [i32; 7] = [
    libc::MADV_DODUMP,
    libc::MADV_DONTDUMP,
    libc::MADV_DONTFORK,
    libc::MADV_DONTNEED,
    libc::MADV_FREE,
    libc::MADV_HUGEPAGE,
    libc::MADV_NOHUGEPAGE,
];
