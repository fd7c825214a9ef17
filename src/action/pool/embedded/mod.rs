//! The embedded engine as the pool sees it: processes of this very program, each of which serves any Action of the
//! tenant.
//!
//! ```text
//!  engine ── speaks the protocol ──► process ── memory, pipes ──► `postlogin __worker`
//!                                       └── started from program
//! ```

mod engine;
mod process;
mod program;
mod seen;

pub(super) use engine::Embedded;
pub use program::WorkerProgram;
pub use seen::WorkerSeen;
