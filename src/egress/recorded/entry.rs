//! One request and its answer, as a file holds them.

use super::content::Content;
use super::handles;
use crate::egress::Answer;
use indexmap::IndexMap;
use serde::{Deserialize, Serialize};
use url::Url;

/// A request and what answers it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Written", into = "Written")]
pub struct Entry {
    /// Of the request.
    pub method: Method,
    /// Of the request.
    pub url: EntryUrl,
    /// What the request's body is expected to be; where it is absent any body will do.
    pub body: Option<Content>,
    /// What answers it.
    pub outcome: Outcome,
}

/// What answers a request.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    /// An answer.
    Answer {
        /// Default 200.
        status: Status,
        /// By name; `content-type` follows from the body where it is not there.
        headers: Headers,
        /// Absent: empty.
        body: Option<Content>,
    },
    /// No answer comes, for this reason.
    Error(String),
}

/// Header lines of an answer, names in lower case.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "IndexMap<String, Values>", into = "IndexMap<String, Values>")]
pub struct Headers(Vec<(String, String)>);

/// The values of a header, one a line.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(
    untagged,
    expecting = "the value of a header must be a text or an array of texts"
)]
enum Values {
    One(String),
    Several(Vec<String>),
}

/// A method of HTTP, in upper case.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Method(String);

/// An absolute URL of `http` or `https`, without fragment, or a text with a handle that stands for a part of one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct EntryUrl(String);

/// The status of a final answer, 200 to 599.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "u16", into = "u16")]
pub struct Status(u16);

impl Entry {
    /// What the entry answers.
    ///
    /// # Errors
    /// No answer comes, for this reason.
    pub fn answer(&self) -> Result<Answer, &str> {
        let (status, headers, body) = match &self.outcome {
            Outcome::Answer {
                status,
                headers,
                body,
            } => (status, headers, body),
            Outcome::Error(error) => return Err(error),
        };
        let mut headers = headers.0.clone();
        if let Some(body) = body
            && !headers.iter().any(|(name, _)| name == "content-type")
        {
            headers.insert(0, ("content-type".to_owned(), body.media_type().to_owned()));
        }
        Ok(Answer {
            status: status.0,
            headers,
            body: body.as_ref().map(Content::bytes).unwrap_or_default(),
        })
    }

    /// `GET https://api.example/users/1`
    pub fn request_line(&self) -> String {
        format!("{} {}", self.method.0, self.url.0)
    }
}

impl Method {
    /// As the file spells it, in upper case.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl EntryUrl {
    /// As the file spells it.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Headers {
    /// Lines of an answer, names in lower case; those that frame a message are left out.
    pub(super) fn kept(lines: impl IntoIterator<Item = (String, String)>) -> Self {
        let kept = lines
            .into_iter()
            .filter(|(name, _)| !FRAMING.contains(&name.as_str()) && !OF_THE_MOMENT.contains(&name.as_str()));
        Self(kept.collect())
    }
}

/// Whoever writes an answer writes these.
const FRAMING: [&str; 8] = [
    "connection",
    "content-length",
    "keep-alive",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];
/// Of one connection at one time, or of a body that is kept in another form.
const OF_THE_MOMENT: [&str; 4] = ["alt-svc", "content-encoding", "content-md5", "date"];

/// An entry as it is written.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    method: Method,
    url: EntryUrl,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    body: Option<Content>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    status: Option<Status>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    headers: Option<Headers>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    answer: Option<Content>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

impl TryFrom<Written> for Entry {
    type Error = String;

    fn try_from(written: Written) -> Result<Self, String> {
        let Written {
            method,
            url,
            body,
            status,
            headers,
            answer,
            error,
        } = written;
        let outcome = match error {
            None => Outcome::Answer {
                status: status.unwrap_or(Status(200)),
                headers: headers.unwrap_or_default(),
                body: answer,
            },
            Some(error) if status.is_none() && headers.is_none() && answer.is_none() => Outcome::Error(error),
            Some(_) => {
                return Err(
                    "error says that no answer comes; remove it, or status, headers and answer".to_owned(),
                );
            }
        };
        if let Outcome::Answer {
            status,
            body: Some(_),
            ..
        } = &outcome
            && matches!(status.0, 204 | 205 | 304)
        {
            return Err(format!(
                "an answer with status {} has no body; remove the answer, or give another status",
                status.0
            ));
        }
        Ok(Self {
            method,
            url,
            body,
            outcome,
        })
    }
}

