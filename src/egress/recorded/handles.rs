//! Handles: what a file holds in the place of something secret.
//!
//! `handle-access_token-1` stands for a token, a password or a cookie, whichever way it was found; a script that is
//! answered with it can send it on in a URL, a header or a body, where it needs no encoding. `[secret NAME]` stands for
//! a secret of the Action, as in its logs. In the request of an entry both match any text.

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use std::collections::BTreeMap;
use url::form_urlencoded::byte_serialize;

/// The handles of one file.
#[derive(Debug, Default)]
pub(super) struct Handles {
    /// By what they stand for.
    known: BTreeMap<String, String>,
    /// How many there are of each name.
    counts: BTreeMap<String, usize>,
}

impl Handles {
    /// The handle of `value`, which was found as `name`: the same for the same value.
    pub(super) fn of(&mut self, name: &str, value: &str) -> String {
        // A token may have the name of a secret inside of it, and the rest of the token is to go, too.
        if handle(value) == Some(value.len()) {
            return value.to_owned();
        }
        if let Some(known) = self.known.get(value) {
            return known.clone();
        }
        let named = |character: char| {
            if character.is_ascii_alphanumeric() {
                character
            } else {
                '_'
            }
        };
        let name: String = name.chars().map(named).take(MAX_NAME).collect();
        let count = self.counts.entry(name.clone()).or_default();
        *count += 1;
        let handle = format!("{MARK}{name}-{count}");
        self.known.insert(value.to_owned(), handle.clone());
        handle
    }

    /// Puts handles in the place of what they stand for, wherever it is in the text, long ones first.
    pub(super) fn put_into(&self, text: &mut String) {
        let mut known: Vec<_> = self
            .known
            .iter()
            .filter(|(value, _)| value.chars().count() >= MIN_FOUND_ANYWHERE)
            .collect();
        known.sort_by_key(|(value, _)| std::cmp::Reverse(value.len()));
        for (value, handle) in known {
            for spelling in spellings(value) {
                if text.contains(&spelling) {
                    *text = text.replace(&spelling, handle);
                }
            }
        }
    }
}

/// As it is, in URLs, in forms and in JSON.
fn spellings(value: &str) -> Vec<String> {
    let json = serde_json::Value::from(value).to_string();
    let mut all = vec![
        value.to_owned(),
        json[1..json.len() - 1].to_owned(),
        utf8_percent_encode(value, NON_ALPHANUMERIC).to_string(),
        byte_serialize(value.as_bytes()).collect(),
        value.replace('/', "\\/"),
    ];
    all.dedup();
    all
}

const MARK: &str = "handle-";
const OF_ACTION: &str = "[secret ";
const MAX_NAME: usize = 40;
/// What is shorter may be part of any text by chance, and is replaced only where its name says what it is.
const MIN_FOUND_ANYWHERE: usize = 8;

/// Whether a handle is in the text.
pub(super) fn is_in(text: &str) -> bool {
    next(text).is_some()
}

/// Whether `asked` is what was `written`, each handle standing for any text.
pub(super) fn matches(written: &str, asked: &str) -> bool {
    let Some((before, mut rest)) = next(written) else {
        return written == asked;
    };
    let Some(mut left) = asked.strip_prefix(before) else {
        return false;
    };
    while let Some((between, after)) = next(rest) {
        match left.find(between) {
            Some(at) => left = &left[at + between.len()..],
            None => return false,
        }
        rest = after;
    }
    left.ends_with(rest)
}

/// What is before the first handle of the text, and what is behind it.
fn next(text: &str) -> Option<(&str, &str)> {
    let mut starts = text.match_indices(['h', '[']);
    starts
        .find_map(|(at, _)| Some((at, handle(&text[at..])?)))
        .map(|(at, length)| (&text[..at], &text[at + length..]))
}

/// The length of the handle that the text begins with.
fn handle(text: &str) -> Option<usize> {
    if let Some(named) = text.strip_prefix(OF_ACTION) {
        return named.find(']').map(|end| OF_ACTION.len() + end + 1);
    }
    let named = text.strip_prefix(MARK)?;
    let name = named.find(|character: char| !character.is_ascii_alphanumeric() && character != '_')?;
    let number = named[name..].strip_prefix('-')?;
    let digits = number
        .find(|character: char| !character.is_ascii_digit())
        .unwrap_or(number.len());
    (name > 0 && digits > 0).then_some(MARK.len() + name + 1 + digits)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_same_value_has_the_same_handle() {
        let mut handles = Handles::default();
        assert_eq!(handles.of("access_token", "eyJ.a.b"), "handle-access_token-1");
        assert_eq!(handles.of("x-token", "other"), "handle-x_token-1");
        assert_eq!(handles.of("access_token", "eyJ.c.d"), "handle-access_token-2");
        assert_eq!(handles.of("token", "eyJ.a.b"), "handle-access_token-1");
        assert_eq!(handles.of("token", "handle-token-7"), "handle-token-7");
        assert_eq!(handles.of("key", "[secret API_KEY]"), "[secret API_KEY]");
        assert_eq!(handles.of("jwt", "eyJ.[secret API_KEY].sig"), "handle-jwt-1");
    }

    #[test]
    fn what_has_a_handle_is_found_in_every_spelling() {
        let mut handles = Handles::default();
        handles.of("token", "a b/c+d\"e=");
        handles.of("pin", "1234");
        for (text, shown) in [
            ("<a b/c+d\"e=>", "<handle-token-1>"),
            ("?t=a%20b%2Fc%2Bd%22e%3D&u=1", "?t=handle-token-1&u=1"),
            ("t=a+b%2Fc%2Bd%22e%3D", "t=handle-token-1"),
            ("{\"t\": \"a b/c+d\\\"e=\"}", "{\"t\": \"handle-token-1\"}"),
            ("1234", "1234"),
        ] {
            let mut text = text.to_owned();
            handles.put_into(&mut text);
            assert_eq!(text, shown);
        }
    }

    #[test]
    fn a_handle_matches_any_text() {
        for (written, asked) in [
            ("a", "a"),
            ("handle-token-1", "anything, or nothing"),
            ("handle-token-1", ""),
            ("Bearer handle-token-12, handle-token-2.", "Bearer x, y, z."),
            ("k=[secret API KEY]&b", "k=1&b"),
            ("handle-token-1x", "yx"),
            ("handle-token-", "handle-token-"),
            ("hhandle-t-1", "h1"),
        ] {
            assert!(matches(written, asked), "{written} {asked}");
        }
        for (written, asked) in [
            ("a", "b"),
            ("a-handle-token-1", "b-1"),
            ("handle-token-1-a", "1-b"),
            ("handle-token-", "x"),
            ("[secret API", "x"),
            ("handle--1", "x"),
            ("handle-a-1, handle-b-1", "x; y"),
        ] {
            assert!(!matches(written, asked), "{written} {asked}");
        }
    }

    proptest! {
        #[test]
        fn a_text_matches_itself(text in "[handle\\-_1 \\[\\]secrt]{0,40}") {
            prop_assert!(matches(&text, &text));
        }
    }
}
