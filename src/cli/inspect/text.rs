//! The report for people: the kind of the document, its content, every check, and last the findings.

use crate::cli::render::printable;
use crate::inspect::{Check, Finding, Outcome, Report, Severity};
use anstyle::{AnsiColor, Color, Style};
use serde_json::Value;
use std::fmt::Write as _;

const HEADING: Style = Style::new().bold();
const GOOD: Style = Style::new().fg_color(Some(Color::Ansi(AnsiColor::Green)));
const BAD: Style = Style::new().bold().fg_color(Some(Color::Ansi(AnsiColor::Red)));
const NOTE: Style = Style::new().fg_color(Some(Color::Ansi(AnsiColor::Yellow)));
const DIM: Style = Style::new().dimmed();

/// The whole report with ANSI styles; strip them where the output is no terminal.
pub(super) fn report(report: &Report) -> String {
    let mut text = String::new();
    let verdict = verdict(report);
    let style = if report.is_good() { GOOD } else { BAD };
    let _ = writeln!(
        text,
        "{HEADING}{}{HEADING:#}: {style}{verdict}{style:#}",
        report.kind.words()
    );
    if !report.layers.is_empty() {
        let _ = writeln!(text, "  in {}", printable(&report.layers.join(" > ")));
    }
    document(&report.document, "", &mut text);
    if let Some(decrypted) = &report.decrypted {
        heading("Decrypted", &mut text);
        lines(decrypted, &mut text);
    }
    if !report.checks.is_empty() {
        heading("Checks", &mut text);
        for check in &report.checks {
            line_of_check(check, &report.findings, &mut text);
        }
    }
    if !report.findings.is_empty() {
        heading("Findings", &mut text);
        let mut gravest_first: Vec<_> = report.findings.iter().collect();
        gravest_first.sort_by_key(|finding| finding.severity);
        for finding in gravest_first {
            lines_of_finding(finding, &mut text);
        }
    }
    text
}

fn verdict(report: &Report) -> String {
    let counts = [
        (Severity::Error, "error"),
        (Severity::Warning, "warning"),
        (Severity::Note, "note"),
    ];
    let words: Vec<_> = counts
        .into_iter()
        .map(|(severity, word)| (report.count(severity), word))
        .filter(|(count, _)| *count > 0)
        .map(|(count, word)| format!("{count} {word}{}", if count == 1 { "" } else { "s" }))
        .collect();
    if words.is_empty() {
        return "nothing wrong".to_owned();
    }
    words.join(", ")
}

fn document(document: &Value, name: &str, text: &mut String) {
    match document {
        Value::Null => {}
        Value::String(xml) => {
            heading("Document", text);
            lines(xml, text);
        }
        Value::Array(several) => {
            for (number, one) in several.iter().enumerate() {
                self::document(one, &format!(" {}", number + 1), text);
            }
        }
        Value::Object(members) => {
            heading(&format!("Document{name}"), text);
            let width = members
                .keys()
                .map(|name| name.chars().count())
                .max()
                .unwrap_or_default();
            for (name, value) in members {
                let name = printable(name);
                match value {
                    Value::String(value) => {
                        let _ = writeln!(text, "  {name:<width$}  {}", shortened(&printable(value)));
                    }
                    Value::Object(_) | Value::Array(_) => {
                        let _ = writeln!(text, "  {name}");
                        lines(&format!("{value:#}"), text);
                    }
                    other => {
                        let _ = writeln!(text, "  {name:<width$}  {other}");
                    }
                }
            }
        }
        other => {
            let _ = writeln!(text, "  {other}");
        }
    }
}

fn line_of_check(check: &Check, findings: &[Finding], text: &mut String) {
    let (style, word) = match check.result {
        Outcome::Fail => (BAD, "FAIL"),
        Outcome::NotChecked => (DIM, "not checked"),
        Outcome::Pass => (GOOD, "pass"),
    };
    let name = serde_json::to_value(check.check).unwrap_or_default();
    let name = name.as_str().unwrap_or_default().replace('_', " ");
    let is_below = findings.iter().any(|finding| finding.message == check.message);
    let message = match check.result {
        Outcome::Fail if is_below => "see below".to_owned(),
        Outcome::Fail | Outcome::NotChecked | Outcome::Pass => printable(&check.message),
    };
    let _ = writeln!(text, "  {style}{word:<11}{style:#}  {name:<15}  {message}");
}

fn lines_of_finding(finding: &Finding, text: &mut String) {
    let (style, word) = match finding.severity {
        Severity::Error => (BAD, "error"),
        Severity::Warning => (NOTE, "warning"),
        Severity::Note => (DIM, "note"),
    };
    let _ = writeln!(
        text,
        "  {style}{word:<7}{style:#}  {}  {DIM}{}{DIM:#}\n           {}",
        finding.code.as_str(),
        printable(&finding.place),
        printable(&finding.message)
    );
    if !finding.refused_by.is_empty() {
        let names: Vec<_> = finding.refused_by.iter().map(|peer| peer.name()).collect();
        let _ = writeln!(text, "           refused by {}", names.join(", "));
    }
}

fn heading(heading: &str, text: &mut String) {
    let _ = write!(text, "\n{HEADING}{heading}{HEADING:#}\n");
}

fn lines(several: &str, text: &mut String) {
    for line in several.lines() {
        let _ = writeln!(text, "  {}", shortened(&printable(line)));
    }
}

/// Long base64 is for programs: `--format json` has all of it.
fn shortened(line: &str) -> String {
    let is_base64 = |character: char| character.is_ascii_alphanumeric() || "+/=-_".contains(character);
    let mut short = String::with_capacity(line.len().min(256));
    let mut run = String::new();
    let flush = |run: &mut String, short: &mut String| {
        if run.len() > LONGEST_RUN {
            let _ = write!(short, "{}...({} characters)", &run[..KEPT], run.len());
        } else {
            short.push_str(run);
        }
        run.clear();
    };
    for character in line.chars() {
        if is_base64(character) {
            run.push(character);
        } else {
            flush(&mut run, &mut short);
            short.push(character);
        }
    }
    flush(&mut run, &mut short);
    short
}

const LONGEST_RUN: usize = 120;
const KEPT: usize = 32;
