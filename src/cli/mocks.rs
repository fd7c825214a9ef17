//! `mocks/NAME.js` of a case: what `require('NAME')` gives in it (interface 4).

use super::files;
use super::trouble::Trouble;
use crate::action::{Replacement, Replacements};
use crate::disk::{self, Kind};
use std::path::{Path, PathBuf};

/// The modules in the folder `mocks` of a case; those of a scope lie in a folder of their own
/// (`mocks/@scope/name.js`).
///
/// # Errors
/// A file cannot be read, or is none that can stand in for a module.
pub(super) fn read(case: &Path) -> Result<Replacements, Trouble> {
    let mut found = Vec::new();
    collect(&case.join("mocks"), "", &mut found)?;
    let all = found.into_iter().map(|(name, path)| {
        let file = format!("mocks/{name}.js");
        let source = files::text(&path)?;
        Ok(Replacement::new(name, file, source.into()))
    });
    all.collect::<Result<_, _>>().map(Replacements::new)
}

fn collect(folder: &Path, scope: &str, found: &mut Vec<(String, PathBuf)>) -> Result<(), Trouble> {
    for name in files::found(folder, disk::names)?.unwrap_or_default() {
        let path = folder.join(&name);
        let name = name.to_string_lossy();
        if name.starts_with('.') {
            continue;
        }
        match (files::found(&path, disk::kind)?, name.strip_suffix(".js")) {
            // A package's modules are asked for by path (`name/lib/part`).
            (Some(Kind::Folder), _) if scope.split('/').count() <= MAX_FOLDERS => {
                collect(&path, &format!("{scope}{name}/"), found)?;
            }
            (Some(Kind::File), Some(name)) => found.push((format!("{scope}{name}"), path)),
            _ => {
                return Err(Trouble::new(
                    format!("{} stands in for no module", path.display()),
                    "mocks/NAME.js answers require('NAME'), mocks/@scope/NAME.js answers require('@scope/NAME')",
                ));
            }
        }
    }
    Ok(())
}

/// Folders in folders that a name may have.
const MAX_FOLDERS: usize = 8;