impl From<Entry> for Written {
    fn from(entry: Entry) -> Self {
        let (status, headers, answer, error) = match entry.outcome {
            Outcome::Answer {
                status,
                headers,
                body,
            } => (
                Some(status),
                (!headers.0.is_empty()).then_some(headers),
                body,
                None,
            ),
            Outcome::Error(error) => (None, None, None, Some(error)),
        };
        Self {
            method: entry.method,
            url: entry.url,
            body: entry.body,
            status,
            headers,
            answer,
            error,
        }
    }
}

impl TryFrom<String> for Method {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let is_token = |byte: u8| {
            byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'!' | b'#' | b'$' | b'*')
        };
        if text.is_empty() || !text.bytes().all(is_token) {
            return Err(format!("{text:?} is not a method; write one such as GET or POST"));
        }
        Ok(Self(text.to_ascii_uppercase()))
    }
}

impl TryFrom<String> for EntryUrl {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let wrong = |why: String| {
            Err(format!(
                "{text:?} {why}; write one such as https://api.example/users/1"
            ))
        };
        if handles::is_in(&text) {
            return Ok(Self(text));
        }
        match Url::parse(&text) {
            Err(error) => wrong(format!("is not an absolute URL ({error})")),
            Ok(url) if !matches!(url.scheme(), "http" | "https") => {
                wrong("is not a URL of http or https".to_owned())
            }
            Ok(url) if url.fragment().is_some() => {
                wrong("has a fragment (#), which no request carries".to_owned())
            }
            Ok(url) if !url.username().is_empty() || url.password().is_some() => {
                wrong("has a user, which a request carries as a header".to_owned())
            }
            Ok(_) => Ok(Self(text)),
        }
    }
}

impl TryFrom<u16> for Status {
    type Error = String;

    fn try_from(status: u16) -> Result<Self, String> {
        if (200..=599).contains(&status) {
            return Ok(Self(status));
        }
        Err(format!(
            "{status} is not the status of an answer; write 200 to 599"
        ))
    }
}

impl TryFrom<IndexMap<String, Values>> for Headers {
    type Error = String;

    fn try_from(written: IndexMap<String, Values>) -> Result<Self, String> {
        let mut lines: Vec<(String, String)> = Vec::new();
        let mut names = Vec::new();
        for (name, values) in written {
            let is_token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
            if name.is_empty() || !name.bytes().all(is_token) {
                return Err(format!("{name:?} is not the name of a header"));
            }
            let name = name.to_ascii_lowercase();
            if FRAMING.contains(&name.as_str()) {
                return Err(format!("the header {name} follows from the answer; remove it"));
            }
            if names.contains(&name) {
                return Err(format!(
                    "the header {name} is given twice; write its values as an array"
                ));
            }
            let values = match values {
                Values::One(value) => vec![value],
                Values::Several(values) => values,
            };
            for value in values {
                if value
                    .chars()
                    .any(|character| character.is_control() && character != '\t')
                {
                    return Err(format!(
                        "the header {name} has a control character in its value; remove it"
                    ));
                }
                lines.push((name.clone(), value));
            }
            names.push(name);
        }
        Ok(Self(lines))
    }
}

impl From<Headers> for IndexMap<String, Values> {
    fn from(headers: Headers) -> Self {
        let mut written: Self = IndexMap::new();
        for (name, value) in headers.0 {
            let values = written.entry(name).or_insert_with(|| Values::Several(Vec::new()));
            if let Values::Several(values) = values {
                values.push(value);
            }
        }
        for values in written.values_mut() {
            if let Values::Several(several) = values
                && several.len() == 1
            {
                *values = Values::One(several.remove(0));
            }
        }
        written
    }
}

