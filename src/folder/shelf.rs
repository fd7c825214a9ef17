//! The folders of the folder form: which of their files are objects, and which are left out.

use super::entry::Kind;
use super::files::Files;
use crate::disk;
use crate::tenant::{Part, Problem, Severity};
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};

/// A folder of the folder form.
pub(super) struct Shelf {
    pub folder: &'static str,
    pub kind: Kind,
    /// Endings of files that objects name, beside the objects.
    companions: &'static [&'static str],
    folders: Folders,
}

/// What folders in a folder of the folder form hold.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Folders {
    /// The code of an object.
    Code,
    /// A whole object, in a file of this name.
    Object(&'static str),
    /// Nothing that postlogin reads.
    Nothing,
}

/// A name in a folder of the folder form.
enum Found {
    /// A file that holds an object.
    Object(PathBuf),
    /// Something that belongs to an object, or that an editor or a version control keeps there.
    Companion,
    /// A file or folder that is not read, although it may hold an object.
    LeftOut(Problem),
}

const fn shelf(folder: &'static str, kind: Kind) -> Shelf {
    Shelf {
        folder,
        kind,
        companions: &[],
        folders: Folders::Nothing,
    }
}

const fn with_code(folder: &'static str, kind: Kind) -> Shelf {
    Shelf {
        companions: SCRIPTS,
        folders: Folders::Code,
        ..shelf(folder, kind)
    }
}

const fn with_pages(folder: &'static str, kind: Kind) -> Shelf {
    Shelf {
        companions: &["html"],
        ..shelf(folder, kind)
    }
}

/// All of them, in the order in which they are read.
pub(super) const SHELVES: &[Shelf] = &[
    with_pages("clients", Kind::Client),
    shelf("resource-servers", Kind::ResourceServer),
    with_code("actions", Kind::Action),
    with_code("action-modules", Kind::ActionModule),
    with_pages("connections", Kind::Connection),
    Shelf {
        companions: SCRIPTS,
        folders: Folders::Object("database.json"),
        ..shelf("database-connections", Kind::Connection)
    },
    shelf("organizations", Kind::Organization),
    shelf("roles", Kind::Role),
    shelf("grants", Kind::Grant),
    shelf("guardian-factors", Kind::Factor),
    shelf("guardian/factors", Kind::Factor),
    with_code("rules", Kind::Rule),
    with_code("hooks", Kind::Hook),
];

/// Whether a shelf holds at least one object. What cannot be read holds none.
pub(super) fn holds_objects(shelf: &Shelf, files: &Files) -> bool {
    let folder = files.root.join(shelf.folder);
    let names = disk::names(&folder).ok().flatten().unwrap_or_default();
    names.iter().any(|name| {
        let in_folder = || match shelf.folders {
            Folders::Object(file) => files.has(Path::new(shelf.folder).join(name).join(file)),
            Folders::Code | Folders::Nothing => false,
        };
        is_object(name) || in_folder()
    })
}

/// The files on a shelf that hold objects; what is left out is reported.
pub(super) fn objects(shelf: &Shelf, files: &mut Files) -> Vec<PathBuf> {
    let names = files.names(Path::new(shelf.folder));
    let mut objects = Vec::new();
    for name in names {
        match shelf.found(&name, files) {
            Found::Object(file) => objects.push(file),
            Found::Companion => {}
            Found::LeftOut(problem) => files.problems.push(problem),
        }
    }
    objects
}

/// Reports what lies beside `triggers/triggers.json` and is not read.
pub(super) fn report_beside_triggers(files: &mut Files) {
    for name in files.names(Path::new("triggers")) {
        let is_read = name == "triggers.json" || is_of_tools(&name) || is_for_people(&name);
        if !is_read {
            let path = Path::new("triggers").join(&name);
            files.problems.push(Problem::warning(LEFT_OUT, path).says(
                "is not read: bindings are read from triggers/triggers.json alone",
                "put the bindings into triggers/triggers.json, or move this elsewhere",
            ));
        }
    }
}

