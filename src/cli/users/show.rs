//! What there is: users, their sessions and refresh tokens.

use crate::cli::clock::system_now;
use crate::cli::escape::printable;
use crate::cli::output::Format;
use crate::cli::stored::store_trouble;
use crate::cli::trouble::{ISSUED, Trouble};
use crate::server::{listed_refresh_token, listed_session};
use crate::store::{Family, RefreshFamilies as _, Session, Sessions as _, Sqlite, StoredUser, Users as _};
use crate::tenant::Profile;
use crate::time::iso;
use serde_json::{Value, json};
use std::fmt::Write as _;

/// Users that are read at a time.
const PAGE: usize = 500;

pub(super) fn list(store: &Sqlite, format: Format) -> Result<u8, Trouble> {
    let mut after: Option<String> = None;
    let mut count = 0;
    if format == Format::Json {
        format.print("[")?;
    }
    loop {
        let page = store
            .users_after(after.as_deref(), PAGE)
            .map_err(|error| store_trouble(&error))?;
        let Some(last) = page.last() else { break };
        after = Some(last.profile.user_id().to_owned());
        let mut text = String::new();
        for user in &page {
            match format {
                Format::Text => text.push_str(&line(&user.profile)),
                Format::Json => {
                    let comma = if count == 0 { "" } else { "," };
                    let _ = write!(text, "{comma}\n{}", json!(user.profile));
                }
            }
            count += 1;
        }
        format.print(&text)?;
    }
    match format {
        Format::Text if count == 0 => format.print("there are no users in the store\n")?,
        Format::Text => {}
        Format::Json if count == 0 => format.print("]\n")?,
        Format::Json => format.print("\n]\n")?,
    }
    Ok(ISSUED)
}

/// `auth0|1  ada@example.org  db  3 logins  blocked`
fn line(profile: &Profile) -> String {
    let text = |name: &str| profile.0.get(name).and_then(Value::as_str);
    let mut line = printable(profile.user_id());
    let name = text("email")
        .or_else(|| text("username"))
        .or_else(|| text("phone_number"));
    for part in [name, profile.connection()].into_iter().flatten() {
        let _ = write!(line, "  {}", printable(part));
    }
    let logins = profile.0.get("logins_count").and_then(Value::as_u64).unwrap_or(0);
    let _ = write!(line, "  {}", many(logins, "login"));
    if profile.is_blocked() {
        line.push_str("  blocked");
    }
    line.push('\n');
    line
}

pub(super) fn many(count: impl TryInto<u64>, what: &str) -> String {
    match count.try_into().unwrap_or(u64::MAX) {
        1 => format!("1 {what}"),
        count => format!("{count} {what}s"),
    }
}

pub(super) fn show(store: &Sqlite, user: &StoredUser, format: Format) -> Result<u8, Trouble> {
    match format {
        Format::Json => format.print(&format!("{}\n", json!(user.profile)))?,
        Format::Text => {
            let (sessions, families) = open(store, user.profile.user_id())?;
            let mut text = String::new();
            for (name, value) in &user.profile.0 {
                let shown = match value {
                    Value::String(text) => printable(text),
                    other => printable(&other.to_string()),
                };
                let _ = writeln!(text, "{}: {shown}", printable(name));
            }
            let _ = writeln!(
                text,
                "{} and {}",
                many(sessions.len() as u64, "session"),
                many(families.len() as u64, "refresh token")
            );
            format.print(&text)?;
        }
    }
    Ok(ISSUED)
}

/// The sessions and refresh families of a user that have not ended.
pub(super) fn open(store: &Sqlite, user_id: &str) -> Result<(Vec<Session>, Vec<Family>), Trouble> {
    let now = system_now();
    let sessions = store.sessions_of_user(user_id, now);
    let families = store.families_of(user_id, now);
    let trouble = |error| store_trouble(&error);
    Ok((sessions.map_err(trouble)?, families.map_err(trouble)?))
}

pub(super) fn sessions(store: &Sqlite, user_id: &str, format: Format) -> Result<u8, Trouble> {
    let (sessions, families) = open(store, user_id)?;
    match format {
        Format::Json => {
            let sessions: Vec<_> = sessions.iter().map(listed_session).collect();
            let tokens: Vec<_> = families.iter().map(listed_refresh_token).collect();
            format.print(&format!("{}\n", json!({"sessions": sessions, "tokens": tokens})))?;
        }
        Format::Text => {
            let mut text = String::new();
            for session in &sessions {
                let ip = session.device.last_ip.as_deref().unwrap_or("-");
                let _ = writeln!(
                    text,
                    "session {}  since {}  until {}  from {}  {}",
                    session.id,
                    iso(session.created_at),
                    iso(session.idle_until.min(session.ends_at)),
                    printable(ip),
                    printable(&session.clients.join(", ")),
                );
            }
            for family in &families {
                let until = [family.idle_until, family.ends_at].into_iter().flatten().min();
                let _ = writeln!(
                    text,
                    "refresh token {}  since {}  until {}  {}",
                    family.id,
                    iso(family.created_at),
                    until.map_or_else(|| "for ever".to_owned(), iso),
                    printable(&family.client_id),
                );
            }
            if text.is_empty() {
                text.push_str("no session and no refresh token\n");
            }
            format.print(&text)?;
        }
    }
    Ok(ISSUED)
}
