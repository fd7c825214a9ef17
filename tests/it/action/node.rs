//! Actions on Node.js. The program is named by `POSTLOGIN_TEST_NODE` (tests/node/README.md).

use super::*;
use postlogin::action::{NodeProcess, NodeSettings, Replacement, Replacements};
use postlogin::command::{FailureKind, LogLevel, RanOn, RemarkKind};
use postlogin::tenant::EngineChoice;
use postlogin::time::Moment;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

fn settings() -> NodeSettings {
    let program = std::env::var_os("POSTLOGIN_TEST_NODE")
        .expect("tests of Node.js need one: tests/install node_engine, and POSTLOGIN_TEST_NODE");
    NodeSettings::new(Some(PathBuf::from(program)), Vec::new())
}

pub fn node_pool() -> Pool {
    pool().with_node(settings())
}

pub fn on_node(script: Script) -> Script {
    Script {
        engine: EngineChoice::Node,
        ..script
    }
}

fn run_on_node(body: &str) -> Report {
    run_in(&node_pool(), |_| {}, &on_node(handler(body)))
}

fn node_failure(body: &str) -> Failure {
    run_on_node(body).failure.unwrap()
}

/// What both engines say of a body.
fn both(body: &str) -> [Report; 2] {
    [run(body), run_on_node(body)]
}

/// An Action with a folder of its own in a tenant with packages; `files` are named from the tenant's root.
fn tenant(files: &[(&str, &str)]) -> (tempfile::TempDir, Script) {
    let root = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = root.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    let source = fs::read_to_string(root.path().join("actions/test/code.js")).unwrap();
    let script = Script {
        folder: Some(root.path().join("actions/test")),
        node_modules: Some(root.path().to_owned()),
        ..on_node(script(&source))
    };
    (root, script)
}

#[test]
fn an_action_runs_to_its_end() {
    let report = run_on_node(
        "api.idToken.setCustomClaim('https://x.example/a', process.version.split('.')[0]);
        console.log('on', event.user.email, [1, { a: 2 }]);
        console.warn('careful');
        api.transaction.setMetadata('seen', 'now');
        console.log(event.transaction.metadata);",
    );
    assert_eq!((report.failure, report.engine), (None, RanOn::Node));
    let [claim, metadata] = &*report.calls else {
        panic!("{:?}", report.calls)
    };
    assert_eq!(claim.args, [json!("https://x.example/a"), json!("v22")]);
    assert_eq!((claim.origin.line, claim.origin.column), (Some(2), Some(13)));
    assert_eq!(metadata.method, "transaction.setMetadata");
    assert_eq!(
        (metadata.origin.line, metadata.origin.column),
        (Some(5), Some(25))
    );
    let logs: Vec<_> = report
        .logs
        .iter()
        .map(|line| (line.level, line.text.as_str()))
        .collect();
    assert_eq!(
        logs,
        [
            (LogLevel::Log, "on ann@example.org [ 1, { a: 2 } ]"),
            (LogLevel::Warn, "careful"),
            (LogLevel::Log, "{ kept: 'yes', seen: 'now' }"),
        ]
    );
}

