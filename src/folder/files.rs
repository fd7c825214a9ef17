//! Reading files of the tenant folder: never outside of it, placeholders replaced, problems collected.

use super::document::{Document, Format, format_of};
use super::placeholder::{self, Missing, has_marker};
use super::sources::Sources;
use crate::disk;
use crate::tenant::{Problem, Severity};
use serde::Serialize;
use serde_json::Value;
use std::collections::HashMap;
use std::ffi::OsString;
use std::io;
use std::path::{Component, Path, PathBuf};
use std::rc::Rc;

/// The tenant folder while it is being read.
pub(super) struct Files<'a> {
    pub root: &'a Path,
    pub sources: &'a Sources<'a>,
    pub problems: Vec<Problem>,
    /// Placeholders without a value.
    missing: Vec<(PathBuf, Format, Missing)>,
    /// Text of members that are not read, by file.
    unread: HashMap<PathBuf, String>,
}

impl<'a> Files<'a> {
    pub(super) fn new(root: &'a Path, sources: &'a Sources<'a>) -> Self {
        Self {
            root,
            sources,
            problems: Vec::new(),
            missing: Vec::new(),
            unread: HashMap::new(),
        }
    }

    /// Takes note of something that is not read: a placeholder in it needs no value.
    pub(super) fn leave(&mut self, file: &Path, value: &impl Serialize) {
        if self.missing.iter().any(|(place, _, _)| place == file) {
            let text = serde_json::to_string(value).unwrap_or_default();
            self.unread.entry(file.to_owned()).or_default().push_str(&text);
        }
    }

    /// All problems, once everything is read.
    pub(super) fn into_problems(mut self) -> Vec<Problem> {
        // What comes of a placeholder without a value is no problem of its own.
        self.problems
            .retain(|problem| !has_marker(&problem.message) && !has_marker(&problem.help));
        for (file, format, missing) in &self.missing {
            let unread = self.unread.get(file).map_or("", String::as_str);
            let same =
                |(place, _, other): &&(PathBuf, Format, Missing)| place == file && other.key == missing.key;
            let all = self.missing.iter().filter(same).count();
            let severity = if unread.matches(&missing.marker()).count() == all {
                Severity::Note
            } else if *format == Format::JavaScript {
                Severity::Warning
            } else {
                Severity::Error
            };
            let key = &missing.key;
            let problem = Problem::new(severity, "missing_placeholder", file).says(
                format!("the placeholder {key} has no value"),
                format!("give the value with --var {key}=VALUE or in the environment variable {key}"),
            );
            self.problems
                .push(problem.line(Some(missing.line), Some(missing.column)));
        }
        self.problems
    }

    /// Reads and parses a data file; `None` when it is absent or cannot be parsed.
    pub(super) fn value(&mut self, file: &Path) -> Option<(Rc<Document>, Value)> {
        let document = self.document(file)?;
        match document.parse() {
            Ok(value) => Some((Rc::new(document), value)),
            Err(problem) => {
                self.problems.push(*problem);
                None
            }
        }
    }

    /// Reads a file and replaces its placeholders; `None` when it is absent or cannot be read.
    pub(super) fn document(&mut self, file: &Path) -> Option<Document> {
        let text = self.text(file)?;
        let format = format_of(file);
        let replaced = placeholder::replace(&text, format, self.sources);
        let missing = replaced.missing.into_iter();
        self.missing
            .extend(missing.map(|missing| (file.to_owned(), format, missing)));
        Some(Document {
            file: file.to_owned(),
            text: replaced.text,
            filled: replaced.filled,
            format,
        })
    }

    /// Reads a text file without its byte-order mark; `None` when it is absent or cannot be read.
    pub(super) fn text(&mut self, file: &Path) -> Option<String> {
        let bytes = match disk::read(&self.root.join(file)) {
            Ok(bytes) => bytes?,
            Err(error) => {
                self.report_unreadable(
                    file,
                    &error,
                    "make it a file that the user who runs postlogin may read",
                );
                return None;
            }
        };
        match String::from_utf8(bytes) {
            Ok(text) => Some(match text.strip_prefix('\u{feff}') {
                Some(text) => text.to_owned(),
                None => text,
            }),
            Err(error) => {
                let before = &error.as_bytes()[..error.utf8_error().valid_up_to()];
                let line = before.split(|byte| *byte == b'\n').count();
                self.problems.push(
                    Problem::error("not_utf8", file)
                        .says("is not UTF-8 text", "save the file as UTF-8")
                        .line(u32::try_from(line).ok(), None),
                );
                None
            }
        }
    }

    /// Names in a folder, sorted; empty where there is no such folder.
    pub(super) fn names(&mut self, folder: &Path) -> Vec<OsString> {
        match disk::names(&self.root.join(folder)) {
            Ok(names) => names.unwrap_or_default(),
            Err(error) => {
                let place = if folder.as_os_str().is_empty() {
                    Path::new(".")
                } else {
                    folder
                };
                self.report_unreadable(
                    place,
                    &error,
                    "make it a folder that the user who runs postlogin may read",
                );
                Vec::new()
            }
        }
    }

    pub(super) fn report_unreadable(&mut self, place: &Path, error: &io::Error, help: &str) {
        let problem = Problem::error(UNREADABLE, place).says(format!("cannot be read: {error}"), help);
        self.problems.push(problem);
    }

    /// Whether a file or folder is there, readable or not.
    pub(super) fn has(&self, file: impl AsRef<Path>) -> bool {
        disk::is_there(&self.root.join(file))
    }

    /// Whether a folder is there; what cannot be looked at is reported.
    pub(super) fn has_folder(&mut self, folder: &Path) -> bool {
        match disk::kind(&self.root.join(folder)) {
            Ok(kind) => kind == Some(disk::Kind::Folder),
            Err(error) => {
                self.report_unreadable(folder, &error, "make it readable for the user who runs postlogin");
                false
            }
        }
    }

    /// The path that `reference` names, relative to the tenant folder; `Err` with the reason when it
    /// leads out of the folder, by its text or through a symbolic link.
    pub(super) fn inside(&self, reference: &str) -> Result<PathBuf, &'static str> {
        let mut inside = PathBuf::new();
        for component in Path::new(reference).components() {
            match component {
                Component::CurDir => {}
                Component::Normal(name) => inside.push(name),
                Component::ParentDir if inside.pop() => {}
                Component::ParentDir => return Err("leads out of the tenant folder"),
                Component::RootDir | Component::Prefix(_) => {
                    return Err("is absolute; it must be relative to the tenant folder");
                }
            }
        }
        #[expect(clippy::disallowed_methods, reason = "links are followed as they are on disk")]
        let real = |path: &Path| path.canonicalize();
        let Ok(root) = real(self.root) else {
            return Err("is in a folder whose own place cannot be found");
        };
        match real(&self.root.join(&inside)) {
            Ok(file) if !file.starts_with(&root) => {
                Err("leads out of the tenant folder through a symbolic link")
            }
            // What cannot be found now is not read either: whoever reads it says why.
            _ => Ok(inside),
        }
    }
}

/// Code of the problem that a file or folder is there and cannot be read.
pub(super) const UNREADABLE: &str = "unreadable";
