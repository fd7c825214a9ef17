//! Entries answer the requests of one login, and say afterwards what did not fit.

use super::entry::Entry;
use super::matching::{self, Fit, Request};
use crate::egress::{Answers, Asked, Reply};
use std::borrow::Cow;
use std::fmt;
use std::sync::{Mutex, PoisonError};

/// Answers requests with the entries of a file, each once. Where nothing fits, no request goes out.
pub struct Recorded {
    entries: Vec<Entry>,
    hide: Box<Hide>,
    state: Mutex<State>,
}

/// Puts the names of secrets in their place, as in logs.
type Hide = dyn Fn(&mut String) + Send + Sync;

#[derive(Debug)]
struct State {
    has_answered: Vec<bool>,
    unanswered: Vec<Unanswered>,
    other_bodies: Vec<OtherBody>,
}

/// What did not fit; secrets are replaced.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Told {
    /// Requests that nothing answered.
    pub unanswered: Vec<Unanswered>,
    /// Requests whose body is another than that of the entry that answered them.
    pub other_bodies: Vec<OtherBody>,
    /// Entries that nobody asked for, as [`Entry::request_line`], with their 1-based number.
    pub unused: Vec<(usize, String)>,
}

/// A request that nothing answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unanswered {
    /// Method and URL.
    pub request: String,
    /// The entry that comes nearest, with its 1-based number.
    pub nearest: Option<(usize, String)>,
    /// How often entries answered this very request before.
    pub answered: usize,
}

/// A request whose body differs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OtherBody {
    /// Method and URL.
    pub request: String,
    /// 1-based number of the entry that answered it.
    pub entry: usize,
    /// What the entry expects, cut.
    pub expected: String,
    /// What was sent, cut.
    pub got: String,
}

impl Recorded {
    /// Answers with these entries; `hide` puts names in the place of the secrets that requests carry.
    pub fn new(entries: Vec<Entry>, hide: impl Fn(&mut String) + Send + Sync + 'static) -> Self {
        let state = State {
            has_answered: vec![false; entries.len()],
            unanswered: Vec::new(),
            other_bodies: Vec::new(),
        };
        Self {
            entries,
            hide: Box::new(hide),
            state: Mutex::new(state),
        }
    }

    /// What did not fit so far.
    pub fn told(&self) -> Told {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let numbered = self.entries.iter().zip(&state.has_answered).enumerate();
        let unused = numbered.filter(|(_, (_, has_answered))| !**has_answered);
        Told {
            unanswered: state.unanswered.clone(),
            other_bodies: state.other_bodies.clone(),
            unused: unused
                .map(|(number, (entry, _))| (number + 1, entry.request_line()))
                .collect(),
        }
    }

    fn hidden(&self, text: &str) -> String {
        let mut text = text.to_owned();
        (self.hide)(&mut text);
        text
    }
}

impl Answers for Recorded {
    fn reply(&self, asked: &Asked<'_>) -> Reply {
        let url = self.hidden(asked.url);
        let body = match std::str::from_utf8(asked.body) {
            Ok(text) => Cow::Owned(self.hidden(text).into_bytes()),
            Err(_) => Cow::Borrowed(asked.body),
        };
        let media_type = asked.headers.iter().find(|(name, _)| name == "content-type");
        let request = Request {
            method: asked.method,
            url: &url,
            body: &body,
            media_type: media_type.map(|(_, value)| value.as_str()),
        };
        let line = format!("{} {url}", asked.method);
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(found) = matching::find(&self.entries, &state.has_answered, request) else {
            let nearest = matching::nearest(&self.entries, request);
            let nearest = nearest.map(|number| (number + 1, self.entries[number].request_line()));
            let mut alone = self.entries.iter();
            let answers = |entry: &&Entry| {
                let entry = std::slice::from_ref(*entry);
                matching::find(entry, &[false], request).is_some()
            };
            let answered = alone.by_ref().filter(answers).count();
            state.unanswered.push(Unanswered {
                request: line,
                nearest: nearest.clone(),
                answered,
            });
            return Reply::Unanswered {
                nearest: nearest.map(|(_, line)| line),
            };
        };
        let entry = &self.entries[found.number];
        state.has_answered[found.number] = true;
        if let (Fit::Other, Some(expected)) = (found.body, &entry.body) {
            state.other_bodies.push(OtherBody {
                request: line,
                entry: found.number + 1,
                expected: cut(&expected.bytes()),
                got: cut(&body),
            });
        }
        match entry.answer() {
            Ok(answer) => Reply::Answer(answer),
            Err(error) => Reply::Broken {
                error: error.to_owned(),
            },
        }
    }
}

