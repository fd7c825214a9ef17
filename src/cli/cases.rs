//! Fixture cases (interface 4): found, read, run and compared with what they expect.

use super::case_network::{self, From};
use super::clock::frozen_clock;
use super::engine_options::EngineOptions;
use super::expected::{Empty, Expected};
use super::login::{Keeping, Source};
use super::open_tenant::OpenTenant;
use super::options::{LoginOptions, TenantOptions};
use super::trouble::Trouble;
use super::{cache_json, files, http_json, mocks};
use crate::action::{Pool, Replacements};
use crate::disk::{self, Kind};
use crate::egress;
use crate::egress::recorded::{Entry, Recorded, Told};
use crate::result::{HttpPart, LoginResult};
use crate::runner::ReachSettings;
use crate::tenant::EngineChoice;
use serde::Deserialize;
use serde_json::Value;
use std::collections::{BTreeMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// `case.toml`.
#[derive(Debug, Deserialize)]
struct CaseFile {
    /// What the case shows, in one sentence.
    shows: String,
    /// The command that the case is for.
    #[serde(default)]
    command: CaseCommand,
    /// Tenant folder relative to the case; else [`nearest_tenant`].
    tenant: Option<PathBuf>,
    /// Which engine runs the Actions.
    engine: Option<EngineChoice>,
    /// Whom the Actions may reach over the network.
    #[serde(default)]
    allow: Vec<String>,
    #[serde(flatten)]
    options: toml::Table,
}

/// The command that a case is for.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
enum CaseCommand {
    /// A message and its findings: no login, so it is not run here.
    Inspect,
    /// A login and its result.
    #[default]
    Run,
}

/// What [`find`] finds.
#[derive(Default)]
pub struct Found {
    /// The logins, in name order.
    pub cases: Vec<Case>,
    /// Folders of cases of `postlogin inspect`, in name order.
    pub passed_over: Vec<PathBuf>,
}

/// A case of a login, as its files describe it.
pub struct Case {
    /// The case's folder.
    pub folder: PathBuf,
    /// What the case shows.
    pub shows: String,
    tenant: Option<PathBuf>,
    options: LoginOptions,
}

/// How a case went.
pub struct Verdict {
    /// The case's folder, as found.
    pub name: String,
    /// What the case shows.
    pub shows: String,
    /// What differs, or what went wrong, as people read it; empty when the case passed.
    pub differences: Vec<String>,
    /// What its author should know, as people read it.
    pub notes: Vec<String>,
    /// Whether what was expected was rewritten.
    pub blessed: bool,
    /// Why the case was not run.
    pub passed_over: Option<String>,
    /// Wall time.
    pub elapsed: Duration,
}

impl Verdict {
    /// A case of which nothing is known yet.
    fn of(case: &Case) -> Self {
        Self {
            name: case.folder.display().to_string(),
            shows: case.shows.clone(),
            differences: Vec::new(),
            notes: Vec::new(),
            blessed: false,
            passed_over: None,
            elapsed: Duration::ZERO,
        }
    }

    /// Whether all is as expected.
    pub fn passed(&self) -> bool {
        self.differences.is_empty()
    }
}

/// What answers the requests of a case.
enum Way {
    /// Its `http.json`.
    Entries(Vec<Entry>),
    /// No file: nobody, or whom the case itself names.
    Nothing,
    /// The network, whose answers are kept.
    Recorded,
}

/// Whether differences are reported, or become what is expected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// `--bless`.
    Bless,
    /// Compare.
    Compare,
}

/// What is done about requests of cases that have no `http.json`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Recording {
    /// The network answers once, and the file is written (`--record`).
    Missing,
    /// No file is written.
    Off,
}

/// Clock and seed of a case that names none, so that its result can be compared.
const NOW: &str = "2026-01-15T12:00:00Z";
const SEED: &str = "case";

/// All cases at or below `root`, on these engines where a case says nothing else.
///
/// # Errors
/// There is no login among them, or a `case.toml` cannot be used.
pub fn find(root: &Path, engines: &EngineOptions) -> Result<Found, Trouble> {
    let mut folders = Vec::new();
    collect(root, &mut folders, &mut HashSet::new())?;
    folders.sort();
    let mut found = Found::default();
    for folder in folders {
        match Case::read(&folder, engines)? {
            Some(case) => found.cases.push(case),
            None => found.passed_over.push(folder),
        }
    }
    if !found.cases.is_empty() {
        return Ok(found);
    }
    let root = root.display();
    Err(match found.passed_over.len() {
        0 => Trouble::new(
            format!("there is no case at or below {root}"),
            "a case is a folder with case.toml, event.json, actions/*.js and expected.json",
        ),
        other => Trouble::new(
            format!(
                "there is no case of a login at or below {root}: the cases there ({other}) are for `postlogin \
                inspect`"
            ),
            "give a folder with cases of logins",
        ),
    })
}

