//! `postlogin test`.

use super::cases::{self, Mode};
use super::escape::printable;
use super::trouble::{FAILED, ISSUED, Trouble};
use super::{files, junit};
use clap::Args;
use std::path::PathBuf;

pub(super) const EXPECTED: &str = "\
expected.json holds any subset of the result. \"*\" matches anything, a * inside a text any characters; \\* is a star \
(in JSON \"\\\\*\"), and a backslash means itself elsewhere. null is a member that is null or not there, {} an object \
without members. expected.xml holds the SAML response, with * and \\* as above, expected.txt a part of the message \
about unusable input. One that expects nothing is an error.

--bless keeps what matches as it is written, wildcards with it. What differs becomes what came out and stands for \
itself alone; a member that is gone becomes null.";

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
        let (name, sentence) = (printable(&verdict.name), printable(&verdict.shows));
        let shown = if !verdict.passed() {
            let differences = verdict.differences.join("\n").replace('\n', "\n  ");
            format!("FAILED {name}\n  {sentence}\n  {differences}\n")
        } else if verdict.blessed {
            format!("blessed {name}\n")
        } else if args.verbose {
            format!("ok {name}: {sentence}\n")
        } else {
            return;
        };
        // A closed standard output is found when the summary is printed.
        let _ = super::print(&shown);
    })?;
    if let Some(path) = &args.junit {
        files::write(path, &junit::document(&verdicts))?;
    }
    let failed = verdicts.iter().filter(|verdict| !verdict.passed()).count();
    super::print(&format!("{} passed, {failed} failed\n", verdicts.len() - failed))?;
    Ok(if failed == 0 { ISSUED } else { FAILED })
}
