//! How values stand in columns.

use super::{Asked, Wrong};
use crate::store::error::StoreError;
use crate::store::id::{FamilyId, Hashed, SessionId, TokenId};
use crate::time::{Moment, at_ms};
use rusqlite::types::{FromSql, FromSqlResult, ToSql, ToSqlOutput, ValueRef};
use serde::Serialize;
use serde::de::DeserializeOwned;

macro_rules! blobs {
    ($($name:ident)*) => {$(
        impl ToSql for $name {
            fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
                Ok(ToSqlOutput::Borrowed(ValueRef::Blob(self.as_bytes())))
            }
        }

        impl FromSql for $name {
            fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
                FromSql::column_result(value).map(Self::from_bytes)
            }
        }
    )*};
}

blobs! { FamilyId Hashed SessionId TokenId }

/// A moment as epoch milliseconds.
pub(super) struct Ms(pub Moment);

impl ToSql for Ms {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(self.0.timestamp_millis().into())
    }
}

impl FromSql for Ms {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        i64::column_result(value).map(|ms| Self(at_ms(ms)))
    }
}

/// A value as JSON.
pub(super) fn json<T: Serialize>(what: &'static str, value: &T) -> Asked<String> {
    serde_json::to_string(value).map_err(|error| content(what, error.to_string()))
}

/// A value that [`json`] wrote.
pub(super) fn from_json<T: DeserializeOwned>(what: &'static str, text: &str) -> Asked<T> {
    serde_json::from_str(text).map_err(|error| {
        // The place alone: the text of the error may hold what was read.
        let why = format!("JSON is wrong at line {} column {}", error.line(), error.column());
        content(what, why)
    })
}

/// That a row holds something that this version does not write.
pub(super) fn content(what: &'static str, why: impl Into<String>) -> Wrong {
    Wrong::Row(StoreError::Content {
        what,
        why: why.into(),
    })
}
