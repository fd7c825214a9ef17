//! Actions, their modules and their bindings.

use super::entry::{Entry, Kind, of_kind};
use super::files::Files;
use super::names::{NameCheck, note_unknown};
use super::secrets::NOT_SHOWN;
use super::typed::typed;
use crate::json::JsonPath;
use crate::secret::Secret;
use crate::tenant::{
    Action, ActionModule, Dependency, MAX_SECRET_NAME, MAX_SECRET_VALUE, MAX_SOURCE, Problem, Secrets,
    exported, nearest, secret_fits,
};
use serde::Deserialize;
use serde_json::Value;
use std::borrow::Cow;
use std::path::{Path, PathBuf};
use std::rc::Rc;

exported! {
    /// `actions/<folder>.json`, as far as it is read.
    ActionFile {
        name: String,
        code: Option<String>,
        runtime: Option<String>,
        dependencies: Vec<Dependency>,
        secrets: Vec<SecretFile>,
        supported_triggers: Vec<TriggerFile>,
        deployed: Option<bool>,
        modules: Vec<ModuleReference>,
    }
}

exported! {
    /// One secret of an exported Action or module.
    SecretFile {
        name: String,
        value: Option<Secret<String>>,
    }
}

exported! {
    /// One trigger that an Action supports.
    TriggerFile {
        id: String,
    }
}

exported! {
    /// A module that an Action uses.
    ModuleReference {
        #[serde(alias = "name")]
        module_name: String,
    }
}

exported! {
    /// `action-modules/<folder>.json`.
    ModuleFile {
        name: String,
        code: Option<String>,
        dependencies: Vec<Dependency>,
        secrets: Vec<SecretFile>,
    }
}

exported! {
    /// One binding of `triggers.json`.
    Binding {
        action_name: String,
        display_name: Option<String>,
    }
}

/// An Action that was read, and what only matters where it is bound.
pub(super) struct ReadAction {
    pub action: Action,
    pub deployed: Option<bool>,
}

/// Reads all Actions.
pub(super) fn actions(entries: &[Entry], files: &mut Files) -> Vec<ReadAction> {
    let mut read: Vec<(&Entry, ReadAction)> = Vec::new();
    for entry in of_kind(entries, Kind::Action) {
        let Some(action) = files.of(&entry.parts(), |files| action(entry, files)) else {
            continue;
        };
        let name = &action.action.name;
        let check = NameCheck {
            word: "Action",
            entry,
            twin: read
                .iter()
                .find(|(_, twin)| twin.action.name == *name)
                .map(|(twin, _)| *twin),
        };
        match check.problem(name) {
            Some(problem) => files.of(&entry.parts(), |files| files.problems.push(problem)),
            None => read.push((entry, action)),
        }
    }
    read.into_iter().map(|(_, action)| action).collect()
}

/// Reads all Action modules.
pub(super) fn modules(entries: &[Entry], files: &mut Files) -> Vec<ActionModule> {
    let mut read: Vec<(&Entry, ActionModule)> = Vec::new();
    for entry in of_kind(entries, Kind::ActionModule) {
        files.of(&entry.parts(), |files| {
            let Some(module) = module(entry, files) else {
                return;
            };
            let twin = read.iter().find(|(_, twin)| twin.name == module.name);
            let check = NameCheck {
                word: "Action module",
                entry,
                twin: twin.map(|(twin, _)| *twin),
            };
            match check.problem(&module.name) {
                Some(problem) => files.problems.push(problem),
                None => read.push((entry, module)),
            }
        });
    }
    read.into_iter().map(|(_, module)| module).collect()
}

/// Names of the Actions bound to post-login, in order; bindings that cannot work are reported.
pub(super) fn bindings(entries: &[Entry], actions: &[ReadAction], files: &mut Files) -> Vec<String> {
    let mut bound = Vec::new();
    for entry in of_kind(entries, Kind::Triggers) {
        let Some(list) = entry.value.get(TRIGGER) else {
            continue;
        };
        let path = entry.path.key(TRIGGER);
        let Some(list) = typed::<Vec<Value>>(list, &entry.document, &path, &mut files.problems) else {
            continue;
        };
        for (index, value) in list.iter().enumerate() {
            let path = path.index(index);
            let Some(name) = bound_name(value, entry, &path, files) else {
                continue;
            };
            let problem = match actions.iter().find(|read| read.action.name == name) {
                None => Some(unbound(&name, actions, entry)),
                Some(read) => doubtful(read, entry),
            };
            if let Some(problem) = problem {
                files.problems.push(entry.document.locate(problem, &path));
            }
            bound.push(name);
        }
    }
    bound
}

