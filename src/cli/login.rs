//! One login from options to result; `run`, `issue`, `test` and `speed` all come through here.

use super::drive::{Answers, Driven, Ending, Host, Recording, Reports, Workers};
use super::files;
use super::options::{ContinueRequest, LoginOptions, TenantOptions, assignment};
use super::trouble::Trouble;
use crate::action::{Limits, Pool, Script, WorkerProgram};
use crate::command::{Call, FactorType};
use crate::event::{self, EventOptions, Opening, Protocol};
use crate::issue::issue;
use crate::keys::{self, KeyRing};
use crate::login::{self, Plan, Policy, RefreshTokenLifetimes, Step, Suspended};
use crate::random::{Random, SeededRandom, SystemRandom};
use crate::result::LoginResult;
use crate::tenant::{self, Client, Problem, Severity, Sources, Tenant};
use chrono::{DateTime, Utc};
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// A tenant with its keys: where logins are made.
pub struct Desk {
    /// The tenant; an empty one where only an event is given.
    pub tenant: Tenant,
    /// Signing keys.
    pub keys: KeyRing,
    /// What reading the tenant noticed, errors excluded.
    pub notes: Vec<Problem>,
}

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
    /// Go on with a suspended login.
    Resume(&'a mut Pool, Box<Suspended>),
}

impl Desk {
    /// Reads the tenant at `root` and its keys. `tell` is given one line for each thing worth saying.
    ///
    /// # Errors
    /// The tenant has errors (all of them are in the text), or its keys cannot be used.
    pub fn open(
        root: Option<&Path>,
        options: &TenantOptions,
        tell: &mut dyn FnMut(&str),
    ) -> Result<Self, Trouble> {
        let mut notes = Vec::new();
        let mut tenant = Tenant::default();
        if let Some(root) = root {
            let reading = read(root, options)?;
            let (errors, rest): (Vec<_>, Vec<_>) = reading
                .problems
                .into_iter()
                .partition(|problem| problem.severity == Severity::Error);
            if !errors.is_empty() {
                return Err(super::check::trouble(&errors));
            }
            notes = rest;
            tenant = reading.tenant;
        }
        let keys = match (&options.key, &options.cert) {
            (Some(key), Some(cert)) => {
                let current = keys::from_files(key, cert).map_err(|error| key_trouble(&error))?;
                KeyRing {
                    current,
                    ..made_up_keys(&tenant.config.domain)?
                }
            }
            _ if root.is_none() => {
                tell("signing keys were made for this run only: no tenant folder is given");
                made_up_keys(&tenant.config.domain)?
            }
            _ => {
                let (ring, origin) =
                    keys::load(&tenant.root, &tenant.config.keys).map_err(|error| key_trouble(&error))?;
                tell_origin(&origin, tell);
                ring
            }
        };
        Ok(Self { tenant, keys, notes })
    }

