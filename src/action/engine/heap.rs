//! The memory of the engine: counted, refused past a limit, and put back after each run.
//!
//! ```text
//!  arena   [ the engine before any script ran | blocks of the run ──►            ]
//!  beyond    blocks of the C library, where the run needs more than the arena has
//! ```
//!
//! [`Heap::seal`] keeps a copy of what the arena holds; [`Heap::renew`] writes it back, clears what lies
//! behind it and frees all blocks beyond. So every run starts from the same bytes, whatever the one before
//! has done or left half done, and nothing has to be taken apart block by block.
//!
//! The engine has a limit of its own, but does not tell whether it was reached: where not even the
//! out-of-memory error finds room it throws `null`, as a script may. So the limit is kept here, and
//! [`Heap::refused`] tells. A script may go on without a large block; where a small one is refused the
//! run is over, as in Node.js: what the engine itself was about, such as settling a promise, is half done.

#![expect(
    clippy::cast_ptr_alignment,
    reason = "blocks are aligned to 16 bytes and hold what the engine puts there"
)]

use crate::action::last_words;
use rquickjs::allocator::Allocator;
use std::alloc::{Layout, alloc_zeroed, dealloc, handle_alloc_error};
use std::cell::{Cell, OnceCell};
use std::ptr::{copy_nonoverlapping, null_mut, write_bytes};
use std::rc::Rc;

/// The memory of one engine; a clone is the same memory.
#[derive(Clone)]
pub(super) struct Heap(Rc<Memory>);

struct Memory {
    arena: *mut u8,
    /// Where the unused rest of the arena begins.
    top: Cell<usize>,
    /// Released blocks of the arena, a list for each size.
    released: [Cell<*mut u8>; SIZES],
    /// The newest block of the C library.
    beyond: Cell<*mut Beyond>,
    used: Cell<usize>,
    limit: Cell<usize>,
    refused: Rc<Cell<Refused>>,
    sealed: OnceCell<Sealed>,
}

/// What the heap has refused since it was renewed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Refused {
    #[default]
    Nothing,
    /// Nothing but large blocks: the script sees an error that it may catch.
    LargeBlock,
    SmallBlock,
}

/// What [`Heap::renew`] goes back to.
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

/// Blocks of so many bytes are large ones in [`Refused`].
const LARGE: usize = 64 << 10;
/// Holds the engine, and most runs.
const ARENA: usize = 4 << 20;
const ALIGN: usize = 16;
/// A block of the arena is preceded by its capacity.
const HEAD: usize = size_of::<usize>();
const BEYOND: usize = size_of::<Beyond>();
/// Sizes of blocks, head included: multiples of 16 up to here, then powers of two.
const FINE: usize = 1024;
/// Larger blocks are not taken from the arena during a run.
const LARGEST: usize = 32 << 10;
const SIZES: usize = FINE / ALIGN + (LARGEST / FINE).ilog2() as usize + 1;

impl Heap {
    /// Memory without a limit, until [`Heap::renew`] sets one.
    pub fn new() -> Self {
        Self(Rc::new(Memory {
            arena: reserve(),
            top: Cell::new(ALIGN - HEAD),
            released: [const { Cell::new(null_mut()) }; SIZES],
            beyond: Cell::new(null_mut()),
            used: Cell::default(),
            limit: Cell::new(usize::MAX),
            refused: Rc::default(),
            sealed: OnceCell::new(),
        }))
    }

    /// Keeps what there is now.
    ///
    /// # Panics
    /// The engine alone does not fit into the arena.
    pub fn seal(&self) {
        let memory = &*self.0;
        assert!(memory.beyond.get().is_null(), "the engine fits into the arena");
        memory.sealed.get_or_init(|| Sealed {
            bytes: memory.taken().into(),
            released: memory.released.each_ref().map(Cell::get),
            used: memory.used.get(),
        });
    }

    /// Goes back to what was sealed.
    ///
    /// Whoever holds a value of the engine that was made since must have let go of it.
    pub fn renew(&self) {
        self.0.renew();
    }

