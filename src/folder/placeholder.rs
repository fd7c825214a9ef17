//! `@@KEY@@` and `##KEY##`, replaced before a file is parsed.
//!
//! `@@KEY@@`, with or without quotes around it, becomes the JSON of the value: an array, object, number
//! or boolean stays what it is, anything else becomes a string. `##KEY##` becomes the text of the value as it is,
//! wherever it stands: so an array or an object can be put together. Where that leaves a file that is no JSON, the
//! text is escaped inside JSON strings.
//!
//! One without a value becomes a marker that every format can hold, so that the rest of the file can
//! be read and it is known whether anything that is read has need of it.

use super::document::Format;
use super::keywords::{Keywords, Word};
use super::written::Piece;
use serde::de::IgnoredAny;
use serde_json::Value;

/// A text with its placeholders replaced.
#[derive(Default)]
pub(super) struct Replaced {
    pub text: String,
    pub missing: Vec<Missing>,
    /// What stands for placeholders.
    pub pieces: Vec<Piece>,
}

/// A placeholder without a value.
#[derive(Clone, Debug)]
pub(super) struct Missing {
    pub key: String,
    /// The byte of the file at which it stands.
    pub at: usize,
}

/// The text with its placeholders is longer than a file may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct TooLong;

/// Whether a text has a placeholder without a value in it.
pub(super) fn has_marker(text: &str) -> bool {
    text.contains(MARKER)
}

/// Whether a text may have a placeholder in it.
pub(super) fn may_have_any(text: &str) -> bool {
    text.contains("@@") || text.contains("##")
}

/// The keys of all markers in `text`, in order.
pub(super) fn marked(text: &str) -> impl Iterator<Item = &str> {
    text.split(MARKER)
        .skip(1)
        .filter_map(|after| after.split_once(MARKER_END).map(|(key, _)| key))
}

/// Replaces the placeholders of `text`, and names those without a value.
///
/// # Errors
/// The text would have more than `limit` bytes.
pub(super) fn replace(
    text: &str,
    format: Format,
    keywords: &mut Keywords,
    limit: usize,
) -> Result<Replaced, TooLong> {
    let mut replacing = Replacing {
        text,
        format,
        keywords,
        limit,
        strings: Strings::AsIs,
        needs_escapes: false,
        out: Replaced::default(),
    };
    replacing.run()?;
    let is_broken = |text: &str| serde_json::from_str::<IgnoredAny>(text).is_err();
    if replacing.needs_escapes && is_broken(&replacing.out.text) {
        let as_is = std::mem::take(&mut replacing.out);
        replacing.strings = Strings::Escaped;
        replacing.run()?;
        if is_broken(&replacing.out.text) {
            replacing.out = as_is;
        }
    }
    Ok(replacing.out)
}

/// How the text of a value is put into a JSON string.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Strings {
    AsIs,
    Escaped,
}

struct Replacing<'t, 'k, 's> {
    text: &'t str,
    format: Format,
    keywords: &'k mut Keywords<'s>,
    limit: usize,
    strings: Strings,
    /// Whether a value in a JSON string has anything to escape.
    needs_escapes: bool,
    out: Replaced,
}

