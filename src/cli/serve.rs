//! `postlogin serve`: the identity server.

use super::factors;
use super::open_tenant::{OpenTenant, key_trouble};
use super::options::TenantOptions;
use super::output::{self, Format, tell};
use super::scripts;
use super::trouble::{ISSUED, Trouble};
use crate::flow::SystemClock;
use crate::keys::{Sealing, state_key};
use crate::runner;
use crate::server::{Listening, Served, Site, Switch, serve, write_log_as};
use crate::store::{Loaded, Sqlite};
use crate::tenant::{Client, LogFormat, PublicUrl, Setting, SettingKind as _};
use clap::Args;
use std::io::IsTerminal as _;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;

pub(super) const EXAMPLES: &str = "Examples:
  postlogin serve my-tenant
  postlogin serve my-tenant --listen 0.0.0.0:8420 --url https://id.example/";

#[derive(Args)]
pub(super) struct ServeArgs {
    /// Tenant folder, as the deploy CLI exports it
    #[arg(default_value = ".")]
    tenant: PathBuf,
    /// Address and port; port 0 takes a free one
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8420")]
    listen: SocketAddr,
    /// Address and port of /healthz and /readyz [default: 127.0.0.1:8421, or a free port where --listen has port 0]
    #[arg(long, value_name = "ADDRESS")]
    admin_listen: Option<SocketAddr>,
    /// Public URL, which is the issuer [default: http://localhost:PORT/ where --listen is loopback]
    #[arg(long, value_name = "URL")]
    url: Option<String>,
    /// Take an http URL that is not on this machine
    #[arg(long, requires = "url")]
    insecure_url: bool,
    /// Where users, sessions and refresh tokens are kept, sqlite:PATH [default: .postlogin/postlogin.db in the tenant
    /// folder]
    #[arg(long, value_name = "URL")]
    database: Option<String>,
    /// Format of the line that says that the server is ready
    #[arg(long, value_enum)]
    format: Option<Format>,
    #[command(flatten)]
    options: TenantOptions,
}

pub(super) fn run(args: &ServeArgs) -> Result<u8, Trouble> {
    let mut open = OpenTenant::open(Some(&args.tenant), &args.options, &mut tell)?;
    let admin = args.admin_listen.unwrap_or_else(|| {
        let port = if args.listen.port() == 0 { 0 } else { ADMIN_PORT };
        SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), port)
    });
    let listening = Listening::at(args.listen, admin).map_err(|error| {
        Trouble::new(
            error.to_string(),
            "end the program that has the port, or choose another one",
        )
    })?;
    let system = |error: std::io::Error| Trouble::new(format!("the server cannot run: {error}"), "try again");
    let (listen, admin) = listening.addresses().map_err(system)?;
    open.tenant.config.server.url = Some(args.public_url(&open, listen)?);
    let path = args.store(&open)?;
    let state_key = match state_key(&open.tenant.root).map_err(|error| key_trouble(&error))? {
        Sealing::With { key, warning } => {
            if let Some(warning) = warning {
                tell(&warning);
            }
            key
        }
        Sealing::Without { why } => {
            return Err(Trouble::new(
                format!("the key of the server cannot be kept ({why})"),
                "make .postlogin in the tenant folder writable for the user who runs postlogin",
            ));
        }
    };
    let store = Sqlite::open(&path, SystemClock).map_err(|error| {
        Trouble::new(
            error.to_string(),
            "name another store with --database sqlite:PATH",
        )
    })?;
    let unavailable = |error: crate::flow::Unavailable| Trouble::new(error.what, error.help);
    let asking = factors::asked_for(&open.tenant);
    let clients = open.tenant.clients.iter();
    let unproved: Vec<_> = clients.filter_map(Client::cannot_authenticate).collect();
    let pool = runner::pool(&open.tenant, scripts::worker_program()?).map_err(unavailable)?;
    pool.warm_up();
    write_log_as(ServeArgs::log_format(&open));
    let served = Served {
        tenant: open.tenant,
        keys: open.keys,
        pool,
    };
    let (site, loaded) = Site::new(served, Arc::new(store), state_key)
        .map_err(|error| Trouble::new(error.to_string(), "see that the store can be read and written"))?;
    tell_loaded(&loaded);
    for line in asking {
        tell(&line);
    }
    for (what, help) in unproved {
        tell(&format!("{what}; {help}"));
    }
    let ready = ready_line(args.format, site.url(), listen, admin);
    let mut printed = Ok(());
    serve(Arc::new(Switch::new(site)), listening, || {
        printed = output::print_exactly(&ready);
    })
    .map_err(|error| {
        Trouble::new(
            error.to_string(),
            "see that this machine has threads and sockets to spare",
        )
    })?;
    printed.map(|()| ISSUED)
}

