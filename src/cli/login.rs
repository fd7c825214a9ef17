//! One login from options to result; `run`, `issue` and `test` all come through here.

use super::answers::GivenAnswers;
use super::clock::frozen_clock;
use super::files;
use super::flow_trouble::flow_trouble;
use super::kept::KeptFiles;
use super::open_tenant::OpenTenant;
use super::options::LoginOptions;
use super::recording::Recording;
use super::scripts;
use super::trouble::Trouble;
use crate::action::{self, Limits, Pool, Replacements};
use crate::command::{Cache, Call};
use crate::egress::Terms;
use crate::event::GivenEvent;
use crate::flow::{Actions, Clock, Flow, Login, Nowhere, Seen, Suspensions, SystemClock};
use crate::issue::OnWarning;
use crate::random::{Random, SeededRandom, SystemRandom};
use crate::result::{LoginResult, Timing};
use crate::runner::{BoundActions, Workers};
use crate::tenant::{SettingError, memory_limit, time_limit};
use crate::trace::Warning;
use serde_json::Value;
use std::time::Duration;

/// Where the Actions' commands come from.
pub(super) enum Source<'a> {
    /// Run the bound Actions, or `--action` files.
    Actions {
        /// The workers.
        pool: &'a Pool,
        /// Modules that stand in for others.
        replacements: Option<&'a Replacements>,
        /// On which terms they reach the network.
        network: &'a Terms,
    },
    /// Apply recorded commands; no JavaScript.
    Commands(Vec<Call>),
}

/// Where a login is kept while its user is away.
#[derive(Clone, Copy)]
pub(super) enum Keeping<'a> {
    /// In files, one of which may hold a login to resume.
    Files(&'a KeptFiles<'a>),
    /// Nowhere.
    Nowhere,
}

impl OpenTenant {
    /// Makes one login, which finds `cache` as earlier logins left it. Paths in `options` are taken as they are.
    ///
    /// # Errors
    /// Unusable input; a refused login is an outcome, not an error.
    pub(super) fn login(
        &self,
        options: &LoginOptions,
        source: Source<'_>,
        keeping: Keeping<'_>,
        cache: Cache,
    ) -> Result<LoginResult, Trouble> {
        match source {
            Source::Commands(calls) => {
                let recording = Recording::new(calls);
                let answers = GivenAnswers::read(options, Some(&recording))?;
                self.drive(options, &recording, answers, keeping, cache)
            }
            Source::Actions {
                pool,
                replacements,
                network,
            } => {
                let answers = GivenAnswers::read(options, None)?;
                let frozen = options.now.as_deref().map(frozen_clock).transpose()?;
                let clock = frozen.map_or(action::Clock::System, action::Clock::Frozen);
                let workers = Workers::new(pool, self.limits(options)?);
                let workers = workers
                    .reproducible(clock, options.seed.as_deref())
                    .replacing(replacements)
                    .on(options.engines.engine)
                    .reaching(Some(network));
                let actions = if options.actions.is_empty() {
                    if !options.secrets.is_empty() && !keeping.resumes() {
                        return Err(Trouble::usage(
                            "--secret gives a secret to --action files, but no --action is given",
                            "write <action>.<NAME>=value into secrets.env of the tenant folder for the tenant's \
                             Actions",
                        ));
                    }
                    BoundActions::of_tenant(&self.tenant, workers)
                } else {
                    BoundActions::of_scripts(scripts::read(options, &self.tenant)?, workers)
                };
                self.drive(options, &actions, answers, keeping, cache)
            }
        }
    }

    fn drive(
        &self,
        options: &LoginOptions,
        actions: &dyn Actions,
        mut answers: GivenAnswers<'_>,
        keeping: Keeping<'_>,
        cache: Cache,
    ) -> Result<LoginResult, Trouble> {
        let frozen = options.now.as_deref().map(frozen_clock).transpose()?;
        let clock: &dyn Clock = frozen.as_ref().map_or(&SystemClock, |frozen| frozen);
        let (suspensions, seen): (&dyn Suspensions, &dyn Seen) = match keeping {
            Keeping::Files(files) => (files, files),
            Keeping::Nowhere => (&Nowhere, &Nowhere),
        };
        let mut random = randomness(options.seed.as_deref());
        let client;
        let login = if keeping.resumes() {
            None
        } else {
            let given = options.event.as_deref().map(files::json::<Value>).transpose()?;
            let given = given.map(GivenEvent::try_from).transpose();
            let given = given.map_err(flow_trouble)?;
            client = self.client(options.client.as_deref(), given.as_ref())?;
            let begun = self.begin(options, &client, given, clock.now(), random.as_mut())?;
            Some(Login { cache, ..begun })
        };
        let notes: Vec<Warning> = if options.strict {
            let elsewhere = self
                .told
                .iter()
                .filter(|told| told.code == "error_elsewhere")
                .cloned();
            self.notes
                .iter()
                .map(super::problems::warning)
                .chain(elsewhere)
                .collect()
        } else {
            self.told.clone()
        };
        let mut flow = Flow {
            suspensions,
            seen,
            clock,
            on_warning: if options.strict {
                OnWarning::Refuse { noted: &notes }
            } else {
                OnWarning::Issue
            },
            ..Flow::new(&self.tenant, &self.keys, actions, random.as_mut())
        };
        let outcome = match login {
            None => flow.resume(&mut answers),
            Some(login) => flow.login(login, &mut answers),
        };
        let timing = frozen.map_or(Timing::Measured, |_| Timing::Frozen);
        let mut result = LoginResult::of(outcome.map_err(flow_trouble)?, timing);
        result.deterministic = options.seed.is_some();
        if !result.http.is_empty() {
            let secrets = self.known_secrets(&options.secrets)?;
            result.each_url(|url| secrets.hide_in(url));
        }
        result.warnings.extend(notes);
        Ok(result)
    }

    fn limits(&self, options: &LoginOptions) -> Result<Limits, Trouble> {
        let config = &self.tenant.config.actions;
        let wrong = |setting: &str, error: &SettingError| {
            Trouble::usage(format!("{setting}: {}", error.what), error.help.as_str())
        };
        let time = match &options.time_limit {
            Some(text) => time_limit(text),
            None => config.time_limit.copied(),
        };
        let memory = match &options.memory_limit {
            Some(text) => memory_limit(text),
            None => config.memory_limit.copied(),
        };
        let output = config.output_limit.copied();
        Ok(Limits {
            time: time.map_err(|error| wrong("--time-limit", &error))?,
            spent: Duration::ZERO,
            memory: memory.map_err(|error| wrong("--memory-limit", &error))?,
            output: output.map_err(|error| wrong("output_limit", &error))?,
            commands: config.command_limit,
        })
    }
}

impl Keeping<'_> {
    /// Whether a kept login is resumed.
    fn resumes(self) -> bool {
        matches!(self, Self::Files(files) if files.resume.is_some())
    }
}

/// The system's randomness, or that of a seed.
pub fn randomness(seed: Option<&str>) -> Box<dyn Random> {
    match seed {
        Some(seed) => Box::new(SeededRandom::new(seed)),
        None => Box::new(SystemRandom),
    }
}
