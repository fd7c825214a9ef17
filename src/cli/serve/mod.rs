//! `postlogin serve`: the identity server.
//!
//! `settings` says where it listens and what it is called, `source` reads its folder, at the start and again while it runs.

mod passwords;
mod proxy;
mod settings;
mod source;

use super::factors;
use super::key_trouble::key_trouble;
use super::options::TenantOptions;
use super::output::{self, Format};
use super::stored::{make_place, store_trouble};
use super::trouble::{ISSUED, Trouble};
use crate::flow::SystemClock;
use crate::keys::{Sealing, StateKey, state_key};
use crate::oauth::closed_organizations;
use crate::server::{
    Listening, Metrics, Seals, Site, SiteError, Switch, log_line as tell, serve, write_log_as,
};
use crate::store::{Loaded, Sqlite};
use crate::tenant::{Client, Problem, Severity, Tenant};
use clap::Args;
use source::{Fixed, Folder};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Most errors of a folder that a start tells one by one.
const MOST_TOLD: usize = 20;

pub(super) const EXAMPLES: &str = "Examples:
  postlogin serve my-tenant
  postlogin serve my-tenant --demo
  postlogin serve my-tenant --listen 0.0.0.0:8420 --url https://id.example/";

#[derive(Args, Clone)]
pub(super) struct ServeArgs {
    /// Tenant folder, as the deploy CLI exports it
    #[arg(default_value = ".")]
    tenant: PathBuf,
    /// Address and port; port 0 takes a free one [default: 127.0.0.1:8420]
    #[arg(long, value_name = "ADDRESS", value_parser = settings::address)]
    listen: Option<SocketAddr>,
    /// Address and port of /healthz, /readyz and /metrics [default: 127.0.0.1:8421, or a free port where --listen has
    /// port 0]
    #[arg(long, value_name = "ADDRESS", value_parser = settings::address)]
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
    /// An example application at /demo/app and an example service provider at /demo/sp, with keys and a store of their own;
    /// anybody at this computer logs in without a password. For a loopback address alone
    #[arg(long, conflicts_with_all = ["database", "key", "cert"])]
    demo: bool,
    /// Reload when a file of the tenant folder changes, `.postlogin` apart, as --demo always does; SIGHUP reloads too
    #[arg(long)]
    watch: bool,
    /// Format of the line that says that the server is ready
    #[arg(long, value_enum)]
    format: Option<Format>,
    #[command(flatten)]
    options: TenantOptions,
}

pub(super) fn run(args: &ServeArgs) -> Result<u8, Trouble> {
    let mut said = Vec::new();
    args.refuse_demo_elsewhere()?;
    let open = args.open(&mut |line| said.push(line.to_owned()))?;
    write_log_as(settings::log_format(&open.tenant.config));
    for line in said {
        tell(&line);
    }
    for line in loose_ends(&open.notes) {
        tell(&line);
    }
    let fixed = Fixed::of(args, &open.tenant)?;
    let (listen, admin) = fixed.addresses;
    let path = fixed.store.clone();
    let listening = Listening::at(listen, admin)
        .map_err(|error| Trouble::new(error.to_string(), settings::other_address(&error, admin)))?;
    let system = |error: std::io::Error| Trouble::new(format!("the server cannot run: {error}"), "try again");
    let (listen, admin) = listening.addresses().map_err(system)?;
    let folder = Folder {
        args: args.clone(),
        listen,
        fixed,
    };
    let served = folder.served(open, &mut |line| tell(line))?;
    let seals = args.seals(&served.tenant)?;
    let metrics = Arc::new(Metrics::default());
    make_place(&path)?;
    let store = Sqlite::open(&path, SystemClock).map_err(|error| store_trouble(&error))?;
    let observed = Arc::clone(&metrics);
    let store = store.observed(move |question, took| observed.asked(question, took));
    let begun = if args.demo { Site::demo } else { Site::new };
    let (site, loaded) =
        begun(served, Arc::new(store), seals, metrics).map_err(|error| site_trouble(&error))?;
    tell_loaded(&loaded);
    tell_faults(&site.tenant().faults);
    for line in site.syntax_errors() {
        tell(&line);
    }
    for line in factors::asked_for(site.tenant()) {
        tell(&line);
    }
    for line in passwords::unreadable(site.tenant()) {
        tell(&line);
    }
    if let Some(line) = proxy::unnamed(site.tenant(), site.url()) {
        tell(line);
    }
    for (what, help) in site
        .tenant()
        .clients
        .iter()
        .filter_map(Client::cannot_authenticate)
    {
        tell(&format!("{what}; {help}"));
    }
    if let Some((what, help)) = closed_organizations(site.tenant()) {
        tell(&format!("{what}; {help}"));
    }
    let announced = site.announced();
    let ready = ready_line(args.format, site.url(), listen, admin);
    let mut printed = Ok(());
    let switch = Arc::new(Switch::new(site));
    serve(switch, listening, Box::new(folder), || {
        printed = output::print_exactly(&ready);
        for line in announced {
            tell(&line);
        }
    })
    .map_err(|error| {
        Trouble::new(
            error.to_string(),
            "see that this machine has threads and sockets to spare",
        )
    })?;
    printed.map(|()| ISSUED)
}