/// Adds the cases at or below `folder`; `seen` has the folders that were looked into, whatever links lead to them.
fn collect(folder: &Path, found: &mut Vec<PathBuf>, seen: &mut HashSet<PathBuf>) -> Result<(), Trouble> {
    #[expect(clippy::disallowed_methods, reason = "links are followed as they are on disk")]
    let real = |path: &Path| path.canonicalize();
    if disk::is_there(folder) && !seen.insert(files::found(folder, real)?) {
        return Ok(());
    }
    if files::found(&folder.join("case.toml"), disk::is_file)? {
        found.push(folder.to_owned());
        return Ok(());
    }
    let names = files::found(folder, disk::names)?.ok_or_else(|| {
        Trouble::new(
            format!("there is no folder {}", folder.display()),
            "give a folder with cases, or a tenant folder with cases",
        )
    })?;
    for name in names {
        if name.to_string_lossy().starts_with('.') || name == "node_modules" {
            continue;
        }
        let path = folder.join(name);
        // A case that cannot be read must be an error; it is not an absent case.
        if files::found(&path, disk::kind)? == Some(Kind::Folder) {
            collect(&path, found, seen)?;
        }
    }
    Ok(())
}

impl Case {
    /// The case in `folder`; `None` where it is for another command.
    fn read(folder: &Path, engines: &EngineOptions) -> Result<Option<Self>, Trouble> {
        let path = folder.join("case.toml");
        let wrong = |error: &dyn std::fmt::Display| {
            Trouble::new(
                format!("{} cannot be used:", path.display()),
                "a case has shows = \"one sentence\" and the options of `postlogin run`",
            )
            .with_lines(&error.to_string())
        };
        let file: CaseFile = toml::from_str(&files::text(&path)?).map_err(|error| wrong(&error))?;
        if file.command != CaseCommand::Run {
            return Ok(None);
        }
        let options =
            LoginOptions::deserialize(toml::Value::Table(file.options)).map_err(|error| wrong(&error))?;
        let tenant = match file.tenant {
            Some(tenant) => Some(folder.join(tenant)),
            None => nearest_tenant(folder)?,
        };
        let mut options = rooted(options, folder)?;
        options.engines = engines.for_case(EngineOptions {
            engine: file.engine,
            allow: file.allow,
            ..EngineOptions::default()
        });
        Ok(Some(Self {
            folder: folder.to_owned(),
            shows: file.shows,
            tenant,
            options,
        }))
    }

    /// The login of the case, with this way to the network, and what did not fit its entries. `replacements` stand
    /// in for modules that its Actions require.
    fn login(
        &self,
        tenants: &mut OpenTenants,
        replacements: &Replacements,
        way: Way,
    ) -> Result<(LoginResult, Told), Trouble> {
        let (open, pool) = tenants.open(self.tenant.as_deref())?;
        let engines = &self.options.engines;
        let secrets = open.known_secrets(&self.options.secrets)?;
        let hide = move |text: &mut String| secrets.hide_in(text);
        let (settings, keeping, entries) = match way {
            Way::Entries(entries) => (ReachSettings::Ignored, egress::Keeping::Nothing, Some(entries)),
            // Whom a case names and answers nothing for is asked over the network.
            Way::Nothing if !engines.allow.is_empty() => {
                (ReachSettings::Ignored, egress::Keeping::Nothing, None)
            }
            Way::Nothing => (ReachSettings::Ignored, egress::Keeping::Nothing, Some(Vec::new())),
            Way::Recorded => (ReachSettings::Count, egress::Keeping::Messages, None),
        };
        let mut network = engines.terms(&open.tenant, settings)?;
        network.keeping = keeping;
        let recorded = entries.map(|entries| Arc::new(Recorded::new(entries, hide)));
        network.answers = recorded.clone().map(|recorded| recorded as _);
        let now = self.options.now.as_deref().unwrap_or(NOW);
        let cache = cache_json::read(&self.folder, frozen_clock(now)?)?;
        let commands = self.folder.join("commands.json");
        let source = if files::found(&commands, disk::is_file)? {
            Source::Commands(super::commands::read(&commands, open, &self.options.secrets)?)
        } else {
            Source::Actions {
                pool,
                replacements: Some(replacements),
                network: &network,
            }
        };
        let result = open.login(&self.options, source, Keeping::Nowhere, cache)?;
        Ok((
            result,
            recorded.map(|recorded| recorded.told()).unwrap_or_default(),
        ))
    }
}

