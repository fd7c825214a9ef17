//! What each Action asked for, and what became of it.

use super::words;
use crate::command::{Handler, LogLevel, RanOn};
use crate::flow::ActionLog;
use crate::server::demo::story::{Asked, Story};
use crate::tenant::Tenant;
use crate::trace::{Entry, Origin, Status, Trace};
use serde::Serialize;

/// A run of an Action, as the page shows it.
#[derive(Serialize)]
pub(super) struct Run {
    pub name: String,
    /// Its file in the tenant folder.
    pub file: Option<String>,
    /// How long it took, and where it ran.
    pub took: String,
    /// Whether its user had come back from another site.
    pub came_back: bool,
    pub calls: Vec<CallShown>,
    pub logs: Vec<Logged>,
    pub requests: Vec<Request>,
    pub failure: Option<Failed>,
    /// Where its user went then.
    pub away: Option<String>,
}

/// A call of `api`.
#[derive(Serialize)]
pub(super) struct CallShown {
    pub method: String,
    pub arguments: Vec<String>,
    /// Where in the file.
    pub place: String,
    pub fates: Vec<Fate>,
}

/// What became of a call.
#[derive(Serialize)]
pub(super) struct Fate {
    pub status: Status,
    pub words: String,
    /// Why it is not as asked for.
    pub why: Option<String>,
}

#[derive(Serialize)]
pub(super) struct Logged {
    pub level: &'static str,
    pub text: String,
}

/// A request over the network.
#[derive(Serialize)]
pub(super) struct Request {
    pub method: String,
    pub url: String,
    pub answer: String,
}

#[derive(Serialize)]
pub(super) struct Failed {
    pub message: String,
    pub place: Option<String>,
}

/// The runs of a login, in order.
pub(super) fn runs(story: &Story, tenant: &Tenant) -> Vec<Run> {
    let mut runs = Vec::new();
    let mut last: Option<&str> = None;
    for leg in &story.legs {
        for (number, action) in leg.actions.iter().enumerate() {
            let came_back = number == 0 && last == Some(&*action.name);
            let mut run = Run::of(action, came_back, story, tenant);
            if number + 1 == leg.actions.len() {
                run.away.clone_from(&leg.away);
            }
            runs.push(run);
            last = Some(&action.name);
        }
    }
    runs
}

impl Run {
    fn of(action: &ActionLog, came_back: bool, story: &Story, tenant: &Tenant) -> Self {
        let is_its = |asked: &&Asked| {
            asked.call.origin.action.as_deref() == Some(&*action.name)
                && (asked.call.handler == Some(Handler::Continue)) == came_back
        };
        let file = tenant.actions.iter().find(|known| known.name == action.name);
        let engine = match action.engine {
            RanOn::Embedded => "",
            RanOn::Node => ", on Node.js",
        };
        Self {
            name: action.name.clone(),
            file: file.map(|known| known.file.display().to_string()),
            took: format!("{:.1} ms{engine}", action.elapsed.as_secs_f64() * 1e3),
            came_back,
            calls: story
                .asked
                .iter()
                .filter(is_its)
                .map(|asked| CallShown::of(asked, &story.trace))
                .collect(),
            logs: action
                .logs
                .iter()
                .map(|line| Logged {
                    level: level(line.level),
                    text: line.text.clone(),
                })
                .collect(),
            requests: action
                .http
                .iter()
                .map(|exchange| Request {
                    method: exchange.method.clone(),
                    url: exchange.url.clone(),
                    answer: match (exchange.status, &exchange.error) {
                        (_, Some(error)) => error.clone(),
                        (Some(status), None) => format!("{status}, {} bytes", exchange.bytes),
                        (None, None) => "no answer".to_owned(),
                    },
                })
                .collect(),
            failure: action.failure.as_ref().map(|failure| Failed {
                message: failure.message.clone(),
                place: failure.line.map(|line| match &failure.helper {
                    Some(helper) => format!("{helper}, line {line}"),
                    None => format!("line {line}"),
                }),
            }),
            away: None,
        }
    }
}

