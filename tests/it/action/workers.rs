//! Worker processes: one for many runs, replaced where it has to be.

use super::{handler, logs_of, pool, pool_of, run_in, script, worker};
use postlogin::action::Prepared;
use postlogin::command::FailureKind;
use rustix::process::{Pid, Signal, kill_process};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use std::{fs, thread};

#[test]
fn one_worker_serves_many_runs_and_keeps_nothing_between_them() {
    let pool = pool();
    let script = handler("globalThis.n = (globalThis.n || 0) + 1; console.log(globalThis.n);");
    for _ in 0..20 {
        let report = run_in(&pool, |_| {}, &script);
        assert_eq!(logs_of(report), ["1"]);
    }
    assert!(worker(&pool).resident_bytes.is_some_and(|bytes| bytes < 32 << 20));
    assert!(worker(&pool).cpu_time.is_some());
}

#[test]
fn an_idle_worker_has_given_back_what_only_its_start_needed() {
    // Sanitizers hold memory of their own.
    if cfg!(sanitize_engine) {
        return;
    }
    let pool = pool();
    pool.warm_up();
    let mut spent = None;
    within(Duration::from_secs(30), || {
        thread::sleep(Duration::from_millis(300));
        let before = spent.replace(worker(&pool).cpu_time);
        spent == before
    });
    let resident = worker(&pool).resident_bytes.unwrap();
    assert!(resident < 10 << 20, "{resident} bytes");
}

#[test]
fn a_program_that_is_no_worker_is_a_clear_failure() {
    let pool = pool_of("/nonexistent");
    let failure = pool.syntax_check(&Prepared::new(script("1"))).unwrap_err();
    assert_eq!(failure.kind, FailureKind::WorkerDied);
    assert!(failure.message.contains("cannot be started"), "{failure:?}");
}

/// Each worker of `fixtures/workers` ends in its own way and may write of paths and of the engine.
#[test]
fn a_dead_worker_is_told_by_what_happened_and_not_by_its_own_words() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/workers");
    let mut count = 0;
    for entry in fs::read_dir(folder).unwrap() {
        let worker = entry.unwrap().path();
        let source = fs::read_to_string(&worker).unwrap();
        let expected = source
            .lines()
            .find_map(|line| line.strip_prefix("# expect: "))
            .unwrap();
        let pool = pool_of(worker.to_str().unwrap());
        let report = run_in(&pool, |_| {}, &handler(""));
        let failure = report.failure.unwrap();
        let name = worker.display();
        assert_eq!(failure.kind, FailureKind::WorkerDied, "{name}: {failure:?}");
        let beginning = format!("the worker process of Action 'test' {expected}");
        assert!(failure.message.starts_with(&beginning), "{name}: {failure:?}");
        assert!(
            failure.message.contains("nothing of this run was kept. "),
            "{name}: {failure:?}"
        );
        for hidden in ["/build/machine", "quickjs.c", "Assertion", "panicked", "words"] {
            assert!(!failure.message.contains(hidden), "{name}: {failure:?}");
        }
        let has_words = source.contains(">&2");
        let kept = pool
            .last_words()
            .is_some_and(|words| words.contains("/build/machine"));
        assert_eq!(kept, has_words, "{name}: {:?}", pool.last_words());
        count += 1;
    }
    assert!(count >= 22);
}

#[test]
fn a_worker_outlives_the_thread_that_started_it() {
    let pool = pool();
    let script = handler("console.log('served');");
    let (pool, thread) = thread::spawn({
        let script = script.clone();
        move || {
            assert_eq!(logs_of(run_in(&pool, |_| {}, &script)), ["served"]);
            (pool, rustix::thread::gettid())
        }
    })
    .join()
    .unwrap();
    let first = worker(&pool).id;
    let task = format!("/proc/self/task/{}", thread.as_raw_nonzero());
    within(Duration::from_secs(5), || !Path::new(&task).exists());
    thread::sleep(Duration::from_millis(50));
    assert_eq!(logs_of(run_in(&pool, |_| {}, &script)), ["served"]);
    assert_eq!(worker(&pool).id, first, "the worker was replaced");
}

#[test]
fn a_worker_ends_with_the_process_whose_run_it_carries_out() {
    let folder = tempfile::tempdir().unwrap();
    let action = folder.path().join("endless.js");
    fs::write(
        &action,
        "exports.onExecutePostLogin = async () => { for (;;) {} };",
    )
    .unwrap();
    let mut parent = Command::new(env!("CARGO_BIN_EXE_postlogin"))
        .args([
            "run",
            "fixtures/tenants/acme",
            "--client",
            "web",
            "--user",
            "ada@example.org",
        ])
        .args(["--time-limit", "20s", "--action"])
        .arg(&action)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut worker = None;
    within(Duration::from_secs(10), || {
        worker = child_of(parent.id());
        worker.is_some_and(|worker| processor_time(worker) > Duration::from_millis(200))
    });
    let worker = worker.unwrap();
    kill_process(Pid::from_child(&parent), Signal::KILL).unwrap();
    parent.wait().unwrap();
    within(Duration::from_secs(1), || has_ended(worker));
}

