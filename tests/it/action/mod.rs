//! Actions through a real worker process.

// The probe is not part of a release.
#[cfg(debug_assertions)]
mod cage;
mod calls;
mod crowd;
mod endings;
mod lacking;
mod limits;
mod modules;
mod network;
mod node;
mod parity;
mod places;
mod sources;
mod surroundings;
mod workers;

use postlogin::action::{Capacity, Clock, Limits, Pool, Prepared, Run, Script, WorkerProgram, WorkerSeen};
use postlogin::command::{Cache, Facts, Failure, Handler, Preconditions, Recorder, Report};
use postlogin::egress::Terms;
use postlogin::event::Event;
use serde_json::{Value, json};
use std::num::NonZeroUsize;

pub fn pool() -> Pool {
    pool_with(Capacity::of(NonZeroUsize::MIN))
}

fn pool_with(capacity: Capacity) -> Pool {
    Pool::new(WorkerProgram::at(env!("CARGO_BIN_EXE_postlogin")), capacity)
}

/// One worker that is another program.
fn pool_of(program: &str) -> Pool {
    Pool::new(WorkerProgram::at(program), Capacity::of(NonZeroUsize::MIN))
}

/// The only worker, which waits for work.
pub fn worker(pool: &Pool) -> WorkerSeen {
    let [worker] = &*pool.idle_workers() else {
        panic!("there is not one worker")
    };
    worker.clone()
}

pub fn script(source: &str) -> Script {
    Script {
        name: "test".to_owned(),
        source: source.into(),
        file: "actions/test/code.js".to_owned(),
        ..Script::default()
    }
}

pub fn event() -> Event {
    serde_json::from_value(json!({
        "user": {"user_id": "auth0|1", "email": "ann@example.org", "app_metadata": {"plan": "gold"}},
        "transaction": {"metadata": {"kept": "yes"}},
        "session": {"id": "s1"},
        "client": {"client_id": "c1", "name": "web"},
    }))
    .unwrap()
}

pub fn recorder() -> Recorder {
    let preconditions = Preconditions {
        session: true,
        refresh_exchange: false,
    };
    Recorder::new(preconditions, Cache::default())
}

fn run_with(change: impl FnOnce(&mut Run<'_>), script: &Script) -> Report {
    run_in(&pool(), change, script)
}

/// One run in the worker that `pool` has.
fn run_in(pool: &Pool, change: impl FnOnce(&mut Run<'_>), script: &Script) -> Report {
    run_reaching(pool, None, change, script)
}

/// The same with a way to the network.
fn run_reaching(
    pool: &Pool,
    network: Option<&Terms>,
    change: impl FnOnce(&mut Run<'_>),
    script: &Script,
) -> Report {
    let action = Prepared::new(script.clone());
    let (event, recorder, facts) = (event(), recorder(), Facts::default());
    let mut run = Run {
        action: &action,
        handler: Handler::Execute,
        event: &event,
        recorder: &recorder,
        facts: &facts,
        clock: Clock::System,
        seed: None,
        replacements: None,
        network,
        ordinal: 0,
        limits: Limits::default(),
    };
    change(&mut run);
    pool.run(&run)
}

fn handler(body: &str) -> Script {
    script(&format!(
        "exports.onExecutePostLogin = async (event, api) => {{\n{body}\n}};"
    ))
}

fn run(body: &str) -> Report {
    run_with(|_| {}, &handler(body))
}

/// The logs of an Action that ends well.
fn logs_of(report: Report) -> Vec<String> {
    assert_eq!(report.failure, None);
    report.logs.into_iter().map(|line| line.text).collect()
}

fn logs(body: &str) -> Vec<String> {
    logs_of(run(body))
}

fn failure(body: &str) -> Failure {
    run(body).failure.unwrap()
}

/// The arguments of the calls of an Action that ends well.
fn args(body: &str) -> Vec<Value> {
    let report = run(body);
    assert_eq!(report.failure, None);
    report
        .calls
        .into_iter()
        .map(|call| Value::Array(call.args))
        .collect()
}
