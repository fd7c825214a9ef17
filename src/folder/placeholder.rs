//! `@@KEY@@` and `##KEY##`, replaced before a file is parsed.
//!
//! `@@KEY@@`, with or without quotes around it, becomes the JSON of the value: an array, object, number
//! or boolean stays what it is, anything else becomes a string. `##KEY##` becomes the text of the
//! value, escaped where it stands inside a JSON string.
//!
//! One without a value becomes a marker that every format can hold, so that the rest of the file can
//! be read and it is known whether anything that is read has need of it.

use super::document::Format;
use super::sources::Sources;
use serde_json::Value;

/// A text with its placeholders replaced.
pub(super) struct Replaced {
    pub text: String,
    pub missing: Vec<Missing>,
    /// Lines on which a value was filled in.
    pub filled: Vec<u32>,
}

/// A placeholder without a value.
#[derive(Clone, Debug)]
pub(super) struct Missing {
    pub key: String,
    pub line: u32,
    pub column: u32,
}

impl Missing {
    /// What stands for the placeholder in the text.
    pub(super) fn marker(&self) -> String {
        format!("{MARKER}{}_", self.key)
    }
}

/// Whether a text has a placeholder without a value in it.
pub(super) fn has_marker(text: &str) -> bool {
    text.contains(MARKER)
}

/// Replaces the placeholders of `text`, and names those without a value.
pub(super) fn replace(text: &str, format: Format, sources: &Sources) -> Replaced {
    let mut replaced = Replaced {
        text: String::with_capacity(text.len()),
        missing: Vec::new(),
        filled: Vec::new(),
    };
    for (number, line) in text.split_inclusive('\n').enumerate() {
        let is_comment = match format {
            Format::Yaml | Format::Toml => line.trim_start().starts_with('#'),
            Format::Json | Format::JavaScript => false,
        };
        if is_comment {
            replaced.text.push_str(line);
        } else {
            replace_line(line, number, format, sources, &mut replaced);
        }
    }
    replaced
}

fn replace_line(line: &str, number: usize, format: Format, sources: &Sources, out: &mut Replaced) {
    let mut done = 0;
    while let Some(found) = Placeholder::find(line, done) {
        let mut before = &line[done..found.start];
        let mut end = found.end;
        let value = sources.value(found.key);
        if value.is_some() {
            out.filled.push(position(number + 1));
        }
        let value = value.unwrap_or_else(|| {
            let missing = Missing {
                key: found.key.to_owned(),
                line: position(number + 1),
                column: position(line[..found.start].chars().count() + 1),
            };
            let stays = format == Format::JavaScript;
            let text = if stays {
                &line[found.start..end]
            } else {
                &missing.marker()
            };
            let text = text.to_owned();
            out.missing.push(missing);
            text
        });
        let is_unknown_code = format == Format::JavaScript && value == line[found.start..end];
        let is_json = found.mark == "@@" && !is_unknown_code;
        let is_quoted = ['"', '\'']
            .iter()
            .any(|quote| before.ends_with(*quote) && line[end..].starts_with(*quote));
        let is_inside_string = !is_quoted && ends_inside_string(&line[..found.start]);
        if is_json && is_quoted {
            before = &before[..before.len() - 1];
            end += 1;
        }
        out.text.push_str(before);
        if is_json && !is_inside_string {
            out.text.push_str(&as_json(&value));
        } else if matches!(format, Format::Json) {
            out.text.push_str(&escaped(&value));
        } else {
            out.text.push_str(&value);
        }
        done = end;
    }
    out.text.push_str(&line[done..]);
}

struct Placeholder<'l> {
    start: usize,
    end: usize,
    mark: &'static str,
    key: &'l str,
}

impl<'l> Placeholder<'l> {
    fn find(line: &'l str, from: usize) -> Option<Self> {
        let at = |mark: &'static str| {
            let mut from = from;
            loop {
                let start = from + line.get(from..)?.find(mark)?;
                let rest = &line[start + 2..];
                let length = rest
                    .find(|character: char| !character.is_ascii_alphanumeric() && character != '_')
                    .unwrap_or(rest.len());
                if length > 0 && rest[length..].starts_with(mark) {
                    return Some(Self {
                        start,
                        end: start + length + 4,
                        mark,
                        key: &rest[..length],
                    });
                }
                from = start + 1;
            }
        };
        match (at("@@"), at("##")) {
            (Some(one), Some(other)) if other.start < one.start => Some(other),
            (one, other) => one.or(other),
        }
    }
}

