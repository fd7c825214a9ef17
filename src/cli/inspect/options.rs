//! What the options compare with.

use super::super::clock::{frozen_clock, system_now};
use super::super::files;
use super::super::open_tenant::OpenTenant;
use super::super::options::TenantOptions;
use super::super::trouble::Trouble;
use super::tenant;
use crate::disk::Limit;
use crate::inspect::{self, Expected, Secret, TimeSource, Wanted};
use crate::keys::PrivateKey;
use crate::saml::metadata::signers;
use clap::Args;
use clap::builder::NonEmptyStringValueParser;
use serde::Deserialize;
use serde_json::Value;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

/// The options that give values to compare with.
#[derive(Args, Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "kebab-case", deny_unknown_fields)]
#[command(next_help_heading = "Compared with")]
pub(super) struct InspectOptions {
    /// Tenant folder, which gives issuer, keys and certificates
    #[arg(long, value_name = "DIR")]
    tenant: Option<PathBuf>,
    /// Value of a @@KEY@@ or ##KEY## placeholder of the tenant (repeatable)
    #[arg(long = "var", value_name = "KEY=VALUE", requires = "tenant")]
    #[serde(rename = "vars")]
    variables: Vec<String>,
    /// Application of the tenant, by name or client id, which gives audience, URLs and certificates
    #[arg(long, value_name = "NAME|ID", requires = "tenant")]
    client: Option<String>,
    /// Trusted signer: a certificate (PEM or DER) or metadata; then no other signer is trusted (repeatable)
    #[arg(long = "trust", alias = "certificate", value_name = "FILE")]
    #[serde(rename = "certificates")]
    certificates: Vec<PathBuf>,
    /// Entity to trust, where the metadata of --trust describe several
    #[arg(long, value_name = "ID", requires = "certificates")]
    entity_id: Option<String>,
    /// Private key (PEM) of the receiver, to decrypt with
    #[arg(long, value_name = "FILE")]
    key: Option<PathBuf>,
    /// JSON Web Key Set with the keys that may sign tokens
    #[arg(long, value_name = "FILE")]
    jwks: Option<PathBuf>,
    /// File with the secret of HS256 tokens; a line break at the end of the file is not part of the secret
    #[arg(long, value_name = "FILE")]
    secret_file: Option<PathBuf>,
    /// Expected audience: entity id of the service provider, client id, or identifier of the API
    #[arg(long, value_name = "ID", value_parser = NonEmptyStringValueParser::new())]
    audience: Option<String>,
    /// Expected issuer of the token or SAML message
    #[arg(long, value_name = "ID", value_parser = NonEmptyStringValueParser::new())]
    issuer: Option<String>,
    /// Expected assertion consumer service URL: Destination and Recipient of a response
    #[arg(long, visible_alias = "recipient", value_name = "URL", value_parser = NonEmptyStringValueParser::new())]
    acs_url: Option<String>,
    /// Expected URL of the receiver of requests: Destination of an AuthnRequest
    #[arg(long, value_name = "URL", value_parser = NonEmptyStringValueParser::new())]
    endpoint: Option<String>,
    /// Expected InResponseTo: ID of the request that the response answers
    #[arg(long, value_name = "ID", value_parser = NonEmptyStringValueParser::new())]
    request_id: Option<String>,
    /// Expected nonce: that of the OIDC request
    #[arg(long, value_name = "TEXT", value_parser = NonEmptyStringValueParser::new())]
    nonce: Option<String>,
    /// Number of the message to inspect, where FILE holds several
    #[arg(long, value_name = "N")]
    pick: Option<NonZeroUsize>,
    /// Check validity at this time instead of now
    #[arg(long, value_name = "RFC3339")]
    now: Option<String>,
}