    /// Admits at most `limit` bytes; false where more are in use already.
    pub fn limit(&self, limit: usize) -> bool {
        self.0.limit.set(limit);
        self.0.used.get() <= limit
    }

    /// What was refused since the heap was renewed; follows it.
    pub fn refused(&self) -> Rc<Cell<Refused>> {
        Rc::clone(&self.0.refused)
    }
}

#[expect(unsafe_code, reason = "the engine takes its memory as plain bytes")]
impl Memory {
    fn taken(&self) -> &[u8] {
        // SAFETY: the arena is allocated and zeroed up to `ARENA`, which `top` never passes.
        unsafe { std::slice::from_raw_parts(self.arena, self.top.get()) }
    }

    fn renew(&self) {
        let Some(sealed) = self.sealed.get() else {
            return;
        };
        self.release_beyond();
        let length = sealed.bytes.len();
        // SAFETY: the copy is of the arena's beginning and as long; what is cleared lies between it and
        // `top`, in the arena. Nobody else holds a reference into the arena.
        unsafe {
            copy_nonoverlapping(sealed.bytes.as_ptr(), self.arena, length);
            write_bytes(self.arena.add(length), 0, self.top.get() - length);
        }
        self.top.set(length);
        for (list, sealed) in self.released.iter().zip(sealed.released) {
            list.set(sealed);
        }
        self.used.set(sealed.used);
        self.refused.set(Refused::Nothing);
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

    /// Whether `more` bytes fit in, for a block of `size`.
    fn admits(&self, more: usize, size: usize) -> bool {
        let fits = self
            .used
            .get()
            .checked_add(more)
            .is_some_and(|used| used <= self.limit.get());
        if !fits {
            self.refuse(size);
        }
        fits
    }

    fn alloc(&self, size: usize) -> *mut u8 {
        if !self.admits(size, size) {
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
                self.used.set(self.used.get() + block);
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
            self.refuse(size);
            return null_mut();
        }
        self.enlist(block.cast())
    }

    fn refuse(&self, size: usize) {
        if size < LARGE {
            self.refused.set(Refused::SmallBlock);
        } else if self.refused.get() == Refused::Nothing {
            self.refused.set(Refused::LargeBlock);
        }
        last_words::memory_refused();
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
            self.used.set(self.used.get() + usable);
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
            self.used.set(self.used.get() - capacity - BEYOND);
            block
        }
    }

    fn in_arena(&self, pointer: *mut u8) -> bool {
        (self.arena.addr()..self.arena.addr() + ARENA).contains(&pointer.addr())
    }

    /// # Safety
    /// `pointer` is a block of this memory and not used any more.
    unsafe fn dealloc(&self, pointer: *mut u8) {
        if !self.in_arena(pointer) {
            // SAFETY: not in the arena, so it came from `enlist`.
            unsafe { libc::free(self.delist(pointer).cast()) };
            return;
        }
        let block = usable(pointer) + HEAD;
        self.used.set(self.used.get() - block);
        if let Some(class) = class(block) {
            let list = &self.released[class];
            // SAFETY: the block is ours again, and larger than a pointer.
            unsafe { pointer.cast::<*mut u8>().write(list.get()) };
            list.set(pointer);
        }
    }

    /// # Safety
    /// `pointer` is a block of this memory; null is returned, or it is not used any more.
    unsafe fn realloc(&self, pointer: *mut u8, size: usize) -> *mut u8 {
        let capacity = usable(pointer);
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
        if !self.admits(size.saturating_sub(capacity), size) {
            return null_mut();
        }
        // SAFETY: not in the arena, so it came from `enlist`. Where it cannot be moved it stays as it is.
        unsafe {
            let block = self.delist(pointer);
            let moved = libc::realloc(block.cast(), size.saturating_add(BEYOND));
            if moved.is_null() {
                self.enlist(block);
                self.refuse(size);
                return null_mut();
            }
            self.enlist(moved.cast())
        }
    }
}

#[expect(unsafe_code, reason = "gives its memory back")]
impl Drop for Memory {
    fn drop(&mut self) {
        self.release_beyond();
        // SAFETY: allocated with this layout by `reserve`.
        unsafe { dealloc(self.arena, ARENA_LAYOUT) };
    }
}

