//! `http.json` of a case: what the network answers in it (interface 4).

use super::files;
use super::known_secrets::KnownSecrets;
use super::trouble::Trouble;
use crate::disk;
use crate::egress::recorded::{Entry, Made};
use crate::result::LoginResult;
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

/// Writes them, one entry after the other, as people read them.
///
/// # Errors
/// The file cannot be written.
pub(super) fn write(case: &Path, entries: &[Entry]) -> Result<(), Trouble> {
    let json = serde_json::to_string_pretty(entries).map_err(|error| {
        Trouble::new(
            format!("the entries cannot be written as JSON: {error}"),
            "please report this",
        )
    })?;
    files::write(&file(case), &(json + "\n"))
}

/// Entries of what was exchanged in a login, without what is secret in it. Tunnels are no requests.
///
/// # Errors
/// Something in it cannot be kept without what is secret in it.
pub(super) fn made(result: &LoginResult, secrets: &KnownSecrets) -> Result<Made, Trouble> {
    let exchanges = result.http.iter().map(|part| &part.exchange);
    let requests = exchanges.filter(|exchange| exchange.method != "CONNECT");
    Entry::made(requests, &|text| secrets.hide_in(text)).map_err(|error| {
        Trouble::new(
            format!("what was exchanged cannot be recorded: {error}"),
            "write the entry by hand",
        )
    })
}

fn file(case: &Path) -> PathBuf {
    case.join(NAME)
}

/// The name of the file.
pub(super) const NAME: &str = "http.json";
