//! How much memory is used, how much may be, and what was refused.

use crate::action::last_words;
use std::cell::Cell;
use std::rc::Rc;

/// The count of one memory.
pub(super) struct Budget {
    used: Cell<usize>,
    limit: Cell<usize>,
    refused: Rc<Cell<Refused>>,
}

/// What the heap has refused since it was renewed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::action::worker::engine) enum Refused {
    #[default]
    Nothing,
    /// Nothing but large blocks: the script sees an error that it may catch.
    LargeBlock,
    SmallBlock,
}

/// Blocks of so many bytes are large ones in [`Refused`].
const LARGE: usize = 64 << 10;

impl Budget {
    /// Nothing is used, and there is no limit.
    pub fn new() -> Self {
        Self {
            used: Cell::default(),
            limit: Cell::new(usize::MAX),
            refused: Rc::default(),
        }
    }

    /// Bytes in use.
    pub fn used(&self) -> usize {
        self.used.get()
    }

    /// Admits at most `limit` bytes; false where more are in use already.
    pub fn limit(&self, limit: usize) -> bool {
        self.limit.set(limit);
        self.used.get() <= limit
    }

    /// What was refused; follows it.
    pub fn refused(&self) -> Rc<Cell<Refused>> {
        Rc::clone(&self.refused)
    }

    /// Whether `more` bytes fit in, for a block of `size`.
    pub fn admits(&self, more: usize, size: usize) -> bool {
        let used = self.used.get().checked_add(more);
        let fits = used.is_some_and(|used| used <= self.limit.get());
        if !fits {
            self.refuse(size);
        }
        fits
    }

    /// Notes that a block of `size` was refused.
    pub fn refuse(&self, size: usize) {
        if size < LARGE {
            self.refused.set(Refused::SmallBlock);
        } else if self.refused.get() == Refused::Nothing {
            self.refused.set(Refused::LargeBlock);
        }
        last_words::memory_refused();
    }

    pub fn take(&self, bytes: usize) {
        self.used.set(self.used.get() + bytes);
    }

    pub fn give_back(&self, bytes: usize) {
        self.used.set(self.used.get() - bytes);
    }

    /// Goes back to when `used` bytes were in use.
    pub fn renew(&self, used: usize) {
        self.used.set(used);
        self.refused.set(Refused::Nothing);
    }
}
