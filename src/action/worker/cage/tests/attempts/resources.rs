//! Attempts on files, descriptors, memory and the machine.

use super::{AT_FDCWD, PRIVATE, own};
use crate::action::worker::probing::Attempt;

/// Calls that make descriptors, hand them over, or do more with one than reading and writing.
pub fn descriptors(page: i64) -> Vec<Attempt> {
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
        (
            "recvfrom an address",
            libc::SYS_recvfrom,
            vec![3, page, 0, 0x42, page, page],
        ),
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
pub fn files(page: i64) -> Vec<Attempt> {
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
pub fn memory(page: i64) -> Vec<Attempt> {
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
pub fn machine(page: i64) -> Vec<Attempt> {
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
