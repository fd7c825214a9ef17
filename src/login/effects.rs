//! From commands to what is written: profile, session, refresh token, cache.

use super::decision::{Effects, RefreshTokenEffects, SessionEffects, UserEffects};
use super::policy::Policy;
use super::primary_user::PrimaryUser;
use super::state::State;
use crate::command::{Cache, Command, MetadataChange, Recorded};
use crate::event::{Event, Protocol};
use crate::time::{Moment, at_ms, iso, later};
use crate::trace::Trace;
use chrono::DateTime;
use indexmap::IndexMap;
use serde_json::{Map, Value, json};

/// Which commands still count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scope {
    /// Everything: the login issues.
    Issued,
    /// Only what a denied login keeps: metadata, session settings, cache (semantics 2.1).
    Refused,
}

/// Folds all commands into effects and says of each what became of it.
pub(super) fn of(state: &mut State, scope: Scope, now: Moment) -> Effects {
    let trace = &mut state.trace;
    // A refused login has no new primary user, so nothing is lost to one.
    let primary_user = state.primary_user.as_ref().filter(|_| scope == Scope::Issued);
    let mut effects = Effects {
        user: user(&state.recorded, primary_user, trace),
        session: session(
            &state.recorded,
            &state.evicted.session,
            &state.plan.event,
            &state.plan.policy,
            now,
            trace,
        ),
        refresh_token: RefreshTokenEffects::default(),
        cache: cache(&state.plan.cache, &state.recorder.cache, &state.recorded, trace),
        unwritten: after(&state.recorded, state.written, primary_user),
    };
    effects
        .session
        .methods
        .extend(state.mfa.methods.iter().map(|method| json!(method)));
    if scope == Scope::Issued {
        effects.user.primary_user = state.primary_user.as_ref().map(|primary| primary.user_id.clone());
        effects.refresh_token = refresh_token(
            &state.recorded,
            &state.evicted.refresh_token,
            &state.plan.event,
            &state.plan.policy,
            now,
            trace,
        );
    }
    // The first refusing command is the one that refuses (semantics 1.1).
    let refusing = state
        .recorded
        .iter()
        .find_map(|recorded| match &recorded.command {
            Command::Deny { .. } | Command::ValidationError { .. } => Some(None),
            Command::RevokeSession { .. } | Command::RevokeRefreshToken { .. } => {
                Some(Some(&recorded.command))
            }
            _ => None,
        });
    match refusing.flatten() {
        Some(Command::RevokeSession {
            preserve_refresh_tokens,
            ..
        }) => {
            effects.session.revoked = true;
            effects.session.preserve_refresh_tokens = *preserve_refresh_tokens;
        }
        Some(Command::RevokeRefreshToken { .. }) => effects.refresh_token.revoked = true,
        _ => {}
    }
    effects
}

/// The metadata of the calls after the first `written` ones.
pub(super) fn after(
    recorded: &[Recorded],
    written: usize,
    primary_user: Option<&PrimaryUser>,
) -> UserEffects {
    let rest = recorded.get(written..).unwrap_or_default();
    user(rest, primary_user, &mut Trace::default())
}

/// Metadata by top-level key, the last call wins.
pub(super) fn user(
    recorded: &[Recorded],
    primary_user: Option<&PrimaryUser>,
    trace: &mut Trace,
) -> UserEffects {
    let mut effects = UserEffects::default();
    for (position, this) in recorded.iter().enumerate() {
        let (is_user, name, value) = match &this.command {
            Command::SetUserMetadata { name, value } => (true, name, value),
            Command::SetAppMetadata { name, value } => (false, name, value),
            _ => continue,
        };
        let target = if is_user {
            format!("user/user_metadata:{name}")
        } else {
            format!("user/app_metadata:{name}")
        };
        if is_left_out(this, primary_user) {
            let message = format!(
                "user metadata '{name}' is left out: the Action that calls setPrimaryUser set it; set it in a later \
                 Action"
            );
            trace.dropped(target, &this.origin, "primary_user_changed", message);
            continue;
        }
        let again = recorded[position + 1..].iter().any(|later| match &later.command {
            Command::SetUserMetadata { name: other, .. } => is_user && other == name,
            Command::SetAppMetadata { name: other, .. } => !is_user && other == name,
            _ => false,
        });
        if again {
            trace.overridden(target, &this.origin);
        } else {
            trace.applied(target, &this.origin);
        }
        let map = if is_user {
            &mut effects.user_metadata
        } else {
            &mut effects.app_metadata
        };
        map.insert(name.clone(), value.clone());
    }
    effects
}

