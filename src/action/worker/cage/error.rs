//! Why Node.js could not be started in its cage.

use crate::action::worker::error::SandboxError;
use landlock::{PathFdError, RulesetError};
use std::io;
use std::path::PathBuf;

/// Why Node.js could not be started in its cage.
#[derive(Debug, thiserror::Error)]
pub(super) enum CageError {
    #[error("{0}")]
    Cage(#[from] SandboxError),
    #[error("{} could not be started: {source}", node.display())]
    Exec { node: PathBuf, source: io::Error },
    #[error("what Node.js may read could not be limited: {0}; is each file and folder there?")]
    Landlock(#[from] RulesetError),
    #[error("what the loader of {} said of its libraries could not be read: {source}", node.display())]
    Loader { node: PathBuf, source: io::Error },
    #[error("the loader of {} finds no libraries for it: {said}; try to start this program by itself", node.display())]
    Libraries { node: PathBuf, said: String },
    #[error(
        "this kernel has no Landlock (Linux 5.13), so an Action on Node.js could read every file that you may read; run it on another kernel, or accept that with `node_without_landlock = true` in [actions]"
    )]
    NoLandlock,
    #[error("process 0 cannot be the parent")]
    NoParent,
    #[error("{} cannot be read: {source}; name the program of Node.js with `node` in [actions]", node.display())]
    NoProgram { node: PathBuf, source: io::Error },
    #[error(
        "{} is no program for this machine but a script or another file; name the program itself with `node` in [actions] (`node -p process.execPath` prints it)",
        node.display()
    )]
    NotAProgram { node: PathBuf },
    #[error("the order of the pool cannot be read: {0}")]
    Order(#[source] serde_json::Error),
    #[error("what Node.js may read is not there: {0}")]
    Path(#[from] PathFdError),
    #[error("{what} holds a zero byte")]
    ZeroByte { what: &'static str },
}
