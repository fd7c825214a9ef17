//! What a locked-in process can still do: `__cage-probe` tries it and tells what the kernel answered.

use serde_json::{Map, Value, json};
use std::process::{Command, Output};

/// The probe, started with an open file as descriptor 7 and a kernel that refuses some calls.
fn probe(refused_calls: &str) -> Output {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("cage-probe.txt"), "kept").unwrap();
    let line = format!("exec 7</etc/passwd; exec \"$0\" __cage-probe {refused_calls}");
    Command::new("/bin/sh")
        .args(["-c", &line, env!("CARGO_BIN_EXE_postlogin")])
        .current_dir(folder.path())
        .output()
        .unwrap()
}

fn report(refused_calls: &str) -> Value {
    let output = probe(refused_calls);
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{output:?}");
    serde_json::from_str(&text).unwrap()
}

fn answers<'a>(report: &'a Value, list: &str) -> &'a Map<String, Value> {
    let answers = report[list].as_object().unwrap();
    assert!(!answers.is_empty());
    answers
}

#[test]
fn every_call_that_reaches_out_of_the_process_is_refused() {
    let report = report("");
    let refused = answers(&report, "refused");
    assert!(refused.len() >= 60);
    for (what, answer) in refused {
        assert_eq!(answer, &json!(libc::EPERM), "{what}");
    }
    for (what, answer) in answers(&report, "allowed") {
        assert_eq!(answer, "ok", "{what}");
    }
}

#[test]
fn other_walls_stand_without_the_filter_of_system_calls() {
    let report = report("");
    assert_eq!(report["had_descriptor_7"], true);
    let walls = &report["without_filter"];
    assert_eq!(walls["descriptor 7"], libc::EBADF);
    assert_eq!(walls["dumpable"], "NotDumpable");
    assert_eq!(walls["death_signal"], "Some(\"Signal::KILL\")");
    assert_eq!(walls["capabilities"], 0);
    assert_eq!(walls["descriptor limit"], libc::EMFILE);
    if report["landlock"] == "full" {
        assert_eq!(walls["signal to the parent"], libc::EPERM);
        assert_eq!(walls["change of a file"], libc::EACCES);
    }
}

#[test]
fn landlock_is_in_force_as_far_as_the_kernel_has_it() {
    // SAFETY: asks for the version and reads no memory.
    #[expect(
        unsafe_code,
        reason = "there is no safe way to ask the kernel for the version"
    )]
    let version = unsafe {
        libc::syscall(
            libc::SYS_landlock_create_ruleset,
            std::ptr::null::<u8>(),
            0usize,
            1u32,
        )
    };
    let expected = match version {
        ..1 => "absent",
        1..6 => "partial",
        _ => "full",
    };
    assert_eq!(report("")["landlock"], expected);
    let pool = super::pool();
    super::run_in(&pool, |_| {}, &super::handler(""));
    assert_eq!(json!(super::worker(&pool).landlock), expected);
}

#[test]
fn a_kernel_without_landlock_leaves_everything_else_as_it_is() {
    for error in [libc::ENOSYS, libc::EOPNOTSUPP] {
        let without = report(&format!("landlock_create_ruleset={error}"));
        assert_eq!(without["landlock"], "absent");
        let with = report("");
        assert_eq!(without["refused"], with["refused"]);
        assert_eq!(without["allowed"], with["allowed"]);
        assert_eq!(without["without_filter"]["dumpable"], "NotDumpable");
    }
}

#[test]
fn descriptors_are_closed_one_by_one_where_the_kernel_cannot_close_all() {
    for error in [libc::ENOSYS, libc::EPERM] {
        let report = report(&format!("close_range={error}"));
        assert_eq!(report["had_descriptor_7"], true);
        assert_eq!(report["without_filter"]["descriptor 7"], libc::EBADF);
    }
}

#[test]
fn a_process_that_cannot_give_up_a_part_does_not_begin() {
    for (refused, message) in [
        ("capset=1", "giving up capabilities was refused"),
        (
            "landlock_restrict_self=1",
            "Landlock, which this kernel has, was refused",
        ),
        ("prlimit64=1", "the limit of core files was refused"),
        ("close_range=38 close_7=1", "descriptor 7 stays open"),
    ] {
        let output = probe(refused);
        let words = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{refused}: {output:?}");
        assert!(words.contains(message), "{refused}: {words}");
    }
}
