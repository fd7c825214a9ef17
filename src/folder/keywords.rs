//! The values of placeholders, from the first source that has one: `--var`, the environment, the deploy CLI's
//! mappings in the environment, and those in its `config.json`.

use super::hidden::Hidden;
use super::sources::Sources;
use crate::json::twice;
use crate::tenant::Problem;
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::path::Path;

/// The value of a placeholder.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Word {
    /// JSON where it is meant to be JSON, else text.
    Text(String),
    /// A value of mappings, which are JSON.
    Json(Value),
}

impl Word {
    /// What `@@KEY@@` becomes.
    pub(super) fn as_json(&self) -> String {
        match self {
            Self::Json(value) => value.to_string(),
            Self::Text(text) => match serde_json::from_str::<Value>(text) {
                Ok(Value::String(_)) | Err(_) => Value::from(text.as_str()).to_string(),
                Ok(json) => json.to_string(),
            },
        }
    }

    /// What `##KEY##` becomes.
    pub(super) fn into_text(self) -> String {
        match self {
            Self::Text(text) | Self::Json(Value::String(text)) => text,
            Self::Json(other) => other.to_string(),
        }
    }
}

/// Everything that a placeholder can have its value from.
pub(super) struct Keywords<'s> {
    sources: &'s Sources<'s>,
    /// In the order in which they are asked.
    mappings: Vec<Map<String, Value>>,
    /// What was asked for and found.
    used: BTreeMap<String, Word>,
}

impl<'s> Keywords<'s> {
    pub(super) fn new(sources: &'s Sources<'s>) -> Self {
        Self {
            sources,
            mappings: Vec::new(),
            used: BTreeMap::new(),
        }
    }

    /// The value of `key`.
    pub(super) fn word(&mut self, key: &str) -> Option<Word> {
        if let Some(word) = self.used.get(key) {
            return Some(word.clone());
        }
        let Sources {
            environment,
            variables,
        } = self.sources;
        let given = variables.get(key).cloned().or_else(|| environment(key));
        let word = match given {
            Some(text) => Word::Text(text),
            None => Word::Json(
                self.mappings
                    .iter()
                    .find_map(|mappings| mappings.get(key))?
                    .clone(),
            ),
        };
        self.used.insert(key.to_owned(), word.clone());
        Some(word)
    }

    /// Adds the mappings of the environment, to be asked after those that are there.
    pub(super) fn add_environment(&mut self) -> Vec<Problem> {
        let mut problems = Vec::new();
        for name in NAMES {
            let Some(text) = (self.sources.environment)(name) else {
                continue;
            };
            match mappings(&Value::from(text)) {
                Some(mappings) => self.mappings.push(mappings),
                None => problems.push(bad(name, Path::new(name))),
            }
        }
        problems
    }

    /// Adds the mappings of a `config.json`, to be asked after those that are there.
    pub(super) fn add_config(&mut self, config: &Value, file: &Path) -> Vec<Problem> {
        let mut problems = Vec::new();
        for name in NAMES {
            let Some(value) = config.get(name).filter(|value| !value.is_null()) else {
                continue;
            };
            match mappings(value) {
                Some(mappings) => self.mappings.push(mappings),
                None => problems.push(bad(name, file)),
            }
        }
        problems
    }

    /// Values with a member that is given twice: a problem for each, with the source of the value.
    pub(super) fn ambiguous(&self) -> Vec<Problem> {
        let mut problems = Vec::new();
        for (key, word) in &self.used {
            let Word::Text(text) = word else { continue };
            if serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok() && !twice(text).is_empty() {
                let problem = Problem::error("duplicate_member", format!("the value of {key}"));
                problems.push(problem.says(
                    format!("a member of the JSON that is the value of the placeholder {key} is given twice"),
                    "keep one of the two: which one counts is not guessed",
                ));
            }
        }
        problems
    }

    /// What hides the values that were used.
    pub(super) fn hidden(&self) -> Hidden {
        let words = self.used.iter();
        Hidden::new(words.map(|(key, word)| (key.as_str(), word.clone())))
    }
}

/// An object, or the text of one.
fn mappings(value: &Value) -> Option<Map<String, Value>> {
    match value {
        Value::Object(mappings) => Some(mappings.clone()),
        Value::String(text) => serde_json::from_str(text).ok().filter(|_| twice(text).is_empty()),
        _ => None,
    }
}

fn bad(name: &str, file: &Path) -> Problem {
    Problem::error("bad_mappings", file).says(
        format!("{name} is no JSON object in which each name stands once"),
        "write {\"KEY\": \"value\", ...}",
    )
}

/// The deploy CLI's names of its mappings.
const NAMES: [&str; 2] = ["AUTH0_KEYWORD_REPLACE_MAPPINGS", "AUTH0_KEYWORD_REPLACEMENTS"];
