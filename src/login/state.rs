//! The login between two answers: what it knows, and which Action is next.

use super::mfa::MfaState;
use super::plan::Plan;
use super::primary_user::{LoadingUser, PrimaryUser, Purpose};
use super::refusal::{Page, Refusal};
use super::running::Running;
use super::settle::Finished;
use super::step::Step;
use super::suspended::{Away, Suspended};
use crate::command::{Handler, MetadataChange, Preconditions, Recorded, Recorder};
use crate::event::{Dict, Protocol};
use crate::random::Random;
use crate::tenant::Profile;
use crate::time::Moment;
use crate::trace::{Origin, Trace};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::time::Duration;

/// A login that is neither suspended nor over. It is large, and goes from step to step in its box.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct State {
    pub(super) plan: Plan,
    /// The user who authenticated, whoever `plan.event.user` is by now.
    #[serde(skip)]
    pub(super) authenticated: Profile,
    pub(super) recorder: Recorder,
    /// Kept as calls, whose secrets are handles.
    #[serde(skip)]
    pub(super) recorded: Vec<Recorded>,
    /// 0-based number of the Action that runs or ran last.
    pub(super) current: usize,
    pub(super) handler: Handler,
    /// Whether the current Action exports `onContinuePostLogin`.
    pub(super) has_continue: bool,
    /// Time that Actions used since the login began or was resumed.
    pub(super) spent: Duration,
    /// Runs of Actions that the login has had.
    pub(super) runs: u32,
    pub(super) mfa: MfaState,
    pub(super) redirects: u32,
    /// Where the current Action wants the user to go once MFA is done.
    pub(super) departure: Option<Departure>,
    /// Calls before this index are in the profile already.
    pub(super) written: usize,
    pub(super) primary_user: Option<PrimaryUser>,
    /// What evictions took out of the metadata that Actions see, and have to take out of those that are kept.
    #[serde(default, skip_serializing_if = "Evicted::is_nothing")]
    pub(super) evicted: Evicted,
    pub(super) trace: Trace,
}

/// Keys of metadata, by whose they are.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Evicted {
    pub(super) session: Vec<String>,
    pub(super) refresh_token: Vec<String>,
}

impl Evicted {
    fn is_nothing(&self) -> bool {
        *self == Self::default()
    }
}

/// A redirect or a form, asked for by `sendUserTo` or `render`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) enum Departure {
    Form { id: String, fields: Dict, vars: Dict },
    Redirect { url: String },
}

/// Redirects and forms in one login (semantics 1.2).
pub(super) const MAX_REDIRECTS: u32 = 10;

impl State {
    pub(super) fn new(plan: Plan) -> Box<Self> {
        let event = &plan.event;
        let preconditions = Preconditions {
            session: event.has_session(),
            refresh_exchange: event.transaction.protocol == Some(Protocol::Oauth2RefreshToken),
        };
        let session = event
            .session
            .iter()
            .flat_map(|session| session.metadata.iter().flat_map(Dict::keys));
        let token = event
            .refresh_token
            .iter()
            .flat_map(|token| token.metadata.iter().flat_map(Dict::keys));
        let recorder = Recorder::new(preconditions, plan.cache.clone()).with_metadata(session, token);
        Box::new(Self {
            authenticated: plan.profile.clone(),
            recorder,
            recorded: Vec::new(),
            current: 0,
            handler: Handler::Execute,
            has_continue: false,
            spent: Duration::ZERO,
            runs: 0,
            mfa: MfaState::default(),
            redirects: 0,
            departure: None,
            written: 0,
            primary_user: None,
            evicted: Evicted::default(),
            trace: Trace::default(),
            plan,
        })
    }

    /// Runs the Action at `current`, or ends the list.
    pub(super) fn next_action(mut self: Box<Self>, now: Moment, random: &mut dyn Random) -> Step {
        if self.current < self.plan.actions.len() {
            self.handler = Handler::Execute;
            return Step::Run(Running { state: self });
        }
        if let Some(primary) = &self.primary_user {
            return Step::LoadUser(LoadingUser {
                user_id: primary.user_id.clone(),
                state: self,
                purpose: Purpose::Confirm,
            });
        }
        self.final_mfa(now, random)
    }

    /// Enters the current Action again through `onContinuePostLogin`.
    pub(super) fn continue_action(mut self: Box<Self>, now: Moment, random: &mut dyn Random) -> Step {
        self.spent = Duration::ZERO;
        if self.has_continue {
            self.handler = Handler::Continue;
            return Step::Run(Running { state: self });
        }
        let name = self.plan.actions[self.current].name.clone();
        let origin = Origin {
            action: Some(name.clone()),
            ..Origin::default()
        };
        let message = format!(
            "Action '{name}' sent the user away but exports no onContinuePostLogin; the login goes on with the \
             next Action"
        );
        self.trace.warn("no_continue_handler", message, &origin);
        self.current += 1;
        self.next_action(now, random)
    }

    /// What comes after the MFA queue of the current Action is empty.
    pub(super) fn after_mfa(mut self: Box<Self>, now: Moment, random: &mut dyn Random) -> Step {
        if let Some(departure) = self.departure.take() {
            return self.depart(departure, now, random);
        }
        self.current += 1;
        self.next_action(now, random)
    }

    fn depart(mut self: Box<Self>, departure: Departure, now: Moment, random: &mut dyn Random) -> Step {
        if self.plan.event.is_silent() || !self.plan.event.has_browser() {
            let page = match departure {
                Departure::Form { .. } => Page::Form,
                Departure::Redirect { .. } => Page::Redirect,
            };
            return self.finish_refused(Refusal::NoPage { page }, now);
        }
        self.redirects += 1;
        if self.redirects > MAX_REDIRECTS {
            let refusal = Refusal::TooManyRedirects { most: MAX_REDIRECTS };
            return self.finish_refused(refusal, now);
        }
        self.write_metadata();
        let away = match departure {
            Departure::Form { id, fields, vars } => Away::Form { id, fields, vars },
            Departure::Redirect { url } => Away::Redirect { url },
        };
        Step::Suspend(Box::new(Suspended::new(self, away, now, random)))
    }

    /// Pending metadata goes to the profile before the user leaves, and is seen on resume.
    fn write_metadata(&mut self) {
        self.written = self.recorded.len();
        self.lay_over_user();
    }

    pub(super) fn finish_refused(self: Box<Self>, refusal: Refusal, now: Moment) -> Step {
        Step::Finish(Box::new(Finished::refused(self, refusal, now)))
    }
}

/// Changes the metadata that Actions see; keys that an eviction takes out are noted in `evicted`.
pub(super) fn apply(change: &MetadataChange, metadata: &mut Dict, evicted: &mut Vec<String>) {
    match change {
        MetadataChange::Delete { key } => {
            metadata.shift_remove(key);
        }
        MetadataChange::Evict => evicted.extend(std::mem::take(metadata).into_iter().map(|(key, _)| key)),
        MetadataChange::Set { key, value } => {
            metadata.insert(key.clone(), value.clone().into());
        }
    }
}

pub(super) fn set_or_delete(target: &mut Dict, name: &str, value: Value) {
    if value.is_null() {
        target.shift_remove(name);
    } else {
        target.insert(name.to_owned(), value);
    }
}
