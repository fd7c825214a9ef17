//! `postlogin speed`: how many of each work this machine does, beside its bare signing rate.
//!
//! Like `openssl speed`, but each work is measured in turns of well under a second with the bare
//! signature of the same key, so that the ratio holds when the machine's speed drifts. Times are CPU
//! seconds of this process and of its worker. `--server` measures a whole server in the same way.

mod cpu;
mod runs;
#[cfg(feature = "server")]
mod server;
mod tally;
mod verify;
mod works;

use self::cpu::process_cpu;
use self::tally::Tally;
use super::open_tenant::tenant_root;
use super::options::TenantOptions;
use super::output::Format;
use super::trouble::{ISSUED, Trouble};
use clap::Args;
use serde::Serialize;
use std::fmt::Write as _;
use std::path::PathBuf;
use std::time::{Duration, Instant};

pub use works::{NAMES, Work, Workshop};

#[derive(Args)]
pub(super) struct SpeedArgs {
    /// Tenant folder whose keys and domain are used; by default keys and domain are made up
    tenant: Option<PathBuf>,
    #[command(flatten)]
    options: TenantOptions,
    /// Measure a server on one core, with the load on another one
    #[cfg(feature = "server")]
    #[arg(long, conflicts_with_all = ["tenant", "event", "action"])]
    server: bool,
    /// Measure only this work (repeatable)
    #[arg(long = "work", value_name = "NAME", value_parser = clap::builder::PossibleValuesParser::new(names()))]
    works: Vec<String>,
    /// Seconds to measure each work
    #[arg(long, default_value_t = 3.0)]
    seconds: f64,
    /// Event to measure with, instead of the built-in one
    #[arg(long, value_name = "FILE")]
    event: Option<PathBuf>,
    /// Action to measure with, instead of the built-in one
    #[arg(long, value_name = "FILE")]
    action: Option<PathBuf>,
    /// How the table is printed; json when standard output is not a terminal
    #[arg(long, value_enum)]
    format: Option<Format>,
}

/// One line of the table.
#[derive(Serialize)]
struct Measured {
    work: &'static str,
    per_second: f64,
    bare_per_second: f64,
    signatures: u32,
    ratio: f64,
    bytes: usize,
}

pub(super) fn run(args: &SpeedArgs) -> Result<u8, Trouble> {
    if !args.seconds.is_finite() || args.seconds <= 0.0 || args.seconds > 600.0 {
        return Err(Trouble::usage(
            "--seconds must be more than 0 and at most 600",
            "leave it out for 3 seconds",
        ));
    }
    let format = Format::chosen(args.format);
    #[cfg(feature = "server")]
    if args.server {
        args.only_of(&server::NAMES)?;
        let span = Duration::from_secs_f64(args.seconds);
        return server::run(&args.works, span, format);
    }
    args.only_of(&works::NAMES)?;
    let explicit = args.tenant.as_deref().and_then(|root| tenant_root(Some(root)));
    let mut workshop = Workshop::open(
        super::scripts::worker_program()?,
        explicit.as_deref(),
        &args.options,
        args.event.as_deref(),
        args.action.as_deref(),
    )?;
    let mut measured = Vec::new();
    if format == Format::Text {
        super::output::print(&format!(
            "{:<22}{:>12}{:>14}{:>8}{:>9}\n",
            "work", "per second", "bare/second", "ratio", "bytes"
        ))?;
    }
    for name in works::NAMES.into_iter().filter(|name| args.wants(name)) {
        if args.works.is_empty()
            && let Some(why) = workshop.cannot_be_measured(name)
        {
            super::output::tell(&format!("{name} is not measured: {why}"));
            continue;
        }
        let line = measure(workshop.work(name)?, Duration::from_secs_f64(args.seconds))?;
        if format == Format::Text {
            super::output::print(&text(&line))?;
        }
        measured.push(line);
    }
    if format == Format::Json {
        let json = serde_json::to_string_pretty(&measured)
            .map_err(|error| Trouble::new(format!("the table cannot be written: {error}"), ""))?;
        super::output::print(&(json + "\n"))?;
    }
    Ok(ISSUED)
}

/// The names of all works.
fn names() -> Vec<&'static str> {
    let names = works::NAMES.iter().copied();
    #[cfg(feature = "server")]
    let names = names.chain(server::NAMES.iter().copied());
    names.collect()
}

impl SpeedArgs {
    fn wants(&self, name: &str) -> bool {
        self.works.is_empty() || self.works.iter().any(|wanted| wanted == name)
    }

    /// Refuses the name of a work that is not among these.
    fn only_of(&self, names: &[&str]) -> Result<(), Trouble> {
        let mut wanted = self.works.iter();
        match wanted.find(|wanted| !names.contains(&wanted.as_str())) {
            None => Ok(()),
            Some(other) => Err(Trouble::usage(
                format!(
                    "the work {other} is not measured in this way: some works need --server, the others must be without it"
                ),
                format!("name one of {}", names.join(", ")),
            )),
        }
    }
}

fn text(line: &Measured) -> String {
    let mut text = String::new();
    let ratio = if line.signatures == 0 {
        "-".to_owned()
    } else {
        format!("{:.2}", line.ratio)
    };
    let _ = writeln!(
        text,
        "{:<22}{:>12.1}{:>14.1}{ratio:>8}{:>9}",
        line.work, line.per_second, line.bare_per_second, line.bytes
    );
    text
}

/// Work and bare signature in turns of a fifth of a second.
#[expect(clippy::disallowed_methods, reason = "time is what is measured")]
fn measure(mut work: Work<'_>, total: Duration) -> Result<Measured, Trouble> {
    let turn = Duration::from_millis(200).min(total / 4);
    let bytes = (work.once)()?;
    let (mut works, mut bare) = (Tally::default(), Tally::default());
    let begun = Instant::now();
    while begun.elapsed() < total {
        works.take_turn(turn, &work.cpu, &mut || (work.once)().map(|_| ()))?;
        bare.take_turn(turn, &process_cpu, &mut work.bare)?;
    }
    let (per_second, bare_per_second) = (works.per_second(), bare.per_second());
    Ok(Measured {
        work: work.name,
        per_second,
        bare_per_second,
        signatures: work.signatures,
        ratio: per_second * f64::from(work.signatures) / bare_per_second,
        bytes,
    })
}
