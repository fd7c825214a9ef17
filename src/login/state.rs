//! The login between two answers: which Action is next, and what the last one asked for.

use super::decision::{Refusal, RefusalKind};
use super::effects::is_left_out;
use super::mfa::MfaState;
use super::settle::Finished;
use super::suspended::{Away, Suspended};
use super::{Plan, Step};
use crate::command::{
    Call, Command, FailureKind, Handler, MetadataChange, Outcome, Recorded, Recorder, Report, Standing,
};
use crate::event::{Dict, Event, Protocol};
use crate::random::Random;
use crate::tenant::Profile;
use crate::trace::{Origin, Trace};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::time::Duration;

/// A login that is neither suspended nor over.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct State {
    pub(super) plan: Plan,
    /// The user who authenticated, whoever `plan.event.user` is by now.
    pub(super) authenticated: Profile,
    pub(super) recorder: Recorder,
    pub(super) recorded: Vec<Recorded>,
    /// 0-based number of the Action that runs or ran last.
    pub(super) current: usize,
    pub(super) handler: Handler,
    /// Whether the current Action exports `onContinuePostLogin`.
    pub(super) has_continue: bool,
    /// Time that Actions used since the login began or was resumed.
    pub(super) spent: Duration,
    /// Runs of Actions that the login has had.
    #[serde(default)]
    pub(super) runs: u32,
    pub(super) mfa: MfaState,
    pub(super) redirects: u32,
    /// Where the current Action wants the user to go once MFA is done.
    pub(super) departure: Option<Departure>,
    /// Calls before this index are in the profile already.
    pub(super) written: usize,
    /// Action that called `setPrimaryUser`, and the id.
    pub(super) primary_user: Option<(usize, String)>,
    pub(super) trace: Trace,
}

/// A redirect or a form, asked for by `sendUserTo` or `render`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) enum Departure {
    Form { id: String, fields: Dict, vars: Dict },
    Redirect { url: String },
}

/// An Action that is to be run.
#[derive(Debug)]
pub struct Running {
    state: State,
}

/// What to run, borrowed from a [`Running`].
#[derive(Debug)]
pub struct ActionRun<'a> {
    /// 0-based number in the bound order.
    pub index: usize,
    /// The Action's name.
    pub name: &'a str,
    /// Which handler.
    pub handler: Handler,
    /// What the script sees, without `secrets`.
    pub event: &'a Event,
    /// What was asked for so far.
    pub recorder: &'a Recorder,
    /// What queries are answered from.
    pub facts: &'a crate::command::Facts,
    /// Time that Actions used already in this segment; the limit is for all together.
    pub spent: Duration,
    /// Runs that the login has had before this one, in this segment and in earlier ones.
    pub ordinal: u32,
}

