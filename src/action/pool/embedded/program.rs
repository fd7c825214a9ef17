//! Where the program is that workers are started from.

use std::io;
use std::path::{Path, PathBuf};

/// The program that workers are started from; it must call [`crate::action::worker::serve`] when its first
/// argument is `__worker`. A script in its place must `exec` it: a worker serves its own parent only.
#[derive(Clone, Debug)]
pub struct WorkerProgram(PathBuf);

impl WorkerProgram {
    /// This very program.
    ///
    /// # Errors
    /// The operating system does not tell where it is.
    #[expect(clippy::disallowed_methods, reason = "an edge: workers are this program")]
    pub fn current_exe() -> io::Result<Self> {
        std::env::current_exe().map(Self)
    }

    /// The program at `path`.
    pub fn at(path: impl Into<PathBuf>) -> Self {
        Self(path.into())
    }

    /// Its path.
    pub(in crate::action::pool) fn path(&self) -> &Path {
        &self.0
    }
}
