//! Which kept logins were answered: a small file beside the kept login for each answer that was used.
//!
//! Its name holds a hash of the state, not the name of the kept file, so that a copy of it in the same folder is
//! the same login. Making the file is the one step by which an answer is used: of several processes that make it,
//! one succeeds.

use super::files;
use super::trouble::Trouble;
use crate::disk::{self, PRIVATE, Staged};
use crate::flow::Use;
use crate::login::StateHash;
use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

/// The folder of a kept login, whose files record which answers were used.
pub(super) struct UsedAnswers {
    folder: PathBuf,
}

impl UsedAnswers {
    /// Beside the file at `path`, links followed, which holds or held a login.
    ///
    /// # Errors
    /// There is no kept file.
    #[expect(clippy::disallowed_methods, reason = "links are followed as they are on disk")]
    pub(super) fn beside(path: &Path) -> Result<Self, Trouble> {
        let real = files::found(path, Path::canonicalize)?;
        let folder = real.parent().unwrap_or(Path::new("/")).to_owned();
        Ok(Self { folder })
    }

    /// Whether the login `state` was answered before.
    pub(super) fn has(&self, state: &StateHash) -> bool {
        disk::is_there(&self.place(state))
    }

    /// Notes that the login `state` was answered.
    ///
    /// # Errors
    /// The file cannot be made.
    pub(super) fn note(&self, state: &StateHash) -> io::Result<Use> {
        match Staged::new(&self.place(state), NOTE.as_bytes(), PRIVATE)?.add() {
            Ok(()) => Ok(Use::First),
            Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(Use::Again),
            Err(error) => Err(error),
        }
    }

    /// Forgets that the login `state` was answered.
    ///
    /// # Errors
    /// The file that records the answer cannot be removed.
    #[expect(
        clippy::disallowed_methods,
        reason = "a file records that a login was answered"
    )]
    pub(super) fn forget(&self, state: &StateHash) -> Result<(), Trouble> {
        let place = self.place(state);
        match fs::remove_file(&place) {
            Err(error) if error.kind() != ErrorKind::NotFound => Err(Trouble::new(
                format!("{} cannot be removed: {error}", place.display()),
                "remove the file: it says that the login which is kept now was answered",
            )),
            _ => Ok(()),
        }
    }

    fn place(&self, state: &StateHash) -> PathBuf {
        self.folder.join(format!("postlogin-used-{}", state.as_str()))
    }
}

const NOTE: &str = "A login that was kept in this folder was answered and cannot go on a second time. Remove this \
    file together with the kept login, or an hour after the login was kept.\n";
