//! Doing what a login asks for: run Actions, find users, let the user go and come back.

use super::options::{ContinueRequest, MfaAnswer};
use super::trouble::Trouble;
use super::used::use_up;
use crate::action::{Clock, Limits, Pool, Run, Script};
use crate::command::{Call, Command, Handler, Report};
use crate::event::{Event, EventRequest};
use crate::login::{ActionRun, Away, BoundAction, Decision, Finished, Seen, Step, Suspended, Today};
use crate::random::Random;
use crate::result::{ActionError, ActionPart};
use crate::tenant::Profile;
use crate::trace::{Origin, Warning};
use serde_json::{Map, Value, json};
use std::collections::VecDeque;

/// Where the report of an Action comes from.
pub trait Reports {
    /// The report of this run.
    ///
    /// # Errors
    /// The Action's script cannot be had.
    fn report(&mut self, run: &ActionRun<'_>) -> Result<Report, Trouble>;

    /// Calls that were to be reported and never were.
    fn unreached(&self) -> Vec<Call>;

    /// The request that brings the user back, where no `--continue` says it.
    fn comes_back(&self, suspended: &Suspended) -> Option<ContinueRequest>;
}

/// Runs the Actions.
pub struct Workers<'a> {
    /// Worker processes.
    pub pool: &'a mut Pool,
    /// Gives the script of a run.
    pub script: &'a dyn Fn(&ActionRun<'_>) -> Result<Script, Trouble>,
    /// Limits; the time is for all Actions of a segment together.
    pub limits: Limits,
    /// A frozen clock, or none.
    pub frozen_ms: Option<i64>,
    /// The seed, where the run is reproducible.
    pub seed: Option<&'a str>,
}

impl Reports for Workers<'_> {
    fn report(&mut self, run: &ActionRun<'_>) -> Result<Report, Trouble> {
        let script = (self.script)(run)?;
        let limits = Limits {
            spent: run.spent,
            ..self.limits
        };
        Ok(self.pool.run(&Run {
            script: &script,
            handler: run.handler,
            event: run.event,
            recorder: run.recorder,
            facts: run.facts,
            clock: self.frozen_ms.map_or(Clock::System, Clock::Frozen),
            seed: self.seed,
            ordinal: run.ordinal,
            limits,
        }))
    }

    fn unreached(&self) -> Vec<Call> {
        Vec::new()
    }

    fn comes_back(&self, _: &Suspended) -> Option<ContinueRequest> {
        None
    }
}

/// Calls that were recorded before; no JavaScript runs.
pub struct Recording {
    calls: VecDeque<Call>,
    names: Vec<String>,
}

impl Recording {
    /// The calls in order. Those that do not say which Action made them are grouped by its name.
    pub fn new(mut calls: Vec<Call>) -> Self {
        let mut names: Vec<String> = Vec::new();
        for call in &mut calls {
            let name = call
                .origin
                .action
                .clone()
                .unwrap_or_else(|| "commands".to_owned());
            let index = call.index.unwrap_or_else(|| match names.last() {
                Some(last) if *last == name => names.len() - 1,
                _ => names.len(),
            });
            // An Action that asked for nothing has left no name.
            while names.len() <= index.min(MAX_ACTIONS) {
                names.push(format!("action {}", names.len()));
            }
            if let Some(slot) = names.get_mut(index) {
                *slot = name;
            }
            call.index = Some(index);
        }
        Self {
            calls: calls.into(),
            names,
        }
    }

    /// The Actions that made the calls, in order; none has code.
    pub fn bound(&self) -> Vec<BoundAction> {
        let names = self.names.iter().enumerate();
        names
            .map(|(place, name)| BoundAction {
                name: name.clone(),
                code: String::new(),
                place,
            })
            .collect()
    }
}

/// More Actions than can be bound.
const MAX_ACTIONS: usize = 1000;

impl Reports for Recording {
    fn report(&mut self, run: &ActionRun<'_>) -> Result<Report, Trouble> {
        let mut report = Report {
            has_continue: true,
            ..Report::default()
        };
        while let Some(call) = self.calls.front() {
            if call.index != Some(run.index) || call.handler.unwrap_or(Handler::Execute) != run.handler {
                break;
            }
            report.calls.extend(self.calls.pop_front());
        }
        Ok(report)
    }

    fn unreached(&self) -> Vec<Call> {
        self.calls.iter().cloned().collect()
    }

    /// Calls that come later show that the user came back.
    fn comes_back(&self, suspended: &Suspended) -> Option<ContinueRequest> {
        let left = !self.calls.is_empty() && !matches!(suspended.away(), Away::Mfa(_));
        left.then(ContinueRequest::default)
    }
}