impl Replacing<'_, '_, '_> {
    /// One pass over the text; a quote opens or closes a string on its line.
    fn run(&mut self) -> Result<(), TooLong> {
        let bytes = self.text.as_bytes();
        let (mut at, mut done, mut is_inside) = (0, 0, false);
        let mut is_comment = self.is_comment(0);
        while let Some(byte) = bytes.get(at) {
            match byte {
                b'\n' => {
                    is_inside = false;
                    is_comment = self.is_comment(at + 1);
                }
                b'"' => is_inside = !is_inside,
                b'\\' if is_inside && bytes.get(at + 1).is_some_and(|next| *next != b'\n') => at += 1,
                b'@' | b'#' if !is_comment => {
                    if let Some(found) = Placeholder::at(self.text, at) {
                        self.out.text.push_str(&self.text[done..at]);
                        let quote = self.quote(done, at, &found);
                        done = self.put(&found, at, quote, is_inside);
                        if done > found.end {
                            is_inside = false;
                        }
                        at = done;
                        if self.out.text.len() > self.limit {
                            return Err(TooLong);
                        }
                        continue;
                    }
                }
                _ => {}
            }
            at += 1;
        }
        self.out.text.push_str(&self.text[done..]);
        Ok(())
    }

    /// Whether the line that begins at `start` is a comment: `##KEY##` at its beginning is none where it has a value.
    fn is_comment(&mut self, start: usize) -> bool {
        if !matches!(self.format, Format::Yaml | Format::Toml) {
            return false;
        }
        let begin = self.text[start..].trim_start_matches([' ', '\t']);
        let at = self.text.len() - begin.len();
        begin.starts_with('#')
            && Placeholder::at(self.text, at).is_none_or(|found| self.keywords.word(found.key).is_none())
    }

    /// The quote that stands on both sides of the placeholder.
    fn quote(&self, done: usize, at: usize, found: &Placeholder<'_>) -> Option<char> {
        ['"', '\'']
            .into_iter()
            .find(|quote| self.text[done..at].ends_with(*quote) && self.text[found.end..].starts_with(*quote))
    }

    /// Puts the value of the placeholder at `at` in its place; where the text goes on.
    fn put(&mut self, found: &Placeholder<'_>, at: usize, quote: Option<char>, is_inside: bool) -> usize {
        let word = self.keywords.word(found.key);
        let is_filled = word.is_some();
        let is_code = self.format == Format::JavaScript;
        let written = &self.text[at..found.end];
        let missing = word.is_none().then(|| Missing {
            key: found.key.to_owned(),
            at,
        });
        let word = word.unwrap_or_else(|| Word::Text(format!("{MARKER}{}{MARKER_END}", found.key)));
        let is_inside_more = is_inside && quote.is_none();
        let is_json = found.mark == "@@";
        let mut end = found.end;
        let mut start = at;
        let value = if is_code && !is_filled {
            written.to_owned()
        } else if is_json && !is_inside_more {
            if quote.is_some() {
                self.out.text.pop();
                start -= 1;
                end += 1;
            }
            word.as_json()
        } else if self.format == Format::Json && !is_filled && !is_inside {
            word.as_json()
        } else if self.format == Format::Json && (is_json || is_inside) {
            let text = word.into_text();
            let escaped = escaped(&text);
            self.needs_escapes |= !is_json && escaped != text;
            match self.strings {
                Strings::AsIs if !is_json => text,
                _ => escaped,
            }
        } else {
            word.into_text()
        };
        self.out.missing.extend(missing);
        let begin = self.out.text.len();
        self.out.text.push_str(&value);
        self.out.pieces.push(Piece {
            parsed: (begin, self.out.text.len()),
            written: (start, end),
            placeholder: written.to_owned(),
            is_filled,
        });
        end
    }
}

struct Placeholder<'t> {
    end: usize,
    mark: &'static str,
    key: &'t str,
}

impl<'t> Placeholder<'t> {
    /// The placeholder that begins at `at`.
    fn at(text: &'t str, at: usize) -> Option<Self> {
        let mark = ["@@", "##"]
            .into_iter()
            .find(|mark| text[at..].starts_with(mark))?;
        let rest = &text[at + 2..];
        let length = rest
            .find(|character: char| !character.is_ascii_alphanumeric() && character != '_')
            .unwrap_or(rest.len());
        (length > 0 && rest[length..].starts_with(mark)).then(|| Self {
            end: at + length + 4,
            mark,
            key: &rest[..length],
        })
    }
}

fn escaped(value: &str) -> String {
    let quoted = Value::from(value).to_string();
    quoted[1..quoted.len() - 1].to_owned()
}

