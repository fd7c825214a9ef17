//! Memory that goes back to what was sealed.
//!
//! ```text
//!  arena   [ the engine before any script ran | blocks of the run ──►            ]
//!  beyond    blocks of the C library, where the run needs more than the arena has
//! ```
//!
//! [`Memory::seal`] keeps a copy of what the arena holds; [`Memory::renew`] writes it back, clears what lies
//! behind it and frees all blocks beyond. So every run starts from the same bytes, whatever the one before
//! has done or left half done, and nothing has to be taken apart block by block.

#![expect(
    clippy::cast_ptr_alignment,
    reason = "blocks are aligned to 16 bytes and hold what the engine puts there"
)]

use super::budget::Budget;
use super::poison;
use super::renewed::Renewed;
use super::sizes::{ALIGN, HEAD, SIZES, block_size, class};
use std::alloc::{Layout, alloc_zeroed, dealloc, handle_alloc_error};
use std::cell::{Cell, OnceCell};
use std::ptr::{copy_nonoverlapping, null_mut, write_bytes};

/// The memory of one engine.
pub(super) struct Memory {
    budget: Budget,
    arena: *mut u8,
    /// Where the unused rest of the arena begins.
    top: Cell<usize>,
    /// Released blocks of the arena, a list for each size.
    released: [Cell<*mut u8>; SIZES],
    /// The newest block of the C library.
    beyond: Cell<*mut Beyond>,
    sealed: OnceCell<Sealed>,
}

/// What [`Memory::renew`] goes back to.
struct Sealed {
    bytes: Box<[u8]>,
    released: [*mut u8; SIZES],
    used: usize,
}

/// What precedes a block of the C library.
#[repr(C, align(16))]
struct Beyond {
    older: *mut Beyond,
    newer: *mut Beyond,
    _aligned: usize,
    capacity: usize,
}

/// Holds the engine, and most runs.
const ARENA: usize = 4 << 20;
/// Where the first block begins, so that what follows its head is aligned.
const START: usize = ALIGN - HEAD;
const BEYOND: usize = size_of::<Beyond>();

#[expect(unsafe_code, reason = "the engine takes its memory as plain bytes")]
impl Memory {
    pub fn new() -> Self {
        let arena = reserve();
        poison::close(arena, ARENA);
        Self {
            budget: Budget::new(),
            arena,
            top: Cell::new(START),
            released: [const { Cell::new(null_mut()) }; SIZES],
            beyond: Cell::new(null_mut()),
            sealed: OnceCell::new(),
        }
    }

    pub fn budget(&self) -> &Budget {
        &self.budget
    }

    /// Keeps what there is now.
    ///
    /// # Panics
    /// Blocks of the C library are in use.
    pub fn seal(&self) {
        assert!(self.beyond.get().is_null(), "the engine fits into the arena");
        self.sealed.get_or_init(|| {
            poison::open(self.arena, self.top.get());
            // SAFETY: the arena is allocated and zeroed up to `ARENA`, which `top` never passes.
            let bytes = unsafe { std::slice::from_raw_parts(self.arena, self.top.get()) }.into();
            let released = self.released.each_ref().map(Cell::get);
            self.close_what_is_free();
            Sealed {
                bytes,
                released,
                used: self.budget.used(),
            }
        });
    }

    /// Goes back to what was sealed.
    pub fn renew(&self) -> Renewed {
        let Some(sealed) = self.sealed.get() else {
            return Renewed::Nothing;
        };
        self.release_beyond();
        let (length, top) = (sealed.bytes.len(), self.top.get());
        poison::open(self.arena, top);
        // SAFETY: the copy is of the arena's beginning and as long; what is cleared lies between it and
        // `top`, in the arena. Nobody else holds a reference into the arena.
        unsafe {
            copy_nonoverlapping(sealed.bytes.as_ptr(), self.arena, length);
            write_bytes(self.arena.add(length), 0, top - length);
        }
        self.top.set(length);
        for (list, sealed) in self.released.iter().zip(sealed.released) {
            list.set(sealed);
        }
        self.budget.renew(sealed.used);
        self.close_what_is_free();
        Renewed::AsSealed
    }

