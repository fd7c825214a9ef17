//! The pool's side: keeps the workers of a tenant, hands runs to them one after the other, bounds what they use, kills
//! and replaces them.
//!
//! ```text
//!  Run ──► tenant (Pool) ──► workers: a turn, first come first served ──► engine: carries the run out
//!             │                                                            └─ embedded: a process of this program
//!             └─ what came of it: place of each call (places), secrets hidden, what a lost worker means (lost, death)
//! ```
//!
//! An Action is [`Prepared`] once and run by reference. Which engine runs it is behind the trait `engine::Engine`; the
//! queue, the time that a run may wait, and the replacing of workers are the same for all engines.

mod calls;
mod death;
mod embedded;
mod engine;
mod lost;
mod method_place;
mod modules;
mod node;
mod piped;
mod places;
mod prepared;
mod run;
mod sight;
mod starter;
mod tenant;
mod used;
mod wording;
mod workers;

pub use calls::{Calls, Unresolved};
pub use embedded::{WorkerProgram, WorkerSeen};
pub use node::{NodeProcess, NodeSeen, NodeSettings, WithoutLandlock};
pub use prepared::Prepared;
pub use run::Run;
pub use sight::needs;
pub use tenant::Pool;
pub use workers::Load;
