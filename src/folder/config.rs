//! `postlogin.toml`: what is wrong with it, and every setting with its source.

use super::document::Document;
use super::files::Files;
use super::settings::{self, SettingLine};
use super::typed::typed;
use crate::json::{JsonPath, lenient, remove};
use crate::tenant::{ActionConfig, ApiClientConfig, Config, Fault, Problem, Severity, Walk, nearest};
use serde_json::{Map, Value};
use std::path::Path;
use std::rc::Rc;

/// Reads `postlogin.toml`; every key with its value and source beside it, and the document.
pub(super) fn read(files: &mut Files) -> (Config, Vec<SettingLine>, Option<Rc<Document>>) {
    let file = Path::new("postlogin.toml");
    let defaults = json(&Config::default());
    let mut known = defaults.clone();
    known["actions"]["per_action"][ANY] = serde_json::to_value(ActionConfig::default()).unwrap_or_default();
    known["api"][ANY] = serde_json::to_value(ApiClientConfig::default()).unwrap_or_default();
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
    if let (Value::Object(given), Value::Object(known)) = (&mut value, &known) {
        take_unknown(given, known, &root, &mut unknown);
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
    let config = config(&mut value, &document, files);
    let settings = settings::lines(&json(&config), &root, Some((&document, &root)));
    (config, settings, Some(document))
}

/// The settings that `value` holds. What has the right type and cannot be had is reported, and the default holds.
fn config(value: &mut Value, document: &Document, files: &mut Files) -> Config {
    let root = JsonPath::default();
    let mut config: Config = typed(value, document, &root, &mut files.problems).unwrap_or_default();
    let faults = config.faults();
    if !faults.is_empty() {
        for fault in &faults {
            remove(value, &fault.path.0);
        }
        config = lenient(value.clone()).0.unwrap_or_default();
    }
    for Fault { path, error, .. } in faults {
        let problem = Problem::error("bad_setting", &document.file).says(error.what, error.help);
        files.problems.push(document.locate(problem, &path));
    }
    config
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
const LATER: &[&str] = &["mail"];

/// Stands for every name where the names are the tenant's own, as those of its Actions.
const ANY: &str = "*";

/// Takes the keys out of `given` that `known` does not have, with those that it has.
fn take_unknown(
    given: &mut Map<String, Value>,
    known: &Map<String, Value>,
    path: &JsonPath,
    unknown: &mut Vec<(JsonPath, Vec<String>)>,
) {
    given.retain(|key, value| {
        let Some(default) = known.get(key).or_else(|| known.get(ANY)) else {
            unknown.push((path.key(key), known.keys().cloned().collect()));
            return false;
        };
        if let (Value::Object(given), Value::Object(known)) = (value, default) {
            take_unknown(given, known, &path.key(key), unknown);
        }
        true
    });
}