/// The beginning of a body, for people.
fn cut(body: &[u8]) -> String {
    let text = String::from_utf8_lossy(body);
    let shown: String = text.chars().take(SHOWN).collect();
    if shown.len() < text.len() {
        shown + "…"
    } else {
        shown
    }
}

/// Characters of a body that are shown.
const SHOWN: usize = 300;

impl fmt::Display for Unanswered {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "nothing answers {}", self.request)?;
        match (self.answered, &self.nearest) {
            (0, None) => Ok(()),
            (0, Some((number, line))) => write!(formatter, "; the nearest is entry {number}, {line}"),
            (1, _) => write!(formatter, " a second time: an entry answers once"),
            (times, _) => write!(
                formatter,
                " once more: {times} entries have answered it, each once"
            ),
        }
    }
}

impl fmt::Display for OtherBody {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            request,
            entry,
            expected,
            got,
        } = self;
        write!(
            formatter,
            "the body of {request} is not that of entry {entry}: expected {expected}, got {got}"
        )
    }
}

impl fmt::Debug for Recorded {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Recorded")
            .field("entries", &self.entries.len())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn recorded() -> Recorded {
        let entries = json!([
            {"method": "GET", "url": "https://api.example/users/1", "answer": {"plan": "gold"}},
            {"method": "GET", "url": "https://api.example/users/1", "answer": {"plan": "silver"}},
            {"method": "POST", "url": "https://api.example/?key=[secret KEY]", "body": {"a": "[secret KEY]"}},
            {"method": "GET", "url": "https://down.example/", "error": "ECONNREFUSED"},
        ]);
        let hide = |text: &mut String| *text = text.replace("s3cr3t", "[secret KEY]");
        Recorded::new(serde_json::from_value(entries).unwrap(), hide)
    }

    fn ask(recorded: &Recorded, method: &str, url: &str, body: &str) -> Reply {
        recorded.reply(&Asked {
            method,
            url,
            headers: &[],
            body: body.as_bytes(),
        })
    }

    fn body(reply: Reply) -> String {
        match reply {
            Reply::Answer(answer) => String::from_utf8(answer.body).unwrap(),
            other => panic!("there is no answer: {other:?}"),
        }
    }

    #[test]
    fn the_same_request_gets_the_next_entry_and_none_twice() {
        let recorded = recorded();
        let url = "https://api.example/users/1";
        assert_eq!(body(ask(&recorded, "GET", url, "")), r#"{"plan":"gold"}"#);
        assert_eq!(body(ask(&recorded, "GET", url, "")), r#"{"plan":"silver"}"#);
        let nearest = Some(format!("GET {url}"));
        assert_eq!(ask(&recorded, "GET", url, ""), Reply::Unanswered { nearest });
        let told = recorded.told();
        assert_eq!(
            told.unanswered[0].to_string(),
            format!("nothing answers GET {url} once more: 2 entries have answered it, each once")
        );
        let unused: Vec<_> = told.unused.iter().map(|(number, _)| *number).collect();
        assert_eq!(unused, [3, 4]);
    }

    #[test]
    fn a_request_that_nothing_answers_is_told_with_the_nearest_entry() {
        let recorded = recorded();
        let url = "https://api.example/users/2?key=s3cr3t";
        let reply = ask(&recorded, "GET", url, "");
        assert!(matches!(reply, Reply::Unanswered { nearest: Some(line) } if line.ends_with("users/1")));
        assert_eq!(
            recorded.told().unanswered[0].to_string(),
            "nothing answers GET https://api.example/users/2?key=[secret KEY]; the nearest is entry 1, GET \
             https://api.example/users/1"
        );
    }

    #[test]
    fn secrets_in_requests_fit_their_names_and_another_body_is_told() {
        let url = "https://api.example/?key=s3cr3t";
        let fits = recorded();
        assert_eq!(body(ask(&fits, "POST", url, "{\"a\":\"s3cr3t\"}")), "");
        assert_eq!(fits.told().other_bodies, []);
        let other = recorded();
        assert_eq!(
            body(ask(&other, "POST", url, "{\"a\": \"s3cr3t\", \"b\": 1}")),
            ""
        );
        assert_eq!(
            other.told().other_bodies[0].to_string(),
            "the body of POST https://api.example/?key=[secret KEY] is not that of entry 3: expected \
             {\"a\":\"[secret KEY]\"}, got {\"a\": \"[secret KEY]\", \"b\": 1}"
        );
    }

    #[test]
    fn an_entry_without_an_answer_breaks_the_connection() {
        let reply = ask(&recorded(), "GET", "https://down.example", "");
        let error = "ECONNREFUSED".to_owned();
        assert_eq!(reply, Reply::Broken { error });
    }
}