    /// No tenant, and keys for this run only.
    ///
    /// # Errors
    /// OpenSSL makes no keys.
    pub fn made_up() -> Result<Self, Trouble> {
        let tenant = Tenant::default();
        let keys = made_up_keys(&tenant.config.domain)?;
        Ok(Self {
            tenant,
            keys,
            notes: Vec::new(),
        })
    }

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
        let resumed = match &source {
            Source::Resume(_, suspended) => serde_json::to_value(suspended.event()).ok(),
            Source::Actions(_) | Source::Commands(_) => None,
        };
        let client = self.client(options, resumed.as_ref().or(given.as_ref()))?;
        let now = frozen.unwrap_or_else(system_now);
        let user = |id: &str| self.tenant.user(id).ok().cloned();
        let frozen_ms = frozen.map(|time| time.timestamp_millis());
        let scripts = self.scripts(options)?;
        let script = |name: &str| scripts.find(name);
        let limits = self.limits(options)?;
        let seed = options.seed.as_deref();
        let (mut workers, mut recording);
        let (reports, names, suspended): (&mut dyn Reports, _, _) = match source {
            Source::Actions(pool) => {
                workers = Workers {
                    pool,
                    script: &script,
                    limits,
                    frozen_ms,
                    seed,
                };
                (&mut workers, scripts.names(), None)
            }
            Source::Resume(pool, suspended) => {
                workers = Workers {
                    pool,
                    script: &script,
                    limits,
                    frozen_ms,
                    seed,
                };
                (&mut workers, Vec::new(), Some(suspended))
            }
            Source::Commands(calls) => {
                recording = Recording::new(calls);
                let names = recording.names();
                (&mut recording, names, None)
            }
        };
        let step = if let Some(suspended) = suspended {
            Step::Suspend(suspended)
        } else {
            let opening = self.opening(options, &client, given.as_ref(), now, random.as_mut())?;
            let plan = self.plan(opening, &client, names);
            login::start(plan, now.timestamp_millis(), random.as_mut())
        };
        let driven = Host {
            reports,
            user: &user,
            frozen_ms,
            random: random.as_mut(),
        }
        .drive(step, &mut answers)?;
        Ok(self.outcome(driven, &client, options, now, random.as_mut()))
    }

    /// Puts keys and secrets in the place of their handles (`{"$secret": "sha256:..."}`), from the secrets of
    /// the tenant's Actions and from its add-ons.
    ///
    /// # Errors
    /// A handle that no secret of the tenant matches.
    pub fn put_secrets_back(&self, value: &mut Value) -> Result<(), Trouble> {
        match value {
            Value::Array(list) => list.iter_mut().try_for_each(|value| self.put_secrets_back(value)),
            Value::Object(members) if members.len() == 1 && members.contains_key("$secret") => {
                let secrets = self
                    .tenant
                    .actions
                    .iter()
                    .flat_map(|action| action.secrets.values().flatten());
                let found = secrets
                    .into_iter()
                    .find(|secret| keys::secret_handle(secret) == *value);
                let Some(found) = found else {
                    return Err(Trouble::new(
                        format!("no secret of the tenant has the fingerprint {}", value["$secret"]),
                        "put the key among the Action's secrets, or write it in the place of the handle",
                    ));
                };
                *value = Value::from(found.as_str());
                Ok(())
            }
            Value::Object(members) => members
                .values_mut()
                .try_for_each(|value| self.put_secrets_back(value)),
            _ => Ok(()),
        }
    }

    fn outcome(
        &self,
        driven: Driven,
        client: &Client,
        options: &LoginOptions,
        now: DateTime<Utc>,
        random: &mut dyn Random,
    ) -> Outcome {
        let (mut result, suspended) = match driven.ending {
            Ending::Finished(mut finished) => {
                let artefact = issue(&mut finished, &self.tenant, client, &self.keys, now, random);
                (LoginResult::finished(*finished, artefact, driven.actions), None)
            }
            Ending::Suspended(suspended) => (
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
            result.be_strict();
        }
        Outcome { result, suspended }
    }

    /// The application: the one that `--client` names, else the one of the event, else (an event without a
    /// tenant is enough) one that fits the event.
    fn client(&self, options: &LoginOptions, event: Option<&Value>) -> Result<Client, Trouble> {
        let of_event = event
            .and_then(|event| event.pointer("/client/client_id"))
            .and_then(Value::as_str);
        let wanted = options.client.as_deref().or(of_event);
        match (wanted, event) {
            (Some(wanted), _) if !self.tenant.clients.is_empty() => {
                self.tenant.client(wanted).cloned().map_err(|error| {
                    let help = "name an application of this tenant by its name or client_id";
                    Trouble::new(error.to_string(), help)
                })
            }
            (_, Some(event)) => Ok(event::client_of(event)),
            (_, None) => Err(Trouble::usage(
                "which application does the user log in to?",
                "give --client NAME, or an event that names it with --event FILE",
            )),
        }
    }

    fn opening(
        &self,
        options: &LoginOptions,
        client: &Client,
        given: Option<&Value>,
        now: DateTime<Utc>,
        random: &mut dyn Random,
    ) -> Result<Opening, Trouble> {
        let user = options
            .user
            .as_deref()
            .map(|wanted| self.tenant.user(wanted))
            .transpose();
        let user = user.map_err(|error| {
            Trouble::new(
                error.to_string(),
                "give --user the user_id or email address of a user in users.json",
            )
        })?;
        if user.is_none() && given.is_none_or(|event| event.get("user").is_none()) {
            return Err(Trouble::usage(
                "who logs in?",
                "give --user ID or EMAIL, or an event with a user with --event FILE",
            ));
        }
        let blocked = user.and_then(|profile| profile.0.get("blocked")) == Some(&Value::Bool(true));
        if blocked {
            let what = "access_denied: the user is blocked, so no Action runs and nothing is issued";
            let help = "log in as another user, or take \"blocked\": true out of users.json";
            return Err(Trouble {
                exit: super::trouble::REFUSED,
                ..Trouble::new(what, help)
            });
        }
        let event_options = EventOptions {
            user,
            protocol: options.protocol,
            scope: options.scope.clone(),
            audience: options.audience.clone(),
            nonce: options.nonce.clone(),
            redirect_uri: options.redirect_uri.clone(),
            relay_state: options.relay_state.clone(),
            connection: options.connection.clone(),
            organization: options.organization.clone(),
            ..EventOptions::default()
        };
        let opened = event::build(&self.tenant, client, &event_options, given, now, random);
        let mut opening = opened
            .map_err(|error| Trouble::new(error.to_string(), "correct the option or the event file"))?;
        opening
            .facts
            .rules_executed
            .extend(options.rule_executed.iter().cloned());
        Ok(opening)
    }

    fn plan(&self, opening: Opening, client: &Client, actions: Vec<String>) -> Plan {
        let policy = self.policy(client, &opening);
        Plan {
            event: opening.event,
            profile: opening.profile,
            request: opening.request,
            facts: opening.facts,
            actions,
            cache: crate::command::Cache::default(),
            policy,
        }
    }

    fn policy(&self, client: &Client, opening: &Opening) -> Policy {
        let settings = &self.tenant.settings;
        let default = Policy::default();
        let exchange = opening.event.transaction.protocol == Some(Protocol::Oauth2RefreshToken);
        let resource_server = opening
            .request
            .audience
            .as_deref()
            .and_then(|audience| self.tenant.resource_server(audience));
        let issued =
            crate::token::issues_refresh_token(&opening.event, &opening.request, client, resource_server);
        let issued = exchange || issued == Ok(true);
        Policy {
            session_lifetime_ms: settings
                .session_lifetime
                .map_or(default.session_lifetime_ms, hours_ms),
            session_idle_lifetime_ms: settings
                .idle_session_lifetime
                .map_or(default.session_idle_lifetime_ms, hours_ms),
            refresh_token: issued.then(|| refresh_lifetimes(client)),
            factors: self
                .tenant
                .factors
                .as_ref()
                .map(|names| names.iter().filter_map(|name| factor(name)).collect()),
            customize_mfa: settings.customize_mfa_in_postlogin_action.unwrap_or(true),
            enroll_exhausted: self.tenant.config.mfa.enroll_exhausted,
        }
    }

    fn limits(&self, options: &LoginOptions) -> Result<Limits, Trouble> {
        let config = &self.tenant.config.actions;
        let time = options.time_limit.as_deref().unwrap_or(&config.time_limit);
        let memory = options.memory_limit.as_deref().unwrap_or(&config.memory_limit);
        let wrong = |error: &dyn std::fmt::Display| {
            Trouble::usage(error.to_string(), "write it like 500ms, 20s or 64MiB")
        };
        Ok(Limits {
            time: tenant::duration(time).map_err(|error| wrong(&error))?,
            memory: tenant::size(memory).map_err(|error| wrong(&error))?,
            output: tenant::size(&config.output_limit).map_err(|error| wrong(&error))?,
            commands: config.command_limit,
        })
    }

    fn scripts(&self, options: &LoginOptions) -> Result<Scripts<'_>, Trouble> {
        if options.actions.is_empty() {
            return Ok(Scripts::Bound(&self.tenant));
        }
        let secrets: BTreeMap<String, String> = options
            .secrets
            .iter()
            .map(|text| secret(text.as_str()))
            .collect::<Result<_, _>>()?;
        let files = options
            .actions
            .iter()
            .map(|path| file_script(path, &secrets, &self.tenant.root));
        Ok(Scripts::Files(files.collect::<Result<_, _>>()?))
    }
}

