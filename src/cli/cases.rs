//! `postlogin test`: fixture cases (interface 4), their differences, and JUnit.

use super::desk::Desk;
use super::expected_xml;
use super::files;
use super::login::Source;
use super::options::{LoginOptions, TenantOptions};
use super::trouble::Trouble;
use crate::action::Pool;
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// `case.toml`.
#[derive(Debug, Deserialize)]
struct CaseFile {
    /// What the case shows, in one sentence.
    shows: String,
    /// Tenant folder relative to the case; else the nearest folder above that is one.
    tenant: Option<PathBuf>,
    #[serde(flatten)]
    options: toml::Table,
}

/// A case that was read.
pub struct Case {
    /// Its folder.
    pub folder: PathBuf,
    /// What it shows.
    pub shows: String,
    tenant: Option<PathBuf>,
    options: LoginOptions,
}

/// How a case went.
pub struct Verdict {
    /// The case's folder, as found.
    pub name: String,
    /// What it shows.
    pub shows: String,
    /// What differs, or what went wrong; empty when it passed.
    pub differences: Vec<String>,
    /// Whether what was expected was rewritten.
    pub blessed: bool,
    /// Wall time.
    pub elapsed: Duration,
}

/// Whether differences are reported, or become what is expected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// `--bless`.
    Bless,
    /// Compare.
    Compare,
}

/// Clock and seed of a case that names none, so that its result can be compared.
const NOW: &str = "2026-01-15T12:00:00Z";
const SEED: &str = "case";

/// All cases at or below `root`, in name order.
///
/// # Errors
/// There are none, or a `case.toml` cannot be used.
pub fn find(root: &Path) -> Result<Vec<Case>, Trouble> {
    let mut folders = Vec::new();
    collect(root, &mut folders)?;
    folders.sort();
    if folders.is_empty() {
        return Err(Trouble::new(
            format!("there is no case at or below {}", root.display()),
            "a case is a folder with case.toml, event.json, actions/*.js and expected.json",
        ));
    }
    folders.into_iter().map(Case::read).collect()
}

fn collect(folder: &Path, found: &mut Vec<PathBuf>) -> Result<(), Trouble> {
    if folder.join("case.toml").is_file() {
        found.push(folder.to_owned());
        return Ok(());
    }
    let entries = std::fs::read_dir(folder).map_err(|error| {
        Trouble::new(
            format!("{} cannot be read: {error}", folder.display()),
            "give a folder with cases, or a tenant with some",
        )
    })?;
    for entry in entries.flatten() {
        let path = entry.path();
        let hidden =
            entry.file_name().to_string_lossy().starts_with('.') || entry.file_name() == "node_modules";
        if path.is_dir() && !hidden {
            collect(&path, found)?;
        }
    }
    Ok(())
}

impl Case {
    fn read(folder: PathBuf) -> Result<Self, Trouble> {
        let path = folder.join("case.toml");
        let wrong = |error: &dyn std::fmt::Display| {
            Trouble::new(
                format!("{}: {error}", path.display()),
                "a case has shows = \"one sentence\" and the options of `postlogin run`",
            )
        };
        let file: CaseFile = toml::from_str(&files::text(&path)?).map_err(|error| wrong(&error))?;
        let options =
            LoginOptions::deserialize(toml::Value::Table(file.options)).map_err(|error| wrong(&error))?;
        let tenant = match file.tenant {
            Some(tenant) => Some(folder.join(tenant)),
            None => folder
                .ancestors()
                .skip(1)
                .find(|above| is_tenant(above))
                .map(Path::to_owned),
        };
        let options = rooted(options, &folder);
        Ok(Self {
            folder,
            shows: file.shows,
            tenant,
            options,
        })
    }

