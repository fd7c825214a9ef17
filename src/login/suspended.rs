//! A login whose user is away: at another site, at a form, or at a factor.

use super::decision::UserEffects;
use super::effects;
use super::mfa::MfaStep;
use super::refusal::Refusal;
use super::settle::Finished;
use super::state::State;
use super::step::Step;
use super::today::Today;
use crate::command::FactorType;
use crate::event::{Asked, Dict, EventRequest, Prompt};
use crate::random::{ALPHANUMERIC, Random};
use crate::secret::{self, Secret};
use crate::time::{Moment, iso, later};
use crate::trace::Trace;
use chrono::TimeDelta;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use url::Url;

/// Where the user is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Away {
    /// At a form.
    Form {
        /// The form's id.
        id: String,
        /// Values for the browser.
        fields: Dict,
        /// Values that stay here.
        vars: Dict,
    },
    /// At a factor.
    Mfa(MfaStep),
    /// At another site.
    Redirect {
        /// Without `state`; [`Suspended::redirect_url`] has it.
        url: String,
    },
}

/// A suspended login; keep it as a text ([`Suspended::to_kept`]), and resume it with the answer and what the tenant
/// says on that day.
/// Whoever can read the text can log in as its user as long as the text is valid, so keep it like a password. Each
/// answer can be used once only where the program that drives the login remembers the used answers, by their
/// [`StateHash`](super::StateHash).
#[derive(Clone, Debug)]
pub struct Suspended {
    pub(super) state: Box<State>,
    pub(super) away: Away,
    /// What `/continue` must bring back; single use.
    pub(super) token: Secret<String>,
    pub(super) since: Moment,
    /// From when no answer is taken.
    pub(super) expires: Moment,
}

/// The answer does not fit; nothing is resumed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{description}")]
pub struct ResumeError {
    /// What is wrong and what to do.
    pub description: String,
}

/// How long the user may be away, wherever the user is.
pub(super) const LIFETIME: TimeDelta = TimeDelta::hours(1);
/// How far the clock may have been set back meanwhile.
const SET_BACK: TimeDelta = TimeDelta::minutes(1);

impl Suspended {
    pub(super) fn new(state: Box<State>, away: Away, now: Moment, random: &mut dyn Random) -> Self {
        let token = random.text(ALPHANUMERIC, 43);
        Self {
            state,
            away,
            token: Secret::new(token),
            since: now,
            expires: later(now, LIFETIME),
        }
    }

    /// Where the user is.
    pub fn away(&self) -> &Away {
        &self.away
    }

    /// The opaque `state` that the answer must bring back.
    pub fn state(&self) -> &str {
        self.token.reveal()
    }

    /// From when no answer is taken.
    pub fn expires_at(&self) -> Moment {
        self.expires
    }

    /// The URL that the user is sent to, with exactly one `state` parameter, the engine's.
    pub fn redirect_url(&self) -> Option<String> {
        let Away::Redirect { url } = &self.away else {
            return None;
        };
        let mut url = Url::parse(url).ok()?;
        let kept: Vec<(String, String)> = url
            .query_pairs()
            .into_owned()
            .filter(|(name, _)| name != "state")
            .collect();
        if kept.len() == url.query_pairs().count() {
            url.query_pairs_mut().append_pair("state", self.token.reveal());
        } else {
            url.query_pairs_mut()
                .clear()
                .extend_pairs(kept)
                .append_pair("state", self.token.reveal());
        }
        Some(url.into())
    }

    /// The request that the login was opened with; to resume the login, open it with this request again ([`Today`]).
    pub fn asked(&self) -> &Asked {
        &self.state.plan.asked
    }

    /// The user whom an Action named with `setPrimaryUser`; look this profile up again, too.
    pub fn primary_user(&self) -> Option<&str> {
        let primary = self.state.primary_user.as_ref()?;
        Some(&primary.user_id)
    }

    /// What the profile must show before the user leaves (semantics 1.2).
    pub fn pending_user_effects(&self) -> UserEffects {
        effects::user(
            &self.state.recorded,
            self.state.primary_user.as_ref(),
            &mut Trace::default(),
        )
    }

    /// The same without what the first `written` calls asked for, which the profile has already. A factor is no reason to
    /// write anything.
    pub fn unwritten_user_effects(&self, written: usize) -> UserEffects {
        match self.away {
            Away::Mfa(_) => UserEffects::default(),
            Away::Form { .. } | Away::Redirect { .. } => {
                effects::after(&self.state.recorded, written, self.state.primary_user.as_ref())
            }
        }
    }

    /// How many calls the profile has once this login is kept, where it had those of the first `before`.
    pub fn written_calls(&self, before: usize) -> usize {
        match self.away {
            Away::Mfa(_) => before,
            Away::Form { .. } | Away::Redirect { .. } => self.state.recorded.len(),
        }
    }

    /// Calls recorded so far, in order.
    pub fn recorded(&self) -> &[crate::command::Recorded] {
        &self.state.recorded
    }

    /// Warnings so far.
    pub fn trace(&self) -> &Trace {
        &self.state.trace
    }

    /// The event at this moment.
    pub fn event(&self) -> &crate::event::Event {
        &self.state.plan.event
    }

