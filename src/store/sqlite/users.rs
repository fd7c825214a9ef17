//! Users and the names by which they log in.

use super::columns::{Ms, from_json, json};
use super::refresh_families::end_families;
use super::sessions::{end_session, ids_of_user};
use super::{Asked, Sqlite};
use crate::store::error::Stored;
use crate::store::refresh::{Change, FamilyEnd};
use crate::store::session::Families;
use crate::store::user::{
    Brought, BroughtUser, Load, Loaded, NewUser, StoredUser, UserChange, UserEnded, Users, changed,
    identifiers,
};
use crate::tenant::{Credentials, Profile};
use crate::time::{Moment, iso};
use rusqlite::{Connection, OptionalExtension as _, Row, params};

impl Users for Sqlite {
    fn stored_user(&self, user_id: &str) -> Stored<Option<StoredUser>> {
        self.read(|connection| find(connection, user_id))
    }

    fn was_deleted(&self, user_id: &str) -> Stored<bool> {
        self.read(|connection| {
            let deleted = connection
                .prepare_cached("SELECT 1 FROM users WHERE user_id = ?1 AND profile IS NULL")?
                .query_row([user_id], |_| Ok(()))
                .optional()?;
            Ok(deleted.is_some())
        })
    }

    fn users_named(&self, identifier: &str, connection_name: Option<&str>) -> Stored<Vec<StoredUser>> {
        self.read(|connection| {
            let mut statement = connection.prepare_cached(
                "SELECT DISTINCT user_id FROM identifiers WHERE name = ?1 AND (?2 IS NULL OR connection = ?2) \
                 ORDER BY user_id",
            )?;
            let ids = statement.query_map(params![identifier.to_lowercase(), connection_name], |row| row.get(0))?;
            let mut users = Vec::new();
            for id in ids.collect::<rusqlite::Result<Vec<String>>>()? {
                users.extend(find(connection, &id)?);
            }
            Ok(users)
        })
    }

    fn users_after(&self, after: Option<&str>, limit: usize) -> Stored<Vec<StoredUser>> {
        self.read(|connection| {
            let mut statement = connection.prepare_cached(&select(
                "profile IS NOT NULL AND (?1 IS NULL OR user_id > ?1) ORDER BY user_id LIMIT ?2",
            ))?;
            let mut rows = statement.query(params![after, i64::try_from(limit).unwrap_or(i64::MAX)])?;
            let mut users = Vec::new();
            while let Some(row) = rows.next()? {
                users.push(user(row)?);
            }
            Ok(users)
        })
    }

    fn load_users(&self, users: Vec<NewUser>, load: Load, now: Moment) -> Stored<Loaded> {
        self.write(move |connection| {
            let mut loaded = Loaded::default();
            for user in &users {
                load_one(connection, user, load, now, &mut loaded)?;
            }
            Ok(loaded)
        })
    }

    fn change_credentials(&self, user_id: &str, before: &Credentials, after: Credentials) -> Stored<Change> {
        let user_id = user_id.to_owned();
        let before = before.clone();
        self.write(move |connection| {
            let is_as_before = find(connection, &user_id)?.is_some_and(|user| user.credentials == before);
            if !is_as_before {
                return Ok(Change::Kept);
            }
            let rows = connection
                .prepare_cached("UPDATE users SET credentials = ?2 WHERE user_id = ?1")?
                .execute(params![user_id, json(USER, &after.0)?])?;
            Ok(Change::of_rows(rows))
        })
    }

    fn bring_user(&self, user: BroughtUser, now: Moment) -> Stored<Brought> {
        self.write(move |connection| bring(connection, &user, now))
    }

    fn change_user(&self, user_id: &str, change: UserChange, now: Moment) -> Stored<Change> {
        let user_id = user_id.to_owned();
        self.write(move |connection| change_user(connection, &user_id, &change, now))
    }

    fn block_user(&self, user_id: &str, now: Moment) -> Stored<UserEnded> {
        let user_id = user_id.to_owned();
        self.write(move |connection| {
            let rows = connection
                .prepare_cached(
                    "UPDATE users SET blocked = 1, changed_at = ?2 \
                     WHERE user_id = ?1 AND profile IS NOT NULL AND blocked = 0",
                )?
                .execute(params![user_id, Ms(now)])?;
            end_all(
                connection,
                &user_id,
                FamilyEnd::UserBlocked,
                Change::of_rows(rows),
                now,
            )
        })
    }

    fn unblock_user(&self, user_id: &str, now: Moment) -> Stored<Change> {
        let user_id = user_id.to_owned();
        self.write(move |connection| {
            let rows = connection
                .prepare_cached(
                    "UPDATE users SET blocked = 0, changed_at = ?2 \
                     WHERE user_id = ?1 AND profile IS NOT NULL AND blocked = 1",
                )?
                .execute(params![user_id, Ms(now)])?;
            Ok(Change::of_rows(rows))
        })
    }

