//! `postlogin check`: every problem of a tenant at once.

mod actions;
mod engines;
mod keys;
#[cfg(feature = "server")]
mod served;
mod settings;
#[cfg(feature = "server")]
mod unfollowed;

use super::clock::{frozen_clock, system_now};
use super::escape::printable;
use super::key_trouble::{key_faults, key_help};
use super::open_tenant::made_up_keys;
use super::options::TenantOptions;
use super::problems::shown;
use super::trouble::{FAILED, ISSUED, Trouble};
use crate::action::Calls;
use crate::folder::{Problem, Reading, Severity};
use crate::keys::{examine, from_files};
use crate::runner::node_settings;
use crate::time::Moment;
use actions::Actions;
use clap::Args;
use engines::Needs;
use std::fmt::Write as _;
use std::path::PathBuf;

#[derive(Args)]
pub(super) struct CheckArgs {
    /// Tenant folder, as the deploy CLI exports it
    #[arg(default_value = ".")]
    tenant: PathBuf,
    #[command(flatten)]
    options: TenantOptions,
    /// Report unknown members and folders too, and treat warnings as errors
    #[arg(long)]
    strict: bool,
    /// Check certificates at this time instead of now
    #[arg(long, value_name = "RFC3339")]
    now: Option<String>,
}

pub(super) fn run(args: &CheckArgs) -> Result<u8, Trouble> {
    let reading = super::open_tenant::read(&args.tenant, &args.options)?;
    if let Some(exposed) = &reading.exposed {
        super::output::tell(exposed);
    }
    let now = args
        .now
        .as_deref()
        .map_or_else(|| Ok(system_now()), frozen_clock)?;
    let actions = Actions::of(&reading.tenant);
    let mut problems = of_logins(&reading, &args.options, &actions.calls(), now)?;
    let pool = super::scripts::one_worker()?.with_node(node_settings(&reading.tenant, None));
    let needs = Needs::of(&reading, &actions, &pool);
    #[cfg(feature = "server")]
    problems.extend(served::problems(&reading, now));
    #[cfg(feature = "server")]
    problems.extend(unfollowed::problems(&reading));
    let lines = needs.lines.into_iter();
    #[cfg(feature = "server")]
    let lines = lines
        .chain(served::unproved(&reading.tenant))
        .chain(served::closed(&reading.tenant));
    problems.extend(reading.problems);
    problems.extend(actions.problems(&pool));
    problems.extend(needs.problems);
    problems.sort_by(|one, other| one.order().cmp(&other.order()));
    if !args.strict {
        problems.retain(|problem| problem.severity != Severity::Note);
    }
    let bad = problems
        .iter()
        .filter(|problem| problem.severity == Severity::Error || args.strict)
        .count();
    let mut text = String::new();
    for problem in &problems {
        text.push_str(&shown(problem));
    }
    for line in lines {
        let _ = writeln!(text, "{}", printable(&line));
    }
    let tenant = &reading.tenant;
    let _ = writeln!(
        text,
        "{}, {}, {} ({} bound), {}: {}",
        counted(tenant.clients.len(), "application"),
        counted(tenant.resource_servers.len(), "API"),
        counted(tenant.actions.len(), "Action"),
        tenant.post_login.len(),
        counted(tenant.users.len(), "user"),
        counted(problems.len(), "problem"),
    );
    super::output::print(&text)?;
    Ok(if bad == 0 { ISSUED } else { FAILED })
}

/// The problems that logins have with keys, certificates and settings. Nothing is made or changed to find them.
fn of_logins(
    reading: &Reading,
    options: &TenantOptions,
    calls: &[Calls],
    now: Moment,
) -> Result<Vec<Problem>, Trouble> {
    let tenant = &reading.tenant;
    let examined = examine(&tenant.root, &tenant.config.keys);
    let mut problems = key_faults(&examined.faults, &reading.places);
    let given = match (&options.key, &options.cert) {
        (Some(key), Some(cert)) => match from_files(key, cert) {
            Ok(pair) => Some((cert.as_path(), pair)),
            Err(error) => {
                let problem = Problem::new(Severity::Error, "keys", key);
                problems.push(problem.says(error.to_string(), key_help(&error)));
                None
            }
        },
        _ => None,
    };
    let given = given.as_ref().map(|(file, pair)| (*file, pair));
    problems.extend(keys::lapses(
        &examined,
        &tenant.config.keys,
        &reading.places,
        given,
        now,
    ));
    let mut ring = match examined.ring() {
        Some(ring) if examined.faults.is_empty() => ring,
        // Keys as a first login would make them, or in the place of keys that are reported already; they are not
        // kept.
        _ => made_up_keys(tenant.config.domain())?,
    };
    if let Some((_, pair)) = given {
        ring.current = pair.clone();
    }
    problems.extend(settings::problems(reading, &ring, calls, now));
    Ok(problems)
}

fn counted(count: usize, what: &str) -> String {
    match count {
        0 => format!("no {what}s"),
        1 => format!("1 {what}"),
        _ => format!("{count} {what}s"),
    }
}
