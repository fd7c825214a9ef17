//! `postlogin test`.

use super::cases::{self, Found, Mode, Recording};
use super::engine_options::EngineOptions;
use super::escape::printable;
use super::trouble::{FAILED, ISSUED, Trouble};
use super::{files, junit};
use clap::Args;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

pub(super) const EXPECTED: &str = "\
expected.json holds any subset of the result. \"*\" matches any value, and a * inside a text matches any characters; \
\\* is a star (in JSON \"\\\\*\"), and any other backslash is itself. null matches a member that is null or absent, \
{} an object without members. expected.xml holds the SAML response, with * and \\* as above. expected.txt holds a \
part of the message about unusable input. An expected file that expects nothing is an error.

http.json answers for the network, which no case reaches: an array of {\"method\", \"url\", \"body\", \"status\", \"headers\", \
\"answer\"}, of which method and url are needed. status is 200 where it is absent; a header is a text or an array of \
texts. body and answer are JSON, text, or {\"$base64\": \"...\"} for bytes; content-type follows from the answer where no \
header says it. {\"method\", \"url\", \"error\": \"...\"} breaks the connection. Method and URL decide which entry answers a \
request, with the parameters of the query in any order; of several one whose body does not differ answers, then the \
first. Each entry answers once, so a request that is sent twice has two entries. A body that differs from the \
entry's is told; a request that nothing answers fails the case. handle-NAME-1 and [secret NAME] in method, url or \
body stand for any text.

cache.json holds what earlier logins left in the cache: {KEY: {\"value\": TEXT, \"expires_at\": MILLISECONDS}}; without \
expires_at a record lasts 15 minutes. mocks/NAME.js answers require('NAME') in the place of a package.

--bless keeps a value that matches as it is written, with its wildcards. A value that differs becomes the actual \
value, without wildcards; a member that is absent from the result becomes null.";

#[derive(Args)]
pub(super) struct TestArgs {
    /// Folder with cases, or a tenant folder with cases; the current folder by default
    #[arg(default_value = ".")]
    cases: PathBuf,
    /// Rewrite the expected files with the actual results
    #[arg(long)]
    bless: bool,
    /// Let the network answer once in cases that have no http.json, as far as the tenant's settings and --allow let
    /// requests out, and write http.json
    ///
    /// Secrets of Actions, tokens, passwords and cookies are replaced by handles; other personal data is not. A case is then
    /// run from what was written. An http.json that is there is kept.
    #[arg(long)]
    record: bool,
    /// Write a JUnit report
    #[arg(long, value_name = "FILE")]
    junit: Option<PathBuf>,
    /// Run only cases whose folder name contains this text
    #[arg(long, value_name = "TEXT")]
    only: Option<String>,
    /// Fail where a case is passed over because there is no Node.js
    #[arg(long)]
    strict: bool,
    #[command(flatten)]
    engines: EngineOptions,
    /// Say what each case shows
    #[arg(long, short)]
    verbose: bool,
}

pub(super) fn run(args: &TestArgs) -> Result<u8, Trouble> {
    let Found {
        mut cases,
        mut passed_over,
    } = cases::find(&args.cases, &args.engines)?;
    if let Some(only) = &args.only {
        let is_meant = |folder: &Path| folder.to_string_lossy().contains(only.as_str());
        cases.retain(|case| is_meant(&case.folder));
        passed_over.retain(|folder| is_meant(folder));
        if cases.is_empty() {
            return Err(Trouble::new(
                format!("no case's folder contains '{only}'"),
                "leave --only out to run all",
            ));
        }
    }
    let mode = if args.bless { Mode::Bless } else { Mode::Compare };
    let recording = if args.record {
        Recording::Missing
    } else {
        Recording::Off
    };
    let verdicts = cases::run(&cases, &args.engines, mode, recording, |verdict| {
        let (name, sentence) = (printable(&verdict.name), printable(&verdict.shows));
        let shown = if let Some(why) = &verdict.passed_over {
            format!("passed over {name}: {}\n", printable(why))
        } else if !verdict.passed() {
            let differences = verdict.differences.join("\n").replace('\n', "\n  ");
            format!("FAILED {name}\n  {sentence}\n  {differences}\n")
        } else if verdict.blessed {
            format!("blessed {name}\n")
        } else if args.verbose {
            format!("ok {name}: {sentence}\n")
        } else {
            String::new()
        };
        let notes = verdict
            .notes
            .iter()
            .map(|note| format!("note {name}: {}\n", printable(note)));
        let shown = shown + &notes.collect::<String>();
        if shown.is_empty() {
            return;
        }
        // A closed standard output is found when the summary is printed.
        let _ = super::output::print(&shown);
    });
    if let Some(path) = &args.junit {
        files::write(path, &junit::document(&verdicts))?;
    }
    let failed = verdicts.iter().filter(|verdict| !verdict.passed()).count();
    let without_node = verdicts
        .iter()
        .filter(|verdict| verdict.passed_over.is_some())
        .count();
    let passed = verdicts.len() - failed - without_node;
    let told = match without_node {
        0 => String::new(),
        1 => ", 1 case passed over: no Node.js".to_owned(),
        count => format!(", {count} cases passed over: no Node.js"),
    };
    super::output::print(&format!(
        "{}{passed} passed, {failed} failed{told}\n",
        told_of(&passed_over)
    ))?;
    let is_good = failed == 0 && !(args.strict && without_node > 0);
    Ok(if is_good { ISSUED } else { FAILED })
}

/// One line for each folder with cases that were passed over.
fn told_of(passed_over: &[PathBuf]) -> String {
    let mut counts: BTreeMap<&Path, usize> = BTreeMap::new();
    for case in passed_over {
        *counts.entry(case.parent().unwrap_or(case)).or_default() += 1;
    }
    let line = |(folder, count): (&Path, usize)| {
        let folder = printable(&folder.display().to_string());
        format!("passed over in {folder}: cases for `postlogin inspect`, {count}\n")
    };
    counts.into_iter().map(line).collect()
}
