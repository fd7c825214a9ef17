//! Tells AddressSanitizer what of the arena is nobody's (`--cfg engine_memory="poisoned"`); else nothing.

/// Whoever of the instrumented engine reads or writes these bytes from now on is stopped.
#[cfg_attr(
    engine_memory = "poisoned",
    expect(unsafe_code, reason = "the sanitizer's interface")
)]
pub(super) fn close(start: *mut u8, length: usize) {
    #[cfg(engine_memory = "poisoned")]
    // SAFETY: only marks; `start` and `length` lie in the arena.
    unsafe {
        __asan_poison_memory_region(start.cast(), length);
    }
    #[cfg(not(engine_memory = "poisoned"))]
    let _ = (start, length);
}

/// Takes [`close`] back.
#[cfg_attr(
    engine_memory = "poisoned",
    expect(unsafe_code, reason = "the sanitizer's interface")
)]
pub(super) fn open(start: *mut u8, length: usize) {
    #[cfg(engine_memory = "poisoned")]
    // SAFETY: only marks; `start` and `length` lie in the arena.
    unsafe {
        __asan_unpoison_memory_region(start.cast(), length);
    }
    #[cfg(not(engine_memory = "poisoned"))]
    let _ = (start, length);
}

#[cfg(engine_memory = "poisoned")]
#[expect(unsafe_code, reason = "the sanitizer's interface")]
unsafe extern "C" {
    fn __asan_poison_memory_region(start: *const libc::c_void, length: usize);
    fn __asan_unpoison_memory_region(start: *const libc::c_void, length: usize);
}