/// Paths of a case are relative to its folder; event and Actions are found there by themselves.
fn rooted(mut options: LoginOptions, folder: &Path) -> Result<LoginOptions, Trouble> {
    let rooted = |path: &mut PathBuf| *path = folder.join(&*path);
    options.event.iter_mut().for_each(rooted);
    options.authn_request.iter_mut().for_each(rooted);
    options.actions.iter_mut().for_each(rooted);
    options.continues.iter_mut().for_each(rooted);
    let event = folder.join("event.json");
    if options.event.is_none() && files::found(&event, disk::is_file)? {
        options.event = Some(event);
    }
    if options.actions.is_empty() {
        let actions = folder.join("actions");
        let names = files::found(&actions, disk::names)?.unwrap_or_default();
        options.actions = names
            .into_iter()
            .map(|name| actions.join(name))
            .filter(|path| path.extension().is_some_and(|end| end == "js"))
            .collect();
    }
    options.now.get_or_insert_with(|| NOW.to_owned());
    options.seed.get_or_insert_with(|| SEED.to_owned());
    Ok(options)
}

/// The tenant of the case in `folder`: the nearest folder, its own first, that is a tenant or holds one named `tenant`.
fn nearest_tenant(folder: &Path) -> Result<Option<PathBuf>, Trouble> {
    for folder in folder.ancestors() {
        // The last parent of a relative path is empty: the current folder.
        let folder = if folder.as_os_str().is_empty() {
            Path::new(".")
        } else {
            folder
        };
        let inside = folder.join("tenant");
        let inside = (files::found(&inside, disk::kind)? == Some(Kind::Folder)).then_some(inside);
        for tenant in [Some(folder.to_owned()), inside].into_iter().flatten() {
            for name in ["tenant.json", "tenant.yaml"] {
                if files::found(&tenant.join(name), disk::is_file)? {
                    return Ok(Some(tenant));
                }
            }
        }
    }
    Ok(None)
}

/// Tenants by folder; each is read once and has its own workers.
struct OpenTenants<'a> {
    engines: &'a EngineOptions,
    open: BTreeMap<Option<PathBuf>, (OpenTenant, Pool)>,
}

impl OpenTenants<'_> {
    /// Why a case cannot run that asks for Node.js; `None` where it can, or is wrong in another way.
    fn without_node(&mut self, case: &Case) -> Option<String> {
        if case.options.engines.engine != Some(EngineChoice::Node) {
            return None;
        }
        let (_, pool) = self.open(case.tenant.as_deref()).ok()?;
        pool.node().err()
    }

    fn open(&mut self, root: Option<&Path>) -> Result<&(OpenTenant, Pool), Trouble> {
        let key = root.map(Path::to_owned);
        if !self.open.contains_key(&key) {
            let open = OpenTenant::open(root, &TenantOptions::default(), &mut |_| {})?;
            let pool = super::scripts::pool(&open.tenant)?;
            let pool = self.engines.with_node(pool, &open.tenant);
            self.open.insert(key.clone(), (open, pool));
        }
        Ok(&self.open[&key])
    }
}

/// Runs every case, with the Node.js of `engines`; `report` is called after each.
#[expect(clippy::disallowed_methods, reason = "a report says how long a case took")]
pub fn run(
    cases: &[Case],
    engines: &EngineOptions,
    mode: Mode,
    recording: Recording,
    mut report: impl FnMut(&Verdict),
) -> Vec<Verdict> {
    let mut tenants = OpenTenants {
        engines,
        open: BTreeMap::new(),
    };
    let mut verdicts = Vec::new();
    for case in cases {
        let begun = Instant::now();
        if let Some(why) = tenants.without_node(case) {
            let verdict = Verdict {
                passed_over: Some(why),
                ..Verdict::of(case)
            };
            report(&verdict);
            verdicts.push(verdict);
            continue;
        }
        let verdict = Verdict {
            elapsed: begun.elapsed(),
            ..judged(case, mode, recording, &mut tenants).unwrap_or_else(|trouble| Verdict {
                differences: vec![trouble.to_string()],
                ..Verdict::of(case)
            })
        };
        report(&verdict);
        verdicts.push(verdict);
    }
    verdicts
}

