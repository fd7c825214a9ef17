//! One login from options to result; `run`, `issue`, `test` and `speed` all come through here.

use super::desk::Desk;
use super::drive::{Answers, Driven, Ending, Host, Recording, Reports, Workers};
use super::files;
use super::options::{ContinueRequest, LoginOptions};
use super::scripts::Scripts;
use super::trouble::Trouble;
use crate::action::{Limits, Pool};
use crate::command::Call;
use crate::issue::{Issuing, OnWarning, issue};
use crate::login::{self, ActionRun, Seen, Step, Suspended, Today};
use crate::random::{Random, SeededRandom, SystemRandom};
use crate::result::LoginResult;
use crate::tenant::{self, Client, TooManyActions};
use crate::trace::{Origin, Warning};
use chrono::{DateTime, Utc};
use serde_json::Value;
use std::time::Duration;

/// What one login gave.
pub struct Outcome {
    /// The result, as programs read it.
    pub result: LoginResult,
    /// Where the user is away: what `--save-state` keeps.
    pub suspended: Option<Box<Suspended>>,
}

/// Where the Actions' commands come from.
pub enum Source<'a> {
    /// Run the bound Actions, or `--action` files.
    Actions(&'a mut Pool),
    /// Apply recorded commands; no JavaScript.
    Commands(Vec<Call>),
    /// Go on with a suspended login that was kept, and have it remembered that it was answered.
    Resume(&'a mut Pool, Box<Suspended>, &'a mut dyn Seen),
}

impl Desk {
    /// Makes one login. Paths in `options` are taken as they are.
    ///
    /// # Errors
    /// Unusable input; a refused login is an outcome, not an error.
    pub fn login(&self, options: &LoginOptions, source: Source<'_>) -> Result<Outcome, Trouble> {
        let frozen = options.now.as_deref().map(frozen_clock).transpose()?;
        let mut random = randomness(options.seed.as_deref());
        let mut answers = Answers {
            continues: options
                .continues
                .iter()
                .map(|path| ContinueRequest::read(path))
                .collect::<Result<_, _>>()?,
            factors: options.mfa.iter().copied().collect(),
        };
        let given = options.event.as_deref().map(files::json::<Value>).transpose()?;
        let client = match &source {
            Source::Resume(_, suspended, _) => self.client_again(suspended.asked())?,
            Source::Actions(_) | Source::Commands(_) => {
                self.client(options.client.as_deref(), given.as_ref())?
            }
        };
        let now = frozen.unwrap_or_else(system_now);
        let user = |id: &str| self.tenant.user_by_id(id).cloned();
        let frozen_ms = frozen.map(|time| time.timestamp_millis());
        if matches!(source, Source::Actions(_)) && options.actions.is_empty() && !options.secrets.is_empty() {
            return Err(Trouble::usage(
                "--secret is for --action files, and there is none",
                "write <action>.<NAME>=value into secrets.env of the tenant for its own Actions",
            ));
        }
        let scripts = Scripts::of(&self.tenant, options)?;
        let script = |run: &ActionRun<'_>| scripts.find(run.place, run.name);
        let limits = self.limits(options)?;
        let seed = options.seed.as_deref();
        let (mut workers, mut recording);
        let mut request_warnings = Vec::new();
        let mut memory: Option<&mut dyn Seen> = None;
        let (reports, recorded, suspended): (&mut dyn Reports, _, _) = match source {
            Source::Actions(pool) => {
                workers = Workers {
                    pool,
                    script: &script,
                    limits,
                    frozen_ms,
                    seed,
                };
                (&mut workers, None, None)
            }
            Source::Resume(pool, suspended, answers_used) => {
                let answers_used: &mut dyn Seen = answers_used;
                memory = Some(answers_used);
                workers = Workers {
                    pool,
                    script: &script,
                    limits,
                    frozen_ms,
                    seed,
                };
                (&mut workers, None, Some(suspended))
            }
            Source::Commands(calls) => {
                recording = Recording::new(calls);
                let recorded = recording.bound();
                (&mut recording, Some(recorded), None)
            }
        };
        let bound = || recorded.clone().unwrap_or_else(|| scripts.bound());
        let today = |suspended: &Suspended| self.today(suspended, &client, bound());
        let step = if let Some(suspended) = suspended {
            Step::Suspend(suspended)
        } else {
            let (plan, noted) = self.plan(options, &client, given, bound(), now, random.as_mut())?;
            request_warnings = noted;
            if recorded.is_none() && options.actions.is_empty() {
                request_warnings.extend(self.tenant.too_many_actions().map(beyond_platform));
            }
            login::start(plan, now.timestamp_millis(), random.as_mut())
        };
        let mut driven = Host {
            reports,
            user: &user,
            today: &today,
            seen: memory,
            frozen_ms,
            random: random.as_mut(),
        }
        .drive(step, &mut answers)?;
        driven.warnings.splice(0..0, request_warnings);
        // Actions take their time; what is issued is issued after them.
        let now = frozen.unwrap_or_else(system_now);
        self.outcome(driven, &client, &today, options, now, random.as_mut())
    }

