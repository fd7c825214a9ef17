//! The embedded engine as the pool sees it: a process of this very program.

mod death;
mod process;
mod program;
mod starter;

pub(super) use death::Death;
pub(super) use process::{Lost, Worker};
pub use program::WorkerProgram;
