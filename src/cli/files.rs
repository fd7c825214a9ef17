//! Reading and writing the files that options name.

use super::trouble::Trouble;
use serde::de::DeserializeOwned;
use std::fs;
use std::io::Read as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

/// The text of a file; `-` is standard input.
///
/// # Errors
/// It cannot be read, or is not UTF-8.
pub fn text(path: &Path) -> Result<String, Trouble> {
    if path == Path::new("-") {
        let mut text = String::new();
        let read = std::io::stdin().read_to_string(&mut text);
        return read.map(|_| text).map_err(|error| {
            Trouble::new(
                format!("standard input cannot be read: {error}"),
                "pipe UTF-8 text into the command",
            )
        });
    }
    fs::read_to_string(path).map_err(|error| {
        Trouble::new(
            format!("{} cannot be read: {error}", path.display()),
            "check the path and its permissions",
        )
    })
}

/// The bytes of a file; `-` is standard input.
///
/// # Errors
/// It cannot be read, or is longer than `limit` bytes.
pub fn bytes(path: &Path, limit: u64) -> Result<Vec<u8>, Trouble> {
    let trouble = |error: std::io::Error| {
        Trouble::new(
            format!("{} cannot be read: {error}", path.display()),
            "check the path and its permissions; - is standard input",
        )
    };
    let mut bytes = Vec::new();
    let read = if path == Path::new("-") {
        std::io::stdin().take(limit + 1).read_to_end(&mut bytes)
    } else {
        let file = fs::File::open(path).map_err(trouble)?;
        file.take(limit + 1).read_to_end(&mut bytes)
    };
    read.map_err(trouble)?;
    if bytes.len() as u64 > limit {
        return Err(Trouble::new(
            format!("{} is longer than {limit} bytes", path.display()),
            "give one message, token, certificate or metadata file",
        ));
    }
    Ok(bytes)
}

/// A JSON file as a value of type `T`.
///
/// # Errors
/// It cannot be read, is not JSON (with line and column), or is not a `T` (with the JSON path).
pub fn json<T: DeserializeOwned>(path: &Path) -> Result<T, Trouble> {
    let text = text(path)?;
    let mut deserializer = serde_json::Deserializer::from_str(text.trim_start_matches('\u{feff}'));
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

/// Writes `text`, readable by this user alone, replacing the file in one step.
///
/// # Errors
/// The file or its folder cannot be written.
pub fn write_private(path: &Path, text: &str) -> Result<(), Trouble> {
    replace(path, text, 0o600)
}

/// Writes `text`, replacing the file in one step.
///
/// # Errors
/// The file or its folder cannot be written.
pub fn write(path: &Path, text: &str) -> Result<(), Trouble> {
    replace(path, text, 0o644)
}

/// Writes `text` into a file that is there, in one step; who may read it stays as it is, and a link still
/// leads to it.
///
/// # Errors
/// The file or its folder cannot be written.
pub fn rewrite(path: &Path, text: &str) -> Result<(), Trouble> {
    let real = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let mode = fs::metadata(&real).map_or(0o600, |metadata| metadata.permissions().mode() & 0o777);
    replace(&real, text, mode)
}

fn replace(path: &Path, text: &str, mode: u32) -> Result<(), Trouble> {
    let trouble = |error: std::io::Error| {
        Trouble::new(
            format!("{} cannot be written: {error}", path.display()),
            "check that the folder exists and is writable",
        )
    };
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty())
        .unwrap_or(Path::new("."));
    // The kind alone: the rest names the file that was to become this one.
    let mut fresh = tempfile::NamedTempFile::new_in(folder).map_err(|error| trouble(error.kind().into()))?;
    std::io::Write::write_all(&mut fresh, text.as_bytes()).map_err(trouble)?;
    fresh
        .as_file()
        .set_permissions(fs::Permissions::from_mode(mode))
        .map_err(trouble)?;
    fresh.persist(path).map_err(|error| trouble(error.error))?;
    Ok(())
}
