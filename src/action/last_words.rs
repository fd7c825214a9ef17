//! What a worker says when it is taken down: whether its heap had refused memory before.
//!
//! Where memory is very short, the engine may trip over the memory that it did not get. The pool would see
//! no more than a signal; these words tell it that the memory limit was the reason.

use std::ptr::null_mut;
use std::sync::atomic::{AtomicBool, Ordering};

/// What is written to stderr.
const MEMORY_REFUSED: &str = "the heap had refused memory";
/// What Rust writes to stderr where memory outside the engine's heap is refused, before it ends the process.
const ALLOCATION_FAILED: &str = "memory allocation of";

/// What Node.js writes to stderr where its heap or the system has no memory left for it, before it ends.
const OF_NODE: [&str; 4] = [
    "JavaScript heap out of memory",
    "process OOM",
    "process out of memory",
    "std::bad_alloc",
];

/// Whether what a worker wrote to stderr tells that it was refused memory.
pub(super) fn tell_of_memory(words: &str) -> bool {
    let told = [MEMORY_REFUSED, ALLOCATION_FAILED].into_iter().chain(OF_NODE);
    told.into_iter().any(|told| words.contains(told))
}

static REFUSED: AtomicBool = AtomicBool::new(false);

/// The heap of the run refuses memory.
pub(super) fn memory_refused() {
    REFUSED.store(true, Ordering::Relaxed);
}

/// A new run begins.
pub(super) fn begin() {
    REFUSED.store(false, Ordering::Relaxed);
}

/// Has the words written when this process panics or is ended by a signal of its own making.
#[expect(unsafe_code, reason = "signal handlers have no safe interface here")]
pub(super) fn prepare() {
    let panicked = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        say();
        panicked(panic);
    }));
    let handler: extern "C" fn(libc::c_int) = died;
    for signal in [libc::SIGABRT, libc::SIGBUS, libc::SIGILL, libc::SIGSEGV] {
        // SAFETY: all-zero is a valid `sigaction`; `action` lives through the call; `handler` does nothing but
        // what is allowed in a signal handler: it reads an atomic and writes to a descriptor.
        unsafe {
            let mut action: libc::sigaction = std::mem::zeroed();
            action.sa_sigaction = handler as libc::sighandler_t;
            action.sa_flags = libc::SA_ONSTACK | libc::SA_RESETHAND;
            libc::sigaction(signal, &raw const action, null_mut());
        }
    }
}

/// The handler is gone by now: the same signal, sent again, ends the process when this returns.
#[expect(unsafe_code, reason = "the only way to send a signal from a signal handler")]
extern "C" fn died(signal: libc::c_int) {
    say();
    // SAFETY: any number is allowed.
    unsafe {
        libc::raise(signal);
    }
}

#[expect(unsafe_code, reason = "the only way to write from a signal handler")]
fn say() {
    if REFUSED.load(Ordering::Relaxed) {
        // SAFETY: the text is valid for its length.
        unsafe {
            libc::write(2, MEMORY_REFUSED.as_ptr().cast(), MEMORY_REFUSED.len());
        }
    }
}