const TRIGGER: &str = "post-login";
const SCRIPT_ENDINGS: [&str; 4] = [".js", ".cjs", ".mjs", ".ts"];

/// Code of the problem that a file with code is missing.
pub(super) const MISSING_CODE: &str = "missing_code";

fn module(entry: &Entry, files: &mut Files) -> Option<ActionModule> {
    let read: ModuleFile = typed(&entry.value, &entry.document, &entry.path, &mut files.problems)?;
    note_unknown(&read.extra, entry, &entry.path, files);
    let (file, source) = code(read.code, &read.name, entry, "action-modules", files)?;
    Some(ActionModule {
        name: read.name,
        source,
        file,
        definition: entry.document.file.clone(),
        secrets: secrets(read.secrets, entry, files),
        dependencies: read.dependencies,
    })
}

fn action(entry: &Entry, files: &mut Files) -> Option<ReadAction> {
    let read: ActionFile = typed(&entry.value, &entry.document, &entry.path, &mut files.problems)?;
    note_unknown(&read.extra, entry, &entry.path, files);
    let (file, source) = code(read.code, &read.name, entry, "actions", files)?;
    let secrets = secrets(read.secrets, entry, files);
    Some(ReadAction {
        action: Action {
            name: read.name,
            source,
            file,
            definition: entry.document.file.clone(),
            secrets,
            runtime: read.runtime,
            dependencies: read.dependencies,
            modules: read
                .modules
                .into_iter()
                .map(|module| module.module_name)
                .collect(),
            supported_triggers: read
                .supported_triggers
                .into_iter()
                .map(|trigger| trigger.id)
                .collect(),
        },
        deployed: read.deployed,
    })
}

/// The secrets of an entry; those whose values were not exported have none yet.
fn secrets(exported: Vec<SecretFile>, entry: &Entry, files: &mut Files) -> Secrets {
    let mut secrets = Secrets::new();
    for (index, secret) in exported.into_iter().enumerate() {
        let value = secret.value.filter(|value| value.reveal() != NOT_SHOWN);
        if !secret_fits(&secret.name, value.as_ref().map_or("", |value| value.reveal())) {
            let problem = Problem::error("secret_too_long", &entry.document.file).says(
                format!("the secret {} is too long", secret.name),
                format!("a name has at most {MAX_SECRET_NAME} characters, a value {MAX_SECRET_VALUE}"),
            );
            let path = entry.path.key("secrets").index(index);
            files.problems.push(entry.document.locate(problem, &path));
        }
        secrets.insert(secret.name, value);
    }
    secrets
}

/// The code of an entry, and the file that errors name: its `code` is the code itself or names a file.
fn code(
    code: Option<String>,
    name: &str,
    entry: &Entry,
    folder: &str,
    files: &mut Files,
) -> Option<(PathBuf, String)> {
    // What has no code is exported with an empty text.
    let code = code.filter(|code| !code.trim().is_empty());
    match code {
        Some(code) if is_source(&code, files) => {
            let path = entry.path.key("code");
            let file = PathBuf::from(format!("{} ({path})", entry.document.file.display()));
            examine(&code, &file, files);
            Some((file, code))
        }
        code => {
            let file = code_file(code.as_deref().map(str::trim), name, entry, folder, files)?;
            let source = source(&file, entry, files)?;
            Some((file, source))
        }
    }
}

/// Whether `code` is code, and not the path of a file with code.
fn is_source(code: &str, files: &Files) -> bool {
    let line = code.trim();
    if line.contains('\n') {
        return true;
    }
    let is_path = SCRIPT_ENDINGS.iter().any(|ending| line.ends_with(ending)) || files.has(line);
    !is_path && line.contains(['(', ')', '{', '}', '=', ';'])
}

