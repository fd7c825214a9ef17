//! Reading a tenant folder: everything is read, nothing is run, and every problem is kept.

use super::files::Files;
use super::layout::{Entry, Kind};
use super::problem::{Problem, Severity};
use super::{SettingLine, Tenant, actions, config, layout, objects, secrets, users};
use std::collections::BTreeMap;
use std::path::Path;

/// Where the values of placeholders and secrets come from.
pub struct Sources<'a> {
    /// Looks a name up in the environment.
    pub environment: &'a dyn Fn(&str) -> Option<String>,
    /// What `--var` gave; wins over the environment.
    pub variables: &'a BTreeMap<String, String>,
}

impl Sources<'_> {
    pub(super) fn value(&self, key: &str) -> Option<String> {
        let variable = self.variables.get(key).cloned();
        variable.or_else(|| (self.environment)(key))
    }
}

/// What a tenant folder holds, as far as it could be read.
#[derive(Debug, Default)]
pub struct Reading {
    /// The tenant; what could not be read is left out of it.
    pub tenant: Tenant,
    /// Everything that is wrong, errors first, then by file and line.
    pub problems: Vec<Problem>,
    /// Every setting with its source.
    pub settings: Vec<SettingLine>,
}

impl Reading {
    /// Whether the tenant can be used.
    pub fn has_errors(&self) -> bool {
        self.problems
            .iter()
            .any(|problem| problem.severity == Severity::Error)
    }
}

/// Reads the tenant in the folder `root`.
pub fn read(root: &Path, sources: &Sources) -> Reading {
    let mut files = Files {
        root,
        sources,
        problems: Vec::new(),
    };
    if !root.is_dir() {
        let problem = Problem::error("no_tenant", root).says(
            "there is no such folder",
            "name the folder that holds tenant.json or tenant.yaml, or start postlogin inside of it",
        );
        files.problems.push(problem);
    } else if !layout::is_tenant(&files) {
        let problem = Problem::warning("no_tenant", ".").says(
            "this folder holds nothing of a tenant",
            "name the folder that holds tenant.json or tenant.yaml, or export one with the deploy CLI",
        );
        files.problems.push(problem);
    }
    let (config, mut lines) = config::read(&mut files);
    let entries = layout::entries(&mut files);
    let (settings, tenant_lines) = objects::tenant(&entries, &mut files);
    lines.extend(tenant_lines);
    let read_actions = actions::actions(&entries, &mut files);
    let post_login = actions::bindings(&entries, &read_actions, &mut files);
    let roles = objects::roles(&entries, &mut files);
    let connections = objects::connections(&entries, &mut files);
    let users = users::read(&mut files, &roles, &connections);
    let mut tenant = Tenant {
        root: root.to_owned(),
        settings,
        clients: objects::clients(&entries, &mut files),
        resource_servers: objects::resource_servers(&entries, &mut files),
        actions: read_actions.into_iter().map(|read| read.action).collect(),
        modules: actions::modules(&entries, &mut files),
        post_login,
        connections,
        organizations: objects::organizations(&entries, &mut files),
        roles,
        factors: objects::factors(&entries, &mut files),
        users: users.profiles,
        credentials: users.credentials,
        config,
    };
    lines.extend(secrets::resolve(&mut tenant.actions, &mut files));
    files.problems.extend(loose_ends(&tenant, &entries));
    let mut problems = files.problems;
    problems.sort_by(|one, other| {
        let key = |problem: &Problem| (problem.severity, problem.file.clone(), problem.line);
        key(one).cmp(&key(other))
    });
    Reading {
        tenant,
        problems,
        settings: lines,
    }
}

/// References between files that lead nowhere.
fn loose_ends(tenant: &Tenant, entries: &[Entry]) -> Vec<Problem> {
    let mut problems = Vec::new();
    for action in &tenant.actions {
        let missing = action
            .modules
            .iter()
            .filter(|name| !tenant.modules.iter().any(|module| module.name == **name));
        problems.extend(missing.map(|name| {
            Problem::error("missing_module", &action.definition).says(
                format!(
                    "the Action \"{}\" uses the module \"{name}\", which does not exist",
                    action.name
                ),
                "add it under action-modules/, or remove it from \"modules\"",
            )
        }));
    }
    let settings = entries.iter().find(|entry| entry.kind == Kind::Tenant);
    let audience = tenant
        .settings
        .default_audience
        .as_deref()
        .filter(|audience| !audience.is_empty());
    if let (Some(entry), Some(audience)) = (settings, audience)
        && tenant.resource_server(audience).is_none()
    {
        let problem = Problem::warning("unknown_audience", &entry.document.file).says(
            format!("the default audience {audience} is no API of this tenant"),
            "add the API under resource-servers/, or correct \"default_audience\"",
        );
        let path = entry.path.key("default_audience");
        problems.push(entry.document.locate(problem, &path));
    }
    problems
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fmt::Write as _;

    fn read_fixture(name: &str) -> Reading {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("fixtures/tenants")
            .join(name);
        read_with(&root, &[])
    }

    fn read_with(root: &Path, variables: &[(&str, &str)]) -> Reading {
        let variables = variables
            .iter()
            .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
            .collect();
        let sources = Sources {
            environment: &|_| None,
            variables: &variables,
        };
        read(root, &sources)
    }

    fn shown(reading: &Reading) -> String {
        let mut text = String::new();
        for problem in &reading.problems {
            let _ = writeln!(
                text,
                "{:?} {}: {problem}\n    {}",
                problem.severity, problem.code, problem.help
            );
        }
        text
    }

    #[test]
    fn the_example_tenant_has_no_problems() {
        let reading = read_fixture("acme");
        assert_eq!(shown(&reading), "");
        let tenant = reading.tenant;
        let names: Vec<_> = tenant
            .bound_actions()
            .iter()
            .map(|action| action.name.clone())
            .collect();
        assert_eq!(names, ["add-roles", "enrich-saml", "remember-login"]);
        assert_eq!(tenant.factors.unwrap(), ["email", "otp", "webauthn-roaming"]);
        assert_eq!(tenant.config.domain, "acme.example");
        let secrets = tenant.actions[1].secrets_for_run().unwrap();
        assert_eq!(secrets["PAYROLL_COMPANY"], "acme-0042");
    }
}
