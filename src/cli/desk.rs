//! The desk where logins are made: a tenant with its keys, read once.

use super::check;
use super::login::system_now;
use super::options::{TenantOptions, assignment};
use super::trouble::Trouble;
use crate::keys::{self, KeyRing};
use crate::random::SystemRandom;
use crate::tenant::{self, Problem, Severity, Sources, Tenant};
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// A tenant with its keys: where logins are made.
pub struct Desk {
    /// The tenant; an empty one where only an event is given.
    pub tenant: Tenant,
    /// Signing keys.
    pub keys: KeyRing,
    /// What reading the tenant noticed, errors excluded.
    pub notes: Vec<Problem>,
}

impl Desk {
    /// Reads the tenant at `root` and its keys. `tell` is given one line for each thing worth saying.
    ///
    /// # Errors
    /// The tenant has errors (all of them are in the text), or its keys cannot be used.
    pub fn open(
        root: Option<&Path>,
        options: &TenantOptions,
        tell: &mut dyn FnMut(&str),
    ) -> Result<Self, Trouble> {
        let mut notes = Vec::new();
        let mut tenant = Tenant::default();
        if let Some(root) = root {
            let reading = read(root, options)?;
            let (errors, rest): (Vec<_>, Vec<_>) = reading
                .problems
                .into_iter()
                .partition(|problem| problem.severity == Severity::Error);
            if !errors.is_empty() {
                return Err(check::trouble(&errors));
            }
            notes = rest;
            tenant = reading.tenant;
        }
        let keys = match (&options.key, &options.cert) {
            (Some(key), Some(cert)) => {
                let current = keys::from_files(key, cert).map_err(|error| key_trouble(&error))?;
                KeyRing {
                    current,
                    ..made_up_keys(&tenant.config.domain)?
                }
            }
            _ if root.is_none() => {
                tell("signing keys were made for this run only: no tenant folder is given");
                made_up_keys(&tenant.config.domain)?
            }
            _ => {
                let (ring, origin) =
                    keys::load(&tenant.root, &tenant.config.keys).map_err(|error| key_trouble(&error))?;
                tell_origin(&origin, tell);
                ring
            }
        };
        Ok(Self { tenant, keys, notes })
    }

    /// No tenant, and keys for this run only.
    ///
    /// # Errors
    /// OpenSSL makes no keys.
    pub fn made_up() -> Result<Self, Trouble> {
        let tenant = Tenant::default();
        let keys = made_up_keys(&tenant.config.domain)?;
        Ok(Self {
            tenant,
            keys,
            notes: Vec::new(),
        })
    }

    /// Puts keys and secrets in the place of their handles (`{"$secret": "sha256:..."}`), from the secrets of
    /// the tenant's Actions and from its add-ons.
    ///
    /// # Errors
    /// A handle that no secret of the tenant matches.
    pub fn put_secrets_back(&self, value: &mut Value) -> Result<(), Trouble> {
        match value {
            Value::Array(list) => list.iter_mut().try_for_each(|value| self.put_secrets_back(value)),
            Value::Object(members) if members.len() == 1 && members.contains_key("$secret") => {
                let secrets = self
                    .tenant
                    .actions
                    .iter()
                    .flat_map(|action| action.secrets.values().flatten());
                let found = secrets
                    .into_iter()
                    .find(|secret| keys::secret_handle(secret) == *value);
                let Some(found) = found else {
                    return Err(Trouble::new(
                        format!("no secret of the tenant has the fingerprint {}", value["$secret"]),
                        "put the key among the Action's secrets, or write it in the place of the handle",
                    ));
                };
                *value = Value::from(found.as_str());
                Ok(())
            }
            Value::Object(members) => members
                .values_mut()
                .try_for_each(|value| self.put_secrets_back(value)),
            _ => Ok(()),
        }
    }
}

/// Reads the tenant folder with the environment of this process.
///
/// # Errors
/// A `--var` that is not NAME=VALUE, or a folder that is not there.
pub fn read(root: &Path, options: &TenantOptions) -> Result<tenant::Reading, Trouble> {
    if !root.is_dir() {
        return Err(Trouble::new(
            format!("{} is not a folder", root.display()),
            "give the folder that the deploy CLI exported (with tenant.json or tenant.yaml)",
        ));
    }
    let variables: BTreeMap<String, String> = options
        .variables
        .iter()
        .map(|text| assignment(text, "--var"))
        .collect::<Result<_, _>>()?;
    #[expect(
        clippy::disallowed_methods,
        reason = "the edge: here the environment becomes an argument"
    )]
    let environment = |name: &str| std::env::var(name).ok();
    Ok(tenant::read(
        root,
        &Sources {
            environment: &environment,
            variables: &variables,
        },
    ))
}

/// The tenant's folder: the one given, or the current one when it holds a tenant.
pub fn tenant_root(given: Option<&Path>) -> Option<PathBuf> {
    given.map(Path::to_owned).or_else(|| {
        let here = PathBuf::from(".");
        let is_tenant = [
            "tenant.json",
            "tenant.yaml",
            "clients",
            "actions",
            "postlogin.toml",
        ];
        is_tenant
            .iter()
            .any(|name| here.join(name).exists())
            .then_some(here)
    })
}

fn made_up_keys(domain: &str) -> Result<KeyRing, Trouble> {
    keys::generate(domain, system_now(), &mut SystemRandom).map_err(|error| key_trouble(&error))
}

/// One line for each thing worth saying about where keys came from.
pub fn tell_origin(origin: &keys::KeyOrigin, tell: &mut dyn FnMut(&str)) {
    let line = origin.to_string();
    if !line.is_empty() {
        tell(&line);
    }
    if let Some((first, more)) = origin.warnings().split_first() {
        let more = match more.len() {
            0 => String::new(),
            count => format!(" (and {count} more like it)"),
        };
        tell(&format!("{first}{more}"));
    }
}

/// A key that cannot be used.
pub fn key_trouble(error: &keys::KeyError) -> Trouble {
    Trouble::new(
        error.to_string(),
        "check [keys] in postlogin.toml, or give --key and --cert",
    )
}