    fn delete_user(&self, user_id: &str, now: Moment) -> Stored<UserEnded> {
        let user_id = user_id.to_owned();
        self.write(move |connection| {
            let rows = connection
                .prepare_cached(
                    "UPDATE users SET profile = NULL, credentials = '{}', last_ip = NULL, changed_at = ?2 \
                     WHERE user_id = ?1 AND profile IS NOT NULL",
                )?
                .execute(params![user_id, Ms(now)])?;
            for sql in [
                "DELETE FROM identifiers WHERE user_id = ?1",
                "DELETE FROM consents WHERE user_id = ?1",
            ] {
                connection.prepare_cached(sql)?.execute([&user_id])?;
            }
            end_all(
                connection,
                &user_id,
                FamilyEnd::UserDeleted,
                Change::of_rows(rows),
                now,
            )
        })
    }
}

fn load_one(
    connection: &Connection,
    user: &NewUser,
    load: Load,
    now: Moment,
    loaded: &mut Loaded,
) -> Asked<()> {
    let user_id = user.profile.user_id();
    let origin = user.origin();
    let known: Option<(bool, bool, String)> = connection
        .prepare_cached("SELECT profile IS NULL, origin = ?2, credentials FROM users WHERE user_id = ?1")?
        .query_row(params![user_id, origin], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?))
        })
        .optional()?;
    let mut has_other_password = false;
    match (known, load) {
        (None, _) => loaded.added += 1,
        (Some((_, is_the_same, credentials)), Load::Replace) => {
            loaded.replaced += 1;
            // Of one who stands in the file as before nothing was changed but by the hash that a login writes anew.
            has_other_password = !is_the_same && credentials != json(USER, &user.credentials.0)?;
        }
        (Some((true, ..)), Load::New) => {
            loaded.deleted += 1;
            return Ok(());
        }
        (Some((false, is_the_same, _)), Load::New) => {
            loaded.differ += usize::from(!is_the_same);
            return Ok(());
        }
    }
    let Profile(mut members) = user.profile.clone();
    let is_blocked = user.profile.is_blocked();
    let logins = members.get("logins_count").and_then(serde_json::Value::as_u64);
    // They have columns of their own.
    for property in ["blocked", "logins_count", "last_login", "last_ip"] {
        members.shift_remove(property);
    }
    connection
        .prepare_cached(
            "INSERT INTO users (user_id, profile, credentials, origin, blocked, logins_count, changed_at) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) \
             ON CONFLICT DO UPDATE SET profile = excluded.profile, credentials = excluded.credentials, \
             origin = excluded.origin, blocked = excluded.blocked, changed_at = excluded.changed_at",
        )?
        .execute(params![
            user_id,
            json(USER, &members)?,
            json(USER, &user.credentials.0)?,
            origin,
            is_blocked,
            logins.and_then(|logins| i64::try_from(logins).ok()).unwrap_or(0),
            Ms(now),
        ])?;
    if is_blocked {
        end_all(connection, user_id, FamilyEnd::UserBlocked, Change::Made, now)?;
    } else if has_other_password {
        end_all(connection, user_id, FamilyEnd::PasswordChanged, Change::Made, now)?;
    }
    name_anew(connection, &user.profile)
}

