//! `postlogin speed`: how many of each work this machine does, beside its bare signing rate.
//!
//! Like `openssl speed`, but each work is measured in turns of well under a second with the bare
//! signature of the same key, so that the ratio holds when the machine's speed drifts. Times are CPU
//! seconds of this process and of its worker.

mod cpu;
mod runs;
mod verify;
mod works;

use self::cpu::process_cpu;
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
    /// Measure only this work (repeatable)
    #[arg(long = "work", value_name = "NAME", value_parser = clap::builder::PossibleValuesParser::new(works::NAMES))]
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
    let explicit = args.tenant.as_deref().and_then(|root| tenant_root(Some(root)));
    let mut workshop = Workshop::open(
        super::scripts::worker_program()?,
        explicit.as_deref(),
        &args.options,
        args.event.as_deref(),
        args.action.as_deref(),
    )?;
    let format = Format::chosen(args.format);
    let mut measured = Vec::new();
    if format == Format::Text {
        super::output::print(&format!(
            "{:<22}{:>12}{:>14}{:>8}{:>9}\n",
            "work", "per second", "bare/second", "ratio", "bytes"
        ))?;
    }
    for name in works::NAMES
        .iter()
        .copied()
        .filter(|name| args.works.is_empty() || args.works.iter().any(|wanted| wanted == name))
    {
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

/// Count and CPU time of one side.
#[derive(Default)]
struct Tally {
    count: u32,
    cpu: Duration,
}

impl Tally {
    fn per_second(&self) -> f64 {
        if self.cpu.is_zero() {
            0.0
        } else {
            f64::from(self.count) / self.cpu.as_secs_f64()
        }
    }
}

/// Work and bare signature in turns of a fifth of a second.
#[expect(clippy::disallowed_methods, reason = "time is what is measured")]
fn measure(mut work: Work<'_>, total: Duration) -> Result<Measured, Trouble> {
    let turn = Duration::from_millis(200).min(total / 4);
    let bytes = (work.once)()?;
    let (mut works, mut bare) = (Tally::default(), Tally::default());
    let begun = Instant::now();
    while begun.elapsed() < total {
        take_turn(turn, &mut works, &work.cpu, &mut || (work.once)().map(|_| ()))?;
        take_turn(turn, &mut bare, &process_cpu, &mut || (work.bare)())?;
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

#[expect(clippy::disallowed_methods, reason = "time is what is measured")]
fn take_turn(
    turn: Duration,
    tally: &mut Tally,
    cpu: &dyn Fn() -> Duration,
    once: &mut dyn FnMut() -> Result<(), Trouble>,
) -> Result<(), Trouble> {
    let (begun, before) = (Instant::now(), cpu());
    while begun.elapsed() < turn {
        once()?;
        tally.count += 1;
    }
    tally.cpu += cpu().saturating_sub(before);
    Ok(())
}
