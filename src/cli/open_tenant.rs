//! A tenant with its keys, read once: the first step of every command that issues or inspects.

use super::clock::system_now;
use super::key_trouble::{key_faults, key_trouble};
use super::options::{TenantOptions, assignments};
use super::problems;
use super::trouble::Trouble;
use crate::command::Call;
use crate::disk;
use crate::folder::{self, Places, Problem, Reading, Severity, Sources};
use crate::keys::{self, KeyRing, PrivateKey, SigningPair};
use crate::random::SystemRandom;
use crate::tenant::{Client, PartKind, Tenant};
use crate::trace::Warning;
use serde_json::Value;
use std::path::{Path, PathBuf};

/// A tenant with its keys.
pub struct OpenTenant {
    /// The tenant; an empty one where only an event is given.
    pub tenant: Tenant,
    /// Signing keys.
    pub keys: KeyRing,
    /// Warnings and notes of reading the tenant.
    pub notes: Vec<Problem>,
    /// What a login is told of the tenant: what it lacks though nothing is wrong with the parts that it needs.
    pub told: Vec<Warning>,
}

impl OpenTenant {
    /// Reads the tenant at `root` and its keys. `tell` is given one line for each thing worth saying.
    ///
    /// # Errors
    /// The tenant has errors (all of them are in the text), or its keys cannot be used.
    pub fn open(
        root: Option<&Path>,
        options: &TenantOptions,
        tell: &mut dyn FnMut(&str),
    ) -> Result<Self, Trouble> {
        Self::with_keys(root, options, tell, keys_of)
    }

    /// The same with the keys that `keys` finds.
    ///
    /// # Errors
    /// As those of [`OpenTenant::open`].
    pub fn with_keys(
        root: Option<&Path>,
        options: &TenantOptions,
        tell: &mut dyn FnMut(&str),
        keys: FindKeys,
    ) -> Result<Self, Trouble> {
        let mut notes = Vec::new();
        let mut told = Vec::new();
        let mut places = Places::default();
        let mut tenant = Tenant::default();
        if let Some(root) = root {
            let reading = read(root, options)?;
            let (errors, rest): (Vec<_>, Vec<_>) = reading
                .problems
                .into_iter()
                .partition(|problem| problem.severity == Severity::Error);
            if errors.iter().any(Problem::is_of_every_login) {
                return Err(problems::trouble(&errors));
            }
            if let Some(exposed) = &reading.exposed {
                tell(exposed);
            }
            told = told_to_logins(&errors, &rest);
            notes = rest;
            tenant = reading.tenant;
            places = reading.places;
        }
        let keys = match root {
            Some(_) => {
                let (keys, origin) = keys(&tenant, options, &places)?;
                if let Some(origin) = origin {
                    tell_origin(&origin, tell);
                }
                keys
            }
            None => keys_of_no_tenant(&tenant, options, tell)?,
        };
        Ok(Self {
            tenant,
            keys,
            notes,
            told,
        })
    }

    /// No tenant, and keys for this run only.
    ///
    /// # Errors
    /// OpenSSL makes no keys.
    pub fn made_up() -> Result<Self, Trouble> {
        let tenant = Tenant::default();
        let keys = made_up_keys(tenant.config.domain())?;
        Ok(Self {
            tenant,
            keys,
            notes: Vec::new(),
            told: Vec::new(),
        })
    }

    /// The application with this name or client id. `help` says what to do where there is none.
    ///
    /// # Errors
    /// There is none, or something is wrong with it.
    pub fn application(&self, name_or_id: &str, help: &str) -> Result<&Client, Trouble> {
        let found = self.tenant.client(name_or_id);
        self.whole(PartKind::Client, name_or_id, found.is_ok())?;
        found.map_err(|error| Trouble::new(error.to_string(), help))
    }

    /// # Errors
    /// Something is wrong with this part of the tenant, or with one that may be it.
    pub fn whole(&self, kind: PartKind, name: &str, is_found: bool) -> Result<(), Trouble> {
        let faults: Vec<Problem> = self
            .tenant
            .faults_of(kind, name, is_found.into())
            .cloned()
            .collect();
        if faults.is_empty() {
            Ok(())
        } else {
            Err(problems::trouble(&faults))
        }
    }

    /// Puts keys and secrets back in the place of their handles (`{"$secret": "sha256:..."}`), from the secrets
    /// of the tenant's Actions and modules, `given` ones, the add-ons and the signing keys.
    ///
    /// # Errors
    /// A handle matches no secret and no key; the text names the call.
    pub fn restore(&self, calls: &mut [Call], given: &[String]) -> Result<(), Trouble> {
        let pem = |key: &PrivateKey| {
            let pem = key.pkey().private_key_to_pem_pkcs8().ok()?;
            String::from_utf8(pem).ok()
        };
        let find = |handle: &Value| {
            let of_actions = self
                .tenant
                .actions
                .iter()
                .map(|action| &action.secrets)
                .chain(self.tenant.modules.iter().map(|module| &module.secrets))
                .flat_map(|secrets| secrets.values().flatten());
            let of_addons = self
                .tenant
                .clients
                .iter()
                .filter_map(|client| client.addons.samlp.as_ref()?.settings.key.as_ref()?.as_ref().ok())
                .filter_map(pem);
            let of_options = given
                .iter()
                .filter_map(|text| Some(text.split_once('=')?.1.to_owned()));
            let pairs = [
                Some(&self.keys.current),
                self.keys.next.as_ref(),
                self.keys.previous.as_ref(),
            ];
            let of_ring = pairs.into_iter().flatten().filter_map(|pair| pem(pair.key()));
            let of_actions = of_actions.map(|secret| secret.reveal().clone());
            let mut all = of_actions.chain(of_addons).chain(of_options).chain(of_ring);
            all.find(|secret| keys::secret_handle(secret) == *handle)
        };
        for (number, call) in calls.iter_mut().enumerate() {
            call.restore(&find).map_err(|error| {
                Trouble::new(
                    format!("command {number}: {error}"),
                    "put the key among the Action's secrets, give the key with --secret, or write the key in the \
                     place of the handle",
                )
            })?;
        }
        Ok(())
    }
}