#[test]
fn arguments_are_judged_as_by_the_embedded_engine() {
    let body = "const loop = {}; loop.loop = loop;
        const round = []; round.push(round);
        const deep = JSON.parse('['.repeat(101) + ']'.repeat(101));
        for (const value of [undefined, null, true, 1.50, -0, 1e300, NaN, Infinity, 'text', '\\ud800', 10n, Symbol('s'), () => 1,
          new Date(0), loop, deep, round, { a: 10n }, { toJSON() { throw new Error('mine\\n'); } }, { toJSON() { return 'T'; } },
          [1, undefined], [NaN, 'x'], { a: NaN, b: undefined, c() {} }, new Map(), Object.create({ a: 1 }), [[1], [[2]]],
          new Array(10001).fill(1)]) {
          for (const call of [
            () => api.idToken.setCustomClaim('https://x.example/c', value),
            () => api.samlResponse.setAttribute('a', value),
            () => api.user.setUserMetadata('k', value),
            () => api.transaction.setMetadata('k', value),
            () => api.redirect.sendUserTo('https://x.example/', value),
            () => api.access.deny(value),
            () => api.cache.set('k', value, { ttl: NaN }),
          ]) {
            try { call(); } catch (error) { console.log(error.message); }
          }
        }";
    let [embedded, node] = both(body);
    assert_eq!(embedded.failure, node.failure);
    let said = |report: &Report| {
        report
            .logs
            .iter()
            .map(|line| line.text.clone())
            .collect::<Vec<_>>()
    };
    assert_eq!(said(&embedded), said(&node));
    assert_eq!(embedded.calls, node.calls);
    assert_eq!(embedded.remarks, node.remarks);
}

#[test]
fn what_is_thrown_is_said_as_by_the_embedded_engine() {
    for body in [
        "throw new TypeError('mine')",
        "throw 'text'",
        "throw ''",
        "throw 1.5",
        "throw null",
        "throw undefined",
        "throw {}",
        "throw { message: 'of an object' }",
        "throw Symbol('x')",
        "throw new Proxy({}, {})",
        "const error = new Error(); error.name = 'Odd'; throw error",
        "await null; (() => { throw new Error('a'.repeat(2000)) })()",
        "await new Promise(() => {})",
        "setTimeout(() => { throw new Error('in a timer') }, 1); await new Promise((done) => setTimeout(done, 1000))",
        "null.x",
        "event.user.x.y",
        "event.nothing()",
    ] {
        let [embedded, node] = both(body).map(|report| report.failure.unwrap());
        assert_eq!(
            (embedded.kind, &embedded.message),
            (node.kind, &node.message),
            "{body}"
        );
        assert_eq!((embedded.file, embedded.line), (node.file, node.line), "{body}");
    }
}

#[test]
fn a_stack_names_files_as_people_know_them() {
    let (_root, script) = tenant(&[
        (
            "actions/test/code.js",
            "const { deep } = require('./lib/deep');\nexports.onExecutePostLogin = async () => deep();",
        ),
        (
            "actions/test/lib/deep.js",
            "const kit = require('kit');\nexports.deep = () => kit(() => {\n  throw new Error('below');\n});",
        ),
        ("node_modules/kit/index.js", "module.exports = (run) => run();"),
    ]);
    let failure = run_in(&node_pool(), |_| {}, &script).failure.unwrap();
    assert_eq!(failure.message, "below");
    assert_eq!(failure.file.as_deref(), Some("actions/test/lib/deep.js"));
    assert_eq!(
        (failure.helper.as_deref(), failure.line, failure.column),
        (Some("lib/deep.js"), Some(3), Some(9))
    );
    let stack = failure.stack.unwrap();
    assert!(stack.contains("(node_modules/kit/index.js:1:27)"), "{stack}");
    assert!(
        !stack.contains("/tmp") && !stack.contains("postlogin:"),
        "{stack}"
    );
}

#[test]
fn a_syntax_error_has_its_place() {
    let (pool, script) = (
        node_pool(),
        on_node(script(
            "exports.onExecutePostLogin = async () => {\n  const a b;\n};",
        )),
    );
    let failures = [
        run_in(&pool, |_| {}, &script).failure.unwrap(),
        pool.syntax_check(&Prepared::new(script.clone())).unwrap_err(),
    ];
    for failure in failures {
        assert_eq!(failure.message, "Missing initializer in const declaration");
        assert_eq!(
            (failure.line, failure.column, failure.stack),
            (Some(2), Some(9), None)
        );
    }
}

