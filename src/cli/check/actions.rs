//! Actions that do not compile, and modules that they require and do not get.

use crate::action::{Calls, Pool, Prepared, Script};
use crate::command::{Failure, FailureKind};
use crate::folder::{Problem, Severity};
use crate::tenant::{Action, Tenant};
use std::collections::BTreeMap;
use std::path::Path;

/// A tenant's Actions, ready to be looked at.
pub struct Actions<'t> {
    tenant: &'t Tenant,
    prepared: Vec<Prepared>,
}

impl<'t> Actions<'t> {
    /// Those of `tenant`.
    pub fn of(tenant: &'t Tenant) -> Self {
        let scripts = tenant.actions.iter();
        let scripts = scripts.map(|action| crate::runner::script(tenant, action, BTreeMap::new()));
        Self {
            tenant,
            prepared: scripts.map(Prepared::new).collect(),
        }
    }

    /// Each with what it is made from.
    pub fn all(&self) -> impl Iterator<Item = (&'t Action, &Prepared)> {
        self.tenant.actions.iter().zip(&self.prepared)
    }

    /// Whether the code of an Action requires a module that it does not get.
    pub fn lacks_modules(&self, action: &Action) -> bool {
        let mut named = self.all().filter(|(other, _)| other.name == action.name);
        named.any(|(_, prepared)| !prepared.unresolved().is_empty())
    }

    /// What can be seen of the calls of those that are bound.
    pub fn calls(&self) -> Vec<Calls> {
        let bound = self.tenant.post_login.iter();
        let named =
            bound.filter_map(|name| self.prepared.iter().find(|action| action.script().name == *name));
        named.map(Calls::of).collect()
    }

    /// Everything that is wrong with their code.
    pub fn problems(&self, pool: &Pool) -> Vec<Problem> {
        let mut problems = Vec::new();
        for (action, prepared) in self.all() {
            let whose = format!("Action '{}'", action.name);
            // Where there is no Node.js, the Action's need of it is told.
            let failed = pool.syntax_check(prepared).err();
            if let Some(failure) = failed.filter(|failure| failure.kind != FailureKind::NeedsNode) {
                let help = if self.tenant.post_login.contains(&action.name) {
                    "correct the JavaScript; with this error every login would fail"
                } else {
                    "correct the JavaScript before the Action is bound; no login runs it now"
                };
                problems.push(syntax_problem(&whose, &action.file, &failure, help));
            }
            problems.extend(prepared.unresolved().into_iter().map(|missing| Problem {
                line: Some(missing.line),
                ..Problem::new(Severity::Warning, NOT_INSTALLED, &action.file).says(
                    format!("{whose}: {}", missing.message),
                    if missing.specifier.starts_with(['.', '/']) {
                        "add the file beside the code of the Action, or correct the path"
                    } else {
                        "declare the package in package.json of the tenant folder or in the dependencies of the Action and \
                         run `postlogin actions install`, or correct the name"
                    },
                )
            }));
        }
        for module in &self.tenant.modules {
            let script = Script {
                name: module.name.clone(),
                source: module.source.as_str().into(),
                file: module.file.display().to_string(),
                ..Script::default()
            };
            if let Err(failure) = pool.syntax_check(&Prepared::new(script)) {
                let whose = format!("module '{}'", module.name);
                let help = "correct the JavaScript; an Action that requires the module gets this error";
                problems.push(syntax_problem(&whose, &module.file, &failure, help));
            }
        }
        problems
    }
}

/// Code of the problem that a module or a package is not there.
pub const NOT_INSTALLED: &str = "module_not_installed";

fn syntax_problem(whose: &str, file: &Path, failure: &Failure, help: &str) -> Problem {
    Problem {
        severity: Severity::Error,
        file: file.to_owned(),
        line: failure.line,
        column: failure.column,
        json_path: None,
        message: format!("{whose}: {}", failure.message),
        help: help.to_owned(),
        code: "action_syntax".into(),
        parts: Vec::new(),
    }
}
