//! Actions through a real worker process.

use postlogin::action::{Clock, Limits, Pool, Run, Script, WorkerProgram};
use postlogin::command::{Cache, Facts, FailureKind, Handler, LogLevel, Recorder, Report, Standing};
use postlogin::event::Event;
use serde_json::{Value, json};
use std::time::Duration;

fn pool() -> Pool {
    Pool::new(WorkerProgram::at(env!("CARGO_BIN_EXE_postlogin")))
}

fn script(source: &str) -> Script {
    Script {
        name: "test".to_owned(),
        source: source.into(),
        file: "actions/test/code.js".to_owned(),
        ..Script::default()
    }
}

fn event() -> Event {
    serde_json::from_value(json!({
        "user": {"user_id": "auth0|1", "email": "ann@example.org", "app_metadata": {"plan": "gold"}},
        "transaction": {"metadata": {"kept": "yes"}},
        "session": {"id": "s1"},
        "client": {"client_id": "c1", "name": "web"},
    }))
    .unwrap()
}

fn run_in(pool: &mut Pool, script: &Script, limits: Limits) -> Report {
    let standing = Standing {
        session: true,
        refresh_exchange: false,
    };
    pool.run(&Run {
        script,
        handler: Handler::Execute,
        event: &event(),
        recorder: &Recorder::new(standing, Cache::default()),
        facts: &Facts::default(),
        clock: Clock::System,
        seed: None,
        limits,
    })
}

fn run(body: &str) -> Report {
    let source = format!("exports.onExecutePostLogin = async (event, api) => {{\n{body}\n}};");
    run_in(&mut pool(), &script(&source), Limits::default())
}

/// The logs of an Action that ends well.
fn logs(body: &str) -> Vec<String> {
    let report = run(body);
    assert_eq!(report.failure, None);
    report.logs.into_iter().map(|line| line.text).collect()
}

#[test]
fn a_call_is_recorded_with_its_place() {
    let report = run("\n  api.idToken.setCustomClaim('plan', event.user.app_metadata.plan);");
    assert_eq!(report.failure, None);
    let call = &report.calls[0];
    assert_eq!(call.method, "idToken.setCustomClaim");
    assert_eq!(call.args, [json!("plan"), json!("gold")]);
    assert_eq!(call.origin.action.as_deref(), Some("test"));
    assert_eq!((call.origin.line, call.origin.column), (Some(3), Some(15)));
}

#[test]
fn an_error_has_file_line_and_column() {
    let report = run("  null.x;");
    let failure = report.failure.unwrap();
    assert_eq!(failure.kind, FailureKind::Exception);
    assert_eq!(failure.message, "cannot read property 'x' of null");
    assert_eq!(failure.file.as_deref(), Some("actions/test/code.js"));
    assert_eq!((failure.line, failure.column), (Some(2), Some(3)));
}

#[test]
fn console_keeps_levels() {
    let report = run("console.log('a', 1); console.error('b');");
    assert_eq!(report.logs[0].level, LogLevel::Log);
    assert_eq!(report.logs[0].text, "a 1");
    assert_eq!(report.logs[1].level, LogLevel::Error);
}