#[test]
fn limits_stop_a_run_and_end_its_process() {
    let limits = Limits {
        time: Duration::from_secs(30),
        commands: 3,
        output: 20_000,
        ..Limits::default()
    };
    let pool = node_pool();
    for (body, kind) in [
        ("for (;;) api.access.deny('no')", FailureKind::CommandLimit),
        ("for (;;) console.log('x'.repeat(1000))", FailureKind::OutputLimit),
        ("console.log('x'.repeat(1e6))", FailureKind::OutputLimit),
        ("console.log('before'); for (;;);", FailureKind::TimeLimit),
        (
            "const all = []; for (;;) all.push(new Array(1e6).fill({}))",
            FailureKind::MemoryLimit,
        ),
    ] {
        let time = match kind {
            FailureKind::TimeLimit => Duration::from_secs(2),
            _ => limits.time,
        };
        let report = run_in(
            &pool,
            |run| run.limits = Limits { time, ..limits },
            &on_node(handler(body)),
        );
        let failure = report.failure.unwrap();
        assert_eq!(failure.kind, kind, "{body}: {}", failure.message);
        if kind == FailureKind::TimeLimit {
            assert_eq!(report.logs[0].text, "before");
        }
    }
}

#[test]
fn what_comes_too_late_is_told() {
    let report = run_on_node(
        "Promise.resolve().then(() => { console.log('late'); api.access.deny('late'); });
        Promise.reject(new Error('unheard'));
        setTimeout(() => {}, 60000);",
    );
    assert_eq!(report.failure, None);
    let remarks: Vec<_> = report
        .remarks
        .iter()
        .map(|remark| (remark.kind, remark.method.as_str(), remark.origin.line))
        .collect();
    assert_eq!(
        remarks,
        [
            (RemarkKind::ActionEnded, "console.log", Some(2)),
            (RemarkKind::ActionEnded, "access.deny", Some(2)),
        ]
    );
    let logs = logs_of(report);
    assert_eq!(logs.len(), 2, "{logs:?}");
    assert!(logs[0].starts_with("a timer was still waiting"));
    assert_eq!(logs[1], "a promise was rejected and nobody handled it: unheard");
}