    /// The result of the case as JSON, with the SAML response where there is one.
    fn result(&self, desks: &mut Desks, pool: &mut Pool) -> Result<Value, Trouble> {
        let desk = desks.open(self.tenant.as_deref())?;
        let commands = self.folder.join("commands.json");
        let source = if commands.is_file() {
            Source::Commands(super::commands::read(&commands, desk, &self.options.secrets)?)
        } else {
            Source::Actions(pool)
        };
        let outcome = desk.login(&self.options, source)?;
        serde_json::to_value(&outcome.result).map_err(|error| {
            Trouble::new(
                format!("the result cannot be written as JSON: {error}"),
                "please report this",
            )
        })
    }
}

/// Paths of a case are relative to its folder; event and Actions are found there by themselves.
fn rooted(mut options: LoginOptions, folder: &Path) -> LoginOptions {
    let rooted = |path: &mut PathBuf| *path = folder.join(&*path);
    options.event.iter_mut().for_each(rooted);
    options.authn_request.iter_mut().for_each(rooted);
    options.actions.iter_mut().for_each(rooted);
    options.continues.iter_mut().for_each(rooted);
    let event = folder.join("event.json");
    if options.event.is_none() && event.is_file() {
        options.event = Some(event);
    }
    if options.actions.is_empty() {
        let scripts = std::fs::read_dir(folder.join("actions"))
            .into_iter()
            .flatten()
            .flatten();
        let mut scripts: Vec<_> = scripts
            .map(|entry| entry.path())
            .filter(|path| path.extension().is_some_and(|end| end == "js"))
            .collect();
        scripts.sort();
        options.actions = scripts;
    }
    options.now.get_or_insert_with(|| NOW.to_owned());
    options.seed.get_or_insert_with(|| SEED.to_owned());
    options
}

fn is_tenant(folder: &Path) -> bool {
    folder.join("tenant.json").is_file() || folder.join("tenant.yaml").is_file()
}

/// Tenants by folder, each read once.
#[derive(Default)]
struct Desks {
    open: BTreeMap<Option<PathBuf>, Desk>,
}

impl Desks {
    fn open(&mut self, root: Option<&Path>) -> Result<&Desk, Trouble> {
        let key = root.map(Path::to_owned);
        if !self.open.contains_key(&key) {
            let desk = Desk::open(root, &TenantOptions::default(), &mut |_| {})?;
            self.open.insert(key.clone(), desk);
        }
        Ok(&self.open[&key])
    }
}

/// Runs every case; `told` is called after each.
///
/// # Errors
/// No worker can be started.
pub fn run(cases: &[Case], mode: Mode, mut told: impl FnMut(&Verdict)) -> Result<Vec<Verdict>, Trouble> {
    let mut desks = Desks::default();
    let mut pool = super::scripts::pool()?;
    let mut verdicts = Vec::new();
    for case in cases {
        let begun = Instant::now();
        let (differences, blessed) = match case.result(&mut desks, &mut pool) {
            Err(trouble) => (expected_trouble(case, &trouble, mode), false),
            Ok(result) => judge(case, &result, mode),
        };
        let verdict = Verdict {
            name: case.folder.display().to_string(),
            shows: case.shows.clone(),
            differences,
            blessed,
            elapsed: begun.elapsed(),
        };
        told(&verdict);
        verdicts.push(verdict);
    }
    Ok(verdicts)
}

/// A case may expect unusable input: `expected.txt` holds a part of the message.
fn expected_trouble(case: &Case, trouble: &Trouble, mode: Mode) -> Vec<String> {
    let path = case.folder.join("expected.txt");
    let text = trouble.to_string();
    match std::fs::read_to_string(&path) {
        Ok(expected) if text.contains(expected.trim()) => Vec::new(),
        Ok(_) if mode == Mode::Bless => {
            let written = files::write(&path, &format!("{text}\n"));
            written
                .err()
                .map(|trouble| trouble.to_string())
                .into_iter()
                .collect()
        }
        Ok(expected) => vec![format!(
            "expected the message to contain:\n{}\nbut it is:\n{text}",
            expected.trim()
        )],
        Err(_) => vec![text],
    }
}

