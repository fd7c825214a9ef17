//! A store whose process is killed keeps everything that it said it had kept.

use super::{Still, at, family, with_users};
use crate::store::{RefreshFamilies as _, Sqlite, Store as _};
use std::io::{BufRead as _, BufReader};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

const STORE_OF_CHILD: &str = "POSTLOGIN_TEST_KILLED_STORE";
const ROUNDS: u64 = 4;

/// The child: writes from eight threads until it is killed, and says which families were kept.
#[test]
fn writes_until_it_is_killed() {
    let Some(path) = std::env::var_os(STORE_OF_CHILD) else {
        return;
    };
    let store = Sqlite::open(&PathBuf::from(path), Still).unwrap();
    thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                loop {
                    let born = family();
                    store.add_family(born.clone(), at(0)).unwrap();
                    println!("kept {}", born.id);
                }
            });
        }
    });
}

#[test]
fn nothing_that_was_kept_is_lost_when_the_process_is_killed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    with_users(&Sqlite::open(&path, Still).unwrap());
    let mut kept = Vec::new();
    for round in 0..ROUNDS {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args([
                "--exact",
                "store::tests::killed::writes_until_it_is_killed",
                "--nocapture",
            ])
            .env(STORE_OF_CHILD, &path)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let reader = thread::spawn(move || {
            lines
                .map_while(Result::ok)
                .filter_map(|line| line.strip_prefix("kept ").and_then(|id| id.parse().ok()))
                .collect::<Vec<crate::store::FamilyId>>()
        });
        thread::sleep(Duration::from_millis(700 + 130 * round));
        child.kill().unwrap();
        child.wait().unwrap();
        kept.extend(reader.join().unwrap());

        let begun = Instant::now();
        let store = Sqlite::open(&path, Still).unwrap();
        assert!(begun.elapsed() < Duration::from_secs(5), "it is ready again");
        for id in &kept {
            assert!(
                store.refreshing(id, at(0)).unwrap().is_some(),
                "{id} was kept, and is lost"
            );
        }
        assert_eq!(store.check(at(0)).unwrap().faults, []);
    }
    assert!(!kept.is_empty(), "the child wrote something before it was killed");
}
