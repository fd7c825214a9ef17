//! A login from its beginning to where it rests.

use super::answer::Answer;
use super::defaults::{Nowhere, SystemClock};
use super::error::FlowError;
use super::incoming::RefusedLogin;
use super::outcome::{ActionLog, Decided, End, Outcome, Rest};
use super::surroundings::{
    Actions, Answers, Clock, Organizations, Profiles, RestingPlace, Seen, Suspensions, Use,
};
use crate::command::{Cache, Call, Command};
use crate::event::{Asked, AskedClient, Circumstances, Event, EventError, GivenEvent};
use crate::issue::{Issuing, OnWarning, issue};
use crate::keys::KeyRing;
use crate::login::{self, Decision, Finished, Plan, Refusal, Step, Suspended};
use crate::random::Random;
use crate::tenant::{Client, Profile, Tenant};
use crate::time::Moment;
use crate::trace::{Origin, Warning};
use std::borrow::Cow;

/// Drives logins of one tenant. [`Flow::new`] has plain surroundings; each can be set to another.
pub struct Flow<'a> {
    /// The tenant, read once.
    pub tenant: &'a Tenant,
    /// Its keys.
    pub keys: &'a KeyRing,
    /// Runs the Actions.
    pub actions: &'a dyn Actions,
    /// Finds users; the tenant's own are the plain ones.
    pub profiles: &'a dyn Profiles,
    /// Whom organizations let in; the tenant alone is lenient.
    pub organizations: &'a dyn Organizations,
    /// Keeps the login while its user is away.
    pub suspensions: &'a dyn Suspensions,
    /// Remembers that a login which was kept is answered.
    pub seen: &'a dyn Seen,
    /// The system's clock, where nothing else is set.
    pub clock: &'a dyn Clock,
    /// For states, ids and initialisation vectors.
    pub random: &'a mut dyn Random,
    /// What a warning means; the notes of this field come after the login's own warnings.
    pub on_warning: OnWarning<'a>,
}

/// A login that is to begin.
pub struct Login<'a> {
    /// The application.
    pub client: &'a Client,
    /// The user whom the tenant knows; absent where the given event alone names the user.
    pub user: Option<&'a Profile>,
    /// What really happened.
    pub circumstances: Circumstances,
    /// The event that is laid over the one that is made.
    pub given: Option<GivenEvent>,
    /// What earlier logins left in the cache.
    pub cache: Cache,
    /// Why the login is refused from the beginning.
    pub refused: Option<RefusedLogin>,
    /// What is to be said about the request.
    pub warnings: Vec<Warning>,
}

impl<'a> Login<'a> {
    /// A login of `user` to `client`.
    pub fn of(client: &'a Client, user: &'a Profile, circumstances: Circumstances) -> Self {
        Self {
            client,
            user: Some(user),
            circumstances,
            given: None,
            cache: Cache::default(),
            refused: None,
            warnings: Vec::new(),
        }
    }
}

/// What has been driven so far.
struct Drive<'c> {
    client: &'c Client,
    /// Whether the login that waits was kept, so that its answer must be the first one.
    kept: Kept,
    actions: Vec<ActionLog>,
    warnings: Vec<Warning>,
}

