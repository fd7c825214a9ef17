//! The clocks that works are measured with.

use std::time::Duration;

/// CPU time of this process, all threads.
pub(super) fn process_cpu() -> Duration {
    read(libc::CLOCK_PROCESS_CPUTIME_ID).expect("CLOCK_PROCESS_CPUTIME_ID is always available on Linux")
}

/// CPU time of another process, all threads; none where it has ended.
#[cfg(feature = "server")]
pub(super) fn cpu_of(process: u32) -> Option<Duration> {
    let process = libc::pid_t::try_from(process).ok()?;
    let mut clock = 0;
    // SAFETY: `clock` is a valid clock id that outlives the call, which only writes to it.
    #[expect(unsafe_code, reason = "no library has the clock of another process")]
    let status = unsafe { libc::clock_getcpuclockid(process, &raw mut clock) };
    (status == 0).then(|| read(clock)).flatten()
}

fn read(clock: libc::clockid_t) -> Option<Duration> {
    let mut time = libc::timespec {
        tv_sec: 0,
        tv_nsec: 0,
    };
    // SAFETY: `time` is a valid timespec that outlives the call, which only writes to it.
    #[expect(unsafe_code, reason = "the standard library has no clock for CPU time")]
    let status = unsafe { libc::clock_gettime(clock, &raw mut time) };
    let seconds = u64::try_from(time.tv_sec).unwrap_or_default();
    let nanoseconds = u32::try_from(time.tv_nsec).unwrap_or_default();
    (status == 0).then(|| Duration::new(seconds, nanoseconds))
}
