//! Sessions and who takes part in them.

use super::codes::end_codes;
use super::columns::{Ms, from_json, json};
use super::endings::remember_end;
use super::refresh_families::end_families;
use super::{Asked, Sqlite};
use crate::command::CookieMode;
use crate::saml::logout::Participant;
use crate::store::endings::REMEMBERED;
use crate::store::error::Stored;
use crate::store::id::SessionId;
use crate::store::refresh::{Change, FamilyEnd};
use crate::store::session::{
    EndedSession, Families, Holder, NewHolder, NewSession, PresentedCookie, Session, SessionChange,
    SessionParticipant, SessionUser, Sessions, seen_at_least_every,
};
use crate::store::user::patch;
use crate::time::{Moment, later};
use chrono::TimeDelta;
use rusqlite::{Connection, OptionalExtension as _, Row, ToSql, params};
use serde_json::Value;

impl Sessions for Sqlite {
    fn session_of(&self, cookie: &PresentedCookie, now: Moment) -> Stored<Option<Session>> {
        let found = self.read(|connection| {
            one_or_over(connection, "cookie = ?1 AND machine IS NULL", &cookie.hash, now)
        })?;
        // A cookie names the week of its session, which another implementation finds it by.
        Ok(self
            .unless_over(found)?
            .filter(|session| session.id.bucket() == cookie.bucket))
    }

    fn session(&self, id: &SessionId, now: Moment) -> Stored<Option<Session>> {
        let found = self.read(|connection| one_or_over(connection, "id = ?1", id, now))?;
        self.unless_over(found)
    }

    fn sessions_of_user(&self, user_id: &str, now: Moment) -> Stored<Vec<Session>> {
        self.read(|connection| of_user(connection, user_id, now))
    }

    fn participants(&self, id: &SessionId) -> Stored<Vec<SessionParticipant>> {
        self.read(|connection| participants(connection, id))
    }

    fn begin_session(
        &self,
        session: NewSession,
        after: Option<&SessionId>,
        now: Moment,
    ) -> Stored<Option<EndedSession>> {
        let after = after.copied();
        self.write(move |connection| {
            let ended = match after {
                None => None,
                Some(after) => end_session(connection, &after, Families::End, now)?,
            };
            begin(connection, &session, now)?;
            Ok(ended)
        })
    }

    fn change_session(&self, id: &SessionId, change: SessionChange, now: Moment) -> Stored<Change> {
        let id = *id;
        self.write(move |connection| match session_row(connection, &id, now)? {
            None => Ok(Change::Kept),
            Some(before) => change_from(connection, before, &change, now),
        })
    }

    fn end_session(&self, id: &SessionId, families: Families, now: Moment) -> Stored<Option<EndedSession>> {
        let id = *id;
        self.write(move |connection| end_session(connection, &id, families, now))
    }

    fn end_sessions_of_user(
        &self,
        user_id: &str,
        families: Families,
        now: Moment,
    ) -> Stored<Vec<EndedSession>> {
        let user_id = user_id.to_owned();
        self.write(move |connection| {
            let live = of_user(connection, &user_id, now)?;
            let ended = live
                .iter()
                .map(|live| end_session(connection, &live.id, families, now));
            ended.filter_map(Result::transpose).collect()
        })
    }
}

impl Sqlite {
    /// A session that was found, where its time is not over. One that is over is thrown away.
    fn unless_over(&self, found: (Option<Session>, Option<SessionId>)) -> Stored<Option<Session>> {
        if let (None, Some(over)) = found {
            self.write(move |connection| Ok(throw_away(connection, &over)?))?;
        }
        Ok(found.0)
    }
}

pub(super) fn begin(connection: &Connection, session: &NewSession, now: Moment) -> Asked<()> {
    let (cookie, machine) = match &session.held_by {
        NewHolder::Browser(cookie) => (Some(cookie), None),
        NewHolder::Machine(client) => (None, Some(client)),
    };
    connection
        .prepare_cached(
            "INSERT INTO sessions (id, cookie, machine, user_id, created_at, authenticated_at, last_seen, idle_until, \
             ends_at, cookie_mode, methods, metadata, device, connection) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?5, ?5, ?6, ?7, ?8, ?9, '{}', ?10, ?11)",
        )?
        .execute(params![
            session.id,
            cookie,
            machine,
            session.user_id,
            Ms(now),
            Ms(session.idle_until),
            Ms(session.ends_at),
            json(SESSION, &session.cookie_mode)?,
            json(SESSION, &session.methods)?,
            json(SESSION, &session.device)?,
            session.connection,
        ])?;
    Ok(())
}

/// The session, if it has not ended.
pub(super) fn session_row(connection: &Connection, id: &SessionId, now: Moment) -> Asked<Option<Session>> {
    one(connection, "id = ?1", id, now)
}