/// What every login is told of the tenant: errors that it may not meet, and what the platform would do besides.
fn told_to_logins(errors: &[Problem], rest: &[Problem]) -> Vec<Warning> {
    let told = rest
        .iter()
        .filter(|problem| TOLD_TO_LOGINS.contains(&&*problem.code));
    let mut told: Vec<Warning> = told.map(problems::warning).collect();
    if let Some((first, more)) = errors.split_first() {
        let Warning { message, origin, .. } = problems::warning(first);
        let more = match more.len() {
            0 => String::new(),
            count => format!(" (and {count} more)"),
        };
        told.push(Warning {
            code: "error_elsewhere".to_owned(),
            message: format!(
                "an error in a part of the tenant that this login does not need: {message}{more}"
            ),
            origin,
        });
    }
    told
}

/// Codes of warnings about the tenant without which a result would be misunderstood.
const TOLD_TO_LOGINS: [&str; 3] = ["missing_code", "rules_not_run", "two_layouts"];

/// Reads the tenant folder with the environment of this process.
///
/// # Errors
/// A `--var` is not NAME=VALUE, or the folder does not exist.
pub fn read(root: &Path, options: &TenantOptions) -> Result<Reading, Trouble> {
    let export = "give the folder that the deploy CLI exported (with tenant.json or tenant.yaml), or the YAML file itself";
    match disk::kind(root) {
        Ok(Some(disk::Kind::Folder)) => {}
        Ok(Some(_)) if folder::is_yaml(root) => {}
        Ok(None) if folder::is_yaml(root) => {
            return Err(Trouble::new(
                format!("there is no file {}", root.display()),
                export,
            ));
        }
        Ok(None) => {
            return Err(Trouble::new(
                format!("there is no folder {}", root.display()),
                export,
            ));
        }
        Ok(_) => {
            return Err(Trouble::new(
                format!("{} is not a folder", root.display()),
                export,
            ));
        }
        Err(error) => {
            return Err(Trouble::new(
                format!("{} cannot be read: {error}", root.display()),
                export,
            ));
        }
    }
    let variables = assignments(&options.variables, "--var")?;
    #[expect(
        clippy::disallowed_methods,
        reason = "the edge: here the environment becomes an argument"
    )]
    let environment = |name: &str| std::env::var(name).ok();
    Ok(folder::read(
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
            "tenant.yml",
            "clients",
            "actions",
            "postlogin.toml",
        ];
        is_tenant
            .iter()
            .any(|name| disk::is_there(&here.join(name)))
            .then_some(here)
    })
}

/// How the signing keys of a tenant are found, and where they come from unless options name them.
pub(super) type FindKeys =
    fn(&Tenant, &TenantOptions, &Places) -> Result<(KeyRing, Option<keys::KeyOrigin>), Trouble>;

#[cfg(feature = "server")]
/// The signing keys of a demo: its own, made at the first time. Nothing of the tenant and no option names them.
///
/// # Errors
/// They cannot be kept, or not be read any more.
pub(super) fn keys_of_demo(
    tenant: &Tenant,
    _: &TenantOptions,
    places: &Places,
) -> Result<(KeyRing, Option<keys::KeyOrigin>), Trouble> {
    let loaded = keys::load(&tenant.root.join(DEMO), &keys::KeysConfig::default());
    let (ring, origin) =
        loaded.map_err(|unusable| problems::trouble(&key_faults(&unusable.faults, places)))?;
    Ok((ring, Some(origin)))
}

#[cfg(feature = "server")]
/// The folder in a tenant below which a demo keeps its keys and its store.
pub(super) const DEMO: &str = ".postlogin/demo";

/// The signing keys of `tenant`, and where they come from unless options name them.
///
/// # Errors
/// A key cannot be used.
pub(super) fn keys_of(
    tenant: &Tenant,
    options: &TenantOptions,
    places: &Places,
) -> Result<(KeyRing, Option<keys::KeyOrigin>), Trouble> {
    let given = given_pair(options)?;
    let (mut ring, origin) = keys::load(&tenant.root, &tenant.config.keys)
        .map_err(|unusable| problems::trouble(&key_faults(&unusable.faults, places)))?;
    match given {
        Some(current) => {
            ring.current = current;
            Ok((ring, None))
        }
        None => Ok((ring, Some(origin))),
    }
}

fn keys_of_no_tenant(
    tenant: &Tenant,
    options: &TenantOptions,
    tell: &mut dyn FnMut(&str),
) -> Result<KeyRing, Trouble> {
    if let Some(current) = given_pair(options)? {
        return Ok(KeyRing::of(current));
    }
    tell("no tenant folder is given, so signing keys were made for this run; --seed does not fix them");
    made_up_keys(tenant.config.domain())
}

/// The pair that options name.
fn given_pair(options: &TenantOptions) -> Result<Option<SigningPair>, Trouble> {
    let (Some(key), Some(cert)) = (&options.key, &options.cert) else {
        return Ok(None);
    };
    let pair = keys::from_files(key, cert).map_err(|error| key_trouble(&error))?;
    Ok(Some(pair))
}

/// Keys that are kept nowhere.
///
/// # Errors
/// OpenSSL makes none.
pub(super) fn made_up_keys(domain: &str) -> Result<KeyRing, Trouble> {
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
