//! Attempts on processes: this one and others.

use super::{AT_FDCWD, own};
use crate::action::worker::probing::Attempt;

/// Calls that send signals to others.
pub fn signals(parent: i64, page: i64) -> Vec<Attempt> {
    vec![
        ("kill of the parent", libc::SYS_kill, vec![parent, 0]),
        ("kill of the group", libc::SYS_kill, vec![0, 0]),
        ("kill of everybody", libc::SYS_kill, vec![-1, 0]),
        ("kill of process 1", libc::SYS_kill, vec![1, 0]),
        ("kill of the own group", libc::SYS_kill, vec![-own(), 0]),
        ("tgkill of the parent", libc::SYS_tgkill, vec![parent, parent, 0]),
        ("tkill", libc::SYS_tkill, vec![parent, 0]),
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
        ("pidfd_getfd", libc::SYS_pidfd_getfd, vec![0, 0, 0]),
        ("pidfd_send_signal", libc::SYS_pidfd_send_signal, vec![0, 0, 0, 0]),
    ]
}

/// Calls that make processes, or other programs of them.
pub fn programs(page: i64) -> Vec<Attempt> {
    let path = c"/bin/sh".as_ptr() as i64;
    let thread = i64::from(libc::CLONE_THREAD | libc::CLONE_VM | libc::CLONE_SIGHAND);
    let namespace = |flag: i32| thread | i64::from(flag);
    vec![
        ("clone of a process", libc::SYS_clone, vec![17, 0, 0, 0, 0]),
        (
            "clone as vfork does",
            libc::SYS_clone,
            vec![
                i64::from(libc::CLONE_VM | libc::CLONE_VFORK | libc::SIGCHLD),
                0,
                0,
                0,
                0,
            ],
        ),
        (
            "clone of another kind of thread",
            libc::SYS_clone,
            vec![thread, 0, 0, 0, 0],
        ),
        (
            "clone into a user namespace",
            libc::SYS_clone,
            vec![namespace(libc::CLONE_NEWUSER), 0, 0, 0, 0],
        ),
        ("execve", libc::SYS_execve, vec![path, 0, 0]),
        ("execve of nothing", libc::SYS_execve, vec![0, 0, 0]),
        (
            "execve by a page of one's own",
            libc::SYS_execve,
            vec![page, 0, 0],
        ),
        ("execveat", libc::SYS_execveat, vec![AT_FDCWD, path, 0, 0, 0]),
        ("wait4", libc::SYS_wait4, vec![-1, 0, 1, 0]),
        ("waitid", libc::SYS_waitid, vec![0, 0, 0, 4, 0]),
        ("unshare", libc::SYS_unshare, vec![0]),
        ("setns", libc::SYS_setns, vec![0, 0]),
    ]
}

/// Calls that look into other processes, or change how they run.
pub fn processes(parent: i64, page: i64) -> Vec<Attempt> {
    // The processor clock of a process: its number, inverted, beside the kind of clock.
    let clock_of = |process: i64| (!process << 3) | 2;
    let limit = i64::from(libc::RLIMIT_DATA.cast_signed());
    vec![
        ("ptrace of the parent", libc::SYS_ptrace, vec![16, parent, 0, 0]),
        ("ptrace by the parent", libc::SYS_ptrace, vec![0, 0, 0, 0]),
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
        ("process_mrelease", libc::SYS_process_mrelease, vec![0, 0]),
        ("kcmp", libc::SYS_kcmp, vec![parent, own(), 0, 0, 0]),
        (
            "limits of the parent",
            libc::SYS_prlimit64,
            vec![parent, limit, 0, page],
        ),
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
        ("setpriority", libc::SYS_setpriority, vec![0, parent, 19]),
        ("getpriority", libc::SYS_getpriority, vec![0, parent]),
        ("ioprio_set", libc::SYS_ioprio_set, vec![1, parent, 0]),
        ("getpgid", libc::SYS_getpgid, vec![parent]),
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
        (
            "robust list of the parent",
            libc::SYS_get_robust_list,
            vec![parent, page, page],
        ),
        (
            "perf_event_open",
            libc::SYS_perf_event_open,
            vec![page, parent, -1, -1, 0],
        ),
    ]
}

/// Calls that take back what was given up, or make this process somebody else's.
pub fn privileges(parent: i64, page: i64) -> Vec<Attempt> {
    let limit = i64::from(libc::RLIMIT_DATA.cast_signed());
    let option = |option: i32| vec![i64::from(option), 0, 0, 0, 0];
    vec![
        (
            "a limit of its own set",
            libc::SYS_prlimit64,
            vec![0, limit, page, 0],
        ),
        ("setrlimit", libc::SYS_setrlimit, vec![limit, page]),
        ("setsid", libc::SYS_setsid, vec![]),
        ("setpgid", libc::SYS_setpgid, vec![0, 0]),
        ("setuid", libc::SYS_setuid, vec![0]),
        ("setresuid", libc::SYS_setresuid, vec![0, 0, 0]),
        ("setgroups", libc::SYS_setgroups, vec![0, 0]),
        ("capset", libc::SYS_capset, vec![page, page]),
        ("futex with an owner", libc::SYS_futex, vec![page, 6 | 128, 0, 0]),
        (
            "death signal taken back",
            libc::SYS_prctl,
            option(libc::PR_SET_PDEATHSIG),
        ),
        (
            "dumpable",
            libc::SYS_prctl,
            vec![libc::PR_SET_DUMPABLE.into(), 1, 0, 0, 0],
        ),
        (
            "prctl of a filter",
            libc::SYS_prctl,
            vec![libc::PR_SET_SECCOMP.into(), 2, page],
        ),
        (
            "ptracer",
            libc::SYS_prctl,
            vec![libc::PR_SET_PTRACER.into(), parent, 0, 0, 0],
        ),
        ("subreaper", libc::SYS_prctl, option(libc::PR_SET_CHILD_SUBREAPER)),
        ("seccomp", libc::SYS_seccomp, vec![1, 0, page]),
        (
            "landlock_restrict_self",
            libc::SYS_landlock_restrict_self,
            vec![0, 0],
        ),
        ("personality", libc::SYS_personality, vec![0xffff_ffff]),
        #[cfg(target_arch = "x86_64")]
        ("fork", libc::SYS_fork, vec![]),
        #[cfg(target_arch = "x86_64")]
        ("vfork", libc::SYS_vfork, vec![]),
        #[cfg(target_arch = "x86_64")]
        (
            "getpid by its number of x32",
            libc::SYS_getpid | 0x4000_0000,
            vec![],
        ),
        #[cfg(target_arch = "x86_64")]
        (
            "segments of another thread",
            libc::SYS_arch_prctl,
            vec![0x1001, page],
        ),
    ]
}