/// What the login's surroundings do for it.
pub struct Host<'a> {
    /// Runs Actions, or repeats what they asked for.
    pub reports: &'a mut dyn Reports,
    /// Finds a user by id.
    pub user: &'a dyn Fn(&str) -> Option<Profile>,
    /// What a suspended login is taken up with.
    pub today: &'a dyn Fn(&Suspended) -> Result<Today, Trouble>,
    /// Remembers that the login which was kept is answered; `None` where none was.
    pub seen: Option<&'a mut dyn Seen>,
    /// A frozen clock, or none.
    pub frozen_ms: Option<i64>,
    /// For states and ids.
    pub random: &'a mut dyn Random,
}

/// The answers that are ready before they are asked for.
#[derive(Debug, Default)]
pub struct Answers {
    /// Requests that come back from redirects and forms.
    pub continues: VecDeque<ContinueRequest>,
    /// How factors end.
    pub factors: VecDeque<MfaAnswer>,
}

impl Answers {
    /// Answers that nothing asked for; `what` says where the login is now.
    fn unused(&self, what: &str) -> Option<Warning> {
        let left = [
            (self.continues.len(), "--continue"),
            (self.factors.len(), "--mfa"),
        ];
        let left: Vec<&str> = left
            .iter()
            .filter(|(count, _)| *count > 0)
            .map(|(_, option)| *option)
            .collect();
        let message = format!("the login {what} and never asked for {}", left.join(" and "));
        let warning = Warning {
            code: "unused_option".to_owned(),
            message,
            origin: Origin::default(),
        };
        (!left.is_empty()).then_some(warning)
    }
}

/// Where a login is when there is nothing more to do for it.
pub enum Ending {
    /// It is over.
    Finished(Box<Finished>),
    /// The user is away, and no answer is ready.
    Suspended(Box<Suspended>),
}

/// What came of driving a login.
pub struct Driven {
    /// Where it is now.
    pub ending: Ending,
    /// Each run of an Action, in order.
    pub actions: Vec<ActionPart>,
    /// About logs.
    pub warnings: Vec<Warning>,
}

/// The platform keeps this many characters of an Action's log.
const PLATFORM_LOG_CHARACTERS: usize = 256;

impl Host<'_> {
    /// Epoch milliseconds.
    pub fn now_ms(&self) -> i64 {
        #[expect(
            clippy::disallowed_methods,
            reason = "the edge: here the clock becomes an argument"
        )]
        self.frozen_ms
            .unwrap_or_else(|| chrono::Utc::now().timestamp_millis())
    }

    /// Drives `step` until the login is over or waits for an answer that is not there.
    ///
    /// # Errors
    /// An Action's script cannot be had, or an answer does not fit the question.
    pub fn drive(&mut self, mut step: Step, answers: &mut Answers) -> Result<Driven, Trouble> {
        let mut actions = Vec::new();
        let mut warnings = Vec::new();
        loop {
            step = match step {
                Step::Finish(mut finished) => {
                    // After a refusal no later Action runs; otherwise the result would be another one.
                    let unreached = self.reports.unreached();
                    match &finished.decision {
                        Decision::Issue(_) => all_reached(&unreached)?,
                        Decision::Refuse(_) => {
                            for call in unreached {
                                let target =
                                    Command::parse(&call).map_or(call.method, |command| command.target());
                                finished.trace.discarded(target, &call.origin, "not_reached");
                            }
                        }
                    }
                    warnings.extend(answers.unused("is over"));
                    return Ok(Driven {
                        ending: Ending::Finished(finished),
                        actions,
                        warnings,
                    });
                }
                Step::LoadUser(loading) => {
                    let profile = (self.user)(loading.user_id());
                    loading.found(profile, self.now_ms(), self.random)
                }
                Step::Run(running) => {
                    let run = running.run();
                    let name = run.name.to_owned();
                    let report = self.reports.report(&run)?;
                    warnings.extend(long_log(&name, &report));
                    actions.push(self.action_part(name, &report));
                    running.report(report, self.now_ms(), self.random)
                }
                Step::Suspend(suspended) => match self.answer(suspended, answers)? {
                    Ok(step) => step,
                    Err(suspended) => {
                        all_reached(&self.reports.unreached())?;
                        warnings.extend(answers.unused("waits for another answer"));
                        return Ok(Driven {
                            ending: Ending::Suspended(suspended),
                            actions,
                            warnings,
                        });
                    }
                },
            };
        }
    }

    fn action_part(&self, name: String, report: &Report) -> ActionPart {
        let ms = if self.frozen_ms.is_some() {
            0.0
        } else {
            report.elapsed.as_secs_f64() * 1000.0
        };
        let error = report.failure.as_ref().map(|failure| ActionError {
            message: failure.message.clone(),
            file: failure.file.clone(),
            line: failure.line,
            column: failure.column,
            stack: failure.stack.clone(),
        });
        let logs = report.logs.iter().map(|line| line.text.clone()).collect();
        ActionPart {
            name,
            ms: (ms * 1000.0).round() / 1000.0,
            logs,
            log_levels: report.logs.iter().map(|line| line.level).collect(),
            error,
        }
    }

    /// The step after the answer, or the suspended login where no answer is ready.
    fn answer(
        &mut self,
        suspended: Box<Suspended>,
        answers: &mut Answers,
    ) -> Result<Result<Step, Box<Suspended>>, Trouble> {
        let now_ms = self.now_ms();
        let state = suspended.state_hash();
        let resumed = match suspended.away() {
            Away::Mfa(_) => match answers.factors.pop_front() {
                None => return Ok(Err(suspended)),
                Some(MfaAnswer::Fail) => {
                    let today = (self.today)(&suspended)?;
                    suspended
                        .fail_mfa("Multifactor authentication failed", today, now_ms)
                        .map(|finished| Step::Finish(Box::new(finished)))
                }
                Some(MfaAnswer::Complete(factor)) => {
                    let today = (self.today)(&suspended)?;
                    suspended.complete_mfa(factor, today, now_ms, self.random)
                }
            },
            Away::Form { .. } | Away::Redirect { .. } => match self.next_request(&suspended, answers) {
                None => return Ok(Err(suspended)),
                Some(answer) => {
                    let request = request(&answer, suspended.state(), suspended.event(), now_ms);
                    let today = (self.today)(&suspended)?;
                    suspended.resume(request, today, now_ms, self.random)
                }
            },
        };
        match resumed {
            Ok(step) => {
                // Where this login is suspended again, nobody has kept it yet.
                if let Some(seen) = self.seen.take() {
                    use_up(&state, seen)?;
                }
                Ok(Ok(step))
            }
            Err((_, error)) => Err(Trouble::new(
                format!("the login cannot be resumed (invalid_request): {error}"),
                "give the answer that the suspended login asks for",
            )),
        }
    }

    fn next_request(&self, suspended: &Suspended, answers: &mut Answers) -> Option<ContinueRequest> {
        answers
            .continues
            .pop_front()
            .or_else(|| self.reports.comes_back(suspended))
    }
}