/// Changes a session onto `before`, its row of this moment. A use alone is written only where the last one is old enough.
pub(super) fn change_from(
    connection: &Connection,
    before: Session,
    change: &SessionChange,
    now: Moment,
) -> Asked<Change> {
    let ends_at = change
        .ends_at
        .map_or(before.ends_at, |wished| wished.min(before.ends_at));
    let idle_until = change.idle_until.unwrap_or(before.idle_until).min(ends_at);
    let last_device = &change.device;
    let owner = change.user.as_ref().map(SessionUser::owner);
    let new_owner = owner.filter(|owner| *owner != before.user_id);
    let is_use_alone = new_owner.is_none()
        && *change
            == SessionChange {
                user: change.user.clone(),
                idle_until: change.idle_until,
                device: last_device.clone(),
                ..SessionChange::default()
            };
    let late = seen_at_least_every(idle_until - now);
    // A short end that an Action asked for is for the use before (semantics 2.10).
    let moves_little = (TimeDelta::zero()..late).contains(&(idle_until - before.idle_until));
    let is_fresh = now - before.last_seen < late && moves_little;
    if is_use_alone && is_fresh {
        return Ok(Change::Kept);
    }
    let mut metadata = before.metadata;
    patch(&mut metadata, change.metadata.clone());
    let mut methods = before.methods;
    for method in &change.methods {
        add_method(&mut methods, method);
    }
    let mut device = before.device;
    for (kept, last) in [
        (&mut device.last_ip, &last_device.last_ip),
        (&mut device.last_asn, &last_device.last_asn),
        (&mut device.last_user_agent, &last_device.last_user_agent),
    ] {
        if last.is_some() {
            kept.clone_from(last);
        }
    }
    let rows = connection
        .prepare_cached(
            "UPDATE sessions SET cookie = coalesce(?2, cookie), authenticated_at = ?3, last_seen = ?4, idle_until = ?5, \
             ends_at = ?6, cookie_mode = ?7, methods = ?8, metadata = ?9, device = ?10 WHERE id = ?1",
        )?
        .execute(params![
            before.id,
            change.cookie,
            Ms(change.authenticated_at.unwrap_or(before.authenticated_at)),
            Ms(now),
            Ms(idle_until),
            Ms(ends_at),
            json(SESSION, &change.cookie_mode.unwrap_or(before.cookie_mode))?,
            json(SESSION, &methods)?,
            json(SESSION, &metadata)?,
            json(SESSION, &device)?,
        ])?;
    if let Some(owner) = new_owner {
        // Apart, because the index of users is written only then.
        connection
            .prepare_cached("UPDATE sessions SET user_id = ?2 WHERE id = ?1")?
            .execute(params![before.id, owner])?;
    }
    Ok(Change::of_rows(rows))
}

fn add_method(methods: &mut Vec<Value>, method: &Value) {
    methods
        .retain(|other| other.get("name") != method.get("name") || other.get("type") != method.get("type"));
    methods.push(method.clone());
}

/// Notes that an application takes part. One that logs in again keeps its place; a service provider keeps each of its
/// logins, because each has a NameID and an index of its own.
pub(super) fn add_participant(
    connection: &Connection,
    session: &SessionId,
    participant: &SessionParticipant,
) -> Asked<()> {
    let saml = match participant {
        SessionParticipant::Client(_) => None,
        SessionParticipant::ServiceProvider(participant) => Some(json(PARTICIPANT, participant)?),
    };
    let is_known = connection
        .prepare_cached("SELECT 1 FROM participants WHERE session = ?1 AND client_id = ?2 AND saml IS ?3")?
        .exists(params![session, participant.client_id(), saml])?;
    if !is_known {
        connection
            .prepare_cached(
                "INSERT INTO participants (session, place, client_id, saml) \
                 SELECT ?1, coalesce(max(place), 0) + 1, ?2, ?3 FROM participants WHERE session = ?1",
            )?
            .execute(params![session, participant.client_id(), saml])?;
    }
    Ok(())
}

/// Ends a session with its access tokens, whether its time is over or not.
pub(super) fn end_session(
    connection: &Connection,
    id: &SessionId,
    families: Families,
    now: Moment,
) -> Asked<Option<EndedSession>> {
    let user_id: Option<String> = connection
        .prepare_cached("SELECT user_id FROM sessions WHERE id = ?1")?
        .query_row([id], |row| row.get(0))
        .optional()?;
    let Some(user_id) = user_id else {
        return Ok(None);
    };
    let participants = participants(connection, id)?;
    match families {
        Families::End => {
            end_families(connection, "session", id, FamilyEnd::SessionEnded, now)?;
            // A code is a family that is not born yet.
            end_codes(connection, id)?;
            remove(connection, id)?;
        }
        Families::Stay => throw_away(connection, id)?,
    }
    remember_end(connection, id, later(now, REMEMBERED))?;
    Ok(Some(EndedSession {
        id: *id,
        user_id,
        participants,
    }))
}

