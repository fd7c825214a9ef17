//! The files of an Action by the paths that Node.js has for them, and by the names that people have.

use crate::action::pool::prepared::Prepared;
use std::path::Path;

/// How paths and names of one Action's files belong together.
#[derive(Clone, Debug)]
pub(super) struct Names {
    /// Real path of the Action's folder, and the folder as errors name it.
    folder: Option<(String, String)>,
    /// Real path of the folder with `node_modules`; where there is none, a path that is nowhere.
    root: String,
    has_packages: bool,
    /// Path of the main file.
    main: String,
}

/// The folder of files that have none.
const NOWHERE: &str = "/postlogin";

impl Names {
    /// The names of this Action's files.
    pub fn of(action: &Prepared) -> Self {
        let file = &action.script().file;
        let text = |path: &Path| path.to_str().map(str::to_owned);
        let packages = action.packages().and_then(text);
        let (shown, name) = file.rsplit_once('/').unwrap_or(("", file));
        let folder = action.folder().and_then(text);
        let folder = folder.map(|folder| (folder, shown.to_owned()));
        let has_packages = packages.is_some();
        let root = packages.unwrap_or_else(|| NOWHERE.to_owned());
        let main = match &folder {
            Some((folder, _)) => format!("{folder}/{name}"),
            None => format!("{root}/{}", file.trim_start_matches('/')),
        };
        Self {
            folder,
            root,
            has_packages,
            main,
        }
    }

    /// Path of the main file.
    pub fn main(&self) -> &str {
        &self.main
    }

    /// Real path of the Action's folder.
    pub fn folder(&self) -> Option<&str> {
        self.folder.as_ref().map(|(folder, _)| folder.as_str())
    }

    /// Real path of the folder with `node_modules`.
    pub fn packages(&self) -> Option<&str> {
        self.has_packages.then_some(&self.root)
    }

    /// The path of a source that is in memory, by its name.
    pub fn in_memory(&self, file: &str) -> String {
        format!("{}/{file}", self.root)
    }

    /// The name of a file by its path or URL; none for files that are not the Action's.
    pub fn shown(&self, path: &str) -> Option<String> {
        let path = path.strip_prefix(URL).unwrap_or(path);
        if let Some((folder, shown)) = &self.folder
            && let Some(inner) = below(path, folder)
        {
            return Some(match shown.as_str() {
                "" => inner.to_owned(),
                shown => format!("{shown}/{inner}"),
            });
        }
        below(path, &self.root).map(str::to_owned)
    }

    /// A text with names in the place of paths, and without frames of the bridge.
    pub fn shown_in(&self, mut text: String) -> String {
        if text.contains(BRIDGE) {
            let is_of_bridge = |line: &str| line.trim_start().starts_with("at ") && line.contains(BRIDGE);
            let lines = text.split('\n').filter(|line| !is_of_bridge(line));
            text = lines.collect::<Vec<_>>().join("\n");
        }
        if !text.contains(&self.root) && self.folder().is_none_or(|folder| !text.contains(folder)) {
            return text;
        }
        let mut text = text.replace(URL, "");
        if let Some((folder, shown)) = &self.folder {
            let shown = if shown.is_empty() {
                String::new()
            } else {
                format!("{shown}/")
            };
            text = text.replace(&format!("{folder}/"), &shown);
        }
        text.replace(&format!("{}/", self.root), "")
    }
}

fn below<'a>(path: &'a str, folder: &str) -> Option<&'a str> {
    path.strip_prefix(folder)?.strip_prefix('/')
}

/// How the names of the bridge's own sources begin.
const BRIDGE: &str = "postlogin:";
const URL: &str = "file://";
