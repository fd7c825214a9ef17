//! The latest moment, and what was over at it.

use super::columns::Ms;
use super::sessions::throw_away;
use super::{Asked, Sqlite};
use crate::store::error::Stored;
use crate::store::id::SessionId;
use crate::store::moments::{Moments, SetBack};
use crate::time::Moment;
use rusqlite::{Connection, OptionalExtension as _, params};

impl Moments for Sqlite {
    fn latest_moment(&self) -> Stored<Option<Moment>> {
        self.read(|connection| {
            let latest: Option<Ms> = connection
                .prepare_cached("SELECT at FROM moments WHERE name = ?1")?
                .query_row([LATEST], |row| row.get(0))
                .optional()?;
            Ok(latest.map(|Ms(latest)| latest))
        })
    }

    fn note_moment(&self, now: Moment) -> Stored<()> {
        self.write(move |connection| {
            connection
                .prepare_cached(
                    "INSERT INTO moments (name, at) VALUES (?1, ?2) \
                     ON CONFLICT DO UPDATE SET at = max(at, excluded.at)",
                )?
                .execute(params![LATEST, Ms(now)])?;
            Ok(())
        })
    }

    fn set_back(&self, latest: Moment, now: Moment) -> Stored<()> {
        self.write(move |connection| set_back(connection, latest, now))
    }

    fn set_backs(&self) -> Stored<Vec<SetBack>> {
        self.read(|connection| {
            let mut statement = connection.prepare_cached("SELECT latest, back_to FROM set_backs")?;
            let set_backs = statement.query_map([], |row| {
                let (Ms(latest), Ms(back_to)) = (row.get(0)?, row.get(1)?);
                Ok(SetBack { latest, back_to })
            })?;
            Ok(set_backs.collect::<rusqlite::Result<_>>()?)
        })
    }
}

pub(super) const LATEST: &str = "latest";

fn set_back(connection: &Connection, latest: Moment, now: Moment) -> Asked<()> {
    for sql in [
        "DELETE FROM codes WHERE used_at IS NULL AND expires_at <= ?1",
        "DELETE FROM logins WHERE expires_at <= ?1",
        "DELETE FROM action_cache WHERE expires_at <= ?1",
        // A family that is idle since the beginning of time is over at any time.
        "UPDATE families SET idle_until = 0 WHERE ended IS NULL AND (idle_until <= ?1 OR ends_at <= ?1)",
    ] {
        connection.prepare_cached(sql)?.execute([Ms(latest)])?;
    }
    let over = connection
        .prepare_cached("SELECT id FROM sessions WHERE idle_until <= ?1 OR ends_at <= ?1")?
        .query_map([Ms(latest)], |row| row.get(0))?
        .collect::<rusqlite::Result<Vec<SessionId>>>()?;
    for id in &over {
        throw_away(connection, id)?;
    }
    // What ended by a moment that has passed a second time is over by now, whoever looks.
    connection
        .prepare_cached("DELETE FROM set_backs WHERE latest <= ?1")?
        .execute([Ms(now)])?;
    connection
        .prepare_cached(
            "INSERT INTO set_backs (back_to, latest) VALUES (?1, ?2) \
             ON CONFLICT DO UPDATE SET latest = max(latest, excluded.latest)",
        )?
        .execute(params![Ms(now), Ms(latest)])?;
    connection
        .prepare_cached(
            "INSERT INTO moments (name, at) VALUES (?1, ?2) ON CONFLICT DO UPDATE SET at = excluded.at",
        )?
        .execute(params![LATEST, Ms(now)])?;
    Ok(())
}
