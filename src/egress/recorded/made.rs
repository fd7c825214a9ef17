//! Entries made of what was exchanged, without what is secret in it.

use super::content::Content;
use super::entry::{Entry, EntryUrl, Headers, Method, Outcome, Status};
use super::handles::Handles;
use super::secret_texts::{in_content, in_header, in_url};
use crate::command::{Exchange, KeptExchange};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use flate2::read::{DeflateDecoder, MultiGzDecoder, ZlibDecoder};
use serde_json::Value;
use std::io::Read;

/// A request that cannot be made an entry.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unrecordable {
    /// In what the answer is encoded secrets cannot be looked for.
    #[error("{request} was answered in the encoding '{encoding}', in which secrets cannot be looked for")]
    Encoded {
        /// Method and URL.
        request: String,
        /// `content-encoding`
        encoding: String,
    },
    /// It cannot be written as an entry.
    #[error("{request} cannot be an entry: {why}")]
    Odd {
        /// Method and URL.
        request: String,
        /// What is wrong.
        why: String,
    },
}

/// What was exchanged, without what is secret in it.
#[derive(Debug)]
pub struct Made {
    /// In the order in which the requests were sent.
    pub entries: Vec<Entry>,
    handles: Handles,
}

impl Made {
    /// Puts the handles of the entries into another text, wherever it holds what they stand for.
    pub fn put_into(&self, text: &mut String) {
        self.handles.put_into(text);
    }
}

impl Entry {
    /// The entries of `exchanges`, whose messages were kept, in their order. `hide` puts the names of the Action's
    /// secrets in their place; tokens, passwords and cookies become handles, wherever they are used. Where no answer came, the entry says
    /// so.
    ///
    /// # Errors
    /// One cannot be written so that nothing secret is in it.
    pub fn made<'e>(
        exchanges: impl IntoIterator<Item = &'e Exchange>,
        hide: &dyn Fn(&mut String),
    ) -> Result<Made, Unrecordable> {
        let drafts = exchanges.into_iter().map(|exchange| Draft::of(exchange, hide));
        let mut drafts = drafts.collect::<Result<Vec<_>, _>>()?;
        let mut handles = Handles::default();
        for draft in &mut drafts {
            draft.name_secrets(&mut handles);
        }
        for draft in &drafts {
            draft.name_credentials(&mut handles);
        }
        for draft in &mut drafts {
            draft.each_text(&mut |text| handles.put_into(text));
        }
        let entries = drafts.into_iter().map(Draft::entry);
        Ok(Made {
            entries: entries.collect::<Result<_, _>>()?,
            handles,
        })
    }
}

/// Puts handles in the place of tokens, passwords and cookies in a JSON document, and of whatever `hide` finds.
pub fn without_secrets(document: &mut Value, hide: &dyn Fn(&mut String)) {
    let mut content = Content::Json(document.take());
    content.change(&mut |text| hide(text));
    let mut handles = Handles::default();
    in_content(&mut content, None, &mut |name, value| handles.of(name, value));
    if let Content::Json(value) = &mut content {
        each_url(value, &mut |url| {
            in_url(url, &mut |name, value| handles.of(name, value));
        });
    }
    content.change(&mut |text| handles.put_into(text));
    *document = match content {
        Content::Json(value) => value,
        Content::Bytes(_) | Content::Text(_) => Value::Null,
    };
}

fn each_url(value: &mut Value, change: &mut dyn FnMut(&mut String)) {
    match value {
        Value::String(text) if text.starts_with("https://") || text.starts_with("http://") => change(text),
        Value::Array(elements) => elements.iter_mut().for_each(|element| each_url(element, change)),
        Value::Object(members) => members.values_mut().for_each(|member| each_url(member, change)),
        _ => {}
    }
}

/// One exchange on its way to be an entry.
struct Draft {
    method: String,
    url: String,
    request_headers: Vec<(String, String)>,
    body: Option<Content>,
    /// The status, or why no answer came.
    status: Result<u16, String>,
    headers: Vec<(String, String)>,
    answer: Option<Content>,
}

