//! Many threads on one pool: workers are shared and never mixed up, and whoever has to wait is told in time.

use super::{event, handler, logs_of, pool_with, recorder, run_in};
use postlogin::action::{Capacity, Load, Pool, ScriptModule};
use postlogin::command::{FailureKind, Report};
use rustix::process::{Pid, Signal, kill_process};
use std::collections::BTreeSet;
use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

fn capacity(workers: usize) -> Capacity {
    Capacity {
        wait: Duration::from_mins(1),
        ..Capacity::of(NonZeroUsize::new(workers).unwrap())
    }
}

fn kind(report: &Report) -> Option<FailureKind> {
    report.failure.as_ref().map(|failure| failure.kind)
}

/// Waits until the pool is in this state.
#[track_caller]
fn until(pool: &Pool, is_so: impl Fn(Load) -> bool) {
    let deadline = Instant::now() + Duration::from_secs(30);
    while !is_so(pool.load()) {
        assert!(Instant::now() < deadline, "it stays at {:?}", pool.load());
        thread::sleep(Duration::from_millis(1));
    }
}

#[test]
fn many_threads_share_a_few_workers_and_each_gets_its_own_answer() {
    let pool = pool_with(capacity(3));
    thread::scope(|scope| {
        for thread in 0..12 {
            let pool = &pool;
            scope.spawn(move || {
                let script = handler(&format!(
                    "globalThis.n = (globalThis.n || 0) + 1; console.log('{thread}', globalThis.n);"
                ));
                for _ in 0..20 {
                    assert_eq!(logs_of(run_in(pool, |_| {}, &script)), [format!("{thread} 1")]);
                }
            });
        }
    });
    let Load { busy, idle, waiting } = pool.load();
    assert_eq!((busy, waiting), (0, 0));
    assert!((1..=3).contains(&idle), "{idle}");
}

#[test]
fn workers_are_started_only_when_no_other_one_is_free() {
    let pool = pool_with(capacity(3));
    assert_eq!(pool.load(), Load::default());
    for _ in 0..5 {
        logs_of(run_in(&pool, |_| {}, &handler("")));
    }
    assert_eq!(pool.load().idle, 1);
}

#[test]
fn a_pool_that_is_warmed_up_has_a_worker_before_the_first_run_and_no_other_after_it() {
    let pool = pool_with(capacity(2));
    pool.warm_up();
    pool.warm_up();
    let first = super::worker(&pool).id;
    logs_of(run_in(&pool, |_| {}, &handler("")));
    assert_eq!(super::worker(&pool).id, first);
}

/// The report of a run whose worker was not killed between being taken and being sent its work.
fn surviving(run: impl Fn() -> Report) -> Report {
    let survived = |report: &Report| kind(report) != Some(FailureKind::WorkerDied);
    let mut runs = std::iter::repeat_with(run).take(20);
    runs.find(survived)
        .expect("no worker is killed twenty times in a row")
}

/// Every other run goes past a limit, and somebody kills workers all the time.
#[test]
fn lost_workers_are_replaced_and_no_other_run_is_disturbed() {
    let pool = pool_with(capacity(3));
    let done = AtomicBool::new(false);
    let endless = handler("for (;;) {}");
    let greedy = handler("const kept = []; for (;;) kept.push('x'.repeat(1000) + kept.length);");
    let plain = handler("api.idToken.setCustomClaim('a', 1); console.log('fine');");
    thread::scope(|scope| {
        scope.spawn(|| {
            while !done.load(Ordering::Relaxed) {
                // Only those that wait for work: of another one its run would be lost, and rightly so.
                for worker in pool.idle_workers() {
                    let worker = Pid::from_raw(worker.id.cast_signed()).unwrap();
                    let _ = kill_process(worker, Signal::KILL);
                }
                thread::sleep(Duration::from_millis(20));
            }
        });
        let users: Vec<_> = (0..6)
            .map(|number| {
                let (pool, endless, greedy, plain) = (&pool, &endless, &greedy, &plain);
                scope.spawn(move || {
                    for round in 0..4 {
                        if number == 0 {
                            let report = surviving(|| {
                                run_in(pool, |run| run.limits.time = Duration::from_millis(100), endless)
                            });
                            assert_eq!(kind(&report), Some(FailureKind::TimeLimit), "round {round}");
                        } else if number == 1 {
                            let report =
                                surviving(|| run_in(pool, |run| run.limits.memory = 4 << 20, greedy));
                            assert_eq!(kind(&report), Some(FailureKind::MemoryLimit), "round {round}");
                        }
                        let report = surviving(|| run_in(pool, |_| {}, plain));
                        assert_eq!(logs_of(report), ["fine"], "round {round}");
                    }
                })
            })
            .collect();
        let ended: Vec<_> = users.into_iter().map(thread::ScopedJoinHandle::join).collect();
        done.store(true, Ordering::Relaxed);
        assert!(ended.iter().all(Result::is_ok));
    });
    assert_eq!(logs_of(run_in(&pool, |_| {}, &plain)), ["fine"]);
    let Load { busy, idle, waiting } = pool.load();
    assert_eq!((busy, waiting), (0, 0));
    assert!(idle <= 3, "{idle}");
}

