//! Where a server listens, what it is called, and where it keeps what changes: options first, then `postlogin.toml`, then
//! what fits a first try.

use super::super::open_tenant::{DEMO, FindKeys, OpenTenant, keys_of, keys_of_demo};
use super::super::stored;
use super::super::trouble::Trouble;
use super::ServeArgs;
use crate::server::ServeError;
use crate::tenant::{Config, ListenAddress, LogFormat, PublicUrl, Setting, SettingKind as _, Tenant};
use std::io::{ErrorKind, IsTerminal as _};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use url::Host;

const LISTEN: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 8420);
const ADMIN_PORT: u16 = 8421;

impl ServeArgs {
    /// The addresses to listen at: of the server, and for whoever runs it.
    pub fn addresses(&self, config: &Config) -> (SocketAddr, SocketAddr) {
        let of = |setting: &Option<Setting<_>>| {
            let setting: Option<&Setting<crate::tenant::ListenAddress>> = setting.as_ref();
            setting.and_then(|setting| setting.copied().ok())
        };
        let listen = self
            .listen
            .or_else(|| of(&config.server.listen))
            .unwrap_or(LISTEN);
        let admin = self
            .admin_listen
            .or_else(|| of(&config.server.admin_listen))
            .unwrap_or_else(|| {
                let port = if listen.port() == 0 { 0 } else { ADMIN_PORT };
                SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), port)
            });
        (listen, admin)
    }

    /// What is wrong with options for a demo, before anything is read or written.
    ///
    /// # Errors
    /// Others than whoever sits at this computer could reach the demo.
    pub fn refuse_demo_elsewhere(&self) -> Result<(), Trouble> {
        let listen = self.listen.filter(|listen| !listen.ip().is_loopback());
        let url = self.url.as_ref().filter(|url| !is_here(url));
        match (self.demo, listen, url) {
            (true, Some(listen), _) => Err(elsewhere(&format!("it would listen at {listen}"))),
            (true, None, Some(url)) => Err(elsewhere(&format!("its public URL would be {url}"))),
            _ => Ok(()),
        }
    }

    /// Reads the tenant, with its keys or those of the demo.
    ///
    /// # Errors
    /// As those of [`OpenTenant::open`].
    pub fn open(&self, tell: &mut dyn FnMut(&str)) -> Result<OpenTenant, Trouble> {
        OpenTenant::with_keys(Some(&self.tenant), &self.options, tell, self.find_keys())
    }

    /// Where the signing keys come from.
    pub fn find_keys(&self) -> FindKeys {
        if self.demo { keys_of_demo } else { keys_of }
    }

    /// Below which folder keys and store are kept where nothing names others.
    pub fn home(&self, tenant: &Tenant) -> PathBuf {
        if self.demo {
            tenant.root.join(DEMO)
        } else {
            tenant.root.clone()
        }
    }

    /// The public URL of a server that listens at `listen`.
    ///
    /// # Errors
    /// There is none, it is no URL of a server, or passwords would travel in the open.
    pub fn public_url(&self, config: &Config, listen: SocketAddr) -> Result<Setting<PublicUrl>, Trouble> {
        let has_tls = config.server.tls.cert.is_some();
        let scheme = if has_tls { "https" } else { "http" };
        let url = match (&self.url, &config.server.url) {
            (Some(url), _) => url.clone(),
            (None, Some(setting)) => setting.written().clone(),
            (None, None) if listen.ip().is_loopback() => format!("{scheme}://localhost:{}/", listen.port()),
            (None, None) => {
                return Err(Trouble::usage(
                    format!("the public URL of a server that listens at {listen} is not known"),
                    "give it with --url, or as [server] url in postlogin.toml",
                ));
            }
        };
        let value = PublicUrl::read(&url)
            .map_err(|error| Trouble::usage(format!("the public URL: {}", error.what), error.help))?;
        if self.demo && !listen.ip().is_loopback() {
            return Err(elsewhere(&format!("it would listen at {listen}")));
        }
        if self.demo && !is_here(&value) {
            return Err(elsewhere(&format!("its public URL would be {value}")));
        }
        let is_http = value.starts_with("http:");
        if is_http && has_tls {
            return Err(Trouble::usage(
                format!("the public URL {value} is http, and [server] tls is set"),
                "give an https URL, or take tls away where a proxy speaks https",
            ));
        }
        if is_http && !is_here(&value) && !self.insecure_url {
            return Err(Trouble::usage(
                format!("the public URL {value} is http: passwords and tokens would travel in the open"),
                "give an https URL, or --insecure-url for a test",
            ));
        }
        Ok(value.as_str().into())
    }

    /// The file of the store.
    ///
    /// # Errors
    /// It is in a store that this version does not have.
    pub fn store(&self, tenant: &Tenant) -> Result<PathBuf, Trouble> {
        match &self.database {
            Some(url) => stored::of_url(url),
            None if self.demo => Ok(self.home(tenant).join(stored::IN_FOLDER)),
            None => stored::path_of(tenant),
        }
    }
}

/// The value of `--listen` and `--admin-listen`.
///
/// # Errors
/// It is no address with a port.
pub(super) fn address(text: &str) -> Result<SocketAddr, String> {
    ListenAddress::read(&text.to_owned()).map_err(|error| format!("{}; {}", error.what, error.help))
}

/// What to do where an address cannot be listened at. `admin` is the one for whoever runs the server.
pub(super) fn other_address(error: &ServeError, admin: SocketAddr) -> String {
    let ServeError::Address { address, source } = error else {
        return "try again".to_owned();
    };
    let option = if *address == admin {
        "--admin-listen"
    } else {
        "--listen"
    };
    match source.kind() {
        ErrorKind::AddrInUse => {
            format!(
                "end the program that has the port, or choose another one with {option}; port 0 takes a free one"
            )
        }
        ErrorKind::AddrNotAvailable => format!("give an address of this machine with {option}"),
        ErrorKind::PermissionDenied => {
            format!("choose a port above 1023 with {option}, or allow this program the ports below")
        }
        _ => format!("choose another address with {option}"),
    }
}

/// In a demo anybody logs in as anybody, so nobody else may reach it.
fn elsewhere(why: &str) -> Trouble {
    Trouble::usage(
        format!("--demo is for this computer alone, and {why}"),
        "give a loopback address and URL beside --demo, such as --listen 127.0.0.1:8420 --url http://localhost:8420/",
    )
}

/// Whether a URL leads to this machine.
fn is_here(url: &str) -> bool {
    let url = url::Url::parse(url).ok();
    url.as_ref()
        .and_then(url::Url::host)
        .is_some_and(|host| match host {
            Host::Domain(name) => name == "localhost" || name.ends_with(".localhost"),
            Host::Ipv4(address) => address.is_loopback(),
            Host::Ipv6(address) => address.is_loopback(),
        })
}

/// How the log is written: for people on a terminal, for programs otherwise.
pub(super) fn log_format(config: &Config) -> LogFormat {
    config.server.log.unwrap_or_else(|| {
        if std::io::stderr().is_terminal() {
            LogFormat::Text
        } else {
            LogFormat::Json
        }
    })
}