/// A `--secret NAME=VALUE` within the platform's limits.
fn secret(text: &str) -> Result<(String, String), Trouble> {
    let (name, value) = assignment(text, "--secret")?;
    if !tenant::secret_fits(&name, &value) {
        return Err(Trouble::usage(
            "a --secret is too long",
            format!(
                "a name has at most {} characters, a value {}",
                tenant::MAX_SECRET_NAME,
                tenant::MAX_SECRET_VALUE
            ),
        ));
    }
    Ok((name, value))
}

/// The scripts of a login: the tenant's bound Actions, or files.
enum Scripts<'a> {
    Bound(&'a Tenant),
    Files(Vec<Script>),
}

impl Scripts<'_> {
    fn names(&self) -> Vec<String> {
        match self {
            Self::Bound(tenant) => tenant.post_login.clone(),
            Self::Files(scripts) => scripts.iter().map(|script| script.name.clone()).collect(),
        }
    }

    fn find(&self, name: &str) -> Result<Script, Trouble> {
        let missing = || {
            Trouble::new(
                format!("there is no Action '{name}'"),
                "check triggers/triggers.json",
            )
        };
        match self {
            Self::Files(scripts) => scripts
                .iter()
                .find(|script| script.name == name)
                .cloned()
                .ok_or_else(missing),
            Self::Bound(tenant) => {
                let action = tenant.action(name).ok_or_else(missing)?;
                let secrets = action.secrets_for_run().map_err(|error| {
                    Trouble::new(
                        error.to_string(),
                        format!("write {name}.<SECRET>=value into secrets.env of the tenant, or set POSTLOGIN_SECRET_<SECRET>"),
                    )
                })?;
                Ok(bound_script(tenant, action, secrets))
            }
        }
    }
}

