//! The scripts that a login runs: the tenant's bound Actions, or files named on the command line.

use super::files;
use super::options::{LoginOptions, assignment};
use super::trouble::Trouble;
use crate::action::{Folder, Pool, Script, WorkerProgram};
use crate::disk;
use crate::login::BoundAction;
use crate::tenant::{self, Tenant};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The scripts of a login: the tenant's bound Actions, or files.
pub enum Scripts<'a> {
    /// Those of the tenant.
    Bound(&'a Tenant),
    /// Those that `--action` names.
    Files(Vec<Script>),
}

impl<'a> Scripts<'a> {
    /// The bound Actions, or the files that `options` name.
    ///
    /// # Errors
    /// A file cannot be read, or a secret cannot be used.
    pub fn of(tenant: &'a Tenant, options: &LoginOptions) -> Result<Self, Trouble> {
        if options.actions.is_empty() {
            return Ok(Self::Bound(tenant));
        }
        let secrets: BTreeMap<String, String> = options
            .secrets
            .iter()
            .map(|text| secret(text))
            .collect::<Result<_, _>>()?;
        let files = options
            .actions
            .iter()
            .map(|path| file_script(path, &secrets, &tenant.root));
        Ok(Self::Files(files.collect::<Result<_, _>>()?))
    }

    /// In the order in which they run.
    pub fn bound(&self) -> Vec<BoundAction> {
        let action = |place: usize, name: &str, code: String| BoundAction {
            name: name.to_owned(),
            code,
            place,
        };
        match self {
            Self::Bound(tenant) => {
                let code = |name: &String| {
                    // One that is missing is told when it is to run.
                    let action = tenant.action(name)?;
                    let script = bound_script(tenant, action, BTreeMap::new());
                    Some(script.fingerprint(Folder::Own))
                };
                let names = tenant.post_login.iter().enumerate();
                names
                    .map(|(place, name)| action(place, name, code(name).unwrap_or_default()))
                    .collect()
            }
            Self::Files(scripts) => {
                let scripts = scripts.iter().enumerate();
                scripts
                    .map(|(place, script)| action(place, &script.name, script.fingerprint(Folder::Shared)))
                    .collect()
            }
        }
    }

    /// The script of the Action with this number in the bound order and this name, with its secrets.
    ///
    /// # Errors
    /// There is none, or a secret of it has no value.
    pub fn find(&self, place: usize, name: &str) -> Result<Script, Trouble> {
        let missing = || {
            Trouble::new(
                format!("there is no Action '{name}'"),
                "check triggers/triggers.json",
            )
        };
        match self {
            Self::Files(scripts) => scripts
                .get(place)
                .filter(|script| script.name == name)
                .cloned()
                .ok_or_else(missing),
            Self::Bound(tenant) => {
                let action = tenant.action(name).ok_or_else(missing)?;
                let secrets = action
                    .secrets_for_run()
                    .map_err(|error| Trouble::new(error.to_string(), ""))?;
                Ok(bound_script(tenant, action, secrets))
            }
        }
    }
}

/// The script of a tenant's Action, with the modules that its definition lists.
///
/// One that lists none may require all of the tenant's: exports of older tools list none at all.
pub fn bound_script(tenant: &Tenant, action: &tenant::Action, secrets: BTreeMap<String, String>) -> Script {
    let listed = |name: &String| action.modules.is_empty() || action.modules.contains(name);
    let modules = tenant.modules.iter().filter(|module| listed(&module.name));
    Script {
        name: action.name.clone(),
        source: action.source.as_str().into(),
        file: action.file.display().to_string(),
        folder: own_folder(&tenant.root, &action.file),
        node_modules: Some(tenant.root.clone()),
        modules: modules
            .map(|module| (module.name.clone(), module.source.as_str().into()))
            .collect(),
        secrets,
    }
}

/// The folder of an Action's code, where it is its own: below `actions/<name>/`. Beside the code in other
/// folders are definitions of Actions with their secrets, users and keys.
#[expect(clippy::disallowed_methods, reason = "links are followed as they are on disk")]
fn own_folder(root: &Path, file: &Path) -> Option<PathBuf> {
    let folder = root.join(file).parent()?.canonicalize().ok()?;
    let actions = root.join("actions").canonicalize().ok()?;
    (folder != actions && folder.starts_with(&actions)).then_some(folder)
}

/// The folder of a file that `--action` names, unless that or the folder around it is a tenant's.
#[expect(clippy::disallowed_methods, reason = "links are followed as they are on disk")]
fn folder_of_file(file: &Path) -> Option<PathBuf> {
    let folder = file.canonicalize().ok()?.parent()?.to_owned();
    let is_tenant = |folder: &Path| {
        let mut names = TENANT_FILES.iter();
        names.any(|name| disk::is_there(&folder.join(name)))
    };
    let is_shared = is_tenant(&folder) || folder.parent().is_some_and(is_tenant);
    (!is_shared).then_some(folder)
}

const TENANT_FILES: [&str; 5] = [
    "postlogin.toml",
    "secrets.env",
    "tenant.json",
    "tenant.yaml",
    "users.json",
];

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

fn file_script(path: &Path, secrets: &BTreeMap<String, String>, root: &Path) -> Result<Script, Trouble> {
    let name = path
        .file_stem()
        .map_or_else(|| "action".to_owned(), |stem| stem.to_string_lossy().into_owned());
    let beside = path.parent().map(|folder| Path::new(".").join(folder));
    Ok(Script {
        name,
        source: files::text(path)?.as_str().into(),
        file: path.display().to_string(),
        node_modules: if root.as_os_str().is_empty() {
            beside
        } else {
            Some(root.to_owned())
        },
        folder: folder_of_file(path),
        modules: Vec::new(),
        secrets: secrets.clone(),
    })
}
