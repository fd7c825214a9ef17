//! Reading files of the tenant folder: never outside of it, placeholders replaced, problems collected.

use super::document::{Document, Format, format_of};
use super::keywords::Keywords;
use super::needs::{Need, Needs};
use super::placeholder::{self, Missing, Replaced, has_marker, marked};
use super::sources::Sources;
use super::written::Spot;
use crate::disk::{self, Limit};
use crate::encoding::other_encoding;
use crate::tenant::{Part, Problem, Severity};
use serde::Serialize;
use serde_json::Value;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::ffi::OsString;
use std::io;
use std::path::{Component, Path, PathBuf};
use std::rc::Rc;

/// The tenant folder while it is being read.
pub(super) struct Files<'a> {
    pub root: &'a Path,
    pub sources: &'a Sources<'a>,
    pub problems: Vec<Problem>,
    pub keywords: Keywords<'a>,
    /// Whether the `config.json` above the folder was looked for.
    has_looked_above: bool,
    /// Placeholders without a value, by file.
    missing: BTreeMap<PathBuf, Unfilled>,
    /// Folders whose names were read, links resolved.
    folders: HashSet<PathBuf>,
    /// Who needs the placeholders that have no value.
    needs: Needs,
    /// The file with the users, which may be long.
    users: &'a Path,
}

/// The placeholders of a file that have no value.
struct Unfilled {
    format: Format,
    /// Each with its place.
    all: Vec<(String, Spot)>,
    /// How many of each stand in members that are not read.
    unread: HashMap<String, usize>,
}

impl<'a> Files<'a> {
    pub(super) fn new(root: &'a Path, sources: &'a Sources<'a>) -> Self {
        Self {
            root,
            sources,
            problems: Vec::new(),
            keywords: Keywords::new(sources),
            has_looked_above: false,
            missing: BTreeMap::new(),
            folders: HashSet::new(),
            needs: Needs::default(),
            users: Path::new(USERS),
        }
    }

    /// The file `users` alone, in the folder `root`.
    pub(super) fn of_users(root: &'a Path, users: &'a Path, sources: &'a Sources<'a>) -> Self {
        Self {
            users,
            ..Self::new(root, sources)
        }
    }

    /// How long a file may be.
    fn limit(&self, file: &Path) -> Limit {
        if file == self.users {
            Limit::Long
        } else {
            Limit::File
        }
    }

    /// Takes the deploy CLI's mappings from the environment and from `config.json` in the folder.
    pub(super) fn read_keywords(&mut self) {
        let problems = self.keywords.add_environment();
        self.problems.extend(problems);
        self.read_config(Path::new(CONFIG));
    }

    fn read_config(&mut self, file: &Path) {
        let Some(text) = self.text(file) else {
            return;
        };
        let document = Document::as_written(file, Format::Json, Rc::new(text));
        let problems = match document.parse() {
            Ok(config) => self.keywords.add_config(&config, file),
            Err(problems) => problems,
        };
        self.problems.extend(problems);
    }

    /// Takes note of something that is not read: a placeholder in it needs no value.
    pub(super) fn leave(&mut self, file: &Path, value: &impl Serialize) {
        if let Some(unfilled) = self.missing.get_mut(file) {
            let text = serde_json::to_string(value).unwrap_or_default();
            for key in marked(&text) {
                *unfilled.unread.entry(key.to_owned()).or_default() += 1;
            }
        }
    }

    /// What `read` reports concerns these parts of the tenant alone.
    pub(super) fn of<T>(&mut self, parts: &[Part], read: impl FnOnce(&mut Self) -> T) -> T {
        let before = self.problems.len();
        let value = read(self);
        self.assign(before, parts);
        value
    }

    /// The problems from the one with this number on concern these parts of the tenant alone.
    pub(super) fn assign(&mut self, from: usize, parts: &[Part]) {
        for problem in self
            .problems
            .iter_mut()
            .skip(from)
            .filter(|problem| problem.parts.is_empty())
        {
            problem.parts = parts.to_vec();
        }
    }

