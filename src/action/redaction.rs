//! Secrets of an Action stay out of what people read of it: its logs, and the messages, stacks and files of its
//! errors, and the URLs that it asks. What it puts into claims and metadata is its own wish and stays.
//!
//! The worker hides secrets before it cuts a text, the pool hides them in all that it hands on; both with the same
//! [`Search`]. It looks for every spelling of every secret (`spellings`) in the text as it is and in the text with
//! its escapes undone (`undone`), each in one pass, so that its time does not depend on how many there are. Where
//! the engine itself has cut a text, what is left of a secret is hidden too.

mod spellings;
mod undone;

use crate::command::Report;
use crate::secret::Secret;
use crate::tenant::MIN_HIDDEN_SECRET;
use aho_corasick::{AhoCorasick, AhoCorasickKind};
use spellings::{Edges, spellings};
use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::fmt;
use undone::Undone;

/// Puts names in the place of secrets and `[private key]` in that of keys in all that people read of a report, and
/// bounds it.
pub(super) fn make_readable(report: &mut Report, secrets: &Search) {
    for line in &mut report.logs {
        secrets.hide_in(&mut line.text);
    }
    let asked = report.calls.iter_mut().map(|call| &mut call.origin);
    let noticed = report.remarks.iter_mut().map(|remark| &mut remark.origin);
    for file in asked.chain(noticed).filter_map(|origin| origin.file.as_mut()) {
        secrets.bound(file, MAX_HELPER);
    }
    for about in report
        .remarks
        .iter_mut()
        .filter_map(|remark| remark.about.as_mut())
    {
        secrets.bound(about, MAX_ABOUT);
    }
    for exchange in &mut report.http {
        secrets.hide_in(&mut exchange.method);
        secrets.hide_in(&mut exchange.url);
        if let Some(error) = &mut exchange.error {
            secrets.bound(error, MAX_MESSAGE);
        }
    }
    if let Some(failure) = &mut report.failure {
        secrets.bound(&mut failure.message, MAX_MESSAGE);
        let texts = [
            (&mut failure.file, MAX_FILE),
            (&mut failure.helper, MAX_HELPER),
            (&mut failure.stack, MAX_STACK),
        ];
        for (text, bytes) in texts {
            if let Some(text) = text {
                secrets.bound(text, bytes);
            }
        }
    }
}

const MAX_MESSAGE: usize = 1 << 10;
const MAX_FILE: usize = 1 << 10;
/// Of a file as seen from the Action's folder.
const MAX_HELPER: usize = 256;
/// Of the key or word that a remark is about.
const MAX_ABOUT: usize = 256;
const MAX_STACK: usize = 16 << 10;

/// Every spelling of every secret.
#[derive(Default)]
pub struct Search {
    /// What is looked for in a text as it is.
    plain: Index,
    /// What is looked for where the escapes of a text are undone.
    undone: Index,
    /// What is shown, by number of the secret.
    shown: Vec<String>,
    /// Bytes of the longest spelling.
    longest: usize,
}

impl fmt::Debug for Search {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Search").finish_non_exhaustive()
    }
}

/// Spellings by how they begin.
#[derive(Default)]
struct Index {
    /// Finds how spellings begin.
    beginnings: Option<AhoCorasick>,
    /// For each beginning the spellings that have it, long ones first.
    wanted: Vec<Vec<Wanted>>,
}

struct Wanted {
    text: Vec<u8>,
    edges: Edges,
    secret: usize,
}