/// A user whose profile is needed.
#[derive(Debug)]
pub struct LoadingUser {
    state: State,
    user_id: String,
    purpose: Purpose,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Purpose {
    /// Later Actions are to see the new primary user.
    Show,
    /// The last check before anything is issued.
    Confirm,
}

/// What an Action's commands mean for the way of the login.
#[derive(Default)]
struct Wishes {
    refusal: Option<Refusal>,
    departure: Option<Departure>,
    primary_user: Option<String>,
}

impl State {
    pub(super) fn new(plan: Plan) -> Self {
        let event = &plan.event;
        let standing = Standing {
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
        let recorder = Recorder::new(standing, plan.cache.clone()).with_metadata(session, token);
        Self {
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
            trace: Trace::default(),
            plan,
        }
    }

    /// Runs the Action at `current`, or ends the list.
    pub(super) fn next_action(mut self, now_ms: i64, random: &mut dyn Random) -> Step {
        if self.current < self.plan.actions.len() {
            self.handler = Handler::Execute;
            return Step::Run(Running { state: self });
        }
        if let Some((_, user_id)) = self.primary_user.clone() {
            return Step::LoadUser(LoadingUser {
                state: self,
                user_id,
                purpose: Purpose::Confirm,
            });
        }
        self.final_mfa(now_ms, random)
    }

    /// Enters the current Action again through `onContinuePostLogin`.
    pub(super) fn continue_action(mut self, now_ms: i64, random: &mut dyn Random) -> Step {
        self.spent = Duration::ZERO;
        if self.has_continue {
            self.handler = Handler::Continue;
            return Step::Run(Running { state: self });
        }
        let name = self.plan.actions[self.current].clone();
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
        self.next_action(now_ms, random)
    }

    /// What comes after the MFA queue of the current Action is empty.
    pub(super) fn after_mfa(mut self, now_ms: i64, random: &mut dyn Random) -> Step {
        if let Some(departure) = self.departure.take() {
            return self.depart(departure, now_ms, random);
        }
        self.current += 1;
        self.next_action(now_ms, random)
    }

    fn depart(mut self, departure: Departure, now_ms: i64, random: &mut dyn Random) -> Step {
        const MAX_REDIRECTS: u32 = 10;
        if self.plan.event.is_silent() || !self.plan.event.has_browser() {
            let what = match departure {
                Departure::Form { .. } => "show a form",
                Departure::Redirect { .. } => "redirect the user",
            };
            let description = format!("An Action wants to {what}, which this request does not allow");
            return self.refuse(
                RefusalKind::Interaction,
                "interaction_required",
                description,
                now_ms,
            );
        }
        self.redirects += 1;
        if self.redirects > MAX_REDIRECTS {
            let description = format!("More than {MAX_REDIRECTS} redirects in one login");
            return self.refuse(
                RefusalKind::TooManyRedirects,
                "access_denied",
                description,
                now_ms,
            );
        }
        self.write_metadata();
        let away = match departure {
            Departure::Form { id, fields, vars } => Away::Form { id, fields, vars },
            Departure::Redirect { url } => Away::Redirect { url },
        };
        Step::Suspend(Box::new(Suspended::new(self, away, now_ms, random)))
    }

    /// Pending metadata goes to the profile before the user leaves, and is seen on resume.
    fn write_metadata(&mut self) {
        let user = &mut self.plan.event.user;
        let pending = self.recorded.iter().skip(self.written);
        for recorded in pending.filter(|recorded| !is_left_out(recorded, self.primary_user.as_ref())) {
            let (target, name, value) = match &recorded.command {
                Command::SetUserMetadata { name, value } => (&mut user.user_metadata, name, value),
                Command::SetAppMetadata { name, value } => (&mut user.app_metadata, name, value),
                _ => continue,
            };
            set_or_delete(target, name, value.clone());
        }
        self.written = self.recorded.len();
    }

    pub(super) fn refuse(
        self,
        kind: RefusalKind,
        code: &str,
        description: impl Into<String>,
        now_ms: i64,
    ) -> Step {
        let refusal = Refusal {
            code: code.to_owned(),
            description: description.into(),
            kind,
            origin: Origin::default(),
        };
        self.finish_refused(refusal, now_ms)
    }

    pub(super) fn finish_refused(self, refusal: Refusal, now_ms: i64) -> Step {
        Step::Finish(Box::new(Finished::refused(self, refusal, now_ms)))
    }

    /// Applies what is seen at once and collects what the commands mean for the way of the login.
    fn take_in(&mut self, recorded: &Recorded, wishes: &mut Wishes) {
        let refuse = |kind, description: &str| Refusal {
            code: "access_denied".to_owned(),
            description: without_controls(description),
            kind,
            origin: recorded.origin.clone(),
        };
        let mut refusal = None;
        match &recorded.command {
            Command::Deny { reason } => refusal = Some(refuse(RefusalKind::Deny, reason)),
            Command::RevokeSession { reason, .. } | Command::RevokeRefreshToken { reason } => {
                refusal = Some(refuse(RefusalKind::Revoke, reason));
            }
            Command::ValidationError { message, .. } => {
                refusal = Some(refuse(RefusalKind::Validation, message));
            }
            Command::SendUserTo { url } => {
                self.note_departure(wishes, &recorded.origin);
                wishes.departure = Some(Departure::Redirect { url: url.clone() });
            }
            Command::RenderPrompt { id, fields, vars } => {
                self.note_departure(wishes, &recorded.origin);
                wishes.departure = Some(Departure::Form {
                    id: id.clone(),
                    fields: fields.clone(),
                    vars: vars.clone(),
                });
            }
            Command::Mfa(command) => self.mfa.queue.push_back(command.clone()),
            Command::SetPrimaryUser { user_id } => wishes.primary_user = Some(user_id.clone()),
            Command::SetTransactionMetadata { key, value } => {
                set_or_delete(&mut self.plan.event.transaction.metadata, key, json!(value));
            }
            Command::SessionMetadata(change) => {
                if let Some(session) = &mut self.plan.event.session {
                    apply(change, session.metadata.get_or_insert_default());
                }
            }
            Command::RefreshTokenMetadata(change) => {
                if let Some(token) = &mut self.plan.event.refresh_token {
                    apply(change, token.metadata.get_or_insert_default());
                }
            }
            _ => {}
        }
        if wishes.refusal.is_none() {
            wishes.refusal = refusal;
        }
    }

    fn note_departure(&mut self, wishes: &Wishes, origin: &Origin) {
        if wishes.departure.is_some() {
            self.trace.warn(
                "several_redirects",
                "an Action asked for more than one redirect or form; the last one is taken",
                origin,
            );
        }
    }

    /// The calls of the Action that just ran, checked again as the worker should have checked them.
    fn record(&mut self, calls: Vec<Call>, now_ms: i64) -> Result<Vec<Recorded>, String> {
        let mut fresh = Vec::with_capacity(calls.len());
        for mut call in calls {
            call.index = Some(self.current);
            call.handler = (self.handler == Handler::Continue).then_some(Handler::Continue);
            let outcome = self.recorder.call(&call, self.handler, &self.plan.facts, now_ms);
            match outcome.map_err(|error| error.to_string())? {
                Outcome::Recorded(command, _) => {
                    fresh.push(Recorded {
                        origin: call.origin.clone(),
                        action: self.current,
                        command: *command,
                        call,
                    });
                }
                // A record whose time ran out between the script and here.
                Outcome::Answered(_) if matches!(call.method.as_str(), "cache.set" | "cache.delete") => {}
                Outcome::Answered(_) => {
                    return Err(format!("api.{}: this method records nothing", call.method));
                }
            }
        }
        Ok(fresh)
    }
}

impl Running {
    /// What to run.
    pub fn run(&self) -> ActionRun<'_> {
        let state = &self.state;
        ActionRun {
            index: state.current,
            name: &state.plan.actions[state.current],
            handler: state.handler,
            event: &state.plan.event,
            recorder: &state.recorder,
            facts: &state.plan.facts,
            spent: state.spent,
            ordinal: state.runs,
        }
    }

