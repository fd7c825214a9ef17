//! The memory of the engine: counted, refused past a limit, and put back after each run.
//!
//! The engine has a limit of its own, but does not tell whether it was reached: where not even the
//! out-of-memory error finds room it throws `null`, as a script may. So the limit is kept here, and
//! [`Heap::refused`] tells. A script may go on without a large block; where a small one is refused the
//! run is over, as in Node.js: what the engine itself was about, such as settling a promise, is half done.
//!
//! # What the reset rests on
//!
//! Going back to what was sealed is sound only while all of this holds, for the one version of the engine
//! that `Cargo.toml` pins. Who takes another version goes through the list.
//!
//! 1. Nobody keeps a value of the engine across [`Heap::renew`]. Values live in [`Functions`], made before the
//!    seal, or in the [`Host`] of the run, which [`Current::leave`] empties; everything else lives no longer than
//!    the closure of `Context::with`. (`a_run_lets_go_of_the_engine` ends an engine after a run: the engine
//!    asserts that nothing is left.)
//! 2. What [`Functions`] holds stays held: no script, and no free too many, takes the last reference away.
//!    Checked in debug builds before the memory is written back ([`Held`]).
//! 3. No class of Rust's is first used in a run: the binding keeps the prototypes of its classes on the Rust
//!    side. Only functions are used, and all of them are made before the seal; none has a finalizer that would
//!    have to run. Nor does a run register a class with the engine: checked in debug builds ([`Held`]).
//! 4. The engine has no state outside of its memory. The only static that it writes to is the list of who
//!    waits in `Atomics`, and `Atomics` is taken out of the realm (`builtins/narrow.js`); `./test sanitize` looks for
//!    others.
//! 5. Buffers are copied in. One that was made over memory of Rust's would be freed by nobody.
//! 6. The engine is used by one thread, at one depth of its stack: it keeps where the stack begins.
//!
//! [`Functions`]: super::realm
//! [`Host`]: super::host::Host
//! [`Current::leave`]: super::host::Current::leave
//! [`Held`]: super::held::Held
//!
//! # What `--cfg sanitize_engine` is for
//!
//! No sanitizer sees into memory that is handed out here. `./test sanitize` makes a build in which each block is
//! one of the C library, or what is free is poisoned (`tests::sanitized`).

mod arena;
mod budget;
mod poison;
mod renewed;
mod sizes;
#[cfg(any(debug_assertions, fuzzing, sanitize_engine))]
pub(super) mod tests;

#[cfg(not(sanitize_engine))]
use self::arena::Memory;
pub(super) use self::budget::Refused;
pub(super) use self::renewed::Renewed;
#[cfg(sanitize_engine)]
use self::tests::sanitized::Memory;
use rquickjs::allocator::Allocator;
use std::cell::Cell;
use std::ptr::write_bytes;
use std::rc::Rc;

/// The memory of one engine; a clone is the same memory.
#[derive(Clone)]
pub(super) struct Heap(Rc<Memory>);

impl Heap {
    /// Memory without a limit, until [`Heap::limit`] sets one.
    pub fn new() -> Self {
        Self(Rc::new(Memory::new()))
    }

    /// Keeps what there is now.
    ///
    /// # Panics
    /// The engine alone does not fit into the arena.
    pub fn seal(&self) {
        self.0.seal();
    }

    /// Goes back to what was sealed. What that rests on stands at the head of this file.
    pub fn renew(&self) -> Renewed {
        self.0.renew()
    }

    /// Admits at most `limit` bytes; false where more are in use already.
    pub fn limit(&self, limit: usize) -> bool {
        self.0.budget().limit(limit)
    }

    /// What was refused since the heap was renewed; follows it.
    pub fn refused(&self) -> Rc<Cell<Refused>> {
        self.0.budget().refused()
    }
}

// SAFETY: blocks are aligned to 16 bytes and know their capacity; a block is released by the memory that it came
// from.
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
        Memory::usable(pointer)
    }
}
