//! The secrets that a tenant and its command line name, to be kept out of what is written.

use super::open_tenant::OpenTenant;
use super::options::assignments;
use super::trouble::Trouble;
use crate::action::SecretSearch;
use crate::secret::Secret;
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
        let tenant = &self.tenant;
        let given = assignments(given, "--secret")?.into_iter();
        let mut named: Vec<(String, Secret<String>)> =
            given.map(|(name, value)| (name, value.into())).collect();
        for action in &tenant.actions {
            let secrets = action.secrets.iter();
            named.extend(secrets.filter_map(|(name, value)| Some((name.clone(), value.clone()?))));
        }
        for module in &tenant.modules {
            let secrets = module.secrets.iter();
            let of_module = |name: &String| format!("{}.{name}", module.name);
            named.extend(secrets.filter_map(|(name, value)| Some((of_module(name), value.clone()?))));
        }
        let clients = tenant.clients.iter();
        let clients =
            clients.filter_map(|client| Some(("client_secret", &client.name, client.client_secret.clone()?)));
        let apis = tenant.resource_servers.iter();
        let apis =
            apis.filter_map(|api| Some(("signing_secret", &api.identifier, api.signing_secret.clone()?)));
        named.extend(
            clients
                .chain(apis)
                .map(|(what, whose, value)| (format!("{what} of {whose}"), value)),
        );
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