/// The script of a tenant's Action.
pub fn bound_script(tenant: &Tenant, action: &tenant::Action, secrets: BTreeMap<String, String>) -> Script {
    let modules = tenant.modules.iter();
    Script {
        name: action.name.clone(),
        source: action.source.as_str().into(),
        file: action.file.display().to_string(),
        folder: tenant.root.join(&action.file).parent().map(Path::to_owned),
        node_modules: Some(tenant.root.clone()),
        modules: modules
            .map(|module| (module.name.clone(), module.source.as_str().into()))
            .collect(),
        secrets,
    }
}

/// The program that workers are started from: this same one.
///
/// # Errors
/// The program's own path cannot be found.
pub fn worker_program() -> Result<WorkerProgram, Trouble> {
    WorkerProgram::current_exe().map_err(|error| {
        Trouble::new(
            format!("this program's own path cannot be found: {error}"),
            "start it by its full path",
        )
    })
}

/// Workers that are this same program.
///
/// # Errors
/// The program's own path cannot be found.
pub fn pool() -> Result<Pool, Trouble> {
    worker_program().map(Pool::new)
}

fn file_script(path: &Path, secrets: &BTreeMap<String, String>, root: &Path) -> Result<Script, Trouble> {
    let name = path
        .file_stem()
        .map_or_else(|| "action".to_owned(), |stem| stem.to_string_lossy().into_owned());
    let folder = path.parent().map(|folder| {
        if folder.as_os_str().is_empty() {
            PathBuf::from(".")
        } else {
            folder.to_owned()
        }
    });
    Ok(Script {
        name,
        source: files::text(path)?.as_str().into(),
        file: path.display().to_string(),
        node_modules: if root.as_os_str().is_empty() {
            folder.clone()
        } else {
            Some(root.to_owned())
        },
        folder,
        modules: Vec::new(),
        secrets: secrets.clone(),
    })
}