impl Draft {
    /// With the names of the Action's secrets in their place.
    fn of(exchange: &Exchange, hide: &dyn Fn(&mut String)) -> Result<Self, Unrecordable> {
        let status = match (exchange.status, &exchange.error) {
            (Some(status), None) => Ok(status),
            (_, error) => Err(error.clone().unwrap_or_else(|| NO_ANSWER.to_owned())),
        };
        let nothing = KeptExchange {
            request_headers: Vec::new(),
            request_body: Vec::new(),
            headers: Vec::new(),
            body: Vec::new(),
        };
        let KeptExchange {
            request_headers,
            request_body,
            headers,
            body,
        } = exchange.kept.as_deref().unwrap_or(&nothing);
        let read = |body: &[u8], headers: &[(String, String)]| {
            let encoding = header(headers, "content-encoding").unwrap_or_default();
            let plain = decoded(body, encoding).ok_or_else(|| Unrecordable::Encoded {
                request: format!("{} {}", exchange.method, exchange.url),
                encoding: encoding.to_owned(),
            })?;
            Ok(Content::of(&plain, header(headers, "content-type")))
        };
        let mut draft = Self {
            method: exchange.method.clone(),
            url: exchange.url.clone(),
            body: read(request_body, request_headers)?,
            request_headers: request_headers.clone(),
            answer: status.as_ref().map_or(Ok(None), |_| read(body, headers))?,
            headers: headers.clone(),
            status,
        };
        draft.each_text(&mut |text| hide(text));
        Ok(draft)
    }

    /// Puts handles where names say that something secret is.
    fn name_secrets(&mut self, handles: &mut Handles) {
        let stand = &mut |name: &str, value: &str| handles.of(name, value);
        in_url(&mut self.url, stand);
        if let Some(body) = &mut self.body {
            in_content(body, header(&self.request_headers, "content-type"), stand);
        }
        if let Some(answer) = &mut self.answer {
            in_content(answer, header(&self.headers, "content-type"), stand);
        }
        for (name, value) in &mut self.headers {
            in_header(name, value, stand);
        }
    }

    /// Learns what the request authenticates with, so that it is known elsewhere; its headers are not kept.
    fn name_credentials(&self, handles: &mut Handles) {
        for (name, value) in &self.request_headers {
            name_credentials(name, value, handles);
        }
    }

    /// Changes every text of both messages.
    fn each_text(&mut self, change: &mut dyn FnMut(&mut String)) {
        change(&mut self.url);
        if let Err(error) = &mut self.status {
            change(error);
        }
        let headers = self.request_headers.iter_mut().chain(&mut self.headers);
        headers.for_each(|(_, value)| change(value));
        for content in [&mut self.body, &mut self.answer].into_iter().flatten() {
            content.change(change);
        }
    }

    fn entry(self) -> Result<Entry, Unrecordable> {
        let odd = |why: String| Unrecordable::Odd {
            request: format!("{} {}", self.method, self.url),
            why,
        };
        let outcome = match self.status {
            Ok(status) => {
                let implied = self.answer.as_ref().map(Content::media_type);
                let headers = self.headers.into_iter().filter(|(name, value)| {
                    // What follows from the answer is not written.
                    name != "content-type" || implied != Some(&value.to_ascii_lowercase())
                });
                Outcome::Answer {
                    status: Status::try_from(status).map_err(odd)?,
                    headers: Headers::kept(headers),
                    body: self.answer,
                }
            }
            Err(error) => Outcome::Error(error),
        };
        Ok(Entry {
            method: Method::try_from(self.method.clone()).map_err(odd)?,
            url: EntryUrl::try_from(self.url.clone()).map_err(odd)?,
            body: self.body,
            outcome,
        })
    }
}

