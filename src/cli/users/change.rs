//! Blocking and deleting users, and the end of sessions. Each is one transaction.

use super::OneUser;
use super::show::{many, open};
use crate::cli::clock::system_now;
use crate::cli::output::Format;
use crate::cli::stored::store_trouble;
use crate::cli::trouble::{ISSUED, Trouble};
use crate::store::{
    Change, Families, FamilyEnd, RefreshFamilies as _, Sessions as _, Sqlite, UserEnded, Users as _,
};
use serde_json::json;

pub(super) fn block(args: &OneUser) -> Result<u8, Trouble> {
    let (store, user) = args.find()?;
    let user_id = user.profile.user_id();
    let ended = store.block_user(user_id, system_now());
    let ended = ended.map_err(|error| store_trouble(&error))?;
    told(args, user_id, "blocked", "was blocked before", &ended)
}

pub(super) fn delete(args: &OneUser) -> Result<u8, Trouble> {
    let (store, user) = args.find()?;
    let user_id = user.profile.user_id();
    let ended = store.delete_user(user_id, system_now());
    let ended = ended.map_err(|error| store_trouble(&error))?;
    told(args, user_id, "deleted", "was deleted before", &ended)
}

pub(super) fn unblock(args: &OneUser) -> Result<u8, Trouble> {
    let (store, user) = args.find()?;
    let user_id = user.profile.user_id();
    let change = store.unblock_user(user_id, system_now());
    let ended = UserEnded {
        change: change.map_err(|error| store_trouble(&error))?,
        sessions: Vec::new(),
        families: 0,
    };
    told(args, user_id, "unblocked", "was not blocked", &ended)
}

fn told(args: &OneUser, user_id: &str, done: &str, not_done: &str, ended: &UserEnded) -> Result<u8, Trouble> {
    let format = Format::chosen(args.format);
    let (sessions, families) = (ended.sessions.len(), ended.families);
    let is_changed = ended.change == Change::Made;
    format.print(&match format {
        Format::Json => {
            let changed = json!({
                "user_id": user_id, "changed": is_changed, "sessions_ended": sessions,
                "refresh_tokens_ended": families,
            });
            format!("{changed}\n")
        }
        Format::Text => {
            let what = if is_changed { done } else { not_done };
            let more = if sessions + families == 0 {
                String::new()
            } else {
                format!("; {}", counted(sessions, families))
            };
            format!("{user_id} {what}{more}\n")
        }
    })?;
    Ok(ISSUED)
}

fn counted(sessions: usize, families: usize) -> String {
    format!(
        "{} and {} ended",
        many(sessions as u64, "session"),
        many(families as u64, "refresh token")
    )
}

/// Ends a session with its refresh tokens, one refresh token, or all of a user.
pub(super) fn end(store: &Sqlite, user_id: &str, which: &str, format: Format) -> Result<u8, Trouble> {
    let (sessions, families) = open(store, user_id)?;
    let now = system_now();
    let trouble = |error| store_trouble(&error);
    if which == "all" {
        let ended = store.end_sessions_of_user(user_id, Families::End, now);
        ended.map_err(trouble)?;
        let ended = store.end_families_of(user_id, FamilyEnd::Revoked, now);
        ended.map_err(trouble)?;
    } else if let Some(session) = sessions.iter().find(|session| session.id.to_string() == which) {
        let ended = store.end_session(&session.id, Families::End, now);
        ended.map_err(trouble)?;
    } else if let Some(family) = families.iter().find(|family| family.id.to_string() == which) {
        let ended = store.end_family(&family.id, FamilyEnd::Revoked, now);
        ended.map_err(trouble)?;
    } else {
        return Err(Trouble::new(
            format!("{user_id} has no session and no refresh token {which}"),
            "give an id that 'postlogin users sessions' lists, or 'all'",
        ));
    }
    // A session takes its refresh tokens along. Others may have logged in meanwhile.
    let (sessions_left, families_left) = open(store, user_id)?;
    let ended_sessions = sessions.len().saturating_sub(sessions_left.len());
    let ended_families = families.len().saturating_sub(families_left.len());
    format.print(&match format {
        Format::Json => {
            let ended = json!({
                "user_id": user_id, "sessions_ended": ended_sessions, "refresh_tokens_ended": ended_families,
            });
            format!("{ended}\n")
        }
        Format::Text => format!("{user_id}: {}\n", counted(ended_sessions, ended_families)),
    })?;
    Ok(ISSUED)
}