/// Reads the tenant folder with the environment of this process.
///
/// # Errors
/// A `--var` that is not NAME=VALUE, or a folder that is not there.
pub fn read(root: &Path, options: &TenantOptions) -> Result<tenant::Reading, Trouble> {
    if !root.is_dir() {
        return Err(Trouble::new(
            format!("{} is not a folder", root.display()),
            "give the folder that the deploy CLI exported (with tenant.json or tenant.yaml)",
        ));
    }
    let variables: BTreeMap<String, String> = options
        .variables
        .iter()
        .map(|text| assignment(text, "--var"))
        .collect::<Result<_, _>>()?;
    #[expect(
        clippy::disallowed_methods,
        reason = "the edge: here the environment becomes an argument"
    )]
    let environment = |name: &str| std::env::var(name).ok();
    Ok(tenant::read(
        root,
        &Sources {
            environment: &environment,
            variables: &variables,
        },
    ))
}

/// The tenant's folder: the one given, or the current one when it holds a tenant.
pub fn tenant_root(given: Option<&Path>) -> Option<PathBuf> {
    given.map(Path::to_owned).or_else(|| {
        let here = PathBuf::from(".");
        let is_tenant = [
            "tenant.json",
            "tenant.yaml",
            "clients",
            "actions",
            "postlogin.toml",
        ];
        is_tenant
            .iter()
            .any(|name| here.join(name).exists())
            .then_some(here)
    })
}

fn made_up_keys(domain: &str) -> Result<KeyRing, Trouble> {
    keys::generate(domain, system_now(), &mut SystemRandom).map_err(|error| key_trouble(&error))
}

/// One line for each thing worth saying about where keys came from.
pub fn tell_origin(origin: &keys::KeyOrigin, tell: &mut dyn FnMut(&str)) {
    let line = origin.to_string();
    if !line.is_empty() {
        tell(&line);
    }
    if let Some((first, more)) = origin.warnings().split_first() {
        let more = match more.len() {
            0 => String::new(),
            count => format!(" (and {count} more like it)"),
        };
        tell(&format!("{first}{more}"));
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

fn frozen_clock(text: &str) -> Result<DateTime<Utc>, Trouble> {
    DateTime::parse_from_rfc3339(text)
        .map(|time| time.with_timezone(&Utc))
        .map_err(|error| {
            Trouble::usage(
                format!("--now '{text}' is not a time: {error}"),
                "write it like 2026-01-31T12:00:00Z",
            )
        })
}

fn randomness(seed: Option<&str>) -> Box<dyn Random> {
    match seed {
        Some(seed) => Box::new(SeededRandom::new(seed)),
        None => Box::new(SystemRandom),
    }
}

/// A key that cannot be used.
pub fn key_trouble(error: &keys::KeyError) -> Trouble {
    Trouble::new(
        error.to_string(),
        "check [keys] in postlogin.toml, or give --key and --cert",
    )
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "hours of a session are far below the range"
)]
fn hours_ms(hours: f64) -> i64 {
    (hours * 3_600_000.0) as i64
}

fn refresh_lifetimes(client: &Client) -> RefreshTokenLifetimes {
    const ABSOLUTE_SECONDS: u64 = 2_592_000;
    const IDLE_SECONDS: u64 = 1_296_000;
    let policy = client.refresh_token.clone().unwrap_or_default();
    let ms = |seconds: u64| i64::try_from(Duration::from_secs(seconds).as_millis()).unwrap_or(i64::MAX);
    RefreshTokenLifetimes {
        absolute_ms: ms(policy.token_lifetime.unwrap_or(ABSOLUTE_SECONDS)),
        idle_ms: ms(policy.idle_token_lifetime.unwrap_or(IDLE_SECONDS)),
    }
}

/// A factor of `guardian-factors/*.json`, as the API spells it.
fn factor(name: &str) -> Option<FactorType> {
    let spelled = match name {
        "sms" => "phone",
        "duo" => "push-notification",
        other => other,
    };
    serde_json::from_value(Value::from(spelled)).ok()
}
