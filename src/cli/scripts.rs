//! Files that `--action` names, run in the place of the tenant's bound Actions.

use super::files;
use super::options::{LoginOptions, assignments};
use super::trouble::Trouble;
use crate::action::{Capacity, Pool, Script, WorkerProgram};
use crate::disk;
use crate::secret::Secret;
use crate::tenant::{self, EngineChoice, Tenant};
use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

/// The scripts in the files that `options` name, with their secrets, in the order in which they run.
///
/// # Errors
/// A file cannot be read, or a secret cannot be used.
pub(super) fn read(options: &LoginOptions, tenant: &Tenant) -> Result<Vec<Script>, Trouble> {
    let secrets: BTreeMap<String, Secret<String>> = assignments(&options.secrets, "--secret")?
        .into_iter()
        .map(|(name, value)| secret(name, value))
        .collect::<Result<_, _>>()?;
    let files = options.actions.iter();
    let engine = options.engines.engine.unwrap_or(tenant.config.actions.engine);
    let script = |path: &PathBuf| file_script(path, &secrets, &tenant.root, engine);
    files.map(script).collect()
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

/// The program that workers are started from: this program.
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

/// The workers of a tenant.
///
/// # Errors
/// The program's own path cannot be found, or a setting cannot be used.
pub fn pool(tenant: &Tenant) -> Result<Pool, Trouble> {
    crate::runner::pool(tenant, worker_program()?).map_err(|error| Trouble::new(error.what, error.help))
}

/// A pool of one worker, for commands that run one Action after another.
///
/// # Errors
/// The program's own path cannot be found.
pub fn one_worker() -> Result<Pool, Trouble> {
    Ok(Pool::new(worker_program()?, Capacity::of(NonZeroUsize::MIN)))
}

/// A `--secret NAME=VALUE` within the platform's limits.
fn secret(name: String, value: String) -> Result<(String, Secret<String>), Trouble> {
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
    Ok((name, value.into()))
}

fn file_script(
    path: &Path,
    secrets: &BTreeMap<String, Secret<String>>,
    root: &Path,
    engine: EngineChoice,
) -> Result<Script, Trouble> {
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
        engine,
        secrets: secrets.clone(),
    })
}