#[test]
fn who_finds_the_queue_full_is_told_at_once() {
    let pool = pool_with(Capacity {
        queue: 1,
        ..capacity(1)
    });
    let slow = handler("for (;;) {}");
    let plain = handler("console.log('ran');");
    thread::scope(|scope| {
        let running = scope.spawn(|| run_in(&pool, |run| run.limits.time = Duration::from_secs(2), &slow));
        until(&pool, |load| load.busy == 1);
        let waiting = scope.spawn(|| run_in(&pool, |_| {}, &plain));
        until(&pool, |load| load.waiting == 1);

        let refused = run_in(&pool, |_| {}, &plain).failure.unwrap();
        assert_eq!(refused.kind, FailureKind::Busy);
        assert_eq!(
            refused.message,
            "Action 'test' was not started: no worker is free, and as many runs wait for one as may wait, 1 (set \
             [actions] workers, now 1, or queue_limit in postlogin.toml)"
        );
        assert_eq!(kind(&running.join().unwrap()), Some(FailureKind::TimeLimit));
        assert_eq!(logs_of(waiting.join().unwrap()), ["ran"]);
    });
}

#[test]
fn who_waits_too_long_is_told_in_time() {
    let pool = pool_with(Capacity {
        wait: Duration::from_millis(300),
        ..capacity(1)
    });
    let slow = handler("for (;;) {}");
    let plain = handler("console.log('ran');");
    thread::scope(|scope| {
        let running = scope.spawn(|| run_in(&pool, |run| run.limits.time = Duration::from_secs(2), &slow));
        until(&pool, |load| load.busy == 1);
        let late = run_in(&pool, |_| {}, &plain);
        assert_eq!(kind(&late), Some(FailureKind::Busy));
        assert_eq!(
            late.failure.unwrap().message,
            "Action 'test' was not started: no worker was free within 300ms (set [actions] workers, now 1, or \
             wait_limit in postlogin.toml)"
        );
        assert_eq!(late.elapsed, Duration::ZERO, "nothing ran");
        assert_eq!(kind(&running.join().unwrap()), Some(FailureKind::TimeLimit));
    });
    assert_eq!(logs_of(run_in(&pool, |_| {}, &plain)), ["ran"]);
}

#[test]
fn the_time_that_a_run_waits_is_not_taken_from_its_time_limit() {
    let pool = pool_with(capacity(1));
    let slow = handler("for (;;) {}");
    let plain = handler("console.log('ran');");
    thread::scope(|scope| {
        scope.spawn(|| run_in(&pool, |run| run.limits.time = Duration::from_secs(2), &slow));
        until(&pool, |load| load.busy == 1);
        let report = run_in(&pool, |run| run.limits.time = Duration::from_secs(1), &plain);
        assert!(report.elapsed < Duration::from_secs(1));
        assert_eq!(logs_of(report), ["ran"]);
    });
}

#[test]
fn no_worker_of_a_tenant_serves_another_one() {
    let (one, other) = (pool_with(capacity(2)), pool_with(capacity(2)));
    let script = handler("console.log('ran');");
    thread::scope(|scope| {
        for pool in [&one, &other, &one, &other] {
            scope.spawn(|| {
                for _ in 0..10 {
                    logs_of(run_in(pool, |_| {}, &script));
                }
            });
        }
    });
    let workers = |pool: &Pool| -> BTreeSet<u32> {
        let workers = pool.idle_workers();
        workers.iter().map(|worker| worker.id).collect()
    };
    let (of_one, of_other) = (workers(&one), workers(&other));
    assert!(!of_one.is_empty() && !of_other.is_empty());
    assert!(of_one.is_disjoint(&of_other), "{of_one:?} {of_other:?}");
    drop(one);
    assert_eq!(logs_of(run_in(&other, |_| {}, &script)), ["ran"]);
    assert_eq!(
        workers(&other),
        of_other,
        "the end of one pool is nothing to the other"
    );
}

/// The same prepared Action in several workers at once, its helper and module sent to each that has not got them.
#[test]
fn a_prepared_action_gives_the_same_in_every_worker() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("helper.js"), "exports.of = (n) => n + 1;").unwrap();
    let mut script = handler(
        "const { of } = require('./helper'); const { twice } = require('actions:lib');
         api.idToken.setCustomClaim('n', twice(of(20))); console.log(event.secrets.KEY);",
    );
    script.folder = Some(folder.path().to_owned());
    script.modules = vec![ScriptModule::new("lib", "exports.twice = (n) => 2 * n;")];
    script.secrets = [("KEY".to_owned(), "a secret of some length".to_owned().into())].into();
    let action = postlogin::action::Prepared::new(script);
    let pool = pool_with(capacity(3));
    let (event, recorder, facts) = (event(), recorder(), postlogin::command::Facts::default());
    thread::scope(|scope| {
        for _ in 0..6 {
            scope.spawn(|| {
                for _ in 0..10 {
                    let report = pool.run(&postlogin::action::Run {
                        action: &action,
                        handler: postlogin::command::Handler::Execute,
                        event: &event,
                        recorder: &recorder,
                        facts: &facts,
                        clock: postlogin::action::Clock::System,
                        seed: None,
                        replacements: None,
                        network: None,
                        ordinal: 0,
                        limits: postlogin::action::Limits::default(),
                    });
                    assert_eq!(report.calls[0].args[1], 42);
                    assert_eq!(report.calls[0].origin.line, Some(3));
                    assert_eq!(logs_of(report), ["[secret KEY]"]);
                }
            });
        }
    });
}