fn ends_inside_string(line: &str) -> bool {
    let mut inside = false;
    let mut characters = line.chars();
    while let Some(character) = characters.next() {
        match character {
            '"' => inside = !inside,
            '\\' if inside => _ = characters.next(),
            _ => {}
        }
    }
    inside
}

fn as_json(value: &str) -> String {
    match serde_json::from_str::<Value>(value) {
        Ok(Value::String(_)) | Err(_) => Value::from(value).to_string(),
        Ok(json) => json.to_string(),
    }
}

fn escaped(value: &str) -> String {
    let quoted = Value::from(value).to_string();
    quoted[1..quoted.len() - 1].to_owned()
}

const MARKER: &str = "__placeholder_without_value_";

fn position(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    fn replaced(text: &str, format: Format) -> Replaced {
        let variables = BTreeMap::from([
            ("NAME".to_owned(), "say \"hi\"".to_owned()),
            ("LIST".to_owned(), r#"["a","b"]"#.to_owned()),
            ("N".to_owned(), "7".to_owned()),
        ]);
        let environment = |name: &str| {
            [("HOST", "env.example"), ("NAME", "loses")]
                .iter()
                .find(|(key, _)| *key == name)
                .map(|(_, value)| (*value).to_owned())
        };
        let sources = Sources {
            environment: &environment,
            variables: &variables,
        };
        replace(text, format, &sources)
    }

    #[test]
    fn json_placeholders_take_their_quotes_along() {
        let text = r#"{"a": "@@LIST@@", "b": @@N@@, "c": "@@NAME@@", "d": @@HOST@@}"#;
        assert_eq!(
            replaced(text, Format::Json).text,
            r#"{"a": ["a","b"], "b": 7, "c": "say \"hi\"", "d": "env.example"}"#
        );
    }

    #[test]
    fn raw_placeholders_are_text_escaped_inside_json_strings() {
        let text = r###"{"url": "https://##HOST##/##NAME##", "n": "##N##"}"###;
        assert_eq!(
            replaced(text, Format::Json).text,
            r#"{"url": "https://env.example/say \"hi\"", "n": "7"}"#
        );
        assert_eq!(replaced("n: ##NAME##", Format::Yaml).text, "n: say \"hi\"");
    }

    #[test]
    fn a_placeholder_without_a_value_is_named_with_its_place() {
        let replaced = replaced("{\n  \"a\": @@GONE@@, \"b\": \"##N##\"}", Format::Json);
        assert_eq!(replaced.missing.len(), 1);
        let missing = &replaced.missing[0];
        assert_eq!(
            (missing.key.as_str(), missing.line, missing.column),
            ("GONE", 2, 8)
        );
        assert_eq!(
            replaced.text,
            "{\n  \"a\": \"__placeholder_without_value_GONE_\", \"b\": \"7\"}"
        );
    }

    #[test]
    fn comments_and_headings_are_no_placeholders() {
        for text in ["## SECTION ##\n", "##SECTION##\n", "a: '####'\n"] {
            let replaced = replaced(text, Format::Yaml);
            assert_eq!(replaced.text, text);
            assert!(replaced.missing.is_empty());
        }
    }

    proptest::proptest! {
        #[test]
        fn any_text_survives_and_only_placeholders_change(
            parts in proptest::collection::vec("@@|##|NAME|N|GONE|\"|\\\\|é| |\n|x", 0..30)
        ) {
            let text = parts.concat();
            for format in [Format::Json, Format::Yaml, Format::Toml, Format::JavaScript] {
                let replaced = replaced(&text, format);
                let has_placeholder = ["NAME", "N"].iter().any(|key| {
                    text.contains(&format!("@@{key}@@")) || text.contains(&format!("##{key}##"))
                });
                let is_same = replaced.text == text;
                proptest::prop_assert!(has_placeholder || !replaced.missing.is_empty() || is_same);
            }
        }
    }
}
