//! The MFA queue after an Action, and the one deferred challenge at the end (semantics 7).

use super::policy::MfaDemand;
use super::refusal::{Page, Refusal};
use super::settle::Finished;
use super::state::State;
use super::step::Step;
use super::suspended::{Away, Suspended, factor_name};
use crate::command::{Command, Factor, FactorType, MfaCommand, Provider};
use crate::event::{Authentication, AuthenticationMethod, EnrolledFactor, Protocol};
use crate::random::Random;
use crate::tenant::EnrollExhausted;
use crate::time::{Moment, iso};
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;

/// The state of MFA in this login.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct MfaState {
    /// Commands not carried out yet.
    pub(super) queue: VecDeque<MfaCommand>,
    /// Commands begun, over all Actions.
    pub(super) begun: u32,
    /// Factors proved in this login.
    pub(super) done: Vec<FactorType>,
    /// Factors enrolled in this login, in order.
    pub(super) enrolled: Vec<FactorType>,
    /// `{name, type, timestamp}` entries for the session.
    pub(super) methods: Vec<AuthenticationMethod>,
    /// Whether the deferred challenge of `multifactor.enable` was answered.
    pub(super) deferred_done: bool,
}

/// What the user is shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MfaStep {
    /// What asked: the method `challengeWith` ... or `enable`, or `RequestedAuthnContext`.
    pub command: String,
    /// Whether a factor is proved or added.
    pub presented: Presented,
    /// Usable factors, the default one first.
    pub factors: Vec<Factor>,
    /// Whether the user picks first.
    pub picker: bool,
}

/// Whether a factor is proved or added.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Presented {
    /// The user proves a factor.
    Challenge,
    /// The user adds a factor.
    Enrollment,
}

impl MfaStep {
    /// Whether `factor` completes this step.
    pub fn accepts(&self, factor: FactorType) -> bool {
        self.factors.iter().any(|asked| asked.kind == factor)
    }
}

pub(super) const MAX_COMMANDS: u32 = 4;
const ALL_FACTORS: [FactorType; 7] = [
    FactorType::Otp,
    FactorType::PushNotification,
    FactorType::Phone,
    FactorType::WebauthnRoaming,
    FactorType::WebauthnPlatform,
    FactorType::Email,
    FactorType::RecoveryCode,
];

/// What to do about one command.
enum Verdict {
    Fail(String),
    Satisfied,
    Show(MfaStep),
}

impl State {
    /// Carries out the queue, then goes where the Action wanted to go.
    pub(super) fn next_mfa(mut self: Box<Self>, now: Moment, random: &mut dyn Random) -> Step {
        let Some(command) = self.mfa.queue.front().cloned() else {
            return self.after_mfa(now, random);
        };
        if let Some(refusal) = self.mfa_forbidden(command.kind.name()) {
            return self.finish_refused(refusal, now);
        }
        let verdict = if self.mfa.begun >= MAX_COMMANDS {
            Verdict::Fail(format!("more than {MAX_COMMANDS} MFA commands in one login"))
        } else if command.kind.is_challenge() {
            self.challenge(&command)
        } else {
            self.enrollment(&command)
        };
        match verdict {
            Verdict::Fail(reason) => {
                let description = format!("{}: {reason}", command.kind.name());
                self.finish_refused(Refusal::Mfa { description }, now)
            }
            Verdict::Satisfied => {
                self.mfa.queue.pop_front();
                self.mfa.begun += 1;
                self.next_mfa(now, random)
            }
            Verdict::Show(step) => {
                // A challenge put in front of an enrolment leaves the enrolment in the queue.
                if command.kind.is_challenge() == (step.presented == Presented::Challenge) {
                    self.mfa.queue.pop_front();
                    self.mfa.begun += 1;
                }
                Step::Suspend(Box::new(Suspended::new(self, Away::Mfa(step), now, random)))
            }
        }
    }

    fn mfa_forbidden(&self, command: &str) -> Option<Refusal> {
        let event = &self.plan.event;
        if !self.plan.policy.customize_mfa && command != "enable" {
            let description = format!(
                "{command}: the tenant does not let Actions choose factors; set customize_mfa_in_postlogin_action in \
                 tenant.json"
            );
            return Some(Refusal::Mfa { description });
        }
        if event.transaction.protocol == Some(Protocol::Oauth2TokenExchange) {
            let description = format!("{command}: MFA is not possible in a token exchange");
            return Some(Refusal::Mfa { description });
        }
        if !event.has_browser() {
            return Some(Refusal::MfaRequired);
        }
        if event.is_silent() {
            return Some(Refusal::NoPage { page: Page::Factor });
        }
        None
    }