#[test]
fn state_lives_as_long_as_the_process_and_ends_with_it() {
    let count = "globalThis.runs = (globalThis.runs ?? 0) + 1; console.log(globalThis.runs);";
    let counting = on_node(handler(&format!(
        "{count} if (event.client.name === 'leaves a timer') setInterval(() => {{}}, 1000);"
    )));
    let pool = node_pool();
    let said =
        |change: &dyn Fn(&mut Run<'_>)| logs_of(run_in(&pool, |run| change(run), &counting))[0].clone();
    assert_eq!([said(&|_| {}), said(&|_| {})], ["1", "2"]);
    // A seed has a process of its own.
    assert_eq!(said(&|run| run.seed = Some("s")), "1");
    // So has another Action.
    let other = Script {
        name: "other".to_owned(),
        ..counting.clone()
    };
    assert_eq!(logs_of(run_in(&pool, |_| {}, &other)), ["1"]);

    let each = pool_with(Capacity::of(NonZeroUsize::MIN)).with_node(NodeSettings {
        process: NodeProcess::Login,
        ..settings()
    });
    for _ in 0..2 {
        assert_eq!(logs_of(run_in(&each, |_| {}, &on_node(handler(count)))), ["1"]);
    }
    let leaving = on_node(handler(&format!("{count} setInterval(() => {{}}, 1000);")));
    for _ in 0..2 {
        assert_eq!(run_in(&pool, |_| {}, &leaving).logs[0].text, "1");
    }
}

#[test]
fn a_file_that_has_changed_is_loaded_again() {
    let (root, script) = tenant(&[
        (
            "actions/test/code.js",
            "const said = require('./said');\nexports.onExecutePostLogin = async () => console.log(said);",
        ),
        ("actions/test/said.js", "module.exports = 'before';"),
    ]);
    let pool = node_pool();
    let said = || logs_of(run_in(&pool, |_| {}, &script));
    assert_eq!([said(), said()].concat(), ["before", "before"]);
    fs::write(
        root.path().join("actions/test/said.js"),
        "module.exports = 'afterwards';",
    )
    .unwrap();
    assert_eq!(said(), ["afterwards"]);
}

#[test]
fn only_the_actions_own_files_and_packages_are_read() {
    let (_root, script) = tenant(&[
        (
            "actions/test/code.js",
            "exports.onExecutePostLogin = async () => {
              const { readFileSync } = require('fs');
              for (const file of ['../../secrets.env', '../other/code.js', '/etc/passwd', '/proc/self/environ', '../../users.json']) {
                try { console.log(readFileSync(require('path').resolve(__dirname, file), 'utf8')); } catch (error) { console.log(error.code); }
              }
              console.log(require('kit'), (await import('kit')).default, (await import('esm')).name, require('./own/node'));
            };",
        ),
        ("actions/test/own/node.js", "module.exports = require('inner');"),
        ("actions/test/node_modules/inner/index.js", "module.exports = 'inner';"),
        ("actions/other/code.js", "SECRET"),
        ("secrets.env", "KEY=SECRET"),
        ("users.json", "[]"),
        ("node_modules/kit/index.js", "module.exports = 'kit';"),
        ("node_modules/esm/package.json", r#"{"type": "module", "exports": "./index.js"}"#),
        ("node_modules/esm/index.js", "export const name = 'esm';"),
    ]);
    let logs = logs_of(run_in(&node_pool(), |_| {}, &script));
    assert_eq!(
        logs,
        [
            "ERR_ACCESS_DENIED",
            "ERR_ACCESS_DENIED",
            "ERR_ACCESS_DENIED",
            "ERR_ACCESS_DENIED",
            "ERR_ACCESS_DENIED",
            "kit kit esm inner"
        ]
    );
}

#[test]
fn modules_in_memory_and_replacements_are_required_and_imported() {
    let mut script = on_node(handler(
        "const shared = require('actions:shared');
        console.log(shared.secret(), require('axios').name, (await import('axios')).name, (await import('actions:shared')).default === shared);
        try { require('actions:nothing'); } catch (error) { console.log(error.code, error.message); }
        shared.ask(api);",
    ));
    let mut shared = postlogin::action::ScriptModule::new(
        "shared",
        "exports.secret = () => actions.secrets.KEY;\nexports.ask = (api) => api.access.deny('no');",
    );
    shared.secrets = Ok([("KEY".to_owned(), "for the module".to_owned().into())].into());
    script.modules = vec![shared];
    let axios = Replacement::new(
        "axios".to_owned(),
        "mocks/axios.js".to_owned(),
        "exports.name = 'mock';".into(),
    );
    let replacements: &'static Replacements = Box::leak(Box::new(Replacements::new(vec![axios])));
    let report = run_in(&node_pool(), |run| run.replacements = Some(replacements), &script);
    assert_eq!(report.failure, None);
    assert_eq!(report.calls[0].origin.file.as_deref(), Some("actions:shared"));
    assert_eq!(
        (report.calls[0].origin.line, report.calls[0].origin.column),
        (Some(2), Some(35))
    );
    assert_eq!(replacements.unused().count(), 0);
    assert_eq!(
        logs_of(report),
        [
            "[secret shared.KEY] mock mock true",
            "MODULE_NOT_FOUND there is no module 'actions:nothing' among this Action's modules"
        ]
    );
}

#[test]
fn a_seed_and_a_clock_give_what_the_embedded_engine_gives() {
    let body = "const c = require('crypto');
        console.log(Math.random(), c.randomBytes(5).toString('hex'), c.randomUUID(), crypto.randomUUID(), c.randomInt(1000), c.randomInt(5, 9));
        console.log(Array.from(crypto.getRandomValues(new Uint8Array(3))).join(), Math.random());
        setTimeout(() => console.log('second'), 2000);
        setTimeout(() => console.log('first'), 1000);
        await new Promise((done) => setTimeout(done, 3600000));
        console.log(Date.now(), new Date().toISOString(), performance.now());";
    let fixed = |run: &mut Run<'_>| {
        run.seed = Some("seed");
        run.clock = Clock::Frozen(Moment::from_timestamp(1_700_000_000, 0).unwrap());
    };
    let began = Instant::now();
    let embedded = logs_of(run_with(fixed, &handler(body)));
    let node = logs_of(run_in(&node_pool(), fixed, &on_node(handler(body))));
    assert_eq!(embedded, node);
    assert!(began.elapsed() < Duration::from_mins(1));
}

