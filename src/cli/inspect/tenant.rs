//! What a tenant and its application give to compare with: issuer, audience, URLs, keys.

use super::super::open_tenant::OpenTenant;
use super::super::trouble::Trouble;
use crate::inspect::{self, Expected, Secret, Wanted};
use crate::saml::inbound::Sha1Policy;
use crate::saml_setting::{Effective, Set, UnusableSetting};
use crate::tenant::{Client, Config, Demand};
use crate::token;

/// Fills in the values of the tenant, and those of its application `client` if one is named.
///
/// # Errors
/// The tenant has no such application, or a certificate of the application cannot be read.
pub(super) fn known(open: &OpenTenant, client: Option<&str>, expected: &mut Expected) -> Result<(), Trouble> {
    let config = &open.tenant.config;
    expected.issuer = Wanted::OfTenant(config.saml.issuer.replace("{domain}", config.domain()));
    expected.token_issuer = Wanted::OfTenant(config.endpoints().issuer());
    expected.jwks = Wanted::OfTenant(inspect::jwks(&token::jwks(&open.keys)).unwrap_or_default());
    let pairs = [
        Some(&open.keys.current),
        open.keys.next.as_ref(),
        open.keys.previous.as_ref(),
    ];
    expected.request_sha1 = Sha1Policy::of(&config.saml);
    let certificates = pairs.into_iter().flatten().map(|pair| pair.certificate().clone());
    expected.certificates = Wanted::OfTenant(certificates.collect());
    let mut secrets = secrets_of_apis(open);
    if let Some(name) = client {
        let client = open.application(name, "name a client of this tenant")?;
        expected.client_id = Wanted::OfTenant(client.client_id.clone());
        secrets.extend(secret_of_client(client)?);
        of_addon(client, config, expected)?;
    }
    if !secrets.is_empty() {
        expected.secrets = Wanted::OfTenant(secrets);
    }
    Ok(())
}

/// The secrets of the APIs whose tokens are signed with HS256. Others have a secret too, with which nothing is signed.
fn secrets_of_apis(open: &OpenTenant) -> Vec<Secret> {
    let apis = open.tenant.resource_servers.iter();
    let apis = apis.filter(|api| api.is_signed_with_secret());
    apis.filter_map(|api| {
        let secret = api.hmac_secret()?.as_bytes().to_vec();
        Some(Secret::for_audience(secret, &*api.identifier))
    })
    .collect()
}

/// The secret of an application whose ID tokens are signed with HS256.
fn secret_of_client(client: &Client) -> Result<Option<Secret>, Trouble> {
    if !client.jwt_configuration.is_signed_with_secret() {
        return Ok(None);
    }
    let secret = token::client_secret(client).map_err(|error| {
        Trouble::new(
            error.to_string(),
            "correct the client; `postlogin check` names the place",
        )
    })?;
    Ok(secret.map(|secret| Secret::for_audience(secret.into_owned(), &*client.client_id)))
}

fn of_addon(client: &Client, config: &Config, expected: &mut Expected) -> Result<(), Trouble> {
    let Some(addon) = &client.addons.samlp else {
        return Ok(());
    };
    let settings = Effective::of_addon(&addon.settings);
    let unusable = |setting: UnusableSetting<'_>| {
        Trouble::new(
            format!(
                "client \"{}\": addons.samlp.{}: {}",
                client.name, setting.member, setting.error
            ),
            "correct the client; `postlogin check` names the place",
        )
    };
    if let Some(issuer) = settings.issuer.get().map_err(unusable)? {
        expected.issuer = Wanted::OfTenant(issuer.clone());
    }
    if let Some(certificate) = settings.cert.get().map_err(unusable)? {
        expected.certificates = Wanted::OfTenant(vec![certificate.clone()]);
    }
    if let Some(certificates) = settings.signing_cert.get().map_err(unusable)? {
        expected.request_certificates = some_of(certificates.clone());
    }
    let audience = settings.audience.get().map_err(unusable)?;
    let audience = audience.and_then(|audience| audience.first());
    expected.audience = text_of(audience.or(addon.entity_id.as_ref()));
    let demand = Demand::of(addon, None);
    expected.attributes = demand.attributes.to_vec();
    expected.subject_id = demand.subject_id;
    expected.requester = text_of(addon.entity_id.as_ref());
    let services = addon.assertion_consumer_services.iter().flatten();
    expected.acs_indexes = services
        .map(|service| (service.index, service.url.clone()))
        .collect();
    let services = expected.acs_indexes.iter().map(|(_, url)| url.clone());
    let acs_urls: Vec<_> = client.callbacks.iter().cloned().chain(services).collect();
    let one = |set: &Set<'_, String>| {
        let url = set.get().map_err(unusable)?;
        Ok(url.map_or_else(
            || some_of(acs_urls.clone()),
            |url| Wanted::OfTenant(vec![url.clone()]),
        ))
    };
    expected.recipients = one(&settings.recipient)?;
    expected.destinations = one(&settings.destination)?;
    expected.acs_urls = some_of(acs_urls);
    expected.endpoint = Wanted::OfTenant(config.endpoints().saml(&client.client_id));
    Ok(())
}

/// An empty list of a tenant says nothing.
fn some_of<T>(list: Vec<T>) -> Wanted<Vec<T>> {
    if list.is_empty() {
        Wanted::Nothing
    } else {
        Wanted::OfTenant(list)
    }
}

fn text_of(text: Option<&String>) -> Wanted<String> {
    text.filter(|text| !text.is_empty())
        .cloned()
        .map_or(Wanted::Nothing, Wanted::OfTenant)
}
