//! The secrets of an Action, and what it means that one has no value.

use super::Action;
use std::collections::BTreeMap;

/// An Action cannot start because one of its secrets has no value.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "the secret {secret} of the Action \"{action}\" has no value; write {action}.{secret}=VALUE into \
     secrets.env of the tenant folder, or set the environment variable POSTLOGIN_SECRET_{secret}"
)]
pub struct MissingSecret {
    /// The Action's name.
    pub action: String,
    /// The secret's name.
    pub secret: String,
}

impl Action {
    /// The secrets that the Action sees, all with a value.
    ///
    /// # Errors
    /// A secret was not exported and is not given elsewhere.
    pub fn secrets_for_run(&self) -> Result<BTreeMap<String, String>, MissingSecret> {
        let resolved = |(name, value): (&String, &Option<String>)| match value {
            Some(value) => Ok((name.clone(), value.clone())),
            None => Err(MissingSecret {
                action: self.name.clone(),
                secret: name.clone(),
            }),
        };
        self.secrets.iter().map(resolved).collect()
    }
}
