//! Runs the Actions of a login in worker processes, as the tenant's settings say: on which engine (`node`), and with which
//! way to the network (`network`).

mod network;
mod node;

pub use network::{Reach, ReachSettings, authorities, network_terms};
pub use node::node_settings;

use crate::action::{
    Capacity, Clock, Folder, Limits, Pool, Prepared, Replacements, Run, Script, ScriptModule, WorkerProgram,
};
use crate::command::{FailureKind, Report};
use crate::egress::Terms;
use crate::flow::{Actions, Unavailable};
use crate::login::{ActionRun, BoundAction};
use crate::secret::Secret;
use crate::tenant::{
    Action, EngineChoice, Found, Part, PartKind, Problem, SettingError, Tenant, TooManyActions,
};
use crate::trace::{Origin, Warning};
use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

/// Whether this process was started as a worker: then `main` has nothing to do but
/// [`serve`](crate::action::worker::serve).
#[expect(
    clippy::disallowed_methods,
    reason = "the edge: what a pool starts a worker with"
)]
pub fn is_worker() -> bool {
    std::env::args_os()
        .nth(1)
        .is_some_and(|first| first == "__worker")
}

/// The workers of `tenant`, which are `program`: as many as `[actions]` says, else one for each processor.
///
/// # Errors
/// A setting in `postlogin.toml` is none.
pub fn pool(tenant: &Tenant, program: WorkerProgram) -> Result<Pool, Unavailable> {
    let settings = &tenant.config.actions;
    let processors = || thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
    let wait = settings
        .wait_limit
        .copied()
        .map_err(|error| wrong("wait_limit", error))?;
    let capacity = Capacity {
        workers: settings.workers.unwrap_or_else(processors),
        queue: settings.queue_limit,
        wait,
    };
    Ok(Pool::new(program, capacity).with_node(node_settings(tenant, None)))
}

fn wrong(member: &str, error: SettingError) -> Unavailable {
    Unavailable::new(
        format!("{member} in [actions] of postlogin.toml: {}", error.what),
        error.help,
    )
}

/// Actions that are bound, made ready once, in workers.
pub struct BoundActions<'a> {
    ready: Arc<ReadyActions>,
    workers: Workers<'a>,
}

/// Actions as they are bound, made ready to run: their sources are read, compiled and hashed once, for as many logins as
/// come.
pub struct ReadyActions {
    bound: Vec<Bound>,
    faults: Vec<Problem>,
    warnings: Vec<Warning>,
}

struct Bound {
    action: BoundAction,
    /// Why it cannot run is told when it is to run.
    script: Result<Prepared, Unavailable>,
}

impl ReadyActions {
    /// The bound Actions of `tenant`, on the engine that the tenant chose for each, or on `engine`.
    pub fn of_tenant(tenant: &Tenant, engine: Option<EngineChoice>) -> Self {
        let bound = |(place, name): (usize, &String)| match tenant.action(name) {
            None => Bound {
                action: BoundAction {
                    name: name.clone(),
                    code: String::new(),
                    place,
                },
                script: Err(Unavailable::new(
                    format!("there is no Action '{name}'"),
                    "check triggers/triggers.json",
                )),
            },
            Some(action) => {
                let mut bare = script(tenant, action, BTreeMap::new());
                bare.engine = engine.unwrap_or(bare.engine);
                let of_modules = bare.missing_secret(Folder::Own).cloned();
                let secrets = action
                    .secrets_for_run()
                    .and_then(|secrets| of_modules.map_or(Ok(secrets), Err))
                    .map_err(|missing| Unavailable::new(missing.what(), missing.help()));
                Bound {
                    action: BoundAction {
                        name: name.clone(),
                        code: bare.fingerprint(Folder::Own),
                        place,
                    },
                    script: secrets.map(|secrets| Prepared::new(Script { secrets, ..bare })),
                }
            }
        };
        let many = tenant.too_many_actions().into_iter();
        Self {
            bound: tenant.post_login.iter().enumerate().map(bound).collect(),
            faults: faults_of_bound(tenant),
            warnings: many
                .map(|many| Warning {
                    code: TooManyActions::CODE.to_owned(),
                    message: format!("{many}; {}", TooManyActions::HELP),
                    origin: Origin::default(),
                })
                .collect(),
        }
    }

