//! The embedded engine as the pool sees it: processes of this very program, each of which serves any Action of the
//! tenant.
//!
//! ```text
//!  engine ── speaks the protocol ──► process ── pipes, deadline, memory ──► `postlogin __worker`
//!                                       └── started by starter, from program
//! ```

mod engine;
mod process;
mod program;
mod seen;
mod starter;

pub(super) use engine::Embedded;
pub use program::WorkerProgram;
pub use seen::WorkerSeen;
