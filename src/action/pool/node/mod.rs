//! Node.js as the second engine: for Actions that need what the embedded one lacks.
//!
//! ```text
//!  sets: one for each Action ──► engine ── setup, run, deadline ──► process ── pipes ──► node: bridge/*.js ── the Action
//!                                  │                                                        │
//!     found: which Node, its flags ┘     hearing: judges calls, lines, the end ◄────────────┘
//!                                          └─ argument, failure, names: what a script says, in the parent's terms
//! ```
//!
//! A process belongs to one Action and serves one run at a time. Nothing of what it says is believed but that its own run
//! asked for something, wrote a line, or is over.

mod argument;
mod engine;
mod failure;
mod found;
mod hearing;
mod memory;
mod names;
mod process;
mod said;
mod sets;
mod settings;
mod thrown;

pub(super) use engine::Needs;
pub(super) use found::Found;
pub(super) use sets::NodeSets;
pub use settings::{NodeProcess, NodeSeen, NodeSettings, WithoutLandlock};
