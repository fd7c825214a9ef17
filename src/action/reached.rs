//! What people are told when an Action has reached one of its limits, or what its engine can do: which one, and how
//! it is set.

use super::limits::{Capacity, Limits};
use super::need::Need;
use crate::tenant::EngineChoice;
use std::time::Duration;

/// The wall time that people set, and what earlier Actions had left of it.
pub(super) fn time_that_was_left(action: &str, limits: &Limits) -> String {
    if limits.spent.is_zero() {
        return time(action, limits.time);
    }
    let left = match limits.left().as_millis() {
        0 => "nothing was left".to_owned(),
        left => format!("{left}ms were left"),
    };
    too_long(action, limits.time, &format!(" ({left} after earlier Actions)"))
}

/// The wall time.
pub(super) fn time(action: &str, limit: Duration) -> String {
    too_long(action, limit, "")
}

fn too_long(action: &str, limit: Duration, left: &str) -> String {
    format!(
        "Action '{action}' was stopped: it ran longer than its time limit of {limit:?}{left} (set [actions] \
         time_limit in postlogin.toml or --time-limit)"
    )
}

/// The memory of the process.
pub(super) fn memory(action: &str, limit: usize) -> String {
    format!(
        "Action '{action}' was stopped: it needed more than its memory limit of {} (set [actions] \
         memory_limit in postlogin.toml or --memory-limit)",
        size(limit)
    )
}

/// The bytes of calls and logs.
pub(super) fn output(action: &str, limit: usize) -> String {
    format!(
        "Action '{action}' was stopped: its calls and logs together are larger than the output limit of {}",
        size(limit)
    )
}

/// The wait for a worker.
pub(super) fn wait(action: &str, capacity: &Capacity) -> String {
    let Capacity { workers, wait, .. } = capacity;
    format!(
        "Action '{action}' was not started: no worker was free within {wait:?} (set [actions] workers, now {workers}, or \
         wait_limit in postlogin.toml)"
    )
}

/// The number of runs that wait for a worker.
pub(super) fn queue(action: &str, capacity: &Capacity) -> String {
    let Capacity { workers, queue, .. } = capacity;
    format!(
        "Action '{action}' was not started: no worker is free, and as many runs wait for one as may wait, {queue} (set \
         [actions] workers, now {workers}, or queue_limit in postlogin.toml)"
    )
}

/// The number of calls.
pub(super) fn command(action: &str, limit: usize) -> String {
    format!("Action '{action}' was stopped: it made more api calls than the limit of {limit}")
}

/// What the embedded engine has.
pub(super) fn embedded_engine(action: &str, need: &Need, choice: EngineChoice) -> String {
    let remedy = match choice {
        EngineChoice::Embedded => {
            "set engine = \"auto\" in [actions] of postlogin.toml, so that what needs Node.js runs on it"
        }
        EngineChoice::Auto | EngineChoice::Node => {
            "install Node.js 22 or 24, or set [actions] node in postlogin.toml to the path of its program"
        }
    };
    format!("Action '{action}' needs Node.js: {need}, and the embedded engine does not have it ({remedy})")
}

fn size(bytes: usize) -> String {
    match bytes {
        bytes if bytes.is_multiple_of(1 << 20) => format!("{}MiB", bytes >> 20),
        bytes if bytes.is_multiple_of(1 << 10) => format!("{}KiB", bytes >> 10),
        bytes => format!("{bytes} bytes"),
    }
}
