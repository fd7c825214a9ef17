//! What the probe tries: calls by number, with the arguments that an attacker would choose.

use crate::action::worker::probing::Attempt;

pub(super) const AT_FDCWD: i64 = libc::AT_FDCWD as i64;
pub(super) const PRIVATE: i32 = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS;

fn own() -> i64 {
    i64::from(std::process::id().cast_signed())
}

/// Calls that send signals to others.
pub(super) fn signals(parent: i64, page: i64) -> Vec<Attempt> {
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

/// Calls that make processes, look into others, or change how this or another one runs.
pub(super) fn processes(parent: i64, page: i64) -> Vec<Attempt> {
    let path = c"/bin/sh".as_ptr() as i64;
    // The processor clock of a process: its number, inverted, beside the kind of clock.
    let clock_of = |process: i64| (!process << 3) | 2;
    let limit = i64::from(libc::RLIMIT_DATA.cast_signed());
    let thread = i64::from(libc::CLONE_THREAD | libc::CLONE_VM | libc::CLONE_SIGHAND);
    let namespace = |flag: i32| thread | i64::from(flag);
    let option = |option: i32| vec![i64::from(option), 0, 0, 0, 0];
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
            "a limit of its own set",
            libc::SYS_prlimit64,
            vec![0, limit, page, 0],
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
        ("setpriority", libc::SYS_setpriority, vec![0, parent, 19]),
        ("getpriority", libc::SYS_getpriority, vec![0, parent]),
        ("ioprio_set", libc::SYS_ioprio_set, vec![1, parent, 0]),
        ("getpgid", libc::SYS_getpgid, vec![parent]),
        ("setsid", libc::SYS_setsid, vec![]),
        ("setpgid", libc::SYS_setpgid, vec![0, 0]),
        ("setuid", libc::SYS_setuid, vec![0]),
        ("setresuid", libc::SYS_setresuid, vec![0, 0, 0]),
        ("setgroups", libc::SYS_setgroups, vec![0, 0]),
        ("capset", libc::SYS_capset, vec![page, page]),
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

/// Calls that make descriptors, hand them over, or do more with one than reading and writing.
pub(super) fn descriptors(page: i64) -> Vec<Attempt> {
    let stream = i64::from(libc::SOCK_STREAM);
    let family = |family: i32| vec![i64::from(family), stream, 0];
    let option = |option: i64| vec![3, i64::from(libc::SOL_SOCKET), option, page, page];
    vec![
        ("socket of IPv4", libc::SYS_socket, family(libc::AF_INET)),
        ("socket of IPv6", libc::SYS_socket, family(libc::AF_INET6)),
        ("Unix socket", libc::SYS_socket, family(libc::AF_UNIX)),
        ("socket of the kernel", libc::SYS_socket, family(libc::AF_NETLINK)),
        ("socket of packets", libc::SYS_socket, family(libc::AF_PACKET)),
        (
            "socket of a virtual machine",
            libc::SYS_socket,
            family(libc::AF_VSOCK),
        ),
        ("socket of ciphers", libc::SYS_socket, family(libc::AF_ALG)),
        (
            "socketpair",
            libc::SYS_socketpair,
            vec![i64::from(libc::AF_UNIX), stream, 0, page],
        ),
        ("connect", libc::SYS_connect, vec![3, page, 16]),
        ("bind", libc::SYS_bind, vec![3, page, 16]),
        ("listen", libc::SYS_listen, vec![3, 1]),
        ("accept", libc::SYS_accept, vec![3, 0, 0]),
        ("accept4", libc::SYS_accept4, vec![3, 0, 0, 0]),
        ("sendmsg", libc::SYS_sendmsg, vec![3, page, 0]),
        ("sendmmsg", libc::SYS_sendmmsg, vec![3, page, 1, 0]),
        ("sendto", libc::SYS_sendto, vec![3, page, 0, 0, page, 16]),
        ("recvmsg", libc::SYS_recvmsg, vec![3, page, 0]),
        ("recvmmsg", libc::SYS_recvmmsg, vec![3, page, 1, 0, 0]),
        ("recvfrom", libc::SYS_recvfrom, vec![3, page, 0, 0x40, 0, 0]),
        ("setsockopt", libc::SYS_setsockopt, vec![3, 1, 7, page, 4]),
        ("process at the other end", libc::SYS_getsockopt, option(17)),
        ("handle on that process", libc::SYS_getsockopt, option(77)),
        (
            "option of another level",
            libc::SYS_getsockopt,
            vec![3, 6, i64::from(libc::SO_ERROR), page, page],
        ),
        ("ioctl that types", libc::SYS_ioctl, vec![0, 0x5412, page]),
        ("ioctl that takes a terminal", libc::SYS_ioctl, vec![0, 0x540e, 0]),
        ("ioctl that selects text", libc::SYS_ioctl, vec![0, 0x541c, page]),
        (
            "owner of a descriptor",
            libc::SYS_fcntl,
            vec![3, libc::F_SETOWN.into(), own()],
        ),
        ("owner of another kind", libc::SYS_fcntl, vec![3, 15, page]),
        ("signal of a descriptor", libc::SYS_fcntl, vec![3, 10, 9]),
        (
            "signals when something happens",
            libc::SYS_fcntl,
            vec![3, libc::F_SETFL.into(), libc::O_ASYNC.into()],
        ),
        ("size of a pipe", libc::SYS_fcntl, vec![1, 1031, 1 << 20]),
        ("watch of a folder", libc::SYS_fcntl, vec![3, 1026, 1]),
        (
            "lock of a file",
            libc::SYS_fcntl,
            vec![3, libc::F_SETLK.into(), page],
        ),
        ("lease of a file", libc::SYS_fcntl, vec![3, 1024, 0]),
        (
            "copy of a descriptor",
            libc::SYS_fcntl,
            vec![3, libc::F_DUPFD.into(), 0],
        ),
        ("dup", libc::SYS_dup, vec![0]),
        ("dup3", libc::SYS_dup3, vec![0, 9, 0]),
        ("memfd_create", libc::SYS_memfd_create, vec![page, 0]),
        ("memfd_secret", libc::SYS_memfd_secret, vec![0]),
        ("signalfd4", libc::SYS_signalfd4, vec![-1, page, 8, 0]),
        ("timerfd_create", libc::SYS_timerfd_create, vec![1, 0]),
        ("inotify_init1", libc::SYS_inotify_init1, vec![0]),
        ("fanotify_init", libc::SYS_fanotify_init, vec![0, 0]),
        ("splice", libc::SYS_splice, vec![0, 0, 1, 0, 0, 0]),
        ("tee", libc::SYS_tee, vec![0, 1, 0, 0]),
        ("vmsplice", libc::SYS_vmsplice, vec![1, page, 0, 0]),
        ("sendfile", libc::SYS_sendfile, vec![1, 0, 0, 0]),
        (
            "copy_file_range",
            libc::SYS_copy_file_range,
            vec![0, 0, 1, 0, 0, 0],
        ),
        ("close_range", libc::SYS_close_range, vec![100, 101, 0]),
    ]
}

/// Calls that change files, reach them past the cage, or watch them.
pub(super) fn files(page: i64) -> Vec<Attempt> {
    let path = c"cage-probe.txt".as_ptr() as i64;
    let opened = |flags: i32| vec![AT_FDCWD, path, i64::from(flags), 0o600];
    vec![
        ("open to write", libc::SYS_openat, opened(libc::O_WRONLY)),
        ("open to read and write", libc::SYS_openat, opened(libc::O_RDWR)),
        (
            "open in the mode of ioctl alone",
            libc::SYS_openat,
            opened(libc::O_ACCMODE),
        ),
        ("open to make", libc::SYS_openat, opened(libc::O_CREAT)),
        ("open to empty", libc::SYS_openat, opened(libc::O_TRUNC)),
        ("open to append", libc::SYS_openat, opened(libc::O_APPEND)),
        ("open as a place", libc::SYS_openat, opened(libc::O_PATH)),
        ("open without a name", libc::SYS_openat, opened(libc::O_TMPFILE)),
        ("openat2", libc::SYS_openat2, vec![AT_FDCWD, path, page, 24]),
        (
            "name_to_handle_at",
            libc::SYS_name_to_handle_at,
            vec![AT_FDCWD, path, page, page, 0],
        ),
        (
            "open_by_handle_at",
            libc::SYS_open_by_handle_at,
            vec![AT_FDCWD, page, 0],
        ),
        ("truncate", libc::SYS_truncate, vec![path, 0]),
        ("ftruncate", libc::SYS_ftruncate, vec![0, 0]),
        ("fallocate", libc::SYS_fallocate, vec![0, 0, 0, 1]),
        ("pwrite64", libc::SYS_pwrite64, vec![1, page, 0, 0]),
        ("flock", libc::SYS_flock, vec![0, 1]),
        ("fsync", libc::SYS_fsync, vec![0]),
        ("sync", libc::SYS_sync, vec![]),
        ("unlinkat", libc::SYS_unlinkat, vec![AT_FDCWD, path, 0]),
        (
            "renameat2",
            libc::SYS_renameat2,
            vec![AT_FDCWD, path, AT_FDCWD, path, 0],
        ),
        (
            "linkat",
            libc::SYS_linkat,
            vec![AT_FDCWD, path, AT_FDCWD, path, 0],
        ),
        ("symlinkat", libc::SYS_symlinkat, vec![path, AT_FDCWD, path]),
        ("mkdirat", libc::SYS_mkdirat, vec![AT_FDCWD, path, 0o700]),
        ("mknodat", libc::SYS_mknodat, vec![AT_FDCWD, path, 0o10_600, 0]),
        ("fchmodat", libc::SYS_fchmodat, vec![AT_FDCWD, path, 0o600]),
        ("fchmod", libc::SYS_fchmod, vec![0, 0o600]),
        ("fchownat", libc::SYS_fchownat, vec![AT_FDCWD, path, -1, -1, 0]),
        ("utimensat", libc::SYS_utimensat, vec![AT_FDCWD, path, 0, 0]),
        ("setxattr", libc::SYS_setxattr, vec![path, path, page, 0, 0]),
        ("getxattr", libc::SYS_getxattr, vec![path, path, page, 0]),
        ("chdir", libc::SYS_chdir, vec![path]),
        ("fchdir", libc::SYS_fchdir, vec![0]),
        ("chroot", libc::SYS_chroot, vec![path]),
        ("mount", libc::SYS_mount, vec![path, path, path, 0, 0]),
        ("umount2", libc::SYS_umount2, vec![path, 0]),
        ("pivot_root", libc::SYS_pivot_root, vec![path, path]),
        ("open_tree", libc::SYS_open_tree, vec![AT_FDCWD, path, 0]),
        (
            "move_mount",
            libc::SYS_move_mount,
            vec![AT_FDCWD, path, AT_FDCWD, path, 0],
        ),
        ("fsopen", libc::SYS_fsopen, vec![path, 0]),
        ("statfs", libc::SYS_statfs, vec![path, page]),
        ("inotify_add_watch", libc::SYS_inotify_add_watch, vec![0, path, 1]),
        (
            "fanotify_mark",
            libc::SYS_fanotify_mark,
            vec![0, 1, 1, AT_FDCWD, path],
        ),
        ("quotactl", libc::SYS_quotactl, vec![0, path, 0, page]),
        ("acct", libc::SYS_acct, vec![0]),
        #[cfg(target_arch = "x86_64")]
        (
            "old open to write",
            libc::SYS_open,
            vec![path, libc::O_WRONLY.into(), 0],
        ),
        #[cfg(target_arch = "x86_64")]
        ("creat", libc::SYS_creat, vec![path, 0]),
        #[cfg(target_arch = "x86_64")]
        ("old unlink", libc::SYS_unlink, vec![path]),
        #[cfg(target_arch = "x86_64")]
        ("old chmod", libc::SYS_chmod, vec![path, 0o600]),
    ]
}

/// Calls for memory that others share or that no limit counts.
pub(super) fn memory(page: i64) -> Vec<Attempt> {
    let rw = i64::from(libc::PROT_READ | libc::PROT_WRITE);
    let mapped = |protection: i64, flags: i32| vec![0, 4096, protection, i64::from(flags), -1, 0];
    let anonymous = libc::MAP_ANONYMOUS;
    let moved = i64::from(libc::MREMAP_MAYMOVE | libc::MREMAP_FIXED);
    let advice = |advice: i32| vec![page, 4096, i64::from(advice)];
    vec![
        (
            "shared memory",
            libc::SYS_mmap,
            mapped(rw, libc::MAP_SHARED | anonymous),
        ),
        (
            "shared memory, validated",
            libc::SYS_mmap,
            mapped(rw, libc::MAP_SHARED_VALIDATE | anonymous),
        ),
        (
            "memory that grows by itself",
            libc::SYS_mmap,
            mapped(rw, PRIVATE | libc::MAP_GROWSDOWN),
        ),
        (
            "huge pages",
            libc::SYS_mmap,
            mapped(rw, PRIVATE | libc::MAP_HUGETLB),
        ),
        (
            "locked memory",
            libc::SYS_mmap,
            mapped(rw, PRIVATE | libc::MAP_LOCKED),
        ),
        (
            "protection of a stack that grows",
            libc::SYS_mprotect,
            vec![page, 4096, rw | 0x0100_0000],
        ),
        ("pkey_mprotect", libc::SYS_pkey_mprotect, vec![page, 4096, rw, -1]),
        (
            "memory moved to a place",
            libc::SYS_mremap,
            vec![page, 4096, 4096, moved, page],
        ),
        ("page poisoned", libc::SYS_madvise, advice(100)),
        ("page offline", libc::SYS_madvise, advice(101)),
        ("pages merged", libc::SYS_madvise, advice(12)),
        ("pages removed", libc::SYS_madvise, advice(9)),
        ("mlock", libc::SYS_mlock, vec![page, 4096]),
        ("mlockall", libc::SYS_mlockall, vec![1]),
        ("mincore", libc::SYS_mincore, vec![page, 4096, page]),
        (
            "remap_file_pages",
            libc::SYS_remap_file_pages,
            vec![page, 4096, 0, 0, 0],
        ),
        ("userfaultfd", libc::SYS_userfaultfd, vec![1]),
        ("shmget", libc::SYS_shmget, vec![0, 4096, 0o1600]),
        ("shmat", libc::SYS_shmat, vec![0, 0, 0]),
        ("msgget", libc::SYS_msgget, vec![0, 0o1600]),
        ("semget", libc::SYS_semget, vec![0, 1, 0o1600]),
        ("mq_open", libc::SYS_mq_open, vec![page, 0o102, 0o600, 0]),
    ]
}

/// Calls that reach the machine.
pub(super) fn machine(page: i64) -> Vec<Attempt> {
    vec![
        ("bpf", libc::SYS_bpf, vec![0, page, 0]),
        ("add_key", libc::SYS_add_key, vec![page, page, page, 1, -3]),
        ("request_key", libc::SYS_request_key, vec![page, page, 0, -3]),
        ("keyctl", libc::SYS_keyctl, vec![0, -3, 0]),
        ("syslog", libc::SYS_syslog, vec![3, page, 0]),
        ("sethostname", libc::SYS_sethostname, vec![page, 0]),
        ("settimeofday", libc::SYS_settimeofday, vec![page, 0]),
        ("clock_settime", libc::SYS_clock_settime, vec![0, page]),
        ("adjtimex", libc::SYS_adjtimex, vec![page]),
        ("reboot", libc::SYS_reboot, vec![0, 0, 0, 0]),
        ("kexec_load", libc::SYS_kexec_load, vec![0, 0, 0, 0]),
        ("init_module", libc::SYS_init_module, vec![page, 0, page]),
        ("finit_module", libc::SYS_finit_module, vec![0, page, 0]),
        ("delete_module", libc::SYS_delete_module, vec![page, 0]),
        ("swapon", libc::SYS_swapon, vec![page, 0]),
        ("timer_create", libc::SYS_timer_create, vec![1, page, page]),
        ("setitimer", libc::SYS_setitimer, vec![0, page, 0]),
        ("membarrier of everybody", libc::SYS_membarrier, vec![1, 0, 0]),
        #[cfg(target_arch = "x86_64")]
        ("iopl", libc::SYS_iopl, vec![3]),
        #[cfg(target_arch = "x86_64")]
        ("ioperm", libc::SYS_ioperm, vec![0, 1, 1]),
        #[cfg(target_arch = "x86_64")]
        ("modify_ldt", libc::SYS_modify_ldt, vec![0, page, 0]),
    ]
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
