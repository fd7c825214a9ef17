//! `postlogin keys`: make, list and roll signing keys.

use super::clock::{frozen_clock, system_now};
use super::escape::printable;
use super::key_trouble::{key_faults, key_trouble};
use super::open_tenant::{read, tell_origin};
use super::options::TenantOptions;
use super::problems;
use super::trouble::{ISSUED, Trouble};
use crate::folder::{Problem, Reading, Severity};
use crate::keys::{self, KeyError, KeyRing, Rotation};
use crate::random::SystemRandom;
use crate::tenant::{Tenant, duration};
use crate::time::Moment;
use clap::{Args, Subcommand};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

#[derive(Args)]
pub(super) struct KeysArgs {
    #[command(subcommand)]
    command: KeysCommand,
}

#[derive(Subcommand)]
enum KeysCommand {
    /// Make an RSA key with its certificate, in one PEM file that [keys] of postlogin.toml can name
    New(NewArgs),
    /// List the signing keys of a tenant with their roles and key ids
    List(TenantArgs),
    /// Rotate the kept keys: the next key signs, the current key stays published
    #[command(after_help = ROTATION)]
    Rotate(StepArgs),
    /// Stop publishing the previous key
    Retire(StepArgs),
    /// Print the public keys as a JSON Web Key Set
    Jwks(TenantArgs),
}

#[derive(Args)]
struct NewArgs {
    /// File to make; it must not exist
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

/// One step of a rotation.
#[derive(Args)]
struct StepArgs {
    #[command(flatten)]
    of: TenantArgs,
    /// Least time since the last rotation, such as 7d; 0s for a key that leaked
    #[arg(long, alias = "min-age", value_name = "DURATION", value_parser = duration)]
    min_interval: Option<Duration>,
    /// Freeze the clock at this time
    #[arg(long, value_name = "RFC3339")]
    now: Option<String>,
}

const ROTATION: &str = "\
A rotation makes the next key the one that signs, keeps the current one published as the previous one, and \
publishes a new next key. Metadata and key set list all three keys, so a reader that fetches them between two \
rotations knows every key that signs. A second rotation within 7 days, or within the longest lifetime of the \
tenant's tokens or metadata if that is longer, is refused; --min-interval sets another time.";

impl StepArgs {
    fn now(&self) -> Result<Moment, Trouble> {
        self.now.as_deref().map_or_else(|| Ok(system_now()), frozen_clock)
    }

    /// The interval that was given, else the time that readers and tokens need.
    fn interval(&self, tenant: &Tenant) -> Duration {
        self.min_interval
            .unwrap_or_else(|| READERS_NEED.max(longest_lifetime(tenant)))
    }
}

/// How long anything that names a key may count: tokens, and metadata. Assertions are read at once.
fn longest_lifetime(tenant: &Tenant) -> Duration {
    let of_clients = tenant
        .clients
        .iter()
        .filter_map(|client| client.jwt_configuration.lifetime_in_seconds.as_ref());
    let of_apis = tenant
        .resource_servers
        .iter()
        .flat_map(|api| [&api.token_lifetime, &api.token_lifetime_for_web])
        .flatten();
    let tokens = of_clients
        .chain(of_apis)
        .map(|seconds| Duration::from_secs((*seconds.written()).into()));
    let metadata = &tenant.config.saml.metadata;
    let spans = [&metadata.valid_for, &metadata.cache_for].into_iter().flatten();
    let metadata = spans.filter_map(|span| span.copied().ok());
    tokens.chain(metadata).max().unwrap_or_default()
}

/// Time for service providers and APIs to read metadata and key set again, at least.
const READERS_NEED: Duration = Duration::from_hours(7 * 24);

impl TenantArgs {
    fn read(&self) -> Result<Reading, Trouble> {
        read(&self.tenant, &self.options)
    }

    /// The keys of the tenant. Errors of the tenant count only where they are in the settings that name keys.
    fn ring(&self) -> Result<KeyRing, Trouble> {
        let reading = self.read()?;
        let of_settings = |problem: &&Problem| {
            problem.severity == Severity::Error && problem.file == Path::new("postlogin.toml")
        };
        usable(reading.problems.iter().filter(of_settings))?;
        let loaded = keys::load(&reading.tenant.root, &reading.tenant.config.keys);
        let (ring, origin) =
            loaded.map_err(|unusable| problems::trouble(&key_faults(&unusable.faults, &reading.places)))?;
        tell_origin(&origin, &mut super::output::tell);
        Ok(ring)
    }
}

impl StepArgs {
    /// The whole tenant, without errors: an application or API that cannot be read may still rely on a key.
    fn tenant(&self) -> Result<Tenant, Trouble> {
        let reading = self.of.read()?;
        let errors = reading.problems.iter();
        // Keys can be made before there is a tenant.
        let is_error =
            |problem: &&Problem| problem.severity == Severity::Error && problem.code != "not_a_tenant";
        usable(errors.filter(is_error))?;
        Ok(reading.tenant)
    }
}

fn usable<'p>(errors: impl Iterator<Item = &'p Problem>) -> Result<(), Trouble> {
    let errors: Vec<Problem> = errors.cloned().collect();
    if errors.is_empty() {
        return Ok(());
    }
    Err(problems::trouble(&errors))
}

pub(super) fn run(args: &KeysArgs) -> Result<u8, Trouble> {
    let text = match &args.command {
        KeysCommand::Jwks(of) => format!("{:#}\n", crate::token::jwks(&of.ring()?)),
        KeysCommand::List(of) => listed(&of.ring()?),
        KeysCommand::New(new) => {
            let pair = keys::rsa_pair(&new.name, system_now(), &mut SystemRandom);
            let pair = pair.map_err(|error| key_trouble(&error))?;
            keys::write_pair(&pair, &new.file).map_err(|error| key_trouble(&error))?;
            let file = printable(&new.file.display().to_string());
            format!("{file}  kid {}\n", pair.kid())
        }
        KeysCommand::Retire(step) => {
            let tenant = step.tenant()?;
            let keys = &tenant.config.keys;
            let ring = keys::retire(&tenant.root, keys, step.interval(&tenant), step.now()?);
            listed(&ring.map_err(|error| step_trouble(&error))?)
        }
        KeysCommand::Rotate(step) => {
            let tenant = step.tenant()?;
            let keys = &tenant.config.keys;
            let (interval, now) = (step.interval(&tenant), step.now()?);
            let rotation = keys::rotate(&tenant.root, keys, interval, now, &mut SystemRandom);
            let rotation = rotation.map_err(|error| step_trouble(&error))?;
            if let Rotation::Published(_) = rotation {
                super::output::tell(
                    "no next key was published, so a next key is published now; the current key signs until the next \
                     rotation, and the next key after it",
                );
            }
            listed(rotation.ring())
        }
    };
    super::output::print(&text)?;
    Ok(ISSUED)
}

/// Why a step of a rotation is not made.
fn step_trouble(error: &KeyError) -> Trouble {
    match error {
        KeyError::TooEarly { .. } => Trouble::new(
            error.to_string(),
            "run the command again at that time; if a key leaked, give --min-interval 0s, and send the new metadata \
             and key set to everybody who reads them",
        ),
        KeyError::Named => Trouble::new(
            error.to_string(),
            "change [keys] in postlogin.toml; nothing else has to be done",
        ),
        _ => key_trouble(error),
    }
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
            "{role:<9} kid {}  RSA {} bits  certificate from {} until {}",
            pair.kid(),
            pair.key().pkey().bits(),
            pair.certificate().x509().not_before(),
            pair.certificate().x509().not_after()
        );
    }
    text
}