    fn challenge(&self, command: &MfaCommand) -> Verdict {
        let enabled = |factor: &&Factor| self.enabled(factor.kind);
        let usable: Vec<Factor> = command
            .factors
            .iter()
            .filter(enabled)
            .filter(|factor| self.enrolled(factor.kind) && !self.mfa.done.contains(&factor.kind))
            .cloned()
            .collect();
        if !usable.is_empty() {
            return Verdict::Show(step(command, Presented::Challenge, usable));
        }
        if command
            .factors
            .iter()
            .any(|factor| self.mfa.done.contains(&factor.kind))
        {
            return Verdict::Satisfied;
        }
        Verdict::Fail(format!(
            "the user has none of these factors, or the tenant has not enabled them: {}",
            names(&command.factors)
        ))
    }

    fn enrollment(&self, command: &MfaCommand) -> Verdict {
        let open: Vec<Factor> = command
            .factors
            .iter()
            .filter(|factor| self.enabled(factor.kind) && !self.known_enrolled(factor.kind))
            .cloned()
            .collect();
        if open.is_empty() {
            return match self.plan.policy.enroll_exhausted {
                EnrollExhausted::Continue => Verdict::Satisfied,
                EnrollExhausted::Fail => Verdict::Fail(format!(
                    "the user has every one of these factors, or the tenant has not enabled them: {}",
                    names(&command.factors)
                )),
            };
        }
        let existing = self.existing_factors();
        if !existing.is_empty() && self.mfa.done.is_empty() {
            return Verdict::Show(MfaStep {
                command: command.kind.name().to_owned(),
                presented: Presented::Challenge,
                picker: existing.len() > 1,
                factors: existing,
            });
        }
        Verdict::Show(step(command, Presented::Enrollment, open))
    }

    /// Enabled factors that the user certainly has.
    fn existing_factors(&self) -> Vec<Factor> {
        let usable = ALL_FACTORS
            .into_iter()
            .filter(|kind| self.enabled(*kind) && self.known_enrolled(*kind));
        usable.map(|kind| Factor { kind, options: None }).collect()
    }

    fn enabled(&self, factor: FactorType) -> bool {
        self.plan
            .policy
            .factors
            .as_ref()
            .is_none_or(|enabled| enabled.contains(&factor))
    }

    /// Whether the user has the factor, or it could not be determined (semantics 5.3).
    fn enrolled(&self, factor: FactorType) -> bool {
        self.plan.event.user.enrolled_factors.is_none() || self.known_enrolled(factor)
    }

    fn known_enrolled(&self, factor: FactorType) -> bool {
        let spelled = |enrolled: &EnrolledFactor| {
            serde_json::from_value::<FactorType>(enrolled.kind.as_str().into())
                .is_ok_and(|kind| kind == factor)
        };
        self.plan
            .event
            .user
            .enrolled_factors
            .iter()
            .flatten()
            .any(spelled)
    }

    /// Why the answer to `step` does not count today, though it was asked for.
    pub(super) fn outdated(&self, step: &MfaStep, factor: FactorType) -> Option<String> {
        let name = factor_name(factor);
        if !self.enabled(factor) {
            return Some(format!("the tenant has not enabled the factor {name} any more"));
        }
        match step.presented {
            Presented::Challenge if !self.enrolled(factor) => {
                Some(format!("the user does not have the factor {name} any more"))
            }
            // A user who has a factor by now must be challenged, not enrolled.
            Presented::Enrollment => {
                let added = step
                    .factors
                    .iter()
                    .find(|asked| self.known_enrolled(asked.kind))?;
                let added = factor_name(added.kind);
                Some(format!(
                    "the user has the factor {added} by now; start the login again"
                ))
            }
            Presented::Challenge => None,
        }
    }

