//! Text around a message: lines of a log, request lines, headers, commands, form data as developer tools show it, mails.
//!
//! Three things are looked for: values after the name of a parameter, runs of base64 or tokens that begin like a
//! message, and XML with a namespace of SAML. Each character is looked at a fixed number of times.

use super::content::{Part, Piece};
use super::escapes::TYPOGRAPHIC;
use super::markup;
use super::names::{self, PARAMETERS, SAML, is_token};
use super::value::{begins_like_a_message, is_compact};
use aho_corasick::{AhoCorasick, MatchKind};
use std::ops::Range;

/// Whether the text is several tokens and messages in base64, each on a line of its own. Nothing is broken into lines
/// of which each begins like a message or is a token.
pub(super) fn are_values(text: &str) -> bool {
    let is_token = |line: &str| matches!(line.matches('.').count(), 2 | 4) && is_compact(line);
    let mut lines = values(text).map(|(_, line)| line);
    lines.clone().nth(1).is_some()
        && lines.all(|line| {
            !line.contains(char::is_whitespace) && (is_token(line) || begins_like_a_message(line))
        })
}

/// The lines that are not blank, with the number of each.
fn values(text: &str) -> impl Iterator<Item = (usize, &str)> + Clone {
    let lines = (1..).zip(text.lines().map(str::trim));
    lines.filter(|(_, line)| !line.is_empty())
}

/// What stands in the text, in its order.
pub(super) fn parts(text: &str) -> Vec<Part> {
    if are_values(text) {
        return values(text)
            .take(MOST_PARTS)
            .map(|(number, line)| Part {
                layer: format!("text, line {number}"),
                name: format!("line {number}"),
                piece: Piece::Value(line.to_owned()),
            })
            .collect();
    }
    let mut found = documents(text);
    found.extend(named(text));
    found.extend(runs(text));
    // What begins first has what lies in it; of two at one place the first found.
    found.sort_by_key(|found| found.range.start);
    let (mut end, mut line, mut counted) = (0, 1, 0);
    let mut parts = Vec::new();
    let several = text.trim().contains('\n');
    for found in found {
        if found.range.start < end {
            continue;
        }
        end = found.range.end;
        line += text[counted..found.range.start].matches('\n').count();
        counted = found.range.start;
        let place = if several {
            format!("line {line}")
        } else {
            "text".to_owned()
        };
        parts.push(Part {
            layer: match found.name {
                Some(name) if several => format!("text, {name} in {place}"),
                Some(name) => format!("text, {name}"),
                None if several => format!("text, {place}"),
                None => place.clone(),
            },
            name: found
                .name
                .map_or(place.clone(), |name| format!("{name} in {place}")),
            piece: found.piece,
        });
        if parts.len() >= MOST_PARTS {
            break;
        }
    }
    parts
}

struct Found {
    range: Range<usize>,
    name: Option<&'static str>,
    piece: Piece,
}

/// Elements that declare a namespace of SAML, each to its end.
fn documents(text: &str) -> Vec<Found> {
    let mut found = Vec::new();
    let mut from = 0;
    while let Some(at) = text[from..].find(SAML).map(|at| from + at) {
        let tag = text[from..at].rfind('<').map(|tag| from + tag);
        let Some(start) = tag.filter(|start| at - start <= LONGEST_TAG) else {
            from = at + SAML.len();
            continue;
        };
        let end = markup::end_of_element(text, start).unwrap_or(text.len());
        found.push(Found {
            range: start..end,
            name: None,
            piece: Piece::Text(text[start..end].trim_end().to_owned()),
        });
        from = end.max(at + SAML.len());
    }
    found
}