fn judge(case: &Case, result: &Value, mode: Mode) -> (Vec<String>, bool) {
    let mut differences = Vec::new();
    let json = case.folder.join("expected.json");
    let xml = case.folder.join("expected.xml");
    let text = case.folder.join("expected.txt");
    if text.is_file() {
        differences.push(format!(
            "{} expects unusable input, but the login went through",
            text.display()
        ));
    }
    if !json.is_file() && !xml.is_file() && mode == Mode::Compare && differences.is_empty() {
        differences
            .push("nothing is expected: write expected.json or expected.xml, or run with --bless".to_owned());
    }
    if json.is_file() {
        match files::json::<Value>(&json) {
            Ok(expected) => compare("", &expected, result, &mut differences),
            Err(trouble) => differences.push(trouble.to_string()),
        }
    }
    let response = result.pointer("/saml/xml").and_then(Value::as_str);
    if xml.is_file() {
        let expected = std::fs::read_to_string(&xml).unwrap_or_default();
        match response {
            Some(response) if expected_xml::matches(expected.trim_end(), response) => {}
            Some(response) => differences.push(format!(
                "expected.xml:\n  expected {}\n  got      {response}",
                expected.trim_end()
            )),
            None => differences.push("expected.xml is there, but the login gave no SAML response".to_owned()),
        }
    }
    if mode == Mode::Compare || (differences.is_empty() && (json.is_file() || xml.is_file())) {
        return (differences, false);
    }
    let mut written = Vec::new();
    if json.is_file() || !xml.is_file() {
        let before = files::json::<Value>(&json).ok();
        let blessed = before.map_or_else(|| without_noise(result), |before| bless(&before, result));
        written.extend(files::write(&json, &pretty(&blessed)).err());
    }
    if let (true, Some(response)) = (xml.is_file(), response) {
        written.extend(files::write(&xml, &format!("{response}\n")).err());
    }
    (
        written.into_iter().map(|trouble| trouble.to_string()).collect(),
        true,
    )
}

/// Every member of `expected` is in `got`; `"*"` matches anything; lists match element by element.
fn compare(at: &str, expected: &Value, got: &Value, differences: &mut Vec<String>) {
    match (expected, got) {
        (Value::String(any), _) if any == "*" => {}
        (Value::Object(expected), Value::Object(got)) => {
            for (name, value) in expected {
                let at = format!("{at}/{name}");
                match got.get(name) {
                    Some(got) => compare(&at, value, got, differences),
                    None if value.is_null() => {}
                    None => differences.push(format!("{at}: expected {value}, but it is absent")),
                }
            }
        }
        (Value::Array(expected), Value::Array(got)) if expected.len() == got.len() => {
            for (position, (expected, got)) in expected.iter().zip(got).enumerate() {
                compare(&format!("{at}/{position}"), expected, got, differences);
            }
        }
        (Value::String(pattern), Value::String(text))
            if pattern.contains('*') && matches_pattern(pattern, text) => {}
        (Value::Number(expected), Value::Number(got)) if expected.as_f64() == got.as_f64() => {}
        _ if expected == got => {}
        _ => differences.push(format!("{at}:\n  expected {expected}\n  got      {got}")),
    }
}

/// Whether `text` is `pattern` with each `*` standing for any characters.
pub(super) fn matches_pattern(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.split('*');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = text.strip_prefix(first) else {
        return false;
    };
    let parts: Vec<_> = parts.collect();
    let Some((last, middle)) = parts.split_last() else {
        return rest.is_empty();
    };
    for part in middle {
        match rest.find(part) {
            Some(found) => rest = &rest[found + part.len()..],
            None => return false,
        }
    }
    rest.ends_with(last)
}

