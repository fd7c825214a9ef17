//! Reading and writing the files that options name.

#![expect(
    clippy::disallowed_methods,
    reason = "files that options name are read and written here"
)]

use super::trouble::Trouble;
use crate::disk::{self, Limit, PRIVATE, Staged};
use crate::json::unambiguous;
use serde::Deserialize as _;
use serde::de::{DeserializeOwned, IgnoredAny};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

/// The text of a file that the command line names; `-` is standard input.
///
/// # Errors
/// The file cannot be read, is no plain file, is too long, or is not UTF-8.
pub fn text(path: &Path) -> Result<String, Trouble> {
    bytes(path, Limit::File).and_then(|bytes| disk::utf8(bytes).map_err(|error| unreadable(path, &error)))
}

/// The same for a file that may be as long as a federation's metadata.
///
/// # Errors
/// As [`text`].
pub fn long_text(path: &Path) -> Result<String, Trouble> {
    bytes(path, Limit::Long).and_then(|bytes| disk::utf8(bytes).map_err(|error| unreadable(path, &error)))
}

/// The bytes of a file that the command line names; `-` is standard input.
///
/// # Errors
/// The file cannot be read, is no plain file, or is longer than `limit`.
pub(crate) fn bytes(path: &Path, limit: Limit) -> Result<Vec<u8>, Trouble> {
    let read = if path == Path::new("-") {
        disk::standard_input(limit)
    } else {
        disk::read_given(path, limit)
    };
    read.map_err(|error| unreadable(path, &error))
}

fn unreadable(path: &Path, error: &io::Error) -> Trouble {
    let name = match path.to_str() {
        Some("-") => "standard input".to_owned(),
        _ => path.display().to_string(),
    };
    Trouble::new(
        format!("{name} cannot be read: {error}"),
        match error.kind() {
            ErrorKind::FileTooLarge => "give one message, token, certificate, metadata or data file",
            _ => "check the path and its permissions; - is standard input",
        },
    )
}

/// A JSON file as a value of type `T`.
///
/// # Errors
/// The file cannot be read, is not JSON (with line and column), has a member twice, or is not a `T` (with the JSON
/// path).
pub fn json<T: DeserializeOwned>(path: &Path) -> Result<T, Trouble> {
    parsed(&text(path)?, path)
}

/// The JSON in `text`, which was read from `path`, as a value of type `T`.
///
/// # Errors
/// The text is not JSON, has a member twice, or is not a `T`.
pub fn parsed<T: DeserializeOwned>(text: &str, path: &Path) -> Result<T, Trouble> {
    let text = text.trim_start_matches('\u{feff}');
    let wrong = |error: String| {
        Trouble::new(
            format!("{}: {error}", path.display()),
            "correct the file and run the command again",
        )
    };
    // Whether it is JSON at all comes first: what is given twice is told of JSON.
    IgnoredAny::deserialize(&mut serde_json::Deserializer::from_str(text))
        .map_err(|error| wrong(error.to_string()))?;
    unambiguous(text).map_err(|error| wrong(error.to_string()))?;
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let value = serde_path_to_error::deserialize(&mut deserializer).map_err(|error| {
        let at = error.path().to_string();
        let at = if at == "." {
            String::new()
        } else {
            format!(" at {at}")
        };
        Trouble::new(
            format!("{}{at}: {}", path.display(), error.inner()),
            "correct the file and run the command again",
        )
    })?;
    deserializer.end().map_err(|error| {
        Trouble::new(
            format!("{}: {error}", path.display()),
            "the file must hold one JSON value and nothing after it",
        )
    })?;
    Ok(value)
}

/// What `read` of [`disk`] finds at a path that no option names: the content, or `None` where the file is absent.
///
/// # Errors
/// The file exists and cannot be read.
pub fn found<T>(path: &Path, read: impl FnOnce(&Path) -> io::Result<T>) -> Result<T, Trouble> {
    read(path).map_err(|error| {
        Trouble::new(
            format!("{} cannot be read: {error}", path.display()),
            "make the file readable for the user who runs postlogin, or remove the file",
        )
    })
}

/// Writes `text`, readable by this user alone, replacing the file in one step.
///
/// # Errors
/// The file or its folder cannot be written.
pub fn write_private(path: &Path, text: &str) -> Result<(), Trouble> {
    replace(path, text, PRIVATE)
}

/// Writes `text`, replacing the file in one step; who may read a file that is there stays as it is, and a link still
/// leads to it.
///
/// # Errors
/// The file or its folder cannot be written.
pub fn write(path: &Path, text: &str) -> Result<(), Trouble> {
    let there = followed(path).and_then(|real| {
        let mode = disk::mode(&real)?.unwrap_or(0o644);
        Ok((real, mode))
    });
    let (real, mode) = there.map_err(|error| unwritable(path, &error))?;
    replace(&real, text, mode)
}

/// Where a link to a plain file leads; the path itself where nothing is.
fn followed(path: &Path) -> io::Result<PathBuf> {
    if disk::is_file(path)? {
        return path.canonicalize();
    }
    Ok(path.to_owned())
}

fn replace(path: &Path, text: &str, mode: u32) -> Result<(), Trouble> {
    let staged = Staged::new(path, text.as_bytes(), mode);
    staged
        .and_then(Staged::replace)
        .map_err(|error| unwritable(path, &error))
}

fn unwritable(path: &Path, error: &io::Error) -> Trouble {
    Trouble::new(
        format!("{} cannot be written: {error}", path.display()),
        "check that the folder exists and is writable, and that the disk has room",
    )
}
