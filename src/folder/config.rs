//! `postlogin.toml`: what is wrong with it, and every setting with its source.

use super::document::Document;
use super::files::Files;
use super::problem::{Problem, Severity};
use super::settings::{self, SettingLine};
use super::typed::typed;
use crate::json::{JsonPath, PEM_BEGIN, quoted};
use crate::keys::KeysConfig;
use crate::tenant::{
    ActionsConfig, Config, duration, memory_limit, metadata_span, nearest, size, time_limit,
};
use serde_json::{Map, Value};
use std::path::Path;
use std::rc::Rc;

/// Reads `postlogin.toml`; every key with its value and source beside it, and the document.
pub(super) fn read(files: &mut Files) -> (Config, Vec<SettingLine>, Option<Rc<Document>>) {
    let file = Path::new("postlogin.toml");
    let defaults = json(&Config::default());
    let root = JsonPath::default();
    let Some((document, mut value)) = files.value(file) else {
        return (Config::default(), settings::lines(&defaults, &root, None), None);
    };
    let later = take_later(&mut value);
    for name in later.keys() {
        let note = Problem::new(Severity::Note, "unread_section", file)
            .says(format!("[{name}] is read by a later version"), "nothing to do");
        files.problems.push(document.locate(note, &root.key(name)));
    }
    files.leave(file, &later);
    let mut unknown = Vec::new();
    if let (Value::Object(given), Value::Object(defaults)) = (&mut value, &defaults) {
        take_unknown(given, defaults, &root, &mut unknown);
    }
    for (path, allowed) in unknown {
        let key = path.last_key().unwrap_or_default();
        let near = nearest(key, allowed.iter().map(String::as_str));
        let help = match near.first() {
            Some(near) => format!("did you mean {near}? Known here: {}", allowed.join(", ")),
            None => format!("known here: {}", allowed.join(", ")),
        };
        let problem = Problem::error("unknown_setting", file).says(format!("unknown setting {path}"), help);
        files.problems.push(document.locate(problem, &path));
    }
    let mut config: Config = typed(&value, &document, &root, &mut files.problems).unwrap_or_default();
    for (path, problem) in check(&mut config) {
        let (message, help) = problem
            .split_once("; ")
            .unwrap_or((&problem, "correct the value"));
        let problem = Problem::error("bad_setting", file).says(message, help);
        files.problems.push(document.locate(problem, &path));
    }
    let settings = settings::lines(&json(&config), &root, Some((&document, &root)));
    (config, settings, Some(document))
}

/// What has the right type and yet cannot be used; such a value is put back to its default.
fn check(config: &mut Config) -> Vec<(JsonPath, String)> {
    let mut problems = Vec::new();
    let defaults = ActionsConfig::default();
    let path = |name: &str| JsonPath::default().key("actions").key(name);
    if let Err(problem) = time_limit(&config.actions.time_limit) {
        problems.push((path("time_limit"), problem));
        config.actions.time_limit = defaults.time_limit;
    }
    if let Err(problem) = memory_limit(&config.actions.memory_limit) {
        problems.push((path("memory_limit"), problem));
        config.actions.memory_limit = defaults.memory_limit;
    }
    let output_limit = match size(&config.actions.output_limit) {
        Ok(0) => Some("no Action could run; write at least 1MiB".to_owned()),
        Ok(_) => None,
        Err(error) => Some(error.to_string()),
    };
    if let Some(problem) = output_limit {
        problems.push((path("output_limit"), problem));
        config.actions.output_limit = defaults.output_limit;
    }
    if let Err(problem) = duration(&config.actions.wait_limit) {
        problems.push((path("wait_limit"), problem.to_string()));
        config.actions.wait_limit = defaults.wait_limit;
    }
    let metadata = &mut config.saml.metadata;
    let path = |name: &str| JsonPath::default().key("saml").key("metadata").key(name);
    for (name, span) in [
        ("valid_for", &mut metadata.valid_for),
        ("cache_for", &mut metadata.cache_for),
    ] {
        if let Some(problem) = span.as_deref().and_then(|text| metadata_span(text).err()) {
            problems.push((path(name), problem));
            *span = None;
        }
    }
    problems.extend(check_keys(&mut config.keys));
    if config.domain.is_empty() || config.domain.contains(['/', ' ', '@', '?', '#']) {
        problems.push((
            JsonPath::default().key("domain"),
            format!(
                "{} is not a host name; write one such as tenant.example",
                quoted(&config.domain)
            ),
        ));
        config.domain = Config::default().domain;
    }
    problems
}

/// Keys that stand where a path should; such a value is taken out.
fn check_keys(keys: &mut KeysConfig) -> Vec<(JsonPath, String)> {
    let mut problems = Vec::new();
    for (name, path) in [
        ("current", &mut keys.current),
        ("current_cert", &mut keys.current_cert),
        ("next", &mut keys.next),
        ("previous", &mut keys.previous),
        ("ec", &mut keys.ec),
        ("ed25519", &mut keys.ed25519),
    ] {
        if path
            .take_if(|path| path.to_string_lossy().contains(PEM_BEGIN))
            .is_some()
        {
            problems.push((
                JsonPath::default().key("keys").key(name),
                format!(
                    "{name} is a PEM text, not a path; put the PEM into a file and write the file's path"
                ),
            ));
        }
    }
    problems
}

fn json(config: &Config) -> Value {
    serde_json::to_value(config).unwrap_or_default()
}

/// Takes the sections out of `value` that interface 1 names and this version does not read.
fn take_later(value: &mut Value) -> Map<String, Value> {
    let sections = value.as_object_mut().into_iter().flat_map(|sections| {
        LATER
            .iter()
            .filter_map(|name| Some(((*name).to_owned(), sections.shift_remove(*name)?)))
    });
    sections.collect()
}

/// Sections that a later version reads.
const LATER: &[&str] = &["mail", "server", "storage"];

/// Takes the keys out of `given` that `known` does not have, with those that it has.
fn take_unknown(
    given: &mut Map<String, Value>,
    known: &Map<String, Value>,
    path: &JsonPath,
    unknown: &mut Vec<(JsonPath, Vec<String>)>,
) {
    given.retain(|key, value| {
        let Some(default) = known.get(key) else {
            unknown.push((path.key(key), known.keys().cloned().collect()));
            return false;
        };
        if let (Value::Object(given), Value::Object(known)) = (value, default) {
            take_unknown(given, known, &path.key(key), unknown);
        }
        true
    });
}