    /// The user comes back through `/continue` from a redirect or a form. The login ends in the step where user,
    /// application or Actions are not what they must be `today`.
    ///
    /// # Errors
    /// The login waits for something else, or the state is missing, unknown or too old
    /// (`invalid_request`); the login stays suspended. (It comes back in the error's place.)
    pub fn resume(
        self,
        request: EventRequest,
        today: Today,
        now: Moment,
        random: &mut dyn Random,
    ) -> Result<Step, (Box<Self>, ResumeError)> {
        if let Err(description) = self.accepts(&request, now) {
            return Err((Box::new(self), ResumeError { description }));
        }
        let mut state = match self.state.taken_up(today, now) {
            Ok(state) => state,
            Err(finished) => return Ok(Step::Finish(finished)),
        };
        let facts = &mut state.plan.facts;
        facts.query.clone_from(&request.query);
        facts.body.clone_from(&request.body);
        facts.state = Some(self.token.reveal().clone());
        facts.ip.clone_from(&request.ip);
        state.plan.event.prompt = match self.away {
            Away::Form { id, vars, .. } => {
                let sent = request.body.iter().filter(|(name, _)| *name != "state");
                let fields = sent.map(|(name, value)| (name.clone(), value.clone())).collect();
                Some(Prompt {
                    id,
                    fields: Some(fields),
                    vars: Some(vars),
                    ..Prompt::default()
                })
            }
            _ => None,
        };
        state.plan.event.request = request;
        Ok(state.continue_action(now, random))
    }

    fn accepts(&self, request: &EventRequest, now: Moment) -> Result<(), String> {
        if matches!(self.away, Away::Mfa(_)) {
            return Err("this login waits for a factor, not for a redirect".to_owned());
        }
        self.in_time(now)?;
        let is_ours = |state: &str| secret::same(state.as_bytes(), self.token.reveal().as_bytes());
        let sent = [request.query.get("state"), request.body.get("state")];
        let mut sent = sent.into_iter().flatten();
        match (sent.next(), sent.next()) {
            (Some(Value::String(state)), None) if is_ours(state) => Ok(()),
            (Some(Value::String(state)), Some(again)) if is_ours(state) && again == state => Ok(()),
            (None, _) => Err("the request has no state".to_owned()),
            _ => Err("the state is unknown or was used already".to_owned()),
        }
    }

    fn in_time(&self, now: Moment) -> Result<(), String> {
        in_time(self.since, self.expires, now)
    }

    /// The user proved or enrolled `factor`. The login ends in the step where user, application or Actions are not
    /// what they must be `today`.
    ///
    /// # Errors
    /// The login does not wait for this factor or not any more, or the tenant or the user does not have the factor
    /// today; the login stays suspended.
    pub fn complete_mfa(
        self,
        factor: FactorType,
        today: Today,
        now: Moment,
        random: &mut dyn Random,
    ) -> Result<Step, (Box<Self>, ResumeError)> {
        let step = match self.asked_for(factor, now) {
            Ok(step) => step.clone(),
            Err(description) => return Err((Box::new(self), ResumeError { description })),
        };
        let Self {
            state,
            away,
            token,
            since,
            expires,
        } = self;
        let is_deferred = state.current >= state.plan.actions.len();
        let mut state = match state.taken_up(today, now) {
            Ok(state) => state,
            Err(finished) => return Ok(Step::Finish(finished)),
        };
        if let Some(description) = state.outdated(&step, factor) {
            let suspended = Self {
                state,
                away,
                token,
                since,
                expires,
            };
            return Err((Box::new(suspended), ResumeError { description }));
        }
        state.prove(factor, step.presented, now);
        Ok(if is_deferred {
            state.deferred_answered(now, random)
        } else {
            state.next_mfa(now, random)
        })
    }

    fn asked_for(&self, factor: FactorType, now: Moment) -> Result<&MfaStep, String> {
        let step = self.waits_for_factor(now)?;
        if step.accepts(factor) {
            return Ok(step);
        }
        let known: Vec<_> = step
            .factors
            .iter()
            .map(|factor| factor_name(factor.kind))
            .collect();
        Err(format!(
            "the factor {} was not asked for; asked for: {}",
            factor_name(factor),
            known.join(", ")
        ))
    }

    fn waits_for_factor(&self, now: Moment) -> Result<&MfaStep, String> {
        let Away::Mfa(step) = &self.away else {
            return Err("this login does not wait for a factor".to_owned());
        };
        self.in_time(now)?;
        Ok(step)
    }

    /// The user failed at the factor: nothing is issued.
    ///
    /// # Errors
    /// The login does not wait for a factor, or no longer; the login stays suspended.
    pub fn fail_mfa(
        self,
        description: &str,
        today: Today,
        now: Moment,
    ) -> Result<Finished, (Box<Self>, ResumeError)> {
        if let Err(description) = self.waits_for_factor(now) {
            return Err((Box::new(self), ResumeError { description }));
        }
        let refusal = Refusal::Mfa {
            description: description.to_owned(),
        };
        Ok(self.refuse(refusal, today, now))
    }

    /// The login ends here: nothing is issued. What the user or the Actions are `today` may be the reason instead.
    pub fn refuse(self, refusal: Refusal, today: Today, now: Moment) -> Finished {
        match self.state.taken_up(today, now) {
            Ok(state) => Finished::refused(state, refusal, now),
            Err(finished) => *finished,
        }
    }
}

/// Whether an answer may come now to a user who left at `since`.
pub(super) fn in_time(since: Moment, expires: Moment, now: Moment) -> Result<(), String> {
    if now >= expires {
        return Err("the user was away for an hour or longer; start the login again".to_owned());
    }
    if since > later(now, SET_BACK) {
        let since = iso(since);
        return Err(format!(
            "the user left at {since}, which is later than now; set the clock right, or start the login again"
        ));
    }
    Ok(())
}

/// A factor as the API spells it.
pub fn factor_name(factor: FactorType) -> String {
    serde_json::to_value(factor)
        .ok()
        .and_then(|value| value.as_str().map(str::to_owned))
        .unwrap_or_default()
}