#[test]
fn the_process_is_not_the_scripts_to_end() {
    for how in [
        "process.exit(3)",
        "process.abort()",
        "process.kill(process.pid, 'SIGKILL')",
        "process.reallyExit(0)",
    ] {
        let failure = node_failure(how);
        assert_eq!(failure.kind, FailureKind::Exception, "{how}: {}", failure.message);
        assert!(
            failure.message.contains("ended its process"),
            "{}",
            failure.message
        );
    }
    let died = node_failure("require('fs').writeSync(1, 'nonsense that is no frame')");
    assert!(
        matches!(died.kind, FailureKind::WorkerDied | FailureKind::OutputLimit),
        "{}",
        died.message
    );
}

#[test]
fn what_a_script_says_by_hand_is_its_own_call_or_end() {
    let body = |frame: &str| {
        format!(
            "const text = Buffer.from(`{frame}`); const head = Buffer.alloc(4); head.writeUInt32LE(text.length);
            require('fs').writeSync(1, Buffer.concat([head, text])); api.access.deny('real');"
        )
    };
    // A run that is not this one.
    let died = node_failure(&body(
        r#"{"log":{"run":7,"level":"log","late":false,"text":"x"}}"#,
    ));
    assert_eq!(died.kind, FailureKind::WorkerDied);
    // A line of its own run is a line.
    let report = run_on_node(&body(
        r#"{"log":{"run":1,"level":"log","late":false,"text":"by hand"}}"#,
    ));
    assert_eq!(logs_of(report), ["by hand"]);
    // The end of its own run is its end.
    let end = r#"{"done":{"run":1,"has_continue":false,"failure":null,"rejections":[],"late_errors":[],"timers":0,"others":0}}"#;
    let pool = node_pool();
    let report = run_in(&pool, |_| {}, &on_node(handler(&body(end))));
    assert_eq!((report.failure, report.calls.len()), (None, 0));
    // What the process said afterwards is not heard by the next run.
    let report = run_in(&pool, |_| {}, &on_node(handler(&body(end))));
    assert_eq!((report.failure, report.calls.len()), (None, 0));
}

#[test]
fn a_script_that_changes_builtins_changes_its_own_world() {
    let report = run_on_node(
        "JSON.stringify = () => '{}'; JSON.parse = () => ({}); Object.prototype.get = () => {}; Object.defineProperty = () => {};
        String.prototype.slice = String.prototype.startsWith = () => 'x'; Promise.prototype.then = function () { throw 5; };
        Promise.resolve = () => { throw 6; }; Reflect.apply = () => 7; require('fs').writeSync = () => 0; require('fs').readSync = () => 0;
        Function.prototype.call = Function.prototype.apply = () => 8; TextEncoder.prototype.encodeInto = () => ({ written: 0 });
        Error.prepareStackTrace = () => 'x'; Error.stackTraceLimit = 0; Map.prototype.set = () => { throw 9; };
        api.access.deny('no');
        console.log('said');",
    );
    assert_eq!(report.failure, None);
    assert_eq!(report.calls[0].origin.line, Some(7));
    assert_eq!(logs_of(report), ["said"]);
}

