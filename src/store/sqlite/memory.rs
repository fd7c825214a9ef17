//! Consents, used ids, failed attempts and the cache of Actions.

use super::columns::{Ms, from_json, json};
use super::{Asked, Sqlite};
use crate::command::{Cache, CacheRecord};
use crate::flow::Use;
use crate::store::error::Stored;
use crate::store::id::Hashed;
use crate::store::memory::{ConsentPlace, Failures, IdUse, Memory, UsedId};
use crate::time::{Moment, later};
use chrono::TimeDelta;
use indexmap::IndexMap;
use rusqlite::{Connection, OptionalExtension as _, params};

impl Memory for Sqlite {
    fn consented(&self, place: &ConsentPlace<'_>) -> Stored<Option<Vec<String>>> {
        self.read(|connection| consented(connection, place))
    }

    fn consent(&self, place: &ConsentPlace<'_>, scopes: &[String], now: Moment) -> Stored<()> {
        let [user_id, client_id, audience] =
            [place.user_id, place.client_id, place.audience].map(str::to_owned);
        let scopes = scopes.to_vec();
        self.write(move |connection| {
            let place = ConsentPlace {
                user_id: &user_id,
                client_id: &client_id,
                audience: &audience,
            };
            let mut all = consented(connection, &place)?.unwrap_or_default();
            for scope in scopes {
                if !all.contains(&scope) {
                    all.push(scope);
                }
            }
            connection
                .prepare_cached(
                    "INSERT INTO consents (user_id, client_id, audience, scopes, given_at) VALUES (?1, ?2, ?3, ?4, ?5) \
                     ON CONFLICT DO UPDATE SET scopes = excluded.scopes, given_at = excluded.given_at",
                )?
                .execute(params![user_id, client_id, audience, json(CONSENT, &all)?, Ms(now)])?;
            Ok(())
        })
    }

    fn use_id(&self, used_for: IdUse, issuer: &str, id: &str, until: Moment, now: Moment) -> Stored<Use> {
        let hash = hash_of(used_for, issuer, id);
        self.write(move |connection| use_hash(connection, &hash, until, now))
    }

    fn id_use(&self, used_for: IdUse, issuer: &str, id: &str, now: Moment) -> Stored<Use> {
        let hash = hash_of(used_for, issuer, id);
        self.read(|connection| {
            let known = connection
                .prepare_cached("SELECT 1 FROM used_ids WHERE hash = ?1 AND remember_until > ?2")?
                .query_row(params![hash, Ms(now)], |_| Ok(()))
                .optional()?;
            Ok(known.map_or(Use::First, |()| Use::Again))
        })
    }

    fn count_failure(&self, of: &Hashed, window: TimeDelta, now: Moment) -> Stored<u32> {
        let of = *of;
        self.write(move |connection| {
            let count = connection
                .prepare_cached(
                    "INSERT INTO failures (of_whom, failed, remember_until) VALUES (?1, 1, ?2) \
                     ON CONFLICT DO UPDATE SET remember_until = excluded.remember_until, \
                     failed = CASE WHEN remember_until > ?3 THEN failed + 1 ELSE 1 END RETURNING failed",
                )?
                .query_row(params![of, Ms(later(now, window)), Ms(now)], |row| row.get(0))?;
            Ok(count)
        })
    }

    fn owe(&self, of: &Hashed, debt: TimeDelta, now: Moment) -> Stored<Moment> {
        let of = *of;
        self.write(move |connection| {
            let Ms(until) = connection
                .prepare_cached(
                    "INSERT INTO failures (of_whom, failed, remember_until) VALUES (?1, 1, ?2 + ?3) \
                     ON CONFLICT DO UPDATE SET remember_until = max(remember_until, ?2) + ?3, \
                     failed = CASE WHEN remember_until > ?2 THEN failed + 1 ELSE 1 END RETURNING remember_until",
                )?
                .query_row(params![of, Ms(now), debt.num_milliseconds()], |row| row.get(0))?;
            Ok(until)
        })
    }

