//! Where the secrets of Actions and of their modules come from.

use super::entry::{Entry, Kind};
use super::env_file::{self, Assignment, Fault};
use super::files::Files;
use super::settings::{SettingLine, SettingSource};
use super::sources::Sources;
use crate::secret::Secret;
use crate::tenant::{
    Action, ActionModule, MIN_HIDDEN_SECRET, MissingSecret, Problem, SecretOwner, Secrets, Severity,
};
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The value that an export shows instead of a secret.
pub(super) const NOT_SHOWN: &str = "_VALUE_NOT_SHOWN_";

/// What has secrets, an Action or a module.
struct Owner<'a> {
    kind: SecretOwner,
    name: &'a str,
    /// The file that describes it.
    definition: &'a Path,
    secrets: &'a mut Secrets,
}

/// Fills in the secrets that were not exported: from `secrets.env`, then from the environment.
pub(super) fn resolve(
    actions: &mut [Action],
    modules: &mut [ActionModule],
    entries: &[Entry],
    given: &[Given],
    files: &mut Files,
) -> Vec<SettingLine> {
    let mut owners: Vec<Owner<'_>> = actions
        .iter_mut()
        .map(Owner::from)
        .chain(modules.iter_mut().map(Owner::from))
        .collect();
    for secret in given {
        let Some(name) = secret.owner.as_deref() else {
            continue;
        };
        let is_declared = owners
            .iter()
            .any(|owner| owner.name == name && owner.secrets.contains_key(&secret.name));
        let mut is_known = false;
        for owner in owners.iter_mut().filter(|owner| owner.name == name) {
            is_known = true;
            if !is_declared {
                owner.secrets.insert(secret.name.clone(), None);
            }
        }
        if !is_known {
            let help = if name.starts_with("client.") {
                "for the secret of an application write client.<name>.client_secret=value"
            } else {
                "write <action>.<NAME>=value with the name of the Action or module, or <NAME>=value for all"
            };
            files.problems.push(
                Problem::warning("unknown_action", FILE)
                    .says(
                        format!("there is no Action or Action module named \"{name}\""),
                        help,
                    )
                    .line(Some(secret.line), None),
            );
        }
    }
    for secret in given.iter().filter(|secret| secret.owner.is_none()) {
        if owners
            .iter()
            .all(|owner| !owner.secrets.contains_key(&secret.name))
        {
            let message = format!(
                "no Action and no Action module has a secret named \"{}\"",
                secret.name
            );
            let help = match secret.name.as_str() {
                "client_secret" => {
                    "write client.<name>.client_secret=value with the name or the client_id of a client"
                }
                _ => "add it to the secrets of the Action that reads it, or remove the line",
            };
            let problem = Problem::warning("unused_secret", FILE).says(message, help);
            files.problems.push(problem.line(Some(secret.line), None));
        }
    }
    owners
        .into_iter()
        .flat_map(|owner| filled(owner, given, entries, files))
        .collect()
}

/// Fills in the secrets of one owner.
fn filled(owner: Owner<'_>, given: &[Given], entries: &[Entry], files: &mut Files) -> Vec<SettingLine> {
    let Owner {
        kind,
        name,
        definition,
        secrets,
    } = owner;
    let mut settings = Vec::new();
    for (secret, value) in secrets {
        let source = match value {
            Some(_) => SettingSource::File {
                file: definition.to_owned(),
                line: None,
            },
            None => match find(given, name, secret, files.sources) {
                Some((found, source)) => {
                    *value = Some(found.into());
                    source
                }
                None => SettingSource::Missing,
            },
        };
        if source == SettingSource::Missing {
            let missing = MissingSecret {
                owner: kind,
                name: name.to_owned(),
                secret: secret.clone(),
            };
            files.problems.push(problem(&missing, entries, definition));
        }
        let is_short = |value: &Secret<String>| value.reveal().trim().chars().count() < MIN_HIDDEN_SECRET;
        if value.as_ref().is_some_and(is_short) {
            let (file, line) = match &source {
                SettingSource::File { file, line } => (file.as_path(), *line),
                _ => (definition, None),
            };
            // Values of modules are often names of keys, which need not be hidden.
            let severity = match kind {
                SecretOwner::Action => Severity::Warning,
                SecretOwner::Module => Severity::Note,
            };
            let problem = Problem::new(severity, "secret_not_hidden", file).says(
                format!(
                    "the secret {secret} of the {} \"{name}\" is too short to be hidden",
                    kind.word()
                ),
                format!(
                    "logs and errors may show its value; if the value is secret, use at least {MIN_HIDDEN_SECRET} \
                     characters"
                ),
            );
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
    settings
}

impl<'a> From<&'a mut Action> for Owner<'a> {
    fn from(action: &'a mut Action) -> Self {
        Self {
            kind: SecretOwner::Action,
            name: &action.name,
            definition: &action.definition,
            secrets: &mut action.secrets,
        }
    }
}

impl<'a> From<&'a mut ActionModule> for Owner<'a> {
    fn from(module: &'a mut ActionModule) -> Self {
        Self {
            kind: SecretOwner::Module,
            name: &module.name,
            definition: &module.definition,
            secrets: &mut module.secrets,
        }
    }
}

/// The same for `postlogin check`, at the place where the secret is declared.
fn problem(missing: &MissingSecret, entries: &[Entry], definition: &Path) -> Problem {
    let problem = Problem::warning("missing_secret", definition).says(missing.what(), missing.help());
    let named = |value: &Value, name: &str| value.get("name").and_then(Value::as_str) == Some(name);
    let kind = match missing.owner {
        SecretOwner::Action => Kind::Action,
        SecretOwner::Module => Kind::ActionModule,
    };
    let declared = entries
        .iter()
        .find(|entry| entry.kind == kind && named(&entry.value, &missing.name))
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

/// A secret that is given.
pub(super) struct Given {
    /// The Action or module that alone gets the secret, or the application whose secret it is.
    pub(super) owner: Option<String>,
    pub(super) name: String,
    pub(super) value: String,
    pub(super) line: u32,
}

/// The file that secrets are given in.
pub(super) const FILE: &str = "secrets.env";

fn find(given: &[Given], owner: &str, name: &str, sources: &Sources) -> Option<(String, SettingSource)> {
    let of = |owner: Option<&str>| {
        given
            .iter()
            .rfind(|secret| secret.name == name && secret.owner.as_deref() == owner)
    };
    if let Some(secret) = of(Some(owner)).or_else(|| of(None)) {
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

/// The secrets of `secrets.env`.
pub(super) fn read(files: &mut Files) -> Vec<Given> {
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
        let (owner, name) = match name.rsplit_once('.') {
            Some((owner, name)) => (Some(owner.to_owned()), name.to_owned()),
            None => (None, name),
        };
        given.push(Given {
            owner,
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