#[test]
fn what_the_embedded_engine_lacks_is_done_again_on_node() {
    let pool = node_pool();
    let zipping = Script {
        engine: EngineChoice::Auto,
        ..handler(
            "console.log('once'); console.log(require('zlib').gzipSync('x').length > 0); api.access.deny('no');",
        )
    };
    for _ in 0..2 {
        let report = run_in(&pool, |_| {}, &zipping);
        assert_eq!((report.engine, report.calls.len()), (RanOn::Node, 1));
        assert_eq!(logs_of(report), ["once", "true"]);
    }
    let notices = pool.take_notices();
    assert_eq!(notices.len(), 1, "{notices:?}");
    assert!(
        notices[0].starts_with("Action 'test' runs on Node.js from now on"),
        "{notices:?}"
    );
    let plain = run_in(
        &pool,
        |_| {},
        &Script {
            engine: EngineChoice::Auto,
            ..handler("console.log('here')")
        },
    );
    assert_eq!(plain.engine, RanOn::Embedded);
}

#[test]
fn an_es_module_needs_node() {
    let pool = node_pool();
    let module = Script {
        engine: EngineChoice::Auto,
        ..script("export const onExecutePostLogin = async () => {};")
    };
    assert_eq!(pool.syntax_check(&Prepared::new(module.clone())), Ok(()));
    let report = run_in(&pool, |_| {}, &module);
    assert_eq!((report.failure, report.engine), (None, RanOn::Node));
}

#[test]
fn without_node_the_failure_says_what_to_do() {
    let nowhere = NodeSettings::new(None, vec![PathBuf::from("/nonexistent")]);
    let wrong = NodeSettings::new(Some(Path::new("/nonexistent/node").to_owned()), Vec::new());
    let silent = NodeSettings::new(Some(Path::new("/bin/true").to_owned()), Vec::new());
    for (settings, said) in [
        (nowhere, "no node on the path"),
        (wrong, "/nonexistent/node is not there"),
        (silent, "does not say which"),
    ] {
        let failure = run_in(&pool().with_node(settings), |_| {}, &on_node(handler("")))
            .failure
            .unwrap();
        assert_eq!(failure.kind, FailureKind::NeedsNode);
        assert!(
            failure.message.contains("Action 'test'") && failure.message.contains(said),
            "{}",
            failure.message
        );
    }
}

#[test]
fn a_run_waits_for_a_process_of_its_own_action_only() {
    let one = NodeSettings {
        processes: NonZeroUsize::MIN,
        ..settings()
    };
    let pool = pool_with(Capacity::of(NonZeroUsize::MIN)).with_node(one);
    let slow = on_node(handler("await new Promise((done) => setTimeout(done, 6000));"));
    let quick = Script {
        name: "quick".to_owned(),
        ..on_node(handler(""))
    };
    std::thread::scope(|scope| {
        let first = scope.spawn(|| run_in(&pool, |_| {}, &slow));
        std::thread::sleep(Duration::from_millis(1500));
        let busy = run_in(&pool, |_| {}, &slow).failure.unwrap();
        assert_eq!(busy.kind, FailureKind::Busy);
        assert!(busy.message.contains("node_processes"), "{}", busy.message);
        assert_eq!(run_in(&pool, |_| {}, &quick).failure, None);
        assert_eq!(first.join().unwrap().failure, None);
    });
}

#[test]
fn es_modules_and_typescript_run_where_node_does_them() {
    let module = on_node(script(
        "export const onExecutePostLogin = async (event, api) => {\n  api.access.deny('no');\n};",
    ));
    let report = run_in(&node_pool(), |_| {}, &module);
    assert_eq!((report.failure, report.calls.len()), (None, 1));
    let typed = Script {
        file: "actions/test/code.ts".to_owned(),
        ..on_node(script(
            "exports.onExecutePostLogin = async (event: unknown, api: any): Promise<void> => { api.access.deny('no'); };",
        ))
    };
    let report = run_in(&node_pool(), |_| {}, &typed);
    assert_eq!((report.failure, report.calls.len()), (None, 1));
}
