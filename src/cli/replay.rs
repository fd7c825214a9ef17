//! `postlogin replay FILE`: a login that `run --record` kept, again, offline.

use super::engine_options::{self, EngineOptions};
use super::expected::shown;
use super::expected_json::Difference;
use super::login::{Keeping, Source};
use super::open_tenant::OpenTenant;
use super::options::{LoginOptions, TenantOptions};
use super::record::{self, Record};
use super::trouble::{FAILED, ISSUED, Trouble};
use super::{escape, files, output, scripts};
use crate::command::Cache;
use crate::egress::recorded::Recorded;
use crate::runner::ReachSettings;
use crate::tenant::EngineChoice;
use clap::Args;
use serde_json::Value;
use std::path::PathBuf;
use std::sync::Arc;
use tempfile::TempDir;

#[derive(Args)]
pub(super) struct ReplayArgs {
    /// What `run --record` wrote
    file: PathBuf,
    /// Tenant folder; the one of the record by default
    tenant: Option<PathBuf>,
    /// Value of a secret of the record's --action files (repeatable); a handle stands for it by default
    #[arg(long = "secret", value_name = "NAME=VALUE")]
    secrets: Vec<String>,
    /// Which JavaScript engine runs the Actions; the one of the record by default
    #[arg(long, value_name = "ENGINE", value_parser = engine_options::engines())]
    engine: Option<EngineChoice>,
    /// Program of Node.js; by default [actions] node of postlogin.toml, or else node in PATH
    #[arg(long, value_name = "PATH")]
    node: Option<PathBuf>,
    #[command(flatten)]
    tenant_options: TenantOptions,
}

pub(super) fn run(args: &ReplayArgs) -> Result<u8, Trouble> {
    let record = Record::read(&args.file)?;
    let root = args.tenant.as_deref().or(record.tenant.as_deref());
    let mut options = record.login.clone();
    if !args.secrets.is_empty() {
        options.secrets.clone_from(&args.secrets);
    }
    let pool = scripts::one_worker()?;
    let open = OpenTenant::open(root, &args.tenant_options, &mut output::tell)?;
    let secrets = open.known_secrets(&options.secrets)?;
    let inputs = Inputs::put_down(&record, &|text| secrets.put_back(text))?;
    inputs.name_in(&mut options);
    let recorded = {
        let secrets = secrets.clone();
        Arc::new(Recorded::new(record.http, move |text| secrets.hide_in(text)))
    };
    options.engines = EngineOptions {
        engine: args.engine.or(record.engine),
        node: args.node.clone(),
        offline: true,
        allow: Vec::new(),
    };
    let pool = options.engines.with_node(pool, &open.tenant);
    let mut network = options.engines.terms(&open.tenant, ReachSettings::Ignored)?;
    network.answers = Some(Arc::clone(&recorded) as _);
    let source = Source::Actions {
        pool: &pool,
        replacements: None,
        network: &network,
    };
    let result = open.login(&options, source, Keeping::Nowhere, Cache::default())?;
    let now = record::shown(&result, &|text| secrets.hide_in(text))?;
    let told = recorded.told();
    let bodies = told.other_bodies.iter().map(ToString::to_string);
    let unused = told.unused.iter();
    let unused =
        unused.map(|(number, line)| format!("no Action asked for entry {number} of the record, {line}"));
    for note in bodies.chain(unused) {
        output::print(&format!("note {}\n", escape::printable(&note)))?;
    }
    let unanswered = told
        .unanswered
        .iter()
        .map(|one| escape::printable(&one.to_string()));
    let mut differs: Vec<String> = unanswered.collect();
    differs.extend(differences(&record.result, &now).iter().map(shown));
    if differs.is_empty() {
        output::print("nothing differs\n")?;
        return Ok(ISSUED);
    }
    let count = differs.len();
    let lines = differs.join("\n").replace('\n', "\n  ");
    output::print(&format!("  {lines}\n{count} differ\n"))?;
    Ok(FAILED)
}

/// The files of a record, as files again for the time of its replay.
struct Inputs {
    _folder: TempDir,
    /// The path in the record, and the one of today.
    paths: Vec<(PathBuf, PathBuf)>,
}

impl Inputs {
    fn put_down(record: &Record, put_back: &dyn Fn(&mut String)) -> Result<Self, Trouble> {
        let folder = tempfile::tempdir().map_err(|error| {
            Trouble::new(
                format!("no folder for the files of the record can be made: {error}"),
                "make the folder for temporary files writable",
            )
        })?;
        let mut paths = Vec::new();
        for (number, (path, text)) in record.files.iter().enumerate() {
            let mut text = text.clone();
            put_back(&mut text);
            let place = folder.path().join(number.to_string());
            files::write_private(&place, &text)?;
            paths.push((path.clone(), place));
        }
        Ok(Self {
            _folder: folder,
            paths,
        })
    }

    fn name_in(&self, options: &mut LoginOptions) {
        let single = options.event.iter_mut().chain(&mut options.authn_request);
        for path in single.chain(&mut options.continues) {
            if let Some((_, place)) = self.paths.iter().find(|(recorded, _)| recorded == path) {
                path.clone_from(place);
            }
        }
    }
}

/// Everything in which two results differ.
fn differences(before: &Value, now: &Value) -> Vec<Difference> {
    let mut found = Vec::new();
    compare("", before, now, &mut found);
    found
}

fn compare(at: &str, before: &Value, now: &Value, found: &mut Vec<Difference>) {
    match (before, now) {
        (Value::Object(before), Value::Object(now)) => {
            for (name, value) in before {
                match now.get(name) {
                    Some(now) => compare(&format!("{at}/{name}"), value, now, found),
                    None => found.push(Difference {
                        at: format!("{at}/{name}"),
                        expected: value.clone(),
                        got: None,
                    }),
                }
            }
            for (name, value) in now.iter().filter(|(name, _)| !before.contains_key(*name)) {
                found.push(Difference {
                    at: format!("{at}/{name}"),
                    expected: Value::Null,
                    got: Some(value.clone()),
                });
            }
        }
        (Value::Array(before), Value::Array(now)) if before.len() == now.len() => {
            for (place, (before, now)) in before.iter().zip(now).enumerate() {
                compare(&format!("{at}/{place}"), before, now, found);
            }
        }
        (before, now) if before != now => found.push(Difference {
            at: at.to_owned(),
            expected: before.clone(),
            got: Some(now.clone()),
        }),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn whatever_is_another_differs() {
        let before = json!({"a": {"b": [1, 2]}, "gone": 1, "list": [1]});
        let now = json!({"a": {"b": [1, 3]}, "list": [1, 2], "new": null});
        let found: Vec<_> = differences(&before, &now)
            .into_iter()
            .map(|one| (one.at, one.got))
            .collect();
        assert_eq!(
            found,
            [
                ("/a/b/1".to_owned(), Some(json!(3))),
                ("/gone".to_owned(), None),
                ("/list".to_owned(), Some(json!([1, 2]))),
                ("/new".to_owned(), Some(json!(null))),
            ]
        );
        assert_eq!(differences(&now, &now), []);
    }
}
