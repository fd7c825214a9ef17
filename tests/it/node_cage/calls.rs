//! System calls under the very walls and filter: `__node-cage-probe` makes each itself.

use super::Caged;
use serde_json::{Map, Value, json};
use std::process::{Command, Output};

/// The probe, with a kernel that refuses some calls.
fn probe(order: &Value, refused_calls: &[&str]) -> Output {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("cage-probe.txt"), "kept").unwrap();
    // `exec`: the launcher serves its own parent only.
    let line = format!(
        "exec 3</etc/passwd 4</etc/passwd 7</etc/passwd; exec \"$0\" __node-cage-probe '{order}' {}",
        refused_calls.join(" ")
    );
    Command::new("/bin/sh")
        .args(["-c", &line, env!("CARGO_BIN_EXE_postlogin")])
        .current_dir(folder.path())
        .output()
        .unwrap()
}

/// The probe stands in for Node.js, so the program that it is said to become is itself.
fn order(landlock: &'static str) -> Value {
    let mut order = Caged::with(env!("CARGO_BIN_EXE_postlogin"));
    order.landlock = landlock;
    order.order(&[])
}

fn report(refused_calls: &[&str]) -> Value {
    let output = probe(&order("demand"), refused_calls);
    assert!(output.status.success(), "{output:?}");
    serde_json::from_slice(&output.stdout).unwrap()
}

fn answers<'a>(report: &'a Value, list: &str) -> &'a Map<String, Value> {
    let answers = report[list].as_object().unwrap();
    assert!(!answers.is_empty());
    answers
}

#[test]
fn every_call_that_is_not_needed_is_refused_or_absent() {
    let report = report(&[]);
    let refused = answers(&report, "refused");
    assert!(refused.len() >= 200, "{}", refused.len());
    for (what, answer) in refused {
        assert_eq!(answer, &json!(libc::EPERM), "{what}");
    }
    for (what, answer) in answers(&report, "absent") {
        assert_eq!(answer, &json!(libc::ENOSYS), "{what}");
    }
    for (what, answer) in answers(&report, "allowed") {
        assert_eq!(answer, "ok", "{what}");
    }
    assert_eq!(
        report["unlisted"],
        json!([]),
        "number and answer of calls that are not listed"
    );
    assert_eq!(report["becomes another program"], libc::EPERM);
    assert_eq!(report["file of another"], libc::EACCES);
}

#[test]
fn other_walls_stand_without_the_filter_of_system_calls() {
    let walls = &report(&[])["without_filter"];
    assert_eq!(walls["descriptors"], json!([0, 1, 2, 3, 4]));
    assert_eq!(walls["death_signal"], "Some(\"Signal::KILL\")");
    assert_eq!(walls["capabilities"], 0);
    assert_eq!(walls["file of another"], libc::EACCES);
    assert_eq!(walls["change of a file"], libc::EACCES);
    assert_eq!(walls["list of descriptors"], libc::EACCES);
    assert_eq!(walls["signal to the parent"], libc::EPERM);
}

#[test]
fn descriptors_are_closed_one_by_one_where_the_kernel_cannot_close_all() {
    for error in ["38", "1"] {
        let report = report(&[&format!("close_range={error}")]);
        assert_eq!(report["without_filter"]["descriptors"], json!([0, 1, 2, 3, 4]));
    }
}

#[test]
fn a_kernel_without_landlock_is_refused_or_accepted_as_ordered() {
    for error in [libc::ENOSYS, libc::EOPNOTSUPP] {
        let without = format!("landlock_create_ruleset={error}");
        let output = probe(&order("demand"), &[&without]);
        let words = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1));
        assert!(
            words.contains("`node_without_landlock = true` in [actions]"),
            "{words}"
        );

        let output = probe(&order("if_there"), &[&without]);
        assert!(output.status.success(), "{output:?}");
        let accepted: Value = serde_json::from_slice(&output.stdout).unwrap();
        let demanded = report(&[]);
        for list in ["refused", "absent", "allowed", "unlisted"] {
            assert_eq!(accepted[list], demanded[list], "{list}");
        }
        assert_eq!(
            accepted["file of another"], "ok",
            "which is why it has to be accepted"
        );
    }
}

#[test]
fn a_process_that_cannot_give_up_a_part_does_not_begin() {
    for (refused, message) in [
        (&["capset=1"][..], "giving up capabilities was refused"),
        (
            &["landlock_restrict_self=1"],
            "what Node.js may read could not be limited",
        ),
        (&["prlimit64=1"], "the limit of core files was refused"),
        (&["close_range=38", "close_7=1"], "descriptor 7 stays open"),
    ] {
        let output = probe(&order("demand"), refused);
        let words = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{refused:?}: {output:?}");
        assert!(words.contains(message), "{refused:?}: {words}");
    }
}