/// Values after the name of a parameter.
fn named(text: &str) -> Vec<Found> {
    let names = AhoCorasick::builder()
        .ascii_case_insensitive(true)
        .match_kind(MatchKind::LeftmostLongest)
        .build(SPELLINGS);
    let Ok(names) = names else { return Vec::new() };
    let mut found = Vec::new();
    let mut end = 0;
    for name in names.find_iter(text) {
        let is_word = |character: char| character.is_ascii_alphanumeric() || character == '_';
        let before = text[..name.start()].chars().next_back();
        let after = text[name.end()..].chars().next();
        if name.start() < end || before.is_some_and(is_word) || after.is_some_and(is_word) {
            continue;
        }
        let Some(parameter) = names::parameter(&text[name.range()]) else {
            continue;
        };
        let Some(start) = after_separator(text, name.end()) else {
            continue;
        };
        let run = run(text, start);
        let value = &text[run.clone()];
        let least = if is_token(parameter) { 30 } else { 20 };
        if value.len() < least {
            continue;
        }
        if is_token(parameter) && !is_compact(value.trim_end_matches(['.', '\\'])) {
            continue;
        }
        let is_pair = text[name.end()..start] == *"=" && !value.contains('\n');
        let (range, piece) = if is_pair {
            let range = pairs(text, name.start(), start);
            // A link of a page or a recording has its separators escaped.
            let pairs = text[range.clone()].replace("&amp;", "&").replace("\\u0026", "&");
            let pairs = pairs.replace("\\u003d", "=").replace("\\/", "/");
            (range, Piece::Parameters(pairs))
        } else {
            let piece = Piece::Named {
                parameter,
                value: value.to_owned(),
                relay_state: None,
            };
            (name.start()..run.end, piece)
        };
        end = range.end;
        found.push(Found {
            range,
            name: Some(parameter),
            piece,
        });
    }
    found
}

/// Where the value begins after a name: `=`, `: `, `" value="`, `] => `, `"]=> string(5660) "`, a line break.
fn after_separator(text: &str, from: usize) -> Option<usize> {
    let rest = &text[from..];
    let mut at = 0;
    while let Some(character) = rest[at..].chars().next() {
        if at > LONGEST_SEPARATOR {
            return None;
        }
        let word = ["string(", "value", "content", "&quot;", "&gt;", "&#34;", "&#39;"]
            .into_iter()
            .find(|word| at > 0 && rest[at..].starts_with(word));
        at += match word {
            Some(word) if word.ends_with('(') => rest[at..].find(')')? + 1,
            Some(word) => word.len(),
            None if character.is_whitespace()
                || "=:'\"`[](){}>|\\,".contains(character)
                || TYPOGRAPHIC.contains(&character) =>
            {
                character.len_utf8()
            }
            None => break,
        };
    }
    (at > 0).then_some(from + at)
}

/// The whole query string or form body around the pair whose value begins at `value`.
fn pairs(text: &str, name: usize, value: usize) -> Range<usize> {
    let is_inside = |byte: u8| byte.is_ascii_alphanumeric() || b"=&%+-_.~*!;:@$/".contains(&byte);
    let bytes = text.as_bytes();
    let mut start = name;
    while start > 0 && is_inside(bytes[start - 1]) {
        start -= 1;
    }
    // In front of a body without a question mark stands what introduces it.
    let before = &text[start..name];
    let start = if before.is_empty() || before.ends_with('&') {
        start
            + before.rfind(['/', ':']).map_or(0, |at| {
                before[at..].find('&').map_or(before.len(), |to| at + to + 1)
            })
    } else {
        name
    };
    let is_escape = |at: usize| text[at..].starts_with("\\u00") || text[at..].starts_with("\\/");
    // A semicolon ends a reference, or the value of a cookie.
    let is_end_of_reference = |at: usize| {
        let before = bytes[..at].iter().rev().take(8);
        let mut before = before.skip_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'#');
        before.next() == Some(&b'&')
    };
    let mut end = value;
    while end < bytes.len()
        && (bytes[end] != b';' || is_end_of_reference(end))
        && (is_inside(bytes[end]) || (bytes[end] == b'\\' && is_escape(end)))
    {
        end += 1;
    }
    start..end
}

