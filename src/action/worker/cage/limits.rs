//! How much of everything the process may have.
//!
//! Threads have no limit of their own: the kernel counts those of the user, not of the process. Each takes its
//! stack from the memory, so the limit of memory ends a flood of them.

use crate::action::worker::error::SandboxError;
use crate::action::worker::giving_up::limit;
use rustix::process::Resource;

/// Sets all of them, hard: nothing in the process can raise one. `descriptors` are there from the beginning.
pub(super) fn set(memory: u64, descriptors: u32) -> Result<(), SandboxError> {
    let data = EMPTY_NODE.saturating_add(memory);
    let descriptors = u64::from(descriptors) + OWN_DESCRIPTORS;
    for (what, resource, bound) in [
        ("the limit of core files", Resource::Core, 0),
        ("the limit of file sizes", Resource::Fsize, 0),
        ("the limit of locked memory", Resource::Memlock, 0),
        ("the limit of message queues", Resource::Msgqueue, 0),
        ("the limit of stacks", Resource::Stack, STACK),
        ("the limit of descriptors", Resource::Nofile, descriptors),
        ("the limit of memory", Resource::Data, data),
    ] {
        limit(what, resource, bound)?;
    }
    Ok(())
}

/// Private writable memory of a Node.js that has just started, generously: Node.js 24 reserves 512 MiB for machine code
/// (562 MiB measured), 18 to 22 do not (48 to 51 MiB); later come 33 MiB of stacks for its pool of threads
/// and 15 MiB for its own modules. Whoever starts the process sets the limit closer when it has begun.
const EMPTY_NODE: u64 = 640 << 20;

/// The usual one. It decides what the stacks of Node's own threads count for.
const STACK: u64 = 8 << 20;

/// Event loops and their wakers (20 measured, with a worker thread), and files that a package reads at once.
const OWN_DESCRIPTORS: u64 = 192;
