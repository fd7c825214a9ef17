//! Which packages go into which folder.
//!
//! A tenant with a `package.json` has npm read that. Elsewhere the Actions and their modules declare packages: all of
//! them that agree on versions share the `node_modules` of the tenant, and one that wants another version has its
//! packages in a `node_modules` beside its code, where `require` looks first.

use crate::tenant::{Dependency, Package, Problem, Tenant};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// What npm is asked for.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Plan {
    /// What `package.json` of the tenant says.
    Manifest,
    /// These packages, in each folder.
    Declared(Vec<Step>),
}

/// The packages of one folder.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Step {
    /// From the tenant folder; empty for the tenant folder itself.
    pub folder: PathBuf,
    /// By name.
    pub packages: BTreeMap<String, Package>,
    /// The Actions and modules that declare them.
    pub owners: Vec<String>,
}

/// An Action or a module, with what it declares.
struct Owner<'t> {
    name: String,
    definition: &'t Path,
    /// The folder of its code from the tenant folder, where that is its own.
    folder: Option<&'t Path>,
    declared: &'t [Dependency],
}

/// What the Actions and modules of `tenant` declare, in folders.
///
/// # Errors
/// A package is declared that npm would take for something else, or two versions of one that have no place beside each
/// other: all of these.
pub(super) fn of_declared(tenant: &Tenant) -> Result<Plan, Vec<Problem>> {
    let mut steps = vec![Step::new(Path::new(""))];
    let mut problems = Vec::new();
    for owner in owners(tenant) {
        match owner.packages() {
            Err(wrong) => problems.extend(wrong),
            Ok(packages) if packages.is_empty() => {}
            Ok(packages) => problems.extend(place(&owner, packages, &mut steps)),
        }
    }
    steps.retain(|step| !step.owners.is_empty());
    if problems.is_empty() {
        Ok(Plan::Declared(steps))
    } else {
        Err(problems)
    }
}

/// Those that are bound first: theirs is the folder of the tenant.
fn owners(tenant: &Tenant) -> Vec<Owner<'_>> {
    let is_bound = |name: &String| tenant.post_login.contains(name);
    let (mut owners, other): (Vec<_>, Vec<_>) =
        tenant.actions.iter().partition(|action| is_bound(&action.name));
    owners.extend(other);
    let of_actions = owners.into_iter().map(|action| Owner {
        name: format!("the Action \"{}\"", action.name),
        definition: &action.definition,
        folder: own_folder(&action.file, "actions"),
        declared: &action.dependencies,
    });
    let of_modules = tenant.modules.iter().map(|module| Owner {
        name: format!("the Action module \"{}\"", module.name),
        definition: &module.definition,
        folder: own_folder(&module.file, "action-modules"),
        declared: &module.dependencies,
    });
    of_actions.chain(of_modules).collect()
}

fn own_folder<'t>(file: &'t Path, shelf: &str) -> Option<&'t Path> {
    let folder = file.parent()?;
    (folder.starts_with(shelf) && folder != Path::new(shelf)).then_some(folder)
}

impl Owner<'_> {
    fn packages(&self) -> Result<BTreeMap<String, Package>, Vec<Problem>> {
        let mut packages = BTreeMap::new();
        let mut problems = Vec::new();
        for declared in self.declared {
            match Package::of(declared) {
                Err(error) => problems.push(self.problem(
                    "bad_dependency",
                    format!("{} declares what is no package: {}", self.name, error.what),
                    error.help,
                )),
                Ok(package) => {
                    let earlier = packages.insert(package.name().to_owned(), package.clone());
                    if let Some(earlier) = earlier.filter(|earlier| *earlier != package) {
                        problems.push(self.problem(
                            "bad_dependency",
                            format!("{} declares {earlier} and {package}", self.name),
                            "keep one of the two".to_owned(),
                        ));
                    }
                }
            }
        }
        if problems.is_empty() {
            Ok(packages)
        } else {
            Err(problems)
        }
    }

    fn problem(&self, code: &'static str, message: String, help: String) -> Problem {
        Problem::error(code, self.definition).says(message, help)
    }
}

