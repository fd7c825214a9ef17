//! `postlogin inspect`: what a message, token, certificate or metadata file is, and what is wrong with it.

mod text;

use super::desk::Desk;
use super::login::{frozen_clock, system_now};
use super::options::TenantOptions;
use super::trouble::{FAILED, ISSUED, REFUSED, Trouble};
use super::{Format, files};
use crate::inspect::{self, Expected, Jwk, Kind, Report, inspect};
use crate::keys::{Certificate, PrivateKey};
use crate::saml::inbound::Sha1Policy;
use crate::saml::metadata::signers;
use crate::tenant::{Client, Config};
use crate::token;
use clap::Args;
use serde::Deserialize;
use serde_json::Value;
use std::path::{Path, PathBuf};

pub(super) const EXAMPLES: &str = "Examples:
  postlogin inspect response.b64 --tenant my-tenant --client payroll
  postlogin run my-tenant --client payroll --user ada@example.org | postlogin inspect -
  postlogin inspect message.xml --certificate idp.crt --audience urn:sp --now 2026-01-15T12:00:00Z
  postlogin inspect message.xml --certificate federation.xml --entity-id https://idp.example/metadata
  postlogin inspect token.jwt --jwks jwks.json --format json

FILE holds any of: a SAML message or metadata (XML, base64, DEFLATE, form body, URL), a JWT or JWE,
a key set, a certificate or key (PEM, DER), the result of `postlogin run`. Private keys are not shown.

Exit status: 0 no check failed, 1 not recognised or not readable, 2 wrong usage, 3 a check failed.";

#[derive(Args)]
pub(super) struct InspectArgs {
    /// What is inspected (- is stdin)
    file: PathBuf,
    #[command(flatten)]
    options: InspectOptions,
    /// How the report is printed; json when standard output is not a terminal
    #[arg(long, value_enum)]
    format: Option<Format>,
}

/// What it is compared with.
#[derive(Args, Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "kebab-case", deny_unknown_fields)]
#[command(next_help_heading = "Compared with")]
pub(super) struct InspectOptions {
    /// Tenant folder: issuer, keys and certificates
    #[arg(long, value_name = "DIR")]
    tenant: Option<PathBuf>,
    /// Value of a @@KEY@@ or ##KEY## placeholder of the tenant (repeatable)
    #[arg(long = "var", value_name = "KEY=VALUE", requires = "tenant")]
    #[serde(rename = "vars")]
    variables: Vec<String>,
    /// Application of the tenant, by name or client id: audience, URLs, certificates
    #[arg(long, value_name = "NAME|ID", requires = "tenant")]
    client: Option<String>,
    /// Certificate (PEM or DER) that may sign, or metadata of who may; nothing else is trusted then (repeatable)
    #[arg(long = "certificate", value_name = "FILE")]
    #[serde(rename = "certificates")]
    certificates: Vec<PathBuf>,
    /// Which entity, where the metadata of --certificate describe several
    #[arg(long, value_name = "ID", requires = "certificates")]
    entity_id: Option<String>,
    /// Private key (PEM) of the receiver, to decrypt with
    #[arg(long, value_name = "FILE")]
    key: Option<PathBuf>,
    /// JSON Web Key Set that may sign tokens
    #[arg(long, value_name = "FILE")]
    jwks: Option<PathBuf>,
    /// File with the secret of HS256 tokens; one line end at its end does not count
    #[arg(long, value_name = "FILE")]
    secret_file: Option<PathBuf>,
    /// Whom it is for: entity id of the service provider, client id, identifier of the API
    #[arg(long, value_name = "ID")]
    audience: Option<String>,
    /// Who issued it, or sent the request
    #[arg(long, value_name = "ID")]
    issuer: Option<String>,
    /// Assertion consumer service: Destination and Recipient of a response
    #[arg(long, visible_alias = "recipient", value_name = "URL")]
    acs_url: Option<String>,
    /// Where requests are sent: Destination of an AuthnRequest
    #[arg(long, value_name = "URL")]
    endpoint: Option<String>,
    /// ID of the request that is answered
    #[arg(long, value_name = "ID")]
    request_id: Option<String>,
    /// OIDC nonce of the request
    #[arg(long, value_name = "TEXT")]
    nonce: Option<String>,
    /// Judge at this moment instead of now
    #[arg(long, value_name = "RFC3339")]
    now: Option<String>,
}

