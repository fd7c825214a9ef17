//! The secrets that a tenant and its command line name, to be kept out of what is written.

use super::open_tenant::OpenTenant;
use super::options::assignments;
use super::trouble::Trouble;
use crate::action::SecretSearch;
use crate::secret::Secret;
use crate::tenant::known_secrets;
use std::sync::{Arc, OnceLock};

/// Secrets with the names that stand in their place. A clone shares everything.
#[derive(Clone)]
pub(super) struct KnownSecrets(Arc<Known>);

struct Known {
    named: Vec<(String, Secret<String>)>,
    /// Made when the first text is looked through.
    search: OnceLock<SecretSearch>,
}

impl OpenTenant {
    /// The secrets of Actions, modules, applications and APIs, and those that `--secret` gives.
    ///
    /// # Errors
    /// A `--secret` is not NAME=VALUE.
    pub(super) fn known_secrets(&self, given: &[String]) -> Result<KnownSecrets, Trouble> {
        let given = assignments(given, "--secret")?.into_iter();
        let mut named: Vec<(String, Secret<String>)> =
            given.map(|(name, value)| (name, value.into())).collect();
        named.extend(known_secrets(&self.tenant));
        let search = OnceLock::new();
        Ok(KnownSecrets(Arc::new(Known { named, search })))
    }
}

impl KnownSecrets {
    /// Puts `[secret NAME]` in the place of each.
    pub(super) fn hide_in(&self, text: &mut String) {
        let named = || self.0.named.iter().map(|(name, value)| (name, value));
        let search = self.0.search.get_or_init(|| SecretSearch::of(named()));
        search.hide_in(text);
    }

    /// Puts them back into a JSON text.
    pub(super) fn put_back(&self, json: &mut String) {
        for (name, value) in &self.0.named {
            let handle = format!("[secret {name}]");
            if json.contains(&handle) {
                let written = serde_json::Value::from(value.reveal().as_str()).to_string();
                *json = json.replace(&handle, &written[1..written.len() - 1]);
            }
        }
    }
}
