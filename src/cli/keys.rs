//! `postlogin keys`: make and list signing keys.

use super::options::TenantOptions;
use super::trouble::{ISSUED, Trouble};
use crate::keys;
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
    /// List the signing keys of a tenant: which one signs, and their ids
    List(ListArgs),
    /// Print the public keys as a JSON Web Key Set
    Jwks(ListArgs),
}

#[derive(Args)]
struct ListArgs {
    /// Tenant folder, as the deploy CLI exports it
    #[arg(default_value = ".")]
    tenant: PathBuf,
    #[command(flatten)]
    options: TenantOptions,
}

pub(super) fn run(args: &KeysArgs) -> Result<u8, Trouble> {
    let (KeysCommand::Jwks(of) | KeysCommand::List(of)) = &args.command;
    let reading = super::login::read(&of.tenant, &of.options)?;
    let loaded = keys::load(&reading.tenant.root, &reading.tenant.config.keys);
    let (ring, origin) =
        loaded.map_err(|error| Trouble::new(error.to_string(), "check [keys] in postlogin.toml"))?;
    super::login::tell_origin(&origin, &mut super::tell);
    match args.command {
        KeysCommand::Jwks(_) => super::print(&format!("{:#}\n", crate::token::jwks(&ring)))?,
        KeysCommand::List(_) => {
            let mut text = String::new();
            let pairs = [
                ("current", Some(&ring.current)),
                ("next", ring.next.as_ref()),
                ("previous", ring.previous.as_ref()),
            ];
            for (role, pair) in pairs.into_iter().filter_map(|(role, pair)| Some((role, pair?))) {
                let certificate = pair.certificate().x509();
                let _ = writeln!(
                    text,
                    "{role:<9} kid {}  RSA {} bits  certificate until {}",
                    pair.kid(),
                    pair.key().pkey().bits(),
                    certificate.not_after()
                );
            }
            super::print(&text)?;
        }
    }
    Ok(ISSUED)
}
