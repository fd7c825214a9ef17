//! `postlogin speed --server`: what a server gives on one core, beside the bare signing rate of that core.
//!
//! The server is this program as a child process, with a tenant and a store of its own in a temporary folder ([`house`],
//! [`child`]). It has one core, the load of this process another one ([`cores`]). Each work is asked for over connections that
//! are kept ([`client`], [`callers`], [`works`]), in turns with the bare signature ([`measured`]). Beside the works stand what
//! the server does with too much of them ([`overload`]), its memory ([`memory`]), and how soon it is ready.

mod callers;
mod child;
mod client;
mod cores;
mod families;
mod house;
mod measured;
mod memory;
mod overload;
mod sessions;
mod works;

use self::child::Server;
use self::cores::Cores;
use self::families::Families;
use self::house::{Bound, House};
use self::measured::{Bench, Measured};
use self::memory::{Held, SESSIONS, held};
use self::overload::{Overload, overload};
use crate::cli::open_tenant::OpenTenant;
use crate::cli::output::{self, Format};
use crate::cli::trouble::{ISSUED, Trouble};
use serde::Serialize;
use std::fmt::Write as _;
use std::sync::Arc;
use std::time::Duration;

/// In the order in which they are measured.
pub(super) const NAMES: [&str; 9] = [
    CLIENT_CREDENTIALS,
    REFRESH,
    SAML_SESSION,
    ISSUE,
    DISCOVERY,
    OVERLOAD,
    MEMORY,
    START,
    FAMILIES,
];

const CLIENT_CREDENTIALS: &str = "client-credentials";
const REFRESH: &str = "refresh";
const SAML_SESSION: &str = "saml-session";
const ISSUE: &str = "issue";
const DISCOVERY: &str = "discovery";
const OVERLOAD: &str = "overload";
const MEMORY: &str = "memory";
const START: &str = "start";
/// Takes minutes, and a gigabyte of the disk: it is measured only where it is named.
const FAMILIES: &str = "families";

/// Everything that was measured.
#[derive(Default, Serialize)]
struct Report {
    works: Vec<Measured>,
    #[serde(skip_serializing_if = "Option::is_none")]
    overload: Option<Overload>,
    #[serde(skip_serializing_if = "Option::is_none")]
    memory: Option<Held>,
    #[serde(skip_serializing_if = "Option::is_none")]
    start: Option<Started>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    families: Vec<Grown>,
}

/// A store that holds so many refresh families.
#[derive(Serialize)]
struct Grown {
    families: usize,
    /// Bytes of the store for each family.
    bytes_each: u64,
    refresh: Measured,
}

/// How soon a server is ready.
#[derive(Serialize)]
struct Started {
    /// With an empty folder: keys and store are made.
    first_ms: f64,
    /// With what the first start made.
    again_ms: f64,
}

/// Measures what is named, each for as long as `span`, and prints it.
///
/// # Errors
/// There is one core only, or the server does not do what it should.
pub(super) fn run(names: &[String], span: Duration, format: Format) -> Result<u8, Trouble> {
    let is_wanted = |name: &str| names.is_empty() || names.iter().any(|wanted| wanted == name);
    let cores = Cores::two()?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Trouble::new(format!("the load cannot be made: {error}"), "try again"))?;
    let keys = OpenTenant::made_up()?.keys;
    let bench = Bench {
        cores: &cores,
        runtime: &runtime,
        key: keys.current.key(),
    };
    let mut report = Report::default();
    let told = |report: &mut Report, line: Measured| {
        if format == Format::Text {
            if report.works.is_empty() {
                output::print(&head())?;
            }
            output::print(&line.text())?;
        }
        report.works.push(line);
        Ok::<(), Trouble>(())
    };

    let house = House::build(Bound::OneAction)?;
    let server = cores.on_server(|| Server::start(&house))?;
    let first = server.ready_after;
    if is_wanted(CLIENT_CREDENTIALS) {
        let work = runtime.block_on(works::client_credentials(&server))?;
        told(&mut report, bench.measure(&server, work, span)?)?;
    }
    if is_wanted(REFRESH) {
        let work = runtime.block_on(works::refreshes(&server, &house))?;
        told(&mut report, bench.measure(&server, work, span)?)?;
    }
    if is_wanted(SAML_SESSION) {
        let house = House::build(Bound::Nothing)?;
        let server = cores.on_server(|| Server::start(&house))?;
        let work = runtime.block_on(works::saml_session(&server, &house))?;
        told(&mut report, bench.measure(&server, work, span)?)?;
    }
    if is_wanted(ISSUE) {
        let work = runtime.block_on(works::issue(&server))?;
        told(&mut report, bench.measure(&server, work, span)?)?;
    }
    if is_wanted(DISCOVERY) {
        let work = runtime.block_on(works::discovery(&server))?;
        told(&mut report, bench.measure(&server, work, span)?)?;
    }
    if is_wanted(OVERLOAD) {
        report.overload = Some(overload(&server, &runtime, span)?);
    }
    drop(server);
    if is_wanted(START) {
        let again = cores.on_server(|| Server::start(&house))?.ready_after;
        report.start = Some(Started {
            first_ms: milliseconds(first),
            again_ms: milliseconds(again),
        });
    }
    if is_wanted(MEMORY) {
        // As it is started by whoever serves with it: on all cores.
        let server = cores.on_all(|| Server::start(&house))?;
        report.memory = Some(held(&server, &house, &runtime, sessions_in(span))?);
    }
    if names.iter().any(|name| name == FAMILIES) {
        report.families = grown(&bench, &house, span)?;
    }
    match format {
        Format::Text => output::print(&report.rest())?,
        Format::Json => {
            let json = serde_json::to_string_pretty(&report)
                .map_err(|error| Trouble::new(format!("the table cannot be written: {error}"), ""))?;
            output::print(&(json + "\n"))?;
        }
    }
    Ok(ISSUED)
}

