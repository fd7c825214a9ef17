//! npm, as a program that is run in a folder. No script of a package is ever run.

#![expect(
    clippy::disallowed_methods,
    reason = "the edge: npm is a program, and packages are put into place here"
)]

use super::super::output::tell;
use super::super::trouble::Trouble;
use super::plan::Step;
use crate::disk;
use crate::tenant::Package;
use std::env;
use std::ffi::OsString;
use std::fs;
use std::io::{self, BufRead as _, BufReader, ErrorKind};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// npm.
pub(super) struct Npm {
    program: PathBuf,
    /// Where npm looks for node.
    path: Option<OsString>,
}

impl Npm {
    /// The npm beside `node`, where there is one, else the one in `PATH`.
    pub(super) fn beside(node: Option<&Path>) -> Self {
        let path = env::var_os("PATH");
        let folder = node.and_then(Path::parent);
        let Some(folder) = folder.filter(|folder| disk::is_there(&folder.join("npm"))) else {
            return Self {
                program: "npm".into(),
                path,
            };
        };
        let others = path.iter().flat_map(env::split_paths);
        let folders: Vec<PathBuf> = std::iter::once(folder.to_owned()).chain(others).collect();
        Self {
            program: folder.join("npm"),
            path: env::join_paths(folders).ok().or(path),
        }
    }

    /// Installs what `package.json` in the tenant folder `root` says.
    ///
    /// # Errors
    /// npm cannot be run, or fails.
    pub(super) fn install_manifest(&self, root: &Path) -> Result<(), Trouble> {
        self.run(root, &[], &[])
    }

    /// Puts the packages of `step` into `node_modules` of its folder. Other packages there stay.
    ///
    /// # Errors
    /// npm cannot be run or fails, or a file cannot be written.
    pub(super) fn install(&self, root: &Path, step: &Step) -> Result<(), Trouble> {
        let modules = root.join(&step.folder).join("node_modules");
        let unwritable = |error: io::Error| unwritable(&modules, &error);
        let is_new = !disk::is_there(&modules);
        fs::create_dir_all(&modules).map_err(unwritable)?;
        // npm removes what it was not asked for, so it works in a folder of its own.
        let staging = tempfile::Builder::new()
            .prefix(".postlogin-")
            .tempdir_in(&modules)
            .map_err(unwritable)?;
        let installed = self
            .stage(root, step, staging.path())
            .and_then(|()| move_all(&staging.path().join("node_modules"), &modules).map_err(unwritable));
        drop(staging);
        if installed.is_err() && is_new {
            // Goes only where it is empty.
            let _ = fs::remove_dir(&modules);
        }
        installed
    }

    fn stage(&self, root: &Path, step: &Step, staging: &Path) -> Result<(), Trouble> {
        let settings = root.join(SETTINGS);
        if disk::is_file(&settings).unwrap_or(false) {
            fs::copy(&settings, staging.join(SETTINGS)).map_err(|error| unwritable(staging, &error))?;
        }
        let packages: Vec<String> = step.packages.values().map(Package::to_string).collect();
        self.run(staging, &["--no-save", "--no-package-lock"], &packages)
    }

    /// `npm install`, whose words are told as they come.
    fn run(&self, folder: &Path, options: &[&str], packages: &[String]) -> Result<(), Trouble> {
        let failed = |error: &io::Error| match error.kind() {
            ErrorKind::NotFound => Trouble::new(
                "npm is not there, and postlogin installs packages with it",
                "install Node.js 22 or 24, which brings npm, or install the packages on another machine and copy \
                 node_modules",
            ),
            _ => Trouble::new(
                format!("npm cannot be run: {error}"),
                "see whether `npm --version` works",
            ),
        };
        let (reader, writer) = io::pipe().map_err(|error| failed(&error))?;
        let mut command = Command::new(&self.program);
        command
            .arg("install")
            .args(ALWAYS)
            .args(options)
            .args(["--prefix", ".", "--"])
            .args(packages)
            .current_dir(folder)
            .stdin(Stdio::null())
            .stdout(writer.try_clone().map_err(|error| failed(&error))?)
            .stderr(writer);
        if let Some(path) = &self.path {
            command.env("PATH", path);
        }
        let mut child = command.spawn().map_err(|error| failed(&error))?;
        // The pipe ends when npm does, not while this process holds its other end.
        drop(command);
        let mut lines = BufReader::new(reader).split(b'\n');
        while let Some(Ok(line)) = lines.next() {
            let line = String::from_utf8_lossy(&line);
            if !line.trim().is_empty() {
                tell(line.trim_end());
            }
        }
        let status = child.wait().map_err(|error| failed(&error))?;
        if status.success() {
            return Ok(());
        }
        Err(Trouble::new(
            format!("npm failed ({status}); what it said stands above"),
            "correct the name or version of the package that npm names, or see whether the registry can be reached",
        ))
    }
}

/// `--ignore-scripts`: no code of a package runs. The other options keep npm to the folder and to what it is asked for,
/// whatever its settings say.
const ALWAYS: [&str; 5] = [
    "--ignore-scripts",
    "--no-global",
    "--no-audit",
    "--no-fund",
    "--no-update-notifier",
];
/// npm's own settings, such as another registry.
const SETTINGS: &str = ".npmrc";

/// Moves each package from one `node_modules` to another, in the place of the one that is there.
fn move_all(from: &Path, to: &Path) -> io::Result<()> {
    for name in disk::names(from)?.unwrap_or_default() {
        let shown = name.to_string_lossy();
        // npm's own notes, and programs that packages bring.
        if shown.starts_with('.') {
            continue;
        }
        let (source, target) = (from.join(&name), to.join(&name));
        if shown.starts_with('@') {
            fs::create_dir_all(&target)?;
            move_all(&source, &target)?;
            continue;
        }
        if fs::symlink_metadata(&target).is_ok() {
            // The old one is removed with the folder that npm worked in.
            fs::rename(&target, from.join(format!(".old-{shown}")))?;
        }
        fs::rename(&source, &target)?;
    }
    Ok(())
}

fn unwritable(place: &Path, error: &io::Error) -> Trouble {
    Trouble::new(
        format!("{} cannot be written: {error}", place.display()),
        "make the folder writable for the user who runs postlogin",
    )
}
