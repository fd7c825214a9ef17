//! Who needs the placeholders that have no value.

use super::placeholder::marked;
use crate::tenant::Part;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// The parts of the tenant that need placeholders without a value, by file.
#[derive(Default)]
pub(super) struct Needs(BTreeMap<PathBuf, OfFile>);

/// The placeholders of one file.
#[derive(Default)]
struct OfFile {
    /// The parts of each value that needs one; an empty list stands for every login.
    needed: BTreeMap<String, Vec<Vec<Part>>>,
    /// The parts where nothing else is known.
    default: Vec<Part>,
}

impl Needs {
    /// Takes note that a file has placeholders without a value.
    pub(super) fn expect(&mut self, file: &Path) {
        self.0.entry(file.to_owned()).or_default();
    }

    /// Takes note of a value of the file, which is of these parts.
    pub(super) fn note(&mut self, file: &Path, parts: impl FnOnce() -> Vec<Part>, value: &Value) {
        let Some(of_file) = self.0.get_mut(file) else {
            return;
        };
        let parts = parts();
        let text = value.to_string();
        let keys: BTreeSet<&str> = marked(&text).collect();
        for key in keys {
            of_file
                .needed
                .entry(key.to_owned())
                .or_default()
                .push(parts.clone());
        }
    }

    /// What no other value of the file needs is of these parts.
    pub(super) fn default_to(&mut self, file: &Path, parts: Vec<Part>) {
        if let Some(of_file) = self.0.get_mut(file) {
            of_file.default = parts;
        }
    }

    /// The parts that need a placeholder of a file; none where every login does.
    pub(super) fn of(&self, file: &Path, key: &str) -> Vec<Part> {
        let Some(of_file) = self.0.get(file) else {
            return Vec::new();
        };
        match of_file.needed.get(key) {
            None => of_file.default.clone(),
            Some(all) if all.iter().any(Vec::is_empty) => Vec::new(),
            Some(all) => all.concat(),
        }
    }
}