/// User metadata of the Action that set the primary user is discarded (semantics 2.4).
pub(super) fn is_left_out(recorded: &Recorded, primary_user: Option<&PrimaryUser>) -> bool {
    matches!(recorded.command, Command::SetUserMetadata { .. })
        && primary_user.is_some_and(|primary| primary.action == recorded.action)
}

fn session(
    recorded: &[Recorded],
    evicted: &[String],
    event: &Event,
    policy: &Policy,
    now: Moment,
    trace: &mut Trace,
) -> SessionEffects {
    let mut effects = SessionEffects::default();
    let created = event
        .session
        .as_ref()
        .and_then(|session| moment(session.created_at.as_deref()))
        .unwrap_or(now);
    let absolute = wishes(recorded, |command| match command {
        Command::SetSessionExpiresAt { at } => Some(*at),
        _ => None,
    });
    let latest = later(created, policy.session_lifetime).timestamp_millis();
    effects.expires_at = earliest(
        "session/expires_at",
        &absolute,
        latest,
        "the tenant's session lifetime",
        trace,
    );
    let idle = wishes(recorded, |command| match command {
        Command::SetSessionIdleExpiresAt { at } => Some(*at),
        _ => None,
    });
    let latest = later(now, policy.session_idle_lifetime)
        .timestamp_millis()
        .min(effects.expires_at.unwrap_or(latest));
    let limit = "the tenant's idle session lifetime or the session's absolute expiry";
    effects.idle_expires_at = earliest("session/idle_expires_at", &idle, latest, limit, trace);
    let modes = wishes(recorded, |command| match command {
        Command::SetCookieMode { mode } => Some(*mode),
        _ => None,
    });
    for (position, (this, mode)) in modes.iter().enumerate() {
        if event.session.is_none() {
            trace.dropped(
                "session/cookie_mode",
                &this.origin,
                "no_session",
                "the cookie mode is left out: there is no session",
            );
        } else if position + 1 < modes.len() {
            trace.overridden("session/cookie_mode", &this.origin);
        } else {
            trace.applied("session/cookie_mode", &this.origin);
            effects.cookie_mode = Some(*mode);
        }
    }
    let mut methods: IndexMap<String, Value> = IndexMap::new();
    for this in recorded {
        match &this.command {
            Command::RecordMethod { url } => {
                trace.applied(format!("session/method:{url}"), &this.origin);
                methods.shift_remove(url);
                methods.insert(url.clone(), json!({"name": url, "timestamp": iso(now)}));
            }
            Command::SessionMetadata(change) => {
                trace.applied(this.command.target(), &this.origin);
                change_metadata(change, &mut effects.metadata, evicted);
            }
            _ => {}
        }
    }
    effects.methods = methods.into_values().collect();
    effects
}

