//! `require`, the part that touches files: done by the pool, because a worker can open none.
//!
//! Relative paths may not leave the Action's folder, packages come from `node_modules` of the tenant and of the folder
//! of the Action or module that asks, and both are judged after symbolic links are resolved. Only `.js`, `.cjs` and `.json` files are
//! handed out, and of the Action's own none that a dot hides or that lies with a tenant's settings. The
//! order of lookup is Node's (CommonJS): `exports`, then `main`, then `index.js`.

#![expect(clippy::disallowed_methods, reason = "what `require` asks for is read here")]

mod files;
mod package;

pub(super) use files::Files;

use super::prepared::{Prepared, hash};
use crate::action::protocol::{Code, Module, Whose};
use crate::action::replacements::Replacements;
use crate::action::script::MODULE;
use crate::disk;
use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::fs;
use std::path::{Component, Path, PathBuf};

/// The modules that one run may reach.
#[derive(Debug)]
pub(super) struct Modules<'a> {
    action: &'a Prepared,
    files: &'a Files,
    replacements: Option<&'a Replacements>,
    /// Canonical path of every file that was handed out, by its name in errors.
    places: HashMap<String, (PathBuf, Whose)>,
}

/// Largest file of a package.
const MAX_FILE: u64 = 4 << 20;

impl<'a> Modules<'a> {
    pub fn new(action: &'a Prepared, files: &'a Files, replacements: Option<&'a Replacements>) -> Self {
        let file = &action.script().file;
        let main = action.folder().map(|folder| {
            let place = (folder.join("code.js"), Whose::Own);
            (file.clone(), place)
        });
        Self {
            action,
            files,
            replacements,
            places: main.into_iter().collect(),
        }
    }