/// A refresh among more and more families.
fn grown(bench: &Bench<'_>, house: &House, span: Duration) -> Result<Vec<Grown>, Trouble> {
    let server = bench.cores.on_server(|| Server::start(house))?;
    let mut families = Families::none()?;
    let mut measured = Vec::new();
    for number in families::NUMBERS {
        families = families.grown(house, number)?;
        let shared = Arc::new(families);
        let work = bench.runtime.block_on(families::refreshes(&server, &shared))?;
        let refresh = bench.measure(&server, work, span)?;
        families = Arc::into_inner(shared)
            .ok_or_else(|| Trouble::new("a caller is left that has ended", "please report this"))?;
        measured.push(Grown {
            families: number,
            bytes_each: house.store_bytes()? / u64::try_from(number).unwrap_or(u64::MAX),
            refresh,
        });
    }
    Ok(measured)
}

/// All sessions, or as many as a short measurement has time for.
fn sessions_in(span: Duration) -> usize {
    let milliseconds = usize::try_from(span.as_millis()).unwrap_or(SESSIONS);
    SESSIONS.min(milliseconds * SESSIONS / 1_000)
}

fn milliseconds(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e3
}

fn head() -> String {
    format!(
        "{:<20}{:>12}{:>14}{:>12}{:>8}{:>10}{:>10}\n",
        "work", "per second", "bare/second", "signatures", "ratio", "p50 ms", "p99 ms"
    )
}

impl Measured {
    fn text(&self) -> String {
        let ratio = match self.signatures {
            0 => "-".to_owned(),
            _ => format!("{:.2}", self.ratio),
        };
        format!(
            "{:<20}{:>12.1}{:>14.1}{:>12}{ratio:>8}{:>10.2}{:>10.2}\n",
            self.work, self.per_second, self.bare_per_second, self.signatures, self.p50_ms, self.p99_ms
        )
    }
}

impl Report {
    /// What stands below the table of works.
    fn rest(&self) -> String {
        let mut text = String::new();
        if let Some(start) = &self.start {
            let _ = writeln!(
                text,
                "start: ready after {:.0} ms, with keys and store to be made {:.0} ms",
                start.again_ms, start.first_ms
            );
        }
        if let Some(held) = &self.memory {
            let idle = &held.idle;
            let pss = idle.pss_mib.map_or_else(String::new, |pss| {
                format!(", {pss:.1} MiB where what is shared counts once")
            });
            let _ = writeln!(
                text,
                "memory: {:.1} MiB for {} idle processes{pss}; {} open sessions added {:.2} MiB",
                idle.rss_mib, idle.processes, held.sessions, held.sessions_added_mib
            );
        }
        for grown in &self.families {
            let _ = writeln!(
                text,
                "families: {:>8}, {} bytes each; a refresh: {:.1}/s, ratio {:.2}, p50 {:.2} ms, p99 {:.2} ms",
                grown.families,
                grown.bytes_each,
                grown.refresh.per_second,
                grown.refresh.ratio,
                grown.refresh.p50_ms,
                grown.refresh.p99_ms
            );
        }
        if let Some(overload) = &self.overload {
            let _ = writeln!(
                text,
                "overload: asked {:.0}/s, bears {:.0}/s, answered {:.0}/s ({:.2}); {} refused after {:.1} ms (p99 {:.1} ms), {} \
                 without Retry-After; {} other; right after {:.2}",
                overload.asked_per_second,
                overload.borne_per_second,
                overload.answered_per_second,
                overload.kept,
                overload.refused,
                overload.refused_p50_ms,
                overload.refused_p99_ms,
                overload.without_retry_after,
                overload.other,
                overload.recovered
            );
        }
        text
    }
}
