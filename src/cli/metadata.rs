//! `postlogin metadata`: the SAML metadata of the identity provider, for one application's service provider.

use super::clock::{frozen_clock, system_now};
use super::open_tenant::OpenTenant;
use super::options::TenantOptions;
use super::trouble::{ISSUED, Trouble};
use crate::random::SystemRandom;
use crate::saml::metadata::{Publisher, Signed, Terms, identity_provider};
use crate::tenant::{Client, metadata_span};
use crate::trace::Trace;
use clap::Args;
use std::path::PathBuf;
use std::time::Duration;

pub(super) const EXAMPLES: &str = "Examples:
  postlogin metadata my-tenant --client payroll > idp-metadata.xml
  postlogin metadata my-tenant --client payroll --sign --valid-for 7d --cache-for 6h";

#[derive(Args)]
pub(super) struct MetadataArgs {
    /// Tenant folder, as the deploy CLI exports it
    #[arg(default_value = ".")]
    tenant: PathBuf,
    /// Application, by name or client id
    #[arg(long, value_name = "NAME|ID")]
    client: String,
    /// Sign the document with the pair that signs the application's responses
    #[arg(long)]
    sign: bool,
    /// How long the document may be used, such as 7d (validUntil)
    #[arg(long, value_name = "DURATION", value_parser = metadata_span)]
    valid_for: Option<Duration>,
    /// How long a reader may keep the document before it fetches the document again, such as 6h (cacheDuration)
    #[arg(long, value_name = "DURATION", value_parser = metadata_span)]
    cache_for: Option<Duration>,
    /// Freeze the clock at this time
    #[arg(long, value_name = "RFC3339")]
    now: Option<String>,
    #[command(flatten)]
    options: TenantOptions,
}

pub(super) fn run(args: &MetadataArgs) -> Result<u8, Trouble> {
    let frozen = args.now.as_deref().map(frozen_clock).transpose()?;
    let open = OpenTenant::open(Some(&args.tenant), &args.options, &mut super::output::tell)?;
    let client = service_provider(&open, &args.client)?;
    let config = &open.tenant.config;
    let configured = Terms::of(&config.saml.metadata).map_err(|error| {
        let what = format!("[saml.metadata] of postlogin.toml: {}", error.what);
        Trouble::new(what, error.help)
    })?;
    let terms = Terms {
        signed: if args.sign { Signed::Yes } else { configured.signed },
        valid_for: args.valid_for.or(configured.valid_for),
        cache_for: args.cache_for.or(configured.cache_for),
    };
    let publisher = Publisher {
        domain: config.domain(),
        endpoints: config.endpoints(),
        keys: &open.keys,
        config: &config.saml,
    };
    let mut trace = Trace::default();
    let now = frozen.unwrap_or_else(system_now);
    let document = identity_provider(client, &publisher, &terms, now, &mut SystemRandom, &mut trace);
    let document = document.map_err(|error| {
        Trouble::new(
            format!("the metadata for \"{}\" cannot be made: {error}", client.name),
            "correct addons.samlp of the client; `postlogin check` names the place",
        )
    })?;
    for warning in &trace.warnings {
        super::output::tell(&format!("warning: {} ({})", warning.message, warning.code));
    }
    super::output::print_exactly(&format!("{document}\n"))?;
    Ok(ISSUED)
}

/// The client that has a service provider.
fn service_provider<'d>(open: &'d OpenTenant, name_or_id: &str) -> Result<&'d Client, Trouble> {
    let client = open.application(name_or_id, "name a client of this tenant")?;
    if client.addons.samlp.is_none() {
        return Err(Trouble::new(
            format!(
                "\"{}\" is not a SAML application: the client has no addons.samlp",
                client.name
            ),
            "name another client, or give this one the add-on with `postlogin import-sp FILE --client NAME`",
        ));
    }
    Ok(client)
}
