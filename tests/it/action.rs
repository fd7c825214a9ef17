//! Actions through a real worker process.

use postlogin::action::{Clock, Limits, Pool, Run, Script, WorkerProgram};
use postlogin::command::{Cache, Facts, Failure, FailureKind, Handler, LogLevel, Recorder, Report, Standing};
use postlogin::event::Event;
use serde_json::{Value, json};
use std::fs;
use std::time::Duration;

pub fn pool() -> Pool {
    Pool::new(WorkerProgram::at(env!("CARGO_BIN_EXE_postlogin")))
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
    let standing = Standing {
        session: true,
        refresh_exchange: false,
    };
    Recorder::new(standing, Cache::default())
}

fn run_with(change: impl FnOnce(&mut Run<'_>), script: &Script) -> Report {
    let (event, recorder, facts) = (event(), recorder(), Facts::default());
    let mut run = Run {
        script,
        handler: Handler::Execute,
        event: &event,
        recorder: &recorder,
        facts: &facts,
        clock: Clock::System,
        seed: None,
        ordinal: 0,
        limits: Limits::default(),
    };
    change(&mut run);
    pool().run(&run)
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
fn a_place_on_the_first_line_has_its_own_column() {
    let source = "exports.onExecutePostLogin = (event, api) => { api.access.deny('no'); };";
    let report = run_with(|_| {}, &script(source));
    let column = u32::try_from(source.find("deny").unwrap() + 1).unwrap();
    assert_eq!(
        (report.calls[0].origin.line, report.calls[0].origin.column),
        (Some(1), Some(column))
    );
}

#[test]
fn a_place_is_found_when_error_was_tampered_with() {
    let report = run(
        "Error.prepareStackTrace = () => { throw 1; }; Error.stackTraceLimit = 0;\n  api.access.deny('no');",
    );
    assert_eq!(report.calls[0].origin.line, Some(3));
}

#[test]
fn an_error_has_file_line_and_column() {
    let failure = failure("  null.x;");
    assert_eq!(failure.kind, FailureKind::Exception);
    assert_eq!(failure.message, "cannot read property 'x' of null");
    assert_eq!(failure.file.as_deref(), Some("actions/test/code.js"));
    assert_eq!((failure.line, failure.column), (Some(2), Some(3)));
}

#[test]
fn a_thrown_string_is_the_message() {
    assert_eq!(failure("throw 'not today';").message, "not today");
    assert_eq!(failure("throw 42;").message, "42");
    assert_eq!(failure("throw null;").message, "null was thrown");
}

#[test]
fn console_keeps_levels_and_formats_as_node_does() {
    let report = run(
        "console.log('a', 1, {b: [1, 'x']}); console.error('%s has %d', 'x', 2); console.debug(new Map([[1, 2]]));",
    );
    let lines: Vec<_> = report
        .logs
        .iter()
        .map(|line| (line.level, line.text.as_str()))
        .collect();
    assert_eq!(
        lines,
        [
            (LogLevel::Log, "a 1 { b: [ 1, 'x' ] }"),
            (LogLevel::Error, "x has 2"),
            (LogLevel::Debug, "Map(1) { 1 => 2 }"),
        ]
    );
}

#[test]
fn a_syntax_error_has_its_place() {
    let failure = run_with(|_| {}, &script("const a = 1;\nconst b = ;\n"))
        .failure
        .unwrap();
    assert_eq!(failure.kind, FailureKind::Exception);
    assert_eq!(
        (failure.file.as_deref(), failure.line),
        (Some("actions/test/code.js"), Some(2))
    );
}

#[test]
fn es_module_syntax_is_named() {
    let failure = run_with(
        |_| {},
        &script("\nexport const onExecutePostLogin = async () => {};"),
    )
    .failure
    .unwrap();
    assert!(failure.message.contains("ES module syntax"), "{failure:?}");
    assert_eq!(failure.line, Some(2));
}

#[test]
fn a_check_compiles_and_runs_nothing() {
    let mut pool = pool();
    assert_eq!(pool.syntax_check(&script("throw new Error('ran');")), Ok(()));
    // The worker is sent the source only once.
    for _ in 0..2 {
        assert_eq!(pool.syntax_check(&script("\n\n(")).unwrap_err().line, Some(3));
    }
}

#[test]
fn a_syntax_error_is_told_at_its_token() {
    for (source, line, column) in [
        ("let a = 1;\nlet b = (1 2);\n", 2, 12),
        (
            "exports.onExecutePostLogin = async (event, api) => {\n  api.access.deny(\"x\" 1);\n};\n",
            2,
            23,
        ),
        ("function f() {\n  const = 1;\n}\n", 2, 9),
        ("f(() => {\n  return a inner;\n});", 2, 12),
        ("exports.x = {\n  é: 'ü' y,\n};", 2, 10),
        ("let 1;", 1, 5),
    ] {
        let failure = pool().syntax_check(&script(source)).unwrap_err();
        assert_eq!(
            (failure.line, failure.column),
            (Some(line), Some(column)),
            "{source}: {failure:?}"
        );
    }
}

#[test]
fn sources_may_have_a_mark_a_shebang_and_other_line_ends() {
    let body = "exports.onExecutePostLogin = async () => { console.log('ran'); };";
    for source in [
        format!("\u{feff}{body}"),
        format!("#!/usr/bin/env node\n{body}"),
        format!("\r\n{body}\r\n"),
    ] {
        assert_eq!(logs_of(run_with(|_| {}, &script(&source))), ["ran"], "{source:?}");
    }
}

#[test]
fn sources_with_nul_or_beyond_the_limit_are_refused() {
    let failure = run_with(|_| {}, &script("\n\0")).failure.unwrap();
    assert!(failure.message.contains("NUL character in line 2"), "{failure:?}");
    let body = "exports.onExecutePostLogin = () => {};";
    let padded = |length: usize| script(&format!("{body}{}", " ".repeat(length - body.len())));
    assert_eq!(run_with(|_| {}, &padded(102_400)).failure, None);
    assert!(
        run_with(|_| {}, &padded(102_401))
            .failure
            .unwrap()
            .message
            .contains("102400 bytes")
    );
}

#[test]
fn a_missing_continue_handler_is_no_failure_but_a_missing_execute_handler_is() {
    let both = script(
        "exports.onExecutePostLogin = () => {}; exports.onContinuePostLogin = () => { console.log('back'); };",
    );
    let one = script("exports.onExecutePostLogin = () => {};");
    let other = script("exports.onContinuePostLogin = () => {};");
    let back = |run: &mut Run<'_>| run.handler = Handler::Continue;
    assert!(run_with(|_| {}, &both).has_continue);
    assert_eq!(logs_of(run_with(back, &both)), ["back"]);
    let report = run_with(back, &one);
    assert_eq!((report.failure, report.has_continue), (None, false));
    let failure = run_with(|_| {}, &other).failure.unwrap();
    assert!(
        failure
            .message
            .contains("does not export a function onExecutePostLogin"),
        "{failure:?}"
    );
}

#[test]
fn arguments_become_json_as_javascript_writes_it() {
    let calls = args(
        "const set = (value) => api.idToken.setCustomClaim('a', value);
         [9007199254740993, 1e400, -0, 0.1 + 0.2, NaN, null, new Date(0), [undefined, () => 1], {u: undefined, n: -1.5e-7}, 'é\\u0000'].forEach(set);
         set();
         set(undefined);",
    );
    let values: Vec<_> = calls.iter().map(|call| call.get(1).cloned()).collect();
    let expected = json!([
        9_007_199_254_740_992_u64, null, 0, 0.300_000_000_000_000_04, null, null, "1970-01-01T00:00:00.000Z",
        [null, null], {"n": -1.5e-7}, "é\0"
    ]);
    let expected = expected.as_array().unwrap().iter().cloned().map(Some);
    assert_eq!(values, expected.chain([None, None]).collect::<Vec<_>>());
}

#[test]
fn saml_values_keep_nan_and_refuse_infinity() {
    let calls = args(
        "api.samlResponse.setAttribute('a', NaN); api.samlResponse.setAttribute('b', ['x', NaN, true]);",
    );
    assert_eq!(calls[0], json!(["a", {"$number": "NaN"}]));
    assert_eq!(calls[1], json!(["b", ["x", {"$number": "NaN"}, true]]));
    assert!(
        failure("api.samlResponse.setAttribute('a', [Infinity])")
            .message
            .contains("a finite number")
    );
    assert!(
        failure("api.samlResponse.setAttribute('a', new Date())")
            .message
            .contains("got an object")
    );
}

#[test]
fn a_refused_call_throws_in_the_name_of_the_method_and_records_nothing() {
    let report = run(
        "try { api.access.deny(42); } catch (error) { console.log(error instanceof Error, error.message); }",
    );
    assert!(report.calls.is_empty());
    assert!(logs_of(report)[0].starts_with("true api.access.deny: reason must be a string"));
}

#[test]
fn api_methods_answer_as_the_reference_says() {
    let lines = logs(
        "console.log(api.idToken.setCustomClaim('a', 1) === api, api.accessToken.addScope('x').accessToken.removeScope('x') === api);
         console.log(api.cache.get('none'), api.cache.set('k', 'v').type, api.cache.get('k').value, api.cache.delete('k'));
         const roles = api.roles.getUserEffectiveRoles();
         console.log(roles instanceof Promise, await roles);
         await api.roles.getUserEffectiveRolesByIds('x').catch((error) => console.log(error.message));
         console.log(api.rules.wasExecuted('r'), api.redirect.canRedirect());",
    );
    assert_eq!(lines[0], "true true");
    assert_eq!(lines[1], "undefined success v { type: 'success' }");
    assert_eq!(lines[2], "true { roles: [] }");
    assert!(
        lines[3].starts_with("api.roles.getUserEffectiveRolesByIds: ids must be an array"),
        "{lines:?}"
    );
    assert_eq!(lines[4], "false false");
}

#[test]
fn live_views_follow_at_once_and_nothing_else_does() {
    let lines = logs(
        "const { metadata } = event.transaction;
         api.transaction.setMetadata('new', 1); api.transaction.setMetadata('kept', null);
         api.session.setMetadata('a', 'b'); api.session.setMetadata('c', 'd'); api.session.deleteMetadata('a');
         api.user.setAppMetadata('plan', 'iron');
         console.log(JSON.stringify([metadata, event.session.metadata, event.user.app_metadata]));
         api.session.evictMetadata();
         console.log(JSON.stringify(event.session.metadata), event.refresh_token);",
    );
    assert_eq!(
        lines,
        [r#"[{"new":1},{"c":"d"},{"plan":"gold"}]"#, "{} undefined"]
    );
}

#[test]
fn secrets_are_the_scripts_own() {
    let mut script = handler("console.log(event.secrets);");
    script.secrets.insert("API_KEY".to_owned(), "s3cret".to_owned());
    assert_eq!(logs_of(run_with(|_| {}, &script)), ["{ API_KEY: 's3cret' }"]);
}

#[test]
fn secrets_and_private_keys_do_not_show_in_logs_and_errors() {
    let key = "-----BEGIN PRIVATE KEY-----\nMIIEvQ\n-----END PRIVATE KEY-----\n";
    let mut script = handler(
        "const { API_KEY, KEY } = event.secrets;
         api.idToken.setCustomClaim('mine', API_KEY);
         console.log(API_KEY, { API_KEY, KEY }); console.log(KEY.replace('MIIE', 'MIIF'));
         try { api.access.deny({ [API_KEY]: 1 }); } catch (error) { console.log(error.message); }
         Promise.reject(new Error(`lost ${API_KEY}`));
         throw new Error(`failed with ${API_KEY} and ${KEY}`);",
    );
    script
        .secrets
        .insert("API_KEY".to_owned(), "sk-12345678".to_owned());
    script.secrets.insert("KEY".to_owned(), key.to_owned());
    let report = run_with(|_| {}, &script);
    assert_eq!(report.calls[0].args, [json!("mine"), json!("sk-12345678")]);
    let shown = format!("{:?} {:?}", report.logs, report.failure);
    for hidden in ["sk-12345678", "MIIE", "MIIF", "BEGIN PRIVATE"] {
        assert!(!shown.contains(hidden), "{hidden} in {shown}");
    }
    assert_eq!(
        report.failure.unwrap().message,
        "failed with [secret API_KEY] and [secret KEY]"
    );
}

#[test]
fn a_frozen_clock_stands_still_and_timers_do_not_wait() {
    let script = handler(
        "const start = Date.now();
         await new Promise((resolve) => setTimeout(resolve, 3600000));
         console.log(start, new Date().toISOString(), Date.now() - start, performance.now(), new Date(5).getTime(), new Date() instanceof Date, typeof Date());
         class Later extends Date {}
         console.log(new Later().getTime(), new Later() instanceof Later, (new Date()).constructor === Date);",
    );
    let report = run_with(|run| run.clock = Clock::Frozen(1_764_000_000_000), &script);
    assert!(report.elapsed < Duration::from_mins(1));
    assert_eq!(
        logs_of(report),
        [
            "1764000000000 2025-11-24T16:00:00.000Z 0 0 5 true string",
            "1764000000000 true true"
        ]
    );
}

#[test]
fn a_seed_makes_all_randomness_reproducible() {
    let script = handler(
        "const { randomBytes } = require('crypto');
         console.log(Math.random(), crypto.randomUUID(), randomBytes(4).toString('hex'), crypto.getRandomValues(new Uint8Array(2)).join());",
    );
    let draw = |seed, ordinal| {
        let seeded = |run: &mut Run<'_>| (run.seed, run.ordinal) = (seed, ordinal);
        logs_of(run_with(seeded, &script))
    };
    assert_eq!(draw(Some("a"), 0), draw(Some("a"), 0));
    assert_ne!(draw(Some("a"), 0), draw(Some("b"), 0));
    assert_ne!(draw(Some("a"), 0), draw(Some("a"), 1));
    assert_ne!(draw(None, 0), draw(None, 0));
}

#[test]
fn timers_run_in_order() {
    let lines = logs(
        "const order = [];
         setTimeout(() => order.push('late'), 20);
         setTimeout((name) => order.push(name), 5, 'early');
         setImmediate(() => order.push('immediate'));
         queueMicrotask(() => order.push('microtask'));
         clearTimeout(setTimeout(() => order.push('never'), 1));
         await new Promise((resolve) => setTimeout(resolve, 30));
         console.log(order.join());",
    );
    assert_eq!(lines, ["microtask,immediate,early,late"]);
}

#[test]
fn an_error_in_a_timer_ends_the_run() {
    assert_eq!(
        failure("setTimeout(() => { throw new Error('later'); }); await new Promise(() => {});").message,
        "later"
    );
}

#[test]
fn a_rejection_that_nobody_handles_is_a_warning() {
    let report = run("Promise.reject(new Error('lost'));
         const late = Promise.reject(new Error('handled'));
         await late.catch(() => {});
         try { await Promise.reject(new Error('awaited')); } catch {}");
    assert_eq!(report.logs.len(), 1, "{:?}", report.logs);
    assert_eq!(report.logs[0].level, LogLevel::Warn);
    assert!(logs_of(report)[0].ends_with("nobody handled it: lost"));
}

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
        let (tell, told) = std::sync::mpsc::channel();
        let running = std::thread::spawn(move || {
            let mut pool = pool();
            pool.syntax_check(&script("1")).unwrap();
            tell.send(fs::read_to_string("/proc/thread-self/children").unwrap())
                .unwrap();
            let (event, recorder, facts) = (event(), recorder(), Facts::default());
            let report = pool.run(&Run {
                script: &handler(body),
                handler: Handler::Execute,
                event: &event,
                recorder: &recorder,
                facts: &facts,
                clock: Clock::System,
                seed: None,
                ordinal: 0,
                limits: Limits {
                    memory: 4 << 20,
                    ..Limits::default()
                },
            });
            report.failure.map(|failure| failure.kind)
        });
        let worker: i32 = told.recv().unwrap().trim().parse().unwrap();
        std::thread::sleep(Duration::from_secs(1));
        let worker = rustix::process::Pid::from_raw(worker).unwrap();
        rustix::process::kill_process(worker, rustix::process::Signal::SEGV).unwrap();
        running.join().unwrap()
    };
    let full = "try { const kept = []; for (;;) kept.push(new Uint8Array(10000)); } catch {} for (;;) {}";
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
fn modules_are_found_where_node_finds_them() {
    let tenant = tempfile::tempdir().unwrap();
    let write = |path: &str, text: &str| {
        let path = tenant.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    };
    write(
        "actions/test/lib/a.js",
        "exports.b = require('./b'); exports.file = __filename;",
    );
    write(
        "actions/test/lib/b/index.js",
        "module.exports = require('../../data.json').n;",
    );
    write("actions/test/data.json", r#"{"n": 7}"#);
    write("actions/test/broken.js", "\n\nnull.x;");
    write("actions/secret.js", "");
    write("node_modules/plain/package.json", r#"{"main": "./lib/main"}"#);
    write(
        "node_modules/plain/lib/main.js",
        "module.exports = 'plain ' + require('nested');",
    );
    write(
        "node_modules/plain/node_modules/nested/index.js",
        "module.exports = 'nested';",
    );
    write(
        "node_modules/@scope/mapped/package.json",
        r##"{"exports": {".": {"import": "./no.mjs", "require": "./yes.cjs"}, "./sub/*": "./src/*.js"}, "imports": {"#inner": "./src/x.js"}}"##,
    );
    write(
        "node_modules/@scope/mapped/yes.cjs",
        "module.exports = ['mapped', require('#inner')];",
    );
    write("node_modules/@scope/mapped/src/x.js", "module.exports = 'x';");
    write(
        "node_modules/esm/package.json",
        r#"{"type": "module", "main": "index.js"}"#,
    );
    write("node_modules/esm/index.js", "export default 1;");
    let mut script = handler(
        "const a = require('./lib/a');
         console.log(a.b, a.file, require('./lib/a.js') === a);
         console.log(require('plain'), require('@scope/mapped'), require('@scope/mapped/sub/x'), require('actions:shared').name);
         for (const name of ['./none', '../secret', 'nested', '@scope/mapped/yes.cjs', 'esm', 'fs', 'node:net', 'actions:none']) {
           try { require(name); console.log('found', name); } catch (error) { console.log(error.message); }
         }
         require('./broken');",
    );
    script.folder = Some(tenant.path().join("actions/test"));
    script.node_modules = Some(tenant.path().to_owned());
    script
        .modules
        .push(("shared".to_owned(), "exports.name = 'shared';".into()));
    let report = run_with(|_| {}, &script);
    let lines: Vec<_> = report.logs.iter().map(|line| line.text.as_str()).collect();
    assert_eq!(lines[0], "7 actions/test/lib/a.js true");
    assert_eq!(lines[1], "plain nested [ 'mapped', 'x' ] x shared");
    assert_eq!(
        lines[2],
        "cannot find module './none' from 'actions/test/code.js'"
    );
    assert_eq!(lines[3], "module '../secret' is outside the Action's folder");
    assert!(lines[4].starts_with("cannot find module 'nested'"), "{lines:?}");
    assert!(lines[5].contains("does not export './yes.cjs'"), "{lines:?}");
    assert!(lines[6].contains("is an ES module"), "{lines:?}");
    assert_eq!(lines[7], "module 'fs' is not available in Actions");
    assert_eq!(lines[8], "module 'node:net' is not available in Actions");
    assert!(
        lines[9].contains("there is no module 'actions:none'"),
        "{lines:?}"
    );
    let failure = report.failure.unwrap();
    assert_eq!(
        (failure.file.as_deref(), failure.line),
        (Some("actions/test/broken.js"), Some(3))
    );
}

#[test]
fn a_call_in_a_helper_file_names_that_file() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("lib")).unwrap();
    let helper = "exports.refuse = (api) => {\n\n  api.access.deny('no');\n};";
    fs::write(folder.path().join("lib/helper.js"), helper).unwrap();
    // The same name at the helper's place must not be looked for in the main file.
    let mut script = script(
        "const { refuse } = require('./lib/helper');\n\nconst deny = (a) => deny(a   ,    1); exports.onExecutePostLogin =\n\
         (event, api) => { api.idToken.setCustomClaim('a', 1); refuse(api); };",
    );
    script.folder = Some(folder.path().to_owned());
    let report = run_with(|_| {}, &script);
    assert_eq!(report.failure, None);
    let origin = &report.calls[0].origin;
    assert_eq!((origin.file.as_deref(), origin.line), (None, Some(4)));
    let origin = &report.calls[1].origin;
    assert_eq!(
        (origin.file.as_deref(), origin.line),
        (Some("lib/helper.js"), Some(3))
    );
    assert!(origin.column.is_some_and(|column| column < 25), "{origin:?}");
}

#[test]
fn only_code_of_the_actions_own_is_handed_out() {
    let tenant = tempfile::tempdir().unwrap();
    let write = |path: &str, text: &str| {
        let path = tenant.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    };
    write("own/.hidden/a.js", "module.exports = 'hidden';");
    write("own/.env.json", "{}");
    write("own/secrets.pem", "module.exports = 'pem';");
    write("own/lib.cjs", "module.exports = 'lib';");
    write("own/nested/tenant.json", "{}");
    write("own/nested/users.json", "[]");
    write("own/nested/actions/a.json", "{}");
    let mut script = handler(
        "for (const name of ['./lib.cjs', './.hidden/a', './.env.json', './secrets.pem', './nested/users.json', './nested/actions/a']) {
           try { console.log('found', require(name)); } catch (error) { console.log(error.message); }
         }",
    );
    script.folder = Some(tenant.path().join("own"));
    assert_eq!(
        logs_of(run_with(|_| {}, &script)),
        [
            "found lib",
            "module './.hidden/a' is not the Action's own",
            "module './.env.json' is not the Action's own",
            "module './secrets.pem' is no .js, .cjs or .json file",
            "module './nested/users.json' is not the Action's own",
            "module './nested/actions/a' is not the Action's own",
        ]
    );
    script.folder = None;
    let lines = logs_of(run_with(|_| {}, &script));
    assert!(
        lines
            .iter()
            .all(|line| line.contains("has a folder of its own, such as actions/<name>/code.js")),
        "{lines:?}"
    );
}

#[test]
fn one_worker_serves_many_runs_and_keeps_nothing_between_them() {
    let mut pool = pool();
    let script = handler("globalThis.n = (globalThis.n || 0) + 1; console.log(globalThis.n);");
    let (event, recorder, facts) = (event(), recorder(), Facts::default());
    for _ in 0..20 {
        let report = pool.run(&Run {
            script: &script,
            handler: Handler::Execute,
            event: &event,
            recorder: &recorder,
            facts: &facts,
            clock: Clock::System,
            seed: None,
            ordinal: 0,
            limits: Limits::default(),
        });
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
    let (event, recorder, facts) = (event(), recorder(), Facts::default());
    let leaking = handler(
        "for (let at = 0; at < 40; at++) Error.stackTraceLimit = { held: new Uint8Array(1 << 20).fill(1) };
         Error.stackTraceLimit = 10;",
    );
    let plain = handler("console.log('fine');");
    for script in [&leaking, &plain, &leaking, &plain] {
        let report = pool.run(&Run {
            script,
            handler: Handler::Execute,
            event: &event,
            recorder: &recorder,
            facts: &facts,
            clock: Clock::System,
            seed: None,
            ordinal: 0,
            limits: Limits::default(),
        });
        assert_eq!(report.failure, None);
    }
    assert!(pool.worker_resident_bytes().is_some_and(|bytes| bytes < 32 << 20));
}

#[test]
fn a_worker_is_kept_while_it_loses_nothing() {
    let mut pool = pool();
    let (event, recorder, facts) = (event(), recorder(), Facts::default());
    let script = handler(
        "event.user.self = event; setTimeout(() => event, 1000); console.log({ event });
         api.transaction.setMetadata('a', 'b'); await Promise.resolve(); new URL('http://a/'); Buffer.from('x');",
    );
    let mut run = || {
        let report = pool.run(&Run {
            script: &script,
            handler: Handler::Execute,
            event: &event,
            recorder: &recorder,
            facts: &facts,
            clock: Clock::System,
            seed: None,
            ordinal: 0,
            limits: Limits::default(),
        });
        assert_eq!(report.failure, None);
        pool.worker_cpu_time().unwrap()
    };
    let spent: Vec<_> = (0..100).map(|_| run()).collect();
    assert!(spent.is_sorted(), "a new worker would have spent less");
}