pub(super) fn run(args: &InspectArgs) -> Result<u8, Trouble> {
    let expected = args.options.expected()?;
    let report = inspect(&files::bytes(&args.file, MAX_BYTES)?, &expected);
    let format = Format::chosen(args.format);
    let printed = match format {
        Format::Json => format!("{:#}\n", serde_json::to_value(&report).unwrap_or_default()),
        Format::Text => text::report(&report),
    };
    format.print(&printed)?;
    Ok(status(&report))
}

fn status(report: &Report) -> u8 {
    match (report.is_good(), report.kind) {
        (true, _) => ISSUED,
        (false, Kind::Unknown) => FAILED,
        (false, _) => REFUSED,
    }
}

impl InspectOptions {
    fn expected(&self) -> Result<Expected, Trouble> {
        let frozen = self.now.as_deref().map(frozen_clock).transpose()?;
        let mut expected = Expected::at(frozen.unwrap_or_else(system_now));
        if let Some(root) = &self.tenant {
            let options = TenantOptions {
                variables: self.variables.clone(),
                ..TenantOptions::default()
            };
            let desk = Desk::open(Some(root), &options, &mut super::tell)?;
            of_tenant(&desk, &mut expected);
            if let Some(name) = &self.client {
                let client = desk
                    .tenant
                    .client(name)
                    .map_err(|error| Trouble::new(error.to_string(), "name a client of this tenant"))?;
                of_client(client, &desk.tenant.config, &mut expected)?;
            }
        }
        self.given(&mut expected)?;
        Ok(expected)
    }

    /// What was typed counts before what a tenant says.
    fn given(&self, expected: &mut Expected) -> Result<(), Trouble> {
        let set = |slot: &mut Option<String>, given: &Option<String>| {
            if given.is_some() {
                slot.clone_from(given);
            }
        };
        set(&mut expected.audience, &self.audience);
        set(&mut expected.issuer, &self.issuer);
        set(&mut expected.token_issuer, &self.issuer);
        set(&mut expected.requester, &self.issuer);
        set(&mut expected.endpoint, &self.endpoint);
        set(&mut expected.request_id, &self.request_id);
        set(&mut expected.nonce, &self.nonce);
        if let Some(url) = &self.acs_url {
            for slot in [
                &mut expected.acs_urls,
                &mut expected.recipients,
                &mut expected.destinations,
            ] {
                *slot = vec![url.clone()];
            }
        }
        if !self.certificates.is_empty() || self.jwks.is_some() {
            expected.jwks.clear();
        }
        if !self.certificates.is_empty() {
            expected.certificates.clear();
            expected.request_certificates.clear();
            for path in &self.certificates {
                self.trust(path, expected)?;
            }
        }
        if let Some(path) = &self.jwks {
            let set = files::json::<Value>(path)?;
            let keys = inspect::jwks(&set).map_err(|error| {
                Trouble::new(
                    format!("{}: {error}", path.display()),
                    "give the document of the issuer's jwks_uri",
                )
            })?;
            expected.jwks.extend(keys);
        }
        if let Some(path) = &self.key {
            let key = PrivateKey::from_pem(&files::text(path)?);
            expected.key = Some(key.map_err(|error| {
                Trouble::new(
                    format!("{}: {error}", path.display()),
                    "give the private key as PEM, without a passphrase",
                )
            })?);
        }
        if let Some(path) = &self.secret_file {
            let mut secret = files::bytes(path, MAX_SECRET_BYTES)?;
            if secret.ends_with(b"\n") {
                secret.pop();
            }
            expected.secrets = vec![secret];
        }
        Ok(())
    }
}

