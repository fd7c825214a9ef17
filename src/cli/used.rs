//! Which kept logins were answered: a small file beside the kept one for each answer that was used.
//!
//! Its name holds a hash of the state, not the name of the kept file, so that a copy of it in the same folder is
//! the same login. Making the file is the one step by which an answer is used: of several processes that make it,
//! one succeeds.

use super::files;
use super::trouble::Trouble;
use crate::disk::{self, PRIVATE, Staged};
use crate::login::{Seen, StateHash, Use};
use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

/// Remembers beside a kept login that it was answered.
pub(super) struct UsedAnswers {
    folder: PathBuf,
    resumed: StateHash,
}

impl UsedAnswers {
    /// Beside the file at `path`, links followed, which holds or held the login with the state `resumed`.
    ///
    /// # Errors
    /// There is no such file.
    #[expect(clippy::disallowed_methods, reason = "links are followed as they are on disk")]
    pub(super) fn beside(path: &Path, resumed: StateHash) -> Result<Self, Trouble> {
        let real = files::found(path, Path::canonicalize)?;
        let folder = real.parent().unwrap_or(Path::new("/")).to_owned();
        Ok(Self { folder, resumed })
    }

    /// The login that the file holds or held.
    pub(super) fn resumed(&self) -> &StateHash {
        &self.resumed
    }

    /// Whether the login may still be answered.
    ///
    /// # Errors
    /// It was answered before.
    pub(super) fn check(&self) -> Result<(), Trouble> {
        if disk::is_there(&self.place(&self.resumed)) {
            return Err(used_already());
        }
        Ok(())
    }

    /// Forgets that the login was answered.
    ///
    /// # Errors
    /// What is remembered cannot be taken away.
    #[expect(
        clippy::disallowed_methods,
        reason = "that a login was answered is kept as a file"
    )]
    pub(super) fn forget(&self) -> Result<(), Trouble> {
        let place = self.place(&self.resumed);
        match fs::remove_file(&place) {
            Err(error) if error.kind() != ErrorKind::NotFound => Err(Trouble::new(
                format!("{} cannot be removed: {error}", place.display()),
                "remove it: it says that the login which is kept now was answered",
            )),
            _ => Ok(()),
        }
    }

    fn place(&self, state: &StateHash) -> PathBuf {
        self.folder.join(format!("postlogin-used-{}", state.as_str()))
    }
}

impl Seen for UsedAnswers {
    fn note(&mut self, state: &StateHash) -> io::Result<Use> {
        match Staged::new(&self.place(state), NOTE.as_bytes(), PRIVATE)?.add() {
            Ok(()) => Ok(Use::First),
            Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(Use::Again),
            Err(error) => Err(error),
        }
    }
}

/// Uses the answer to the login `state` up: it fits.
///
/// # Errors
/// It was used before, or that it is used cannot be remembered.
pub(super) fn use_up(state: &StateHash, seen: &mut dyn Seen) -> Result<(), Trouble> {
    match seen.note(state) {
        Ok(Use::First) => Ok(()),
        Ok(Use::Again) => Err(used_already()),
        Err(error) => Err(Trouble::new(
            format!("that the answer is used cannot be remembered beside the kept login: {error}"),
            "make its folder writable for the user who runs postlogin",
        )),
    }
}

fn used_already() -> Trouble {
    Trouble::new(
        "the login cannot be resumed (invalid_request): its state was used already, and one answer gives one login",
        "start the login again from the application",
    )
}

const NOTE: &str = "A login that was kept in this folder was answered, and goes on no second time. Remove this file \
                    with the kept one, or an hour after the login was kept.\n";