// SAFETY: blocks are aligned to 16 bytes and preceded by their capacity; a block is released by the memory
// that it came from.
#[expect(unsafe_code, reason = "the engine takes its memory through C's interface")]
unsafe impl Allocator for Heap {
    fn alloc(&mut self, size: usize) -> *mut u8 {
        self.0.alloc(size)
    }

    fn calloc(&mut self, count: usize, size: usize) -> *mut u8 {
        let size = count.saturating_mul(size);
        let pointer = self.0.alloc(size);
        if !pointer.is_null() {
            // SAFETY: the block is ours and at least `size` bytes long.
            unsafe { write_bytes(pointer, 0, size) };
        }
        pointer
    }

    unsafe fn dealloc(&mut self, pointer: *mut u8) {
        if !pointer.is_null() {
            // SAFETY: the caller hands in a block of this allocator.
            unsafe { self.0.dealloc(pointer) };
        }
    }

    unsafe fn realloc(&mut self, pointer: *mut u8, size: usize) -> *mut u8 {
        if pointer.is_null() {
            return self.0.alloc(size);
        }
        // SAFETY: the caller hands in a block of this allocator.
        unsafe { self.0.realloc(pointer, size) }
    }

    unsafe fn usable_size(pointer: *mut u8) -> usize {
        usable(pointer)
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

#[expect(unsafe_code, reason = "reads what precedes a block")]
fn usable(pointer: *mut u8) -> usize {
    // SAFETY: only called with blocks of a `Memory`, which are all preceded by their capacity.
    unsafe { pointer.sub(HEAD).cast::<usize>().read() }
}

/// Bytes that a block of the arena takes, head included.
fn block_size(size: usize) -> usize {
    match size.saturating_add(HEAD) {
        needed @ ..=FINE => needed.max(2 * ALIGN).next_multiple_of(ALIGN),
        needed @ ..=LARGEST => needed.next_power_of_two(),
        needed => needed.checked_next_multiple_of(ALIGN).unwrap_or(usize::MAX),
    }
}

/// The list of released blocks of a size; none for large ones.
fn class(block: usize) -> Option<usize> {
    if block <= FINE {
        return Some(block / ALIGN - 1);
    }
    (block <= LARGEST).then(|| FINE / ALIGN - 1 + (block / FINE).ilog2() as usize)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_size_has_a_block_that_holds_it_and_a_list_of_its_own() {
        let mut before = (0, 0);
        for size in 0..LARGEST {
            let block = block_size(size);
            assert!(
                block >= size + HEAD && block.is_multiple_of(ALIGN),
                "{size}: {block}"
            );
            if let Some(class) = class(block) {
                assert!(class < SIZES, "{size}");
                assert_eq!(class == before.0, block == before.1, "{size}");
                before = (class, block);
            }
        }
    }

    #[test]
    #[expect(unsafe_code, reason = "plays the engine")]
    fn a_renewed_heap_holds_what_was_sealed_and_nothing_else() {
        let mut heap = Heap::new();
        let kept = heap.alloc(100);
        // SAFETY: blocks of at least these lengths, released once and by their own heap.
        unsafe {
            kept.write_bytes(7, 100);
            heap.seal();
            assert!(heap.limit(1 << 20));
            kept.write_bytes(8, 100);
            let small = heap.alloc(40);
            small.write_bytes(9, 40);
            let large = heap.alloc(100 << 10);
            let large = heap.realloc(large, 200 << 10);
            assert!(heap.alloc(2 << 20).is_null());
            assert_eq!(heap.refused().get(), Refused::LargeBlock);
            heap.dealloc(kept);
            heap.dealloc(large);
            let left = heap.alloc(60 << 10);
            assert!(!left.is_null());
            heap.renew();
            assert_eq!(heap.refused().get(), Refused::Nothing);
            assert_eq!(std::slice::from_raw_parts(kept, 100), [7; 100]);
            assert_eq!(small, heap.alloc(40));
            assert_eq!(std::slice::from_raw_parts(small, 40), [0; 40]);
        }
    }
}
