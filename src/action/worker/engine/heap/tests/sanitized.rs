//! The memory of a build with sanitizers: of blocks, or the arena with what is free poisoned, as
//! `POSTLOGIN_ENGINE_MEMORY` says. Never part of a build that is handed out.

use super::blocks;
use crate::action::worker::engine::heap::budget::Budget;
use crate::action::worker::engine::heap::{Renewed, arena};
use std::sync::OnceLock;

/// The memory of one engine.
pub(in crate::action::worker::engine::heap) enum Memory {
    Arena(arena::Memory),
    Blocks(blocks::Memory),
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Arena,
    Blocks,
}

impl Kind {
    /// That of this process.
    ///
    /// # Panics
    /// The variable says neither.
    fn chosen() -> Self {
        static CHOSEN: OnceLock<Kind> = OnceLock::new();
        *CHOSEN.get_or_init(|| {
            #[expect(clippy::disallowed_methods, reason = "`./test sanitize` chooses")]
            match std::env::var("POSTLOGIN_ENGINE_MEMORY").as_deref() {
                Ok("arena") => Self::Arena,
                Ok("blocks") => Self::Blocks,
                other => panic!("POSTLOGIN_ENGINE_MEMORY is {other:?}: set it to arena or blocks"),
            }
        })
    }
}

#[expect(unsafe_code, reason = "the engine takes its memory as plain bytes")]
impl Memory {
    pub fn new() -> Self {
        match Kind::chosen() {
            Kind::Arena => Self::Arena(arena::Memory::new()),
            Kind::Blocks => Self::Blocks(blocks::Memory::new()),
        }
    }

    pub fn budget(&self) -> &Budget {
        match self {
            Self::Arena(memory) => memory.budget(),
            Self::Blocks(memory) => memory.budget(),
        }
    }

    pub fn seal(&self) {
        match self {
            Self::Arena(memory) => memory.seal(),
            Self::Blocks(_) => {}
        }
    }

    pub fn renew(&self) -> Renewed {
        match self {
            Self::Arena(memory) => memory.renew(),
            Self::Blocks(_) => Renewed::Nothing,
        }
    }

    pub fn alloc(&self, size: usize) -> *mut u8 {
        match self {
            Self::Arena(memory) => memory.alloc(size),
            Self::Blocks(memory) => memory.alloc(size),
        }
    }

    /// # Safety
    /// As for the kind of memory.
    pub unsafe fn dealloc(&self, pointer: *mut u8) {
        // SAFETY: the caller keeps to it.
        unsafe {
            match self {
                Self::Arena(memory) => memory.dealloc(pointer),
                Self::Blocks(memory) => memory.dealloc(pointer),
            }
        }
    }

    /// # Safety
    /// As for the kind of memory.
    pub unsafe fn realloc(&self, pointer: *mut u8, size: usize) -> *mut u8 {
        // SAFETY: the caller keeps to it.
        unsafe {
            match self {
                Self::Arena(memory) => memory.realloc(pointer, size),
                Self::Blocks(memory) => memory.realloc(pointer, size),
            }
        }
    }

    pub fn usable(pointer: *mut u8) -> usize {
        match Kind::chosen() {
            Kind::Arena => arena::Memory::usable(pointer),
            Kind::Blocks => blocks::Memory::usable(pointer),
        }
    }
}