    /// Why Actions cannot be compiled, one sentence each. Nothing runs.
    pub fn syntax_errors(&self, pool: &Pool) -> Vec<String> {
        let ready = self.bound.iter().filter_map(|bound| bound.script.as_ref().ok());
        let failures = ready.filter_map(|script| pool.syntax_check(script).err());
        // What only Node.js could check is not checked.
        let failures = failures.filter(|failure| failure.kind != FailureKind::NeedsNode);
        let shown = failures.map(|failure| {
            let file = failure.file.unwrap_or_default();
            let line = failure.line.map_or_else(String::new, |line| format!(":{line}"));
            format!("{file}{line}: {}", failure.message)
        });
        shown.collect()
    }

    /// These scripts in the place of a tenant's Actions; their folders may hold other files.
    fn of_scripts(scripts: Vec<Script>) -> Self {
        let scripts = scripts.into_iter().enumerate();
        let bound = scripts.map(|(place, script)| Bound {
            action: BoundAction {
                name: script.name.clone(),
                code: script.fingerprint(Folder::Shared),
                place,
            },
            script: Ok(Prepared::new(script)),
        });
        Self {
            bound: bound.collect(),
            faults: Vec::new(),
            warnings: Vec::new(),
        }
    }
}

/// The limits of a login's Actions, as `[actions]` of `tenant` says.
///
/// # Errors
/// A limit in `postlogin.toml` is none.
pub fn limits(tenant: &Tenant) -> Result<Limits, Unavailable> {
    let config = &tenant.config.actions;
    Ok(Limits {
        time: config
            .time_limit
            .copied()
            .map_err(|error| wrong("time_limit", error))?,
        spent: Duration::ZERO,
        memory: config
            .memory_limit
            .copied()
            .map_err(|error| wrong("memory_limit", error))?,
        output: config
            .output_limit
            .copied()
            .map_err(|error| wrong("output_limit", error))?,
        commands: config.command_limit,
    })
}

impl<'a> BoundActions<'a> {
    /// The bound Actions of `tenant` in the workers of `pool`, with the tenant's limits and the system's clock.
    ///
    /// # Errors
    /// A limit in `postlogin.toml` is none.
    pub fn new(tenant: &Tenant, pool: &'a Pool) -> Result<Self, Unavailable> {
        Ok(Self::of_tenant(tenant, Workers::new(pool, limits(tenant)?)))
    }

    /// The bound Actions of `tenant`.
    pub fn of_tenant(tenant: &Tenant, workers: Workers<'a>) -> Self {
        Self::of(Arc::new(ReadyActions::of_tenant(tenant, workers.engine)), workers)
    }

    /// These scripts in the place of a tenant's Actions; their folders may hold other files.
    pub fn of_scripts(scripts: Vec<Script>, workers: Workers<'a>) -> Self {
        Self::of(Arc::new(ReadyActions::of_scripts(scripts)), workers)
    }

    /// Actions that were made ready before.
    pub fn of(ready: Arc<ReadyActions>, workers: Workers<'a>) -> Self {
        Self { ready, workers }
    }
}

impl Actions for BoundActions<'_> {
    fn bound(&self) -> Vec<BoundAction> {
        self.ready
            .bound
            .iter()
            .map(|bound| bound.action.clone())
            .collect()
    }

    fn run(&self, run: &ActionRun<'_>) -> Result<Report, Unavailable> {
        let bound = self.ready.bound.get(run.place);
        match bound.filter(|bound| bound.action.name == run.name) {
            Some(Bound {
                script: Ok(script), ..
            }) => Ok(self.workers.run(script, run)),
            Some(Bound { script: Err(why), .. }) => Err(why.clone()),
            None => Err(Unavailable::new(
                format!("the Action '{}' is no longer bound at its place", run.name),
                "start the login again from the application",
            )),
        }
    }

    fn faults(&self) -> Vec<Problem> {
        self.ready.faults.clone()
    }

    fn warnings(&self) -> Vec<Warning> {
        self.ready.warnings.clone()
    }
}

