//! Opening the file of a store, and making it where there is none.

use super::migrations::migrate;
use super::wrong::wrong;
use crate::disk::{self, PRIVATE, Staged};
use crate::store::error::{StoreError, Stored};
use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};
use std::io;
use std::path::Path;
use std::time::Duration;

/// How long a write waits for the lock of another program.
pub(super) const LOCK_LIMIT: Duration = Duration::from_secs(2);

/// Opens the store at `path` for the writer, in the form of today. Where there is no file, one is made beside its place
/// and put there whole, so an empty file is never a store that is about to be.
pub(super) fn writing(path: &Path) -> Stored<Connection> {
    if !disk::is_there(path) {
        make(path)?;
    }
    let mut connection = connect(path, WRITER_CACHE)?;
    migrate(&mut connection, path)?;
    Ok(connection)
}

/// Opens the store at `path` for a reader.
pub(super) fn reading(path: &Path) -> Stored<Connection> {
    let connection = connect(path, READER_CACHE)?;
    connection
        .pragma_update(None, "query_only", true)
        .map_err(|error| wrong(&error, path))?;
    Ok(connection)
}

fn connect(path: &Path, cache_kib: i64) -> Stored<Connection> {
    let failed = |error: rusqlite::Error| wrong(&error, path);
    match disk::length(path) {
        Ok(0) => {
            return Err(StoreError::Corrupt {
                path: path.to_owned(),
                why: "it is empty".to_owned(),
            });
        }
        Ok(_) => {}
        Err(source) => {
            return Err(StoreError::Unopened {
                path: path.to_owned(),
                why: source.to_string(),
            });
        }
    }
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags).map_err(failed)?;
    connection.busy_timeout(LOCK_LIMIT).map_err(failed)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    let mode: String = connection
        .pragma_update_and_check(None, "journal_mode", "wal", |row| row.get(0))
        .map_err(failed)?;
    if mode != "wal" {
        return Err(StoreError::ReadOnly {
            path: path.to_owned(),
        });
    }
    for (pragma, value) in [
        // What was committed is on the disk before anybody is told.
        ("synchronous", "full"),
        ("foreign_keys", "off"),
        ("trusted_schema", "off"),
        ("cell_size_check", "on"),
        ("temp_store", "memory"),
    ] {
        connection.pragma_update(None, pragma, value).map_err(failed)?;
    }
    // Statements are planned once, whatever is bound to them later.
    connection
        .set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)
        .map_err(failed)?;
    // A negative number counts KiB.
    connection
        .pragma_update(None, "cache_size", -cache_kib)
        .map_err(failed)?;
    Ok(connection)
}

/// Makes an empty store beside `path`, and puts it there unless somebody else was first.
fn make(path: &Path) -> Stored<()> {
    let unopened = |source: io::Error| match source.kind() {
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => StoreError::ReadOnly {
            path: path.to_owned(),
        },
        io::ErrorKind::StorageFull => StoreError::Full {
            path: path.to_owned(),
        },
        kind => StoreError::Unopened {
            path: path.to_owned(),
            why: match path.parent() {
                Some(folder) if kind == io::ErrorKind::NotFound => {
                    format!("there is no folder {}", folder.display())
                }
                _ => source.to_string(),
            },
        },
    };
    let beside = Staged::new(path, &[], PRIVATE).map_err(unopened)?;
    let mut connection = Connection::open_with_flags(beside.path(), OpenFlags::SQLITE_OPEN_READ_WRITE)
        .map_err(|error| wrong(&error, path))?;
    migrate(&mut connection, path)?;
    drop(connection);
    match beside.add() {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        added => added.map_err(unopened),
    }
}

/// KiB of pages that the writer keeps.
const WRITER_CACHE: i64 = 1024;
/// KiB of pages that a reader keeps: it forgets them all whenever something was written, and the system keeps them anyway.
const READER_CACHE: i64 = 128;
/// How many prepared statements a connection keeps: more than there are questions.
const STATEMENTS: usize = 128;
