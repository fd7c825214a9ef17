//! The two layouts of an export, the folder and `tenant.yaml`, as one list of entries.

use super::entry::{Entry, Kind};
use super::files::Files;
use crate::json::JsonPath;
use crate::tenant::{Problem, Severity};
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::rc::Rc;

/// Reads all entries of the folder, in whichever layout it has.
pub(super) fn entries(files: &mut Files) -> Vec<Entry> {
    let one_file = ["tenant.yaml", "tenant.yml"]
        .into_iter()
        .find(|name| files.has(name));
    let Some(one_file) = one_file else {
        return from_folders(files);
    };
    let shadowed: Vec<_> = std::iter::once("tenant.json")
        .chain(FOLDERS.iter().map(|(folder, _)| *folder))
        .filter(|name| *name != "actions" && *name != "action-modules" && files.has(name))
        .collect();
    if !shadowed.is_empty() {
        files
            .problems
            .push(Problem::warning("two_layouts", one_file).says(
                format!("{one_file} is read, so {} are not", shadowed.join(", ")),
                format!("keep one of the two layouts: remove {one_file} or the others"),
            ));
    }
    from_one_file(files, Path::new(one_file))
}

/// Whether the folder holds anything of a tenant.
pub(super) fn is_tenant(files: &Files) -> bool {
    [
        "tenant.yaml",
        "tenant.yml",
        "tenant.json",
        "triggers",
        "users.json",
        "postlogin.toml",
    ]
    .iter()
    .chain(FOLDERS.iter().map(|(folder, _)| folder))
    .any(|name| files.has(name))
}

fn from_folders(files: &mut Files) -> Vec<Entry> {
    let mut entries = Vec::new();
    let mut add = |files: &mut Files, kind, file: PathBuf| {
        if let Some((document, value)) = files.value(&file) {
            entries.push(Entry {
                kind,
                document,
                path: JsonPath::default(),
                value,
            });
        }
    };
    add(files, Kind::Tenant, PathBuf::from("tenant.json"));
    for (folder, kind) in FOLDERS {
        for name in files.names(Path::new(folder)) {
            let path = Path::new(folder).join(&name);
            if Path::new(&name)
                .extension()
                .is_some_and(|ending| ending == "json")
            {
                add(files, *kind, path);
            } else if *folder == "database-connections" && files.has_folder(&path) {
                add(files, *kind, path.join("database.json"));
            }
        }
    }
    add(files, Kind::Triggers, PathBuf::from("triggers/triggers.json"));
    name_unknown_folders(files);
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
    for (member, value) in members {
        let path = JsonPath::default().key(&member);
        let Some((_, kind)) = MEMBERS.iter().find(|(name, _)| *name == member) else {
            let note = Problem::new(Severity::Note, "unknown_member", file).says(
                format!("{member} is not read by postlogin"),
                "nothing to do, unless the name is a slip",
            );
            files.problems.push(document.locate(note, &path));
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

#[expect(clippy::disallowed_methods, reason = "the tenant folder is read here")]
fn name_unknown_folders(files: &mut Files) {
    for name in files.names(Path::new("")) {
        let shown = name.to_string_lossy();
        let is_known = FOLDERS.iter().any(|(folder, _)| *folder == shown)
            || shown == "triggers"
            || shown == "guardian"
            || shown.starts_with('.')
            // Of what is not read, it does not matter whether it could be.
            || !files.root.join(&name).is_dir();
        if !is_known {
            files
                .problems
                .push(Problem::new(Severity::Note, "unknown_folder", &name).says(
                    "this folder is not read by postlogin",
                    "nothing to do, unless the name is a slip",
                ));
        }
    }
}

const FOLDERS: &[(&str, Kind)] = &[
    ("clients", Kind::Client),
    ("resource-servers", Kind::ResourceServer),
    ("actions", Kind::Action),
    ("action-modules", Kind::ActionModule),
    ("connections", Kind::Connection),
    ("database-connections", Kind::Connection),
    ("organizations", Kind::Organization),
    ("roles", Kind::Role),
    ("guardian-factors", Kind::Factor),
    ("guardian/factors", Kind::Factor),
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
    ("triggers", Kind::Triggers),
];
