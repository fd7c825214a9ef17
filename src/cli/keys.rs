//! `postlogin keys`: make, list and roll signing keys.

use super::desk::{key_trouble, read, tell_origin};
use super::login::system_now;
use super::options::TenantOptions;
use super::trouble::{ISSUED, Trouble};
use crate::keys::{self, KeyRing};
use crate::random::SystemRandom;
use crate::tenant::Reading;
use clap::{Args, Subcommand};
use std::fmt::Write as _;
use std::path::PathBuf;

#[derive(Args)]
pub(super) struct KeysArgs {
    #[command(subcommand)]
    command: KeysCommand,
}

#[derive(Subcommand)]
enum KeysCommand {
    /// Make an RSA key with its certificate, in one PEM file as [keys] takes it
    New(NewArgs),
    /// List the signing keys of a tenant: which one signs, and their ids
    List(TenantArgs),
    /// Roll the kept keys: the next one signs, the current one is still published
    Rotate(TenantArgs),
    /// Print the public keys as a JSON Web Key Set
    Jwks(TenantArgs),
}

#[derive(Args)]
struct NewArgs {
    /// The file to make; it must not exist
    file: PathBuf,
    /// Common name of the certificate
    #[arg(long, value_name = "NAME", default_value = "postlogin")]
    name: String,
}

#[derive(Args)]
struct TenantArgs {
    /// Tenant folder, as the deploy CLI exports it
    #[arg(default_value = ".")]
    tenant: PathBuf,
    #[command(flatten)]
    options: TenantOptions,
}

impl TenantArgs {
    fn read(&self) -> Result<Reading, Trouble> {
        read(&self.tenant, &self.options)
    }

    fn ring(&self) -> Result<KeyRing, Trouble> {
        let reading = self.read()?;
        let loaded = keys::load(&reading.tenant.root, &reading.tenant.config.keys);
        let (ring, origin) = loaded.map_err(|error| key_trouble(&error))?;
        tell_origin(&origin, &mut super::tell);
        Ok(ring)
    }
}

pub(super) fn run(args: &KeysArgs) -> Result<u8, Trouble> {
    let text = match &args.command {
        KeysCommand::Jwks(of) => format!("{:#}\n", crate::token::jwks(&of.ring()?)),
        KeysCommand::List(of) => listed(&of.ring()?),
        KeysCommand::New(new) => {
            let pair = keys::rsa_pair(&new.name, system_now(), &mut SystemRandom);
            let pair = pair.map_err(|error| key_trouble(&error))?;
            keys::write_pair(&pair, &new.file).map_err(|error| key_trouble(&error))?;
            format!("{}  kid {}\n", new.file.display(), pair.kid())
        }
        KeysCommand::Rotate(of) => {
            let tenant = of.read()?.tenant;
            let ring = keys::rotate(&tenant.root, &tenant.config.keys, system_now(), &mut SystemRandom);
            listed(&ring.map_err(|error| key_trouble(&error))?)
        }
    };
    super::print(&text)?;
    Ok(ISSUED)
}

fn listed(ring: &KeyRing) -> String {
    let pairs = [
        ("current", Some(&ring.current)),
        ("next", ring.next.as_ref()),
        ("previous", ring.previous.as_ref()),
    ];
    let mut text = String::new();
    for (role, pair) in pairs.into_iter().filter_map(|(role, pair)| Some((role, pair?))) {
        let _ = writeln!(
            text,
            "{role:<9} kid {}  RSA {} bits  certificate until {}",
            pair.kid(),
            pair.key().pkey().bits(),
            pair.certificate().x509().not_after()
        );
    }
    text
}
