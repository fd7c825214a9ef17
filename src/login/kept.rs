//! Reading a suspended login that was kept: a file that somebody may have changed, damaged or mixed up.
//!
//! Nothing here makes the file trustworthy: it is checked for what would bring the machine out of step. Who can
//! write it decides about the login that it holds, until the form can be authenticated.

use super::mfa::MAX_COMMANDS;
use super::state::{MAX_REDIRECTS, State};
use super::suspended::{Away, Suspended};
use crate::command::{Command, Handler};
use crate::tenant::{JsonPath, discreet, plain_words};
use serde::Deserialize;
use serde_json::Value;
use url::Url;

/// The number of the form in which a suspended login is written.
pub(super) const FORM: u32 = 2;

/// Why a value is no suspended login that can be gone on with.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeptError {
    /// Parts of it exclude each other.
    #[error(
        "the kept login contradicts itself: {what}; the file was changed or damaged, so start the login again"
    )]
    Contradiction {
        /// Which parts, and how.
        what: String,
    },
    /// It was written in another form.
    #[error(
        "the login was kept by another version of postlogin, whose form this version does not read; start the login \
         again"
    )]
    OtherForm,
    /// A member is missing or has the wrong type.
    #[error(
        "{}{message}; the file was changed or damaged, so start the login again",
        at(path)
    )]
    Shape {
        /// Where, such as `state.recorded`; empty for the whole.
        path: String,
        /// What was expected.
        message: String,
    },
}

/// A suspended login as it was kept, before it is checked.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Kept {
    #[serde(rename = "form")]
    _form: u32,
    state: State,
    away: Away,
    token: String,
    since_ms: i64,
}

impl Suspended {
    /// Whether a value is written in the form that this version reads, before its secrets are put back.
    ///
    /// # Errors
    /// It is no kept login, or one of another version.
    pub fn check_form(kept: &Value) -> Result<(), KeptError> {
        match kept.get("form") {
            Some(form) if *form == FORM => Ok(()),
            // The first form had no number.
            None if kept.get("state").is_none() => Err(KeptError::Shape {
                path: String::new(),
                message: "this is no kept login".to_owned(),
            }),
            _ => Err(KeptError::OtherForm),
        }
    }
}

impl TryFrom<Value> for Suspended {
    type Error = KeptError;

    /// Reads a suspended login as it was serialised, its secrets put back.
    ///
    /// # Errors
    /// It is no suspended login of this version's form, or it contradicts itself.
    fn try_from(kept: Value) -> Result<Self, KeptError> {
        Self::check_form(&kept)?;
        let kept: Kept = serde_path_to_error::deserialize(kept).map_err(|error| {
            let path = JsonPath::from(error.path());
            KeptError::Shape {
                message: discreet(plain_words(&error.inner().to_string()), &path),
                path: path.to_string(),
            }
        })?;
        match contradiction(&kept) {
            Some(what) => Err(KeptError::Contradiction {
                what: what.to_owned(),
            }),
            None => Ok(Self {
                form: FORM,
                state: kept.state,
                away: kept.away,
                token: kept.token,
                since_ms: kept.since_ms,
            }),
        }
    }
}

fn at(path: &str) -> String {
    if path.is_empty() || path == "." {
        return String::new();
    }
    format!("at {path}: ")
}

/// What cannot be true of any login that was suspended.
fn contradiction(kept: &Kept) -> Option<&'static str> {
    let Kept {
        state,
        away,
        token,
        since_ms,
        ..
    } = kept;
    let actions = state.plan.actions.len();
    // Only the challenge after the last Action has no current one.
    let is_current = match away {
        Away::Mfa(_) => state.current <= actions,
        Away::Form { .. } | Away::Redirect { .. } => state.current < actions,
    };
    let chosen = state
        .recorded
        .iter()
        .rev()
        .find_map(|recorded| match &recorded.command {
            Command::SetPrimaryUser { user_id } => Some((recorded.action, user_id)),
            _ => None,
        });
    let kept_chosen = state.primary_user.as_ref();
    let kept_chosen = kept_chosen.map(|primary| (primary.action, &primary.user_id));
    let order = state
        .recorded
        .windows(2)
        .all(|pair| pair[0].action <= pair[1].action);
    let calls = state.recorded.len();
    let rules = [
        (
            is_current,
            "the Action that sent the user away is not among its Actions",
        ),
        (
            order
                && state
                    .recorded
                    .iter()
                    .all(|recorded| recorded.action < actions && recorded.action <= state.current),
            "a call is of an Action that has not run",
        ),
        (state.written <= calls, "more calls are written than were made"),
        (
            chosen == kept_chosen && kept_chosen_fits(state),
            "its primary user is not the one that an Action set",
        ),
        (
            !token.is_empty(),
            "it has no state that the user could bring back",
        ),
        (is_departure(away), "the user is at no site, form or factor"),
        (
            state.redirects <= MAX_REDIRECTS && state.mfa.begun <= MAX_COMMANDS,
            "it had more redirects or challenges than a login may have",
        ),
        (
            is_time(*since_ms) && is_time(state.plan.asked.at_ms),
            "its times are in no calendar",
        ),
        (
            state.handler == Handler::Execute || state.has_continue,
            "a handler ran that its Action does not export",
        ),
    ];
    rules
        .into_iter()
        .find_map(|(holds, what)| (!holds).then_some(what))
}

fn kept_chosen_fits(state: &State) -> bool {
    state.primary_user.as_ref().is_none_or(|primary| {
        primary.calls_before <= state.written && primary.factors_before <= state.mfa.enrolled.len()
    })
}

fn is_departure(away: &Away) -> bool {
    match away {
        Away::Form { id, .. } => !id.is_empty(),
        Away::Mfa(step) => !step.factors.is_empty(),
        Away::Redirect { url } => Url::parse(url).is_ok_and(|url| matches!(url.scheme(), "http" | "https")),
    }
}

/// Whether RFC 3339 can write the moment: a year of four digits.
fn is_time(ms: i64) -> bool {
    (-62_167_219_200_000..=253_402_300_799_999).contains(&ms)
}
