//! Refresh families.

use super::columns::{Ms, content, from_json, json};
use super::sessions::session_row;
use super::users::profile_of;
use super::{Asked, Sqlite};
use crate::store::endings::REMEMBERED;
use crate::store::error::Stored;
use crate::store::id::FamilyId;
use crate::store::refresh::{
    Change, Family, FamilyEnd, FamilySession, NewFamily, RefreshFamilies, Refreshing, Rotation, Stale,
    Standing, Turn, Turned,
};
use crate::store::refresh_token::Generation;
use crate::store::server_key::KeyNumber;
use crate::store::user::patch;
use crate::time::Moment;
use rusqlite::{Connection, Row, ToSql, params};

impl RefreshFamilies for Sqlite {
    fn refreshing(&self, family: &FamilyId, now: Moment) -> Stored<Option<Refreshing>> {
        let found = self.read(|connection| {
            // One transaction, so that family, session and user are of one moment.
            let snapshot = connection.unchecked_transaction()?;
            let Some(family) = find(&snapshot, family)? else {
                return Ok(None);
            };
            let session = match family.session {
                FamilySession::In(id) => session_row(&snapshot, &id, now)?,
                FamilySession::None | FamilySession::Outlived(_) => None,
            };
            let user = profile_of(&snapshot, &family.user_id)?;
            Ok(Some(Refreshing {
                family,
                session,
                user,
            }))
        })?;
        if let Some(over) = found.as_ref().filter(|found| found.family.is_over(now)) {
            let family = over.family.id;
            self.write(move |connection| {
                // It stays over, also where the clock is set back; what its code gave is known as long as the code.
                connection
                    .prepare_cached(
                        "UPDATE families SET idle_until = created_at WHERE id = ?1 AND ended IS NULL",
                    )?
                    .execute([family])?;
                Ok(())
            })?;
        }
        Ok(found)
    }

    fn families_of(&self, user_id: &str, now: Moment) -> Stored<Vec<Family>> {
        self.read(|connection| of_user(connection, user_id, now))
    }

    fn add_family(&self, family: NewFamily, now: Moment) -> Stored<()> {
        self.write(move |connection| add_family(connection, &family, now))
    }

    fn end_family(&self, family: &FamilyId, why: FamilyEnd, now: Moment) -> Stored<Change> {
        let family = *family;
        self.write(move |connection| end_family(connection, &family, why, now))
    }

    fn end_families_of(&self, user_id: &str, why: FamilyEnd, now: Moment) -> Stored<Vec<Family>> {
        let user_id = user_id.to_owned();
        self.write(move |connection| {
            let live = of_user(connection, &user_id, now)?;
            for family in &live {
                end_family(connection, &family.id, why, now)?;
            }
            Ok(live)
        })
    }
}

pub(super) fn add_family(connection: &Connection, family: &NewFamily, now: Moment) -> Asked<()> {
    connection
        .prepare_cached(
            "INSERT INTO families (id, key_number, generation, turned_at, created_at, idle_until, ends_at, rotating, \
             client_id, user_id, session, outlived, granted, metadata, device) \
             VALUES (?1, ?2, 0, ?3, ?3, ?4, ?5, ?6, ?7, ?8, ?9, \
             ?9 IS NOT NULL AND NOT EXISTS (SELECT 1 FROM sessions WHERE sessions.id = ?9), ?10, ?11, ?12)",
        )?
        .execute(params![
            family.id,
            family.key.0,
            Ms(now),
            family.idle_until.map(Ms),
            family.ends_at.map(Ms),
            family.rotation == Rotation::Rotating,
            family.client_id,
            family.user_id,
            family.session,
            json(FAMILY, &family.grant)?,
            json(FAMILY, &family.metadata)?,
            json(FAMILY, &family.device)?,
        ])?;
    Ok(())
}

pub(super) fn end_family(
    connection: &Connection,
    family: &FamilyId,
    why: FamilyEnd,
    now: Moment,
) -> Asked<Change> {
    Ok(Change::of_rows(end_families(connection, "id", family, why, now)?))
}

/// Ends the families that have `value` in this column and have not ended, and their access tokens. Says how many they were.
pub(super) fn end_families(
    connection: &Connection,
    column: &'static str,
    value: &dyn ToSql,
    why: FamilyEnd,
    now: Moment,
) -> Asked<usize> {
    connection
        .prepare_cached(&format!(
            "INSERT OR IGNORE INTO endings (id, remember_until) \
             SELECT id, max(turned_at, ?2) + ?3 FROM families WHERE {column} = ?1 AND ended IS NULL"
        ))?
        .execute(params![value, Ms(now), REMEMBERED.num_milliseconds()])?;
    Ok(connection
        .prepare_cached(&format!(
            "UPDATE families SET ended = ?2 WHERE {column} = ?1 AND ended IS NULL"
        ))?
        .execute(params![value, name(why)])?)
}