const ADMIN_PORT: u16 = 8421;

impl ServeArgs {
    fn log_format(open: &OpenTenant) -> LogFormat {
        let on_terminal = || {
            if std::io::stderr().is_terminal() {
                LogFormat::Text
            } else {
                LogFormat::Json
            }
        };
        open.tenant.config.server.log.unwrap_or_else(on_terminal)
    }

    fn public_url(&self, open: &OpenTenant, listen: SocketAddr) -> Result<Setting<PublicUrl>, Trouble> {
        let configured = open.tenant.config.server.url.as_ref();
        let url = match (&self.url, configured) {
            (Some(url), _) => url.clone(),
            (None, Some(setting)) => setting.written().clone(),
            (None, None) if listen.ip().is_loopback() => format!("http://localhost:{}/", listen.port()),
            (None, None) => {
                return Err(Trouble::usage(
                    format!("the public URL of a server that listens at {listen} is not known"),
                    "give it with --url, or as [server] url in postlogin.toml",
                ));
            }
        };
        let value = PublicUrl::read(&url)
            .map_err(|error| Trouble::usage(format!("the public URL: {}", error.what), error.help))?;
        let host = url::Url::parse(&value).ok();
        let is_here = host
            .as_ref()
            .and_then(url::Url::host)
            .is_some_and(|host| match host {
                url::Host::Domain(name) => name == "localhost" || name.ends_with(".localhost"),
                url::Host::Ipv4(address) => address.is_loopback(),
                url::Host::Ipv6(address) => address.is_loopback(),
            });
        if value.starts_with("http:") && !is_here && !self.insecure_url {
            return Err(Trouble::usage(
                format!("the public URL {value} is http: passwords and tokens would travel in the open"),
                "give an https URL, or --insecure-url for a test",
            ));
        }
        Ok(value.as_str().into())
    }

    fn store(&self, open: &OpenTenant) -> Result<PathBuf, Trouble> {
        let Some(url) = &self.database else {
            return Ok(open.tenant.root.join(".postlogin").join("postlogin.db"));
        };
        match url.strip_prefix("sqlite:") {
            Some(path) if !path.is_empty() => Ok(PathBuf::from(path)),
            _ => Err(Trouble::usage(
                format!("--database {url} is no store that this version has"),
                "write sqlite:PATH",
            )),
        }
    }
}

fn tell_loaded(loaded: &Loaded) {
    if loaded.added > 0 {
        tell(&format!(
            "{} users of users.json were loaded into the store",
            loaded.added
        ));
    }
    if loaded.differ > 0 {
        tell(&format!(
            "{} users of the store are otherwise than in users.json, and stay as they are",
            loaded.differ
        ));
    }
}

fn ready_line(format: Option<Format>, url: &str, listen: SocketAddr, admin: SocketAddr) -> String {
    match format {
        Some(Format::Json) => {
            let ready = serde_json::json!({
                "ready": true, "url": url, "issuer": url, "listen": listen.to_string(), "admin": admin.to_string(),
            });
            format!("{ready}\n")
        }
        Some(Format::Text) | None => format!("ready at {url}\n"),
    }
}
