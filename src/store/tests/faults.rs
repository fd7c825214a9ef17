//! A full disk, a held lock, damaged and foreign files: each is told as what it is, and nothing is made anew.

use super::{SqliteForTest, Still, at, family, with_users};
use crate::store::{RefreshFamilies as _, Sqlite, Store as _, StoreError, Users as _};
use rusqlite::Connection;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

fn refused(path: &Path) -> StoreError {
    match Sqlite::open(path, Still) {
        Ok(_) => panic!("{} was opened", path.display()),
        Err(error) => error,
    }
}

#[test]
fn a_store_is_opened_again_as_it_was_left() {
    let SqliteForTest { store, folder } = SqliteForTest::new();
    let path = folder.path().join("store.db");
    with_users(&store);
    drop(store);
    let mode = fs::metadata(&path).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600, "only its owner can read it");
    let store = Sqlite::open(&path, Still).unwrap();
    assert!(store.stored_user("auth0|ada").unwrap().is_some());
    let names: Vec<_> = fs::read_dir(folder.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| !name.starts_with("store.db"))
        .collect();
    assert_eq!(names, Vec::<String>::new(), "nothing is left of making it");
}

#[test]
fn a_folder_that_is_not_there_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let error = refused(&folder.path().join("nowhere/store.db"));
    let expected = format!("there is no folder {}", folder.path().join("nowhere").display());
    assert!(
        matches!(&error, StoreError::Unopened { why, .. } if *why == expected),
        "{error:?}"
    );
}

#[test]
fn a_full_disk_stops_writes_alone_and_only_while_it_is_full() {
    let SqliteForTest {
        store,
        folder: _folder,
    } = SqliteForTest::new();
    with_users(&store);
    store.limit_pages(Some(40));
    let full = (0..10_000)
        .find_map(|_| store.add_family(family(), at(0)).err())
        .expect("forty pages are soon full");
    assert_eq!(full.code(), "storage_full");
    assert!(full.help().starts_with("make room"), "{}", full.help());
    let kept = store.families_of("auth0|ada", at(0)).unwrap().len();
    assert!(kept > 0, "reads go on");
    store.limit_pages(None);
    store.add_family(family(), at(0)).unwrap();
    assert_eq!(store.families_of("auth0|ada", at(0)).unwrap().len(), kept + 1);
    assert_eq!(store.check(at(0)).unwrap().faults, []);
}

#[test]
fn a_lock_that_another_program_holds_is_told_and_gone_when_it_is() {
    let SqliteForTest {
        store,
        folder: _folder,
    } = SqliteForTest::new();
    with_users(&store);
    let other = Connection::open(store.path()).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let busy = store.add_family(family(), at(0)).unwrap_err();
    assert_eq!(busy.code(), "storage_busy");
    assert!(store.stored_user("auth0|ada").unwrap().is_some(), "reads go on");
    other.execute_batch("ROLLBACK").unwrap();
    store.add_family(family(), at(0)).unwrap();
}

#[test]
fn what_is_no_store_is_refused_and_left_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    for content in [
        b"".as_slice(),
        b"this is no database, and was never one",
        &[0; 8192],
    ] {
        fs::write(&path, content).unwrap();
        assert_eq!(
            refused(&path).code(),
            "storage_corrupt",
            "{} bytes",
            content.len()
        );
        assert_eq!(fs::read(&path).unwrap(), content);
    }
    let nowhere = folder.path().join("not/here.db");
    assert_eq!(refused(&nowhere).code(), "storage_unavailable");
    assert_eq!(refused(folder.path()).code(), "storage_unavailable");
}

#[test]
fn a_damaged_header_is_refused_and_a_damaged_page_is_told() {
    let SqliteForTest { store, folder } = SqliteForTest::new();
    with_users(&store);
    for _ in 0..600 {
        store.add_family(family(), at(0)).unwrap();
    }
    drop(store);
    let path = folder.path().join("store.db");
    let whole = fs::read(&path).unwrap();

    let mut page = whole.clone();
    let middle = page.len() / 8192 * 4096;
    for place in (middle..page.len()).step_by(7) {
        page[place] ^= 0xa5;
    }
    fs::write(&path, &page).unwrap();
    let told = match Sqlite::open(&path, Still) {
        Err(error) => error.code(),
        Ok(store) => match (store.families_of("auth0|ada", at(0)), store.check(at(0))) {
            (Err(error), _) | (_, Err(error)) => error.code(),
            (Ok(_), Ok(checked)) => checked.faults.first().expect("a fault is found").code,
        },
    };
    assert_eq!(told, "storage_corrupt");

    let mut header = whole.clone();
    header[..100].fill(0x5a);
    fs::write(&path, &header).unwrap();
    assert_eq!(refused(&path).code(), "storage_corrupt");
    assert_eq!(fs::read(&path).unwrap(), header);

    fs::write(&path, &whole).unwrap();
    let store = Sqlite::open(&path, Still).unwrap();
    assert_eq!(store.families_of("auth0|ada", at(0)).unwrap().len(), 600);
}

#[test]
fn a_write_that_fails_takes_nothing_with_it() {
    let SqliteForTest {
        store,
        folder: _folder,
    } = SqliteForTest::new();
    with_users(&store);
    let twice = family();
    std::thread::scope(|scope| {
        let writes: Vec<_> = (0..60)
            .map(|number| {
                let twice = twice.clone();
                let store = &store;
                scope.spawn(move || {
                    let family = if number % 2 == 0 { twice } else { family() };
                    store.add_family(family, at(0)).is_ok()
                })
            })
            .collect();
        let kept = writes.into_iter().map(|write| write.join().unwrap());
        assert_eq!(kept.filter(|kept| *kept).count(), 31);
    });
    assert_eq!(store.families_of("auth0|ada", at(0)).unwrap().len(), 31);
}
