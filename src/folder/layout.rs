//! The two forms of an export, the folder and the one file, as one list of entries.

use super::entry::{Entry, Kind};
use super::files::Files;
use super::form::Form;
use super::needs::Need;
use super::pages;
use super::shelf::{self, SHELVES};
use crate::json::JsonPath;
use crate::tenant::{Part, Problem, Severity};
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::rc::Rc;

/// Reads all entries of an export of this form.
pub(super) fn entries(form: &Form, files: &mut Files) -> Vec<Entry> {
    let entries = match form {
        Form::Folder => from_folders(files),
        Form::OneFile(file) => from_one_file(files, file),
    };
    for entry in &entries {
        let need = || Need {
            begins: entry.document.spot(&entry.path),
            parts: entry.parts(),
        };
        files.note_needs(&entry.document.file, need, &entry.value);
    }
    entries
}

fn from_folders(files: &mut Files) -> Vec<Entry> {
    let mut entries = Vec::new();
    let mut add = |files: &mut Files, kind: Kind, file: PathBuf| {
        let nameless = kind.part().map(Part::nameless).into_iter().collect();
        if let Some((document, value)) = files.whole(&file, nameless) {
            entries.push(Entry {
                kind,
                document,
                path: JsonPath::default(),
                value,
            });
        }
    };
    add(files, Kind::Tenant, PathBuf::from("tenant.json"));
    for shelf in SHELVES {
        for file in shelf::objects(shelf, files) {
            add(files, shelf.kind, file);
        }
    }
    add(files, Kind::Triggers, PathBuf::from("triggers/triggers.json"));
    for (name, _, kind) in PROTECTIONS {
        add(files, *kind, PathBuf::from(format!("attack-protection/{name}")));
    }
    shelf::report_beside_triggers(files);
    name_unknown(files);
    entries
}

fn from_one_file(files: &mut Files, file: &Path) -> Vec<Entry> {
    let Some((document, value)) = files.value(file) else {
        return Vec::new();
    };
    let Value::Object(members) = value else {
        if !value.is_null() {
            files.problems.push(Problem::error("wrong_type", file).says(
                "expected an object with members such as clients and actions",
                "start from an export of the deploy CLI",
            ));
        }
        return Vec::new();
    };
    let mut entries = Vec::new();
    for (member, mut value) in members {
        let path = JsonPath::default().key(&member);
        if member == "attackProtection" {
            for (_, name, kind) in PROTECTIONS {
                let protection = value.as_object_mut().and_then(|all| all.shift_remove(*name));
                entries.extend(protection.map(|value| Entry {
                    kind: *kind,
                    document: Rc::clone(&document),
                    path: path.key(name),
                    value,
                }));
            }
            files.leave(file, &value);
            continue;
        }
        let Some((_, kind)) = MEMBERS.iter().find(|(name, _)| *name == member) else {
            let known = MEMBERS.iter().map(|(name, _)| *name);
            let problem = match meant(&member, known) {
                Some(name) => Problem::warning("unknown_member", file).says(
                    format!("{member} is not read by postlogin"),
                    format!("did you mean {name}?"),
                ),
                None => Problem::new(Severity::Note, "unknown_member", file).says(
                    format!("{member} is not read by postlogin"),
                    "nothing to do, unless the name is a slip",
                ),
            };
            files.problems.push(document.locate(problem, &path));
            files.leave(file, &value);
            continue;
        };
        let entry = |path, value| Entry {
            kind: *kind,
            document: Rc::clone(&document),
            path,
            value,
        };
        match (kind, value) {
            (_, Value::Null) => {}
            (Kind::Tenant | Kind::Triggers, value) => entries.push(entry(path, value)),
            (_, Value::Array(items)) => entries.extend(
                items
                    .into_iter()
                    .enumerate()
                    .map(|(index, item)| entry(path.index(index), item)),
            ),
            _ => {
                let problem = Problem::error("wrong_type", file)
                    .says("expected an array", "write one list item for each object");
                files.problems.push(document.locate(problem, &path));
            }
        }
    }
    entries
}

/// Reports folders at the top that are not read, and files whose name is a slip.
fn name_unknown(files: &mut Files) {
    let folders = || {
        SHELVES.iter().map(|shelf| shelf.folder).chain([
            "attack-protection",
            pages::FOLDER,
            "triggers",
            "guardian",
            "node_modules",
        ])
    };
    for name in files.names(Path::new("")) {
        let shown = name.to_string_lossy().into_owned();
        if shown.starts_with('.') || folders().any(|folder| folder == shown) {
            continue;
        }
        let is_folder = files.is_folder(Path::new(&name));
        let slip = if is_folder {
            meant(&shown, folders())
        } else {
            shown
                .strip_suffix(".json")
                .filter(|stem| !["tenant", "users"].contains(stem))
                .and_then(|stem| meant(stem, ["tenant", "users"].into_iter()))
        };
        let problem = match slip {
            Some(name) if is_folder => Problem::warning("unknown_folder", &shown).says(
                "this folder is not read by postlogin",
                format!("did you mean {name}?"),
            ),
            Some(name) => Problem::warning(shelf::LEFT_OUT, &shown).says(
                "this file is not read by postlogin",
                format!("did you mean {name}.json?"),
            ),
            None if is_folder => Problem::new(Severity::Note, "unknown_folder", &shown).says(
                "this folder is not read by postlogin",
                "nothing to do, unless the name is a slip",
            ),
            None => continue,
        };
        files.problems.push(problem);
    }
}

/// The name of `known` that differs from `name` in its case, in marks between words, or in a plural.
fn meant<'k>(name: &str, mut known: impl Iterator<Item = &'k str>) -> Option<&'k str> {
    let bare = |name: &str| {
        let letters = name.chars().filter(char::is_ascii_alphanumeric);
        let letters: String = letters.map(|letter| letter.to_ascii_lowercase()).collect();
        letters.trim_end_matches('s').to_owned()
    };
    let asked = bare(name);
    known.find(|known| bare(known) == asked)
}

/// What protects logins: the file of a folder, and the member of the one file.
const PROTECTIONS: &[(&str, &str, Kind)] = &[
    (
        "brute-force-protection.json",
        "bruteForceProtection",
        Kind::BruteForceProtection,
    ),
    (
        "suspicious-ip-throttling.json",
        "suspiciousIpThrottling",
        Kind::IpThrottling,
    ),
];

const MEMBERS: &[(&str, Kind)] = &[
    ("tenant", Kind::Tenant),
    ("clients", Kind::Client),
    ("resourceServers", Kind::ResourceServer),
    ("actions", Kind::Action),
    ("actionModules", Kind::ActionModule),
    ("connections", Kind::Connection),
    ("databases", Kind::Connection),
    ("organizations", Kind::Organization),
    ("roles", Kind::Role),
    ("guardianFactors", Kind::Factor),
    ("clientGrants", Kind::Grant),
    ("rules", Kind::Rule),
    ("hooks", Kind::Hook),
    ("triggers", Kind::Triggers),
];
