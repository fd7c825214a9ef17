//! `http.json` of a case: what the network answers in it (interface 4).

use super::files;
use super::trouble::Trouble;
use crate::disk;
use crate::egress::recorded::Entry;
use std::path::{Path, PathBuf};

/// The entries in `http.json` of a case; `None` where there is no such file.
///
/// # Errors
/// The file cannot be read, or is no list of entries.
pub(super) fn read(case: &Path) -> Result<Option<Vec<Entry>>, Trouble> {
    let path = file(case);
    let is_there = files::found(&path, disk::is_file)?;
    is_there.then(|| files::json(&path)).transpose()
}

fn file(case: &Path) -> PathBuf {
    case.join(NAME)
}

/// The name of the file.
pub(super) const NAME: &str = "http.json";
