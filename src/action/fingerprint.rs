//! The code that is an Action's own: whether it is still the same, and which modules it names.

#![expect(clippy::disallowed_methods, reason = "an Action's own code is read here")]

use super::script::{MODULE, Script, ScriptModule};
use crate::tenant::MissingSecret;
use openssl::sha::{Sha256, sha256};
use std::collections::{BTreeMap, VecDeque};
use std::fs;
use std::path::{Path, PathBuf};

/// What lies in the folder of an Action's code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Folder {
    /// This Action's code alone, as in `actions/<name>/`: all of it counts.
    Own,
    /// Other things, too: the files count that the Action's code names in `'./...'` or `'../...'`.
    Shared,
}

impl Script {
    /// Stands for the Action's code: its source, the first-party modules that its code names, and the files of its
    /// folder that `require` hands out. Packages, secrets and the place of the folder are not part of it.
    pub fn fingerprint(&self, folder: Folder) -> String {
        let mut hash = Sha256::new();
        let mut update = |place: &str, text: &[u8]| {
            hash.update(place.as_bytes());
            hash.update(&[0]);
            hash.update(&sha256(text));
        };
        update("", self.source.as_bytes());
        let texts = self.own_texts(folder);
        for (place, text) in &texts {
            update(place, text.as_bytes());
        }
        let hex = hash.finish().map(|byte| format!("{byte:02x}"));
        hex.concat()
    }

    /// The first secret without a value among those of the modules that the Action's code names.
    pub fn missing_secret(&self, folder: Folder) -> Option<&MissingSecret> {
        let lacks = |module: &ScriptModule| module.secrets.is_err();
        if !self.modules.iter().any(lacks) {
            return None;
        }
        let texts = self.own_texts(folder);
        let mut named = self
            .modules
            .iter()
            .filter(|module| texts.contains_key(&format!("{MODULE}{}", module.name)));
        named.find_map(|module| module.secrets.as_ref().err())
    }

    /// Everything but the main source, by a name that does not depend on where the folder is.
    fn own_texts(&self, folder: Folder) -> BTreeMap<String, String> {
        let root = self.folder.as_deref().and_then(|root| root.canonicalize().ok());
        let mut texts: BTreeMap<String, String> = BTreeMap::new();
        // Each text with the folder that its relative names start from.
        let mut unread = VecDeque::from([(root.clone(), self.source.to_string())]);
        if let (Folder::Own, Some(root)) = (folder, &root) {
            for path in files_below(root) {
                add(root, &path, &mut texts, &mut unread);
            }
        }
        while let Some((from, text)) = unread.pop_front() {
            for module in &self.modules {
                let place = format!("{MODULE}{}", module.name);
                if text.contains(&place) && !texts.contains_key(&place) {
                    texts.insert(place, module.source.to_string());
                    unread.push_back((None, module.source.to_string()));
                }
            }
            let (Some(from), Some(root)) = (from, &root) else {
                continue;
            };
            for name in relative_names(&text) {
                for path in candidates(&from.join(name)) {
                    add(root, &path, &mut texts, &mut unread);
                }
            }
        }
        texts
    }
}

/// Reads `path` where it is a file below `root` that `require` would hand out.
fn add(
    root: &Path,
    path: &Path,
    texts: &mut BTreeMap<String, String>,
    unread: &mut VecDeque<(Option<PathBuf>, String)>,
) {
    let Ok(real) = path.canonicalize() else {
        return;
    };
    let Ok(inner) = real.strip_prefix(root) else {
        return;
    };
    let place = format!("./{}", inner.display());
    let is_new = is_code(&real) && !texts.contains_key(&place) && texts.len() < MAX_FILES;
    let fits = fs::metadata(&real).is_ok_and(|file| file.is_file() && file.len() <= MAX_FILE);
    if !is_new || !fits {
        return;
    }
    if let Ok(text) = fs::read_to_string(&real) {
        texts.insert(place, text.clone());
        unread.push_back((real.parent().map(Path::to_owned), text));
    }
}

/// What stands in quotes and begins with `./` or `../`.
fn relative_names(text: &str) -> Vec<&str> {
    let mut names = Vec::new();
    for quote in ['\'', '"', '`'] {
        for start in ["./", "../"] {
            let opened = format!("{quote}{start}");
            for (at, _) in text.match_indices(&opened) {
                let inner = &text[at + quote.len_utf8()..];
                if let Some(end) = inner.find([quote, '\n']) {
                    names.push(&inner[..end]);
                }
            }
        }
    }
    names
}

