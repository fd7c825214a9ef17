//! Memory whose blocks are those of the C library, so that a sanitizer sees where each begins and ends, and when
//! it is released. Nothing is sealed: each script gets an engine of its own (`Realm::renew`).

use crate::action::worker::engine::heap::budget::Budget;
use std::ptr::null_mut;

/// The memory of one engine.
pub(in crate::action::worker::engine::heap) struct Memory {
    budget: Budget,
}

impl Memory {
    pub fn new() -> Self {
        Self {
            budget: Budget::new(),
        }
    }

    pub fn budget(&self) -> &Budget {
        &self.budget
    }

    #[expect(unsafe_code, reason = "the engine takes its memory as plain bytes")]
    pub fn alloc(&self, size: usize) -> *mut u8 {
        if !self.budget.admits(size, size) {
            return null_mut();
        }
        // SAFETY: any size is allowed.
        let block: *mut u8 = unsafe { libc::malloc(size) }.cast();
        self.taken(block, size)
    }

    /// # Safety
    /// `pointer` is a block of this memory and not used any more.
    #[expect(unsafe_code, reason = "the engine takes its memory as plain bytes")]
    pub unsafe fn dealloc(&self, pointer: *mut u8) {
        self.budget.give_back(Self::usable(pointer));
        // SAFETY: `alloc` or `realloc` took it from the C library.
        unsafe { libc::free(pointer.cast()) };
    }

    /// # Safety
    /// `pointer` is a block of this memory; null is returned, or it is not used any more.
    #[expect(unsafe_code, reason = "the engine takes its memory as plain bytes")]
    pub unsafe fn realloc(&self, pointer: *mut u8, size: usize) -> *mut u8 {
        let capacity = Self::usable(pointer);
        if !self.budget.admits(size.saturating_sub(capacity), size) {
            return null_mut();
        }
        // SAFETY: `alloc` or `realloc` took it from the C library. Of no bytes there is a block, too.
        let moved: *mut u8 = unsafe { libc::realloc(pointer.cast(), size.max(1)) }.cast();
        if !moved.is_null() {
            self.budget.give_back(capacity);
        }
        self.taken(moved, size)
    }

    fn taken(&self, block: *mut u8, size: usize) -> *mut u8 {
        if block.is_null() {
            self.budget.refuse(size);
        } else {
            self.budget.take(Self::usable(block));
        }
        block
    }

    #[expect(unsafe_code, reason = "asks the C library")]
    pub fn usable(pointer: *mut u8) -> usize {
        // SAFETY: only called with blocks of the C library that were not freed.
        unsafe { libc::malloc_usable_size(pointer.cast()) }
    }
}
