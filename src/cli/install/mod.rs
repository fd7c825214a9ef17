//! `postlogin actions install`: npm packages that the Actions declare, asked for and never by itself.

mod npm;
mod plan;

use super::open_tenant::read;
use super::options::TenantOptions;
use super::output::tell;
use super::problems;
use super::trouble::{ISSUED, Trouble};
use crate::disk;
use crate::folder::{Problem, Severity};
use crate::tenant::{Package, Tenant};
use clap::{Args, Subcommand};
use npm::Npm;
use plan::{Plan, Step};
use std::path::{Path, PathBuf};

#[derive(Args)]
pub(super) struct ActionsArgs {
    #[command(subcommand)]
    command: ActionsCommand,
}

#[derive(Subcommand)]
enum ActionsCommand {
    /// Install the npm packages that Actions declare, with npm; no script of a package runs
    #[command(after_help = PLACES)]
    Install(InstallArgs),
}

#[derive(Args)]
struct InstallArgs {
    /// Tenant folder, as the deploy CLI exports it
    #[arg(default_value = ".")]
    tenant: PathBuf,
    #[command(flatten)]
    options: TenantOptions,
    /// Say what would be installed where, and install nothing
    #[arg(long)]
    dry_run: bool,
}

const PLACES: &str = "\
Where the tenant folder has a package.json, this runs `npm install --ignore-scripts` there. Elsewhere the dependencies \
of all Actions and Action modules go into node_modules of the tenant folder; those of an Action that wants another \
version of a package go into node_modules beside its code (actions/NAME/node_modules), where require looks first. \
Packages that are there and that no Action declares stay. Names and versions must be those of a registry: files, URLs \
and repositories are refused.";

pub(super) fn run(args: &ActionsArgs) -> Result<u8, Trouble> {
    let ActionsCommand::Install(args) = &args.command;
    let reading = read(&args.tenant, &args.options)?;
    let concern = |problem: &&Problem| problem.severity == Severity::Error && concerns_packages(problem);
    let errors: Vec<Problem> = reading.problems.iter().filter(concern).cloned().collect();
    if !errors.is_empty() {
        return Err(problems::trouble(&errors));
    }
    let tenant = &reading.tenant;
    let plan = planned(tenant)?;
    let root = real(&tenant.root)?;
    let node = tenant.config.actions.node.as_ref().map(|node| root.join(node));
    let npm = Npm::beside(node.as_deref());
    match plan {
        Plan::Manifest => {
            tell("package.json of the tenant folder: npm install --ignore-scripts");
            if !args.dry_run {
                npm.install_manifest(&root)?;
            }
        }
        Plan::Declared(steps) if steps.is_empty() => {
            tell("no Action declares a package; there is nothing to install");
        }
        Plan::Declared(steps) => {
            for step in &steps {
                tell(&shown(step));
                if !args.dry_run {
                    npm.install(&root, step)?;
                }
            }
        }
    }
    Ok(ISSUED)
}

/// npm works in other folders, so a relative path would lead elsewhere.
#[expect(clippy::disallowed_methods, reason = "links are followed as they are on disk")]
fn real(root: &Path) -> Result<PathBuf, Trouble> {
    root.canonicalize().map_err(|error| {
        Trouble::new(
            format!("{} cannot be read: {error}", root.display()),
            "make the folder readable for the user who runs postlogin",
        )
    })
}

fn planned(tenant: &Tenant) -> Result<Plan, Trouble> {
    let manifest = tenant.root.join("package.json");
    match disk::is_file(&manifest) {
        Ok(true) => Ok(Plan::Manifest),
        Ok(false) => plan::of_declared(tenant).map_err(|unread| problems::trouble(&unread)),
        Err(error) => Err(Trouble::new(
            format!("{} cannot be read: {error}", manifest.display()),
            "make it a readable file, or remove it",
        )),
    }
}

/// Whether a problem may hide what an Action or a module declares.
fn concerns_packages(problem: &Problem) -> bool {
    let beside = |folder: &str| problem.file.starts_with(folder);
    problem.parts.is_empty() || beside("actions") || beside("action-modules")
}

/// `node_modules: axios@1.7.2 uuid@latest, declared by the Action "enrich"`.
fn shown(step: &Step) -> String {
    let folder = step.folder.join("node_modules");
    let packages: Vec<String> = step.packages.values().map(Package::to_string).collect();
    format!(
        "{}: {}, declared by {}",
        folder.display(),
        packages.join(", "),
        step.owners.join(", ")
    )
}
