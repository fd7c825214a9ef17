//! The server's store, as commands open it. A running server is not disturbed.

use super::key_trouble::key_trouble;
use super::open_tenant::read;
use super::options::TenantOptions;
use super::trouble::Trouble;
use crate::disk;
use crate::flow::SystemClock;
use crate::keys::make_home;
use crate::store::{Sqlite, StoreError};
use crate::tenant::{SettingKind as _, StoreUrl, Tenant};
use clap::Args;
use std::path::{Path, PathBuf};

/// The place of the store in its folder.
pub(super) const IN_FOLDER: &str = ".postlogin/postlogin.db";

/// Which store.
#[derive(Args)]
pub(super) struct StoreArgs {
    /// Tenant folder whose store it is
    #[arg(default_value = ".")]
    tenant: PathBuf,
    /// The store, sqlite:PATH [default: that of the tenant folder]
    #[arg(long, value_name = "URL")]
    database: Option<String>,
    #[command(flatten)]
    options: TenantOptions,
}

impl StoreArgs {
    /// Opens the store, which must be there.
    ///
    /// # Errors
    /// There is none, or it cannot be opened.
    pub fn open(&self) -> Result<Sqlite, Trouble> {
        let path = self.path()?;
        if !disk::is_there(&path) {
            return Err(Trouble::new(
                format!("there is no store at {}", path.display()),
                "name the tenant folder that a server was started with, or the store with --database sqlite:PATH",
            ));
        }
        open(&path)
    }

    /// Opens the store, or makes an empty one.
    ///
    /// # Errors
    /// It cannot be opened or made.
    pub fn open_or_make(&self) -> Result<Sqlite, Trouble> {
        let path = self.path()?;
        make_place(&path)?;
        open(&path)
    }

    fn path(&self) -> Result<PathBuf, Trouble> {
        match &self.database {
            Some(url) => of_url(url),
            None => path_of(&read(&self.tenant, &self.options)?.tenant),
        }
    }
}

/// Where the store of a tenant is: `[storage] url`, or its place in the tenant folder.
///
/// # Errors
/// The setting names none that this version has.
pub(super) fn path_of(tenant: &Tenant) -> Result<PathBuf, Trouble> {
    let Some(url) = &tenant.config.storage.url else {
        return Ok(tenant.root.join(IN_FOLDER));
    };
    let path = url.value();
    let path =
        path.map_err(|error| Trouble::usage(format!("[storage] url: {}", error.what), error.help.as_str()))?;
    Ok(tenant.root.join(path))
}

/// Makes the folder of a store whose place is `.postlogin`, where it is not there yet; any other folder has to be.
///
/// # Errors
/// It cannot be made.
pub(super) fn make_place(path: &Path) -> Result<(), Trouble> {
    match path.parent().filter(|folder| folder.ends_with(".postlogin")) {
        Some(folder) => make_home(folder).map_err(|error| key_trouble(&error)),
        None => Ok(()),
    }
}

/// Where the store of `--database` is.
///
/// # Errors
/// It is none that this version has.
pub(super) fn of_url(url: &str) -> Result<PathBuf, Trouble> {
    // The URL is not shown: that of another store may hold a password.
    StoreUrl::read(&url.to_owned())
        .map_err(|error| Trouble::usage(format!("--database: {}", error.what), error.help))
}

fn open(path: &Path) -> Result<Sqlite, Trouble> {
    Sqlite::open(path, SystemClock).map_err(|error| store_trouble(&error))
}

/// Why the store does not answer, and what to do.
pub(super) fn store_trouble(error: &StoreError) -> Trouble {
    Trouble::new(format!("{error} ({})", error.code()), error.help())
}
