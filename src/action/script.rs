//! An Action as it is deployed.

use crate::secret::Secret;
use crate::tenant::EngineChoice;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

/// An Action as it is deployed.
#[derive(Clone, Debug, Default)]
pub struct Script {
    /// The Action's name, in every error text and in every call's origin.
    pub name: String,
    /// The source, CommonJS.
    pub source: Arc<str>,
    /// The file name that errors show, such as `actions/add-roles/code.js`.
    pub file: String,
    /// Where relative `require`s are resolved; they may not leave it. It must hold nothing but this Action's
    /// code. None: there are none.
    pub folder: Option<PathBuf>,
    /// The folder whose `node_modules` holds packages. None: there are none.
    pub node_modules: Option<PathBuf>,
    /// Sources that are required as `actions:<name>`.
    pub modules: Vec<(String, Arc<str>)>,
    /// Which engine runs it.
    pub engine: EngineChoice,
    /// `event.secrets`.
    pub secrets: BTreeMap<String, Secret<String>>,
}
