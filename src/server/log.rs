//! The log of a server, on standard error: one line an event, as text or as JSON. No line holds a token, a code, a secret,
//! a password or a key.

use super::received::Received;
use super::site::Site;
use crate::escape::{printable, printable_json};
use crate::flow::{ActionLog, Clock as _, SystemClock, Unavailable};
use crate::store::EndedSession;
use crate::tenant::LogFormat;
use crate::time::iso;
use crate::trace::{Status, Trace};
use axum::http::Method;
use serde_json::{Map, Value, json};
use std::fmt::Write as _;
use std::io::Write as _;
use std::sync::OnceLock;
use std::time::{Duration, Instant};

/// What happened, member by member.
#[must_use = "an entry is in the log once it is written"]
pub(super) struct Entry {
    members: Map<String, Value>,
    began: Option<Instant>,
}

impl Entry {
    /// An event of a request; its name is one word, such as `login_issued` (server 8).
    pub fn of(event: &str, received: &Received) -> Self {
        let mut entry = Self::alone(event);
        entry.began = Some(received.began);
        entry
            .with("request_id", &*received.request_id)
            .with("ip", received.ip.to_string())
    }

    /// An event that no request brought about.
    pub fn alone(event: &str) -> Self {
        let entry = Self {
            members: Map::new(),
            began: None,
        };
        entry.with("time", iso(SystemClock.now())).with("event", event)
    }

    /// Whom it concerns.
    pub fn client(self, client_id: &str) -> Self {
        self.with("client_id", client_id)
    }

    /// Whom it concerns.
    pub fn user(self, user_id: &str) -> Self {
        self.with("user_id", user_id)
    }

    /// Whom it concerns, where that is known.
    pub fn of_user(self, user_id: Option<&str>) -> Self {
        match user_id {
            Some(user_id) => self.user(user_id),
            None => self,
        }
    }

    /// With another member. Never a token, code, secret, password or key. A text is cut where it is longer than any that is of
    /// use: some say what a stranger sent.
    pub fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        let mut value = value.into();
        if let Value::String(text) = &mut value
            && text.len() > LONGEST
        {
            text.truncate(text.floor_char_boundary(LONGEST));
            text.push('\u{2026}');
        }
        self.members.insert(name.to_owned(), value);
        self
    }

    /// How long each Action took, and why one failed.
    pub fn actions(self, actions: &[ActionLog]) -> Self {
        if actions.is_empty() {
            return self;
        }
        let actions = actions.iter().map(|action| {
            let mut shown = json!({"name": action.name, "ms": milliseconds(action.elapsed)});
            if let Some(failure) = &action.failure {
                shown["failed"] = failure.message.clone().into();
            }
            shown
        });
        let actions = actions.collect::<Vec<_>>();
        self.with("actions", actions)
    }

    /// What Actions asked for and did not get, or not as they asked.
    pub fn trace(self, trace: &Trace) -> Self {
        let not_as_asked = trace
            .entries
            .iter()
            .filter(|entry| matches!(entry.status, Status::Clamped | Status::Dropped));
        let items = not_as_asked.map(|entry| {
            // A query is the business of whoever asks and is asked.
            let target = entry.target.split('?').next().unwrap_or_default();
            let mut item = json!({"target": target, "status": entry.status});
            if let Some(reason) = &entry.reason {
                item["reason"] = reason.clone().into();
            }
            if let Some(action) = &entry.origin.action {
                item["action"] = action.clone().into();
            }
            if let Some(line) = entry.origin.line {
                item["line"] = line.into();
            }
            item
        });
        let items: Vec<_> = items.collect();
        if items.is_empty() {
            self
        } else {
            self.with("trace", items)
        }
    }

    /// Writes it. That of a request says how long the request has taken.
    #[expect(clippy::disallowed_methods, reason = "the edge: here durations are measured")]
    pub fn write(self) {
        let took = self.began.map(|began| milliseconds(began.elapsed()));
        let entry = match took {
            Some(took) => self.with("duration_ms", took),
            None => self,
        };
        let mut line = match FORMAT.get() {
            Some(LogFormat::Json) => printable_json(&Value::Object(entry.members).to_string()),
            Some(LogFormat::Text) | None => text(&entry.members),
        };
        line.push('\n');
        // Nobody is left to tell when standard error is closed.
        let _ = std::io::stderr().write_all(line.as_bytes());
    }
}

static FORMAT: OnceLock<LogFormat> = OnceLock::new();

/// How the log of this process is written from now on. The first choice holds.
pub fn write_log_as(format: LogFormat) {
    let _ = FORMAT.set(format);
}

/// A sentence for whoever runs the server.
pub fn line(text: &str) {
    Entry::alone(NOTE).with("message", text).write();
}