fn name_credentials(name: &str, value: &str, handles: &mut Handles) {
    match name {
        "authorization" | "proxy-authorization" => {
            let (scheme, credentials) = value.split_once(' ').unwrap_or(("", value));
            handles.of(name, credentials);
            let basic = scheme
                .eq_ignore_ascii_case("basic")
                .then(|| STANDARD.decode(credentials).ok());
            let basic = basic.flatten().and_then(|bytes| String::from_utf8(bytes).ok());
            if let Some((_, password)) = basic.as_deref().and_then(|both| both.split_once(':')) {
                handles.of("password", password);
            }
        }
        "cookie" => {
            for (name, value) in value.split(';').filter_map(|pair| pair.split_once('=')) {
                handles.of(name.trim(), value.trim());
            }
        }
        name => {
            let mut value = value.to_owned();
            in_header(name, &mut value, &mut |name, value| handles.of(name, value));
        }
    }
}

fn header<'h>(headers: &'h [(String, String)], name: &str) -> Option<&'h str> {
    let found = headers.iter().find(|(other, _)| other == name);
    found.map(|(_, value)| value.as_str())
}

/// The body without its content coding, which is at most [`MAX_DECODED`] long; none where the coding is not known.
fn decoded(body: &[u8], encoding: &str) -> Option<Vec<u8>> {
    let read = |reader: &mut dyn Read| {
        let mut plain = Vec::new();
        let read = reader.take(MAX_DECODED).read_to_end(&mut plain).ok()?;
        (read < usize::try_from(MAX_DECODED).ok()?).then_some(plain)
    };
    if body.is_empty() {
        return Some(Vec::new());
    }
    match encoding.trim().to_ascii_lowercase().as_str() {
        "" | "identity" => Some(body.to_owned()),
        "gzip" | "x-gzip" => read(&mut MultiGzDecoder::new(body)),
        // Some send it without the frame that RFC 9110 section 8.4.1.2 asks for.
        "deflate" => read(&mut ZlibDecoder::new(body)).or_else(|| read(&mut DeflateDecoder::new(body))),
        _ => None,
    }
}

