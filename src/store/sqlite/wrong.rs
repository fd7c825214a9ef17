//! What an error of SQLite means for whoever runs the store.

use crate::store::error::StoreError;
use rusqlite::{Error, ErrorCode};
use std::path::Path;

/// An error of the database in the file at `path`.
pub(super) fn wrong(error: &Error, path: &Path) -> StoreError {
    let why = error.to_string();
    let path = path.to_owned();
    match error.sqlite_error_code() {
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked | ErrorCode::FileLockingProtocolFailed) => {
            StoreError::Busy {
                what: "another program holds its lock".to_owned(),
            }
        }
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => StoreError::Corrupt { path, why },
        Some(ErrorCode::DiskFull) => StoreError::Full { path },
        Some(ErrorCode::ReadOnly | ErrorCode::PermissionDenied) => StoreError::ReadOnly { path },
        Some(ErrorCode::CannotOpen) => StoreError::Unopened { path, why },
        _ => StoreError::Failed { why },
    }
}