impl InspectOptions {
    /// Trusts the certificates of a file; those of metadata in their role only.
    fn trust(&self, path: &Path, expected: &mut Expected) -> Result<(), Trouble> {
        let bytes = files::bytes(path, MAX_BYTES)?;
        let wrong =
            |error: &dyn std::fmt::Display, help| Trouble::new(format!("{}: {error}", path.display()), help);
        let text = String::from_utf8_lossy(&bytes);
        let text = text.trim_start_matches('\u{feff}').trim_start();
        if text.starts_with('<') {
            let signers = signers(text, self.entity_id.as_deref(), expected.now)
                .map_err(|error| wrong(&error, "give metadata that name whose keys sign, or certificates"))?;
            expected
                .certificates
                .extend(signers.identity_provider.iter().cloned());
            expected
                .request_certificates
                .extend(signers.service_provider.iter().cloned());
            expected.metadata.push(signers);
            return Ok(());
        }
        let trusted = inspect::certificates(&bytes)
            .map_err(|error| wrong(&error, "give certificates as PEM or DER, and no key, or metadata"))?;
        let keys = trusted
            .iter()
            .map(|certificate| Jwk::of(certificate.public_key()));
        expected.jwks.extend(keys);
        expected.request_certificates.extend(trusted.iter().cloned());
        expected.certificates.extend(trusted);
        Ok(())
    }
}

fn of_tenant(desk: &Desk, expected: &mut Expected) {
    let config = &desk.tenant.config;
    expected.issuer = Some(config.saml.issuer.replace("{domain}", &config.domain));
    expected.token_issuer = Some(format!("https://{}/", config.domain));
    expected.jwks = inspect::jwks(&token::jwks(&desk.keys)).unwrap_or_default();
    let secrets = desk.tenant.resource_servers.iter();
    let secrets = secrets.filter_map(|server| server.signing_secret.clone());
    expected.secrets = secrets
        .filter(|secret| !secret.is_empty())
        .map(String::into_bytes)
        .collect();
    let pairs = [
        Some(&desk.keys.current),
        desk.keys.next.as_ref(),
        desk.keys.previous.as_ref(),
    ];
    expected.request_sha1 = Sha1Policy::of(&config.saml);
    expected.certificates = pairs
        .into_iter()
        .flatten()
        .map(|pair| pair.certificate().clone())
        .collect();
}

fn of_client(client: &Client, config: &Config, expected: &mut Expected) -> Result<(), Trouble> {
    expected.client_id = Some(client.client_id.clone());
    let secret = client.client_secret.clone().filter(|secret| !secret.is_empty());
    expected.secrets.extend(secret.map(String::into_bytes));
    let Some(addon) = &client.addons.samlp else {
        return Ok(());
    };
    let trusted = |member: &str, pem: &str| {
        Certificate::from_pem(pem).map_err(|error| {
            Trouble::new(
                format!("client \"{}\": addons.samlp.{member}: {error}", client.name),
                "correct the client; `postlogin check` names the place",
            )
        })
    };
    if let Some(issuer) = &addon.issuer {
        expected.issuer = Some(issuer.clone());
    }
    if let Some(pem) = &addon.cert {
        expected.certificates = vec![trusted("cert", pem)?];
    }
    if let Some(pems) = &addon.signing_cert {
        let list = pems.as_slice().iter().map(|pem| trusted("signingCert", pem));
        expected.request_certificates = list.collect::<Result<_, _>>()?;
    }
    let audience = addon
        .audience
        .as_ref()
        .and_then(|audience| audience.as_slice().first());
    expected.audience = audience.or(addon.entity_id.as_ref()).cloned();
    expected.requester.clone_from(&addon.entity_id);
    let services = addon.assertion_consumer_services.iter().flatten();
    let services = services.map(|service| service.url.clone());
    expected.acs_urls = client.callbacks.iter().cloned().chain(services).collect();
    let one = |set: &Option<String>| {
        set.clone()
            .map_or_else(|| expected.acs_urls.clone(), |url| vec![url])
    };
    (expected.recipients, expected.destinations) = (one(&addon.recipient), one(&addon.destination));
    expected.endpoint = Some(format!("https://{}/samlp/{}", config.domain, client.client_id));
    Ok(())
}

/// Metadata of a whole federation, in base64.
const MAX_BYTES: u64 = 48 * 1024 * 1024;
const MAX_SECRET_BYTES: u64 = 64 * 1024;

#[cfg(test)]
mod tests;
