//! Where the secrets of Actions come from.

use super::entry::{Entry, Kind};
use super::env_file::{self, Assignment, Fault};
use super::files::Files;
use super::settings::{SettingLine, SettingSource};
use super::sources::Sources;
use crate::secret::Secret;
use crate::tenant::{Action, MIN_HIDDEN_SECRET, MissingSecret, Problem};
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The value that an export shows instead of a secret.
pub(super) const NOT_SHOWN: &str = "_VALUE_NOT_SHOWN_";

/// Fills in the secrets that were not exported: from `secrets.env`, then from the environment.
pub(super) fn resolve(actions: &mut [Action], entries: &[Entry], files: &mut Files) -> Vec<SettingLine> {
    let given = read(files);
    for secret in &given {
        let Some(action) = &secret.action else { continue };
        match actions.iter_mut().find(|known| known.name == *action) {
            Some(action) => _ = action.secrets.entry(secret.name.clone()).or_default(),
            None => files.problems.push(
                Problem::warning("unknown_action", FILE)
                    .says(
                        format!("there is no Action named \"{action}\""),
                        "write <action>.<NAME>=value with the Action's name, or <NAME>=value for all Actions",
                    )
                    .line(Some(secret.line), None),
            ),
        }
    }
    let mut settings = Vec::new();
    for action in actions {
        let name = action.name.clone();
        for (secret, value) in &mut action.secrets {
            let source = match value {
                Some(_) => SettingSource::File {
                    file: action.definition.clone(),
                    line: None,
                },
                None => match find(&given, &name, secret, files.sources) {
                    Some((found, source)) => {
                        *value = Some(found.into());
                        source
                    }
                    None => SettingSource::Missing,
                },
            };
            if source == SettingSource::Missing {
                let missing = MissingSecret {
                    action: name.clone(),
                    secret: secret.clone(),
                };
                files
                    .problems
                    .push(problem(&missing, entries, &action.definition));
            }
            let is_short = |value: &Secret<String>| value.reveal().trim().chars().count() < MIN_HIDDEN_SECRET;
            if value.as_ref().is_some_and(is_short) {
                let file = match &source {
                    SettingSource::File { file, .. } => file,
                    _ => &action.definition,
                };
                let problem = Problem::warning("secret_not_hidden", file).says(
                    format!("the secret {secret} of the Action \"{name}\" is too short to be hidden"),
                    format!(
                        "logs and errors may show its value; if the value is secret, use at least \
                         {MIN_HIDDEN_SECRET} characters"
                    ),
                );
                let line = match &source {
                    SettingSource::File { line, .. } => *line,
                    _ => None,
                };
                files.problems.push(problem.line(line, None));
            }
            settings.push(SettingLine {
                key: format!("secrets.{name}.{secret}"),
                value: match source {
                    SettingSource::Missing => "(none)".to_owned(),
                    _ => "(set, not shown)".to_owned(),
                },
                source,
            });
        }
    }
    settings
}

/// The same for `postlogin check`, at the place where the secret is declared.
fn problem(missing: &MissingSecret, entries: &[Entry], definition: &Path) -> Problem {
    let problem = Problem::warning("missing_secret", definition).says(missing.what(), missing.help());
    let named = |value: &Value, name: &str| value.get("name").and_then(Value::as_str) == Some(name);
    let declared = entries
        .iter()
        .find(|entry| entry.kind == Kind::Action && named(&entry.value, &missing.action))
        .and_then(|entry| {
            let secrets = entry.value.get("secrets")?.as_array()?;
            let index = secrets.iter().position(|secret| named(secret, &missing.secret))?;
            Some((entry, entry.path.key("secrets").index(index)))
        });
    match declared {
        Some((entry, path)) => entry.document.locate(problem, &path),
        None => problem,
    }
}

struct Given {
    action: Option<String>,
    name: String,
    value: String,
    line: u32,
}

/// The file that secrets are given in.
pub(super) const FILE: &str = "secrets.env";

fn find(given: &[Given], action: &str, name: &str, sources: &Sources) -> Option<(String, SettingSource)> {
    let of = |owner: Option<&str>| {
        given
            .iter()
            .rfind(|secret| secret.name == name && secret.action.as_deref() == owner)
    };
    if let Some(secret) = of(Some(action)).or_else(|| of(None)) {
        let source = SettingSource::File {
            file: PathBuf::from(FILE),
            line: Some(secret.line),
        };
        return Some((secret.value.clone(), source));
    }
    let variable = format!("POSTLOGIN_SECRET_{name}");
    let value = (sources.environment)(&variable)?;
    Some((value, SettingSource::Environment(variable)))
}

fn read(files: &mut Files) -> Vec<Given> {
    let mut given = Vec::new();
    let Some(text) = files.text(Path::new(FILE)) else {
        return given;
    };
    let mut lines: BTreeMap<String, u32> = BTreeMap::new();
    for assigned in env_file::read(&text) {
        let Assignment { name, value, line } = match assigned {
            Ok(assignment) => assignment,
            Err((fault, line)) => {
                files.problems.push(wrong(fault).line(Some(line), None));
                continue;
            }
        };
        if let Some(first) = lines.get(&name) {
            let problem = Problem::error("duplicate_secret", FILE).says(
                format!("{name} is given twice, first on line {first}"),
                "keep one of the two: which one counts is not guessed",
            );
            files.problems.push(problem.line(Some(line), None));
            continue;
        }
        lines.insert(name.clone(), line);
        let (action, name) = match name.rsplit_once('.') {
            Some((action, name)) => (Some(action.to_owned()), name.to_owned()),
            None => (None, name),
        };
        given.push(Given {
            action,
            name,
            value,
            line,
        });
    }
    given
}

fn wrong(fault: Fault) -> Problem {
    let problem = Problem::error("syntax", FILE);
    match fault {
        Fault::NoAssignment => problem.says(
            "expected NAME=value",
            "write <action>.<NAME>=value or <NAME>=value, one on each line",
        ),
        Fault::Unclosed => problem.says(
            "the quote that begins the value does not end",
            "write the same quote behind the value; a value that begins with a quote stands in quotes of another kind",
        ),
        Fault::Trailing => problem.says(
            "something stands behind the quote that ends the value",
            "end the value with its quote; only a comment may follow",
        ),
    }
}
