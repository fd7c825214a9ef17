//! The end is the end: what a script asks for after its handler has returned is told and not carried out.

use super::{handler, logs_of, pool, run, run_in, run_with, script};
use chrono::{DateTime, TimeDelta};
use postlogin::action::Clock;
use postlogin::command::{RemarkKind, Report};

/// Methods and how often each came too late.
fn late(report: &Report) -> Vec<(&str, u32)> {
    let late = report.remarks.iter();
    late.filter(|remark| remark.kind == RemarkKind::ActionEnded)
        .map(|remark| (remark.method.as_str(), remark.times))
        .collect()
}

/// Ways to ask for `LATE` after the handler has returned.
const WAYS: &[&str] = &[
    "async (event, api) => { Promise.resolve().then(() => { LATE }); }",
    "async (event, api) => { (async () => { for (let at = 0; at < 9; at++) await 0; LATE })(); }",
    "(event, api) => { (async () => { await 0; LATE })(); }",
    "(event, api) => { queueMicrotask(() => { LATE }); return 7; }",
    "(event, api) => { const p = Promise.resolve(); p.then(() => { LATE }); return p; }",
    "(event, api) => new Promise((resolve) => { resolve(); LATE2 queueMicrotask(() => { LATE }); })",
    "(event, api) => ({ then(resolve) { resolve(); queueMicrotask(() => { LATE }); } })",
    "async (event, api) => { const f = async function* () { yield 1; LATE }; const g = f(); g.next(); g.next(); }",
    "async (event, api) => { Promise.reject(new Error('x')).finally(() => { LATE }).catch(() => {}); }",
    "async (event, api) => { const t = { get then() { queueMicrotask(() => { LATE }); } }; return t; }",
    "(event, api) => new Promise((resolve) => setTimeout(() => { resolve(); queueMicrotask(() => { LATE }); }))",
];

#[test]
fn calls_after_the_end_are_told_and_not_carried_out() {
    for way in WAYS {
        let late_call = "api.idToken.setCustomClaim('late', 1);";
        let source = way.replace("LATE2", "").replace("LATE", late_call);
        let report = run_with(
            |_| {},
            &script(&format!("exports.onExecutePostLogin =\n{source};")),
        );
        assert_eq!(report.failure, None, "{way}");
        assert!(report.calls.is_empty(), "{way}");
        assert!(report.logs.is_empty(), "{way}: {:?}", report.logs);
        assert_eq!(late(&report), [("idToken.setCustomClaim", 1)], "{way}");
        let remark = &report.remarks[0];
        assert_eq!(remark.origin.action.as_deref(), Some("test"));
        assert_eq!(remark.origin.line, Some(2), "{way}");
        let column = u32::try_from(source.find("setCustomClaim").unwrap() + 1).ok();
        assert_eq!(remark.origin.column, column, "{way}");
        let message = remark.message();
        assert!(
            message.starts_with("api.idToken.setCustomClaim was asked for after the Action had ended"),
            "{message}"
        );
    }
}

#[test]
fn a_timer_that_still_waits_is_told_and_does_not_run() {
    let waits = "setTimeout(() => api.idToken.setCustomClaim('late', 1), 1);";
    let report = run(waits);
    assert!(report.calls.is_empty() && late(&report).is_empty());
    let logs = logs_of(report);
    assert_eq!(logs.len(), 1, "{logs:?}");
    assert!(
        logs[0].starts_with("a timer was still waiting when the Action ended"),
        "{logs:?}"
    );
    let ended = logs_of(run(&format!(
        "{waits} await new Promise((done) => setTimeout(done, 5));"
    )));
    assert!(ended.is_empty(), "{ended:?}");
    let cleared = logs_of(run("clearTimeout(setTimeout(() => {}, 1e6));"));
    assert!(cleared.is_empty(), "{cleared:?}");
}

#[test]
fn what_is_awaited_comes_in_time() {
    for way in [
        "async (event, api) => { await Promise.resolve().then(() => { api.access.deny('x'); }); }",
        "(event, api) => Promise.resolve().then(() => { api.access.deny('x'); })",
        "(event, api) => new Promise((resolve) => setTimeout(() => { api.access.deny('x'); resolve(); }))",
        "(event, api) => ({ then(resolve) { api.access.deny('x'); resolve(); } })",
        "async (event, api) => { for await (const x of (async function* () { yield 1; })()) api.access.deny('x'); }",
        "(event, api) => { api.access.deny('x'); }",
    ] {
        let report = run_with(|_| {}, &script(&format!("exports.onExecutePostLogin = {way};")));
        assert_eq!(report.failure, None, "{way}");
        assert_eq!((report.calls.len(), report.remarks.len()), (1, 0), "{way}");
    }
}

#[test]
fn queries_and_logs_after_the_end_are_not_answered() {
    let report = run(
        "(async () => {
           for (let at = 0; at < 9; at++) await 0;
           for (let at = 0; at < 30; at++) console.log('late');
           for (const ask of [() => api.cache.get('k'), () => api.cache.set('k', 'v'), () => api.redirect.canRedirect(),
             () => api.redirect.encodeToken({ secret: 's', payload: { toJSON() { api.access.deny('ran'); } } })]) {
             try { ask(); console.warn('answered'); } catch (error) {}
           }
           try { await api.roles.getUserEffectiveRoles(); console.warn('answered'); } catch (error) {}
         })();",
    );
    assert_eq!(report.failure, None);
    assert!(report.calls.is_empty() && report.logs.is_empty());
    assert_eq!(
        late(&report),
        [
            ("console.log", 30),
            ("cache.get", 1),
            ("cache.set", 1),
            ("redirect.canRedirect", 1),
            ("redirect.encodeToken", 1),
            ("roles.getUserEffectiveRoles", 1),
        ]
    );
}