const MARKER: &str = "__placeholder_without_value_";
const MARKER_END: &str = "__end_";

#[cfg(test)]
mod tests {
    use super::super::sources::Sources;
    use super::*;
    use std::collections::BTreeMap;

    fn replaced(text: &str, format: Format) -> Replaced {
        let variables = BTreeMap::from([
            ("NAME".to_owned(), "say \"hi\"".to_owned()),
            ("LIST".to_owned(), r#"["a","b"]"#.to_owned()),
            ("MORE".to_owned(), r#""b", "c""#.to_owned()),
            ("N".to_owned(), "7".to_owned()),
            ("LINES".to_owned(), "one\ntwo".to_owned()),
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
        replace(text, format, &mut Keywords::new(&sources), usize::MAX).unwrap()
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
    fn raw_placeholders_are_text_and_are_escaped_in_json_strings_that_would_break() {
        let json = |text| replaced(text, Format::Json).text;
        assert_eq!(
            json(r###"{"url": "https://##HOST##/##NAME##", "n": "##N##"}"###),
            r#"{"url": "https://env.example/say \"hi\"", "n": "7"}"#
        );
        assert_eq!(json(r#"["a", ##MORE##, ##N##]"#), r#"["a", "b", "c", 7]"#);
        assert_eq!(
            json(r###"["##LINES##", "##LIST##"]"###),
            r#"["one\ntwo", "[\"a\",\"b\"]"]"#
        );
        assert_eq!(replaced("n: ##NAME##", Format::Yaml).text, "n: say \"hi\"");
        assert_eq!(replaced("n: [##MORE##]", Format::Yaml).text, "n: [\"b\", \"c\"]");
    }

    #[test]
    fn a_placeholder_without_a_value_is_named_with_its_place() {
        let replaced = replaced(
            "{\n  \"a\": @@GONE@@, \"b\": \"##N##\", \"c\": [##GONE##]}",
            Format::Json,
        );
        let missing: Vec<_> = replaced
            .missing
            .iter()
            .map(|missing| (missing.key.as_str(), missing.at))
            .collect();
        assert_eq!(missing, [("GONE", 9), ("GONE", 39)]);
        let marker = format!("\"{MARKER}GONE{MARKER_END}\"");
        assert_eq!(
            replaced.text,
            format!("{{\n  \"a\": {marker}, \"b\": \"7\", \"c\": [{marker}]}}")
        );
        assert_eq!(marked(&replaced.text).collect::<Vec<_>>(), ["GONE", "GONE"]);
    }

    #[test]
    fn comments_and_headings_are_no_placeholders_unless_they_have_a_value() {
        for text in [
            "## SECTION ##\n",
            "##SECTION##\n",
            "a: '####'\n",
            "  # write ##N##\n",
        ] {
            let replaced = replaced(text, Format::Yaml);
            assert_eq!(replaced.text, text);
            assert!(replaced.missing.is_empty());
        }
        assert_eq!(replaced("a:\n  ##N##\n", Format::Yaml).text, "a:\n  7\n");
    }

    #[test]
    fn a_text_may_not_grow_without_bound() {
        let variables = BTreeMap::from([("X".to_owned(), "x".repeat(1000))]);
        let sources = Sources {
            environment: &|_| None,
            variables: &variables,
        };
        let text = "##X## ".repeat(100);
        let mut keywords = Keywords::new(&sources);
        assert!(replace(&text, Format::JavaScript, &mut keywords, 50_000).is_err());
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
                let mut whole = String::new();
                let mut done = 0;
                for piece in &replaced.pieces {
                    whole += &replaced.text[done..piece.parsed.0];
                    whole += &text[piece.written.0..piece.written.1];
                    done = piece.parsed.1;
                }
                proptest::prop_assert_eq!(whole + &replaced.text[done..], text.clone());
            }
        }
    }
}