/// What Actions logged while a request was answered, why they failed, and how long they took.
pub(super) fn actions(site: &Site, actions: &[ActionLog], received: &Received) {
    for one in actions {
        site.metrics.action(&one.name, one.elapsed);
        action(one, received);
    }
}

/// A request of an application that is refused before it becomes a login, with the application where the request names one
/// that there is.
pub(super) fn request_refused(site: &Site, received: &Received) -> Entry {
    let parameters = if received.method == Method::POST {
        received.form()
    } else {
        received.query()
    };
    let parameters = parameters.unwrap_or_default();
    let named = parameters.get("client_id").ok().flatten();
    let mut clients = site.tenant.clients.iter();
    let client =
        clients.find(|client| Some(&*client.client_id) == named || client.client_id == received.segment);
    let entry = Entry::of("request_refused", received);
    match client {
        Some(client) => entry.client(&client.client_id),
        None => entry,
    }
}

/// A session that was ended. By what, or by whom, is for the caller to add.
pub(super) fn session_ended(received: &Received, session: &EndedSession) -> Entry {
    Entry::of("session_ended", received)
        .user(&session.user_id)
        .with("session_id", session.id.to_string())
}

fn action(action: &ActionLog, received: &Received) {
    for logged in &action.logs {
        let entry = Entry::of("action_log", received).with("action", &*action.name);
        entry.with("message", &*logged.text).write();
    }
    if let Some(failure) = &action.failure {
        let entry = Entry::of("action_failed", received).with("action", &*action.name);
        entry.with("message", &*failure.message).write();
    }
}

/// Why the server could not answer, and what to do.
pub(super) fn unavailable(unavailable: &Unavailable) {
    let entry = Entry::alone("unavailable").with("message", &*unavailable.what);
    entry
        .with("help", &*unavailable.help)
        .with("code", unavailable.code)
        .write();
}

/// Longest text of a member, in bytes.
const LONGEST: usize = 4 << 10;

fn milliseconds(duration: Duration) -> f64 {
    (duration.as_secs_f64() * 1e6).round() / 1e3
}

/// What is no event of its own, but a sentence.
const NOTE: &str = "note";

/// `<time> <event>`, then what else there is, name by name.
fn text(members: &Map<String, Value>) -> String {
    let mut text = String::new();
    let is_note = members.get("event").is_some_and(|event| event == NOTE);
    for (name, value) in members {
        if is_note && name == "event" {
            continue;
        }
        if !text.is_empty() {
            text.push(' ');
        }
        match (&**name, value) {
            ("time" | "event", Value::String(word)) => text.push_str(&printable(word)),
            ("message", Value::String(word)) if is_note => text.push_str(&printable(word)),
            (_, Value::String(word)) if is_plain(word) => {
                let _ = write!(text, "{name}={word}");
            }
            _ => {
                let _ = write!(text, "{name}={}", printable_json(&value.to_string()));
            }
        }
    }
    text
}

/// Whether a text stands for itself among others.
fn is_plain(text: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._:/|@+".contains(&byte);
    !text.is_empty() && text.bytes().all(plain)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trace::Origin;

    #[test]
    fn a_line_of_text_stays_one_line_and_does_nothing_to_a_terminal() {
        let entry = Entry::alone("odd").with("message", "a\u{1b}[2J\nb\u{202e} \u{9b}");
        let shown = text(&entry.user("auth0|1").members);
        let (_, rest) = shown.split_once(' ').unwrap();
        assert_eq!(
            rest,
            "odd message=\"a\\u001b[2J\\nb\\u202e \\u009b\" user_id=auth0|1"
        );
    }

    #[test]
    fn a_text_that_a_stranger_may_have_sent_is_cut() {
        let entry = Entry::alone("odd").with("reason", "\u{e9}".repeat(LONGEST));
        let cut = entry.members["reason"].as_str().unwrap();
        assert_eq!(cut.len(), LONGEST + '\u{2026}'.len_utf8());
        assert!(cut.ends_with("\u{e9}\u{2026}"));
    }

    #[test]
    fn what_was_dropped_or_clamped_is_told_and_queries_are_not() {
        let mut trace = Trace::default();
        let origin = Origin {
            action: Some("a".to_owned()),
            line: Some(3),
            ..Origin::default()
        };
        trace.applied("id_token/ok", &origin);
        trace.dropped("id_token/sub", &origin, "restricted_claim", "");
        trace.unanswered("http/GET https://api.example/x?key=k", &Origin::default());
        let entry = Entry::alone("login_issued").trace(&trace);
        assert_eq!(
            entry.members["trace"],
            json!([
                {"target": "id_token/sub", "status": "dropped", "reason": "restricted_claim", "action": "a", "line": 3},
                {"target": "http/GET https://api.example/x", "status": "dropped", "reason": "no_answer"},
            ])
        );
    }
}