impl Index {
    fn of(spellings: impl IntoIterator<Item = Wanted>) -> Self {
        let mut by_beginning: BTreeMap<Vec<u8>, Vec<Wanted>> = BTreeMap::new();
        for wanted in spellings {
            let beginning = wanted.text[..wanted.text.len().min(BEGINNING)].to_ascii_lowercase();
            by_beginning.entry(beginning).or_default().push(wanted);
        }
        for wanted in by_beginning.values_mut() {
            wanted.sort_by_key(|wanted| Reverse(wanted.text.len()));
        }
        let beginnings = AhoCorasick::builder()
            .ascii_case_insensitive(true)
            .kind(Some(AhoCorasickKind::ContiguousNFA))
            .build(by_beginning.keys());
        let wanted: Vec<_> = by_beginning.into_values().collect();
        Self {
            beginnings: beginnings.ok().filter(|_| !wanted.is_empty()),
            wanted,
        }
    }
}

/// Bytes that are looked for in one pass; the rest of a spelling is compared where they are found.
const BEGINNING: usize = MIN_HIDDEN_SECRET;
/// So much of a secret is nothing else, wherever it ends.
const SURELY: usize = 48;
/// Names in the engine's own messages are cut at 63 bytes, what other messages quote later.
const CUT_NAME: usize = 56;
/// The engine cuts messages at 255 bytes, we later.
const CUT_MESSAGE: usize = 200;
/// Bytes that are compared in one text. More would be needed for texts that are made for it only.
const MAX_COMPARED: usize = 64 << 20;

/// A part of a text that is hidden.
#[derive(Clone, Copy, Debug)]
struct Hidden {
    start: usize,
    end: usize,
    secret: usize,
}

impl Hidden {
    /// Goes on with `next` where that begins in it and is of the same secret, which repeats itself; else gives it
    /// back.
    fn join(&mut self, next: Self) -> Option<Self> {
        if self.secret != next.secret || !(self.start..self.end).contains(&next.start) {
            return Some(next);
        }
        self.end = self.end.max(next.end);
        None
    }
}

/// Adds what was found last.
fn add(found: &mut Vec<Hidden>, hidden: Hidden) {
    let left = match found.last_mut() {
        Some(last) => last.join(hidden),
        None => Some(hidden),
    };
    found.extend(left);
}

