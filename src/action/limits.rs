//! What Actions may use, and how their runs wait for each other: one home for every limit and its default.

use std::num::NonZeroUsize;
use std::time::Duration;

/// What a run may use. Whoever goes past a limit is stopped, and the report says which one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Wall time of one trigger execution, loading included.
    pub time: Duration,
    /// What earlier Actions of the same trigger execution have used of `time`.
    pub spent: Duration,
    /// Bytes of JavaScript heap.
    pub memory: usize,
    /// Bytes of calls and logs together.
    pub output: usize,
    /// Number of recording calls.
    pub commands: usize,
}

impl Default for Limits {
    /// The platform's 20 seconds; 128 MiB, 4 MiB of output, 10,000 commands.
    fn default() -> Self {
        Self {
            time: Duration::from_secs(20),
            spent: Duration::ZERO,
            memory: 128 << 20,
            output: 4 << 20,
            commands: 10_000,
        }
    }
}

impl Limits {
    /// What is left of the wall time.
    pub(super) fn left(&self) -> Duration {
        self.time.saturating_sub(self.spent)
    }
}

/// How many workers a pool has, and how long runs wait for one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Capacity {
    /// Workers at most; each is started when no other one is free.
    pub workers: NonZeroUsize,
    /// Runs that may wait at the same time; one more is refused at once.
    pub queue: usize,
    /// How long one run waits for a worker.
    pub wait: Duration,
}

impl Capacity {
    /// So many workers, 256 runs that wait, each of them 2 seconds.
    pub fn of(workers: NonZeroUsize) -> Self {
        Self {
            workers,
            queue: 256,
            wait: Duration::from_secs(2),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tenant::ActionsConfig;

    #[test]
    fn a_tenant_that_sets_nothing_gets_the_defaults() {
        let settings = ActionsConfig::default();
        let limits = Limits {
            time: settings.time_limit.copied().unwrap(),
            spent: Duration::ZERO,
            memory: settings.memory_limit.copied().unwrap(),
            output: settings.output_limit.copied().unwrap(),
            commands: settings.command_limit,
        };
        assert_eq!(limits, Limits::default());
        let capacity = Capacity::of(NonZeroUsize::MIN);
        assert_eq!(settings.queue_limit, capacity.queue);
        assert_eq!(settings.wait_limit.copied(), Ok(capacity.wait));
    }
}
