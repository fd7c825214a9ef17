//! The worker's side: a process that has locked itself in reads a run, carries it out in a fresh realm, answers,
//! and forgets it.
//!
//! ```text
//!  serve ── sandbox: gives up what it does not need ──► link: hears a run ──► engine ──► link: says the report
//! ```
//!
//! Node.js, the other engine, is a program of its own: `cage` gives up what that does not need and becomes it.

mod cage;
mod engine;
mod error;
mod giving_up;
mod link;
#[cfg(debug_assertions)]
mod probing;
mod sandbox;
mod serve;
mod start_memory;
mod system_calls;

pub use cage::launch;
#[cfg(debug_assertions)]
#[doc(hidden)]
pub use cage::tests::probe::probe as probe_node_cage;
#[cfg(any(debug_assertions, fuzzing))]
pub(super) use engine::check_heap;
pub(super) use engine::{FIXED, TIMERS};
#[cfg(debug_assertions)]
#[doc(hidden)]
pub use sandbox::tests::probe::probe;
pub use serve::serve;