    fn outcome(
        &self,
        driven: Driven,
        client: &Client,
        today: &dyn Fn(&Suspended) -> Result<Today, Trouble>,
        options: &LoginOptions,
        now: DateTime<Utc>,
        random: &mut dyn Random,
    ) -> Result<Outcome, Trouble> {
        let noted: Vec<Warning> = if options.strict {
            let notes = self.notes.iter().map(super::check::warning);
            driven.warnings.iter().cloned().chain(notes).collect()
        } else {
            Vec::new()
        };
        let issuing = Issuing {
            tenant: &self.tenant,
            client,
            keys: &self.keys,
            now,
            on_warning: if options.strict {
                OnWarning::Refuse { noted: &noted }
            } else {
                OnWarning::Issue
            },
        };
        let finished = match driven.ending {
            Ending::Finished(finished) => Ok(*finished),
            Ending::Suspended(suspended) => match issuing.on_warning.refusal(suspended.trace()) {
                None => Err(suspended),
                Some(refusal) => {
                    let today = today(&suspended)?;
                    Ok(suspended.refuse(refusal, today, now.timestamp_millis()))
                }
            },
        };
        let (mut result, suspended) = match finished {
            Ok(finished) => {
                let conclusion = issue(finished, &issuing, random);
                (LoginResult::ended(conclusion, driven.actions), None)
            }
            Err(suspended) => (
                LoginResult::suspended(&suspended, driven.actions),
                Some(suspended),
            ),
        };
        result.warnings.extend(driven.warnings);
        result.deterministic = options.seed.is_some();
        if options.strict {
            result
                .warnings
                .extend(self.notes.iter().map(super::check::warning));
        }
        Ok(Outcome { result, suspended })
    }

    fn limits(&self, options: &LoginOptions) -> Result<Limits, Trouble> {
        let config = &self.tenant.config.actions;
        let time = options.time_limit.as_deref().unwrap_or(&config.time_limit);
        let memory = options.memory_limit.as_deref().unwrap_or(&config.memory_limit);
        let wrong = |option: &str, error: &str| {
            let (what, help) = error
                .rsplit_once("; ")
                .unwrap_or((error, "write it like 500ms, 20s or 64MiB"));
            Trouble::usage(format!("{option}: {what}"), help)
        };
        Ok(Limits {
            time: tenant::time_limit(time).map_err(|error| wrong("--time-limit", &error))?,
            spent: Duration::ZERO,
            memory: tenant::memory_limit(memory).map_err(|error| wrong("--memory-limit", &error))?,
            output: tenant::size(&config.output_limit)
                .map_err(|error| wrong("output_limit", &error.to_string()))?,
            commands: config.command_limit,
        })
    }
}

/// The system's time.
pub fn system_now() -> DateTime<Utc> {
    #[expect(
        clippy::disallowed_methods,
        reason = "the edge: here the clock becomes an argument"
    )]
    Utc::now()
}

fn beyond_platform(many: TooManyActions) -> Warning {
    Warning {
        code: TooManyActions::CODE.to_owned(),
        message: format!("{many}; {}", TooManyActions::HELP),
        origin: Origin::default(),
    }
}

/// The moment that `--now` names.
///
/// # Errors
/// It is no RFC 3339 time.
pub fn frozen_clock(text: &str) -> Result<DateTime<Utc>, Trouble> {
    DateTime::parse_from_rfc3339(text)
        .map(|time| time.with_timezone(&Utc))
        .map_err(|error| {
            Trouble::usage(
                format!("--now '{text}' is not a time: {error}"),
                "write it like 2026-01-31T12:00:00Z",
            )
        })
}

/// The system's randomness, or that of a seed.
pub fn randomness(seed: Option<&str>) -> Box<dyn Random> {
    match seed {
        Some(seed) => Box::new(SeededRandom::new(seed)),
        None => Box::new(SystemRandom),
    }
}