fn refresh_token(
    recorded: &[Recorded],
    evicted: &[String],
    event: &Event,
    policy: &Policy,
    now: Moment,
    trace: &mut Trace,
) -> RefreshTokenEffects {
    let mut effects = RefreshTokenEffects::default();
    let absolute = wishes(recorded, |command| match command {
        Command::SetRefreshTokenExpiresAt { at } => Some(*at),
        _ => None,
    });
    let idle = wishes(recorded, |command| match command {
        Command::SetRefreshTokenIdleExpiresAt { at } => Some(*at),
        _ => None,
    });
    let metadata = wishes(recorded, |command| match command {
        Command::RefreshTokenMetadata(change) => Some(change.clone()),
        _ => None,
    });
    let Some(lifetimes) = policy.refresh_token else {
        const NONE: &str = "the login issues no refresh token (offline_access was not granted)";
        for (this, _) in &absolute {
            trace.dropped(
                "refresh_token/expires_at",
                &this.origin,
                "no_refresh_token",
                format!("the expiry is left out: {NONE}"),
            );
        }
        for (this, _) in &idle {
            trace.dropped(
                "refresh_token/idle_expires_at",
                &this.origin,
                "no_refresh_token",
                format!("the idle expiry is left out: {NONE}"),
            );
        }
        for (this, _) in &metadata {
            let target = this.command.target();
            trace.dropped(
                target,
                &this.origin,
                "no_refresh_token",
                format!("the metadata is left out: {NONE}"),
            );
        }
        return effects;
    };
    let current = event
        .refresh_token
        .as_ref()
        .and_then(|token| moment(token.expires_at.as_deref()));
    let latest = current
        .unwrap_or(Moment::MAX_UTC)
        .min(later(now, lifetimes.absolute))
        .timestamp_millis();
    effects.expires_at = earliest(
        "refresh_token/expires_at",
        &absolute,
        latest,
        "the refresh token's lifetime",
        trace,
    );
    let latest = later(now, lifetimes.idle)
        .timestamp_millis()
        .min(effects.expires_at.unwrap_or(latest));
    let limit = "the refresh token's idle lifetime or its absolute expiry";
    effects.idle_expires_at = earliest("refresh_token/idle_expires_at", &idle, latest, limit, trace);
    for (this, change) in &metadata {
        trace.applied(this.command.target(), &this.origin);
        change_metadata(change, &mut effects.metadata, evicted);
    }
    effects
}

fn wishes<T>(recorded: &[Recorded], pick: impl Fn(&Command) -> Option<T>) -> Vec<(&Recorded, T)> {
    recorded
        .iter()
        .filter_map(|this| pick(&this.command).map(|wish| (this, wish)))
        .collect()
}

/// The earliest time that was asked for counts, moved to `latest` when it is later.
fn earliest(
    target: &str,
    wishes: &[(&Recorded, i64)],
    latest: i64,
    limit: &str,
    trace: &mut Trace,
) -> Option<i64> {
    let winner = wishes
        .iter()
        .enumerate()
        .min_by_key(|(_, (_, at))| *at)
        .map(|(position, _)| position)?;
    for (position, (this, at)) in wishes.iter().enumerate() {
        if position != winner {
            trace.overridden(target, &this.origin);
        } else if *at > latest {
            let message = format!(
                "{target} is moved from {} to {}, which is {limit}",
                iso(at_ms(*at)),
                iso(at_ms(latest))
            );
            trace.clamped(target, &this.origin, "expiry_clamped", message);
        } else {
            trace.applied(target, &this.origin);
        }
    }
    Some(wishes[winner].1.min(latest))
}

/// Records a change as a value or a deletion; an eviction deletes every key that was there, or was set since.
fn change_metadata(change: &MetadataChange, effects: &mut Map<String, Value>, evicted: &[String]) {
    match change {
        MetadataChange::Delete { key } => {
            effects.insert(key.clone(), Value::Null);
        }
        MetadataChange::Evict => {
            let keys = effects.keys().chain(evicted).cloned().collect::<Vec<_>>();
            effects.extend(keys.into_iter().map(|key| (key, Value::Null)));
        }
        MetadataChange::Set { key, value } => {
            effects.insert(key.clone(), value.clone().into());
        }
    }
}

/// Every key that this login set or deleted, as it stands now.
fn cache(
    before: &Cache,
    after: &Cache,
    recorded: &[Recorded],
    trace: &mut Trace,
) -> IndexMap<String, Option<crate::command::CacheRecord>> {
    let mut changed = IndexMap::new();
    for this in recorded {
        let (Command::CacheSet { key } | Command::CacheDelete { key }) = &this.command else {
            continue;
        };
        trace.applied(format!("cache:{key}"), &this.origin);
        let now = after
            .records()
            .find(|(other, _)| other == key)
            .map(|(_, record)| record.clone());
        if now.is_some() || before.records().any(|(other, _)| other == key) {
            changed.insert(key.clone(), now);
        }
    }
    changed
}

/// The moment of an ISO 8601 time.
fn moment(text: Option<&str>) -> Option<Moment> {
    let written = DateTime::parse_from_rfc3339(text?).ok()?;
    Some(written.to_utc())
}

/// Whether the login is a SAML one.
pub(super) fn is_saml(event: &Event) -> bool {
    event.transaction.protocol == Some(Protocol::Samlp)
}
