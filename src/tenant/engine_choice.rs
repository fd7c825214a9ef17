//! Which JavaScript engine runs an Action, and how.

use serde::{Deserialize, Serialize};

/// `[actions] engine` of `postlogin.toml`, and `--engine`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum EngineChoice {
    /// The embedded engine, and Node.js where an Action needs what the embedded engine lacks.
    #[default]
    Auto,
    /// The embedded engine alone.
    Embedded,
    /// Node.js alone.
    Node,
}

/// `[actions] node_process` of `postlogin.toml`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum NodeProcess {
    /// A process serves many runs of one Action, as on the platform.
    #[default]
    Action,
    /// Each run has a process of its own.
    Login,
}
