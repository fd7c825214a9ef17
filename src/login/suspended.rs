//! A login whose user is away: at another site, at a form, or at a factor.

use super::Step;
use super::decision::{Refusal, RefusalKind, UserEffects};
use super::effects;
use super::mfa::MfaStep;
use super::settle::Finished;
use super::state::State;
use crate::command::FactorType;
use crate::event::{Dict, EventRequest, Prompt};
use crate::random::Random;
use crate::trace::{Origin, Trace};
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

/// A suspended login; serialise it, and resume it with the answer. Private keys that Actions set are
/// serialised as handles (`{"$secret": ...}`) and must be put back before it is read again.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(try_from = "Kept")]
pub struct Suspended {
    state: State,
    away: Away,
    /// What `/continue` must bring back; single use.
    token: String,
    since_ms: i64,
}

/// A suspended login as it was kept, before it is believed.
#[derive(Deserialize)]
struct Kept {
    state: State,
    away: Away,
    token: String,
    since_ms: i64,
}

impl TryFrom<Kept> for Suspended {
    type Error = &'static str;

    fn try_from(kept: Kept) -> Result<Self, &'static str> {
        let Kept {
            state,
            away,
            token,
            since_ms,
        } = kept;
        let actions = state.plan.actions.len();
        // Only the challenge after the last Action has no current one.
        let current = state.current < actions || (state.current == actions && matches!(away, Away::Mfa(_)));
        let counted = state.recorded.iter().all(|recorded| recorded.action < actions);
        if !current || !counted || state.written > state.recorded.len() || token.is_empty() {
            return Err("the kept login contradicts itself; start the login again");
        }
        Ok(Self {
            state,
            away,
            token,
            since_ms,
        })
    }
}

/// The answer does not fit; nothing is resumed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{description}")]
pub struct ResumeError {
    /// What is wrong and what to do.
    pub description: String,
}

const STATE_LIFETIME_MS: i64 = 60 * 60 * 1000;

impl Suspended {
    pub(super) fn new(state: State, away: Away, now_ms: i64, random: &mut dyn Random) -> Self {
        let token = random.text(
            b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789",
            43,
        );
        Self {
            state,
            away,
            token,
            since_ms: now_ms,
        }
    }

    /// Where the user is.
    pub fn away(&self) -> &Away {
        &self.away
    }

    /// The opaque `state` that the answer must bring back.
    pub fn state(&self) -> &str {
        &self.token
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
            url.query_pairs_mut().append_pair("state", &self.token);
        } else {
            url.query_pairs_mut()
                .clear()
                .extend_pairs(kept)
                .append_pair("state", &self.token);
        }
        Some(url.into())
    }

    /// What the profile must show before the user leaves (semantics 1.2).
    pub fn pending_user_effects(&self) -> UserEffects {
        effects::user(
            &self.state.recorded,
            self.state.primary_user.as_ref(),
            &mut Trace::default(),
        )
    }

    /// Calls recorded so far, in order.
    pub fn recorded(&self) -> &[crate::command::Recorded] {
        &self.state.recorded
    }

    /// Warnings so far.
    pub fn trace(&self) -> &Trace {
        &self.state.trace
    }

    /// The event as it stands.
    pub fn event(&self) -> &crate::event::Event {
        &self.state.plan.event
    }

    /// The user comes back through `/continue` from a redirect or a form.
    ///
    /// # Errors
    /// The login waits for something else, or the state is missing, unknown or too old
    /// (`invalid_request`); the login stays suspended. (It comes back in the error's place.)
    pub fn resume(
        mut self,
        request: EventRequest,
        now_ms: i64,
        random: &mut dyn Random,
    ) -> Result<Step, (Box<Self>, ResumeError)> {
        if let Err(description) = self.accepts(&request, now_ms) {
            return Err((Box::new(self), ResumeError { description }));
        }
        let facts = &mut self.state.plan.facts;
        facts.query.clone_from(&request.query);
        facts.body.clone_from(&request.body);
        facts.state = Some(self.token.clone());
        facts.ip.clone_from(&request.ip);
        self.state.plan.event.prompt = match self.away {
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
        self.state.plan.event.request = request;
        Ok(self.state.continue_action(now_ms, random))
    }

    fn accepts(&self, request: &EventRequest, now_ms: i64) -> Result<(), String> {
        if matches!(self.away, Away::Mfa(_)) {
            return Err("this login waits for a factor, not for a redirect".to_owned());
        }
        if now_ms >= self.since_ms.saturating_add(STATE_LIFETIME_MS) {
            return Err("the state is older than one hour; start the login again".to_owned());
        }
        let sent = [request.query.get("state"), request.body.get("state")];
        let mut sent = sent.into_iter().flatten();
        match (sent.next(), sent.next()) {
            (Some(Value::String(state)), None) if *state == self.token => Ok(()),
            (Some(Value::String(state)), Some(again)) if *state == self.token && again == state => Ok(()),
            (None, _) => Err("the request brings no state".to_owned()),
            _ => Err("the state is unknown or was used already".to_owned()),
        }
    }

    /// The user proved or enrolled `factor`.
    ///
    /// # Errors
    /// The login does not wait for this factor; it stays suspended.
    pub fn complete_mfa(
        self,
        factor: FactorType,
        now_ms: i64,
        random: &mut dyn Random,
    ) -> Result<Step, (Box<Self>, ResumeError)> {
        let Away::Mfa(step) = &self.away else {
            let description = "this login does not wait for a factor".to_owned();
            return Err((Box::new(self), ResumeError { description }));
        };
        if !step.accepts(factor) {
            let known: Vec<_> = step
                .factors
                .iter()
                .map(|factor| factor_name(factor.kind))
                .collect();
            let description = format!(
                "the factor {} was not asked for; asked for: {}",
                factor_name(factor),
                known.join(", ")
            );
            return Err((Box::new(self), ResumeError { description }));
        }
        let presented = step.presented;
        Ok(self.state.mfa_completed(factor, presented, now_ms, random))
    }

    /// The user gave up or failed: nothing is issued.
    pub fn fail(self, description: &str, now_ms: i64) -> Finished {
        let refusal = Refusal {
            code: "access_denied".to_owned(),
            description: description.to_owned(),
            kind: RefusalKind::Mfa,
            origin: Origin::default(),
        };
        self.refuse(refusal, now_ms)
    }

    /// The login ends here: nothing is issued.
    pub fn refuse(self, refusal: Refusal, now_ms: i64) -> Finished {
        Finished::refused(self.state, refusal, now_ms)
    }
}

/// A factor as the API spells it.
pub fn factor_name(factor: FactorType) -> String {
    serde_json::to_value(factor)
        .ok()
        .and_then(|value| value.as_str().map(str::to_owned))
        .unwrap_or_default()
}