/// Takes a session out. Its families outlive it.
pub(super) fn throw_away(connection: &Connection, id: &SessionId) -> rusqlite::Result<()> {
    connection
        .prepare_cached("UPDATE families SET outlived = 1 WHERE session = ?1")?
        .execute([id])?;
    remove(connection, id)
}

fn remove(connection: &Connection, id: &SessionId) -> rusqlite::Result<()> {
    connection
        .prepare_cached("DELETE FROM participants WHERE session = ?1")?
        .execute([id])?;
    connection
        .prepare_cached("DELETE FROM sessions WHERE id = ?1")?
        .execute([id])?;
    Ok(())
}

fn participants(connection: &Connection, id: &SessionId) -> Asked<Vec<SessionParticipant>> {
    let mut statement = connection
        .prepare_cached("SELECT client_id, saml FROM participants WHERE session = ?1 ORDER BY place")?;
    let mut rows = statement.query([id])?;
    let mut participants = Vec::new();
    while let Some(row) = rows.next()? {
        let saml: Option<String> = row.get(1)?;
        participants.push(match saml {
            None => SessionParticipant::Client(row.get(0)?),
            Some(saml) => {
                let participant: Participant = from_json(PARTICIPANT, &saml)?;
                SessionParticipant::ServiceProvider(Box::new(participant))
            }
        });
    }
    Ok(participants)
}

fn of_user(connection: &Connection, user_id: &str, now: Moment) -> Asked<Vec<Session>> {
    let mut statement = connection.prepare_cached(&select("user_id = ?1"))?;
    let mut rows = statement.query(params![user_id, Ms(now)])?;
    let mut sessions = Vec::new();
    while let Some(row) = rows.next()? {
        sessions.push(session(connection, row)?);
    }
    Ok(sessions)
}

fn one(connection: &Connection, which: &str, value: &dyn ToSql, now: Moment) -> Asked<Option<Session>> {
    let mut statement = connection.prepare_cached(&select(which))?;
    let mut rows = statement.query(params![value, Ms(now)])?;
    match rows.next()? {
        None => Ok(None),
        Some(row) => session(connection, row).map(Some),
    }
}

/// A session, or else the id of the one whose time is over.
fn one_or_over(
    connection: &Connection,
    which: &str,
    value: &dyn ToSql,
    now: Moment,
) -> Asked<(Option<Session>, Option<SessionId>)> {
    if let Some(session) = one(connection, which, value, now)? {
        return Ok((Some(session), None));
    }
    let mut statement = connection.prepare_cached(&format!("SELECT id FROM sessions WHERE {which}"))?;
    Ok((None, statement.query_row([value], |row| row.get(0)).optional()?))
}

/// Sessions that have not ended at `?2`, oldest first.
fn select(which: &str) -> String {
    format!(
        "SELECT id, machine, user_id, created_at, authenticated_at, last_seen, idle_until, ends_at, cookie_mode, \
         methods, metadata, device, connection FROM sessions WHERE {which} AND idle_until > ?2 AND ends_at > ?2 \
         ORDER BY created_at, id"
    )
}

fn session(connection: &Connection, row: &Row<'_>) -> Asked<Session> {
    let moment = |at| row.get(at).map(|Ms(moment)| moment);
    let text = |at| row.get::<_, String>(at);
    let id = row.get(0)?;
    let machine: Option<String> = row.get(1)?;
    let mode: CookieMode = from_json(SESSION, &text(8)?)?;
    Ok(Session {
        id,
        holder: machine.map_or(Holder::Browser, Holder::Machine),
        user_id: text(2)?,
        created_at: moment(3)?,
        authenticated_at: moment(4)?,
        last_seen: moment(5)?,
        idle_until: moment(6)?,
        ends_at: moment(7)?,
        cookie_mode: mode,
        methods: from_json(SESSION, &text(9)?)?,
        metadata: from_json(SESSION, &text(10)?)?,
        device: from_json(SESSION, &text(11)?)?,
        connection: row.get(12)?,
        clients: clients(connection, &id)?,
    })
}

fn clients(connection: &Connection, id: &SessionId) -> Asked<Vec<String>> {
    let mut statement = connection.prepare_cached(
        "SELECT client_id FROM participants WHERE session = ?1 GROUP BY client_id ORDER BY min(place)",
    )?;
    let clients = statement.query_map([id], |row| row.get(0))?;
    Ok(clients.collect::<rusqlite::Result<_>>()?)
}

/// The sessions of a user, ended or not.
pub(super) fn ids_of_user(connection: &Connection, user_id: &str) -> Asked<Vec<SessionId>> {
    let mut statement =
        connection.prepare_cached("SELECT id FROM sessions WHERE user_id = ?1 ORDER BY id")?;
    let ids = statement.query_map([user_id], |row| row.get(0))?;
    Ok(ids.collect::<rusqlite::Result<_>>()?)
}

const SESSION: &str = "a session";
const PARTICIPANT: &str = "a participant of a session";
