//! What the embedded engine answers, compared with what Node.js 22 answers: the same, or that it needs Node.js.

use super::{pool, run_in, script};
use postlogin::action::Pool;
use postlogin::command::FailureKind;
use std::collections::BTreeMap;

const ANSWERS: &str = include_str!("../../node/parity.json");
const FRAME: &str = include_str!("../../node/parity_frame.js");

/// What the embedded engine answers to a line of `tests/node/parity.js`; nothing where it needs Node.js.
fn answer(pool: &Pool, line: &str) -> Option<String> {
    let report = run_in(pool, |_| {}, &script(&FRAME.replace("EXPRESSION", line)));
    match report.failure {
        Some(failure) if failure.kind == FailureKind::NeedsNode => None,
        Some(failure) => Some(failure.message),
        None => {
            let lines: Vec<_> = report.logs.into_iter().map(|line| line.text).collect();
            Some(lines.join("\n"))
        }
    }
}

#[test]
fn the_embedded_engine_answers_as_node_does_or_needs_it() {
    let answers: BTreeMap<String, String> = serde_json::from_str(ANSWERS).unwrap();
    let pool = pool();
    let mut at_once = 0;
    let mut differences = Vec::new();
    for (line, wanted) in &answers {
        match answer(&pool, line) {
            None => {}
            Some(found) if found == *wanted => at_once += 1,
            Some(found) => differences.push(format!("{line}\n  Node.js:  {wanted}\n  embedded: {found}")),
        }
    }
    let count = differences.len();
    assert!(
        differences.is_empty(),
        "{count} of {} differ:\n{}",
        answers.len(),
        differences.join("\n")
    );
    assert!(
        at_once >= 800,
        "only {at_once} of {} are answered by the embedded engine",
        answers.len()
    );
}
