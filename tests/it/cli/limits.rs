//! Errors of scripts and limits of a run.

use super::{ADA, action, copy};
use crate::terminal::postlogin;
use std::fs;

#[test]
fn an_error_in_a_script_is_told_with_file_line_and_column() {
    let (_folder, file) = action("  const a = 1;\n  missing.call();");
    let done = postlogin(&format!("{ADA} --action")).word(&file).run().exits(3);
    let place = format!("{}:3:3: ", file.display());
    done.warns(&place).warns("missing is not defined");
}

#[test]
fn an_endless_script_is_stopped_at_its_limit() {
    let (_folder, file) = action("  for (;;) {}");
    let done = postlogin(&format!("{ADA} --time-limit 300ms --action"))
        .word(&file)
        .run()
        .exits(3);
    assert_eq!(done.json()["error"]["kind"], "time_limit");
    done.warns("Action 'action'").warns("300ms");
}

#[test]
fn limits_that_cannot_be_kept_are_wrong_usage() {
    for (option, help) in [
        ("--memory-limit 0", "write at least 1MiB"),
        ("--memory-limit 8KiB", "write at least 1MiB"),
        ("--memory-limit 1023KiB", "write at least 1MiB"),
        ("--time-limit 61m", "write at most 1h"),
        ("--time-limit 0s", "write at least 1ms"),
        ("--time-limit 20", "write a whole number and a unit"),
    ] {
        let (name, _) = option.split_once(' ').unwrap();
        let done = postlogin(&format!("{ADA} {option}")).run().exits(2);
        done.warns(name).warns(help);
    }
    postlogin(&format!("{ADA} --memory-limit 1MiB --time-limit 60m"))
        .run()
        .exits(0);
}

#[test]
fn limits_that_cannot_be_kept_are_problems_of_the_tenant() {
    let folder = tempfile::tempdir().unwrap();
    copy("fixtures/tenants/acme", folder.path());
    fs::write(
        folder.path().join("postlogin.toml"),
        "[actions]\ntime_limit = \"2h\"\nmemory_limit = \"64KiB\"\nwait_limit = \"soon\"\n",
    )
    .unwrap();
    let done = postlogin("check .").from(folder.path()).run().exits(1);
    done.says("postlogin.toml:2:1 at actions.time_limit: error: 2h is longer than an Action may run")
        .says("postlogin.toml:3:1 at actions.memory_limit: error: no Action could start in 64KiB of memory")
        .says("write at least 1MiB")
        .says("postlogin.toml:4:1 at actions.wait_limit: error: \"soon\" is not a duration");
    fs::write(folder.path().join("postlogin.toml"), "[actions]\nworkers = 0\n").unwrap();
    let done = postlogin("check .").from(folder.path()).run().exits(1);
    done.says("postlogin.toml:2:1 at actions.workers: error");
}