/// What is wrong with the Actions that are bound to post-login, with their bindings, and with the modules that they
/// may require.
fn faults_of_bound(tenant: &Tenant) -> Vec<Problem> {
    let of_bindings = tenant.faults_of(PartKind::Bindings, "", Found::No);
    let of_actions = tenant.post_login.iter().flat_map(|name| {
        let found = tenant.action(name).is_some();
        tenant.faults_of(PartKind::Action, name, found.into())
    });
    let of_modules = tenant.bound_actions().into_iter().flat_map(|action| {
        let is_used = |part: &Part| match part.names.as_slice() {
            [] => action.source.contains(REQUIRED_MODULE),
            names => names.iter().any(|name| {
                action.modules.contains(name) || action.source.contains(&format!("{REQUIRED_MODULE}{name}"))
            }),
        };
        let concerns = move |problem: &&Problem| {
            let mut modules = problem
                .parts
                .iter()
                .filter(|part| part.kind == PartKind::ActionModule);
            modules.any(is_used)
        };
        tenant.faults.iter().filter(concerns)
    });
    let mut faults: Vec<Problem> = Vec::new();
    for fault in of_bindings.chain(of_actions).chain(of_modules) {
        if !faults.contains(fault) {
            faults.push(fault.clone());
        }
    }
    faults
}

/// What the name of a module begins with where an Action requires the module.
const REQUIRED_MODULE: &str = "actions:";

/// Worker processes with the limits of a login.
pub struct Workers<'a> {
    pool: &'a Pool,
    /// Limits; the time is for all Actions of a segment together.
    limits: Limits,
    clock: Clock,
    seed: Option<&'a str>,
    replacements: Option<&'a Replacements>,
    network: Option<&'a Terms>,
    engine: Option<EngineChoice>,
}

impl<'a> Workers<'a> {
    /// The workers of `pool`, with the system's clock.
    pub fn new(pool: &'a Pool, limits: Limits) -> Self {
        Self {
            pool,
            limits,
            clock: Clock::System,
            seed: None,
            replacements: None,
            network: None,
            engine: None,
        }
    }

    /// With another clock, and where `seed` is given with random values that are drawn from it. For tests only.
    pub fn reproducible(self, clock: Clock, seed: Option<&'a str>) -> Self {
        Self { clock, seed, ..self }
    }

    /// With modules that stand in for others. For tests only.
    pub fn replacing(self, replacements: Option<&'a Replacements>) -> Self {
        Self { replacements, ..self }
    }

    /// With a way to the network; without, all requests are refused.
    pub fn reaching(self, network: Option<&'a Terms>) -> Self {
        Self { network, ..self }
    }

    /// With another engine than the tenant chose for its Actions.
    pub fn on(self, engine: Option<EngineChoice>) -> Self {
        Self { engine, ..self }
    }

    /// Runs one handler of `action`.
    pub fn run(&self, action: &Prepared, run: &ActionRun<'_>) -> Report {
        self.pool.run(&Run {
            action,
            handler: run.handler,
            event: run.event,
            recorder: run.recorder,
            facts: run.facts,
            clock: self.clock,
            seed: self.seed,
            ordinal: run.ordinal,
            limits: Limits {
                spent: run.spent,
                ..self.limits
            },
            replacements: self.replacements,
            network: self.network,
        })
    }
}

/// The script of a tenant's Action, with the modules that its definition lists.
///
/// One that lists none may require all of the tenant's: exports of older tools list none at all.
pub fn script(tenant: &Tenant, action: &Action, secrets: BTreeMap<String, Secret<String>>) -> Script {
    let listed = |name: &String| action.modules.is_empty() || action.modules.contains(name);
    let modules = tenant.modules.iter().filter(|module| listed(&module.name));
    Script {
        name: action.name.clone(),
        source: action.source.as_str().into(),
        file: action.file.display().to_string(),
        folder: own_folder(&tenant.root, &action.file, "actions"),
        node_modules: Some(tenant.root.clone()),
        modules: modules
            .map(|module| ScriptModule {
                name: module.name.clone(),
                source: module.source.as_str().into(),
                folder: own_folder(&tenant.root, &module.file, "action-modules"),
                secrets: module.secrets_for_run(),
            })
            .collect(),
        engine: tenant.config.actions.engine_of(&action.name),
        secrets,
    }
}

/// The folder of the code of an Action or a module, where it is its own: below `actions/<name>/` or
/// `action-modules/<name>/`. Beside the code in other folders are definitions of Actions with their secrets, users and
/// keys.
#[expect(clippy::disallowed_methods, reason = "links are followed as they are on disk")]
pub(crate) fn own_folder(root: &Path, file: &Path, shelf: &str) -> Option<PathBuf> {
    let folder = root.join(file).parent()?.canonicalize().ok()?;
    let shelf = root.join(shelf).canonicalize().ok()?;
    (folder != shelf && folder.starts_with(&shelf)).then_some(folder)
}
