//! Problems of a tenant, as lines of text, and as what ends a command or is told to a login.

use super::escape::printable;
use super::trouble::Trouble;
use crate::folder::{Problem, Severity};
use crate::trace::{Origin, Warning};
use std::fmt::Write as _;

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

/// A problem of reading the tenant, as a warning of a strict login.
pub(super) fn warning(problem: &Problem) -> Warning {
    Warning {
        code: problem.code.clone().into_owned(),
        message: format!("{}: {}", place(problem), problem.message),
        origin: Origin::default(),
    }
}
