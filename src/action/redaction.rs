//! Secrets of an Action stay out of what people read of it: its logs, and the messages and stacks of its
//! errors. What it puts into claims and metadata is its own wish and stays.

use crate::command::Report;
use std::cmp::Reverse;
use std::collections::BTreeMap;

/// Characters that a secret has at least to be looked for; shorter ones are words of any text.
const MIN_CHARACTERS: usize = 8;
/// A text of so many bytes may have been cut off, and a secret with it.
const MAYBE_CUT: usize = 1000;

/// Puts names in the place of secrets, `[private key]` in that of keys.
pub(super) fn redact(report: &mut Report, secrets: &BTreeMap<String, String>) {
    if report.logs.is_empty() && report.failure.is_none() {
        return;
    }
    let secrets = Secrets::of(secrets);
    for line in &mut report.logs {
        secrets.hide_in(&mut line.text);
    }
    if let Some(failure) = &mut report.failure {
        secrets.hide_in(&mut failure.message);
        if let Some(stack) = &mut failure.stack {
            secrets.hide_in(stack);
        }
    }
}

/// Every spelling of every secret with what is shown instead, long ones first: one may be part of another.
struct Secrets(Vec<(String, String)>);

impl Secrets {
    fn of(secrets: &BTreeMap<String, String>) -> Self {
        let mut all: Vec<(String, String)> = Vec::new();
        for (name, value) in secrets {
            for spelling in spellings(value) {
                if spelling.chars().count() >= MIN_CHARACTERS {
                    all.push((spelling, format!("[secret {name}]")));
                }
            }
        }
        all.sort_by_key(|(spelling, _)| Reverse(spelling.len()));
        Self(all)
    }

    fn hide_in(&self, text: &mut String) {
        for (spelling, shown) in &self.0 {
            if text.contains(spelling.as_str()) {
                *text = text.replace(spelling.as_str(), shown);
            }
        }
        if text.contains(KEY_END) {
            *text = without_keys(text);
        }
        if text.len() >= MAYBE_CUT {
            self.hide_beginning(text);
        }
    }

    /// A secret that is cut off at the end of the text.
    fn hide_beginning(&self, text: &mut String) {
        for (spelling, shown) in &self.0 {
            let lengths = (MIN_CHARACTERS..spelling.len()).rev();
            let mut beginnings = lengths.filter_map(|length| spelling.get(..length));
            if let Some(beginning) = beginnings.find(|beginning| text.ends_with(beginning)) {
                text.truncate(text.len() - beginning.len());
                text.push_str(shown);
                return;
            }
        }
    }
}

/// A secret as it is, without white space around it, without control characters as in messages, and as
/// `JSON.stringify` and `console.log` write it inside of objects.
fn spellings(value: &str) -> Vec<String> {
    let json = serde_json::Value::from(value).to_string();
    let inspected = value
        .replace('\\', "\\\\")
        .replace('\n', "\\n")
        .replace('\r', "\\r");
    let mut spellings = vec![
        value.to_owned(),
        value.trim().to_owned(),
        value.replace(char::is_control, ""),
        json[1..json.len() - 1].to_owned(),
        inspected.replace('\'', "\\'"),
        inspected,
    ];
    spellings.sort();
    spellings.dedup();
    spellings
}

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
mod tests {
    use super::*;

    fn hidden(text: &str) -> String {
        let secrets = [
            ("LONG", "hunter2-hunter2-more"),
            ("PART", "hunter2-hunter2"),
            ("LINES", "first 'line'\nsecond\n"),
            ("SHORT", "abc"),
        ];
        let secrets = secrets.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let mut text = text.to_owned();
        Secrets::of(&secrets.into()).hide_in(&mut text);
        text
    }

    #[test]
    fn secrets_are_named_and_short_ones_left_alone() {
        assert_eq!(
            hidden("a hunter2-hunter2-more, hunter2-hunter2; abc"),
            "a [secret LONG], [secret PART]; abc"
        );
    }

    #[test]
    fn every_spelling_of_a_secret_is_found() {
        for text in [
            "first 'line'\nsecond\n",
            "first 'line'\nsecond",
            "first 'line'second",
            r"first 'line'\nsecond\n",
            r"first \'line\'\nsecond\n",
        ] {
            assert_eq!(hidden(text), "[secret LINES]", "{text}");
        }
    }

    #[test]
    fn a_secret_that_is_cut_off_is_found() {
        let before = "x".repeat(1_010);
        assert_eq!(
            hidden(&format!("{before}hunter2-hun")),
            format!("{before}[secret LONG]")
        );
    }

    #[test]
    fn private_keys_are_not_shown_and_certificates_are() {
        let begin = "-----BEGIN RSA PRIVATE KEY-----";
        let end = "-----END RSA PRIVATE KEY-----";
        let certificate = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----";
        assert_eq!(
            hidden(&format!(
                "a {begin}\nMIIE\n{end} b {certificate} {begin}MIIE{end}"
            )),
            format!("a [private key] b {certificate} [private key]")
        );
        assert_eq!(hidden(&format!("a {begin}\\nMIIE")), "a [private key]");
    }
}