    /// Takes note of a value that is read: a placeholder without a value in it concerns the parts of `need`, or every
    /// login where there are none.
    pub(super) fn note_needs(&mut self, file: &Path, need: impl FnOnce() -> Need, value: &Value) {
        self.needs.note(file, need, value);
    }

    /// Reads and parses a data file that is one object; `None` when it is absent or cannot be parsed. What is wrong
    /// with it concerns these parts of the tenant.
    pub(super) fn whole(&mut self, file: &Path, parts: Vec<Part>) -> Option<(Rc<Document>, Value)> {
        let read = self.of(&parts, |files| files.value(file));
        self.needs.default_to(file, parts);
        read
    }

    /// All problems, once everything is read.
    pub(super) fn into_problems(mut self) -> Vec<Problem> {
        // What comes of a placeholder without a value is no problem of its own.
        self.problems
            .retain(|problem| !has_marker(&problem.message) && !has_marker(&problem.help));
        self.problems.extend(self.keywords.ambiguous());
        for (file, unfilled) in &self.missing {
            let mut places: HashMap<&str, Vec<Spot>> = HashMap::new();
            for (key, spot) in &unfilled.all {
                places.entry(key).or_default().push(*spot);
            }
            let mut needed: HashMap<&str, _> = places
                .iter()
                .map(|(key, places)| (*key, self.needs.of(file, key, places).into_iter()))
                .collect();
            for (key, Spot { line, column }) in &unfilled.all {
                let severity = if unfilled.unread.get(key).copied() == places.get(key.as_str()).map(Vec::len)
                {
                    Severity::Note
                } else if unfilled.format == Format::JavaScript {
                    Severity::Warning
                } else {
                    Severity::Error
                };
                let mut problem = Problem::new(severity, "missing_placeholder", file).says(
                    format!("the placeholder {key} has no value"),
                    format!("give the value with --var {key}=VALUE or in the environment variable {key}"),
                );
                let of_place = needed.get_mut(key.as_str()).and_then(Iterator::next);
                problem.parts = of_place.unwrap_or_default();
                self.problems.push(problem.line(Some(*line), Some(*column)));
            }
        }
        let hidden = self.keywords.hidden();
        let problems = self.problems.into_iter();
        problems.map(|problem| hidden.in_problem(problem)).collect()
    }

    /// Reads and parses a data file; `None` when it is absent or cannot be parsed.
    pub(super) fn value(&mut self, file: &Path) -> Option<(Rc<Document>, Value)> {
        let document = self.document(file)?;
        match document.parse() {
            Ok(value) => Some((Rc::new(document), value)),
            Err(problems) => {
                self.problems.extend(problems);
                None
            }
        }
    }

    /// Reads a file and replaces its placeholders; `None` when it is absent or cannot be read.
    pub(super) fn document(&mut self, file: &Path) -> Option<Document> {
        let text = Rc::new(self.text(file)?);
        let format = format_of(file);
        if !placeholder::may_have_any(&text) {
            return Some(Document::as_written(file, format, text));
        }
        let replaced = self.replaced(&text, file, format)?;
        let document = Document::new(file, format, replaced.text, text, replaced.pieces);
        if !replaced.missing.is_empty() {
            let unfilled = self.missing.entry(file.to_owned()).or_insert_with(|| Unfilled {
                format,
                all: Vec::new(),
                unread: HashMap::new(),
            });
            let placed = |Missing { key, at }| (key, document.written_at(at));
            self.needs.expect(file);
            unfilled.all = replaced.missing.into_iter().map(placed).collect();
        }
        Some(document)
    }

