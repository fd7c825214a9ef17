//! The clock that works are measured with.

use std::time::Duration;

/// CPU time of this process, all threads.
pub(super) fn process_cpu() -> Duration {
    let mut time = libc::timespec {
        tv_sec: 0,
        tv_nsec: 0,
    };
    // SAFETY: `time` is a valid timespec that outlives the call, which only writes to it.
    #[expect(unsafe_code, reason = "the standard library has no clock for CPU time")]
    let status = unsafe { libc::clock_gettime(libc::CLOCK_PROCESS_CPUTIME_ID, &raw mut time) };
    assert_eq!(status, 0, "CLOCK_PROCESS_CPUTIME_ID is always available on Linux");
    let seconds = u64::try_from(time.tv_sec).unwrap_or_default();
    Duration::new(seconds, u32::try_from(time.tv_nsec).unwrap_or_default())
}
