//! Which entry a request is meant for.
//!
//! Method and URL decide, the parameters of its query in any order. Of several entries that fit, one without handles in
//! its URL is taken before one with handles, then one whose parameters stand in the same order, then one whose body does
//! not differ, then the first. An entry answers once.

use super::content::{Content, is_json};
use super::entry::Entry;
use super::handles;
use serde_json::Value;
use std::borrow::Cow;
use url::Url;
use url::form_urlencoded;

/// A request, secrets in its URL and its body replaced by their names.
#[derive(Clone, Copy, Debug)]
pub(super) struct Request<'a> {
    pub method: &'a str,
    pub url: &'a str,
    pub body: &'a [u8],
    /// `content-type`.
    pub media_type: Option<&'a str>,
}

/// The entry that answers a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Found {
    /// 0-based.
    pub number: usize,
    pub body: Fit,
}

/// How the body of a request fits what an entry says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fit {
    /// It is that.
    Same,
    /// The entry leaves it open.
    Open,
    /// It is something else.
    Other,
}

/// The entry that answers `request`, among those that have not answered yet.
pub(super) fn find(entries: &[Entry], has_answered: &[bool], request: Request<'_>) -> Option<Found> {
    let asked = Target::of(request.url);
    let fits = entries.iter().zip(has_answered).enumerate();
    let fits = fits.filter_map(|(number, (entry, has_answered))| {
        if *has_answered || !entry.method.as_str().eq_ignore_ascii_case(request.method) {
            return None;
        }
        let url = entry.url.as_str();
        let order = if url == request.url {
            Order::Same
        } else {
            Target::of(url).zip(asked.as_ref())?.0.fit(asked.as_ref()?)?
        };
        let body = fit(entry.body.as_ref(), request);
        Some((
            (handles::is_in(url), order, body == Fit::Other, number),
            Found { number, body },
        ))
    });
    fits.min_by_key(|(rank, _)| *rank).map(|(_, found)| found)
}

/// The entry that comes nearest to `request`: one of its host whose method and path are written most alike, then one
/// whose whole line is. Whether it has answered does not count.
pub(super) fn nearest(entries: &[Entry], request: Request<'_>) -> Option<usize> {
    let line = format!("{} {}", request.method, request.url);
    let origin = |url: &str| Target::of(url).map(|target| target.origin);
    let asked = origin(request.url);
    let distance = |entry: &Entry| {
        let written = entry.request_line();
        let is_elsewhere = origin(entry.url.as_str()) != asked;
        let of_path = strsim::levenshtein(without_query(&written), without_query(&line));
        (is_elsewhere, of_path, strsim::levenshtein(&written, &line))
    };
    let entries = entries.iter().enumerate();
    entries
        .min_by_key(|(_, entry)| distance(entry))
        .map(|(number, _)| number)
}

fn without_query(line: &str) -> &str {
    line.split('?').next().unwrap_or_default()
}

/// In which order a URL has its parameters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Order {
    Same,
    Other,
}

/// A URL by its parts, without what different spellings of the same URL differ in.
#[derive(Debug)]
struct Target {
    origin: String,
    path: Vec<String>,
    parameters: Vec<(String, String)>,
}

impl Target {
    /// None: it is no URL.
    fn of(text: &str) -> Option<Self> {
        let url = Url::parse(text).ok()?;
        let segments = url.path().split('/');
        let plain = |segment| {
            percent_encoding::percent_decode_str(segment)
                .decode_utf8_lossy()
                .into_owned()
        };
        let parameters = url.query_pairs();
        Some(Self {
            origin: url.origin().ascii_serialization(),
            path: segments.map(plain).collect(),
            parameters: parameters
                .map(|(name, value)| (name.into_owned(), value.into_owned()))
                .collect(),
        })
    }

    /// How `asked` fits this URL of an entry.
    fn fit(&self, asked: &Self) -> Option<Order> {
        let is_there = handles::matches(&self.origin, &asked.origin)
            && self.path.len() == asked.path.len()
            && self
                .path
                .iter()
                .zip(&asked.path)
                .all(|(written, asked)| handles::matches(written, asked));
        if !is_there || self.parameters.len() != asked.parameters.len() {
            return None;
        }
        let mut pairs = self.parameters.iter().zip(&asked.parameters);
        if pairs.all(|(written, asked)| is_pair(written, asked)) {
            return Some(Order::Same);
        }
        in_any_order(&self.parameters, &asked.parameters).then_some(Order::Other)
    }
}

fn is_pair(written: &(String, String), asked: &(String, String)) -> bool {
    written.0 == asked.0 && handles::matches(&written.1, &asked.1)
}