    /// Closes the heads of blocks, all that was released, and what nobody has taken yet.
    fn close_what_is_free(&self) {
        if !cfg!(sanitize_engine) {
            return;
        }
        // SAFETY: blocks lie one after the other from `START` to `top`, each with its capacity before it; a
        // released one begins with the pointer to the next one.
        unsafe {
            let mut at = START;
            while at < self.top.get() {
                let head = self.arena.add(at);
                poison::close(head, HEAD);
                at += HEAD + head.cast::<usize>().read();
            }
            poison::close(self.arena.add(at), ARENA - at);
            for list in &self.released {
                let mut next = list.get();
                while !next.is_null() {
                    poison::close(next, Self::usable(next));
                    next = next.cast::<*mut u8>().read();
                }
            }
        }
    }

    fn release_beyond(&self) {
        let mut next = self.beyond.replace(null_mut());
        while !next.is_null() {
            // SAFETY: the list holds blocks of the C library that were not freed yet.
            unsafe {
                let older = (*next).older;
                libc::free(next.cast());
                next = older;
            }
        }
    }

    pub fn alloc(&self, size: usize) -> *mut u8 {
        if !self.budget.admits(size, size) {
            return null_mut();
        }
        let block = block_size(size);
        let from_arena = match class(block) {
            Some(class) => self.reuse(class).or_else(|| self.extend(block)),
            None if self.sealed.get().is_none() => self.extend(block),
            None => None,
        };
        match from_arena {
            Some(pointer) => {
                self.budget.take(block);
                poison::open(pointer, block - HEAD);
                pointer
            }
            None => self.alloc_beyond(size),
        }
    }

    fn reuse(&self, class: usize) -> Option<*mut u8> {
        let list = &self.released[class];
        let pointer = list.get();
        if pointer.is_null() {
            return None;
        }
        // SAFETY: a released block begins with the pointer to the next one, see `dealloc`.
        list.set(unsafe { pointer.cast::<*mut u8>().read() });
        Some(pointer)
    }

    fn extend(&self, block: usize) -> Option<*mut u8> {
        let top = self.top.get();
        let end = top.checked_add(block).filter(|end| *end <= ARENA)?;
        self.top.set(end);
        // SAFETY: the block lies in the arena and begins 8 bytes before a multiple of 16.
        unsafe {
            let start = self.arena.add(top);
            start.cast::<usize>().write(block - HEAD);
            Some(start.add(HEAD))
        }
    }

    fn alloc_beyond(&self, size: usize) -> *mut u8 {
        // SAFETY: any size is allowed.
        let block = unsafe { libc::malloc(size.saturating_add(BEYOND)) };
        if block.is_null() {
            self.budget.refuse(size);
            return null_mut();
        }
        self.enlist(block.cast())
    }

    /// Takes a block of the C library into the list.
    fn enlist(&self, block: *mut Beyond) -> *mut u8 {
        let older = self.beyond.replace(block);
        // SAFETY: the block is ours alone and larger than a `Beyond`; so is the older one.
        unsafe {
            let usable = libc::malloc_usable_size(block.cast());
            block.write(Beyond {
                older,
                newer: null_mut(),
                _aligned: 0,
                capacity: usable - BEYOND,
            });
            if let Some(older) = older.as_mut() {
                older.newer = block;
            }
            self.budget.take(usable);
            block.cast::<u8>().add(BEYOND)
        }
    }

    /// Takes the block of `pointer` out of the list.
    ///
    /// # Safety
    /// `pointer` came from [`Memory::enlist`] and was not freed.
    unsafe fn delist(&self, pointer: *mut u8) -> *mut Beyond {
        // SAFETY: the block and its neighbours in the list are alive.
        unsafe {
            let block = pointer.sub(BEYOND).cast::<Beyond>();
            let Beyond {
                older,
                newer,
                capacity,
                ..
            } = block.read();
            if let Some(older) = older.as_mut() {
                older.newer = newer;
            }
            match newer.as_mut() {
                Some(newer) => newer.older = older,
                None => self.beyond.set(older),
            }
            self.budget.give_back(capacity + BEYOND);
            block
        }
    }

    fn in_arena(&self, pointer: *mut u8) -> bool {
        (self.arena.addr()..self.arena.addr() + ARENA).contains(&pointer.addr())
    }

