//! An Action with its code and its secrets.

use super::exported::exported;
use crate::secret::Secret;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::PathBuf;

/// An Action with its source.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Action {
    /// The name that bindings use.
    pub name: String,
    /// Whole source text.
    pub source: String,
    /// The source's path relative to the tenant folder, as errors show it.
    pub file: PathBuf,
    /// The path of the file that describes the Action, relative to the tenant folder.
    pub definition: PathBuf,
    /// Name to value; a value that was not exported is `None` until it is found elsewhere.
    pub secrets: BTreeMap<String, Option<Secret<String>>>,
    /// `node18`, `node22` ...
    pub runtime: Option<String>,
    /// Declared npm packages.
    pub dependencies: Vec<Dependency>,
    /// First-party modules it asks for, by name; it can require no others. An empty list, which is also what
    /// exports of older tools come to, allows all of the tenant's.
    pub modules: Vec<String>,
    /// Triggers it may be bound to.
    pub supported_triggers: Vec<String>,
}

exported! {
    /// A declared npm package.
    Dependency {
        /// Package name.
        name: String,
        /// Version.
        version: Option<String>,
    }
}

/// A shared first-party module, required as `actions:<name>`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ActionModule {
    /// The name after `actions:`.
    pub name: String,
    /// Whole source text.
    pub source: String,
    /// Path relative to the tenant folder.
    pub file: PathBuf,
}

impl Action {
    /// The secrets that the Action sees, all with a value.
    ///
    /// # Errors
    /// A secret was not exported and is not given elsewhere.
    pub fn secrets_for_run(&self) -> Result<BTreeMap<String, Secret<String>>, MissingSecret> {
        let resolved = |(name, value): (&String, &Option<Secret<String>>)| match value {
            Some(value) => Ok((name.clone(), value.clone())),
            None => Err(MissingSecret {
                action: self.name.clone(),
                secret: name.clone(),
            }),
        };
        self.secrets.iter().map(resolved).collect()
    }
}

/// An Action cannot start because one of its secrets has no value.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}; {}", self.what(), self.help())]
pub struct MissingSecret {
    /// The Action's name.
    pub action: String,
    /// The secret's name.
    pub secret: String,
}

impl MissingSecret {
    /// What is wrong.
    pub fn what(&self) -> String {
        let Self { action, secret } = self;
        format!("the secret {secret} of the Action \"{action}\" has no value")
    }

    /// What to do.
    pub fn help(&self) -> String {
        let Self { action, secret } = self;
        format!(
            "write {action}.{secret}=VALUE into secrets.env of the tenant folder, or set the environment variable \
             POSTLOGIN_SECRET_{secret}"
        )
    }
}