    /// Takes what the Action asked for and goes on.
    pub fn report(self, report: Report, now_ms: i64, random: &mut dyn Random) -> Step {
        let mut state = self.state;
        state.spent += report.elapsed;
        state.runs += 1;
        if state.handler == Handler::Execute {
            state.has_continue = report.has_continue;
        }
        if let Some(failure) = report.failure {
            for call in &report.calls {
                let target =
                    Command::parse(call).map_or_else(|_| call.method.clone(), |command| command.target());
                state.trace.discarded(target, &call.origin, "action_failed");
            }
            let origin = Origin {
                action: Some(state.plan.actions[state.current].clone()),
                file: failure.helper,
                line: failure.line,
                column: failure.column,
            };
            let refusal = Refusal {
                code: "access_denied".to_owned(),
                description: without_controls(&failure.message),
                kind: refusal_kind(failure.kind),
                origin,
            };
            return state.finish_refused(refusal, now_ms);
        }
        let fresh = match state.record(report.calls, now_ms) {
            Ok(fresh) => fresh,
            Err(reason) => {
                let description = format!(
                    "the worker of Action '{}' handed in a call that is not allowed: {reason}",
                    state.plan.actions[state.current]
                );
                return state.refuse(RefusalKind::WorkerDied, "access_denied", description, now_ms);
            }
        };
        let mut wishes = Wishes::default();
        for recorded in &fresh {
            state.take_in(recorded, &mut wishes);
        }
        state.recorded.extend(fresh);
        if let Some(refusal) = wishes.refusal {
            return state.finish_refused(refusal, now_ms);
        }
        state.departure = wishes.departure;
        if let Some(user_id) = wishes.primary_user {
            state.primary_user = Some((state.current, user_id.clone()));
            return Step::LoadUser(LoadingUser {
                state,
                user_id,
                purpose: Purpose::Show,
            });
        }
        state.next_mfa(now_ms, random)
    }
}

impl LoadingUser {
    /// Whose profile is needed.
    pub fn user_id(&self) -> &str {
        &self.user_id
    }

