//! What a script has around it: secrets, clock, randomness, timers.

use super::{failure, handler, logs, logs_of, run, run_with};
use chrono::{DateTime, TimeDelta};
use postlogin::action::{Clock, Run};
use postlogin::command::LogLevel;
use serde_json::json;
use std::time::Duration;

#[test]
fn secrets_are_the_scripts_own() {
    let mut script = handler("console.log(event.secrets);");
    script
        .secrets
        .insert("API_KEY".to_owned(), "s3cret".to_owned().into());
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
        .insert("API_KEY".to_owned(), "sk-12345678".to_owned().into());
    script.secrets.insert("KEY".to_owned(), key.to_owned().into());
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
fn secrets_are_hidden_before_anything_is_cut() {
    let value = "sk-0123456789-abcdefghijklmnopqrstuvwxyz-ABCDEFGHIJKLMNOPQRSTUVWXYZ-9876543210";
    for fails in [
        "throw new Error('x'.repeat(PAD) + KEY);",
        "throw 'x'.repeat(PAD) + KEY;",
        "Promise.reject(new Error('x'.repeat(PAD) + KEY));",
        "throw { message: 'x'.repeat(PAD) + Buffer.from(`user:${KEY}`).toString('base64') };",
        "null[KEY];",
        "null['x'.repeat(20) + KEY];",
        "JSON.parse('{' + KEY);",
        "require('./' + KEY);",
        "api.redirect.sendUserTo('x'.repeat(PAD % 200) + KEY);",
        "api.user.setAppMetadata('x'.repeat(PAD) + KEY, 1n);",
        "api.idToken.setCustomClaim('a', { toJSON() { throw new Error('x'.repeat(PAD) + KEY); } });",
        "try { null[KEY]; } catch (error) { console.log(error); console.log({ error, list: ['x'.repeat(9970) + KEY] }); }",
        "console.log(Buffer.from(KEY), encodeURIComponent(KEY), [KEY.toUpperCase()]); console.error(btoa(`a:${KEY}`));",
        "const f = { ['x'.repeat(8000) + KEY]() { throw new Error('no'); } }; Object.values(f)[0]();",
    ] {
        for pad in (940..1_030).step_by(15) {
            let mut script = handler(&format!(
                "const {{ KEY }} = event.secrets;\n{}",
                fails.replace("PAD", &pad.to_string())
            ));
            script.secrets.insert("KEY".to_owned(), value.to_owned().into());
            let report = run_with(|_| {}, &script);
            let shown = format!("{:?} {:?}", report.logs, report.failure);
            for part in ["sk-01", "SK-01", "c2stMDE", "73 6b 2d 30", "0123456789-abc"] {
                assert!(!shown.contains(part), "{part} of {fails} in {shown}");
            }
        }
    }
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
    let report = run_with(
        |run| run.clock = Clock::Frozen(DateTime::UNIX_EPOCH + TimeDelta::milliseconds(1_764_000_000_000)),
        &script,
    );
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