impl InspectOptions {
    /// The expected values. An option overrides a value of the tenant.
    ///
    /// # Errors
    /// A file cannot be read or used, or the tenant does not have that client.
    pub(super) fn expected(&self) -> Result<Expected, Trouble> {
        let Self {
            tenant,
            variables,
            client,
            certificates,
            // Chooses from the metadata of the certificates.
            entity_id: _,
            key,
            jwks,
            secret_file,
            audience,
            issuer,
            acs_url,
            endpoint,
            request_id,
            nonce,
            pick,
            now,
        } = self;
        let frozen = now.as_deref().map(frozen_clock).transpose()?;
        let mut expected = Expected::at(frozen.unwrap_or_else(system_now));
        if now.is_some() {
            expected.now_from = TimeSource::Given;
        }
        expected.pick = *pick;
        if let Some(root) = tenant {
            let options = TenantOptions {
                variables: variables.clone(),
                ..TenantOptions::default()
            };
            let open = OpenTenant::open(Some(root), &options, &mut super::super::output::tell)?;
            tenant::known(&open, client.as_deref(), &mut expected)?;
        }
        ask(&mut expected.audience, audience.as_ref());
        ask(&mut expected.issuer, issuer.as_ref());
        ask(&mut expected.token_issuer, issuer.as_ref());
        ask(&mut expected.requester, issuer.as_ref());
        ask(&mut expected.endpoint, endpoint.as_ref());
        ask(&mut expected.request_id, request_id.as_ref());
        ask(&mut expected.nonce, nonce.as_ref());
        if let Some(url) = acs_url {
            for slot in [
                &mut expected.acs_urls,
                &mut expected.recipients,
                &mut expected.destinations,
            ] {
                *slot = Wanted::Asked(vec![url.clone()]);
            }
        }
        if !certificates.is_empty() || jwks.is_some() {
            (expected.jwks, expected.secrets) = (Wanted::Nothing, Wanted::Nothing);
        }
        if !certificates.is_empty() {
            self.trust_certificates(&mut expected)?;
        }
        if let Some(path) = jwks {
            let set = files::json::<Value>(path)?;
            let keys = inspect::jwks(&set).map_err(|error| {
                Trouble::new(
                    format!("{}: {error}", path.display()),
                    "give the document of the issuer's jwks_uri",
                )
            })?;
            expected.jwks = Wanted::Asked(keys);
        }
        if let Some(path) = key {
            let key = PrivateKey::from_pem(&files::text(path)?);
            expected.key = Wanted::Asked(key.map_err(|error| {
                Trouble::new(
                    format!("{}: {error}", path.display()),
                    "give the private key as PEM, without a passphrase",
                )
            })?);
        }
        if let Some(path) = secret_file {
            expected.secrets = Wanted::Asked(vec![secret(path)?]);
        }
        Ok(expected)
    }

    /// Trusts the certificates of all files and no others. Certificates of metadata are trusted in their SAML role
    /// only, not as issuers of tokens.
    fn trust_certificates(&self, expected: &mut Expected) -> Result<(), Trouble> {
        let (mut of_issuer, mut of_requester, mut of_tokens) = (Vec::new(), Vec::new(), Vec::new());
        for path in &self.certificates {
            let bytes = files::bytes(path, Limit::Message)?;
            let wrong = |error: &dyn std::fmt::Display, help| {
                Trouble::new(format!("{}: {error}", path.display()), help)
            };
            let text = String::from_utf8_lossy(&bytes);
            let text = text.trim_start_matches('\u{feff}').trim_start();
            if text.starts_with('<') {
                let signers = signers(text, self.entity_id.as_deref(), expected.now).map_err(|error| {
                    wrong(
                        &error,
                        "give metadata that hold the keys of the signer, or certificates",
                    )
                })?;
                of_issuer.extend(signers.identity_provider.iter().cloned());
                of_requester.extend(signers.service_provider.iter().cloned());
                expected.metadata.push(signers);
                continue;
            }
            let trusted = inspect::certificates(&bytes).map_err(|error| {
                wrong(
                    &error,
                    "give metadata, or certificates as PEM or DER without a private \
                    key",
                )
            })?;
            of_issuer.extend(trusted.iter().cloned());
            of_requester.extend(trusted.iter().cloned());
            of_tokens.extend(trusted);
        }
        if let Some(entity) = &self.entity_id
            && expected.metadata.is_empty()
        {
            return Err(Trouble::new(
                format!("--entity-id {entity} chooses an entity of metadata, but --trust gives no metadata"),
                "give the metadata with --trust, or leave --entity-id out",
            ));
        }
        expected.certificates = Wanted::Asked(of_issuer);
        expected.request_certificates = Wanted::Asked(of_requester);
        expected.token_certificates = Wanted::Asked(of_tokens);
        Ok(())
    }
}

fn ask(slot: &mut Wanted<String>, typed: Option<&String>) {
    if let Some(typed) = typed {
        *slot = Wanted::Asked(typed.clone());
    }
}

fn secret(path: &Path) -> Result<Secret, Trouble> {
    let mut secret = files::bytes(path, Limit::Secret)?;
    if secret.ends_with(b"\n") {
        secret.pop();
    }
    if secret.is_empty() {
        return Err(Trouble::new(
            format!("{} is empty", path.display()),
            "write the secret into the file; anybody can sign with an empty secret",
        ));
    }
    if is_public(&secret) {
        return Err(Trouble::new(
            format!("{} holds public data, not a secret", path.display()),
            "anybody can sign with public data as if it were a secret (RFC 8725 section 2.1); give a key set with \
             --jwks, or a certificate with --trust",
        ));
    }
    Ok(Secret::of(secret))
}

/// Whether the bytes are a certificate, a public key or a key set, which are public.
fn is_public(secret: &[u8]) -> bool {
    let is_key_set =
        || serde_json::from_slice::<Value>(secret).is_ok_and(|value| inspect::jwks(&value).is_ok());
    let text = String::from_utf8_lossy(secret);
    let is_public_block = |label: &str| label.starts_with("CERTIFICATE") || label.starts_with("PUBLIC KEY");
    let mut labels = text
        .match_indices("-----BEGIN ")
        .map(|(at, begin)| &text[at + begin.len()..]);
    labels.any(|label| is_public_block(label) || label.starts_with("RSA PUBLIC KEY")) || is_key_set()
}