    /// # Safety
    /// `pointer` is a block of this memory and not used any more.
    pub unsafe fn dealloc(&self, pointer: *mut u8) {
        if !self.in_arena(pointer) {
            // SAFETY: not in the arena, so it came from `enlist`.
            unsafe { libc::free(self.delist(pointer).cast()) };
            return;
        }
        let capacity = Self::usable(pointer);
        self.budget.give_back(capacity + HEAD);
        if let Some(class) = class(capacity + HEAD) {
            let list = &self.released[class];
            // SAFETY: the block is ours again, and larger than a pointer.
            unsafe { pointer.cast::<*mut u8>().write(list.get()) };
            list.set(pointer);
        }
        poison::close(pointer, capacity);
    }

    /// # Safety
    /// `pointer` is a block of this memory; null is returned, or it is not used any more.
    pub unsafe fn realloc(&self, pointer: *mut u8, size: usize) -> *mut u8 {
        let capacity = Self::usable(pointer);
        if self.in_arena(pointer) {
            if size <= capacity {
                return pointer;
            }
            let moved = self.alloc(size);
            if !moved.is_null() {
                // SAFETY: both blocks are at least `capacity` bytes long, and different.
                unsafe {
                    copy_nonoverlapping(pointer, moved, capacity);
                    self.dealloc(pointer);
                }
            }
            return moved;
        }
        if !self.budget.admits(size.saturating_sub(capacity), size) {
            return null_mut();
        }
        // SAFETY: not in the arena, so it came from `enlist`. Where it cannot be moved it stays as it is.
        unsafe {
            let block = self.delist(pointer);
            let moved = libc::realloc(block.cast(), size.saturating_add(BEYOND));
            if moved.is_null() {
                self.enlist(block);
                self.budget.refuse(size);
                return null_mut();
            }
            self.enlist(moved.cast())
        }
    }

    /// Bytes that a block has room for.
    pub fn usable(pointer: *mut u8) -> usize {
        // SAFETY: only called with blocks of a `Memory`, which are all preceded by their capacity.
        unsafe { pointer.sub(HEAD).cast::<usize>().read() }
    }
}

#[expect(unsafe_code, reason = "gives its memory back")]
impl Drop for Memory {
    fn drop(&mut self) {
        self.release_beyond();
        poison::open(self.arena, ARENA);
        // SAFETY: allocated with this layout by `reserve`.
        unsafe { dealloc(self.arena, ARENA_LAYOUT) };
    }
}

const ARENA_LAYOUT: Layout = match Layout::from_size_align(ARENA, ALIGN) {
    Ok(layout) => layout,
    Err(_) => panic!("both are powers of two"),
};

#[expect(
    unsafe_code,
    reason = "takes zeroed pages, which cost nothing until they are used"
)]
fn reserve() -> *mut u8 {
    // SAFETY: the layout is not empty.
    let arena = unsafe { alloc_zeroed(ARENA_LAYOUT) };
    if arena.is_null() {
        handle_alloc_error(ARENA_LAYOUT);
    }
    arena
}

#[cfg(test)]
mod tests {
    use super::super::Refused;
    use super::*;

    #[test]
    #[expect(unsafe_code, reason = "plays the engine")]
    fn a_renewed_memory_holds_what_was_sealed_and_nothing_else() {
        let memory = Memory::new();
        let kept = memory.alloc(100);
        // SAFETY: blocks of at least these lengths, released once and by their own memory.
        unsafe {
            kept.write_bytes(7, 100);
            memory.seal();
            assert!(memory.budget().limit(1 << 20));
            kept.write_bytes(8, 100);
            let small = memory.alloc(40);
            small.write_bytes(9, 40);
            let large = memory.alloc(100 << 10);
            let large = memory.realloc(large, 200 << 10);
            assert!(memory.alloc(2 << 20).is_null());
            assert_eq!(memory.budget().refused().get(), Refused::LargeBlock);
            memory.dealloc(kept);
            memory.dealloc(large);
            let left = memory.alloc(60 << 10);
            assert!(!left.is_null());
            assert_eq!(memory.renew(), Renewed::AsSealed);
            assert_eq!(memory.budget().refused().get(), Refused::Nothing);
            assert_eq!(std::slice::from_raw_parts(kept, 100), [7; 100]);
            assert_eq!(small, memory.alloc(40));
            assert_eq!(std::slice::from_raw_parts(small, 40), [0; 40]);
        }
    }
}
