//! Which of its two forms an export has: a folder with a file for each object, or one file.
//!
//! As with the deploy CLI, what is given decides: a folder that holds objects is read as a folder, a file that is
//! named is read as that file. A folder that holds one file alone is read as that file.

use super::document::is_yaml;
use super::files::Files;
use super::shelf::{SHELVES, holds_objects};
use crate::disk::{self, Limit};
use crate::tenant::Problem;
use std::path::{Path, PathBuf};

/// The form of an export.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Form {
    /// A file for each object.
    #[default]
    Folder,
    /// One file, which is relative to the tenant folder.
    OneFile(PathBuf),
}

/// What is given as the tenant.
pub(super) struct Given {
    /// The tenant folder; files beside the export are read here.
    pub folder: PathBuf,
    /// The one file, where a file is named.
    pub file: Option<PathBuf>,
}

impl Given {
    /// A path that ends as YAML does and is no folder names the one file.
    pub(super) fn of(path: &Path) -> Self {
        let is_folder = matches!(disk::kind(path), Ok(Some(disk::Kind::Folder)));
        let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty());
        match path.file_name() {
            Some(name) if is_yaml(path) && !is_folder => Self {
                folder: parent.unwrap_or(Path::new(".")).to_owned(),
                file: Some(PathBuf::from(name)),
            },
            _ => Self {
                folder: path.to_owned(),
                file: None,
            },
        }
    }
}

/// The form of the export; what is not read for it is reported.
pub(super) fn form(named: Option<PathBuf>, files: &mut Files) -> Form {
    if let Some(file) = named {
        return Form::OneFile(file);
    }
    let mut present = ONE_FILES.into_iter().filter(|name| files.has(name));
    let Some(one_file) = present.next() else {
        return Form::Folder;
    };
    let other = present.next();
    let of_folder = of_folder_form(files);
    if !of_folder.is_empty() {
        let problem = Problem::warning(TWO_FORMS, one_file).says(
            format!(
                "{one_file} is not read, because the folder form of an export is there too: {}",
                of_folder.join(", ")
            ),
            format!(
                "remove the form that is out of date; to use {one_file}, name the file itself as the tenant"
            ),
        );
        files.problems.push(problem);
        return Form::Folder;
    }
    if let Some(other) = other {
        let problem = Problem::warning(TWO_FORMS, other).says(
            format!("{other} is not read, because {one_file} is there too"),
            format!("remove one of the two; to use {other}, name the file itself as the tenant"),
        );
        files.problems.push(problem);
    }
    Form::OneFile(PathBuf::from(one_file))
}

/// Reports a folder that is no tenant, with the tenants that are below it.
pub(super) fn report_no_tenant(files: &mut Files) {
    let beside = ["users.json", "postlogin.toml"];
    let is_there = |name: &&str| files.has(name);
    if ONE_FILES.iter().chain(&beside).any(is_there) || !of_folder_form(files).is_empty() {
        return;
    }
    let below = tenants_below(files.root);
    let has_shelf = SHELVES.iter().any(|shelf| files.has(shelf.folder)) || files.has("triggers");
    if has_shelf && below.is_empty() {
        return;
    }
    let help = match below.as_slice() {
        [] => "name the folder that holds tenant.json or tenant.yaml, or the YAML file itself, or export one with the \
               deploy CLI"
            .to_owned(),
        [one] => format!("name {one}, which looks like a tenant"),
        several => format!("name one of these, which look like tenants: {}", several.join(", ")),
    };
    let problem = Problem::error("not_a_tenant", ".").says(
        "this folder holds nothing of a tenant: no tenant.json, no tenant.yaml, no objects in folders such as clients, \
         actions or triggers",
        help,
    );
    files.problems.push(problem);
}

/// What holds objects of the folder form.
fn of_folder_form(files: &Files) -> Vec<&'static str> {
    let files_of_form = ["tenant.json", "triggers/triggers.json"];
    let single = files_of_form.into_iter().filter(|file| files.has(file));
    let shelves = SHELVES.iter().filter(|shelf| holds_objects(shelf, files));
    single.chain(shelves.map(|shelf| shelf.folder)).collect()
}

/// Paths of what looks like a tenant in the folders below `root`, two levels deep, in name order.
fn tenants_below(root: &Path) -> Vec<String> {
    let mut found = Vec::new();
    collect(root, root, 2, &mut found);
    found
}

fn collect(root: &Path, folder: &Path, levels: u8, found: &mut Vec<String>) {
    for name in disk::names(folder).ok().flatten().unwrap_or_default() {
        let is_meant = name
            .to_str()
            .is_some_and(|name| !name.starts_with('.') && name != "node_modules");
        let path = folder.join(&name);
        if !is_meant || found.len() == MAX_CANDIDATES {
            continue;
        }
        let shown = path.strip_prefix(root).unwrap_or(&path).display().to_string();
        match disk::kind(&path) {
            Ok(Some(disk::Kind::Folder)) if looks_like_tenant(&path) => found.push(shown),
            Ok(Some(disk::Kind::Folder)) if levels > 1 => collect(root, &path, levels - 1, found),
            Ok(Some(disk::Kind::File)) if is_yaml(&path) && is_export(&path) => found.push(shown),
            _ => {}
        }
    }
}

fn looks_like_tenant(folder: &Path) -> bool {
    let files = ONE_FILES
        .into_iter()
        .chain(["tenant.json", "triggers/triggers.json"]);
    let is_file = |name: &str| matches!(disk::kind(&folder.join(name)), Ok(Some(disk::Kind::File)));
    files.into_iter().any(is_file)
}

/// Whether a YAML file of another name has members of the one-file form.
fn is_export(file: &Path) -> bool {
    let text = disk::text(file, Limit::File).ok().flatten().unwrap_or_default();
    let members = ["tenant:", "clients:", "actions:", "resourceServers:"];
    let count = members
        .iter()
        .filter(|member| text.lines().any(|line| line.starts_with(**member)));
    count.count() >= 2
}

const ONE_FILES: [&str; 2] = ["tenant.yaml", "tenant.yml"];
/// Code of the warning that both forms are there.
pub(super) const TWO_FORMS: &str = "two_layouts";
const MAX_CANDIDATES: usize = 10;
