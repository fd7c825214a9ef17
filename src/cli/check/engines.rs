//! What Actions need besides the embedded engine and their own code: Node.js, packages of npm, authorities.

use super::actions::{Actions, NOT_INSTALLED};
use crate::action::{Need, NodeSeen, Pool, Prepared, needs};
use crate::disk::{self, Limit};
use crate::folder::{Problem, Reading, Severity};
use crate::runner::{authorities, own_folder};
use crate::tenant::{Action, Dependency, EngineChoice, Package, SettingError, Tenant};
use serde_json::Value;
use std::path::{Path, PathBuf};

/// What Actions need, as far as it shows.
#[derive(Debug, Default)]
pub struct Needs {
    /// A line for each Action that runs on Node.js, and why.
    pub lines: Vec<String>,
    /// What is needed and not there.
    pub problems: Vec<Problem>,
}

impl Needs {
    /// The needs of the tenant's Actions.
    pub fn of(reading: &Reading, actions: &Actions<'_>, pool: &Pool) -> Self {
        let mut all = Self::default();
        for (action, prepared) in actions.all() {
            all.engine(action, prepared, pool);
        }
        all.problems.extend(packages(&reading.tenant, actions));
        if let Err(error) = authorities(&reading.tenant) {
            let problem = Problem::new(Severity::Error, "bad_setting", "").says(error.what, error.help);
            let problem = reading.places.in_settings(&["actions", "egress", "ca"], problem);
            all.problems.push(problem);
        }
        all
    }

    fn engine(&mut self, action: &Action, prepared: &Prepared, pool: &Pool) {
        let need = needs(prepared);
        let why = match (prepared.script().engine, &need) {
            (EngineChoice::Auto | EngineChoice::Embedded, None) => return,
            (EngineChoice::Auto, Some(need)) => need.to_string(),
            (EngineChoice::Node, _) => "its engine is set to node".to_owned(),
            (EngineChoice::Embedded, Some(need)) => {
                let message = format!(
                    "Action '{}' may run on the embedded engine alone: {need}",
                    action.name
                );
                let help =
                    "the embedded engine does not have it; set engine to auto in [actions] of postlogin.toml";
                self.problems.push(at(Some(need), action).says(message, help));
                return;
            }
        };
        match pool.node() {
            Ok(node) => self.lines.push(line(action, &node, &why)),
            Err(missing) => {
                let (what, help) = missing.split_once("; ").unwrap_or((&missing, ""));
                let message = format!("Action '{}' needs Node.js: {why}; {what}", action.name);
                self.problems.push(at(need.as_ref(), action).says(message, help));
            }
        }
    }
}

/// A warning about an Action that needs Node.js, at the place that asks.
fn at(need: Option<&Need>, action: &Action) -> Problem {
    let mut problem = Problem::new(Severity::Warning, "needs_node", &action.file);
    let asked = need.and_then(|need| need.asked.as_ref());
    let own = asked.filter(|asked| Path::new(&asked.file) == action.file);
    if let Some((line, column)) = own.and_then(|asked| asked.place) {
        (problem.line, problem.column) = (Some(line), Some(column));
    }
    problem
}

/// `Action 'enrich' runs on Node.js 22.12.0 (its runtime is node18): Intl is asked for in ...`.
fn line(action: &Action, node: &NodeSeen, why: &str) -> String {
    let version = &node.version;
    let runtime = action.runtime.as_deref().filter(|runtime| {
        let major = runtime.strip_prefix("node").unwrap_or(runtime);
        version.split('.').next() != Some(major)
    });
    let runtime = runtime.map_or_else(String::new, |runtime| format!(" (its runtime is {runtime})"));
    format!(
        "Action '{}' runs on Node.js {version}{runtime}: {why}",
        action.name
    )
}

/// What is wrong with the packages that the tenant declares.
fn packages(tenant: &Tenant, actions: &Actions<'_>) -> Vec<Problem> {
    let root = tenant.root.as_path();
    if let Some(declared) = of_manifest(root) {
        let missing = declared.iter().filter(|name| !is_installed(name, &[root]));
        let problem = |name: &String| not_installed(Severity::Warning, Path::new(MANIFEST), MANIFEST, name);
        return missing.map(problem).collect();
    }
    let of_actions = tenant.actions.iter().map(|action| Owner {
        name: format!("Action '{}'", action.name),
        definition: &action.definition,
        folder: own_folder(root, &action.file, "actions"),
        declared: &action.dependencies,
        // What the code requires and does not get is told at its place.
        severity: if tenant.post_login.contains(&action.name) && !actions.lacks_modules(action) {
            Severity::Warning
        } else {
            Severity::Note
        },
    });
    let of_modules = tenant.modules.iter().map(|module| Owner {
        name: format!("Action module '{}'", module.name),
        definition: &module.definition,
        folder: own_folder(root, &module.file, "action-modules"),
        declared: &module.dependencies,
        severity: Severity::Warning,
    });
    let owners = of_actions.chain(of_modules);
    owners.flat_map(|owner| owner.problems(root)).collect()
}

/// An Action or a module, with what it declares.
struct Owner<'t> {
    name: String,
    definition: &'t Path,
    folder: Option<PathBuf>,
    declared: &'t [Dependency],
    /// How much it matters that a package is not there.
    severity: Severity,
}

impl Owner<'_> {
    fn problems(&self, root: &Path) -> Vec<Problem> {
        let folders: Vec<&Path> = self.folder.as_deref().into_iter().chain([root]).collect();
        let problem = |declared: &Dependency| match Package::of(declared) {
            Err(SettingError { what, help }) => {
                let message = format!("{} declares what is no package: {what}", self.name);
                let problem = Problem::new(Severity::Warning, "bad_dependency", self.definition);
                Some(problem.says(message, help))
            }
            Ok(package) if is_installed(package.name(), &folders) => None,
            Ok(package) => Some(not_installed(
                self.severity,
                self.definition,
                &self.name,
                package.name(),
            )),
        };
        self.declared.iter().filter_map(problem).collect()
    }
}

/// The packages that `package.json` of the tenant declares; `None` where there is none that can be read.
fn of_manifest(root: &Path) -> Option<Vec<String>> {
    let text = disk::read(&root.join(MANIFEST), Limit::Module).ok()??;
    let manifest: Value = serde_json::from_slice(&text).ok()?;
    let declared = manifest.get("dependencies").and_then(Value::as_object);
    Some(
        declared
            .into_iter()
            .flat_map(|declared| declared.keys().cloned())
            .collect(),
    )
}

const MANIFEST: &str = "package.json";

fn is_installed(name: &str, folders: &[&Path]) -> bool {
    folders
        .iter()
        .any(|folder| disk::is_there(&folder.join("node_modules").join(name)))
}

fn not_installed(severity: Severity, file: &Path, owner: &str, name: &str) -> Problem {
    Problem::new(severity, NOT_INSTALLED, file).says(
        format!("{owner} declares the package {name}, which is not installed"),
        "run `postlogin actions install`",
    )
}