/// Runs a case.
fn judged(
    case: &Case,
    mode: Mode,
    recording: Recording,
    tenants: &mut OpenTenants<'_>,
) -> Result<Verdict, Trouble> {
    let recorded = match recording {
        Recording::Missing => record(case, tenants)?,
        Recording::Off => None,
    };
    let replacements = mocks::read(&case.folder);
    let entries = http_json::read(&case.folder);
    let from = if matches!(entries, Ok(None)) {
        From::Nothing
    } else {
        From::File
    };
    let done = replacements
        .as_ref()
        .map_err(Clone::clone)
        .and_then(|replacements| {
            let way = entries?.map_or(Way::Nothing, Way::Entries);
            case.login(tenants, replacements, way)
        });
    let (outcome, told) = match done {
        Ok((result, told)) => (Ok(json(&result)?), told),
        Err(trouble) => (Err(trouble), Told::default()),
    };
    let mut verdict = Verdict::of(case);
    verdict.notes.extend(recorded);
    let unused = replacements.iter().flat_map(Replacements::unused);
    verdict
        .notes
        .extend(unused.map(|mock| format!("no Action asked for {}", mock.file())));
    verdict.notes.extend(case_network::notes(&told));
    // A result that an unanswered request led to is not what is expected.
    let mode = if told.unanswered.is_empty() {
        mode
    } else {
        Mode::Compare
    };
    (verdict.differences, verdict.blessed) = compared(case, outcome.as_ref(), mode)?;
    verdict.differences.extend(case_network::differences(&told, from));
    Ok(verdict)
}

/// Writes the `http.json` of a case that has none, if it asks for anything over the network; what its author should know.
///
/// # Errors
/// A request had no answer, or cannot be kept without what is secret in it.
fn record(case: &Case, tenants: &mut OpenTenants<'_>) -> Result<Option<String>, Trouble> {
    const NAME: &str = http_json::NAME;
    if http_json::read(&case.folder)?.is_some() {
        return Ok(Some(format!(
            "{NAME} is there and was kept; remove it to record again"
        )));
    }
    let replacements = mocks::read(&case.folder)?;
    // What is wrong with the case is told when it is run.
    let Ok((result, _)) = case.login(tenants, &replacements, Way::Recorded) else {
        return Ok(None);
    };
    let unanswered = result.http.iter().find(|request| request.error.is_some());
    if let Some(HttpPart {
        method, url, error, ..
    }) = unanswered
    {
        let error = error.as_deref().unwrap_or_default();
        return Err(Trouble::new(
            format!("no {NAME} was written: {method} {url} had no answer: {error}"),
            "let the request out with --allow HOST:PORT, or with allow in case.toml, or write the entry by hand",
        ));
    }
    let secrets = tenants
        .open(case.tenant.as_deref())?
        .0
        .known_secrets(&case.options.secrets)?;
    let entries = http_json::made(&result, &secrets)?.entries;
    if entries.is_empty() {
        return Ok(None);
    }
    http_json::write(&case.folder, &entries)?;
    Ok(Some(format!("{NAME} was written, {} entries", entries.len())))
}

/// The result as JSON, with the SAML response where there is one.
fn json(result: &LoginResult) -> Result<Value, Trouble> {
    serde_json::to_value(result).map_err(|error| {
        Trouble::new(
            format!("the result cannot be written as JSON: {error}"),
            "please report this",
        )
    })
}

/// What differs from what the case expects, and whether that was rewritten.
fn compared(
    case: &Case,
    outcome: Result<&Value, &Trouble>,
    mode: Mode,
) -> Result<(Vec<String>, bool), Trouble> {
    let empty = match mode {
        Mode::Bless => Empty::Filled,
        Mode::Compare => Empty::Refused,
    };
    let expected = Expected::read(&case.folder, empty)?;
    let differences = match outcome {
        Ok(result) => expected.differences(result),
        Err(trouble) => expected.difference_from(trouble).into_iter().collect(),
    };
    if mode == Mode::Compare || differences.is_empty() {
        return Ok((differences, false));
    }
    match outcome {
        Ok(result) => {
            if let Some(contradiction) = expected.contradiction(result) {
                return Ok((vec![contradiction], false));
            }
            expected.bless(result)?;
        }
        Err(_) if !expected.is_of_unusable_input() => return Ok((differences, false)),
        Err(trouble) => expected.bless_message(trouble)?,
    }
    Ok((Vec::new(), true))
}
