//! Modules that stand in for others, in tests of Actions.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Modules that `require` gives in the place of packages and built-in modules of the same name. For tests only.
#[derive(Debug, Default)]
pub struct Replacements {
    all: Vec<Replacement>,
}

/// One module and what it stands in for.
#[derive(Debug)]
pub struct Replacement {
    name: String,
    file: String,
    source: Arc<str>,
    was_asked_for: AtomicBool,
}

impl Replacement {
    /// `source` is what `require(name)` gives; errors in it show `file`.
    pub fn new(name: String, file: String, source: Arc<str>) -> Self {
        Self {
            name,
            file,
            source,
            was_asked_for: AtomicBool::new(false),
        }
    }

    /// The name of the file in errors.
    pub fn file(&self) -> &str {
        &self.file
    }

    pub(super) fn source(&self) -> &str {
        &self.source
    }
}

impl Replacements {
    /// These modules.
    pub fn new(all: Vec<Replacement>) -> Self {
        Self { all }
    }

    /// The modules that nothing has asked for.
    pub fn unused(&self) -> impl Iterator<Item = &Replacement> {
        let is_unused = |one: &&Replacement| !one.was_asked_for.load(Ordering::Relaxed);
        self.all.iter().filter(is_unused)
    }

    pub(super) fn files(&self) -> impl Iterator<Item = &str> {
        self.all.iter().map(Replacement::file)
    }

    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.all.iter().map(|one| one.name.as_str())
    }

    /// What `require(name)` gives, which counts as asked for from now on.
    pub(super) fn take(&self, name: &str) -> Option<&Replacement> {
        let found = self.all.iter().find(|one| one.name == name)?;
        found.was_asked_for.store(true, Ordering::Relaxed);
        Some(found)
    }

    /// The module that errors show as `file`.
    pub(super) fn in_file(&self, file: &str) -> Option<&Replacement> {
        self.all.iter().find(|one| one.file == file)
    }
}