#[test]
fn a_worker_serves_its_own_parent_only() {
    let no_parent = "it was not told which process it belongs to";
    for (arguments, why) in [
        (&["__worker"][..], no_parent),
        (&["__worker", "nobody"], no_parent),
        (&["__worker", "0"], no_parent),
        (
            &["__worker", "1"],
            "process 1, which asked for it, is not its parent",
        ),
    ] {
        let mut worker = Command::new(env!("CARGO_BIN_EXE_postlogin"));
        let done = worker.args(arguments).stdin(Stdio::null()).output().unwrap();
        let said = String::from_utf8_lossy(&done.stdout);
        assert_eq!(done.status.code(), Some(1), "{arguments:?}");
        assert!(
            said.contains("NotLockedIn") && said.contains(why),
            "{arguments:?}: {said}"
        );
    }
}

#[test]
fn the_address_space_of_a_worker_is_limited_from_outside() {
    let pool = pool();
    let limit_for = |memory| {
        let report = run_in(&pool, |run| run.limits.memory = memory, &handler(""));
        assert_eq!(report.failure, None);
        let limits = fs::read_to_string(format!("/proc/{}/limits", worker(&pool).id)).unwrap();
        let line = limits
            .lines()
            .find_map(|line| line.strip_prefix("Max address space"))
            .unwrap();
        line.split_whitespace().next().unwrap().parse::<usize>().unwrap()
    };
    let (small, large) = (limit_for(32 << 20), limit_for(64 << 20));
    assert_eq!(large - small, 48 << 20);
}

/// Waits until `done`; fails when it takes longer than `time`.
#[track_caller]
fn within(time: Duration, mut done: impl FnMut() -> bool) {
    let deadline = Instant::now() + time;
    while !done() {
        assert!(Instant::now() < deadline, "not within {time:?}");
        thread::sleep(Duration::from_millis(10));
    }
}

fn child_of(parent: u32) -> Option<u32> {
    let numbers = fs::read_dir("/proc").unwrap().filter_map(|entry| {
        let name = entry.ok()?.file_name();
        name.to_str()?.parse::<u32>().ok()
    });
    let parent = parent.to_string();
    let mut numbers = numbers.filter(|number| stat(*number, 1).is_some_and(|found| found == parent));
    numbers.next()
}

fn processor_time(process: u32) -> Duration {
    let schedstat = fs::read_to_string(format!("/proc/{process}/schedstat")).unwrap_or_default();
    let nanoseconds = schedstat
        .split_whitespace()
        .next()
        .and_then(|time| time.parse().ok());
    Duration::from_nanos(nanoseconds.unwrap_or_default())
}

/// Gone, or left for somebody to wait for.
fn has_ended(process: u32) -> bool {
    stat(process, 0).is_none_or(|state| state == "Z" || state == "X")
}

/// A word of `/proc/PROCESS/stat`; the state is the 0th.
fn stat(process: u32, index: usize) -> Option<String> {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    let (_, words) = stat.rsplit_once(')')?;
    words.split_whitespace().nth(index).map(str::to_owned)
}

#[test]
fn a_worker_that_has_lost_memory_is_replaced() {
    let pool = pool();
    let leaking = handler(
        "for (let at = 0; at < 40; at++) Error.stackTraceLimit = { held: new Uint8Array(1 << 20).fill(1) };
         Error.stackTraceLimit = 10;",
    );
    let plain = handler("console.log('fine');");
    for script in [&leaking, &plain, &leaking, &plain] {
        let report = run_in(&pool, |_| {}, script);
        assert_eq!(report.failure, None);
    }
    assert!(worker(&pool).resident_bytes.is_some_and(|bytes| bytes < 32 << 20));
}

#[test]
fn a_worker_is_kept_while_it_loses_nothing() {
    let pool = pool();
    let script = handler(
        "event.user.self = event; setTimeout(() => event, 1000); console.log({ event });
         api.transaction.setMetadata('a', 'b'); await Promise.resolve(); new URL('http://a/'); Buffer.from('x');",
    );
    let run = || {
        let report = run_in(&pool, |_| {}, &script);
        assert_eq!(report.failure, None);
        worker(&pool).cpu_time.unwrap()
    };
    let spent: Vec<_> = (0..100).map(|_| run()).collect();
    assert!(spent.is_sorted(), "a new worker would have spent less");
}
