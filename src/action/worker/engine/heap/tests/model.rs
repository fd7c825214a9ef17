//! The memory beside a model of it: whatever is asked of it in whatever order, blocks are apart, aligned and
//! keep what was written, a limit is kept, and renewing brings back what was sealed.

use crate::action::worker::engine::heap::budget::Refused;
use crate::action::worker::engine::heap::{Heap, Memory, Renewed};
use rquickjs::allocator::Allocator;

/// A block that is in use, and what it holds.
#[derive(Clone)]
struct Block {
    pointer: *mut u8,
    size: usize,
    filling: u8,
}

/// The blocks in use, now and when the heap was sealed.
struct Model {
    heap: Heap,
    blocks: Vec<Block>,
    sealed: Option<Vec<Block>>,
}

/// Reads `input` as a list of requests.
///
/// # Panics
/// The memory does not do what it promises.
pub(in crate::action) fn check(input: &[u8]) {
    let mut model = Model {
        heap: Heap::new(),
        blocks: Vec::new(),
        sealed: None,
    };
    model.heap.limit(LIMIT);
    for (number, request) in input.chunks_exact(4).take(MAX_REQUESTS).enumerate() {
        let [what, which, low, high] = *request else {
            return;
        };
        model.request(what, which, size(low, high));
        if number.is_multiple_of(BETWEEN_CHECKS) {
            model.verify();
        }
    }
    model.verify();
}

const LIMIT: usize = 6 << 20;
const MAX_REQUESTS: usize = 1_000;
const BETWEEN_CHECKS: usize = 25;

/// Sizes of all magnitudes, most of them small.
fn size(low: u8, high: u8) -> usize {
    (usize::from(low) + 1) << (high % 14)
}

#[expect(unsafe_code, reason = "plays the engine")]
impl Model {
    fn request(&mut self, what: u8, which: u8, size: usize) {
        let refused = self.heap.refused().get();
        // SAFETY: only blocks that are in use are handed in, each to its own heap.
        unsafe {
            match what % 8 {
                0 | 1 => {
                    let pointer = self.heap.alloc(size);
                    self.enter(pointer, size, which, refused);
                }
                2 => {
                    let pointer = self.heap.calloc(size, 1);
                    if !pointer.is_null() {
                        assert!(contents(pointer, size).iter().all(|byte| *byte == 0));
                    }
                    self.enter(pointer, size, which, refused);
                }
                3 | 4 => {
                    if let Some(at) = self.at(which) {
                        let block = self.blocks.swap_remove(at);
                        self.heap.dealloc(block.pointer);
                    }
                }
                5 => {
                    if let Some(at) = self.at(which) {
                        self.reallocate(at, size, which, refused);
                    }
                }
                6 => {
                    let limit = LIMIT.min(size << 8);
                    let used = self.heap.0.budget().used();
                    assert_eq!(self.heap.limit(limit), used <= limit);
                }
                _ => self.seal_or_renew(),
            }
        }
    }

    unsafe fn reallocate(&mut self, at: usize, size: usize, which: u8, refused: Refused) {
        let block = self.blocks[at].clone();
        // SAFETY: the block is in use, and its own heap gets it.
        let moved = unsafe { self.heap.realloc(block.pointer, size) };
        if moved.is_null() {
            self.enter(moved, size, which, refused);
            return;
        }
        let kept = block.size.min(size);
        assert!(contents(moved, kept).iter().all(|byte| *byte == block.filling));
        self.blocks.swap_remove(at);
        self.enter(moved, size, which, refused);
    }

    /// The first seals, every later one renews.
    fn seal_or_renew(&mut self) {
        match self.sealed.clone() {
            None if self.beyond_the_arena() => {}
            None => {
                self.heap.seal();
                self.sealed = Some(self.blocks.clone());
            }
            Some(sealed) => {
                assert_eq!(self.heap.renew(), Renewed::AsSealed);
                self.blocks = sealed;
                assert_eq!(self.heap.refused().get(), Refused::Nothing);
            }
        }
    }

    /// An engine fits into the arena before it is sealed; here it may not.
    fn beyond_the_arena(&self) -> bool {
        self.heap.0.budget().used() > 1 << 20
    }

    fn enter(&mut self, pointer: *mut u8, size: usize, filling: u8, refused: Refused) {
        let now = self.heap.refused().get();
        if pointer.is_null() {
            assert_ne!(now, Refused::Nothing, "what was refused is told");
            return;
        }
        assert_eq!(now, refused, "nothing is told where nothing was refused");
        assert!(pointer.addr().is_multiple_of(16));
        assert!(Memory::usable(pointer) >= size);
        // SAFETY: the block is in use and at least `size` bytes long.
        unsafe { pointer.write_bytes(filling, size) };
        self.blocks.push(Block {
            pointer,
            size,
            filling,
        });
    }

    fn at(&self, which: u8) -> Option<usize> {
        usize::from(which).checked_rem(self.blocks.len())
    }

    fn verify(&self) {
        let mut ends: Vec<(usize, usize)> = Vec::with_capacity(self.blocks.len());
        for block in &self.blocks {
            let held = contents(block.pointer, block.size);
            assert!(held.iter().all(|byte| *byte == block.filling));
            ends.push((block.pointer.addr(), block.pointer.addr() + block.size));
        }
        ends.sort_unstable();
        assert!(ends.windows(2).all(|pair| pair[0].1 <= pair[1].0));
        let asked: usize = self.blocks.iter().map(|block| block.size).sum();
        assert!(self.heap.0.budget().used() >= asked);
    }
}

#[expect(unsafe_code, reason = "plays the engine")]
fn contents<'a>(pointer: *mut u8, size: usize) -> &'a [u8] {
    // SAFETY: only called with blocks in use, at least `size` bytes long.
    unsafe { std::slice::from_raw_parts(pointer, size) }
}
