//! What the pool orders of the launcher of Node.js: the one argument of `postlogin __node`, as JSON.

use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::path::{Path, PathBuf};

/// A Node.js process to become, and what it may reach.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct CageOrder<'a> {
    /// Number of the process that gives the order; the process ends with it.
    pub parent: i32,
    /// The program of Node.js.
    pub node: Cow<'a, Path>,
    pub arguments: Cow<'a, [String]>,
    /// Files and folders, without symbolic links in their paths, that may be read with all that they hold.
    pub readable: Cow<'a, [PathBuf]>,
    /// Bytes of memory that a script may use, beyond what Node.js needs for itself.
    pub memory: u64,
    /// How many connected pairs follow the three pipes, from descriptor 3 on.
    pub pairs: u32,
    pub landlock: LandlockWish,
}

/// What to do where the kernel has no Landlock.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum LandlockWish {
    /// Not to begin.
    Demand,
    /// To go on without it: a script may read what the user may read.
    IfThere,
}

/// What the launcher says to descriptor 1, as a frame, where Node.js cannot be started.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Unfit {
    pub unfit: String,
}
