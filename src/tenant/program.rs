//! A program that a setting names.

use super::setting::{SettingError, SettingKind};
use std::path::{Path, PathBuf};

/// A program, by its path or by a name that is looked up in `PATH`.
#[derive(Clone, Copy, Debug)]
pub enum Program {}

impl SettingKind for Program {
    type Written = String;
    type Value = PathBuf;

    fn read(written: &String) -> Result<PathBuf, SettingError> {
        if written.trim().is_empty() || written.contains('\0') {
            return Err(SettingError::new(
                "this names no program",
                "write a path such as /usr/bin/node, or leave the setting out to take node from PATH",
            ));
        }
        Ok(PathBuf::from(written))
    }
}

/// Where a program that a setting names is: a path is taken from `root`, a bare name is left to `PATH`.
pub fn program_from(root: &Path, named: &Path) -> PathBuf {
    if named.components().count() == 1 {
        named.to_owned()
    } else {
        root.join(named)
    }
}
