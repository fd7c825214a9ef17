//! An Action as it is deployed.

use crate::secret::Secret;
use crate::tenant::{EngineChoice, MissingSecret};
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

/// How the names of an Action's modules begin, for `require` and in errors.
pub(super) const MODULE: &str = "actions:";

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
    /// The folder whose `node_modules` holds packages, besides those in `folder`. None: there are none.
    pub node_modules: Option<PathBuf>,
    /// What is required as `actions:<name>`.
    pub modules: Vec<ScriptModule>,
    /// Which engine runs it.
    pub engine: EngineChoice,
    /// `event.secrets`.
    pub secrets: BTreeMap<String, Secret<String>>,
}

/// A module that Actions share, as it is deployed.
#[derive(Clone, Debug)]
pub struct ScriptModule {
    /// The name after `actions:`.
    pub name: String,
    /// The source, CommonJS.
    pub source: Arc<str>,
    /// Where its code lies: packages in `node_modules` there are the module's own. None: it has no folder of its own.
    pub folder: Option<PathBuf>,
    /// `actions.secrets` in the module's code; which one has no value, where not all of them have one.
    pub secrets: Result<BTreeMap<String, Secret<String>>, MissingSecret>,
}

impl ScriptModule {
    /// A module without secrets.
    pub fn new(name: impl Into<String>, source: impl Into<Arc<str>>) -> Self {
        Self {
            name: name.into(),
            source: source.into(),
            folder: None,
            secrets: Ok(BTreeMap::new()),
        }
    }
}

impl Script {
    /// The secrets of the Action by their names, and those of its modules as `module.NAME`.
    pub(super) fn all_secrets(&self) -> impl Iterator<Item = (Cow<'_, str>, &Secret<String>)> {
        let own = self
            .secrets
            .iter()
            .map(|(name, secret)| (Cow::Borrowed(name.as_str()), secret));
        let of_modules = self.modules.iter().flat_map(|module| {
            let secrets = module.secrets.iter().flatten();
            secrets.map(|(name, secret)| (Cow::Owned(format!("{}.{name}", module.name)), secret))
        });
        own.chain(of_modules)
    }
}
