//! Logins in progress.

use super::columns::{Ms, content};
use super::users::change_user;
use super::{Asked, Sqlite};
use crate::store::error::Stored;
use crate::store::id::Hashed;
use crate::store::in_progress::{Bound, LoginInProgress, Logins, NewLogin, Taken};
use crate::store::server_key::Hidden;
use crate::store::user::UserChange;
use crate::time::Moment;
use rusqlite::{Connection, OptionalExtension as _, params};

impl Logins for Sqlite {
    fn add_login(&self, login: NewLogin) -> Stored<()> {
        self.write(move |connection| add_login(connection, &login))
    }

    fn suspend_login(&self, login: NewLogin, user: (String, UserChange), now: Moment) -> Stored<()> {
        self.write(move |connection| {
            let (user_id, change) = user;
            change_user(connection, &user_id, &change, now)?;
            add_login(connection, &login)
        })
    }

    fn login(&self, id: &Hashed, now: Moment) -> Stored<Option<LoginInProgress>> {
        let found = self.read(|connection| {
            let row = connection
                .prepare_cached(
                    "SELECT browser, machine, content, version, expires_at FROM logins WHERE id = ?1",
                )?
                .query_row([id], |row| {
                    let held = (row.get(0)?, row.get(1)?);
                    let Ms(expires_at) = row.get(4)?;
                    Ok((held, row.get(2)?, row.get(3)?, expires_at))
                })
                .optional()?;
            let Some((held, hidden, version, expires_at)) = row else {
                return Ok(None);
            };
            Ok(Some(LoginInProgress {
                bound_to: bound(held)?,
                content: Hidden::from_bytes(hidden),
                version,
                expires_at,
            }))
        })?;
        if found.as_ref().is_some_and(|login| login.expires_at <= now) {
            let id = *id;
            return self.write(move |connection| {
                connection
                    .prepare_cached("DELETE FROM logins WHERE id = ?1")?
                    .execute([id])?;
                Ok(None)
            });
        }
        Ok(found)
    }

    fn change_login(&self, id: &Hashed, version: u32, content: Hidden) -> Stored<Taken> {
        let id = *id;
        self.write(move |connection| {
            let rows = connection
                .prepare_cached(
                    "UPDATE logins SET content = ?3, version = version + 1 WHERE id = ?1 AND version = ?2",
                )?
                .execute(params![id, version, content.as_bytes()])?;
            Ok(taken(rows))
        })
    }

    fn take_login(&self, id: &Hashed, now: Moment) -> Stored<Taken> {
        let id = *id;
        self.write(move |connection| {
            let rows = connection
                .prepare_cached("DELETE FROM logins WHERE id = ?1 AND expires_at > ?2")?
                .execute(params![id, Ms(now)])?;
            Ok(taken(rows))
        })
    }
}

fn add_login(connection: &Connection, login: &NewLogin) -> Asked<()> {
    let (browser, machine) = match &login.bound_to {
        Bound::Browser(cookie) => (Some(cookie), None),
        Bound::Machine(client) => (None, Some(client)),
    };
    connection
        .prepare_cached(
            "INSERT INTO logins (id, browser, machine, content, version, expires_at) \
             VALUES (?1, ?2, ?3, ?4, 0, ?5)",
        )?
        .execute(params![
            login.id,
            browser,
            machine,
            login.content.as_bytes(),
            Ms(login.expires_at)
        ])?;
    Ok(())
}

fn bound(held: (Option<Hashed>, Option<String>)) -> Asked<Bound> {
    match held {
        (Some(cookie), None) => Ok(Bound::Browser(cookie)),
        (None, Some(client)) => Ok(Bound::Machine(client)),
        _ => Err(content("a login in progress", "it is bound to nobody, or to two")),
    }
}

fn taken(rows: usize) -> Taken {
    if rows == 0 { Taken::Before } else { Taken::Now }
}