/// Where the code of an entry is: its `code`, or beside the JSON file as the export puts it.
///
/// An export made from another folder names the code from there, as in `tenants/prod/actions/x/code.js`
/// or as an absolute path; then the file beside is meant.
fn code_file(
    code: Option<&str>,
    name: &str,
    entry: &Entry,
    folder: &str,
    files: &mut Files,
) -> Option<PathBuf> {
    let stem = if entry.path.0.is_empty() {
        entry
            .document
            .file
            .file_stem()
            .unwrap_or_default()
            .to_string_lossy()
    } else {
        Cow::Borrowed(name)
    };
    let beside = format!("{folder}/{stem}/code.js");
    let reference = code.map_or_else(|| beside.clone(), |code| code.replace('\\', "/"));
    let file = files.inside(&reference);
    let exists = file.as_ref().is_ok_and(|file| files.has(file));
    if !exists && reference.ends_with(&format!("/{beside}")) && files.has(&beside) {
        return files.inside(&beside).ok();
    }
    file.map_err(|reason| {
        let problem = Problem::error("code_outside", &entry.document.file).says(
            format!("the code path {reference} {reason}"),
            "put the code into the tenant folder and give its path from there, as in ./actions/name/code.js",
        );
        let path = entry.path.key("code");
        files.problems.push(entry.document.locate(problem, &path));
    })
    .ok()
}

fn source(file: &Path, entry: &Entry, files: &mut Files) -> Option<String> {
    let before = files.problems.len();
    let Some(document) = files.document(file) else {
        if files.problems.len() == before {
            let problem = Problem::error(MISSING_CODE, &entry.document.file).says(
                format!("the code file {} is missing", file.display()),
                "add the file, or correct \"code\", which is a path from the tenant folder",
            );
            let path = entry.path.key("code");
            files.problems.push(entry.document.locate(problem, &path));
        }
        return None;
    };
    examine(&document.text, file, files);
    Some(Rc::unwrap_or_clone(document.text))
}

/// Reports what no engine takes.
fn examine(source: &str, file: &Path, files: &mut Files) {
    if source.len() > MAX_SOURCE {
        files.problems.push(Problem::error("source_too_long", file).says(
            format!("the source has {} bytes, the limit is {MAX_SOURCE}", source.len()),
            "split the Action in two, or move code into an Action module",
        ));
    }
    if let Some(before) = source.find('\0') {
        let line = source[..before].matches('\n').count() + 1;
        files.problems.push(
            Problem::error("nul_byte", file)
                .says(
                    "the source contains a NUL byte",
                    "remove the byte, or write it as \\0 inside a string",
                )
                .line(u32::try_from(line).ok(), None),
        );
    }
}

/// The Action's name of one binding: `{action_name}`, `{name}` or the bare name.
fn bound_name(value: &Value, entry: &Entry, path: &JsonPath, files: &mut Files) -> Option<String> {
    if let Value::String(name) = value {
        return Some(name.clone());
    }
    let binding: Binding = typed(value, &entry.document, path, &mut files.problems)?;
    if !binding.action_name.is_empty() {
        return Some(binding.action_name);
    }
    let problem = Problem::error("missing_member", &entry.document.file).says(
        "the binding does not name its Action",
        "write {\"action_name\": \"...\", \"display_name\": \"...\"}",
    );
    files.problems.push(entry.document.locate(problem, path));
    None
}

fn unbound(name: &str, actions: &[ReadAction], entry: &Entry) -> Problem {
    let names: Vec<&str> = actions.iter().map(|read| read.action.name.as_str()).collect();
    let help = match nearest(name, names.iter().copied()).first() {
        Some(near) => {
            format!("did you mean \"{near}\"? The name is the one in the Action's JSON, not its folder")
        }
        None if names.is_empty() => "add the Action under actions/, or remove the binding".to_owned(),
        None => format!("there are: {}", names.join(", ")),
    };
    Problem::error("missing_action", &entry.document.file).says(
        format!("post-login binds the Action \"{name}\", which does not exist or cannot be read"),
        help,
    )
}

fn doubtful(read: &ReadAction, entry: &Entry) -> Option<Problem> {
    let ReadAction { action, deployed } = read;
    let supports = &action.supported_triggers;
    let (code, message, help) = if *deployed == Some(false) {
        (
            "not_deployed",
            format!(
                "the Action \"{}\" is bound though it is not deployed",
                action.name
            ),
            "the Action runs here; set \"deployed\": true once it should run on the platform too",
        )
    } else if !supports.is_empty() && !supports.iter().any(|id| id == TRIGGER) {
        (
            "unsupported_trigger",
            format!(
                "the Action \"{}\" is bound to post-login though it supports {}",
                action.name,
                supports.join(", ")
            ),
            "add {\"id\": \"post-login\", \"version\": \"v3\"} to supported_triggers, or remove the binding",
        )
    } else {
        return None;
    };
    Some(Problem::warning(code, &entry.document.file).says(message, help))
}
