//! What a pool is told about Node.js.

use std::num::NonZeroUsize;
use std::path::PathBuf;

/// Where Node.js is, and how it is used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NodeSettings {
    /// The program; none: `node` in one of the folders of `path`.
    pub program: Option<PathBuf>,
    /// The folders in which programs are looked for, in their order.
    pub path: Vec<PathBuf>,
    /// Processes at most, for each Action.
    pub processes: NonZeroUsize,
    /// How long a process serves.
    pub process: NodeProcess,
    /// What to do where the kernel has no Landlock.
    pub landlock: WithoutLandlock,
}

impl NodeSettings {
    /// Eight processes for each Action, each kept; none without Landlock.
    pub fn new(program: Option<PathBuf>, path: Vec<PathBuf>) -> Self {
        Self {
            program,
            path,
            processes: const { NonZeroUsize::new(8).expect("8 is not 0") },
            process: NodeProcess::default(),
            landlock: WithoutLandlock::default(),
        }
    }
}

/// How long a process of Node.js serves.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum NodeProcess {
    /// Run after run of one Action: its globals and the state of its modules live as long as the process.
    #[default]
    Kept,
    /// One run.
    Login,
}

/// What to do where the kernel has no Landlock.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum WithoutLandlock {
    /// No process is started.
    #[default]
    Refuse,
    /// Processes run without it: they can read files that are not theirs.
    Run,
}

/// The Node.js that runs Actions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NodeSeen {
    /// Its real path.
    pub program: PathBuf,
    /// Such as `22.12.0`.
    pub version: String,
    /// What people are told where this version is not supported any more.
    pub warning: Option<String>,
}
