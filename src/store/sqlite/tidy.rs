//! Throwing away what is over, a few hundred rows at a time, while nobody writes.

use super::columns::Ms;
use super::sessions::throw_away;
use super::writer::Tidied;
use crate::store::bucket::Bucket;
use crate::store::id::{FamilyId, SessionId};
use crate::time::Moment;
use chrono::TimeDelta;
use rusqlite::{Connection, params};

/// How many rows are thrown away at a time.
const ROWS: u32 = 500;
/// How long a code is known after its time, so that a second use ends what the first gave.
const CODE_KNOWN_FOR: TimeDelta = TimeDelta::hours(24);
/// How long a used id is known after its time, so that a clock that is set back does not make it fresh.
const ID_KNOWN_FOR: TimeDelta = TimeDelta::hours(24);
/// How long a family without an absolute end is known after it was ended or fell idle.
const FAMILY_KNOWN_FOR: TimeDelta = TimeDelta::days(30);

/// Where throwing away has come to.
#[derive(Default)]
pub(super) struct Tidy {
    /// The last family without an absolute end that was looked at.
    family: Option<FamilyId>,
}

impl Tidy {
    /// Throws away some of what is over at `now`.
    pub(super) fn step(&mut self, connection: &Connection, now: Moment) -> rusqlite::Result<Tidied> {
        let this_week = Bucket::holding(now).to_bytes();
        let week_of_families = Bucket::holding(now - CODE_KNOWN_FOR).to_bytes();
        let mut most = 0;
        let mut note = |rows: usize| most = most.max(rows);
        note(sessions(connection, &this_week)?);
        // Rows of an earlier week stand together, in front of all others that end. A family is known as long as its code.
        let ended = "DELETE FROM families WHERE id IN (SELECT id FROM families WHERE id >= x'00000001' AND id < ?1 LIMIT ?2)";
        note(
            connection
                .prepare_cached(ended)?
                .execute(params![week_of_families, ROWS])?,
        );
        for (sql, until) in [
            (
                "DELETE FROM codes WHERE hash IN (SELECT hash FROM codes WHERE expires_at <= ?1 LIMIT ?2)",
                now - CODE_KNOWN_FOR,
            ),
            (
                "DELETE FROM endings WHERE id IN (SELECT id FROM endings WHERE remember_until <= ?1 LIMIT ?2)",
                now,
            ),
            (
                "DELETE FROM logins WHERE id IN (SELECT id FROM logins WHERE expires_at <= ?1 LIMIT ?2)",
                now,
            ),
            (
                "DELETE FROM used_ids WHERE hash IN (SELECT hash FROM used_ids WHERE remember_until <= ?1 LIMIT ?2)",
                now - ID_KNOWN_FOR,
            ),
            (
                "DELETE FROM failures WHERE of_whom IN (SELECT of_whom FROM failures WHERE remember_until <= ?1 LIMIT ?2)",
                now,
            ),
            (
                "DELETE FROM action_cache WHERE name IN (SELECT name FROM action_cache WHERE expires_at <= ?1 LIMIT ?2)",
                now,
            ),
        ] {
            note(
                connection
                    .prepare_cached(sql)?
                    .execute(params![Ms(until), ROWS])?,
            );
        }
        note(self.endless_families(connection, now)?);
        Ok(if most < ROWS as usize {
            Tidied::All
        } else {
            Tidied::Some
        })
    }

    /// Looks through families without an absolute end, some at each step, and throws away those that have been over for
    /// long.
    fn endless_families(&mut self, connection: &Connection, now: Moment) -> rusqlite::Result<usize> {
        let after = self
            .family
            .map_or_else(|| vec![0; 4], |family| family.as_bytes().to_vec());
        let ids = connection
            .prepare_cached(
                "SELECT id FROM families WHERE id > ?1 AND id < x'00000001' ORDER BY id LIMIT ?2",
            )?
            .query_map(params![after, ROWS], |row| row.get(0))?
            .collect::<rusqlite::Result<Vec<FamilyId>>>()?;
        let mut delete = connection.prepare_cached(
            "DELETE FROM families WHERE id = ?1 AND ((ended IS NOT NULL AND turned_at <= ?2) OR idle_until <= ?2)",
        )?;
        for id in &ids {
            delete.execute(params![id, Ms(now - FAMILY_KNOWN_FOR)])?;
        }
        self.family = ids.last().copied();
        Ok(ids.len())
    }
}

/// Throws away sessions of earlier weeks. Their families, which may live longer, outlive them.
fn sessions(connection: &Connection, this_week: &[u8]) -> rusqlite::Result<usize> {
    let ids = connection
        .prepare_cached("SELECT id FROM sessions WHERE id >= x'00000001' AND id < ?1 LIMIT ?2")?
        .query_map(params![this_week, ROWS], |row| row.get(0))?
        .collect::<rusqlite::Result<Vec<SessionId>>>()?;
    for id in &ids {
        throw_away(connection, id)?;
    }
    Ok(ids.len())
}
