//! Running one Action: the customer's JavaScript goes in with an event, a [`Report`] comes out.
//!
//! ```text
//!  Pool ── starts, feeds, bounds, kills ──► worker process ── one fresh realm for each run ──► engine
//!   │                                          │
//!   └─ modules: resolves `require`, reads ◄────┘ asks for a module it does not have
//! ```
//!
//! The worker is this same binary, started as `postlogin __worker`. It has no keys, no database, no
//! open files but its two pipes, and system calls for little more than memory and time
//! (`sandbox`). Limits are kept twice: inside by the engine, so that a script is told at once, and
//! outside by the pool, so that nothing depends on the engine's cooperation.

mod engine;
mod modules;
mod pool;
mod process;
mod protocol;
mod sandbox;
mod script;
pub mod worker;

pub use pool::{Pool, WorkerProgram};
pub use script::{Clock, Limits, Run, Script};

#[cfg(doc)]
use crate::command::Report;
