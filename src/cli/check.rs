//! `postlogin check`: every problem of a tenant at once.

use super::escape::printable;
use super::options::TenantOptions;
use super::trouble::{FAILED, ISSUED, Trouble};
use crate::action::Script;
use crate::command::Failure;
use crate::tenant::{Problem, Severity};
use crate::trace::{Origin, Warning};
use clap::Args;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

#[derive(Args)]
pub(super) struct CheckArgs {
    /// Tenant folder, as the deploy CLI exports it
    #[arg(default_value = ".")]
    tenant: PathBuf,
    #[command(flatten)]
    options: TenantOptions,
    /// Name unknown members and folders too, and treat warnings as errors
    #[arg(long)]
    strict: bool,
}

pub(super) fn run(args: &CheckArgs) -> Result<u8, Trouble> {
    let reading = super::desk::read(&args.tenant, &args.options)?;
    let mut problems = reading.problems;
    let mut pool = super::scripts::pool()?;
    for action in &reading.tenant.actions {
        let script = super::scripts::bound_script(&reading.tenant, action, std::collections::BTreeMap::new());
        if let Err(failure) = pool.syntax_check(&script) {
            problems.push(syntax_problem(
                &format!("Action '{}'", action.name),
                &action.file,
                &failure,
            ));
        }
    }
    for module in &reading.tenant.modules {
        let script = Script {
            name: module.name.clone(),
            source: module.source.as_str().into(),
            file: module.file.display().to_string(),
            ..Script::default()
        };
        if let Err(failure) = pool.syntax_check(&script) {
            problems.push(syntax_problem(
                &format!("module '{}'", module.name),
                &module.file,
                &failure,
            ));
        }
    }
    let keys = &reading.tenant.config.keys;
    // Without a named key, loading would make one; a check changes nothing.
    if keys.current.is_some()
        && let Err(error) = crate::keys::load(&reading.tenant.root, keys)
    {
        problems.push(Problem {
            severity: Severity::Error,
            file: PathBuf::from("postlogin.toml"),
            line: None,
            column: None,
            json_path: Some("keys".to_owned()),
            message: error.to_string(),
            help: "correct the path, or leave [keys] out to have keys made".to_owned(),
            code: "keys",
        });
    }
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
    super::print(&text)?;
    Ok(if bad == 0 { ISSUED } else { FAILED })
}

fn syntax_problem(whose: &str, file: &Path, failure: &Failure) -> Problem {
    Problem {
        severity: Severity::Error,
        file: file.to_owned(),
        line: failure.line,
        column: failure.column,
        json_path: None,
        message: format!("{whose}: {}", failure.message),
        help: "correct the JavaScript; it would fail every login".to_owned(),
        code: "action_syntax",
    }
}

fn counted(count: usize, what: &str) -> String {
    match count {
        0 => format!("no {what}s"),
        1 => format!("1 {what}"),
        _ => format!("{count} {what}s"),
    }
}

/// `file:line:column: error: message (code)` and what to do.
pub(super) fn shown(problem: &Problem) -> String {
    let mut text = place(problem);
    let severity = match problem.severity {
        Severity::Error => "error",
        Severity::Note => "note",
        Severity::Warning => "warning",
    };
    let message = printable(&problem.message);
    let _ = writeln!(text, ": {severity}: {message} ({})", problem.code);
    if !problem.help.is_empty() {
        let _ = writeln!(text, "  help: {}", printable(&problem.help));
    }
    text
}

fn place(problem: &Problem) -> String {
    let mut text = printable(&problem.file.display().to_string());
    for number in [problem.line, problem.column].into_iter().flatten() {
        let _ = write!(text, ":{number}");
    }
    if let Some(path) = &problem.json_path {
        let _ = write!(text, " at {}", printable(path));
    }
    text
}

/// All errors of a tenant that a command needs.
pub(super) fn trouble(errors: &[Problem]) -> Trouble {
    let list: String = errors.iter().map(shown).collect();
    let count = errors.len();
    let errors = if count == 1 {
        "an error".to_owned()
    } else {
        format!("{count} errors")
    };
    Trouble::new(
        format!("the tenant has {errors}:"),
        "`postlogin check` shows warnings too",
    )
    .with_lines(&list)
}

/// A note of reading the tenant, as a warning of a strict login.
pub(super) fn warning(problem: &Problem) -> Warning {
    Warning {
        code: problem.code.to_owned(),
        message: format!("{}: {}", place(problem), problem.message),
        origin: Origin::default(),
    }
}