impl Shelf {
    fn found(&self, name: &OsStr, files: &mut Files) -> Found {
        let path = Path::new(self.folder).join(name);
        if is_of_tools(name) {
            return Found::Companion;
        }
        if is_object(name) {
            return match name.to_str() {
                Some(_) => Found::Object(path),
                None => Found::LeftOut(self.not_utf8(&path)),
            };
        }
        let ending = Path::new(name).extension().unwrap_or_default();
        if self.companions.iter().any(|known| ending == *known) {
            return Found::Companion;
        }
        if !files.has_folder(&path) {
            return Found::LeftOut(file_left_out(&path, name));
        }
        match self.folders {
            Folders::Code => Found::Companion,
            Folders::Nothing => Found::LeftOut(Problem::warning(LEFT_OUT, path).says(
                format!(
                    "this folder is not read: the objects of {} are JSON files in that folder itself",
                    self.folder
                ),
                format!(
                    "move its files up into {}, or move the folder elsewhere",
                    self.folder
                ),
            )),
            Folders::Object(_) if name.to_str().is_none() => Found::LeftOut(self.not_utf8(&path)),
            Folders::Object(file) if files.has(path.join(file)) => Found::Object(path.join(file)),
            Folders::Object(file) => Found::LeftOut(Problem::warning(LEFT_OUT, path).says(
                format!("this folder is not read: it holds no {file}"),
                format!("put the object into {file}, or move the folder elsewhere"),
            )),
        }
    }

    fn not_utf8(&self, path: &Path) -> Problem {
        let mut problem = Problem::error("not_utf8", path).says(
            "the name is not UTF-8 text, so this is not read",
            "name it in UTF-8: the export may have been unpacked with another encoding",
        );
        problem.parts = self.kind.part().map(Part::nameless).into_iter().collect();
        problem
    }
}

fn file_left_out(path: &Path, name: &OsStr) -> Problem {
    if is_for_people(name) {
        let note = Problem::new(Severity::Note, LEFT_OUT, path);
        return note.says("is not read by postlogin", "nothing to do");
    }
    let what = if name == ".json" {
        "is not read: its name is an ending alone"
    } else {
        "is not read: its name does not end in .json"
    };
    Problem::warning(LEFT_OUT, path).says(
        what,
        "give the file a name that ends in .json if it holds an object, or move it elsewhere",
    )
}

/// Whether a name is that of an object's file. The deploy CLI reads a name that begins with a dot, too.
fn is_object(name: &OsStr) -> bool {
    let bytes = name.as_bytes();
    bytes.ends_with(b".json") && bytes != b".json" && !bytes.starts_with(b".#") && !bytes.starts_with(b"._")
}

/// Whether a name is that of a file which an editor, a version control or an operating system keeps for itself.
fn is_of_tools(name: &OsStr) -> bool {
    let bytes = name.as_bytes();
    let is_hidden = bytes.starts_with(b".") && bytes != b".json" && !is_object(name);
    is_hidden
        || bytes.ends_with(b"~")
        || (bytes.starts_with(b"#") && bytes.ends_with(b"#"))
        || TOOLS.contains(&bytes)
}

/// Whether a name is that of a text for people.
fn is_for_people(name: &OsStr) -> bool {
    let bytes = name.to_ascii_lowercase();
    let bytes = bytes.as_bytes();
    bytes.ends_with(b".md") || bytes.starts_with(b"readme") || bytes.starts_with(b"license")
}

const SCRIPTS: &[&str] = &["js", "cjs", "mjs", "ts"];
const TOOLS: &[&[u8]] = &[b"Thumbs.db", b"desktop.ini", b"node_modules"];

/// Code of the problem that a file or folder lies among the objects and is not read.
pub(super) const LEFT_OUT: &str = "left_out";
