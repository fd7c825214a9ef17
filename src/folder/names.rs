//! Names that must be there and be unique, and members that postlogin does not read.

use super::document::Document;
use super::entry::Entry;
use super::files::Files;
use crate::json::JsonPath;
use crate::tenant::{Problem, Severity};
use serde_json::{Map, Value};

/// Whether an object has a name, and no other object of its kind has the same.
pub(super) struct NameCheck<'e> {
    /// The word for the kind of object in messages.
    pub word: &'static str,
    pub entry: &'e Entry,
    /// The object that has the name already.
    pub twin: Option<&'e Entry>,
}

impl NameCheck<'_> {
    pub(super) fn problem(&self, name: &str) -> Option<Problem> {
        let Self { word, entry, twin } = self;
        let document: &Document = &entry.document;
        if name.is_empty() {
            let problem = Problem::error("missing_member", &document.file)
                .says(format!("the {word} has no name"), "add \"name\"");
            return Some(document.locate(problem, &entry.path));
        }
        let twin = (*twin)?;
        let place = match twin.document.line_of(&twin.path.key("name")) {
            Some(line) => format!("{}:{line}", twin.document.file.display()),
            None => twin.document.file.display().to_string(),
        };
        let problem = Problem::error("duplicate_name", &document.file).says(
            format!("there is another {word} named \"{name}\" in {place}"),
            "give each its own name, or remove one",
        );
        Some(document.locate(problem, &entry.path.key("name")))
    }
}

/// One note for all members of an object that postlogin does not read.
pub(super) fn note_unknown(extra: &Map<String, Value>, entry: &Entry, path: &JsonPath, files: &mut Files) {
    if extra.is_empty() {
        return;
    }
    files.leave(&entry.document.file, extra);
    let names: Vec<&str> = extra.keys().map(String::as_str).collect();
    let note = Problem::new(Severity::Note, "unknown_member", &entry.document.file).says(
        format!("not read by postlogin: {}", names.join(", ")),
        "nothing to do, unless a name is a slip",
    );
    files.problems.push(note.path(path));
}
