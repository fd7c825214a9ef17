//! What can be seen of a worker from outside.

use super::process::Worker;
use crate::action::protocol::Landlock;
use std::time::Duration;

/// A worker at one moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WorkerSeen {
    /// Number of its process.
    pub id: u32,
    /// Processor time that it has used.
    pub cpu_time: Option<Duration>,
    /// Bytes of its resident memory.
    pub resident_bytes: Option<u64>,
    /// How much of Landlock is in force in it; none before its first run.
    pub landlock: Option<Landlock>,
}

impl WorkerSeen {
    pub(in crate::action::pool) fn of(worker: &Worker) -> Self {
        Self {
            id: worker.id(),
            cpu_time: worker.cpu_time(),
            resident_bytes: worker.resident_bytes(),
            landlock: worker.landlock(),
        }
    }
}