fn all_reached(unreached: &[Call]) -> Result<(), Trouble> {
    let Some(call) = unreached.first() else {
        return Ok(());
    };
    let of = call.origin.action.as_deref().unwrap_or("commands");
    Err(Trouble::new(
        format!(
            "the command {} of '{of}' is never reached, nor are {} after it",
            call.method,
            unreached.len() - 1
        ),
        "the login ends or waits before it: check the order of the commands, or give the answers with --mfa and \
         --continue",
    ))
}

fn long_log(name: &str, report: &Report) -> Option<Warning> {
    let characters: usize = report.logs.iter().map(|line| line.text.chars().count()).sum();
    let message = format!(
        "Action '{name}' logged {characters} characters; the platform keeps only {PLATFORM_LOG_CHARACTERS} of each Action"
    );
    let origin = Origin {
        action: Some(name.to_owned()),
        ..Origin::default()
    };
    (characters > PLATFORM_LOG_CHARACTERS).then(|| Warning {
        code: "long_log".to_owned(),
        message,
        origin,
    })
}

/// The request that comes back to `/continue`.
fn request(answer: &ContinueRequest, state: &str, event: &Event, now_ms: i64) -> EventRequest {
    let mut query = with_state(&answer.query, state);
    let mut body = with_state(&answer.body, state);
    if let Some(token) = &answer.token {
        let issued_at = now_ms.div_euclid(1000);
        let mut claims = Map::from_iter([
            ("iat".to_owned(), json!(issued_at)),
            ("exp".to_owned(), json!(issued_at + 900)),
            ("sub".to_owned(), json!(event.user.user_id)),
            ("iss".to_owned(), json!(event.request.hostname)),
            ("state".to_owned(), json!(state)),
        ]);
        for (name, value) in with_state(&token.payload, state) {
            if value.is_null() {
                claims.shift_remove(&name);
            } else {
                claims.insert(name, value);
            }
        }
        let parameter = token
            .parameter
            .clone()
            .unwrap_or_else(|| "session_token".to_owned());
        body.insert(
            parameter,
            crate::command::sign_session_token(&token.secret, &Value::Object(claims)).into(),
        );
    }
    if !query.contains_key("state") && !body.contains_key("state") {
        query.insert("state".to_owned(), state.into());
    }
    let default_method = if body.is_empty() { "GET" } else { "POST" };
    EventRequest {
        method: answer.method.clone().unwrap_or_else(|| default_method.to_owned()),
        query,
        body,
        ip: answer.ip.clone().unwrap_or_else(|| event.request.ip.clone()),
        user_agent: answer
            .user_agent
            .clone()
            .or_else(|| event.request.user_agent.clone()),
        hostname: event.request.hostname.clone(),
        ..EventRequest::default()
    }
}

fn with_state(values: &Map<String, Value>, state: &str) -> Map<String, Value> {
    let filled = values.iter().map(|(name, value)| {
        let value = match value {
            Value::String(text) => Value::from(text.replace("{{state}}", state)),
            other => other.clone(),
        };
        (name.clone(), value)
    });
    filled.collect()
}
