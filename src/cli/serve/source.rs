//! The folder of a running server, read again.

use super::super::open_tenant::OpenTenant;
use super::super::scripts;
use super::super::trouble::Trouble;
use super::ServeArgs;
use crate::disk::{self, Kind};
use crate::flow::{Clock as _, SystemClock};
use crate::folder::Places;
use crate::runner;
use crate::server::{Served, Site, Source, Tls, log_line};
use crate::tenant::Tenant;
use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash as _, Hasher as _};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

/// What the server was started with.
pub(super) struct Folder {
    pub args: ServeArgs,
    /// Where it listens.
    pub listen: SocketAddr,
    /// The addresses and the store that it was started with, as settings and options have them.
    pub fixed: Fixed,
}

/// What a reload does not change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Fixed {
    pub addresses: (SocketAddr, SocketAddr),
    pub store: PathBuf,
}

impl Folder {
    /// What the folder holds, as it is to be served.
    ///
    /// # Errors
    /// The tenant has errors, or a setting or a file cannot be used.
    pub fn read(&self, tell: &mut dyn FnMut(&str)) -> Result<Served, Trouble> {
        let open = self.args.open(tell)?;
        self.served(open, tell)
    }

    /// A tenant that was read, as it is to be served.
    ///
    /// # Errors
    /// A setting or a file cannot be used.
    pub fn served(&self, mut open: OpenTenant, tell: &mut dyn FnMut(&str)) -> Result<Served, Trouble> {
        open.tenant.config.server.url = Some(self.args.public_url(&open.tenant.config, self.listen)?);
        let tls = Tls::read(
            &open.tenant.root,
            &open.tenant.config.server.tls,
            SystemClock.now(),
        );
        let tls =
            tls.map_err(|error| Trouble::new(error.to_string(), "correct [server] tls in postlogin.toml"))?;
        for warning in tls.iter().flat_map(|tls| &tls.warnings) {
            tell(warning);
        }
        let pool = runner::pool(&open.tenant, scripts::worker_program()?)
            .map_err(|error| Trouble::new(error.what, error.help))?;
        pool.warm_up();
        Ok(Served {
            tenant: open.tenant,
            keys: open.keys,
            pool,
            tls,
        })
    }
}

impl Fixed {
    /// As options and settings have it.
    ///
    /// # Errors
    /// The store is one that this version does not have.
    pub fn of(args: &ServeArgs, tenant: &Tenant) -> Result<Self, Trouble> {
        Ok(Self {
            addresses: args.addresses(&tenant.config),
            store: args.store(tenant)?,
        })
    }
}

impl Source for Folder {
    fn reload(&self, site: &Site) -> Result<Site, String> {
        // What was said when the server started is not said again.
        let served = self.read(&mut |_| {}).map_err(|trouble| trouble.in_one_line())?;
        let fixed = Fixed::of(&self.args, &served.tenant).map_err(|trouble| trouble.in_one_line())?;
        if fixed != self.fixed {
            log_line("listen, admin_listen and [storage] url count from the next start of the server");
        }
        let (site, _) = site.reloaded(served).map_err(|error| error.to_string())?;
        Ok(site)
    }

    fn rekey(&self, site: &Site) -> Result<Site, String> {
        let find = self.args.find_keys();
        let (keys, _) = find(site.tenant(), &self.args.options, &Places::default())
            .map_err(|trouble| trouble.in_one_line())?;
        Ok(site.rekeyed(keys))
    }

    fn folder_mark(&self) -> Option<u64> {
        if !self.args.watch && !self.args.demo {
            return None;
        }
        let mut mark = DefaultHasher::new();
        let tenant = &self.args.tenant;
        // A tenant may be one YAML file, which names files beside it.
        let folder = match disk::kind(tenant) {
            Ok(Some(Kind::File)) => tenant.parent().filter(|parent| !parent.as_os_str().is_empty()),
            _ => Some(tenant.as_path()),
        };
        mark_all(folder.unwrap_or(Path::new(".")), MAX_DEPTH, &mut mark);
        Some(mark.finish())
    }

    fn keys_mark(&self, site: &Site) -> u64 {
        let tenant = site.tenant();
        let kept = self.args.home(tenant).join(".postlogin").join("keys");
        let config = &tenant.config.keys;
        let named = [
            &config.current,
            &config.current_cert,
            &config.next,
            &config.previous,
            &config.ec,
            &config.ed25519,
        ];
        let named = named.into_iter().flatten().map(|path| tenant.root.join(path));
        let given = [&self.args.options.key, &self.args.options.cert];
        let files: Vec<PathBuf> = named.chain(given.into_iter().flatten().cloned()).collect();
        let mut mark = DefaultHasher::new();
        mark_all(&kept, 1, &mut mark);
        for file in files {
            mark_one(&file, &mut mark);
        }
        mark.finish()
    }
}

/// How deep folders lie in one another that are looked at: links may lead in circles.
const MAX_DEPTH: usize = 12;

/// Folders whose files are not the tenant's configuration.
const APART: [&str; 3] = [".git", ".postlogin", "node_modules"];

fn mark_all(path: &Path, depth: usize, mark: &mut DefaultHasher) {
    mark_one(path, mark);
    if depth == 0 || !matches!(disk::kind(path), Ok(Some(Kind::Folder))) {
        return;
    }
    let names = disk::names(path).ok().flatten().unwrap_or_default();
    for name in names {
        if !APART.iter().any(|apart| name == *apart) {
            mark_all(&path.join(name), depth - 1, mark);
        }
    }
}

fn mark_one(path: &Path, mark: &mut DefaultHasher) {
    path.hash(mark);
    if let Some(of_file) = disk::mark(path) {
        of_file.hash(mark);
    }
}