    /// What `require(specifier)` in the module `from` gets; a package's source only where its hash is not
    /// `known`.
    pub fn find(&mut self, specifier: &str, from: &str, known: &HashSet<String>) -> Module<'a> {
        self.resolve(specifier, from, known)
            .unwrap_or_else(|message| Module::Missing { message })
    }

    /// The names in errors of the main file, of the Action's modules and of every file that was handed out.
    pub fn names(&self) -> Vec<String> {
        let script = self.action.script();
        let modules = script
            .modules
            .iter()
            .map(|module| format!("{MODULE}{}", module.name));
        let replacements = self.replacements.into_iter().flat_map(Replacements::files);
        let main = [script.file.clone()];
        main.into_iter()
            .chain(modules)
            .chain(replacements.map(str::to_owned))
            .chain(self.places.keys().cloned())
            .collect()
    }

    /// The source of one of [`Modules::names`], as it is now.
    pub fn source(&self, file: &str) -> Option<Cow<'a, str>> {
        if file == self.action.script().file {
            return self.action.main().source;
        }
        if let Some(name) = file.strip_prefix(MODULE) {
            return self.action.module(name)?.1.source;
        }
        if let Some(replacement) = self.replacements.and_then(|all| all.in_file(file)) {
            return Some(Cow::Borrowed(replacement.source()));
        }
        let (path, _) = self.places.get(file)?;
        fs::read_to_string(path).ok().map(Cow::Owned)
    }

    /// Has a file that an engine has read by itself among the sources, if an Action may read it.
    pub fn seen(&mut self, file: &str, path: &str) {
        if self.places.contains_key(file) {
            return;
        }
        let path = Path::new(path);
        let (whose, real) = if path.components().any(|part| part.as_os_str() == "node_modules") {
            let folder = path.parent().unwrap_or(path);
            (Whose::Package, self.package_file(path, folder, file))
        } else {
            (Whose::Own, self.own_file(path, file))
        };
        if let Ok(real) = real {
            self.places.insert(file.to_owned(), (real, whose));
        }
    }

    fn resolve(
        &mut self,
        specifier: &str,
        from: &str,
        known: &HashSet<String>,
    ) -> Result<Module<'a>, String> {
        let name = specifier.strip_prefix("node:").unwrap_or(specifier);
        if let Some(replacement) = self.replacements.and_then(|all| all.take(name)) {
            let (file, source) = (replacement.file(), replacement.source());
            let code = Code {
                file: Cow::Borrowed(file),
                hash: Cow::Owned(hash(file, source)),
                source: Some(Cow::Borrowed(source)),
            };
            return Ok(Module::Script {
                code,
                whose: Whose::Own,
            });
        }
        if let Some(name) = specifier.strip_prefix(MODULE) {
            let (module, code) = self
                .action
                .module(name)
                .ok_or_else(|| format!("there is no module 'actions:{name}' among this Action's modules"))?;
            if let Err(missing) = &module.secrets {
                return Err(missing.to_string());
            }
            return Ok(Module::Script {
                code,
                whose: Whose::Own,
            });
        }
        let (file, whose) = if is_path(specifier) {
            self.relative(specifier, from)?
        } else {
            (self.package(specifier, from)?, Whose::Package)
        };
        self.read(file, whose, specifier, known)
    }

    /// A path, resolved against the module that asks.
    fn relative(&self, specifier: &str, from: &str) -> Result<(PathBuf, Whose), String> {
        let nowhere = || {
            format!(
                "cannot find module '{specifier}' from '{from}': paths are read only where the Action's code has a \
                 folder of its own, such as actions/<name>/code.js"
            )
        };
        let (place, whose) = self.places.get(from).ok_or_else(nowhere)?;
        let folder = place.parent().ok_or_else(nowhere)?;
        let found = package::file(&folder.join(specifier))?
            .ok_or_else(|| format!("cannot find module '{specifier}' from '{from}'"))?;
        let file = match whose {
            Whose::Own => self.own_file(&found, specifier),
            Whose::Package => self.package_file(&found, folder, specifier),
        };
        file.map(|file| (file, *whose))
    }

    /// A package, looked up from the module that asks towards the tenant's root.
    fn package(&self, specifier: &str, from: &str) -> Result<PathBuf, String> {
        let missing = || {
            format!(
                "cannot find module '{specifier}': it is not one of the modules available in Actions, and not \
                 a package in the tenant's node_modules"
            )
        };
        let root = self.action.packages().ok_or_else(missing)?;
        let start = self.start(from).filter(|folder| folder.starts_with(root));
        let start = start.unwrap_or(root);
        if specifier.starts_with('#') {
            return self.package_file(&package::import(start, root, specifier)?, start, specifier);
        }
        let (name, subpath) = package::split(specifier).ok_or_else(missing)?;
        for folder in around(start, root) {
            let package = folder.join("node_modules").join(name);
            if folder.ends_with("node_modules") || !package::is_folder(&package)? {
                continue;
            }
            return self.package_file(&package::entry(&package, subpath)?, start, specifier);
        }
        Err(missing())
    }

    /// The folder of the module that asks.
    fn start(&self, from: &str) -> Option<&Path> {
        match from.strip_prefix(MODULE) {
            Some(name) => self.action.module(name)?.0.folder.as_deref(),
            None => self.places.get(from)?.0.parent(),
        }
    }

    /// The real path of a file of the Action's own, if it may be read.
    fn own_file(&self, file: &Path, specifier: &str) -> Result<PathBuf, String> {
        let real = real(file, specifier)?;
        let outside = || format!("module '{specifier}' is outside the Action's folder");
        let outer = self.action.folder().ok_or_else(outside)?;
        let inner = real.strip_prefix(outer).map_err(|_| outside())?;
        if is_hidden(inner) || with_settings(&real, outer) {
            return Err(format!("module '{specifier}' is not the Action's own"));
        }
        Ok(real)
    }

    /// The real path of a file of a package, if it lies where the module in the folder `start` looks for packages.
    fn package_file(&self, file: &Path, start: &Path, specifier: &str) -> Result<PathBuf, String> {
        let real = real(file, specifier)?;
        let root = self.action.packages().unwrap_or(start);
        let is_inside = around(start, root).any(|folder| real.starts_with(folder.join("node_modules")));
        is_inside
            .then_some(real)
            .ok_or_else(|| format!("module '{specifier}' is outside the tenant's node_modules"))
    }

    fn read(
        &mut self,
        path: PathBuf,
        whose: Whose,
        specifier: &str,
        known: &HashSet<String>,
    ) -> Result<Module<'a>, String> {
        let extension = path.extension().and_then(|extension| extension.to_str());
        match extension {
            Some("js" | "cjs" | "json") => {}
            Some("node") => {
                return Err(format!(
                    "module '{specifier}' is native code, which Actions cannot load"
                ));
            }
            Some("mjs") => return Ok(es_module(specifier)),
            Some("ts" | "cts" | "mts") => return Ok(typescript(specifier)),
            _ => return Err(format!("module '{specifier}' is no .js, .cjs or .json file")),
        }
        let unreadable = |error| format!("cannot read module '{specifier}': {error}");
        let metadata = fs::metadata(&path).map_err(unreadable)?;
        let size = metadata.len();
        if size > MAX_FILE {
            return Err(format!(
                "module '{specifier}' is {size} bytes long; the limit is {MAX_FILE} bytes"
            ));
        }
        let file = self.shown(&path, whose);
        if extension == Some("json") {
            let text = fs::read_to_string(&path).map_err(unreadable)?;
            return Ok(Module::Json { file, text });
        }
        if extension == Some("js") && package::is_module(&path)? {
            return Ok(es_module(specifier));
        }
        let code = self.files.code(&path, &metadata, &file, known);
        let code = code.map_err(unreadable)?;
        self.places.insert(file, (path, whose));
        Ok(Module::Script { code, whose })
    }

    /// The name of a file in errors.
    fn shown(&self, path: &Path, whose: Whose) -> String {
        let outer = match whose {
            Whose::Own => self.action.folder(),
            Whose::Package => self.action.packages(),
        };
        let inner = outer
            .and_then(|outer| path.strip_prefix(outer).ok())
            .unwrap_or(path);
        let inner = inner.to_string_lossy();
        match (whose, self.action.script().file.rsplit_once('/')) {
            (Whose::Own, Some((folder, _))) => format!("{folder}/{inner}"),
            _ => inner.into_owned(),
        }
    }
}