/// Adds a user whom a machine client brings along, or lays the members over the profile of this moment.
pub(super) fn bring(connection: &Connection, user: &BroughtUser, now: Moment) -> Asked<Brought> {
    let known: Option<(Option<String>, bool)> = connection
        .prepare_cached("SELECT profile, blocked FROM users WHERE user_id = ?1")?
        .query_row([&user.user_id], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    let (text, is_blocked) = match known {
        None => {
            let new = NewUser {
                profile: user.new_profile(now),
                credentials: Credentials::default(),
            };
            load_one(connection, &new, Load::New, now, &mut Loaded::default())?;
            return Ok(Brought::There);
        }
        Some((None, _)) => return Ok(Brought::Deleted),
        Some((Some(text), is_blocked)) => (text, is_blocked),
    };
    let mut profile: Profile = from_json(USER, &text)?;
    if profile.connection() != Some(&*user.connection) {
        return Ok(Brought::OfOtherConnection);
    }
    if is_blocked {
        return Ok(Brought::Blocked);
    }
    if user.lay_over(&mut profile) == Change::Made {
        profile.0.insert("updated_at".to_owned(), iso(now).into());
        connection
            .prepare_cached("UPDATE users SET profile = ?2, changed_at = ?3 WHERE user_id = ?1")?
            .execute(params![user.user_id, json(USER, &profile)?, Ms(now)])?;
        name_anew(connection, &profile)?;
    }
    Ok(Brought::There)
}

/// Writes the names by which this user logs in.
fn name_anew(connection: &Connection, profile: &Profile) -> Asked<()> {
    connection
        .prepare_cached("DELETE FROM identifiers WHERE user_id = ?1")?
        .execute([profile.user_id()])?;
    let mut insert = connection
        .prepare_cached("INSERT INTO identifiers (name, connection, user_id) VALUES (?1, ?2, ?3)")?;
    for identifier in identifiers(profile) {
        insert.execute(params![identifier.name, identifier.connection, profile.user_id()])?;
    }
    Ok(())
}

/// Changes a user onto the row of this moment; nothing that was read earlier is written.
pub(super) fn change_user(
    connection: &Connection,
    user_id: &str,
    change: &UserChange,
    now: Moment,
) -> Asked<Change> {
    let text: Option<Option<String>> = connection
        .prepare_cached("SELECT profile FROM users WHERE user_id = ?1")?
        .query_row([user_id], |row| row.get(0))
        .optional()?;
    let Some(text) = text.flatten() else {
        return Ok(Change::Kept);
    };
    if !(change.user_metadata.is_empty() && change.app_metadata.is_empty()) {
        let mut profile: Profile = from_json(USER, &text)?;
        changed(&mut profile, change);
        profile.0.insert("updated_at".to_owned(), iso(now).into());
        connection
            .prepare_cached("UPDATE users SET profile = ?2, changed_at = ?3 WHERE user_id = ?1")?
            .execute(params![user_id, json(USER, &profile)?, Ms(now)])?;
    }
    if let Some(login) = &change.login {
        connection
            .prepare_cached(
                "UPDATE users SET logins_count = logins_count + 1, last_login = ?2, last_ip = ?3 WHERE user_id = ?1",
            )?
            .execute(params![user_id, Ms(now), login.ip])?;
    }
    Ok(Change::Made)
}

/// Whether a user may get something at this moment: nothing where the user is not there.
pub(super) fn is_blocked(connection: &Connection, user_id: &str) -> Asked<Option<bool>> {
    Ok(connection
        .prepare_cached("SELECT blocked FROM users WHERE user_id = ?1 AND profile IS NOT NULL")?
        .query_row([user_id], |row| row.get(0))
        .optional()?)
}

pub(super) fn profile_of(connection: &Connection, user_id: &str) -> Asked<Option<Profile>> {
    Ok(find(connection, user_id)?.map(|user| user.profile))
}

/// Ends what a user has: sessions, refresh families, and codes that nobody has used yet.
fn end_all(
    connection: &Connection,
    user_id: &str,
    why: FamilyEnd,
    change: Change,
    now: Moment,
) -> Asked<UserEnded> {
    // Those of the last minute, by the index of their ends.
    connection
        .prepare_cached("DELETE FROM codes WHERE expires_at > ?2 AND user_id = ?1 AND used_at IS NULL")?
        .execute(params![user_id, Ms(now)])?;
    let families = end_families(connection, "user_id", &user_id, why, now)?;
    let mut sessions = Vec::new();
    for id in ids_of_user(connection, user_id)? {
        sessions.extend(end_session(connection, &id, Families::End, now)?);
    }
    Ok(UserEnded {
        change,
        sessions,
        families,
    })
}

fn find(connection: &Connection, user_id: &str) -> Asked<Option<StoredUser>> {
    let mut statement = connection.prepare_cached(&select("user_id = ?1 AND profile IS NOT NULL"))?;
    let mut rows = statement.query([user_id])?;
    rows.next()?.map(user).transpose()
}

fn select(which: &str) -> String {
    format!(
        "SELECT profile, credentials, blocked, logins_count, last_login, last_ip FROM users WHERE {which}"
    )
}

fn user(row: &Row<'_>) -> Asked<StoredUser> {
    let mut profile: Profile = from_json(USER, &row.get::<_, String>(0)?)?;
    let credentials = from_json(USER, &row.get::<_, String>(1)?)?;
    let is_blocked: bool = row.get(2)?;
    let logins: i64 = row.get(3)?;
    if is_blocked {
        profile.0.insert("blocked".to_owned(), true.into());
    }
    profile.0.insert("logins_count".to_owned(), logins.into());
    if let Some(Ms(last)) = row.get(4)? {
        profile.0.insert("last_login".to_owned(), iso(last).into());
    }
    if let Some(ip) = row.get::<_, Option<String>>(5)? {
        profile.0.insert("last_ip".to_owned(), ip.into());
    }
    Ok(StoredUser {
        profile,
        credentials: Credentials(credentials),
    })
}

const USER: &str = "a user";