/// Whether each pair has its own counterpart; those without handles choose first.
fn in_any_order(written: &[(String, String)], asked: &[(String, String)]) -> bool {
    let mut left: Vec<_> = asked.iter().collect();
    let (open, exact): (Vec<_>, Vec<_>) = written.iter().partition(|(_, value)| handles::is_in(value));
    let has_counterpart = |written: &(String, String)| {
        let counterpart = left.iter().position(|asked| is_pair(written, asked));
        counterpart.map(|place| left.swap_remove(place)).is_some()
    };
    written.len() == asked.len() && exact.into_iter().chain(open).all(has_counterpart)
}

/// How the body of `request` fits what an entry expects.
fn fit(written: Option<&Content>, request: Request<'_>) -> Fit {
    let is_same = match written {
        None if request.body.is_empty() => true,
        None => return Fit::Open,
        Some(Content::Bytes(bytes)) => bytes == request.body,
        Some(Content::Json(value)) => {
            serde_json::from_slice(request.body).is_ok_and(|asked| is_same_json(value, &asked))
        }
        Some(Content::Text(text)) => is_same_text(text, request),
    };
    if is_same { Fit::Same } else { Fit::Other }
}

/// JSON whose texts may have handles; a text that is one handle may be a number, too.
fn is_same_json(written: &Value, asked: &Value) -> bool {
    match (written, asked) {
        (Value::String(written), Value::String(asked)) => handles::matches(written, asked),
        (Value::String(written), Value::Number(asked)) => {
            handles::is_in(written) && handles::matches(written, &asked.to_string())
        }
        (Value::Array(written), Value::Array(asked)) => {
            written.len() == asked.len()
                && written
                    .iter()
                    .zip(asked)
                    .all(|(written, asked)| is_same_json(written, asked))
        }
        (Value::Object(written), Value::Object(asked)) => {
            let is_there = |(name, written): (&String, &Value)| {
                asked.get(name).is_some_and(|asked| is_same_json(written, asked))
            };
            written.len() == asked.len() && written.iter().all(is_there)
        }
        (Value::Number(written), Value::Number(asked)) => {
            written == asked || (written.is_f64() || asked.is_f64()) && written.as_f64() == asked.as_f64()
        }
        _ => written == asked,
    }
}

/// Text as it is; where the request carries JSON or a form, what it stands for.
fn is_same_text(written: &str, request: Request<'_>) -> bool {
    let Ok(asked) = std::str::from_utf8(request.body) else {
        return false;
    };
    if handles::matches(written, asked) {
        return true;
    }
    let media_type = request.media_type.unwrap_or_default().to_ascii_lowercase();
    if is_json(&media_type) {
        let both = serde_json::from_str(written)
            .ok()
            .zip(serde_json::from_str(asked).ok());
        return both.is_some_and(|(written, asked): (Value, Value)| is_same_json(&written, &asked));
    }
    media_type.starts_with("application/x-www-form-urlencoded")
        && in_any_order(&pairs(written), &pairs(asked))
}