impl Drive<'_> {
    fn over(self, finished: Finished) -> Decided {
        Decided {
            end: End::Finished(Box::new(finished)),
            actions: self.actions,
            warnings: self.warnings,
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kept {
    No,
    Yes,
}

impl<'a> Flow<'a> {
    /// A flow with the users of the tenant folder and the system's clock; a login whose user leaves is in the outcome
    /// and kept nowhere.
    pub fn new(
        tenant: &'a Tenant,
        keys: &'a KeyRing,
        actions: &'a dyn Actions,
        random: &'a mut dyn Random,
    ) -> Self {
        Self {
            tenant,
            keys,
            actions,
            profiles: tenant,
            organizations: tenant,
            suspensions: &Nowhere,
            seen: &Nowhere,
            clock: &SystemClock,
            random,
            on_warning: OnWarning::Issue,
        }
    }

    /// Begins a login, and drives it until it is over or waits for an answer that `answers` do not have.
    ///
    /// # Errors
    /// The login cannot start, or something that it needs cannot be had. A login that is refused is an outcome.
    pub fn login(&mut self, login: Login<'_>, answers: &mut dyn Answers) -> Result<Outcome, FlowError> {
        let client = login.client;
        let decided = self.decide(login, answers)?;
        Ok(self.conclude(decided, client))
    }

    /// As [`Flow::login`], but what is decided is not issued yet: whoever has to keep something first issues it then
    /// ([`issue`](crate::issue::issue)).
    ///
    /// # Errors
    /// As [`Flow::login`].
    pub fn decide(&mut self, login: Login<'_>, answers: &mut dyn Answers) -> Result<Decided, FlowError> {
        let Login {
            client,
            user,
            circumstances,
            given,
            cache,
            refused,
            mut warnings,
        } = login;
        let now = self.now();
        let asked = Asked {
            domain: self.tenant.config.domain().to_owned(),
            client: AskedClient::of(client, self.tenant),
            user_id: user.map(|user| user.user_id().to_owned()),
            at: now,
            circumstances,
            given,
        };
        self.check_asked(&asked, client, user)?;
        let mut opening = asked.open(self.tenant, client, user)?;
        self.check_event(&opening.event)?;
        if let Some(refused) = &refused {
            opening.request.saml = Some(refused.answered.clone());
        }
        let not_admitted = match user {
            Some(user) => self.not_admitted(&asked, user, &opening.event)?,
            None => None,
        };
        let not_enabled = self.not_enabled(&opening.event.connection.name, client);
        let event_user = &opening.event.user.user_id;
        let known = match user.filter(|user| user.user_id() == event_user) {
            Some(user) => Some(Cow::Borrowed(user)),
            // A given event may name another user.
            None => self.profiles.user(event_user)?.map(Cow::Owned),
        };
        let actions = self.actions.bound();
        let mut plan = Plan::of(opening, asked, self.tenant, client, known.as_deref(), actions);
        plan.cache = cache;
        plan.refusal = refused
            .map(|refused| refused.refusal)
            .or(plan.refusal)
            .or(not_admitted);
        if plan.policy.refresh_token.is_some() {
            let beyond = client.refresh_lifetimes_beyond().into_iter();
            warnings.extend(beyond.map(|lifetime| Warning {
                code: "token_lifetime".to_owned(),
                message: lifetime,
                origin: Origin::default(),
            }));
        }
        warnings.extend(not_enabled);
        warnings.extend(self.actions.warnings());
        let step = login::start(plan, now, self.random);
        let drive = Drive {
            client,
            kept: Kept::No,
            actions: Vec::new(),
            warnings,
        };
        self.drive(step, drive, answers)
    }

    /// Why this user does not get in to the organization that was asked for. That there is such a one was seen to when the
    /// event was made.
    pub(super) fn not_admitted(
        &self,
        asked: &Asked,
        user: &Profile,
        event: &Event,
    ) -> Result<Option<Refusal>, EventError> {
        let asked = asked.circumstances.organization.as_deref();
        match asked.map(|asked| self.tenant.organization(asked)) {
            Some(Ok(organization)) => self
                .organizations
                .turned_away(user, organization, &event.connection),
            Some(Err(_)) | None => Ok(None),
        }
    }

    /// The connection of the login, where the platform would not let users of this client log in by it.
    fn not_enabled(&self, connection: &str, client: &Client) -> Option<Warning> {
        let connection = self.tenant.connection(connection)?;
        (!connection.is_enabled_for(client)).then(|| Warning {
            code: "connection_not_enabled".to_owned(),
            message: format!(
                "the connection \"{}\" is not enabled for the client \"{}\", so the platform refuses this login; add \
                 the client to \"enabled_clients\" of the connection",
                connection.name, client.name
            ),
            origin: Origin::default(),
        })
    }

    /// Takes up the login that was kept ([`Suspensions::take_up`]), and drives it on with the first of `answers`.
    ///
    /// # Errors
    /// There is no kept login, the answer does not fit or was given before, the tenant changed so that the login
    /// could not start today, or something that it needs cannot be had.
    pub fn resume(&mut self, answers: &mut dyn Answers) -> Result<Outcome, FlowError> {
        let (decided, client) = self.decide_resumed(answers)?;
        Ok(self.conclude(decided, &client))
    }

    /// As [`Flow::resume`], but what is decided is not issued yet. The application is the one of the kept login.
    ///
    /// # Errors
    /// As [`Flow::resume`].
    pub fn decide_resumed(&mut self, answers: &mut dyn Answers) -> Result<(Decided, Client), FlowError> {
        let suspended = self.suspensions.take_up()?;
        let client = self.client_again(suspended.asked())?;
        let drive = Drive {
            client: &client,
            kept: Kept::Yes,
            actions: Vec::new(),
            warnings: Vec::new(),
        };
        let decided = self.drive(Step::Suspend(Box::new(suspended)), drive, answers)?;
        Ok((decided, client))
    }

    fn drive(
        &mut self,
        mut step: Step,
        mut drive: Drive<'_>,
        answers: &mut dyn Answers,
    ) -> Result<Decided, FlowError> {
        loop {
            step = match step {
                Step::Finish(finished) => {
                    drive.warnings.extend(answers.left(RestingPlace::Over));
                    // After a refusal no later Action runs; otherwise the result would be another one.
                    if matches!(finished.decision, Decision::Issue(_)) {
                        all_reached(self.actions.unreached())?;
                    }
                    return Ok(drive.over(*finished));
                }
                Step::LoadUser(loading) => {
                    let profile = self.profiles.user(loading.user_id())?;
                    loading.found(profile, self.now(), self.random)
                }
                Step::Run(running) => {
                    let run = running.run();
                    let report = self.actions.run(&run)?;
                    let log = ActionLog::of(run.name, &report);
                    drive.warnings.extend(log.warning());
                    drive.actions.push(log);
                    running.report(report, self.now(), self.random)
                }
                Step::Suspend(suspended) => {
                    let Some(answer) = answers.next(&suspended, self.clock.now()) else {
                        all_reached(self.actions.unreached())?;
                        drive.warnings.extend(answers.left(RestingPlace::Away));
                        return self.rest(suspended, drive);
                    };
                    self.take_in(*suspended, answer, &mut drive)?
                }
            };
        }
    }

    /// The step after an answer.
    fn take_in(
        &mut self,
        suspended: Suspended,
        answer: Answer,
        drive: &mut Drive<'_>,
    ) -> Result<Step, FlowError> {
        let now = self.now();
        let state = suspended.state_hash();
        let today = self.today(&suspended, drive.client)?;
        let resumed = match answer {
            Answer::Continue(request) => suspended.resume(*request, today, now, self.random),
            Answer::Factor(factor) => suspended.complete_mfa(factor, today, now, self.random),
            Answer::FactorFailed => suspended
                .fail_mfa("Multifactor authentication failed", today, now)
                .map(|finished| Step::Finish(Box::new(finished))),
        };
        let step = resumed.map_err(|(_, error)| FlowError::NoAnswer(error))?;
        // If this login is suspended again, it has not been kept yet.
        if std::mem::replace(&mut drive.kept, Kept::No) == Kept::Yes {
            match self.seen.note(&state) {
                Ok(Use::First) => {}
                Ok(Use::Again) => return Err(FlowError::AnsweredBefore),
                Err(error) => return Err(FlowError::NotRemembered(error)),
            }
        }
        Ok(step)
    }

    /// The user is away, and no answer is ready.
    fn rest(&mut self, suspended: Box<Suspended>, drive: Drive<'_>) -> Result<Decided, FlowError> {
        let noted = self.noted(&drive.warnings);
        if let Some(refusal) = on_warning(noted.as_deref()).refusal(suspended.trace()) {
            let today = self.today(&suspended, drive.client)?;
            let finished = suspended.refuse(refusal, today, self.now());
            return Ok(drive.over(finished));
        }
        self.suspensions.keep(&suspended)?;
        Ok(Decided {
            end: End::Suspended(suspended),
            actions: drive.actions,
            warnings: drive.warnings,
        })
    }

    /// Issues what was decided.
    fn conclude(&mut self, decided: Decided, client: &Client) -> Outcome {
        let Decided {
            end,
            actions,
            warnings,
        } = decided;
        let rest = match end {
            End::Suspended(suspended) => Rest::Suspended(suspended),
            End::Finished(finished) => {
                let noted = self.noted(&warnings);
                let issuing = Issuing {
                    tenant: self.tenant,
                    client,
                    keys: self.keys,
                    now: self.clock.now(),
                    jti: None,
                    on_warning: on_warning(noted.as_deref()),
                };
                let mut conclusion = issue(*finished, &issuing, self.random);
                for call in self.actions.unreached() {
                    let target = Command::parse(&call).map_or(call.method, |command| command.target());
                    conclusion.trace.discarded(target, &call.origin, "not_reached");
                }
                Rest::Ended(Box::new(conclusion))
            }
        };
        Outcome {
            rest,
            actions,
            warnings,
        }
    }

    /// Warnings beside the trace, where warnings count.
    fn noted(&self, warnings: &[Warning]) -> Option<Vec<Warning>> {
        match self.on_warning {
            OnWarning::Issue => None,
            OnWarning::Refuse { noted } => Some(warnings.iter().chain(noted).cloned().collect()),
        }
    }

    fn now(&self) -> Moment {
        self.clock.now()
    }
}

fn on_warning(noted: Option<&[Warning]>) -> OnWarning<'_> {
    noted.map_or(OnWarning::Issue, |noted| OnWarning::Refuse { noted })
}

fn all_reached(unreached: Vec<Call>) -> Result<(), FlowError> {
    let more = unreached.len().saturating_sub(1);
    match unreached.into_iter().next() {
        None => Ok(()),
        Some(first) => Err(FlowError::Unreached {
            first: Box::new(first),
            more,
        }),
    }
}
