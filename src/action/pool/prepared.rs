//! An Action made ready: what every run of it needs and none changes is made once.

use super::method_place::BareCode;
use crate::action::protocol::Code;
use crate::action::redaction::Search;
use crate::action::script::{MODULE, Script, ScriptModule};
use crate::tenant::MAX_SOURCE;
use openssl::sha::Sha256;
use std::borrow::Cow;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

/// An Action that is ready to run, as often as wanted and by many threads at once.
#[derive(Debug)]
pub struct Prepared {
    script: Script,
    unusable: Option<String>,
    hash: String,
    /// Stands for the Action, for its code that is in memory, for the folders of other code, and for what its modules
    /// hold.
    identity: String,
    /// Hashes of the script's modules, in its order.
    module_hashes: Vec<String>,
    /// Real path of the Action's folder.
    folder: Option<PathBuf>,
    /// Real path of the folder that holds `node_modules`.
    packages: Option<PathBuf>,
    /// Most runs leave nothing to search.
    search: OnceLock<Search>,
    bare_code: OnceLock<BareCode>,
}

impl Prepared {
    /// Makes `script` ready. Its folders are looked up now, the files in them when a run requires them.
    #[expect(clippy::disallowed_methods, reason = "an edge: folders are looked up here")]
    pub fn new(script: Script) -> Self {
        let real = |folder: &Option<PathBuf>| folder.as_deref()?.canonicalize().ok();
        let modules = script.modules.iter();
        let mut prepared = Self {
            unusable: unusable(&script),
            hash: hash(&script.file, &script.source),
            module_hashes: modules
                .map(|module| hash(&module_file(&module.name), &module.source))
                .collect(),
            identity: String::new(),
            folder: real(&script.folder),
            packages: real(&script.node_modules),
            search: OnceLock::new(),
            bare_code: OnceLock::new(),
            script,
        };
        prepared.identity = prepared.to_identity();
        prepared
    }

    /// The Action as it is deployed.
    pub fn script(&self) -> &Script {
        &self.script
    }

    /// Why its source is refused before any worker sees it.
    pub(super) fn unusable(&self) -> Option<&str> {
        self.unusable.as_deref()
    }

    /// The Action's own source.
    pub(super) fn main(&self) -> Code<'_> {
        Code {
            file: Cow::Borrowed(&self.script.file),
            hash: Cow::Borrowed(&self.hash),
            source: Some(Cow::Borrowed(&self.script.source)),
        }
    }

    /// The module that is required as `actions:<name>`, and its code.
    pub(super) fn module(&self, name: &str) -> Option<(&ScriptModule, Code<'_>)> {
        let modules = self.script.modules.iter().zip(&self.module_hashes);
        let mut named = modules.filter(|(module, _)| module.name == name);
        let (module, hash) = named.next()?;
        let code = Code {
            file: Cow::Owned(module_file(name)),
            hash: Cow::Borrowed(hash),
            source: Some(Cow::Borrowed(&module.source)),
        };
        Some((module, code))
    }

    pub(super) fn identity(&self) -> &str {
        &self.identity
    }

    fn to_identity(&self) -> String {
        let paths = [&self.folder, &self.packages].map(|path| format!("{path:?}"));
        let mut hash = Sha256::new();
        let texts = [&self.script.name, &self.hash].into_iter();
        for text in texts.chain(&self.module_hashes).chain(&paths) {
            hash.update(text.as_bytes());
            hash.update(&[0]);
        }
        let modules = self.script.modules.iter();
        for (name, secret) in modules.flat_map(|module| module.secrets.iter().flatten()) {
            hash.update(name.as_bytes());
            hash.update(&[0]);
            hash.update(secret.reveal().as_bytes());
            hash.update(&[0]);
        }
        hash.finish().map(|byte| format!("{byte:02x}")).concat()
    }

    pub(super) fn folder(&self) -> Option<&Path> {
        self.folder.as_deref()
    }

    pub(super) fn packages(&self) -> Option<&Path> {
        self.packages.as_deref()
    }

    /// Real paths of the folders that packages are looked for from: that of the Action, those of its modules, and the
    /// tenant's.
    pub(super) fn package_folders(&self) -> impl Iterator<Item = &Path> {
        let of_modules = self
            .script
            .modules
            .iter()
            .filter_map(|module| module.folder.as_deref());
        let folders = self.folder().into_iter().chain(of_modules);
        let root = self.packages();
        let inside = folders.filter(move |folder| root.is_some_and(|root| folder.starts_with(root)));
        inside.chain(root)
    }

    /// Finds the secrets of the Action and of its modules in a text.
    pub(super) fn search(&self) -> &Search {
        self.search.get_or_init(|| Search::of(self.script.all_secrets()))
    }

    /// The Action's own source without its comments and strings.
    pub(super) fn bare_code(&self) -> &BareCode {
        self.bare_code.get_or_init(|| BareCode::of(&self.script.source))
    }
}

fn module_file(name: &str) -> String {
    format!("{MODULE}{name}")
}

/// What a worker knows a source by: SHA-256 of file name and source, hexadecimal.
pub(super) fn hash(file: &str, source: &str) -> String {
    let mut hash = Sha256::new();
    hash.update(file.as_bytes());
    hash.update(&[0]);
    hash.update(source.as_bytes());
    hash.finish().map(|byte| format!("{byte:02x}")).concat()
}

fn unusable(script: &Script) -> Option<String> {
    let bytes = script.source.len();
    if bytes > MAX_SOURCE {
        return Some(format!(
            "Action '{}' is {bytes} bytes long; the limit is {MAX_SOURCE} bytes (100 kB)",
            script.name
        ));
    }
    let at = script.source.find('\0')?;
    let line = script.source[..at].matches('\n').count() + 1;
    Some(format!(
        "Action '{}' has a NUL character in line {line}; remove it",
        script.name
    ))
}
