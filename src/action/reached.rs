//! What people are told when an Action has reached one of its limits, or what its engine can do: which one, and how
//! it is set.

use super::limits::{Capacity, Limits};
use super::need::Need;
use crate::command::{Failure, Handler};
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

/// The wait for a process of Node.js.
pub(super) fn node_wait(action: &str, capacity: &Capacity) -> String {
    let Capacity { workers, wait, .. } = capacity;
    format!(
        "Action '{action}' was not started: none of its processes of Node.js was free within {wait:?} (set [actions] \
         node_processes in postlogin.toml, now {workers} for each Action)"
    )
}

/// The number of runs that wait for a process of Node.js.
pub(super) fn node_queue(action: &str, capacity: &Capacity) -> String {
    let Capacity { workers, queue, .. } = capacity;
    format!(
        "Action '{action}' was not started: none of its processes of Node.js is free, and as many runs wait for one as may \
         wait, {queue} (set [actions] node_processes in postlogin.toml, now {workers} for each Action)"
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

/// A promise of the handler that nothing settles.
pub(super) fn never_finished(action: &str, handler: Handler) -> String {
    format!(
        "Action '{action}' never finished: the promise that {} returned can never settle, because no timer and no \
         other work is pending",
        handler.export()
    )
}

/// An Action without the handler, or with something else in its place.
pub(super) fn no_handler(action: &str, handler: Handler) -> String {
    format!(
        "Action '{action}' does not export a function {}",
        handler.export()
    )
}

/// What is said of a syntax error in a 1-based line of a source, where ES module syntax is the reason.
pub(super) fn es_module(source: &str, line: u32) -> Option<String> {
    let line = source.lines().nth(usize::try_from(line).ok()?.checked_sub(1)?)?;
    let word = line
        .trim_start()
        .split([' ', '{', '*'])
        .next()
        .unwrap_or_default();
    matches!(word, "export" | "import").then(|| {
        format!(
            "'{word}' is ES module syntax; an Action is a CommonJS module: use exports.onExecutePostLogin = ... and \
             require(...)"
        )
    })
}

/// An Action that is to run on Node.js alone, which is not there.
pub(super) fn node_missing(action: &str, missing: &str) -> String {
    format!("Action '{action}' is to run on Node.js (engine = \"node\"): {missing}")
}

/// An Action that the embedded engine cannot run, and why.
pub(super) fn moved(action: &str, why: &str) -> String {
    format!("Action '{action}' runs on Node.js from now on: {why}")
}

/// Where a run asked for what the embedded engine does not have.
pub(super) fn place_of_need(failure: &Failure) -> String {
    let file = failure.helper.as_deref().or(failure.file.as_deref());
    let line = failure.line.map(|line| format!(", line {line}"));
    format!(
        "{}{} asks for what the embedded engine does not have",
        file.unwrap_or("it"),
        line.unwrap_or_default()
    )
}

/// A source that this version of Node.js does not run as it is; `message` says what it found.
pub(super) fn to_be_compiled(message: &str) -> String {
    format!(
        "{message}; this Node.js does not run ES modules or TypeScript as they are: use Node.js 22.18 or later, or compile \
         the Action to CommonJS (npx tsc --module commonjs --target es2022)"
    )
}

/// A script that ended its process.
pub(super) fn exit(action: &str, how: &str) -> String {
    format!(
        "Action '{action}' ended its process with {how}; an Action ends when its handler returns: use return, or \
         api.access.deny to refuse the login"
    )
}

fn size(bytes: usize) -> String {
    match bytes {
        bytes if bytes.is_multiple_of(1 << 20) => format!("{}MiB", bytes >> 20),
        bytes if bytes.is_multiple_of(1 << 10) => format!("{}KiB", bytes >> 10),
        bytes => format!("{bytes} bytes"),
    }
}
