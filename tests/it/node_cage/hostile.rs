//! Scripts that mean harm, on Node.js: those of the embedded engine, and more that only make sense here.

use super::node;
use crate::action::{event, pool, recorder, script};
use crate::hostile::{LATE, LIMITS, SHORT, THREADS};
use postlogin::action::{Clock, Limits, NodeSettings, Pool, Prepared, Run, Script};
use postlogin::command::{Facts, Handler, Report};
use postlogin::tenant::EngineChoice;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

pub fn run(pool: &Pool, source: &str, time: Duration) -> Report {
    let action = Prepared::new(Script {
        engine: EngineChoice::Node,
        ..script(source)
    });
    pool.run(&Run {
        action: &action,
        handler: Handler::Execute,
        event: &event(),
        recorder: &recorder(),
        facts: &Facts::default(),
        clock: Clock::System,
        seed: None,
        network: None,
        replacements: None,
        ordinal: 0,
        limits: Limits { time, ..LIMITS },
    })
}

fn kind(report: &Report) -> Value {
    let failure = report.failure.as_ref();
    failure.map_or(json!("ok"), |failure| json!(failure.kind))
}

/// What went wrong with one script, if anything. `beside` has processes of another Action.
fn problem(node: &Path, beside: &Pool, path: &Path) -> Option<String> {
    let source = std::fs::read_to_string(path).unwrap();
    let name = path.file_name().unwrap().to_str().unwrap();
    let first = source.lines().next().unwrap();
    let expected = DIFFERENT
        .iter()
        .find(|(different, ..)| *different == name)
        .map_or(first.strip_prefix("// expect: ").unwrap(), |(_, expected, _)| {
            expected
        });
    let is_expected = |report: &Report| {
        let kind = kind(report);
        // V8 collects garbage ever more often before it gives up, which may take longer than the run has.
        expected.split('|').any(|one| kind == one) || (expected == "memory_limit" && kind == "time_limit")
    };
    let limit = match expected {
        "time_limit" => SHORT,
        // A thousand calls to the parent and back, on a machine that is busy.
        "command_limit" => 3 * LIMITS.time,
        _ => LIMITS.time,
    };
    // Processes of its own, which end with it.
    let pool = pool().with_node(NodeSettings::new(Some(node.to_owned()), Vec::new()));
    run(&pool, "", LIMITS.time);
    let started = Instant::now();
    let report = run(&pool, &source, limit);
    let took = started.elapsed();
    if !is_expected(&report) {
        return Some(format!("expected {expected}, got {:?}", report.failure));
    }
    if took > limit + LATE + START {
        return Some(format!("took {took:?}"));
    }
    if let Some(failure) = &report.failure
        && (failure.message.len() > 1024 || failure.message.chars().any(char::is_control))
    {
        return Some(format!("its message is not bounded text: {failure:?}"));
    }
    // What a script has done to its own process its next run may find, or the end of it; no other Action's.
    if !expected.contains("_limit") {
        let again = run(&pool, &source, limit);
        if !is_expected(&again) && kind(&again) != "worker_died" {
            return Some(format!("expected {expected} once more, got {:?}", again.failure));
        }
    }
    let normal = run(beside, NORMAL, LIMITS.time);
    let args: Vec<_> = normal.calls.iter().map(|call| json!(call.args)).collect();
    let undisturbed = [json!(["next", "{\"kept\":\"yes\"}"])];
    (normal.failure.is_some() || args != undisturbed)
        .then(|| format!("another Action is disturbed: {normal:?}"))
}

const NORMAL: &str = "exports.onExecutePostLogin = async (event, api) => {
    api.idToken.setCustomClaim('next', JSON.stringify(event.transaction.metadata));
};";

/// What it takes to start a process while others are busy.
const START: Duration = Duration::from_secs(3);

/// Scripts of the embedded engine that come to something else on Node.js, and why.
/// `|` stands between kinds that depend on the speed of the machine.
const DIFFERENT: [(&str, &str, &str); 21] = [
    ("es_module.js", "ok", "Node.js runs ES modules"),
    (
        "fetch_refused.js",
        "exception",
        "the error of fetch is Node's own, and its cause says why",
    ),
    ("globals_of_hosts.js", "exception", "WebAssembly is there"),
    (
        "import_fs.js",
        "ok",
        "a module for files is there, and opens none",
    ),
    (
        "logs_larger_than_memory.js",
        "output_limit",
        "text is counted before there is too much of it",
    ),
    (
        "memory_in_disposal.js",
        "exception|memory_limit",
        "`using` is a syntax error before Node.js 24",
    ),
    (
        "memory_of_buffers.js",
        "exception|memory_limit",
        "the buffer that is refused may be one of Node.js itself",
    ),
    (
        "memory_replace_all.js",
        "exception|time_limit",
        "a text that is too long is an error in Node.js 24",
    ),
    (
        "native_concat_holes.js",
        "ok|time_limit",
        "V8 may be done with it in time",
    ),
    (
        "memory_large_block_caught.js",
        "ok|time_limit",
        "V8 collects garbage before it refuses a block, a thousand times",
    ),
    (
        "json_parse_deep.js",
        "exception|memory_limit",
        "V8 may run out of memory before the text ends",
    ),
    (
        "native_join.js",
        "ok|time_limit",
        "V8 may be done with it in time",
    ),
    (
        "native_string_search.js",
        "ok|time_limit",
        "V8 may be done with it in time",
    ),
    (
        "pollution_prototypes.js",
        "ok|worker_died",
        "Node's own library is JavaScript, and uses what the script has replaced",
    ),
    (
        "require_child_process.js",
        "ok",
        "a module for programs is there, and starts none",
    ),
    (
        "require_huge_name.js",
        "output_limit",
        "the name of a module is a message to the parent",
    ),
    (
        "shared_atomics_wait.js",
        "time_limit",
        "a thread may wait for itself",
    ),
    ("shared_memory.js", "exception", "shared memory is there"),
    (
        "weak_map_finalization.js",
        "exception",
        "symbols may be referred to weakly",
    ),
    (
        "weak_ref_to_symbol.js",
        "exception",
        "symbols may be referred to weakly",
    ),
    (
        "uncaught_without_end.js",
        "exception|worker_died",
        "an error in a listener of errors ends Node.js, unless the run has ended before",
    ),
];

#[test]
fn hostile_scripts_end_on_node_in_time_with_the_right_reason() {
    let Some(node) = node() else { return };
    let fixtures = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures");
    let mut scripts: Vec<PathBuf> = ["hostile", "hostile-node"]
        .iter()
        .flat_map(|folder| std::fs::read_dir(format!("{fixtures}/{folder}")).unwrap())
        .map(|entry| entry.unwrap().path())
        .collect();
    scripts.sort();
    assert!(scripts.len() >= 160);
    let next = AtomicUsize::new(0);
    let work = || {
        let beside = pool().with_node(NodeSettings::new(Some(node.clone()), Vec::new()));
        let mut problems = Vec::new();
        while let Some(path) = scripts.get(next.fetch_add(1, Ordering::Relaxed)) {
            if let Some(problem) = problem(&node, &beside, path) {
                problems.push(format!("{}: {problem}", path.file_name().unwrap().display()));
            }
        }
        problems
    };
    let problems: Vec<String> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..THREADS).map(|_| scope.spawn(work)).collect();
        threads
            .into_iter()
            .flat_map(|thread| thread.join().unwrap())
            .collect()
    });
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}