/// What was expected, with the values that are now right; members and wildcards stay as they are.
fn bless(before: &Value, now: &Value) -> Value {
    match (before, now) {
        (Value::String(any), _) if any == "*" => before.clone(),
        (Value::String(pattern), Value::String(text))
            if pattern.contains('*') && matches_pattern(pattern, text) =>
        {
            before.clone()
        }
        (Value::Object(before), Value::Object(now)) => {
            let kept = before.iter().filter_map(|(name, value)| match now.get(name) {
                Some(now) => Some((name.clone(), bless(value, now))),
                None => value.is_null().then(|| (name.clone(), Value::Null)),
            });
            Value::Object(kept.collect())
        }
        (Value::Array(before), Value::Array(now)) if before.len() == now.len() => before
            .iter()
            .zip(now)
            .map(|(before, now)| bless(before, now))
            .collect(),
        _ => now.clone(),
    }
}

/// The first expectation: what a person wants to see, without signed bytes.
fn without_noise(result: &Value) -> Value {
    const KEPT: [&str; 9] = [
        "outcome",
        "error",
        "id_token_claims",
        "access_token_claims",
        "redirect",
        "mfa",
        "form",
        "commands",
        "trace",
    ];
    let members = result.as_object().into_iter().flatten();
    Value::Object(
        members
            .filter(|(name, _)| KEPT.contains(&name.as_str()))
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect(),
    )
}

fn pretty(value: &Value) -> String {
    format!("{value:#}\n")
}

/// The verdicts as a JUnit document.
pub fn junit(verdicts: &[Verdict]) -> String {
    let failures = verdicts
        .iter()
        .filter(|verdict| !verdict.differences.is_empty())
        .count();
    let mut xml = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    let _ = writeln!(
        xml,
        "<testsuites><testsuite name=\"postlogin\" tests=\"{}\" failures=\"{failures}\">",
        verdicts.len()
    );
    for verdict in verdicts {
        let _ = write!(
            xml,
            "  <testcase name=\"{}\" classname=\"postlogin\" time=\"{:.3}\">",
            escaped(&format!("{}: {}", verdict.name, verdict.shows)),
            verdict.elapsed.as_secs_f64()
        );
        if !verdict.differences.is_empty() {
            let text = verdict.differences.join("\n");
            let _ = write!(xml, "<failure message=\"differs\">{}</failure>", escaped(&text));
        }
        xml.push_str("</testcase>\n");
    }
    xml.push_str("</testsuite></testsuites>\n");
    xml
}

fn escaped(text: &str) -> String {
    let legal = |character: &char| !character.is_control() || matches!(character, '\n' | '\t');
    text.chars()
        .filter(legal)
        .fold(String::new(), |mut escaped, character| {
            match character {
                '&' => escaped.push_str("&amp;"),
                '<' => escaped.push_str("&lt;"),
                '>' => escaped.push_str("&gt;"),
                '"' => escaped.push_str("&quot;"),
                other => escaped.push(other),
            }
            escaped
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn differences(expected: &Value, got: &Value) -> usize {
        let mut differences = Vec::new();
        compare("", expected, got, &mut differences);
        differences.len()
    }

    #[test]
    fn a_subset_matches_and_a_difference_is_found() {
        let got = json!({"a": 1, "b": {"c": [1, 2]}, "d": "x"});
        assert_eq!(differences(&json!({"b": {"c": [1, "*"]}}), &got), 0);
        assert_eq!(differences(&json!({"b": {"c": [1]}}), &got), 1);
        assert_eq!(differences(&json!({"a": 2, "e": 1}), &got), 2);
        assert_eq!(differences(&json!({"gone": null}), &got), 0);
        assert_eq!(differences(&json!({"a": null}), &got), 1);
    }

    #[test]
    fn a_star_stands_for_any_text() {
        assert!(matches_pattern("a*c", "abc"));
        assert!(matches_pattern("a*b*c", "a12b3c"));
        assert!(!matches_pattern("a*c", "abd"));
        assert!(!matches_pattern("abc", "abcd"));
        assert!(!matches_pattern("ab*bc", "abc"));
    }

    #[test]
    fn blessing_keeps_wildcards_and_members() {
        let blessed = bless(&json!({"a": "*", "b": 1}), &json!({"a": 5, "b": 2, "c": 3}));
        assert_eq!(blessed, json!({"a": "*", "b": 2}));
    }
}
