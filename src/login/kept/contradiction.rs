//! Rules that every suspended login keeps. A kept login that breaks one would bring the state machine out of step.

use crate::command::{Command, Handler};
use crate::login::mfa::MAX_COMMANDS;
use crate::login::state::{MAX_REDIRECTS, State};
use crate::login::suspended::{Away, LIFETIME, Suspended};
use crate::time::{Moment, later};
use crate::web_url::{UrlUse, web_url};
use chrono::Datelike;

/// The first rule that `kept` breaks, as a sentence.
pub(super) fn contradiction(kept: &Suspended) -> Option<&'static str> {
    let Suspended {
        state,
        away,
        token,
        since,
        expires,
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
            "the Action that sent the user away is not among the login's Actions",
        ),
        (
            order
                && state
                    .recorded
                    .iter()
                    .all(|recorded| recorded.action < actions && recorded.action <= state.current),
            "an Action that has not run made a call",
        ),
        (
            state.written <= calls,
            "more calls are marked as written than were made",
        ),
        (
            chosen == kept_chosen && kept_chosen_fits(state),
            "the primary user is not the user that an Action set",
        ),
        (
            !token.reveal().is_empty(),
            "the login has no state that the user could bring back",
        ),
        (
            is_departure(away),
            "no site, form or factor is named that the user was sent to",
        ),
        (
            state.redirects <= MAX_REDIRECTS && state.mfa.begun <= MAX_COMMANDS,
            "the login had more redirects or MFA commands than a login may have",
        ),
        (
            is_time(*since) && is_time(state.plan.asked.at),
            "a time is not within the years 0 to 9999",
        ),
        (
            *since < *expires && *expires <= later(*since, LIFETIME),
            "the login expires more than an hour after the user left, or before that",
        ),
        (
            state.handler == Handler::Execute || state.has_continue,
            "a handler ran that the Action does not export",
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
        Away::Redirect { url } => web_url(url, UrlUse::Redirect).is_ok(),
    }
}

/// Whether RFC 3339 can write the moment: a year of four digits.
fn is_time(moment: Moment) -> bool {
    (0..=9999).contains(&moment.year())
}
