//! Sources: their errors, with places, and what is taken.

use super::{failure, logs_of, pool, run, run_with, script};
use postlogin::action::{Prepared, Run};
use postlogin::command::{FailureKind, Handler, LogLevel};

#[test]
fn an_error_has_file_line_and_column() {
    let failure = failure("  null.x;");
    assert_eq!(failure.kind, FailureKind::Exception);
    assert_eq!(failure.message, "Cannot read properties of null (reading 'x')");
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
    let pool = pool();
    assert_eq!(
        pool.syntax_check(&Prepared::new(script("throw new Error('ran');"))),
        Ok(())
    );
    // The worker is sent the source only once.
    for _ in 0..2 {
        assert_eq!(
            pool.syntax_check(&Prepared::new(script("\n\n(")))
                .unwrap_err()
                .line,
            Some(3)
        );
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
        let failure = pool().syntax_check(&Prepared::new(script(source))).unwrap_err();
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