    /// A factor was proved or added.
    pub(super) fn prove(&mut self, factor: FactorType, presented: Presented, now: Moment) {
        let method = AuthenticationMethod {
            name: "mfa".to_owned(),
            timestamp: iso(now),
            kind: Some(factor_name(factor)),
            ..AuthenticationMethod::default()
        };
        let event = &mut self.plan.event;
        event
            .authentication
            .get_or_insert_with(Authentication::default)
            .methods
            .push(method.clone());
        self.mfa.methods.push(method);
        self.mfa.done.push(factor);
        if presented == Presented::Enrollment {
            self.mfa.enrolled.push(factor);
            self.lay_over_user();
        }
        self.spent = std::time::Duration::ZERO;
    }

    /// The challenge after the last Action was answered.
    pub(super) fn deferred_answered(mut self: Box<Self>, now: Moment, random: &mut dyn Random) -> Step {
        self.mfa.deferred_done = true;
        // An Action that was bound while the user was away has not run yet.
        self.next_action(now, random)
    }

    /// All Actions have run: the deferred challenge of `multifactor.enable`, then the end.
    pub(super) fn final_mfa(self: Box<Self>, now: Moment, random: &mut dyn Random) -> Step {
        let enabled = self
            .recorded
            .iter()
            .rev()
            .find_map(|recorded| match &recorded.command {
                Command::EnableMultifactor {
                    provider,
                    allow_remember_browser,
                    ..
                } => Some((*provider, *allow_remember_browser)),
                _ => None,
            });
        let (command, provider, remember) = match (enabled, self.plan.policy.mfa) {
            (Some((provider, remember)), _) => ("enable", provider, remember),
            // What the session proved before is proved for the service provider, too.
            (None, MfaDemand::RequestedContext) => ("RequestedAuthnContext", Provider::Any, true),
            (None, MfaDemand::None) => return self.issue(now),
        };
        let overridden = self.mfa.begun > 0 || self.mfa.deferred_done;
        if overridden || provider == Provider::None || (remember && self.session_has_mfa()) {
            return self.issue(now);
        }
        if let Some(refusal) = self.mfa_forbidden("enable") {
            return self.finish_refused(refusal, now);
        }
        let step = self.deferred_step(command, provider);
        if step.factors.is_empty() {
            let description = format!("{command}: the tenant has no factor enabled that could be used");
            return self.finish_refused(Refusal::Mfa { description }, now);
        }
        Step::Suspend(Box::new(Suspended::new(self, Away::Mfa(step), now, random)))
    }

    /// A user with factors is challenged, one without is asked to enrol.
    fn deferred_step(&self, command: &str, provider: Provider) -> MfaStep {
        let of_provider = |kind: &FactorType| match provider {
            Provider::GoogleAuthenticator => *kind == FactorType::Otp,
            Provider::Guardian => matches!(kind, FactorType::PushNotification | FactorType::Otp),
            // Duo's own page stands for its factors; a push is what it does first.
            Provider::Duo => *kind == FactorType::PushNotification,
            Provider::Any | Provider::None => true,
        };
        let existing: Vec<Factor> = self
            .existing_factors()
            .into_iter()
            .filter(|factor| of_provider(&factor.kind))
            .collect();
        let (presented, factors) = if existing.is_empty() {
            let open = ALL_FACTORS.into_iter().filter(|kind| {
                of_provider(kind)
                    && self.enabled(*kind)
                    && !matches!(kind, FactorType::Email | FactorType::RecoveryCode)
            });
            (
                Presented::Enrollment,
                open.map(|kind| Factor { kind, options: None }).collect(),
            )
        } else {
            (Presented::Challenge, existing)
        };
        MfaStep {
            command: command.to_owned(),
            presented,
            picker: false,
            factors,
        }
    }

    fn session_has_mfa(&self) -> bool {
        let methods = self
            .plan
            .event
            .authentication
            .iter()
            .flat_map(|authentication| &authentication.methods);
        methods.into_iter().any(|method| method.name == "mfa")
    }

    fn issue(self: Box<Self>, now: Moment) -> Step {
        Step::Finish(Box::new(Finished::issued(self, now)))
    }
}

fn step(command: &MfaCommand, presented: Presented, factors: Vec<Factor>) -> MfaStep {
    let any = matches!(
        command.kind,
        crate::command::MfaKind::ChallengeWithAny | crate::command::MfaKind::EnrollWithAny
    );
    MfaStep {
        command: command.kind.name().to_owned(),
        presented,
        picker: any && factors.len() > 1,
        factors,
    }
}

fn names(factors: &[Factor]) -> String {
    factors
        .iter()
        .map(|factor| factor_name(factor.kind))
        .collect::<Vec<_>>()
        .join(", ")
}
