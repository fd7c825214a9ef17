//! Running one Action: the customer's JavaScript goes in with an event, a [`Report`] comes out.
//!
//! ```text
//!  pool/ ── starts, feeds, bounds, kills ──► worker/: a process ── one fresh realm for each run ──► engine
//!   │                                          │
//!   └─ modules: resolves `require`, reads ◄────┘ asks for a module it does not have
//! ```
//!
//! Each tenant has a [`Pool`] of its own, which many threads use at once. Its Actions are [`Prepared`] once; a
//! [`Run`] refers to one of them.
//!
//! The worker is this same binary, started as `postlogin __worker`. It has no keys, no database, no
//! open files but its pipes, no privileges, and system calls for little more than memory and time
//! (`sandbox`). It ends with the process whose pool started it, not with the thread (`starter`). Limits are kept
//! twice: inside by the engine, so that a script is told at once, and outside by the pool, so that nothing depends on
//! the engine's cooperation.
//!
//! # What a script finds
//!
//! ES2023 and the globals of Node that need no operating system, loaded when they are first used
//! (`builtins/`), and `require` of Node's modules of that kind, of `actions:` modules (those that the Action's definition
//! lists, or all of the tenant's where it lists none), of files in the
//! Action's own folder and of CommonJS packages in the tenant's `node_modules`. Ours rather than a
//! library's: a realm starts without any of it, memory is counted by the engine's limit, and nothing
//! in it can panic over hostile input.
//!
//! - `eval` and `new Function` work: they reach the same globals under the same limits.
//! - What Node.js has and this engine lacks ends the run when it is asked for (`absent`); the pool then runs the Action on
//!   Node.js, where `egress` is the way to the network.
//! - Its secrets and private keys do not show in its logs and errors: names stand in their place.
//! - The end is when the promise that the handler has returned settles, or when it returns without one. Jobs
//!   that are still queued run, timers do not, which is told. What is asked of `api` and `console` from then on is
//!   told and not carried out.
//! - Places of calls are those of the engine, moved to the name of the method. The place of an error is read
//!   from its stack, and shown where the Action's files have such a line and column.

mod absent;
mod api;
mod argument;
mod cage_order;
mod clock;
mod fingerprint;
mod last_words;
mod limits;
mod need;
mod pool;
mod protocol;
mod reached;
mod recording;
mod redaction;
mod replacements;
mod script;
mod seed;
mod stack;
mod thrown;
mod view;
pub mod worker;

pub use clock::Clock;
pub use fingerprint::Folder;
pub use limits::{Capacity, Limits};
pub use need::{Asked, Need};
pub use pool::{
    Calls, Load, NodeProcess, NodeSeen, NodeSettings, Pool, Prepared, Run, Unresolved, WithoutLandlock,
    WorkerProgram, WorkerSeen, needs,
};
pub use protocol::Landlock;
pub use redaction::Search as SecretSearch;
pub use replacements::{Replacement, Replacements};
pub use script::{Script, ScriptModule};

/// Fuzzes the memory of the engine: `input` is a list of requests.
///
/// # Panics
/// The memory does not do what it promises.
#[cfg(any(debug_assertions, fuzzing))]
#[doc(hidden)]
pub fn check_heap(input: &[u8]) {
    worker::check_heap(input);
}

#[cfg(doc)]
use crate::command::Report;
