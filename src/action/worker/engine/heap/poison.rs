//! Tells AddressSanitizer what of the arena is nobody's (`--cfg sanitize_engine`); else nothing.

/// Whoever of the instrumented engine reads or writes these bytes from now on is stopped.
#[cfg_attr(sanitize_engine, expect(unsafe_code, reason = "the sanitizer's interface"))]
pub(super) fn close(start: *mut u8, length: usize) {
    #[cfg(sanitize_engine)]
    // SAFETY: only marks; `start` and `length` lie in the arena.
    unsafe {
        __asan_poison_memory_region(start.cast(), length);
    }
    #[cfg(not(sanitize_engine))]
    let _ = (start, length);
}

/// Takes [`close`] back.
#[cfg_attr(sanitize_engine, expect(unsafe_code, reason = "the sanitizer's interface"))]
pub(super) fn open(start: *mut u8, length: usize) {
    #[cfg(sanitize_engine)]
    // SAFETY: only marks; `start` and `length` lie in the arena.
    unsafe {
        __asan_unpoison_memory_region(start.cast(), length);
    }
    #[cfg(not(sanitize_engine))]
    let _ = (start, length);
}

#[cfg(sanitize_engine)]
#[expect(unsafe_code, reason = "the sanitizer's interface")]
unsafe extern "C" {
    fn __asan_poison_memory_region(start: *const libc::c_void, length: usize);
    fn __asan_unpoison_memory_region(start: *const libc::c_void, length: usize);
}