/// Base64 and tokens that begin like a message, whatever stands before them.
fn runs(text: &str) -> Vec<Found> {
    let bytes = text.as_bytes();
    let mut found = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        if !is_value(bytes[at]) {
            at += 1;
            continue;
        }
        let length = bytes[at..].iter().take_while(|byte| is_value(**byte)).count();
        let first = &text[at..at + length];
        // A name or a path may stand in front of it.
        let start = at
            + first
                .find("eyJ")
                .filter(|_| first.contains('.'))
                .unwrap_or_default();
        let is_token = length >= SHORTEST_RUN && is_compact(&text[start..at + length]);
        if is_token {
            found.push(Found {
                range: start..at + length,
                name: None,
                piece: Piece::Value(text[start..at + length].trim_end_matches('.').to_owned()),
            });
        } else if length >= SHORTEST_RUN && begins_like_a_message(first) {
            let range = run(text, at);
            at = range.end;
            found.push(Found {
                piece: Piece::Value(text[range.clone()].to_owned()),
                range,
                name: None,
            });
            continue;
        }
        at += length;
    }
    found
}

/// The value that begins at `start`, over lines that go on with nothing else.
fn run(text: &str, start: usize) -> Range<usize> {
    let bytes = text.as_bytes();
    let mut end = end_of_run(text, start);
    if end - start < SHORTEST_RUN {
        return start..end;
    }
    loop {
        let mut next = end;
        while next < bytes.len() && b" \t\\=".contains(&bytes[next]) {
            next += 1;
        }
        if !matches!(bytes.get(next), Some(b'\r' | b'\n')) {
            break;
        }
        while next < bytes.len() && (bytes[next].is_ascii_whitespace() || bytes[next] == b'>') {
            next += 1;
        }
        let line = next..end_of_run(text, next);
        let rest_of_line = text[line.end..].lines().next().unwrap_or_default();
        let is_alone = rest_of_line.trim_matches([
            ' ', '\t', '"', '\'', '`', '\\', ',', ';', '\r', ')', '}', ']', '>',
        ]);
        let inner = text[line.clone()].trim_end_matches('=');
        // A boundary of a form in parts.
        let is_boundary = inner.starts_with("--");
        let is_pair = inner.contains('=') || names::parameter(inner).is_some() || NEIGHBOURS.contains(&inner);
        if line.is_empty() || !is_alone.is_empty() || is_boundary || is_pair {
            break;
        }
        end = line.end;
    }
    start..end
}

/// Characters of base64, escapes and tokens.
fn end_of_run(text: &str, start: usize) -> usize {
    let bytes = text.as_bytes();
    let mut at = start;
    while at < bytes.len() {
        let rest = &bytes[at..];
        at += match rest {
            [byte, ..] if is_value(*byte) => 1,
            [b'\\', b'/' | b'n' | b'r', ..] => 2,
            [b'\\', b'u', b'0', b'0', _, _, ..] => 6,
            [b'&', b'#', ..] => match rest.iter().take(8).position(|byte| *byte == b';') {
                Some(end) => end + 1,
                None => break,
            },
            _ => break,
        };
    }
    at
}

const fn is_value(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=' | b'-' | b'_' | b'%' | b'.')
}

/// As the names of parameters are written in logs.
const SPELLINGS: [&str; 18] = [
    PARAMETERS[0],
    PARAMETERS[1],
    PARAMETERS[2],
    PARAMETERS[3],
    PARAMETERS[4],
    PARAMETERS[5],
    PARAMETERS[6],
    PARAMETERS[7],
    PARAMETERS[8],
    "saml_response",
    "saml-response",
    "saml response",
    "saml_request",
    "saml-request",
    "saml request",
    "idToken",
    "accessToken",
    "logoutToken",
];
/// What stands beside a message on a line of its own.
const NEIGHBOURS: [&str; 4] = ["RelayState", "SigAlg", "Signature", "state"];
const LONGEST_TAG: usize = 4096;
const LONGEST_SEPARATOR: usize = 48;
const MOST_PARTS: usize = 100;
const SHORTEST_RUN: usize = 40;
