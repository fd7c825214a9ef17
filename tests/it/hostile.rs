//! Scripts that mean harm: each ends in time, with the right reason, and leaves no trace.

use crate::action::{event, pool, recorder, script, worker};
use postlogin::action::{Clock, Limits, Pool, Prepared, Run, Script};
use postlogin::command::{Facts, FailureKind, Handler, Report};
use postlogin::tenant::EngineChoice;
use serde_json::json;
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// A build with sanitizers takes its time.
const TIMES: u32 = if cfg!(sanitize_engine) { 20 } else { 1 };
pub const LIMITS: Limits = Limits {
    time: Duration::from_secs(10 * TIMES as u64),
    spent: Duration::ZERO,
    memory: 64 << 20,
    output: 1 << 20,
    commands: 1_000,
};
/// The limit of scripts that only time ends.
pub const SHORT: Duration = Duration::from_millis(500 * TIMES as u64);
/// How much later than its limit a run may end.
pub const LATE: Duration = Duration::from_millis(500 * TIMES as u64);
pub const THREADS: usize = 4;

fn run(pool: &Pool, source: &str, time: Duration) -> Report {
    let action = Prepared::new(Script {
        engine: EngineChoice::Embedded,
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
        replacements: None,
        network: None,
        ordinal: 0,
        limits: Limits { time, ..LIMITS },
    })
}

/// What went wrong with one script, if anything.
fn problem(pool: &Pool, path: &PathBuf) -> Option<String> {
    let source = std::fs::read_to_string(path).unwrap();
    let expected = source
        .lines()
        .next()
        .unwrap()
        .strip_prefix("// expect: ")
        .unwrap();
    let limit = if expected == "time_limit" {
        SHORT
    } else {
        LIMITS.time
    };
    let timed = |pool: &Pool| {
        let started = Instant::now();
        (run(pool, &source, limit), started.elapsed())
    };
    let (report, mut took) = timed(pool);
    // A busy machine may be late; a missing limit is late every time.
    for _ in 0..2 {
        if took > limit + LATE {
            took = timed(pool).1;
        }
    }
    let kind = report
        .failure
        .as_ref()
        .map_or(json!("ok"), |failure| json!(failure.kind));
    if kind != json!(expected) {
        return Some(format!("expected {expected}, got {:?}", report.failure));
    }
    if took > limit + LATE {
        return Some(format!("took {took:?}"));
    }
    if let Some(failure) = &report.failure {
        if failure.message.len() > 1024 || failure.message.chars().any(char::is_control) {
            return Some(format!("its message is not bounded text: {failure:?}"));
        }
        if failure.kind != FailureKind::Exception && !failure.message.contains("Action 'test'") {
            return Some(format!("its message does not name the Action: {failure:?}"));
        }
    }
    let resident = worker(pool).resident_bytes.unwrap_or_default();
    if !cfg!(sanitize_engine) && resident > (LIMITS.memory + (32 << 20)) as u64 {
        return Some(format!("the worker holds {resident} bytes"));
    }
    let normal = run(
        pool,
        "exports.onExecutePostLogin = async (event, api) => {
           api.idToken.setCustomClaim('next', [typeof globalThis.n, {}.line, JSON.stringify(event.transaction.metadata)]);
           globalThis.n = 1;
         };",
        LIMITS.time,
    );
    let args: Vec<_> = normal.calls.iter().map(|call| json!(call.args)).collect();
    let undisturbed = [json!(["next", ["undefined", null, "{\"kept\":\"yes\"}"]])];
    if normal.failure.is_some() || args != undisturbed {
        return Some(format!("the next run is disturbed: {normal:?}"));
    }
    None
}

#[test]
fn hostile_scripts_end_in_time_with_the_right_reason_and_leave_no_trace() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/hostile");
    let mut scripts: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    scripts.sort();
    assert!(scripts.len() >= 120);
    let next = AtomicUsize::new(0);
    let work = || {
        let pool = pool();
        let mut problems = Vec::new();
        while let Some(path) = scripts.get(next.fetch_add(1, Ordering::Relaxed)) {
            if let Some(problem) = problem(&pool, path) {
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
