//! What the demo changes about the tenant that it serves, in memory alone: the example application and the example service
//! provider stand in for the applications of the tenant, so that Actions see the application that they are written for.

use crate::keys::Certificate;
use crate::random::{ALPHANUMERIC, Random as _, SystemRandom};
use crate::secret::Secret;
use crate::tenant::{AppType, Client, ClientAuthentication, Tenant};
use serde_json::json;

/// The callback of the example application, behind the URL of the server.
pub(super) const CALLBACK: &str = "demo/app/callback";
/// The assertion consumer service of the example service provider.
pub(super) const ACS: &str = "demo/sp/acs";

/// Lets the example application and service provider act as the applications of the tenant; where the tenant has none, it
/// gets one. Where a service provider signs its requests, the example one signs them with the key of `certificate`.
pub(in crate::server) fn prepare(tenant: &mut Tenant, url: &str, certificate: &Certificate) {
    if !tenant.clients.iter().any(is_application) {
        tenant.clients.extend(example(json!({
            "name": "Example application", "client_id": "demo-app", "app_type": "regular_web",
            "grant_types": ["authorization_code", "refresh_token"],
        })));
    }
    if !tenant.clients.iter().any(is_service_provider) {
        tenant.clients.extend(example(json!({
            "name": "Example service provider", "client_id": "demo-sp", "app_type": "regular_web",
            "addons": {"samlp": {"audience": "urn:demo:sp"}},
        })));
    }
    for client in &mut tenant.clients {
        if let Some(addon) = &mut client.addons.samlp
            && matches!(addon.settings.signing_cert, Some(Ok(_)))
        {
            addon.settings.signing_cert = Some(Ok(vec![certificate.clone()]));
        }
        if is_service_provider(client) {
            client.callbacks.push(format!("{url}{ACS}"));
        } else if is_application(client) {
            client.callbacks.push(format!("{url}{CALLBACK}"));
            // Exports hold no secret.
            if !client.is_public() && client.hmac_secret().is_none() {
                client.client_secret = Some(Secret::new(SystemRandom.text(ALPHANUMERIC, SECRET)));
            }
        }
        if is_service_provider(client) || is_application(client) {
            for page in ["demo", "demo/app", "demo/sp"] {
                client.allowed_logout_urls.push(format!("{url}{page}"));
            }
        }
    }
}

const SECRET: usize = 48;

fn example(client: serde_json::Value) -> Option<Client> {
    let mut client: Client = serde_json::from_value(client).ok()?;
    client.is_first_party = Some(true);
    Some(client)
}

/// The applications that the example application can act as, those of a server first.
pub(super) fn applications(tenant: &Tenant) -> Vec<&Client> {
    let is_of_server = |client: &&Client| {
        let kind = client.app_type.as_ref();
        kind.is_none_or(|kind| kind.value() == Ok(&AppType::RegularWeb))
    };
    let all = tenant.clients.iter().filter(|client| is_application(client));
    let (first, then): (Vec<_>, Vec<_>) = all.partition(is_of_server);
    first.into_iter().chain(then).collect()
}

/// Whether people log in to it over OpenID Connect, and the example application can act as it.
fn is_application(client: &Client) -> bool {
    let authenticates = matches!(
        client.authentication(),
        ClientAuthentication::None | ClientAuthentication::SecretPost | ClientAuthentication::SecretBasic
    );
    !is_service_provider(client) && client.has_grant("authorization_code") && authenticates
}

/// Whether people log in to it over SAML.
pub(super) fn is_service_provider(client: &Client) -> bool {
    client.addons.samlp.is_some()
}
