//! One run of an Action: what is run, and what its commands mean for the way of the login.

use super::primary_user::{LoadingUser, PrimaryUser, Purpose};
use super::refusal::Refusal;
use super::state::{Departure, State, apply, set_or_delete};
use super::step::Step;
use crate::command::{
    Call, Command, Exchange, FailureKind, Handler, Outcome, Recorded, Recorder, Remark, RemarkKind, Report,
};
use crate::event::Event;
use crate::random::Random;
use crate::time::Moment;
use crate::trace::{Origin, Trace};
use serde_json::json;
use std::time::Duration;

/// An Action that is to be run.
#[derive(Debug)]
pub struct Running {
    pub(super) state: Box<State>,
}

/// What to run, borrowed from a [`Running`].
#[derive(Debug)]
pub struct ActionRun<'a> {
    /// 0-based number in this login.
    pub index: usize,
    /// 0-based number in the bound order of today.
    pub place: usize,
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

/// What an Action's commands mean for the way of the login.
#[derive(Default)]
struct Wishes {
    refusal: Option<Refusal>,
    departure: Option<Departure>,
    primary_user: Option<String>,
}

impl Running {
    /// What to run.
    pub fn run(&self) -> ActionRun<'_> {
        let state = &self.state;
        ActionRun {
            index: state.current,
            place: state.plan.actions[state.current].place,
            name: &state.plan.actions[state.current].name,
            handler: state.handler,
            event: &state.plan.event,
            recorder: &state.recorder,
            facts: &state.plan.facts,
            spent: state.spent,
            ordinal: state.runs,
        }
    }

    /// Takes the commands of the Action and continues the login.
    pub fn report(self, report: Report, now: Moment, random: &mut dyn Random) -> Step {
        let mut state = self.state;
        state.spent += report.elapsed;
        state.runs = state.runs.saturating_add(1);
        if state.handler == Handler::Execute {
            state.has_continue = report.has_continue;
        }
        for remark in &report.remarks {
            state.take_note(remark);
        }
        for exchange in &report.http {
            state.note_exchange(exchange);
        }
        if let Some(failure) = report.failure {
            for call in &report.calls {
                let target =
                    Command::parse(call).map_or_else(|_| call.method.clone(), |command| command.target());
                state.trace.discarded(target, &call.origin, "action_failed");
            }
            let origin = Origin {
                action: Some(state.plan.actions[state.current].name.clone()),
                file: failure.helper,
                line: failure.line,
                column: failure.column,
            };
            let refusal = Refusal::ActionFailed {
                failure: failure.kind,
                message: without_controls(&failure.message),
                origin,
            };
            return state.finish_refused(refusal, now);
        }
        let fresh = match state.record(report.calls, now) {
            Ok(fresh) => fresh,
            Err(reason) => {
                let message = format!(
                    "the worker of Action '{}' handed in a call that is not allowed: {reason}",
                    state.plan.actions[state.current].name
                );
                let refusal = Refusal::ActionFailed {
                    failure: FailureKind::WorkerDied,
                    message,
                    origin: Origin::default(),
                };
                return state.finish_refused(refusal, now);
            }
        };
        let mut wishes = Wishes::default();
        for recorded in &fresh {
            state.take_in(recorded, &mut wishes);
        }
        state.recorded.extend(fresh);
        if let Some(refusal) = wishes.refusal {
            return state.finish_refused(refusal, now);
        }
        state.departure = wishes.departure;
        if let Some(user_id) = wishes.primary_user {
            state.primary_user = Some(PrimaryUser {
                action: state.current,
                user_id: user_id.clone(),
                seen: false,
                calls_before: state.written,
                factors_before: state.mfa.enrolled.len(),
            });
            return Step::LoadUser(LoadingUser {
                state,
                user_id,
                purpose: Purpose::Show,
            });
        }
        state.next_mfa(now, random)
    }
}

impl State {
    fn take_note(&mut self, remark: &Remark) {
        let (code, message) = (remark.kind.code(), remark.message());
        match remark.kind {
            RemarkKind::ActionEnded => {
                let target = remark.method.as_str();
                self.trace.dropped(target, &remark.origin, code, message);
            }
            RemarkKind::OtherSpelling
            | RemarkKind::QueryNull
            | RemarkKind::StandardClaim
            | RemarkKind::ValueMissing
            | RemarkKind::WeakSecret
            | RemarkKind::WrittenAsJson => self.trace.warn(code, message, &remark.origin),
        }
    }

    /// Requests over the network were sent, whatever becomes of the login.
    fn note_exchange(&mut self, exchange: &Exchange) {
        let target = format!("{}{} {}", Trace::HTTP, exchange.method, exchange.url);
        let origin = Origin {
            action: Some(self.plan.actions[self.current].name.clone()),
            ..Origin::default()
        };
        match exchange.status {
            Some(_) => self.trace.applied(target, &origin),
            None => self.trace.unanswered(target, &origin),
        }
    }

    /// Applies what is seen at once and collects what the commands mean for the way of the login.
    fn take_in(&mut self, recorded: &Recorded, wishes: &mut Wishes) {
        let origin = || recorded.origin.clone();
        let mut refusal = None;
        match &recorded.command {
            Command::Deny { reason } => {
                refusal = Some(Refusal::Deny {
                    reason: without_controls(reason),
                    origin: origin(),
                });
            }
            Command::RevokeSession { reason, .. } | Command::RevokeRefreshToken { reason } => {
                refusal = Some(Refusal::Revoke {
                    reason: without_controls(reason),
                    origin: origin(),
                });
            }
            Command::ValidationError { message, .. } => {
                refusal = Some(Refusal::Validation {
                    message: without_controls(message),
                    origin: origin(),
                });
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
                    let evicted = &mut self.evicted.session;
                    apply(change, session.metadata.get_or_insert_default(), evicted);
                }
            }
            Command::RefreshTokenMetadata(change) => {
                if let Some(token) = &mut self.plan.event.refresh_token {
                    let evicted = &mut self.evicted.refresh_token;
                    apply(change, token.metadata.get_or_insert_default(), evicted);
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
    fn record(&mut self, calls: Vec<Call>, now: Moment) -> Result<Vec<Recorded>, String> {
        let mut fresh = Vec::with_capacity(calls.len());
        for mut call in calls {
            call.index = Some(self.current);
            call.handler = (self.handler == Handler::Continue).then_some(Handler::Continue);
            let outcome = self.recorder.call(&call, self.handler, &self.plan.facts, now);
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

/// Control characters are stripped from what is sent to the application (semantics 10).
fn without_controls(text: &str) -> String {
    text.chars().filter(|character| !character.is_control()).collect()
}
