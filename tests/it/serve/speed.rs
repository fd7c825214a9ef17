//! `postlogin speed --server`: that it measures, never how much.

use serde_json::Value;
use std::process::Command;

#[test]
fn a_server_is_measured_and_its_table_has_all_members() {
    if std::thread::available_parallelism().is_ok_and(|cores| cores.get() < 2) {
        eprintln!("not shown here: one core");
        return;
    }
    let run = Command::new(env!("CARGO_BIN_EXE_postlogin"))
        .args(["speed", "--server", "--seconds", "0.05", "--format", "json"])
        .output()
        .unwrap();
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    let measured: Value = serde_json::from_slice(&run.stdout).unwrap();
    let works = measured["works"].as_array().unwrap();
    let names: Vec<_> = works.iter().map(|work| work["work"].as_str().unwrap()).collect();
    assert_eq!(
        names,
        [
            "client-credentials",
            "refresh",
            "saml-session",
            "issue",
            "discovery"
        ]
    );
    for work in works {
        for member in ["per_second", "bare_per_second", "p50_ms", "p99_ms"] {
            assert!(work[member].as_f64().unwrap() > 0.0, "{member} of {work}");
        }
        let has_ratio = work["ratio"].as_f64().unwrap() > 0.0;
        assert_eq!(has_ratio, work["signatures"].as_u64().unwrap() > 0, "{work}");
    }
    let number = |path: &str| measured.pointer(path).and_then(Value::as_f64).unwrap();
    for path in [
        "/memory/idle/rss_mib",
        "/memory/sessions",
        "/start/first_ms",
        "/start/again_ms",
    ] {
        assert!(number(path) > 0.0, "{path}");
    }
    // In so short a time a busy machine may come to nothing.
    for path in [
        "/overload/borne_per_second",
        "/overload/asked_per_second",
        "/overload/answered_per_second",
        "/overload/kept",
        "/overload/refused",
        "/overload/refused_p99_ms",
        "/overload/without_retry_after",
        "/overload/other",
    ] {
        assert!(number(path) >= 0.0, "{path}");
    }
}

#[test]
fn a_work_of_the_other_table_is_refused() {
    for args in [
        ["--server", "--work", "login"],
        ["--work", "refresh", "--seconds=1"],
    ] {
        let run = Command::new(env!("CARGO_BIN_EXE_postlogin"))
            .arg("speed")
            .args(args)
            .output()
            .unwrap();
        let told = String::from_utf8_lossy(&run.stderr);
        assert_eq!(run.status.code(), Some(2), "{told}");
        assert!(told.contains("need --server"), "{told}");
    }
}