/// Why there is no answer, where nothing else is known.
const NO_ANSWER: &str = "the run ended before the answer";
/// More than egress lets in.
const MAX_DECODED: u64 = 256 << 20;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::command::AnsweredBy;
    use serde_json::json;
    use std::io::Write as _;
    use std::time::Duration;

    fn headers(lines: &[(&str, &str)]) -> Vec<(String, String)> {
        let lines = lines.iter();
        lines
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect()
    }

    fn exchange(method: &str, url: &str, kept: KeptExchange) -> Exchange {
        Exchange {
            method: method.to_owned(),
            url: url.to_owned(),
            status: Some(200),
            error: None,
            elapsed: Duration::ZERO,
            bytes: 0,
            by: AnsweredBy::Network,
            kept: Some(Box::new(kept)),
        }
    }

    fn kept(request: (&[(&str, &str)], &str), answer: (&[(&str, &str)], &[u8])) -> KeptExchange {
        KeptExchange {
            request_headers: headers(request.0),
            request_body: request.1.as_bytes().to_owned(),
            headers: headers(answer.0),
            body: answer.1.to_owned(),
        }
    }

    fn made(exchanges: &[Exchange]) -> Value {
        let hide = |text: &mut String| *text = text.replace("s3cr3t-value", "[secret KEY]");
        serde_json::to_value(Entry::made(exchanges, &hide).unwrap().entries).unwrap()
    }

    const JSON: (&str, &str) = ("content-type", "application/json");
    const FORM: (&str, &str) = ("content-type", "application/x-www-form-urlencoded");

    #[test]
    fn nothing_secret_is_in_an_entry_and_a_token_has_the_same_handle_everywhere() {
        let token = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln";
        let answer = json!({"access_token": token, "token_type": "Bearer", "expires_in": 60}).to_string();
        let form = "grant_type=client_credentials&client_id=a&client_secret=s3cr3t-value";
        let users = format!("https://api.example/users?access_token={token}");
        let bearer = format!("Bearer {token}");
        let exchanges = [
            // Its session is known only from what comes later.
            exchange(
                "GET",
                "https://api.example/s/session-of-ada",
                kept(
                    (&[("authorization", &bearer)], ""),
                    (&[("content-type", "text/plain")], b"hello"),
                ),
            ),
            exchange(
                "POST",
                "https://login.example/oauth/token",
                kept(
                    (&[FORM], form),
                    (
                        &[JSON, ("set-cookie", "sid=session-of-ada; Path=/; Secure")],
                        answer.as_bytes(),
                    ),
                ),
            ),
            exchange(
                "POST",
                &users,
                kept(
                    (
                        &[JSON, ("authorization", &bearer)],
                        &json!({"t": token, "password": "p"}).to_string(),
                    ),
                    (
                        &[JSON, ("location", &users), ("content-length", "9")],
                        b"{\"a\": 1}",
                    ),
                ),
            ),
        ];
        assert_eq!(
            made(&exchanges),
            json!([
                {"method": "GET", "url": "https://api.example/s/handle-sid-1", "status": 200,
                    "headers": {"content-type": "text/plain"}, "answer": "hello"},
                {"method": "POST", "url": "https://login.example/oauth/token",
                    "body": "grant_type=client_credentials&client_id=a&client_secret=[secret KEY]", "status": 200,
                    "headers": {"set-cookie": "sid=handle-sid-1; Path=/; Secure"},
                    "answer": {"access_token": "handle-access_token-1", "token_type": "Bearer", "expires_in": 60}},
                {"method": "POST", "url": "https://api.example/users?access_token=handle-access_token-1",
                    "body": {"t": "handle-access_token-1", "password": "handle-password-1"}, "status": 200,
                    "headers": {"location": "https://api.example/users?access_token=handle-access_token-1"},
                    "answer": {"a": 1}},
            ])
        );
    }

    #[test]
    fn an_answer_is_kept_without_its_coding() {
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        gzip.write_all(b"{\"apiKey\": \"k\"}").unwrap();
        let coded = gzip.finish().unwrap();
        let url = "https://api.example/";
        let lines = [JSON, ("content-encoding", "gzip")];
        let answer = &made(&[exchange("GET", url, kept((&[], ""), (&lines, &coded)))])[0];
        assert_eq!(answer["answer"], json!({"apiKey": "handle-apiKey-1"}));
        assert_eq!(answer["headers"], Value::Null);
        let lines = [JSON, ("content-encoding", "br")];
        let error = Entry::made(
            &[exchange("GET", url, kept((&[], ""), (&lines, &coded)))],
            &|_| {},
        );
        assert!(matches!(error, Err(Unrecordable::Encoded { .. })));
    }

    #[test]
    fn an_entry_says_that_no_answer_came() {
        let mut refused = exchange("GET", "https://api.example/", kept((&[], ""), (&[], b"")));
        refused.status = None;
        refused.error = Some("not allowed to s3cr3t-value".to_owned());
        let entry =
            json!({"method": "GET", "url": "https://api.example/", "error": "not allowed to [secret KEY]"});
        assert_eq!(made(&[refused]), json!([entry]));
    }

    #[test]
    fn an_entry_that_was_made_answers_what_it_was_made_of() {
        use crate::egress::recorded::Recorded;
        use crate::egress::{Answers as _, Asked, Reply};

        let url = "https://api.example/x?token=abc&u=%C3%BC&b=1";
        let body = "{\"password\":\"p\",\"n\":1.50}";
        let exchange = exchange("POST", url, kept((&[JSON], body), (&[JSON], b"{}")));
        let entries = serde_json::from_value(made(&[exchange])).unwrap();
        let recorded = Recorded::new(entries, |_| {});
        let reply = recorded.reply(&Asked {
            method: "POST",
            url,
            headers: &headers(&[JSON]),
            body: body.as_bytes(),
        });
        assert!(matches!(reply, Reply::Answer(_)));
        let told = recorded.told();
        assert!(told.other_bodies.is_empty() && told.unused.is_empty());
    }
}