impl ServeArgs {
    /// The keys of the server, made of `[server] secret`, or of the tenant's own key.
    fn seals(&self, tenant: &Tenant) -> Result<Seals, Trouble> {
        match &tenant.config.server.secret {
            Some(secret) => Seals::of_secret(&secret.bytes()).map_err(|error| {
                let help =
                    "give [server] secret at least 32 characters, such as those of `openssl rand -base64 32`";
                Trouble::new(format!("[server] secret: {error}"), help)
            }),
            None => Ok(Seals::of_state_key(kept_state_key(&self.home(tenant))?)),
        }
    }
}

/// The key of the server, which has to be kept: what is given to people is sealed with it.
fn kept_state_key(root: &Path) -> Result<StateKey, Trouble> {
    match state_key(root).map_err(|error| key_trouble(&error))? {
        Sealing::With { key, warning } => {
            if let Some(warning) = warning {
                tell(&warning);
            }
            Ok(key)
        }
        Sealing::Without { why } => Err(Trouble::new(
            format!("the key of the server cannot be kept ({why})"),
            "make .postlogin in the tenant folder writable for the user who runs postlogin, or give [keys], [server] \
             secret and [storage] url in postlogin.toml",
        )),
    }
}

/// Says what is broken in the folder: whatever needs it is refused, and the rest is served.
fn tell_faults(faults: &[Problem]) {
    for fault in faults.iter().take(MOST_TOLD) {
        tell(&format!("{fault}; {}", fault.help));
    }
    if faults.len() > MOST_TOLD {
        tell(&format!(
            "{} more errors of the folder; 'postlogin check' shows all of them",
            faults.len() - MOST_TOLD
        ));
    }
}

/// Why a site cannot begin, and what to do.
fn site_trouble(error: &SiteError) -> Trouble {
    let help = match error {
        SiteError::Store(_) => "see that the store can be read and written",
        SiteError::Threads(_) => "see that this machine has threads to spare",
        _ => "'postlogin check' shows every problem of the folder",
    };
    Trouble::new(error.to_string(), help)
}

/// Secrets of Actions that have no value, and names in files of the server's own that lead nowhere: what was meant by them
/// does not happen.
fn loose_ends(problems: &[Problem]) -> impl Iterator<Item = String> {
    let is_own = |problem: &&Problem| {
        ["postlogin.toml", "secrets.env"]
            .iter()
            .any(|own| problem.file == Path::new(own))
    };
    let leads_nowhere =
        |problem: &&Problem| problem.code.starts_with("unknown_") || problem.code == "unused_secret";
    let warnings = problems
        .iter()
        .filter(|problem| problem.severity == Severity::Warning);
    let is_loose = move |problem: &&Problem| {
        problem.code == "missing_secret" || (is_own(problem) && leads_nowhere(problem))
    };
    warnings.filter(is_loose).map(|problem| {
        let line = problem.line.map(|line| format!(":{line}")).unwrap_or_default();
        format!(
            "{}{line}: {}; {}",
            problem.file.display(),
            problem.message,
            problem.help
        )
    })
}

fn tell_loaded(loaded: &Loaded) {
    let users = |count: usize, verb: [&str; 2], rest: &str| match count {
        0 => {}
        1 => tell(&format!("1 user of {rest}", rest = rest.replace("{}", verb[0]))),
        _ => tell(&format!(
            "{count} users of {rest}",
            rest = rest.replace("{}", verb[1])
        )),
    };
    users(loaded.added, ["", ""], "users.json loaded into the store");
    users(
        loaded.differ,
        ["differs", "differ"],
        "the store {} from users.json, and nothing is changed; 'postlogin users import users.json --upsert' replaces them",
    );
    users(
        loaded.deleted,
        ["was", "were"],
        "users.json {} deleted from the store, and not loaded again",
    );
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