impl CallShown {
    fn of(asked: &Asked, trace: &Trace) -> Self {
        let of_place: Vec<&Entry> = trace
            .entries
            .iter()
            .filter(|entry| entry.origin == asked.call.origin)
            .collect();
        // A claim may be traced as the SAML attribute that it became.
        let is_named = of_place.iter().any(|entry| entry.target == asked.target);
        let fates = of_place
            .into_iter()
            .filter(|entry| !is_named || entry.target == asked.target);
        Self {
            method: asked.call.method.clone(),
            arguments: asked.call.args.iter().map(words::json).collect(),
            place: place(&asked.call.origin).unwrap_or_default(),
            fates: fates.map(|entry| Fate::of(entry, trace)).collect(),
        }
    }
}

impl Fate {
    pub fn of(entry: &Entry, trace: &Trace) -> Self {
        let target = in_words(&entry.target);
        let words = match entry.status {
            Status::Applied => target,
            Status::Clamped => format!("{target}, with another value"),
            Status::Discarded => format!("not issued: {target}"),
            Status::Dropped => format!("left out: {target}"),
            Status::Overridden => format!("replaced by a later call: {target}"),
        };
        let why = entry.reason.as_ref().map(|code| {
            let mut said = trace.warnings.iter();
            let said = said.find(|warning| warning.code == *code && warning.origin == entry.origin);
            said.map_or_else(|| code.replace('_', " "), |warning| warning.message.clone())
        });
        Self {
            status: entry.status,
            words,
            why,
        }
    }
}

/// Who asked for what is issued.
pub(super) struct Origins<'a>(pub &'a Trace);

impl Origins<'_> {
    /// The Action and its line whose call is in the result at `target`.
    pub fn of(&self, target: &str) -> Option<String> {
        let mut entries = self.0.entries.iter().rev();
        let entry = entries.find(|entry| {
            entry.target == target && matches!(entry.status, Status::Applied | Status::Clamped)
        })?;
        who(&entry.origin)
    }
}

/// An Action and the place in it.
pub(super) fn who(origin: &Origin) -> Option<String> {
    let action = origin.action.as_deref()?;
    Some(match place(origin) {
        Some(place) => format!("{action}, {place}"),
        None => action.to_owned(),
    })
}

fn place(origin: &Origin) -> Option<String> {
    let line = origin.line?;
    Some(match &origin.file {
        Some(file) => format!("{file} line {line}"),
        None => format!("line {line}"),
    })
}

/// What the trace calls a target, in words.
fn in_words(target: &str) -> String {
    let (of, rest) = target.split_once('/').unwrap_or((target, ""));
    let (what, name) = rest.split_once(':').unwrap_or((rest, ""));
    match (of, what) {
        ("access", "") => "the login is refused".to_owned(),
        ("access_token", "scope") => format!("scope {name} of the access token"),
        ("access_token", _) => "in the access token".to_owned(),
        ("id_token", _) => "in the ID token".to_owned(),
        ("redirect", "") => "the person is sent to another site".to_owned(),
        ("saml", "attribute") => format!("attribute {name}"),
        ("saml", setting) => format!("{setting} of the SAML response"),
        ("session", "metadata") => format!("session metadata {name}"),
        ("session", setting) => format!("session {}", setting.replace('_', " ")),
        ("user", kind @ ("app_metadata" | "user_metadata")) => format!("kept in {kind}"),
        _ => match target.split_once(':') {
            Some(("cache", key)) => format!("kept in the cache as {key}"),
            _ => target.to_owned(),
        },
    }
}

const fn level(level: LogLevel) -> &'static str {
    match level {
        LogLevel::Error => "error",
        LogLevel::Warn => "warning",
        LogLevel::Debug | LogLevel::Info | LogLevel::Log => "log",
    }
}