/// The files that a relative name may mean.
fn candidates(path: &Path) -> Vec<PathBuf> {
    let with = |end: &str| {
        let mut name = path.as_os_str().to_owned();
        name.push(end);
        PathBuf::from(name)
    };
    let ends = ["", ".js", ".json", "/index.js", "/index.json", "/package.json"];
    ends.into_iter().map(with).collect()
}

/// The files below a folder; links, hidden ones and packages are left out.
fn files_below(root: &Path) -> Vec<PathBuf> {
    let mut folders = vec![root.to_owned()];
    let mut files = Vec::new();
    while let Some(folder) = folders.pop() {
        let entries = fs::read_dir(folder).into_iter().flatten().flatten();
        for entry in entries.filter(|entry| !entry.file_name().to_string_lossy().starts_with('.')) {
            match entry.file_type() {
                Ok(kind) if kind.is_dir() && entry.file_name() != "node_modules" => {
                    folders.push(entry.path());
                }
                Ok(kind) if kind.is_file() && is_code(&entry.path()) => files.push(entry.path()),
                _ => {}
            }
        }
        if files.len() >= MAX_FILES {
            break;
        }
    }
    files.sort();
    files
}

fn is_code(path: &Path) -> bool {
    let extension = path.extension().and_then(|extension| extension.to_str());
    matches!(extension, Some("cjs" | "js" | "json"))
}

const MAX_FILES: usize = 1_000;
/// The same as `require`'s.
const MAX_FILE: u64 = 4 << 20;

#[cfg(test)]
mod tests {
    use super::*;

    fn script(folder: &Path, source: &str) -> Script {
        Script {
            name: "step".to_owned(),
            source: source.into(),
            file: "actions/step/code.js".to_owned(),
            folder: Some(folder.to_owned()),
            modules: vec![
                ScriptModule::new("used", "require('actions:inner')"),
                ScriptModule::new("inner", "1"),
                ScriptModule::new("other", "1"),
            ],
            ..Script::default()
        }
    }

    const SOURCE: &str = "require('./lib/a'); require('actions:used')";

    #[test]
    fn every_text_of_an_action_counts_and_no_other() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
        fs::create_dir(folder.path().join("lib")).unwrap();
        write("lib/a.js", "require(\"../b.json\")");
        write("b.json", "{}");
        write("unnamed.js", "1");
        let hashes = |script: &Script| [Folder::Own, Folder::Shared].map(|kind| script.fingerprint(kind));
        let step = script(folder.path(), SOURCE);
        let before = hashes(&step);
        assert_eq!(hashes(&step), before);
        let mut renamed = script(folder.path(), SOURCE);
        renamed.file = "other/place.js".to_owned();
        renamed.modules[2].source = "2".into();
        assert_eq!(hashes(&renamed), before);

        let mut inner = script(folder.path(), SOURCE);
        inner.modules[1].source = "2".into();
        let source = script(folder.path(), &format!("{SOURCE};"));
        for changed in [inner, source] {
            let after = hashes(&changed);
            assert!(after[0] != before[0] && after[1] != before[1]);
        }
        for (name, text) in [("lib/a.js", "require('../b.json')"), ("b.json", "[]")] {
            let former = hashes(&step);
            write(name, text);
            let after = hashes(&step);
            assert!(after[0] != former[0] && after[1] != former[1], "{name}");
        }
        let former = hashes(&step);
        write("unnamed.js", "2");
        let after = hashes(&step);
        assert_ne!(after[0], former[0]);
        assert_eq!(after[1], former[1]);
    }

    #[test]
    fn no_file_outside_the_folder_is_read() {
        let outer = tempfile::tempdir().unwrap();
        let folder = outer.path().join("step");
        fs::create_dir(&folder).unwrap();
        fs::write(outer.path().join("secret.json"), "1").unwrap();
        let step = script(&folder, "require('../secret.json')");
        let before = step.fingerprint(Folder::Shared);
        fs::write(outer.path().join("secret.json"), "2").unwrap();
        assert_eq!(step.fingerprint(Folder::Shared), before);
    }
}