impl From<Method> for String {
    fn from(method: Method) -> Self {
        method.0
    }
}

impl From<EntryUrl> for String {
    fn from(url: EntryUrl) -> Self {
        url.0
    }
}

impl From<Status> for u16 {
    fn from(status: Status) -> Self {
        status.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn read(entry: Value) -> Result<Entry, String> {
        serde_json::from_value(entry).map_err(|error| error.to_string())
    }

    #[test]
    fn what_is_left_out_has_a_default() {
        let entry =
            read(json!({"method": "get", "url": "https://api.example/", "answer": {"a": 1}})).unwrap();
        assert_eq!(entry.request_line(), "GET https://api.example/");
        let answer = entry.answer().unwrap();
        assert_eq!((answer.status, &answer.body[..]), (200, &b"{\"a\":1}"[..]));
        assert_eq!(
            answer.headers,
            [("content-type".to_owned(), "application/json".to_owned())]
        );
        let text = read(json!({
            "method": "GET", "url": "https://api.example/", "status": 404, "answer": "no",
            "headers": {"Content-Type": "text/html", "Set-Cookie": ["a=1", "b=2"]},
        }));
        let answer = text.unwrap().answer().unwrap();
        let names: Vec<_> = answer.headers.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["content-type", "set-cookie", "set-cookie"]);
        let empty = read(json!({"method": "DELETE", "url": "https://api.example/1", "status": 204})).unwrap();
        assert!(empty.answer().unwrap().headers.is_empty());
    }

    #[test]
    fn an_entry_may_say_that_no_answer_comes() {
        let entry = read(json!({"method": "GET", "url": "http://api.example", "error": "refused"})).unwrap();
        assert_eq!(entry.answer().unwrap_err(), "refused");
    }

    #[test]
    fn what_is_wrong_is_said() {
        for (member, value, said) in [
            ("method", json!("GET /"), "is not a method"),
            ("url", json!("/users"), "is not an absolute URL"),
            (
                "url",
                json!("ftp://api.example/"),
                "is not a URL of http or https",
            ),
            ("url", json!("https://api.example/#a"), "has a fragment"),
            ("url", json!("https://a:b@api.example/"), "has a user"),
            ("status", json!(101), "write 200 to 599"),
            ("status", json!(204), "status 204 has no body"),
            ("status", json!("200"), "invalid type"),
            ("headers", json!({"a b": "c"}), "is not the name of a header"),
            (
                "headers",
                json!({"content-length": "1"}),
                "follows from the answer",
            ),
            ("headers", json!({"A": "1", "a": "2"}), "is given twice"),
            ("headers", json!({"a": "b\r\nc: d"}), "control character"),
            ("headers", json!({"a": 1}), "must be a text or an array of texts"),
            ("answer", json!({"$base64": "?"}), "$base64 must be text"),
            ("error", json!("refused"), "says that no answer comes"),
            ("ansver", json!(1), "unknown field"),
        ] {
            let mut entry = json!({"method": "GET", "url": "https://api.example/", "answer": "x"});
            entry[member] = value;
            let error = read(entry).unwrap_err();
            assert!(error.contains(said), "{error}");
        }
    }

    #[test]
    fn an_entry_is_written_as_it_is_read() {
        for entry in [
            json!({"method": "GET", "url": "https://api.example/?b=1&a=2", "status": 200, "headers": {"a": ["1", "2"], "b": "3"},
                "answer": {"z": 1, "a": [null]}}),
            json!({"method": "POST", "url": "https://api.example/", "body": "a=b", "status": 302, "headers": {"location": "/x"}}),
            json!({"method": "POST", "url": "https://api.example/", "error": "no route"}),
        ] {
            let written = serde_json::to_string(&read(entry.clone()).unwrap()).unwrap();
            assert_eq!(written, entry.to_string());
        }
    }
}