/// Rotates a family, or says why not. One that is reused ends here.
pub(super) fn turn(connection: &Connection, turn: &Turn, now: Moment) -> Asked<Turned> {
    let Some(family) = find(connection, &turn.family)? else {
        return Ok(Turned::Refused(Stale::Gone));
    };
    match family.standing(turn.presented, turn.leeway, now) {
        Standing::Counts => {}
        Standing::JustBefore(generation) => return Ok(Turned::Already(generation)),
        Standing::Stale(stale) => {
            if stale == Stale::Reused {
                end_family(connection, &family.id, FamilyEnd::Reused, now)?;
            }
            return Ok(Turned::Refused(stale));
        }
    }
    let next = match family.rotation {
        Rotation::Fixed => family.generation,
        Rotation::Rotating => family.generation.next(),
    };
    let ends_at = [family.ends_at, turn.ends_at].into_iter().flatten().min();
    let mut metadata = family.metadata;
    patch(&mut metadata, turn.metadata.clone());
    let mut device = family.device;
    device.last_ip.clone_from(&turn.device.last_ip);
    device.last_asn.clone_from(&turn.device.last_asn);
    device.last_user_agent.clone_from(&turn.device.last_user_agent);
    connection
        .prepare_cached(
            "UPDATE families SET generation = ?3, turned_at = ?4, idle_until = ?5, ends_at = ?6, metadata = ?7, \
             device = ?8 WHERE id = ?1 AND generation = ?2",
        )?
        .execute(params![
            family.id,
            turn.presented.0,
            next.0,
            Ms(now),
            turn.idle_until.map(Ms),
            ends_at.map(Ms),
            json(FAMILY, &metadata)?,
            json(FAMILY, &device)?,
        ])?;
    if let Some(user_id) = turn
        .primary_user
        .as_ref()
        .filter(|user_id| **user_id != family.user_id)
    {
        connection
            .prepare_cached("UPDATE families SET user_id = ?2 WHERE id = ?1")?
            .execute(params![family.id, user_id])?;
    }
    Ok(Turned::Now(next))
}

fn of_user(connection: &Connection, user_id: &str, now: Moment) -> Asked<Vec<Family>> {
    let mut statement = connection.prepare_cached(&select(
        "WHERE user_id = ?1 AND ended IS NULL AND (ends_at IS NULL OR ends_at > ?2) \
         AND (idle_until IS NULL OR idle_until > ?2) ORDER BY created_at, id",
    ))?;
    let mut rows = statement.query(params![user_id, Ms(now)])?;
    let mut families = Vec::new();
    while let Some(row) = rows.next()? {
        families.push(family(row)?);
    }
    Ok(families)
}

pub(super) fn find(connection: &Connection, id: &FamilyId) -> Asked<Option<Family>> {
    let mut statement = connection.prepare_cached(&select("WHERE id = ?1"))?;
    let mut rows = statement.query([id])?;
    rows.next()?.map(family).transpose()
}

fn select(which: &str) -> String {
    format!(
        "SELECT id, key_number, generation, turned_at, created_at, idle_until, ends_at, ended, rotating, client_id, \
         user_id, session, outlived, granted, metadata, device FROM families {which}"
    )
}

fn family(row: &Row<'_>) -> Asked<Family> {
    let moment = |at| row.get(at).map(|Ms(moment)| moment);
    let perhaps = |at| row.get::<_, Option<Ms>>(at).map(|ms| ms.map(|Ms(moment)| moment));
    let text = |at| row.get::<_, String>(at);
    let ended: Option<String> = row.get(7)?;
    let session = match (row.get(11)?, row.get(12)?) {
        (None, _) => FamilySession::None,
        (Some(id), false) => FamilySession::In(id),
        (Some(id), true) => FamilySession::Outlived(id),
    };
    Ok(Family {
        id: row.get(0)?,
        key: KeyNumber(row.get(1)?),
        generation: Generation(row.get(2)?),
        turned_at: moment(3)?,
        created_at: moment(4)?,
        idle_until: perhaps(5)?,
        ends_at: perhaps(6)?,
        ended: ended.map(|ended| end(&ended)).transpose()?,
        rotation: if row.get(8)? {
            Rotation::Rotating
        } else {
            Rotation::Fixed
        },
        client_id: text(9)?,
        user_id: text(10)?,
        session,
        grant: from_json(FAMILY, &text(13)?)?,
        metadata: from_json(FAMILY, &text(14)?)?,
        device: from_json(FAMILY, &text(15)?)?,
    })
}

fn name(end: FamilyEnd) -> &'static str {
    match end {
        FamilyEnd::CodeReused => "code_reused",
        FamilyEnd::PasswordChanged => "password_changed",
        FamilyEnd::Reused => "reused",
        FamilyEnd::Revoked => "revoked",
        FamilyEnd::SessionEnded => "session_ended",
        FamilyEnd::UserBlocked => "user_blocked",
        FamilyEnd::UserDeleted => "user_deleted",
    }
}

fn end(name: &str) -> Asked<FamilyEnd> {
    Ok(match name {
        "code_reused" => FamilyEnd::CodeReused,
        "password_changed" => FamilyEnd::PasswordChanged,
        "reused" => FamilyEnd::Reused,
        "revoked" => FamilyEnd::Revoked,
        "session_ended" => FamilyEnd::SessionEnded,
        "user_blocked" => FamilyEnd::UserBlocked,
        "user_deleted" => FamilyEnd::UserDeleted,
        _ => return Err(content(FAMILY, "its end is none that this version knows")),
    })
}

const FAMILY: &str = "a refresh family";
