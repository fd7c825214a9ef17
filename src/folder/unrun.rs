//! Rules and Hooks, which are read to say that they are not run.

use super::entry::{Entry, Kind, of_kind};
use super::files::Files;
use crate::tenant::Problem;
use serde_json::Value;

/// Adds one warning about all enabled Rules, and one about all active Hooks.
///
/// On the platform Rules run at each login, before any Action. No Hook runs at a login.
pub(super) fn report(entries: &[Entry], files: &mut Files) {
    // A Rule is enabled where the export does not say.
    let rules = of_kind(entries, Kind::Rule).filter(|rule| said(rule, "enabled") != Some(false));
    if let Some((first, names)) = named(rules) {
        let problem = Problem::warning(RULES, &first.document.file).says(
            format!("enabled Rules of the export are not run: {names}; tokens may lack what they set"),
            "move what they do into Actions that are bound to post-login, or disable them",
        );
        files.problems.push(first.document.locate(problem, &first.path));
    }
    let hooks = of_kind(entries, Kind::Hook).filter(|hook| said(hook, "active") == Some(true));
    if let Some((first, names)) = named(hooks) {
        let problem = Problem::warning("hooks_not_run", &first.document.file).says(
            format!("active Hooks of the export are not run: {names}"),
            "nothing to do for logins, which run no Hooks on the platform, either",
        );
        files.problems.push(first.document.locate(problem, &first.path));
    }
}

/// Whether an entry says yes or no; a placeholder in quotes makes a text of it.
fn said(entry: &Entry, member: &str) -> Option<bool> {
    let value = entry.value.get(member)?;
    value
        .as_bool()
        .or_else(|| value.as_str()?.trim().to_ascii_lowercase().parse().ok())
}

/// The first entry, and the names of all.
fn named<'e>(mut entries: impl Iterator<Item = &'e Entry>) -> Option<(&'e Entry, String)> {
    let name = |entry: &Entry| match entry.value.get("name").and_then(Value::as_str) {
        Some(name) => format!("\"{name}\""),
        None => format!("one without a name in {}", entry.document.file.display()),
    };
    let first = entries.next()?;
    let names: Vec<String> = std::iter::once(first).chain(entries).map(name).collect();
    Some((first, names.join(", ")))
}

/// Code of the warning about enabled Rules.
pub(super) const RULES: &str = "rules_not_run";
