//! Files that were read before and have not changed: their sources are neither read nor hashed again.

use super::code;
use crate::action::protocol::Code;
use std::collections::{HashMap, HashSet};
use std::fs::{self, Metadata};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// The hashes of files, by real path.
#[derive(Debug, Default)]
pub(in crate::action) struct Files(HashMap<PathBuf, Hashed>);

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
        &mut self,
        path: &Path,
        metadata: &Metadata,
        file: &str,
        known: &HashSet<String>,
    ) -> io::Result<Code> {
        let state = State {
            device: metadata.dev(),
            inode: metadata.ino(),
            changed: (metadata.ctime(), metadata.ctime_nsec()),
            size: metadata.len(),
        };
        let hashed = self.0.get(path);
        if let Some(hashed) = hashed
            && (&hashed.state, hashed.file.as_str()) == (&state, file)
            && known.contains(&hashed.hash)
        {
            return Ok(Code {
                file: file.to_owned(),
                hash: hashed.hash.clone(),
                source: None,
            });
        }
        let code = code(file, &fs::read_to_string(path)?);
        if self.0.len() >= MAX_FILES {
            self.0.clear();
        }
        let hashed = Hashed {
            state,
            file: file.to_owned(),
            hash: code.hash.clone(),
        };
        self.0.insert(path.to_owned(), hashed);
        Ok(code)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_known_file_is_withheld_until_it_changes() -> io::Result<()> {
        let folder = tempfile::tempdir()?;
        let path = folder.path().join("index.js");
        let mut files = Files::default();
        let mut known = HashSet::new();
        let mut code = |known: &HashSet<String>| files.code(&path, &fs::metadata(&path)?, "index.js", known);

        fs::write(&path, "1")?;
        let first = code(&known)?;
        assert_eq!(first.source.as_deref(), Some("1"));
        assert_eq!(code(&known)?.source.as_deref(), Some("1"));
        known.insert(first.hash.clone());
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
