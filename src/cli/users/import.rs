//! `postlogin users import`: users of a file, into the store.

use super::super::problems;
use super::show::many;
use crate::cli::clock::system_now;
use crate::cli::output::{Format, tell};
use crate::cli::stored::{StoreArgs, store_trouble};
use crate::cli::trouble::{ISSUED, Trouble};
use crate::disk;
use crate::folder::read_users;
use crate::store::{Load, NewUser, Users as _};
use crate::tenant::Severity;
use clap::Args;
use serde_json::json;
use std::path::PathBuf;

#[derive(Args)]
pub(super) struct ImportArgs {
    /// Users, in the form of users.json
    file: PathBuf,
    #[command(flatten)]
    store: StoreArgs,
    /// Replace users who are in the store, and bring back deleted ones; statistics stay
    #[arg(long)]
    upsert: bool,
    /// How the result is printed; json when standard output is not a terminal
    #[arg(long, value_enum)]
    format: Option<Format>,
}

pub(super) fn run(args: &ImportArgs) -> Result<u8, Trouble> {
    if !disk::is_there(&args.file) {
        return Err(Trouble::new(
            format!("there is no file {}", args.file.display()),
            "give a file with an array of users, as users.json of a tenant folder has it",
        ));
    }
    let read = read_users(&args.file);
    let (errors, rest): (Vec<_>, Vec<_>) = read
        .problems
        .into_iter()
        .partition(|problem| problem.severity == Severity::Error);
    if !errors.is_empty() {
        return Err(problems::trouble(&errors));
    }
    for problem in rest {
        tell(&problems::warning(&problem).message);
    }
    let users = read.users.profiles().map(|profile| {
        let credentials = read.credentials.get(profile.user_id()).cloned();
        NewUser {
            credentials: credentials.unwrap_or_default(),
            profile,
        }
    });
    let store = args.store.open_or_make()?;
    let load = if args.upsert { Load::Replace } else { Load::New };
    let loaded = store.load_users(users.collect(), load, system_now());
    let loaded = loaded.map_err(|error| store_trouble(&error))?;
    let format = Format::chosen(args.format);
    format.print(&match format {
        Format::Json => {
            let loaded = json!({
                "added": loaded.added, "replaced": loaded.replaced, "differ": loaded.differ,
                "deleted": loaded.deleted,
            });
            format!("{loaded}\n")
        }
        Format::Text => {
            let mut text = format!(
                "{} added, {} replaced\n",
                many(loaded.added as u64, "user"),
                many(loaded.replaced as u64, "user")
            );
            if loaded.differ + loaded.deleted > 0 {
                let more = format!(
                    "{} of the store differ from the file and {} deleted before; --upsert takes the file\n",
                    loaded.differ, loaded.deleted
                );
                text.push_str(&more);
            }
            text
        }
    })?;
    Ok(ISSUED)
}
