//! Files that were read before and have not changed: their sources are neither read nor hashed again.

use crate::action::pool::prepared::hash;
use crate::action::protocol::Code;
use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::fs::{self, Metadata};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// The hashes of files, by real path.
#[derive(Debug, Default)]
pub(in crate::action::pool) struct Files(Mutex<HashMap<PathBuf, Hashed>>);

#[derive(Debug)]
struct Hashed {
    state: State,
    /// The name that is part of the hash.
    file: String,
    hash: String,
}

/// What changes when a file does; its time of modification can be set by whoever unpacks a package.
#[derive(Debug, PartialEq, Eq)]
struct State {
    device: u64,
    inode: u64,
    changed: (i64, i64),
    size: u64,
}

const MAX_FILES: usize = 10_000;

impl Files {
    /// The source of `path`, whose `metadata` was read before; withheld where its hash is `known`.
    ///
    /// # Errors
    /// The file cannot be read, or is not UTF-8.
    pub fn code(
        &self,
        path: &Path,
        metadata: &Metadata,
        file: &str,
        known: &HashSet<String>,
    ) -> io::Result<Code<'static>> {
        let state = State {
            device: metadata.dev(),
            inode: metadata.ino(),
            changed: (metadata.ctime(), metadata.ctime_nsec()),
            size: metadata.len(),
        };
        let file = Cow::Owned(file.to_owned());
        if let Some(hash) = self.hash(path, &state, &file).filter(|hash| known.contains(hash)) {
            return Ok(Code {
                file,
                hash: Cow::Owned(hash),
                source: None,
            });
        }
        let source = fs::read_to_string(path)?;
        let hash = hash(&file, &source);
        let mut files = self.files();
        if files.len() >= MAX_FILES {
            files.clear();
        }
        let hashed = Hashed {
            state,
            file: file.clone().into_owned(),
            hash: hash.clone(),
        };
        files.insert(path.to_owned(), hashed);
        Ok(Code {
            file,
            hash: Cow::Owned(hash),
            source: Some(Cow::Owned(source)),
        })
    }

    /// The hash of a file that has not changed.
    fn hash(&self, path: &Path, state: &State, file: &str) -> Option<String> {
        let files = self.files();
        let hashed = files.get(path)?;
        ((&hashed.state, hashed.file.as_str()) == (state, file)).then(|| hashed.hash.clone())
    }

    /// Each entry is whole, whoever panicked.
    fn files(&self) -> MutexGuard<'_, HashMap<PathBuf, Hashed>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_known_file_is_withheld_until_it_changes() -> io::Result<()> {
        let folder = tempfile::tempdir()?;
        let path = folder.path().join("index.js");
        let files = Files::default();
        let mut known = HashSet::new();
        let code = |known: &HashSet<String>| files.code(&path, &fs::metadata(&path)?, "index.js", known);

        fs::write(&path, "1")?;
        let first = code(&known)?;
        assert_eq!(first.source.as_deref(), Some("1"));
        assert_eq!(code(&known)?.source.as_deref(), Some("1"));
        known.insert(first.hash.clone().into_owned());
        assert_eq!(
            (code(&known)?.hash, code(&known)?.source),
            (first.hash.clone(), None)
        );

        fs::remove_file(&path)?;
        fs::write(&path, "22")?;
        let changed = code(&known)?;
        assert_eq!(changed.source.as_deref(), Some("22"));
        assert_ne!(changed.hash, first.hash);
        Ok(())
    }
}