fn pairs(form: &str) -> Vec<(String, String)> {
    let pairs = form_urlencoded::parse(form.as_bytes());
    pairs
        .map(|(name, value)| (Cow::into_owned(name), Cow::into_owned(value)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    fn entries(entries: &[(&str, &str, Value)]) -> Vec<Entry> {
        let entries = entries.iter().map(|(method, url, body)| {
            let mut entry = json!({"method": method, "url": url});
            if !body.is_null() {
                entry["body"] = body.clone();
            }
            serde_json::from_value(entry).unwrap()
        });
        entries.collect()
    }

    fn request<'a>(method: &'a str, url: &'a str, body: &'a str, media_type: &'a str) -> Request<'a> {
        Request {
            method,
            url,
            body: body.as_bytes(),
            media_type: Some(media_type),
        }
    }

    /// Which of `all` answers a GET of `url`.
    fn get(all: &[Entry], url: &str) -> Option<usize> {
        let found = find(all, &vec![false; all.len()], request("GET", url, "", ""));
        found.map(|found| found.number)
    }

    #[test]
    fn the_same_url_is_found_however_it_is_spelled() {
        let all = entries(&[
            ("GET", "https://api.example/a%20b?x=1&y=a+b", Value::Null),
            ("GET", "https://api.example/?x=1&x=2", Value::Null),
            ("GET", "http://api.example:80", Value::Null),
        ]);
        for (url, number) in [
            ("https://api.example/a%20b?x=1&y=a+b", Some(0)),
            ("https://API.example:443/a%20b?x=%31&y=a%20b", Some(0)),
            ("https://api.example/a%20b?y=a+b&x=1", Some(0)),
            ("https://api.example/?x=2&x=1", Some(1)),
            ("http://api.example/", Some(2)),
            ("https://api.example/a%20b?x=1", None),
            ("https://api.example/a%20b?x=1&y=a+b&z=1", None),
            ("https://api.example/a%20b/?x=1&y=a+b", None),
            ("https://api.example:8443/?x=1&x=2", None),
            ("https://api.example/?x=1&x=1", None),
            ("https://api.example/", None),
        ] {
            assert_eq!(get(&all, url), number, "{url}");
        }
        assert_eq!(
            find(&all, &[false; 3], request("POST", "http://api.example/", "", "")),
            None
        );
    }

    #[test]
    fn what_fits_best_answers_and_each_entry_once() {
        let all = entries(&[
            ("GET", "https://api.example/?key=handle-key-1&b=1", Value::Null),
            ("GET", "https://api.example/?b=1&key=public", Value::Null),
            ("GET", "https://api.example/?key=public&b=1", Value::Null),
        ]);
        let url = "https://api.example/?key=public&b=1";
        let mut has_answered = vec![false; 3];
        for number in [2, 1, 0] {
            let found = find(&all, &has_answered, request("GET", url, "", "")).unwrap();
            assert_eq!(found.number, number);
            has_answered[number] = true;
        }
        assert_eq!(find(&all, &has_answered, request("GET", url, "", "")), None);
        assert_eq!(get(&all, "https://api.example/?key=other&b=1"), Some(0));
    }

    const FORM: &str = "application/x-www-form-urlencoded";

    #[test]
    fn bodies_decide_between_entries_and_never_refuse() {
        const URL: &str = "https://api.example/";
        let all = entries(&[
            ("POST", URL, json!({"a": 1, "password": "handle-password-1"})),
            ("POST", URL, json!("a=1&b=2")),
            ("POST", URL, Value::Null),
            ("POST", URL, json!("text")),
        ]);
        for (body, media_type, number, fit) in [
            (
                "{\"password\": \"x\", \"a\": 1.0}",
                "application/json",
                0,
                Fit::Same,
            ),
            ("{\"password\": 7, \"a\": 1}", "", 0, Fit::Same),
            ("b=2&a=1", FORM, 1, Fit::Same),
            ("text", "", 2, Fit::Open),
            ("", "", 2, Fit::Same),
            ("b=2&a=1", "", 2, Fit::Open),
        ] {
            let found = find(&all, &[false; 4], request("POST", URL, body, media_type));
            assert_eq!(found, Some(Found { number, body: fit }), "{body}");
        }
        let left = find(
            &all,
            &[false, true, true, true],
            request("POST", URL, "other", ""),
        );
        assert_eq!(
            left,
            Some(Found {
                number: 0,
                body: Fit::Other
            })
        );
    }

    #[test]
    fn a_url_that_is_a_secret_as_a_whole_is_found_by_its_name() {
        let all = entries(&[("POST", "[secret HOOK]", Value::Null)]);
        let asked = |url| find(&all, &[false], request("POST", url, "", "")).is_some();
        assert!(asked("[secret HOOK]"));
        assert!(!asked("https://hooks.example/1") && !asked("[secret OTHER]"));
    }

    #[test]
    fn the_nearest_entry_is_the_one_that_is_written_most_alike() {
        let all = entries(&[
            ("GET", "https://api.examples/users/2", Value::Null),
            ("GET", "https://api.example/", Value::Null),
            ("GET", "https://api.example/users/1", Value::Null),
            ("GET", "https://api.example/users/2?fields=all", Value::Null),
        ]);
        for (url, number) in [
            ("https://api.example/users/3", 2),
            ("https://api.example/users/2", 3),
            ("https://api.example/", 1),
            ("https://api.examples/", 0),
        ] {
            assert_eq!(nearest(&all, request("GET", url, "", "")), Some(number), "{url}");
        }
        assert_eq!(nearest(&[], request("GET", "https://api.example/", "", "")), None);
    }

    proptest! {
        #[test]
        fn an_entry_answers_its_own_request(path in "[a-z0-9%/ .]{0,12}", query in "[a-z=&%+]{0,12}") {
            let url = Url::parse(&format!("https://api.example/{path}?{query}")).unwrap();
            let all = entries(&[("GET", url.as_str(), Value::Null)]);
            prop_assert_eq!(get(&all, url.as_str()), Some(0));
            prop_assert_eq!(Target::of(url.as_str()).unwrap().fit(&Target::of(url.as_str()).unwrap()), Some(Order::Same));
        }
    }
}