#[test]
fn a_late_call_throws_and_other_rejections_are_told() {
    let report = run(
        "(async () => { for (let at = 0; at < 9; at++) await 0; try { api.access.deny('x'); } catch (error) { throw new Error(`mine: ${error.message}`); } })();",
    );
    assert_eq!(
        report.logs[0].text,
        "a promise was rejected and nobody handled it: mine: api.access.deny: asked for after the Action had ended, so it is not carried out"
    );
}

#[test]
fn timers_that_are_left_do_not_run() {
    let action =
        handler("setTimeout(() => api.access.deny('x'), 0); setInterval(() => api.access.deny('x'), 0);");
    for clock in [
        Clock::System,
        Clock::Frozen(DateTime::UNIX_EPOCH + TimeDelta::milliseconds(1_764_000_000_000)),
    ] {
        let report = run_with(|run| run.clock = clock, &action);
        assert_eq!(
            (report.failure, report.calls, report.remarks),
            (None, vec![], vec![])
        );
    }
}

#[test]
fn a_rejected_handler_has_ended_too_and_the_next_run_is_whole() {
    let pool = pool();
    let rejected = handler("queueMicrotask(() => api.access.deny('x')); throw new Error('no');");
    let report = run_in(&pool, |_| {}, &rejected);
    assert_eq!(late(&report), [("access.deny", 1)]);
    assert_eq!(
        report.failure.map(|failure| failure.message).as_deref(),
        Some("no")
    );
    let report = run_in(&pool, |_| {}, &handler("api.access.deny('x');"));
    assert_eq!((report.calls.len(), report.remarks.len()), (1, 0));
}

#[test]
fn an_error_in_a_microtask_ends_the_run_as_one_in_a_timer_does() {
    for later in [
        "queueMicrotask(FAIL)",
        "process.nextTick(FAIL)",
        "setTimeout(FAIL)",
        "setImmediate(FAIL)",
        "Promise.resolve().then(() => queueMicrotask(FAIL))",
    ] {
        let later = later.replace("FAIL", "() => { throw new Error('mine'); }");
        let report = run(&format!(
            "api.access.deny('x'); {later};\nawait new Promise((done) => setTimeout(done, 5));"
        ));
        let failure = report.failure.unwrap();
        assert_eq!(
            (failure.message.as_str(), failure.line),
            ("mine", Some(2)),
            "{later}"
        );
    }
}

#[test]
fn an_error_after_the_end_is_told_unless_it_is_our_answer() {
    let report = run("(async () => {
           for (let at = 0; at < 9; at++) await 0;
           queueMicrotask(() => { throw new Error('mine'); });
           for (let at = 0; at < 30; at++) {
             queueMicrotask(() => api.access.deny('x'));
             api.roles.getUserEffectiveRoles();
           }
         })();");
    assert_eq!(
        logs_of(report.clone()),
        ["an error was thrown after the Action had ended and nobody caught it: mine"]
    );
    assert_eq!(
        late(&report),
        [("roles.getUserEffectiveRoles", 30), ("access.deny", 30)]
    );
}

#[test]
fn an_error_behind_the_end_in_the_same_timer_is_late_too() {
    for (behind, logs) in [
        ("api.access.deny('x');", vec![]),
        (
            "throw new Error('mine');",
            vec!["an error was thrown after the Action had ended and nobody caught it: mine"],
        ),
    ] {
        let plain = run_with(
            |_| {},
            &script(&format!(
                "exports.onExecutePostLogin = (event, api) => new Promise((resolve) =>
                   setTimeout(() => {{ resolve(); {behind} }}));"
            )),
        );
        assert_eq!(logs_of(plain), logs, "{behind}");
    }
}

#[test]
fn a_call_that_began_before_the_end_counts_and_what_its_arguments_ask_for_then_does_not() {
    for argument in [
        "{ toJSON() { resolve(); inner(); return 1; } }",
        "new Proxy({}, { ownKeys() { resolve(); inner(); return []; } })",
        "{ get a() { resolve(); inner(); return 1; } }",
    ] {
        let report = run_with(
            |_| {},
            &script(&format!(
                "exports.onExecutePostLogin = (event, api) => {{
                   const inner = () => {{ try {{ api.access.deny('x'); }} catch {{}} }};
                   return new Promise((resolve) =>
                     setTimeout(() => api.idToken.setCustomClaim('outer', {argument})));
                 }};"
            )),
        );
        assert_eq!(report.failure, None, "{argument}");
        let methods: Vec<_> = report.calls.iter().map(|call| call.method.as_str()).collect();
        assert_eq!(methods, ["idToken.setCustomClaim"], "{argument}");
        assert_eq!(late(&report), [("access.deny", 1)], "{argument}");
    }
}