impl Search {
    /// The search for `secrets`, each with the name that is shown for it.
    pub fn of<'s>(secrets: impl IntoIterator<Item = (impl fmt::Display, &'s Secret<String>)>) -> Self {
        let mut search = Self::default();
        let (mut plain, mut undone) = (Vec::new(), Vec::new());
        for (secret, (name, value)) in secrets.into_iter().enumerate() {
            search.shown.push(format!("[secret {name}]"));
            let value = value.reveal();
            let mut of_secret = BTreeMap::new();
            for spelling in spellings(value) {
                search.longest = search.longest.max(spelling.text.len());
                let edges = spelling.edges;
                if spelling.differs_undone(value)
                    && let Some(Undone { bytes, .. }) = Undone::of(&spelling.text)
                    && String::from_utf8_lossy(&bytes).chars().count() >= MIN_HIDDEN_SECRET
                {
                    of_secret.entry(bytes).or_insert(edges);
                }
                let text = spelling.text.into_bytes();
                plain.push(Wanted { text, edges, secret });
            }
            undone.extend(
                of_secret
                    .into_iter()
                    .map(|(text, edges)| Wanted { text, edges, secret }),
            );
        }
        search.plain = Index::of(plain);
        search.undone = Index::of(undone);
        search
    }

    /// Puts `[secret NAME]` in the place of secrets, however they are spelled, and `[private key]` in that of keys.
    pub fn hide_in(&self, text: &mut String) {
        if let Some(hidden) = self.without_secrets(text, text.len()) {
            *text = hidden;
        }
        if text.contains(KEY_END) {
            *text = without_keys(text);
        }
    }

    /// Hides secrets and then cuts the text.
    fn bound(&self, text: &mut String, bytes: usize) {
        self.hide_in(text);
        text.truncate(text.floor_char_boundary(bytes));
    }

    /// At most `bytes` of a text, cut after what is secret in it was hidden.
    pub fn cut(&self, text: &str, bytes: usize) -> String {
        // Beyond the end of what is looked through a secret may go on, so what begins near it is left out.
        let read = text.floor_char_boundary(bytes.saturating_add(2 * self.longest));
        let kept = match read {
            read if read == text.len() => read,
            read => text.floor_char_boundary(read - self.longest),
        };
        let read = &text[..read];
        let mut shown = self
            .without_secrets(read, kept)
            .unwrap_or_else(|| read[..kept].to_owned());
        if shown.contains(KEY_END) {
            shown = without_keys(&shown);
        }
        shown.truncate(shown.floor_char_boundary(bytes));
        shown
    }

    /// The text up to `end`, if a secret was in it.
    fn without_secrets(&self, text: &str, end: usize) -> Option<String> {
        let Some(found) = self.found(text) else {
            return Some(UNSEARCHED.to_owned());
        };
        if found.is_empty() {
            return None;
        }
        let mut shown = String::with_capacity(end);
        let mut at = 0;
        for Hidden {
            start,
            end: after,
            secret,
        } in found
        {
            if start >= end {
                break;
            }
            // One that begins in another goes on where that one ends.
            if start >= at {
                shown.push_str(&text[at..start]);
            }
            shown.push_str(&self.shown[secret]);
            at = after;
        }
        shown.push_str(text.get(at..end).unwrap_or_default());
        Some(shown)
    }

    /// What is to be hidden, in order; no part is within another. None: the text is made to be slow.
    fn found(&self, text: &str) -> Option<Vec<Hidden>> {
        let mut compared = 0;
        let mut found = self.found_as_it_is(text, &mut compared)?;
        found.extend(self.found_undone(text, &mut compared)?);
        found.sort_by_key(|hidden| (hidden.start, Reverse(hidden.end)));
        let mut found: Vec<Hidden> = found.into_iter().fold(Vec::new(), |mut found, hidden| {
            if found.last().is_none_or(|last| last.end < hidden.end) {
                add(&mut found, hidden);
            }
            found
        });
        let shown = self.already_shown(text);
        found.retain(|hidden| {
            !shown
                .iter()
                .any(|(start, end)| *start <= hidden.start && hidden.end <= *end)
        });
        Some(found)
    }

    fn found_as_it_is(&self, text: &str, compared: &mut usize) -> Option<Vec<Hidden>> {
        let mut found: Vec<Hidden> = Vec::new();
        let Some(beginnings) = &self.plain.beginnings else {
            return Some(found);
        };
        for beginning in beginnings.find_overlapping_iter(text) {
            let start = beginning.start();
            for wanted in &self.plain.wanted[beginning.pattern().as_usize()] {
                let end = start + wanted.text.len();
                if found
                    .last()
                    .is_some_and(|known| known.start <= start && end <= known.end)
                {
                    continue;
                }
                let common = common(&text.as_bytes()[start..], &wanted.text);
                *compared += common;
                if *compared > MAX_COMPARED {
                    return None;
                }
                let is_whole = common == wanted.text.len();
                if is_whole || is_cut(text, start, start + common) {
                    let (start, end) = if is_whole {
                        wanted.edges.widened(text, start, end)
                    } else {
                        (start, text.ceil_char_boundary(start + common))
                    };
                    let secret = wanted.secret;
                    add(&mut found, Hidden { start, end, secret });
                }
                if is_whole {
                    break;
                }
            }
        }
        Some(found)
    }

    fn found_undone(&self, text: &str, compared: &mut usize) -> Option<Vec<Hidden>> {
        let mut found: Vec<Hidden> = Vec::new();
        let Some(beginnings) = &self.undone.beginnings else {
            return Some(found);
        };
        let undone = Undone::of(text)?;
        let mut reached = 0;
        for beginning in beginnings.find_overlapping_iter(&undone.bytes) {
            let start = beginning.start();
            for wanted in &self.undone.wanted[beginning.pattern().as_usize()] {
                let end = start + wanted.text.len();
                if end <= reached {
                    continue;
                }
                let common = common(&undone.bytes[start..], &wanted.text);
                *compared += common;
                if *compared > MAX_COMPARED {
                    return None;
                }
                let is_whole = common == wanted.text.len();
                // Lists and long texts are shown in part.
                if is_whole || common >= SURELY {
                    let end = start + common;
                    reached = end;
                    let (start, end) = undone.part(start, end)?;
                    let (start, end) = wanted.edges.widened(text, start, end);
                    let secret = wanted.secret;
                    add(&mut found, Hidden { start, end, secret });
                }
                if is_whole {
                    break;
                }
            }
        }
        Some(found)
    }

    /// Where the text has a name in the place of a secret already.
    fn already_shown(&self, text: &str) -> Vec<(usize, usize)> {
        if !text.contains("[secret ") {
            return Vec::new();
        }
        let names = self.shown.iter();
        names
            .flat_map(|shown| {
                text.match_indices(shown.as_str())
                    .map(|(start, shown)| (start, start + shown.len()))
            })
            .collect()
    }
}

