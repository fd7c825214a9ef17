//! Authorization codes.

use super::columns::Ms;
use super::endings::remember_end;
use super::refresh_families::{add_family, end_family};
use super::users::is_blocked;
use super::{Asked, Sqlite};
use crate::store::code::{Code, Codes, NewCode, Redeemed, Redemption};
use crate::store::error::Stored;
use crate::store::id::{FamilyId, Hashed, SessionId, TokenId};
use crate::store::refresh::{Change, FamilyEnd};
use crate::store::server_key::Hidden;
use crate::time::Moment;
use rusqlite::{Connection, OptionalExtension as _, params};

impl Codes for Sqlite {
    fn add_code(&self, code: NewCode) -> Stored<()> {
        self.write(move |connection| add_code(connection, &code))
    }

    fn code(&self, hash: &Hashed, now: Moment) -> Stored<Option<Code>> {
        let found = self.read(|connection| {
            let code = connection
                .prepare_cached(
                    "SELECT client_id, user_id, session, content, expires_at, used_at IS NOT NULL FROM codes \
                     WHERE hash = ?1",
                )?
                .query_row([hash], |row| {
                    let Ms(expires_at) = row.get(4)?;
                    let code = Code {
                        client_id: row.get(0)?,
                        user_id: row.get(1)?,
                        session: row.get(2)?,
                        content: Hidden::from_bytes(row.get(3)?),
                        expires_at,
                    };
                    Ok((code, row.get(5)?))
                })
                .optional()?;
            Ok(code)
        })?;
        match found {
            Some((code, false)) if code.expires_at <= now => {
                let hash = *hash;
                self.write(move |connection| {
                    connection
                        .prepare_cached("DELETE FROM codes WHERE hash = ?1 AND used_at IS NULL")?
                        .execute([hash])?;
                    Ok(None)
                })
            }
            found => Ok(found.map(|(code, _)| code)),
        }
    }

    fn redeem(&self, hash: &Hashed, redemption: Redemption, now: Moment) -> Stored<Redeemed> {
        let hash = *hash;
        self.write(move |connection| redeem(connection, &hash, &redemption, now))
    }
}

pub(super) fn add_code(connection: &Connection, code: &NewCode) -> Asked<()> {
    connection
        .prepare_cached(
            "INSERT INTO codes (hash, client_id, user_id, session, content, expires_at) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        )?
        .execute(params![
            code.hash,
            code.client_id,
            code.user_id,
            code.session,
            code.content.as_bytes(),
            Ms(code.expires_at)
        ])?;
    Ok(())
}

fn redeem(connection: &Connection, hash: &Hashed, redemption: &Redemption, now: Moment) -> Asked<Redeemed> {
    if !is_let_in(connection, hash)? {
        return Ok(Redeemed::Unknown);
    }
    let family = redemption.family.as_ref();
    let token = redemption.token.as_ref();
    let used = connection
        .prepare_cached(
            "UPDATE codes SET used_at = ?2, family = ?3, token = ?4, token_until = ?5 \
             WHERE hash = ?1 AND used_at IS NULL AND expires_at > ?2",
        )?
        .execute(params![
            hash,
            Ms(now),
            family.map(|family| family.id),
            token.map(|(id, _)| id),
            token.map(|(_, until)| Ms(*until)),
        ])?;
    if used == 1 {
        if let Some(family) = family {
            add_family(connection, family, now)?;
        }
        return Ok(Redeemed::First);
    }
    let gave = connection
        .prepare_cached(
            "SELECT family, token, token_until FROM codes WHERE hash = ?1 AND used_at IS NOT NULL",
        )?
        .query_row([hash], |row| {
            let family: Option<FamilyId> = row.get(0)?;
            let token: Option<TokenId> = row.get(1)?;
            let until: Option<Ms> = row.get(2)?;
            Ok((family, token.zip(until)))
        })
        .optional()?;
    let Some((family, token)) = gave else {
        return Ok(Redeemed::Unknown);
    };
    if let Some((token, Ms(until))) = token {
        remember_end(connection, &token, until)?;
    }
    let mut ended = None;
    if let Some(family) = family
        && end_family(connection, &family, FamilyEnd::CodeReused, now)? == Change::Made
    {
        ended = Some(family);
    }
    Ok(Redeemed::Again { family: ended })
}

/// Whether the user of a code is there, and not blocked; of a code that is not there nothing is said.
fn is_let_in(connection: &Connection, hash: &Hashed) -> Asked<bool> {
    let user_id: Option<String> = connection
        .prepare_cached("SELECT user_id FROM codes WHERE hash = ?1 AND used_at IS NULL")?
        .query_row([hash], |row| row.get(0))
        .optional()?;
    Ok(match user_id {
        Some(user_id) => is_blocked(connection, &user_id)? == Some(false),
        None => true,
    })
}

/// Ends the codes of a session that nobody has used yet.
pub(super) fn end_codes(connection: &Connection, session: &SessionId) -> Asked<()> {
    connection
        .prepare_cached("DELETE FROM codes WHERE session = ?1 AND used_at IS NULL")?
        .execute([session])?;
    Ok(())
}