    fn failures(&self, of: &Hashed, now: Moment) -> Stored<Option<Failures>> {
        self.read(|connection| {
            let failures = connection
                .prepare_cached(
                    "SELECT failed, remember_until FROM failures WHERE of_whom = ?1 AND remember_until > ?2",
                )?
                .query_row(params![of, Ms(now)], |row| {
                    let Ms(until) = row.get(1)?;
                    Ok(Failures {
                        count: row.get(0)?,
                        until,
                    })
                })
                .optional()?;
            Ok(failures)
        })
    }

    fn forget_failures(&self, of: &Hashed) -> Stored<()> {
        let of = *of;
        self.write(move |connection| {
            connection
                .prepare_cached("DELETE FROM failures WHERE of_whom = ?1")?
                .execute([of])?;
            Ok(())
        })
    }

    fn action_cache(&self, now: Moment) -> Stored<Cache> {
        self.read(|connection| {
            let mut statement = connection.prepare_cached(
                "SELECT name, value, expires_at FROM action_cache WHERE expires_at > ?1 ORDER BY place",
            )?;
            let records = statement.query_map([Ms(now)], |row| {
                let record = CacheRecord {
                    value: row.get(1)?,
                    expires_at: row.get(2)?,
                };
                Ok((row.get(0)?, record))
            })?;
            Ok(records.collect::<rusqlite::Result<Cache>>()?)
        })
    }
}

/// Sets and deletes records of the cache; a record that is set anew keeps its place.
pub(super) fn change_cache(
    connection: &Connection,
    changes: &IndexMap<String, Option<CacheRecord>>,
) -> Asked<()> {
    for (name, record) in changes {
        match record {
            None => {
                connection
                    .prepare_cached("DELETE FROM action_cache WHERE name = ?1")?
                    .execute([name])?;
            }
            Some(record) => {
                connection
                    .prepare_cached(
                        "INSERT INTO action_cache (name, place, value, expires_at) \
                         VALUES (?1, (SELECT coalesce(max(place), 0) + 1 FROM action_cache), ?2, ?3) \
                         ON CONFLICT DO UPDATE SET value = excluded.value, expires_at = excluded.expires_at",
                    )?
                    .execute(params![name, record.value, record.expires_at])?;
            }
        }
    }
    Ok(())
}

fn hash_of(used_for: IdUse, issuer: &str, id: &str) -> Hashed {
    let kind = match used_for {
        IdUse::ClientAssertion => "client_assertion",
        IdUse::SamlAnswer => "saml_answer",
        IdUse::SamlRequest => "saml_request",
    };
    Hashed::of_parts(&[kind, issuer, id])
}

/// Notes that an id was used.
pub(super) fn use_id(connection: &Connection, used: &UsedId, now: Moment) -> Asked<Use> {
    let hash = hash_of(used.used_for, &used.issuer, &used.id);
    use_hash(connection, &hash, used.until, now)
}

fn use_hash(connection: &Connection, hash: &Hashed, until: Moment, now: Moment) -> Asked<Use> {
    // One that has to be remembered no longer is as good as none.
    let rows = connection
        .prepare_cached(
            "INSERT INTO used_ids (hash, remember_until) VALUES (?1, ?2) \
             ON CONFLICT DO UPDATE SET remember_until = excluded.remember_until WHERE remember_until <= ?3",
        )?
        .execute(params![hash, Ms(until), Ms(now)])?;
    Ok(if rows == 0 { Use::Again } else { Use::First })
}

fn consented(connection: &Connection, place: &ConsentPlace<'_>) -> Asked<Option<Vec<String>>> {
    let scopes: Option<String> = connection
        .prepare_cached(
            "SELECT scopes FROM consents WHERE user_id = ?1 AND client_id = ?2 AND audience = ?3",
        )?
        .query_row(params![place.user_id, place.client_id, place.audience], |row| {
            row.get(0)
        })
        .optional()?;
    scopes.map(|scopes| from_json(CONSENT, &scopes)).transpose()
}

const CONSENT: &str = "a consent";