    /// Takes the profile, or that there is none, and goes on.
    pub fn found(self, profile: Option<Profile>, now_ms: i64, random: &mut dyn Random) -> Step {
        let mut state = self.state;
        match (self.purpose, profile) {
            (Purpose::Show, profile) => {
                if let Some(profile) = profile {
                    state.become_user(profile);
                }
                state.next_mfa(now_ms, random)
            }
            (Purpose::Confirm, Some(profile)) if has_secondary_identity(&profile, &state.authenticated) => {
                state.become_user(profile);
                state.final_mfa(now_ms, random)
            }
            (Purpose::Confirm, _) => {
                let message = format!(
                    "the identity that authenticated is not a secondary identity of {}; link the accounts before \
                     calling setPrimaryUser",
                    self.user_id
                );
                state.trace.warn("primary_user", message, &Origin::default());
                state.refuse(
                    RefusalKind::PrimaryUser,
                    "access_denied",
                    "Unable to construct login user",
                    now_ms,
                )
            }
        }
    }
}

impl State {
    fn become_user(&mut self, profile: Profile) {
        self.plan.event.user = crate::event::user_of(&profile);
        self.plan.facts.user_id.clone_from(&self.plan.event.user.user_id);
        self.plan.profile = profile;
    }
}

/// Whether `authenticated` is one of the identities of `primary` past the first (semantics 2.4).
fn has_secondary_identity(primary: &Profile, authenticated: &Profile) -> bool {
    let user_id = authenticated.0.get("user_id").and_then(Value::as_str);
    let identities = primary.0.get("identities").and_then(Value::as_array);
    identities.into_iter().flatten().skip(1).any(|identity| {
        let provider = identity
            .get("provider")
            .and_then(Value::as_str)
            .unwrap_or_default();
        let id = match identity.get("user_id") {
            Some(Value::String(id)) => id.clone(),
            Some(Value::Number(id)) => id.to_string(),
            _ => return false,
        };
        user_id == Some(&format!("{provider}|{id}"))
    })
}

fn refusal_kind(kind: FailureKind) -> RefusalKind {
    match kind {
        FailureKind::CommandLimit => RefusalKind::CommandLimit,
        FailureKind::Exception => RefusalKind::Exception,
        FailureKind::MemoryLimit => RefusalKind::MemoryLimit,
        FailureKind::NeverFinished => RefusalKind::NeverFinished,
        FailureKind::OutputLimit => RefusalKind::OutputLimit,
        FailureKind::TimeLimit => RefusalKind::TimeLimit,
        FailureKind::WorkerDied => RefusalKind::WorkerDied,
    }
}

pub(super) fn apply(change: &MetadataChange, metadata: &mut Dict) {
    match change {
        MetadataChange::Delete { key } => {
            metadata.shift_remove(key);
        }
        MetadataChange::Evict => metadata.clear(),
        MetadataChange::Set { key, value } => {
            metadata.insert(key.clone(), value.clone().into());
        }
    }
}

fn set_or_delete(target: &mut Dict, name: &str, value: Value) {
    if value.is_null() {
        target.shift_remove(name);
    } else {
        target.insert(name.to_owned(), value);
    }
}

/// Control characters are stripped from what is sent to the application (semantics 10).
fn without_controls(text: &str) -> String {
    text.chars().filter(|character| !character.is_control()).collect()
}
