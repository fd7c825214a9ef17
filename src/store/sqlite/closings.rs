//! The one transaction that ends a login or an exchange.

use super::codes::add_code;
use super::memory::{change_cache, use_id};
use super::refresh_families::{add_family, end_family, turn};
use super::sessions::{add_participant, begin, change_from, end_session, session_row};
use super::users::{bring, change_user, is_blocked};
use super::{Asked, Sqlite};
use crate::flow::Use;
use crate::store::closing::{Closed, Closing, Closings, Overtaken, SessionClosing};
use crate::store::error::Stored;
use crate::store::refresh::Turned;
use crate::store::user::Brought;
use rusqlite::Connection;

impl Closings for Sqlite {
    fn close(&self, closing: Closing) -> Stored<Closed> {
        self.write(move |connection| {
            connection.prepare_cached("SAVEPOINT closing")?.execute([])?;
            let closed = close(connection, &closing)?;
            if matches!(closed, Closed::Answered | Closed::Overtaken(_)) {
                connection.prepare_cached("ROLLBACK TO closing")?.execute([])?;
            }
            connection.prepare_cached("RELEASE closing")?.execute([])?;
            Ok(closed)
        })
    }
}

fn close(connection: &Connection, closing: &Closing) -> Asked<Closed> {
    let now = closing.now;
    let turned = match &closing.turn {
        None => None,
        Some(exchange) => match turn(connection, exchange, now)? {
            turned @ Turned::Now(_) => Some(turned),
            // A family that was reused has ended: that stays.
            lost => return Ok(Closed::Lost(lost)),
        },
    };
    if let Some((family, why)) = &closing.end_family {
        end_family(connection, family, *why, now)?;
    }
    if let Some(request) = &closing.answers
        && use_id(connection, request, now)? == Use::Again
    {
        return Ok(Closed::Answered);
    }
    if let Some(user) = &closing.brought {
        match bring(connection, user, now)? {
            Brought::There => {}
            Brought::Blocked => return Ok(Closed::Overtaken(Overtaken::UserBlocked)),
            // An id that is another user's by now leads to nobody, either.
            Brought::Deleted | Brought::OfOtherConnection => {
                return Ok(Closed::Overtaken(Overtaken::UserGone));
            }
        }
    }
    if let Some((session, began)) = &closing.begun {
        if let Some(overtaken) = overtaken(connection, &session.user_id)? {
            return Ok(Closed::Overtaken(overtaken));
        }
        begin(connection, session, *began)?;
    }
    let mut ended = None;
    match &closing.session {
        None => {}
        Some((id, SessionClosing::End(families))) => ended = end_session(connection, id, *families, now)?,
        Some((id, SessionClosing::Change { change, participant })) => {
            let before = match &closing.begun {
                Some((new, began)) if new.id == *id => Some(new.begun(*began)),
                _ => session_row(connection, id, now)?,
            };
            let Some(before) = before else {
                return Ok(Closed::Overtaken(Overtaken::SessionEnded));
            };
            let user = change.user.as_ref();
            if user.is_some_and(|user| !user.may_end_in_session_of(&before.user_id)) {
                return Ok(Closed::Overtaken(Overtaken::SessionEnded));
            }
            change_from(connection, before, change, now)?;
            if let Some(participant) = participant {
                add_participant(connection, id, participant)?;
            }
        }
    }
    if let Some((user_id, change)) = &closing.user {
        if let Some(overtaken) = overtaken(connection, user_id)? {
            return Ok(Closed::Overtaken(overtaken));
        }
        change_user(connection, user_id, change, now)?;
    }
    change_cache(connection, &closing.cache)?;
    if let Some(code) = &closing.code {
        add_code(connection, code)?;
    }
    if let Some(family) = &closing.family {
        add_family(connection, family, now)?;
    }
    Ok(Closed::Kept { turned, ended })
}

/// Why nothing may be issued to a user at this moment.
fn overtaken(connection: &Connection, user_id: &str) -> Asked<Option<Overtaken>> {
    Ok(match is_blocked(connection, user_id)? {
        None => Some(Overtaken::UserGone),
        Some(true) => Some(Overtaken::UserBlocked),
        Some(false) => None,
    })
}
