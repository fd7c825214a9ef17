//! Worker processes: one for many runs, replaced where it has to be.

use super::{handler, logs_of, pool, run_in, script};
use postlogin::action::{Pool, WorkerProgram};
use postlogin::command::FailureKind;

#[test]
fn one_worker_serves_many_runs_and_keeps_nothing_between_them() {
    let mut pool = pool();
    let script = handler("globalThis.n = (globalThis.n || 0) + 1; console.log(globalThis.n);");
    for _ in 0..20 {
        let report = run_in(&mut pool, |_| {}, &script);
        assert_eq!(logs_of(report), ["1"]);
    }
    assert!(pool.worker_resident_bytes().is_some_and(|bytes| bytes < 32 << 20));
    assert!(pool.worker_cpu_time().is_some());
}

#[test]
fn a_program_that_is_no_worker_is_a_clear_failure() {
    let mut pool = Pool::new(WorkerProgram::at("/nonexistent"));
    let failure = pool.syntax_check(&script("1")).unwrap_err();
    assert_eq!(failure.kind, FailureKind::WorkerDied);
    assert!(failure.message.contains("cannot be started"), "{failure:?}");
}

#[test]
fn a_worker_that_has_lost_memory_is_replaced() {
    let mut pool = pool();
    let leaking = handler(
        "for (let at = 0; at < 40; at++) Error.stackTraceLimit = { held: new Uint8Array(1 << 20).fill(1) };
         Error.stackTraceLimit = 10;",
    );
    let plain = handler("console.log('fine');");
    for script in [&leaking, &plain, &leaking, &plain] {
        let report = run_in(&mut pool, |_| {}, script);
        assert_eq!(report.failure, None);
    }
    assert!(pool.worker_resident_bytes().is_some_and(|bytes| bytes < 32 << 20));
}

#[test]
fn a_worker_is_kept_while_it_loses_nothing() {
    let mut pool = pool();
    let script = handler(
        "event.user.self = event; setTimeout(() => event, 1000); console.log({ event });
         api.transaction.setMetadata('a', 'b'); await Promise.resolve(); new URL('http://a/'); Buffer.from('x');",
    );
    let mut run = || {
        let report = run_in(&mut pool, |_| {}, &script);
        assert_eq!(report.failure, None);
        pool.worker_cpu_time().unwrap()
    };
    let spent: Vec<_> = (0..100).map(|_| run()).collect();
    assert!(spent.is_sorted(), "a new worker would have spent less");
}