/// What is shown of a text that is made so that looking for secrets in it would take too long.
const UNSEARCHED: &str = "[not shown: secrets cannot be looked for in this text]";

/// How many bytes two texts have in common at their beginning, apart from the case of letters.
fn common(text: &[u8], spelling: &[u8]) -> usize {
    let pairs = text.iter().zip(spelling);
    pairs
        .take_while(|(one, other)| one.eq_ignore_ascii_case(other))
        .count()
}

/// Whether a text holds from `start` to `end` what is left of a secret that was cut off.
fn is_cut(text: &str, start: usize, end: usize) -> bool {
    if end - start >= SURELY {
        return true;
    }
    let (Some(left), Some(rest)) = (text.get(start..end), text.get(end..)) else {
        return false;
    };
    let is_end = rest.is_empty();
    let is_marked = rest.starts_with(QUOTES) || MARKS.iter().any(|mark| rest.starts_with(mark));
    if left.chars().count() < MIN_HIDDEN_SECRET {
        return false;
    }
    // A secret that the engine was to read as code: it shows the first word.
    if text[..start].ends_with(TOKEN) || rest.starts_with(UNKNOWN_NAME) {
        return true;
    }
    if !is_end && !is_marked {
        return false;
    }
    // A name that was cut is as long as that, without a quote in it before the secret.
    let is_long = end.checked_sub(CUT_NAME).is_some_and(|from| {
        let from = text.ceil_char_boundary(from);
        from >= start || !text[from..start].contains(QUOTES)
    });
    is_long || (is_end && text.len() >= CUT_MESSAGE)
}

/// What the engine writes before a word that it did not expect.
const TOKEN: &str = "unexpected token: '";
/// What the engine writes behind the name of a variable that there is not.
const UNKNOWN_NAME: &str = " is not defined";
const QUOTES: [char; 3] = ['\'', '"', '`'];
/// How a text shows that it was cut.
const MARKS: [&str; 3] = ["…", "...", " ..."];

const KEY_END: &str = "PRIVATE KEY-----";

/// The text without PEM blocks of private keys; one that does not end goes on to the end of the text.
fn without_keys(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find("-----BEGIN ") {
        let (before, block) = rest.split_at(start);
        shown.push_str(before);
        let label = &block["-----BEGIN ".len()..];
        let is_key = label
            .find("-----")
            .is_some_and(|end| label[..end].ends_with("PRIVATE KEY"));
        if is_key {
            shown.push_str("[private key]");
            let end = block.find("-----END ");
            let end = end.and_then(|end| Some(end + block[end..].find(KEY_END)? + KEY_END.len()));
            rest = &block[end.unwrap_or(block.len())..];
        } else {
            let (begin, after) = block.split_at("-----BEGIN ".len());
            shown.push_str(begin);
            rest = after;
        }
    }
    shown + rest
}

#[cfg(test)]
mod tests;
