//! Why a process could not be locked in.

use landlock::RulesetError;
use std::io;

/// Why a process could not be locked in.
#[derive(Debug, thiserror::Error)]
pub(super) enum SandboxError {
    #[error("the system call filter could not be made: {0}")]
    Filter(#[from] seccompiler::BackendError),
    #[error("the system call filter was refused: {0}")]
    FilterRefused(#[from] seccompiler::Error),
    #[error("Landlock, which this kernel has, was refused: {0}")]
    Landlock(#[from] RulesetError),
    #[error(
        "process {parent}, which asked for it, is not its parent: it has ended, or a program between them did not `exec` it"
    )]
    Orphan { parent: i32 },
    #[error("{what} was refused: {source}")]
    Refused { what: &'static str, source: io::Error },
}
