//! What a case expects: `expected.json`, `expected.xml`, or `expected.txt` for unusable input.

use super::escape::{printable, printable_lines};
use super::expected_json::{self, Difference};
use super::pattern::Pattern;
use super::trouble::Trouble;
use super::{expected_xml, files};
use crate::disk::{self, Limit};
use serde_json::Value;
use std::path::{Path, PathBuf};

/// What a case expects, as its files say it.
pub(super) struct Expected {
    folder: PathBuf,
    /// An object that not every result meets; an object without members is to be written.
    json: Option<Value>,
    /// The whole response.
    xml: Option<String>,
    /// A part of the message about unusable input.
    text: Option<String>,
}

/// What is done with files that expect nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Empty {
    /// They are filled with the actual result.
    Filled,
    /// They are an error: a case with them could not fail.
    Refused,
}

impl Expected {
    /// What the case in `folder` expects.
    ///
    /// # Errors
    /// A file cannot be read, does not have the form of its kind, or expects nothing.
    pub(super) fn read(folder: &Path, empty: Empty) -> Result<Self, Trouble> {
        let text = |name: &str| {
            let path = folder.join(name);
            let text = files::found(&path, |path| disk::text(path, Limit::File))?;
            Ok::<_, Trouble>(
                text.map(|text| (text.trim_start_matches('\u{feff}').trim_end().to_owned(), path)),
            )
        };
        let says_something = |nothing: bool, path: &Path, help: &str| match (nothing, empty) {
            (true, Empty::Refused) => Err(Trouble::new(
                format!("{} expects nothing, so the case could not fail", path.display()),
                help,
            )),
            _ => Ok(()),
        };
        let json = text(JSON)?.map(|(text, path)| {
            let value = if text.trim().is_empty() {
                Value::Object(serde_json::Map::new())
            } else {
                files::parsed::<Value>(&text, &path)?
            };
            if !value.is_object() {
                return Err(Trouble::new(
                    format!("{} is not a JSON object", path.display()),
                    "write members of the result, such as {\"outcome\": \"issued\"}",
                ));
            }
            let help = "write members of the result, such as {\"outcome\": \"issued\"}, or run with --bless";
            if expected_json::says_nothing(&value) {
                says_something(true, &path, help)?;
                return Ok(Value::Object(serde_json::Map::new()));
            }
            Ok(value)
        });
        let xml = text(XML)?.map(|(text, path)| {
            let help = "write the response, with * for what changes, or run with --bless";
            says_something(Pattern::of(&text).says_nothing(), &path, help)?;
            Ok(text)
        });
        let text = text(TEXT)?.map(|(text, path)| {
            let help = "write a part of the message about unusable input, or run with --bless";
            says_something(text.trim().is_empty(), &path, help)?;
            Ok(text.trim().to_owned())
        });
        Ok(Self {
            folder: folder.to_owned(),
            json: json.transpose()?,
            xml: xml.transpose()?,
            text: text.transpose()?,
        })
    }

    /// What differs from this result; each difference as it is shown.
    pub(super) fn differences(&self, result: &Value) -> Vec<String> {
        let mut differences: Vec<String> = self.contradiction(result).into_iter().collect();
        if self.json.is_none() && self.xml.is_none() && self.text.is_none() {
            differences.push(
                "nothing is expected: write expected.json or expected.xml, or run with --bless".to_owned(),
            );
        }
        if let Some(expected) = &self.json {
            let found = expected_json::differences(expected, result);
            differences.extend(found.iter().map(shown));
        }
        if let (Some(expected), Some(response)) = (&self.xml, response(result))
            && !expected_xml::matches(expected, response)
        {
            differences.push(format!(
                "{XML}:\n  expected {}\n  got      {}",
                printable_lines(expected),
                printable(response)
            ));
        }
        differences
    }

    /// What differs from this message about unusable input.
    pub(super) fn difference_from(&self, trouble: &Trouble) -> Option<String> {
        let said = trouble.to_string();
        match &self.text {
            None => Some(said),
            Some(expected) if !expected.is_empty() && said.contains(expected) => None,
            Some(expected) => Some(format!(
                "expected the message to contain:\n{}\nbut it is:\n{said}",
                printable_lines(expected)
            )),
        }
    }

    /// A difference that no rewriting of this expectation can remove.
    pub(super) fn contradiction(&self, result: &Value) -> Option<String> {
        if self.text.is_some() {
            return Some(format!(
                "{TEXT} expects unusable input, but the login went through"
            ));
        }
        (self.xml.is_some() && response(result).is_none())
            .then(|| format!("{XML} is there, but the login gave no SAML response"))
    }

    /// Writes the actual result as the expected one.
    ///
    /// # Errors
    /// A file cannot be written.
    pub(super) fn bless(&self, result: &Value) -> Result<(), Trouble> {
        let empty = |value: &Value| value.as_object().is_none_or(serde_json::Map::is_empty);
        let json = match &self.json {
            Some(before) if !empty(before) => Some(expected_json::blessed(before, result)),
            None if self.xml.is_some() => None,
            _ => Some(expected_json::first(result)),
        };
        if let Some(json) = json {
            files::write(&self.folder.join(JSON), &format!("{json:#}\n"))?;
        }
        if let (Some(before), Some(response)) = (&self.xml, response(result)) {
            let xml = expected_xml::blessed(before, response);
            files::write(&self.folder.join(XML), &format!("{xml}\n"))?;
        }
        Ok(())
    }

    /// Writes the message as what is expected, in a case that expects one.
    ///
    /// # Errors
    /// The file cannot be written.
    pub(super) fn bless_message(&self, trouble: &Trouble) -> Result<(), Trouble> {
        files::write(&self.folder.join(TEXT), &format!("{trouble}\n"))
    }

    /// Whether the case expects unusable input.
    pub(super) fn is_of_unusable_input(&self) -> bool {
        self.text.is_some()
    }
}

fn response(result: &Value) -> Option<&str> {
    result.pointer("/saml/xml").and_then(Value::as_str)
}

/// A difference as people read it.
pub(super) fn shown(difference: &Difference) -> String {
    let at = printable(&difference.at);
    let expected = printable(&difference.expected.to_string());
    match &difference.got {
        None => format!("{at}: expected {expected}, but it is absent"),
        Some(got) => format!(
            "{at}:\n  expected {expected}\n  got      {}",
            printable(&got.to_string())
        ),
    }
}

const JSON: &str = "expected.json";
const TEXT: &str = "expected.txt";
const XML: &str = "expected.xml";
