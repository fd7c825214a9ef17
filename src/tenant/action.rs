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
    /// What `event.secrets` is made of.
    pub secrets: Secrets,
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
    /// The path of the file that describes the module, relative to the tenant folder.
    pub definition: PathBuf,
    /// `actions.secrets` in the module's code, as [`Action::secrets`].
    pub secrets: Secrets,
    /// Declared npm packages.
    pub dependencies: Vec<Dependency>,
}

/// Secrets by name; a value that was not exported is `None` until it is found elsewhere.
pub type Secrets = BTreeMap<String, Option<Secret<String>>>;

impl Action {
    /// The secrets that the Action sees, all with a value.
    ///
    /// # Errors
    /// A secret was not exported and is not given elsewhere.
    pub fn secrets_for_run(&self) -> Result<BTreeMap<String, Secret<String>>, MissingSecret> {
        all(&self.secrets, SecretOwner::Action, &self.name)
    }
}

impl ActionModule {
    /// The secrets that the module sees, all with a value.
    ///
    /// # Errors
    /// A secret was not exported and is not given elsewhere.
    pub fn secrets_for_run(&self) -> Result<BTreeMap<String, Secret<String>>, MissingSecret> {
        all(&self.secrets, SecretOwner::Module, &self.name)
    }
}

fn all(
    secrets: &Secrets,
    owner: SecretOwner,
    name: &str,
) -> Result<BTreeMap<String, Secret<String>>, MissingSecret> {
    let resolved = |(secret, value): (&String, &Option<Secret<String>>)| match value {
        Some(value) => Ok((secret.clone(), value.clone())),
        None => Err(MissingSecret {
            owner,
            name: name.to_owned(),
            secret: secret.clone(),
        }),
    };
    secrets.iter().map(resolved).collect()
}

/// What has secrets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SecretOwner {
    /// An Action.
    Action,
    /// A module of Actions.
    Module,
}

impl SecretOwner {
    /// What people call it.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Action => "Action",
            Self::Module => "Action module",
        }
    }
}

/// An Action cannot start because one of its secrets, or of the secrets of a module that it uses, has no value.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}; {}", self.what(), self.help())]
pub struct MissingSecret {
    /// Whose secret it is.
    pub owner: SecretOwner,
    /// The name of the Action or the module.
    pub name: String,
    /// The secret's name.
    pub secret: String,
}

impl MissingSecret {
    /// What is wrong.
    pub fn what(&self) -> String {
        let Self { owner, name, secret } = self;
        format!(
            "the secret {secret} of the {} \"{name}\" has no value",
            owner.word()
        )
    }

    /// What to do.
    pub fn help(&self) -> String {
        let Self { name, secret, .. } = self;
        format!(
            "write {name}.{secret}=VALUE into secrets.env of the tenant folder, or set the environment variable \
             POSTLOGIN_SECRET_{secret}"
        )
    }
}
