//! What was ended before its time.

use super::columns::Ms;
use super::{Asked, Sqlite};
use crate::store::endings::Endings;
use crate::store::error::Stored;
use crate::store::given_with::GivenWith;
use crate::store::id::TokenId;
use crate::time::Moment;
use rusqlite::{Connection, ToSql, params};

impl Endings for Sqlite {
    fn end_token(&self, token: &TokenId, until: Moment) -> Stored<()> {
        let token = *token;
        self.write(move |connection| remember_end(connection, &token, until))
    }

    fn is_ended(&self, token: &TokenId, given_with: &GivenWith) -> Stored<bool> {
        self.read(|connection| {
            Ok(connection
                .prepare_cached("SELECT 1 FROM endings WHERE id IN (?1, ?2, ?3)")?
                .exists(params![token, given_with.family, given_with.session])?)
        })
    }
}

/// Remembers until `until` that what has this id was ended.
pub(super) fn remember_end(connection: &Connection, id: &dyn ToSql, until: Moment) -> Asked<()> {
    connection
        .prepare_cached("INSERT OR IGNORE INTO endings (id, remember_until) VALUES (?1, ?2)")?
        .execute(params![id, Ms(until)])?;
    Ok(())
}
