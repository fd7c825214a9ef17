//! The secrets that a tenant names, to be kept out of what is written.

use super::whole::Tenant;
use crate::secret::Secret;

/// The secrets of Actions, modules, applications and APIs, each with the name that stands in its place.
pub fn known_secrets(tenant: &Tenant) -> Vec<(String, Secret<String>)> {
    let mut named = Vec::new();
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
    let apis = apis.filter_map(|api| Some(("signing_secret", &api.identifier, api.signing_secret.clone()?)));
    named.extend(
        clients
            .chain(apis)
            .map(|(what, whose, value)| (format!("{what} of {whose}"), value)),
    );
    named
}
