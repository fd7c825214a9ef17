//! `postlogin test`.

use super::cases::{self, Mode};
use super::files;
use super::trouble::{FAILED, ISSUED, Trouble};
use clap::Args;
use std::path::PathBuf;

#[derive(Args)]
pub(super) struct TestArgs {
    /// Folder with cases, or a tenant with some; the current folder by default
    #[arg(default_value = ".")]
    cases: PathBuf,
    /// Rewrite what was expected with what came out
    #[arg(long)]
    bless: bool,
    /// Write a JUnit report
    #[arg(long, value_name = "FILE")]
    junit: Option<PathBuf>,
    /// Only cases whose folder contains this text
    #[arg(long, value_name = "TEXT")]
    only: Option<String>,
    /// Say what each case shows
    #[arg(long, short)]
    verbose: bool,
}

pub(super) fn run(args: &TestArgs) -> Result<u8, Trouble> {
    let mut found = cases::find(&args.cases)?;
    if let Some(only) = &args.only {
        found.retain(|case| case.folder.to_string_lossy().contains(only.as_str()));
        if found.is_empty() {
            return Err(Trouble::new(
                format!("no case's folder contains '{only}'"),
                "leave --only out to run all",
            ));
        }
    }
    let mode = if args.bless { Mode::Bless } else { Mode::Compare };
    let verdicts = cases::run(&found, mode, |verdict| {
        let shown = if !verdict.differences.is_empty() {
            format!(
                "FAILED {}\n  {}\n  {}\n",
                verdict.name,
                verdict.shows,
                verdict.differences.join("\n  ")
            )
        } else if verdict.blessed {
            format!("blessed {}\n", verdict.name)
        } else if args.verbose {
            format!("ok {}: {}\n", verdict.name, verdict.shows)
        } else {
            return;
        };
        // A closed standard output is found when the summary is printed.
        let _ = super::print(&shown);
    })?;
    if let Some(path) = &args.junit {
        files::write(path, &cases::junit(&verdicts))?;
    }
    let failed = verdicts
        .iter()
        .filter(|verdict| !verdict.differences.is_empty())
        .count();
    super::print(&format!("{} passed, {failed} failed\n", verdicts.len() - failed))?;
    Ok(if failed == 0 { ISSUED } else { FAILED })
}