/// Puts the packages of `owner` into the tenant's folder, or where others want other versions into the owner's.
fn place(owner: &Owner<'_>, packages: BTreeMap<String, Package>, steps: &mut Vec<Step>) -> Option<Problem> {
    let (other, at) = match steps[0].other_version(&packages) {
        None => {
            steps[0].add(owner, packages);
            return None;
        }
        Some(other) => (other, owner.folder),
    };
    let Some(folder) = at else {
        return Some(owner.problem(
            "package_conflict",
            format!("{} needs another version than {other}, which other Actions declare", owner.name),
            "declare one version in all Actions, or put the code into a folder of its own, as in actions/NAME/code.js"
                .to_owned(),
        ));
    };
    let at = steps.iter().position(|step| step.folder == folder);
    let at = at.unwrap_or_else(|| {
        steps.push(Step::new(folder));
        steps.len() - 1
    });
    if let Some(other) = steps[at].other_version(&packages) {
        return Some(owner.problem(
            "package_conflict",
            format!(
                "{} needs another version than {other}, which another Action with code in the same folder declares",
                owner.name
            ),
            "declare one version in both, or put each code into a folder of its own".to_owned(),
        ));
    }
    steps[at].add(owner, packages);
    None
}

impl Step {
    fn new(folder: &Path) -> Self {
        Self {
            folder: folder.to_owned(),
            packages: BTreeMap::new(),
            owners: Vec::new(),
        }
    }

    fn add(&mut self, owner: &Owner<'_>, packages: BTreeMap<String, Package>) {
        self.packages.extend(packages);
        self.owners.push(owner.name.clone());
    }

    /// A package of this folder of which `packages` has another version.
    fn other_version(&self, packages: &BTreeMap<String, Package>) -> Option<&Package> {
        let mut mine = self.packages.values();
        mine.find(|mine| packages.get(mine.name()).is_some_and(|other| other != *mine))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tenant::{Action, ActionModule};

    fn dependencies(list: &[(&str, &str)]) -> Vec<Dependency> {
        let dependency = |(name, version): &(&str, &str)| Dependency {
            name: (*name).to_owned(),
            version: Some((*version).to_owned()),
            ..Dependency::default()
        };
        list.iter().map(dependency).collect()
    }

    fn action(name: &str, file: &str, list: &[(&str, &str)]) -> Action {
        Action {
            name: name.to_owned(),
            file: file.into(),
            definition: format!("actions/{name}.json").into(),
            dependencies: dependencies(list),
            ..Action::default()
        }
    }

    fn planned(tenant: &Tenant) -> Vec<String> {
        match of_declared(tenant) {
            Ok(Plan::Declared(steps)) => steps
                .iter()
                .map(|step| {
                    let packages: Vec<_> = step.packages.values().map(Package::to_string).collect();
                    format!("{}: {}", step.folder.display(), packages.join(" "))
                })
                .collect(),
            Ok(Plan::Manifest) => Vec::new(),
            Err(problems) => problems.iter().map(Problem::to_string).collect(),
        }
    }

    #[test]
    fn one_that_wants_another_version_has_all_its_packages_beside_its_code() {
        let mut tenant = Tenant {
            actions: vec![
                action(
                    "old",
                    "actions/old/code.js",
                    &[("auth0", "2.42.0"), ("uuid", "9.0.1")],
                ),
                action("new", "actions/new/code.js", &[("auth0", "4.1.0"), ("axios", "")]),
                action("bare", "actions/bare/code.js", &[]),
                action(
                    "same",
                    "actions/same.json (code)",
                    &[("auth0", "4.1.0"), ("uuid", "9.0.1")],
                ),
            ],
            modules: vec![ActionModule {
                name: "signer".to_owned(),
                file: "action-modules/signer/code.js".into(),
                dependencies: dependencies(&[("axios", "0.27.2")]),
                ..ActionModule::default()
            }],
            post_login: vec!["new".to_owned()],
            ..Tenant::default()
        };
        assert_eq!(
            planned(&tenant),
            [
                ": auth0@4.1.0 axios@latest uuid@9.0.1",
                "actions/old: auth0@2.42.0 uuid@9.0.1",
                "action-modules/signer: axios@0.27.2",
            ]
        );
        tenant.post_login = vec!["old".to_owned()];
        assert_eq!(
            planned(&tenant),
            [
                "actions/same.json: the Action \"same\" needs another version than auth0@2.42.0, which other Actions declare"
            ]
        );
    }

    #[test]
    fn what_is_no_package_stops_all_of_it() {
        let tenant = Tenant {
            actions: vec![
                action(
                    "a",
                    "actions/a/code.js",
                    &[("--global", "1.0.0"), ("uuid", "file:/etc")],
                ),
                action("b", "actions/b/code.js", &[("uuid", "9.0.1"), ("uuid", "8.0.0")]),
            ],
            ..Tenant::default()
        };
        assert_eq!(
            planned(&tenant),
            [
                "actions/a.json: the Action \"a\" declares what is no package: \"--global\" is no name of an npm package",
                "actions/a.json: the Action \"a\" declares what is no package: \"file:/etc\" is no version of the npm \
                 package uuid",
                "actions/b.json: the Action \"b\" declares uuid@9.0.1 and uuid@8.0.0",
            ]
        );
    }
}
