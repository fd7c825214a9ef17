//! The memory of a realm: the C library's, counted, refused past the limit.
//!
//! The engine has a limit of its own, but does not tell whether it was reached: where not even the
//! out-of-memory error finds room it throws `null`, as a script may. So the limit is kept here, and
//! [`Heap::refused`] tells.

use crate::action::last_words;
use rquickjs::allocator::Allocator;
use std::cell::Cell;
use std::ptr::null_mut;
use std::rc::Rc;

/// Memory of one realm.
pub(super) struct Heap {
    used: Rc<Cell<usize>>,
    limit: usize,
    refused: Rc<Cell<bool>>,
}

impl Heap {
    /// At most `limit` bytes.
    pub fn new(limit: usize) -> Self {
        Self {
            used: Rc::default(),
            limit,
            refused: Rc::default(),
        }
    }

    /// Whether memory was ever refused; stays readable after the heap was handed to the engine.
    pub fn refused(&self) -> Rc<Cell<bool>> {
        Rc::clone(&self.refused)
    }

    /// The bytes in use; stays readable after the heap was handed to the engine.
    pub fn used(&self) -> Rc<Cell<usize>> {
        Rc::clone(&self.used)
    }

    /// Whether `more` bytes fit in.
    fn admits(&self, more: usize) -> bool {
        let fits = self
            .used
            .get()
            .checked_add(more)
            .is_some_and(|used| used <= self.limit);
        if !fits {
            self.refuse();
        }
        fits
    }

    fn refuse(&self) {
        self.refused.set(true);
        last_words::memory_refused();
    }

    fn counted(&mut self, pointer: *mut libc::c_void) -> *mut u8 {
        if pointer.is_null() {
            self.refuse();
        } else {
            self.used.set(self.used.get() + usable(pointer.cast()));
        }
        pointer.cast()
    }
}

// SAFETY: every pointer comes from the C library's allocator, whose blocks are aligned for any type, or is
// null; a block is released by the same allocator.
#[expect(unsafe_code, reason = "the engine takes its memory through C's interface")]
unsafe impl Allocator for Heap {
    fn alloc(&mut self, size: usize) -> *mut u8 {
        if !self.admits(size) {
            return null_mut();
        }
        // SAFETY: any size is allowed.
        let pointer = unsafe { libc::malloc(size) };
        self.counted(pointer)
    }

    fn calloc(&mut self, count: usize, size: usize) -> *mut u8 {
        if !self.admits(count.saturating_mul(size)) {
            return null_mut();
        }
        // SAFETY: any count and size are allowed.
        let pointer = unsafe { libc::calloc(count, size) };
        self.counted(pointer)
    }

    unsafe fn dealloc(&mut self, pointer: *mut u8) {
        self.used.set(self.used.get().saturating_sub(usable(pointer)));
        // SAFETY: the caller hands in a block of this allocator or null.
        unsafe { libc::free(pointer.cast()) }
    }

    unsafe fn realloc(&mut self, pointer: *mut u8, size: usize) -> *mut u8 {
        let old = usable(pointer);
        if !self.admits(size.saturating_sub(old)) {
            return null_mut();
        }
        // SAFETY: the caller hands in a block of this allocator or null.
        let moved = unsafe { libc::realloc(pointer.cast(), size) };
        if !moved.is_null() {
            self.used.set(self.used.get().saturating_sub(old));
        }
        self.counted(moved)
    }

    unsafe fn usable_size(pointer: *mut u8) -> usize {
        usable(pointer)
    }
}

#[expect(unsafe_code, reason = "asks the C library")]
fn usable(pointer: *mut u8) -> usize {
    // SAFETY: only called with blocks of the C library's allocator, or null, for which it is 0.
    unsafe { libc::malloc_usable_size(pointer.cast()) }
}
