//! Limits of time and memory.

use super::{handler, logs_of, pool, run_in, run_with, script};
use postlogin::action::{Prepared, Run};
use postlogin::command::FailureKind;
use std::time::Duration;

#[test]
fn a_time_limit_names_the_action_and_the_limit() {
    let limited = |run: &mut Run<'_>| run.limits.time = Duration::from_millis(200);
    let failure = run_with(limited, &handler("for (;;) {}")).failure.unwrap();
    assert_eq!(failure.kind, FailureKind::TimeLimit);
    assert_eq!(
        failure.message,
        "Action 'test' was stopped: it ran longer than its time limit of 200ms (set [actions] time_limit in \
         postlogin.toml or --time-limit)"
    );
}

#[test]
fn a_time_limit_tells_what_earlier_actions_left_of_it() {
    for (spent, left) in [(700, "300ms were left"), (1_000, "nothing was left")] {
        let limited = |run: &mut Run<'_>| {
            run.limits.time = Duration::from_secs(1);
            run.limits.spent = Duration::from_millis(spent);
        };
        let failure = run_with(limited, &handler("for (;;) {}")).failure.unwrap();
        let text = format!(
            "longer than its time limit of 1s ({left} after earlier Actions) (set [actions] time_limit"
        );
        assert!(failure.message.contains(&text), "{failure:?}");
    }
}

#[test]
fn a_memory_limit_is_named_however_small_it_is() {
    for memory in [0, 1 << 10, 8 << 10, 64 << 10, 128 << 10, 256 << 10] {
        let limited = |run: &mut Run<'_>| run.limits.memory = memory;
        let report = run_with(
            limited,
            &handler("const kept = []; for (;;) kept.push('x'.repeat(1000));"),
        );
        let kind = report.failure.as_ref().map(|failure| failure.kind);
        assert_eq!(
            kind,
            Some(FailureKind::MemoryLimit),
            "{memory}: {:?}",
            report.failure
        );
    }
    let limited = |run: &mut Run<'_>| run.limits.memory = 1 << 20;
    assert_eq!(
        logs_of(run_with(limited, &handler("console.log('fits');"))),
        ["fits"]
    );
}

#[test]
fn a_worker_that_dies_after_its_heap_refused_memory_reached_the_memory_limit() {
    let died = |body: &'static str| {
        let (sender, receiver) = std::sync::mpsc::channel();
        let running = std::thread::spawn(move || {
            let pool = pool();
            pool.syntax_check(&Prepared::new(script("1"))).unwrap();
            sender.send(super::worker(&pool).id).unwrap();
            let report = run_in(&pool, |run| run.limits.memory = 4 << 20, &handler(body));
            report.failure.map(|failure| failure.kind)
        });
        let worker = receiver.recv().unwrap().cast_signed();
        std::thread::sleep(Duration::from_secs(1));
        let worker = rustix::process::Pid::from_raw(worker).unwrap();
        rustix::process::kill_process(worker, rustix::process::Signal::SEGV).unwrap();
        running.join().unwrap()
    };
    let full = "try { const kept = []; for (;;) kept.push(new Uint8Array(100_000)); } catch {} for (;;) {}";
    assert_eq!(died(full), Some(FailureKind::MemoryLimit));
    assert_eq!(died("for (;;) {}"), Some(FailureKind::WorkerDied));
}

#[test]
fn what_was_logged_before_the_time_limit_is_kept() {
    let limited = |run: &mut Run<'_>| run.limits.time = Duration::from_secs(1);
    let report = run_with(limited, &handler("console.log('begun'); for (;;) {}"));
    assert_eq!(report.logs[0].text, "begun");
}

#[test]
fn a_run_that_has_to_end_keeps_its_logs_wherever_it_loops() {
    for body in [
        "for (;;) new Promise(() => { for (;;) {} });",
        "for (;;) { try { const s = new DisposableStack(); s.defer(() => { for (;;) {} }); s.dispose(); } catch {} }",
        "Error.prepareStackTrace = () => { for (;;) {} }; for (;;) { try { null.x; } catch {} }",
        "Error.stackTraceLimit = { valueOf() { for (;;) {} } }; for (;;) { try { null.x; } catch {} }",
        "const loops = async () => { for (;;) {} }; for (;;) loops();",
        "for (;;) Promise.resolve({ get then() { for (;;) {} } });",
        "for (;;) { try { for (;;) {} } finally { continue; } }",
    ] {
        let limited = |run: &mut Run<'_>| run.limits.time = Duration::from_millis(500);
        let report = run_with(limited, &handler(&format!("console.log('begun'); {body}")));
        let kind = report.failure.map(|failure| failure.kind);
        assert_eq!(kind, Some(FailureKind::TimeLimit), "{body}");
        // A worker that has to be killed takes its logs with it.
        assert_eq!(report.logs.len(), 1, "{body}");
    }
}

#[test]
fn a_text_that_is_too_large_to_be_copied_is_no_empty_text() {
    for take in [
        "console.log(text)",
        "new TextEncoder().encode(text)",
        "Buffer.from(text)",
        "Buffer.from(text, 'hex')",
        "api.idToken.setCustomClaim('a', text)",
        "api.idToken.setCustomClaim('a', { text })",
    ] {
        let limited = |run: &mut Run<'_>| run.limits.memory = 32 << 20;
        let body = format!(
            "const text = '€'.repeat(8 << 20);
             try {{ {take}; }} catch (error) {{ return console.log(error.message); }}
             console.log('taken');"
        );
        assert_eq!(
            logs_of(run_with(limited, &handler(&body))),
            ["out of memory"],
            "{take}"
        );
    }
}

#[test]
fn an_error_that_is_too_large_to_be_copied_reached_the_memory_limit() {
    let limited = |run: &mut Run<'_>| run.limits.memory = 32 << 20;
    for thrown in ["new Error(text)", "text", "{ message: text }"] {
        let body = format!("const text = '€'.repeat(8 << 20); throw {thrown};");
        let failure = run_with(limited, &handler(&body)).failure.unwrap();
        assert_eq!(failure.kind, FailureKind::MemoryLimit, "{thrown}");
    }
}