    /// The text with its placeholders replaced; one without a value is looked for above the folder, too.
    fn replaced(&mut self, text: &str, file: &Path, format: Format) -> Option<Replaced> {
        let limit = usize::try_from(self.limit(file).bytes()).unwrap_or(usize::MAX);
        let mut replaced = placeholder::replace(text, format, &mut self.keywords, limit);
        let is_missing = replaced
            .as_ref()
            .is_ok_and(|replaced| !replaced.missing.is_empty());
        if is_missing && !self.has_looked_above {
            self.has_looked_above = true;
            self.read_config(Path::new("..").join(CONFIG).as_path());
            replaced = placeholder::replace(text, format, &mut self.keywords, limit);
        }
        if replaced.is_err() {
            let problem = Problem::error(UNREADABLE, file).says(
                format!(
                    "with the values of its placeholders, it is longer than {}",
                    self.limit(file)
                ),
                "give shorter values, or divide the file",
            );
            self.problems.push(problem);
        }
        replaced.ok()
    }

    /// Reads a text file without its byte-order mark; `None` when it is absent or cannot be read.
    pub(super) fn text(&mut self, file: &Path) -> Option<String> {
        let path = self.root.join(file);
        let read = disk::read(&path, self.limit(file));
        let bytes = match read {
            Ok(bytes) => bytes?,
            Err(error) => {
                let help = match error.kind() {
                    io::ErrorKind::FileTooLarge => "make the file shorter: no longer one is read",
                    _ => HELP_FILE,
                };
                self.report_unreadable(file, &error, help);
                return None;
            }
        };
        // The deploy CLI's own file may stand above.
        if !file.ends_with(CONFIG) && !self.is_inside(file) {
            return None;
        }
        if let Some(encoding) = other_encoding(&bytes) {
            let problem = Problem::error("not_utf8", file).says(
                format!("is text in {encoding}, not in UTF-8"),
                "save the file as UTF-8",
            );
            self.problems.push(problem);
            return None;
        }
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

    /// Whether no link leads from `place` out of the tenant folder; one that does is reported.
    fn is_inside(&mut self, place: &Path) -> bool {
        let Err(why) = self.inside(&place.to_string_lossy()) else {
            return true;
        };
        let problem = Problem::error("outside_tenant", place).says(
            why,
            "put the file into the tenant folder: nothing is read through a link that leads out of the folder",
        );
        self.problems.push(problem);
        false
    }

    /// Names in a folder, sorted; empty where there is no such folder.
    /// One that was read already under another name is empty.
    pub(super) fn names(&mut self, folder: &Path) -> Vec<OsString> {
        match disk::names(&self.root.join(folder)) {
            Ok(Some(names)) if self.is_inside(folder) && self.is_new(folder) => names,
            Ok(None | Some(_)) => Vec::new(),
            Err(error) => {
                let place = if folder.as_os_str().is_empty() {
                    Path::new(".")
                } else {
                    folder
                };
                self.report_unreadable(place, &error, HELP_FOLDER);
                Vec::new()
            }
        }
    }

    /// Whether a folder was not read before, under whatever name.
    #[expect(clippy::disallowed_methods, reason = "links are followed as they are on disk")]
    fn is_new(&mut self, folder: &Path) -> bool {
        match self.root.join(folder).canonicalize() {
            Ok(real) => self.folders.insert(real),
            Err(_) => true,
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

    /// Whether a folder is there that can be looked at.
    pub(super) fn is_folder(&self, folder: &Path) -> bool {
        matches!(disk::kind(&self.root.join(folder)), Ok(Some(disk::Kind::Folder)))
    }

    /// Whether a folder is there; what cannot be looked at is reported.
    pub(super) fn has_folder(&mut self, folder: &Path) -> bool {
        match disk::kind(&self.root.join(folder)) {
            Ok(kind) => kind == Some(disk::Kind::Folder) && self.is_inside(folder) && self.is_new(folder),
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

/// The file with the users of a tenant.
pub(super) const USERS: &str = "users.json";

const HELP_FILE: &str = "make it a file that the user who runs postlogin may read";
const HELP_FOLDER: &str = "make it a folder that the user who runs postlogin may read";
/// The deploy CLI's own settings.
const CONFIG: &str = "config.json";

/// Code of the problem that a file or folder is there and cannot be read.
pub(super) const UNREADABLE: &str = "unreadable";
