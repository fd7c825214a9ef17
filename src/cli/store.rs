//! `postlogin store`: a look through the whole store.

use super::clock::system_now;
use super::escape::printable;
use super::output::Format;
use super::stored::{StoreArgs, store_trouble};
use super::trouble::{FAILED, ISSUED, Trouble};
use crate::store::{Checked, Store as _};
use clap::{Args, Subcommand};
use serde_json::json;
use std::fmt::Write as _;

#[derive(Args)]
pub(super) struct StoreCommandArgs {
    #[command(subcommand)]
    command: StoreCommand,
}

#[derive(Subcommand)]
enum StoreCommand {
    /// Verify that what belongs together is there, and count what there is; exit 1 where something does not hold
    #[command(after_help = EXAMPLES)]
    Check(CheckArgs),
}

const EXAMPLES: &str = "Examples:
  postlogin store check my-tenant
  postlogin store check --database sqlite:/var/lib/postlogin/postlogin.db --format json";

#[derive(Args)]
struct CheckArgs {
    #[command(flatten)]
    store: StoreArgs,
    /// How the report is printed; json when standard output is not a terminal
    #[arg(long, value_enum)]
    format: Option<Format>,
}

pub(super) fn run(args: &StoreCommandArgs) -> Result<u8, Trouble> {
    let StoreCommand::Check(args) = &args.command;
    let store = args.store.open()?;
    let checked = store.check(system_now()).map_err(|error| store_trouble(&error))?;
    let format = Format::chosen(args.format);
    format.print(&match format {
        Format::Text => text(&checked),
        Format::Json => {
            let faults = checked.faults.iter();
            let faults: Vec<_> = faults
                .map(|fault| json!({"code": fault.code, "what": fault.what}))
                .collect();
            format!("{}\n", json!({"counts": checked.counts, "faults": faults}))
        }
    })?;
    Ok(if checked.faults.is_empty() { ISSUED } else { FAILED })
}

fn text(checked: &Checked) -> String {
    let mut text = String::new();
    for (name, count) in &checked.counts {
        let _ = writeln!(text, "{count:>10}  {}", name.replace('_', " "));
    }
    for fault in &checked.faults {
        let _ = writeln!(text, "{}: {}", fault.code, printable(&fault.what));
    }
    let _ = match checked.faults.len() {
        0 => writeln!(text, "the store is whole"),
        1 => writeln!(text, "1 fault"),
        count => writeln!(text, "{count} faults"),
    };
    text
}
