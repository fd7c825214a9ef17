//! What a pool needs of an engine.

use super::lost::Lost;
use super::run::Job;
use crate::command::Report;
use std::time::{Duration, Instant};

/// Runs prepared Actions in processes of its own kind. What a job comes to is in the report; who is to be believed
/// and what becomes of a lost process is the pool's business.
pub(super) trait Engine: Send + Sync {
    /// A process, which serves one job at a time and ends when it is dropped.
    type Process: Send;

    /// How much longer than its time limit a job may take: the engine ends it by itself before.
    const GRACE: Duration;

    /// Starts a process and does not wait until it is ready.
    ///
    /// # Errors
    /// It cannot be started.
    fn start(&self) -> Result<Self::Process, Lost>;

    /// Whether a process may serve a job; one that may not is ended.
    fn may_serve(&self, process: &Self::Process, job: &Job<'_>) -> bool;

    /// Whether a process is not to be used again after a job that came to `report`.
    fn is_spoilt(&self, process: &Self::Process, report: &Report) -> bool;

    /// Whether a new process is started at once in the place of one that a job has spoilt, for whoever comes next.
    fn starts_ahead(&self, job: &Job<'_>) -> bool;

    /// Waits until a process can serve; of one that has served sees whether it is still there.
    ///
    /// # Errors
    /// It is lost.
    fn ready(&self, process: &mut Self::Process, deadline: Instant) -> Result<(), Lost>;

    /// Carries out one job in a process that is ready.
    ///
    /// # Errors
    /// The process is lost, and with it what the job had come to.
    fn carry_out(
        &self,
        process: &mut Self::Process,
        job: &Job<'_>,
        deadline: Instant,
    ) -> Result<Report, Lost>;
}
