//! Which parts of the tenant need a placeholder that has no value.

use super::placeholder::marked;
use super::written::Spot;
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
    /// The values that need one.
    needed: BTreeMap<String, Vec<Need>>,
    /// The parts where nothing else is known.
    default: Vec<Part>,
}

/// A value that needs a placeholder.
#[derive(Clone)]
pub(super) struct Need {
    /// Where it begins.
    pub begins: Option<Spot>,
    /// What it is of; an empty list stands for every login.
    pub parts: Vec<Part>,
}

impl Needs {
    /// Takes note that a file has placeholders without a value.
    pub(super) fn expect(&mut self, file: &Path) {
        self.0.entry(file.to_owned()).or_default();
    }

    /// Takes note of a value of the file.
    pub(super) fn note(&mut self, file: &Path, need: impl FnOnce() -> Need, value: &Value) {
        let Some(of_file) = self.0.get_mut(file) else {
            return;
        };
        let text = value.to_string();
        let keys: BTreeSet<&str> = marked(&text).collect();
        if keys.is_empty() {
            return;
        }
        let need = need();
        for key in keys {
            let needed = of_file.needed.entry(key.to_owned()).or_default();
            needed.push(need.clone());
        }
    }

    /// What no other value of the file needs is of these parts.
    pub(super) fn default_to(&mut self, file: &Path, parts: Vec<Part>) {
        if let Some(of_file) = self.0.get_mut(file) {
            of_file.default = parts;
        }
    }

    /// The parts that need a placeholder of a file, for each place where it stands, in order; none where every login
    /// does. A value needs the places behind its beginning, up to the next such value; one that has none of its own, as
    /// where YAML names the value of another, needs the first.
    pub(super) fn of(&self, file: &Path, key: &str, places: &[Spot]) -> Vec<Vec<Part>> {
        let Some(of_file) = self.0.get(file) else {
            return vec![Vec::new(); places.len()];
        };
        let Some(needed) = of_file.needed.get(key) else {
            return vec![of_file.default.clone(); places.len()];
        };
        if needed.iter().any(|need| need.parts.is_empty()) {
            return vec![Vec::new(); places.len()];
        }
        let mut needed: Vec<&Need> = needed.iter().collect();
        needed.sort_by_key(|need| need.begins);
        let mut by_place = vec![Vec::new(); places.len()];
        let mut has_place = vec![false; needed.len()];
        for (place, parts) in places.iter().zip(&mut by_place) {
            let behind = needed.partition_point(|need| need.begins <= Some(*place));
            let its = behind.saturating_sub(1);
            has_place[its] = true;
            parts.extend_from_slice(&needed[its].parts);
        }
        let without = needed.iter().zip(has_place).filter(|(_, has_place)| !has_place);
        if let Some(first) = by_place.first_mut() {
            first.extend(without.flat_map(|(need, _)| need.parts.iter().cloned()));
        }
        by_place
    }
}
