//! What a worker gives up before it sees a script: files, network, processes, and all system calls but
//! a few. The order matters: what needs a system call that the filter refuses comes first.

use landlock::{ABI, Access, AccessFs, AccessNet, Ruleset, RulesetAttr};
use rustix::process::{Resource, Rlimit, setrlimit};
use seccompiler::{
    BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter, SeccompRule,
};
use std::collections::BTreeMap;
use std::error::Error;

/// Locks the process in.
///
/// # Errors
/// The kernel refuses a part that is not optional. Landlock is: kernels may come without it.
pub(super) fn enter() -> Result<(), Box<dyn Error>> {
    warm_up();
    close_all_but_pipes();
    rustix::thread::set_no_new_privs(true)?;
    for (resource, limit) in [
        (Resource::Core, 0),
        (Resource::Fsize, 0),
        (Resource::Nproc, 0),
        (Resource::Nofile, 3),
    ] {
        let limit = Rlimit {
            current: Some(limit),
            maximum: Some(limit),
        };
        setrlimit(resource, limit)?;
    }
    let _ = deny_files_and_network();
    let filter: BpfProgram = SeccompFilter::new(
        rules()?,
        SeccompAction::Errno(libc::EPERM.unsigned_abs()),
        SeccompAction::Allow,
        std::env::consts::ARCH.try_into()?,
    )?
    .try_into()?;
    seccompiler::apply_filter(&filter)?;
    Ok(())
}

/// Lets the kernel end this process, should its pool no longer be there to do so.
pub(super) fn expire_after(milliseconds: u64) {
    let seconds = i64::try_from(milliseconds.div_ceil(1000)).unwrap_or(i64::MAX);
    set_timer(seconds);
}

/// Takes [`expire_after`] back.
pub(super) fn expire_never() {
    set_timer(0);
}

/// The calls, with any arguments; memory only as long as it cannot be executed.
fn rules() -> Result<BTreeMap<i64, Vec<SeccompRule>>, seccompiler::BackendError> {
    let executable = libc::PROT_EXEC.unsigned_abs().into();
    let mut rules: BTreeMap<_, _> = SYSTEM_CALLS.iter().map(|call| (*call, Vec::new())).collect();
    for call in [libc::SYS_mmap, libc::SYS_mprotect] {
        let protection =
            SeccompCondition::new(2, SeccompCmpArgLen::Dword, SeccompCmpOp::MaskedEq(executable), 0)?;
        rules.insert(call, vec![SeccompRule::new(vec![protection])?]);
    }
    Ok(rules)
}

/// Memory, time, randomness and the three pipes; nothing that names a file or an address.
const SYSTEM_CALLS: &[i64] = &[
    libc::SYS_brk,
    libc::SYS_clock_gettime,
    libc::SYS_clock_nanosleep,
    libc::SYS_close,
    libc::SYS_exit,
    libc::SYS_exit_group,
    libc::SYS_futex,
    libc::SYS_getpid,
    libc::SYS_getrandom,
    libc::SYS_gettid,
    libc::SYS_gettimeofday,
    libc::SYS_madvise,
    libc::SYS_mremap,
    libc::SYS_munmap,
    libc::SYS_nanosleep,
    libc::SYS_read,
    libc::SYS_restart_syscall,
    libc::SYS_rt_sigaction,
    libc::SYS_rt_sigprocmask,
    libc::SYS_rt_sigreturn,
    libc::SYS_sched_yield,
    libc::SYS_setitimer,
    libc::SYS_sigaltstack,
    libc::SYS_tgkill,
    libc::SYS_write,
];

/// Has the libraries open what they open once: OpenSSL its tables and generator, libc its time zone.
fn warm_up() {
    use crate::random::{Random, SystemRandom};
    openssl::init();
    SystemRandom.fill(&mut [0; 16]);
    #[expect(
        clippy::disallowed_methods,
        reason = "nothing is drawn: OpenSSL's generator is opened"
    )]
    let _ = openssl::rand::rand_bytes(&mut [0; 16]);
    let _ = openssl::hash::hash(openssl::hash::MessageDigest::sha256(), b"");
}

fn deny_files_and_network() -> Result<(), landlock::RulesetError> {
    Ruleset::default()
        .handle_access(AccessFs::from_all(ABI::V5))?
        .handle_access(AccessNet::from_all(ABI::V5))?
        .create()?
        .restrict_self()?;
    Ok(())
}

#[expect(unsafe_code, reason = "closes descriptors that nothing in this process owns")]
fn close_all_but_pipes() {
    // SAFETY: the process has just started and opened no file itself; what is above 2 was inherited.
    unsafe {
        libc::syscall(libc::SYS_close_range, 3u32, u32::MAX, 0u32);
    }
}

#[expect(unsafe_code, reason = "setitimer has no safe wrapper here")]
fn set_timer(seconds: i64) {
    let never = libc::timeval {
        tv_sec: 0,
        tv_usec: 0,
    };
    let timer = libc::itimerval {
        it_interval: never,
        it_value: libc::timeval {
            tv_sec: seconds,
            tv_usec: 0,
        },
    };
    // SAFETY: `timer` is a valid value that lives through the call; no old value is asked for.
    unsafe {
        libc::setitimer(libc::ITIMER_REAL, &raw const timer, std::ptr::null_mut());
    }
}
