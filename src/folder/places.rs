//! Where settings stand, for what is found out only after the tenant was read.

use super::document::Document;
use super::entry::{Entry, Kind, of_kind};
use super::hidden::Hidden;
use crate::json::JsonPath;
use crate::tenant::Problem;
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::Path;
use std::rc::Rc;

/// The documents of a tenant that problems are located in.
#[derive(Debug, Default)]
pub struct Places {
    settings: Option<Rc<Document>>,
    triggers: Option<Place>,
    brute_force: Option<Place>,
    ip_throttling: Option<Place>,
    /// By client id.
    clients: BTreeMap<String, Place>,
    /// By identifier.
    resource_servers: BTreeMap<String, Place>,
    /// Values that no problem may show.
    hidden: Hidden,
}

/// A file of `attack-protection/`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protection {
    /// Failures of one account.
    BruteForce,
    /// Failures of one address.
    IpThrottling,
}

/// An object in a document.
#[derive(Clone, Debug)]
struct Place {
    document: Rc<Document>,
    path: JsonPath,
}

impl Places {
    pub(super) fn of(settings: Option<Rc<Document>>, entries: &[Entry], hidden: Hidden) -> Self {
        let by = |kind: Kind, member: &str| {
            let entries = entries.iter().filter(move |entry| entry.kind == kind);
            let named = entries.filter_map(move |entry| {
                let name = entry.value.get(member).and_then(Value::as_str)?;
                Some((name.to_owned(), Place::of(entry)))
            });
            named.collect()
        };
        let only = |kind: Kind| of_kind(entries, kind).next().map(Place::of);
        Self {
            settings,
            triggers: only(Kind::Triggers),
            brute_force: only(Kind::BruteForceProtection),
            ip_throttling: only(Kind::IpThrottling),
            clients: by(Kind::Client, "client_id"),
            resource_servers: by(Kind::ResourceServer, "identifier"),
            hidden,
        }
    }

    /// The problem with its place in `postlogin.toml`.
    pub fn in_settings(&self, path: &[&str], problem: Problem) -> Problem {
        let path = JsonPath::of(path);
        let problem = self
            .hidden
            .in_problem(problem)
            .in_file(Path::new("postlogin.toml"));
        match &self.settings {
            Some(document) => document.locate(problem, &path),
            None => problem.path(&path),
        }
    }

    /// The problem with its place in the file of a client; as it is where no file has such a client.
    pub fn in_client(&self, client_id: &str, path: &JsonPath, problem: Problem) -> Problem {
        in_object(self.clients.get(client_id), path, self.hidden.in_problem(problem))
    }

    /// The problem with its place in the file of an API; as it is where no file has such an API.
    pub fn in_resource_server(&self, identifier: &str, path: &JsonPath, problem: Problem) -> Problem {
        in_object(
            self.resource_servers.get(identifier),
            path,
            self.hidden.in_problem(problem),
        )
    }

    /// The problem with its place in what protects logins.
    pub fn in_protection(&self, which: Protection, path: &[&str], problem: Problem) -> Problem {
        self.in_protection_of(which, &JsonPath::of(path), problem)
    }

    /// The problem with its place in a list of what protects logins.
    pub fn in_protection_at(&self, which: Protection, list: &str, index: usize, problem: Problem) -> Problem {
        self.in_protection_of(which, &JsonPath::of(&[list]).index(index), problem)
    }

    fn in_protection_of(&self, which: Protection, path: &JsonPath, problem: Problem) -> Problem {
        let place = match which {
            Protection::BruteForce => &self.brute_force,
            Protection::IpThrottling => &self.ip_throttling,
        };
        in_object(place.as_ref(), path, self.hidden.in_problem(problem))
    }

    /// The problem with its place in the list of bound Actions.
    pub fn in_triggers(&self, path: &[&str], problem: Problem) -> Problem {
        in_object(
            self.triggers.as_ref(),
            &JsonPath::of(path),
            self.hidden.in_problem(problem),
        )
    }
}

impl Place {
    fn of(entry: &Entry) -> Self {
        Self {
            document: Rc::clone(&entry.document),
            path: entry.path.clone(),
        }
    }
}

fn in_object(place: Option<&Place>, path: &JsonPath, problem: Problem) -> Problem {
    let Some(Place {
        document,
        path: object,
    }) = place
    else {
        return problem;
    };
    let whole = object.then(path.0.iter().cloned());
    let located = document.locate(problem.in_file(&document.file), &whole);
    if located.line.is_some() {
        return located;
    }
    // What is not set stands nowhere; the nearest thing around it does.
    let line = (0..whole.0.len()).rev().find_map(|length| {
        let around = JsonPath(whole.0[..length].to_vec());
        document.line_of(&around)
    });
    located.line(line, None)
}