fn real(file: &Path, specifier: &str) -> Result<PathBuf, String> {
    file.canonicalize()
        .map_err(|error| format!("cannot read module '{specifier}': {error}"))
}

/// The folder and those around it, up to `root`.
fn around<'p>(folder: &'p Path, root: &'p Path) -> impl Iterator<Item = &'p Path> {
    folder
        .ancestors()
        .take_while(move |folder| folder.starts_with(root))
}

fn es_module(specifier: &str) -> Module<'static> {
    Module::Beyond {
        what: format!("the ES module '{specifier}'"),
        message: format!("module '{specifier}' is an ES module; Actions can require CommonJS only"),
    }
}

fn typescript(specifier: &str) -> Module<'static> {
    Module::Beyond {
        what: format!("the TypeScript module '{specifier}'"),
        message: format!(
            "module '{specifier}' is TypeScript; compile it to JavaScript, with tsc for example"
        ),
    }
}

/// Whether a name on the way begins with a dot.
fn is_hidden(inner: &Path) -> bool {
    inner.iter().any(|name| name.to_string_lossy().starts_with('.'))
}

/// Whether a folder from that of `file` up to `outer` is a tenant's: its files are not for Actions.
fn with_settings(file: &Path, outer: &Path) -> bool {
    file.ancestors()
        .skip(1)
        .take_while(|folder| folder.starts_with(outer))
        .any(|folder| SETTINGS.iter().any(|name| disk::is_there(&folder.join(name))))
}

/// Files that make a folder a tenant's.
const SETTINGS: [&str; 4] = ["postlogin.toml", "secrets.env", "tenant.json", "tenant.yaml"];

fn is_path(specifier: &str) -> bool {
    matches!(
        Path::new(specifier).components().next(),
        Some(Component::CurDir | Component::ParentDir | Component::RootDir)
    )
}
