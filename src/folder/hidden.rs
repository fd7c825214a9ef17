//! Values of placeholders stay out of messages: they may be secrets, and the placeholder says what is meant.

use super::keywords::Word;
use crate::tenant::{MIN_HIDDEN_SECRET, Problem};
use aho_corasick::{AhoCorasick, MatchKind};
use serde_json::Value;
use std::collections::BTreeMap;

/// Finds the values of placeholders in messages.
#[derive(Debug, Default)]
pub(super) struct Hidden {
    search: Option<AhoCorasick>,
    /// What is shown in the place of each pattern.
    shown: Vec<String>,
}

impl Hidden {
    /// Hides these values, each with its placeholder's name.
    pub(super) fn new<'k>(words: impl Iterator<Item = (&'k str, Word)>) -> Self {
        let mut patterns: BTreeMap<String, String> = BTreeMap::new();
        for (key, word) in words {
            for text in texts(&word) {
                let mut add = |text: String| _ = patterns.entry(text).or_insert_with(|| format!("##{key}##"));
                let json = Value::from(text.as_str()).to_string();
                let spellings = [
                    json[1..json.len() - 1].to_owned(),
                    format!("{text:?}"),
                    json,
                    format!("\"{text}\""),
                ];
                if text.chars().count() >= MIN_HIDDEN_SECRET {
                    spellings.into_iter().for_each(&mut add);
                    add(text);
                } else {
                    // A short text hides where it is quoted: elsewhere it is likely to be a word of the message.
                    spellings.into_iter().skip(1).for_each(&mut add);
                }
            }
        }
        let (patterns, shown): (Vec<String>, Vec<String>) = patterns.into_iter().unzip();
        let search = AhoCorasick::builder()
            .match_kind(MatchKind::LeftmostLongest)
            .build(&patterns);
        Self {
            search: search.ok().filter(|_| !patterns.is_empty()),
            shown,
        }
    }

    /// The problem without the values.
    pub(super) fn in_problem(&self, mut problem: Problem) -> Problem {
        let Some(search) = &self.search else {
            return problem;
        };
        let texts = [
            Some(&mut problem.message),
            Some(&mut problem.help),
            problem.json_path.as_mut(),
        ];
        for text in texts.into_iter().flatten() {
            if search.is_match(text.as_str()) {
                *text = search.replace_all(text, &self.shown);
            }
        }
        problem
    }
}

/// Every text that a value brings into a file.
fn texts(word: &Word) -> Vec<String> {
    let mut found = Vec::new();
    match word {
        Word::Json(value) => collect(value, &mut found),
        Word::Text(text) => {
            found.push(text.clone());
            // As it may stand in a list, or among members.
            for json in [text.clone(), format!("[{text}]"), format!("{{{text}}}")] {
                if let Ok(value) = serde_json::from_str(&json) {
                    collect(&value, &mut found);
                }
            }
        }
    }
    found.retain(|text| !text.trim().is_empty());
    found
}

fn collect(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::String(text) => found.push(text.clone()),
        Value::Array(items) => items.iter().for_each(|item| collect(item, found)),
        Value::Object(members) => members.values().for_each(|member| collect(member, found)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_hidden_however_it_is_spelt_and_a_short_one_where_it_is_quoted() {
        let words = [
            ("LONG", Word::Text("se\"cret-\n4711".to_owned())),
            ("SHORT", Word::Text("it".to_owned())),
            ("LIST", Word::Text("\"canary-one\", \"canary-two\"".to_owned())),
        ];
        let hidden = Hidden::new(words.into_iter());
        let problem = Problem::error("x", "file").says(
            "it is \"it\", se\"cret-\n4711, \"se\\\"cret-\\n4711\" or canary-two",
            "use \"canary-one\"",
        );
        let problem = hidden.in_problem(problem);
        assert_eq!(problem.message, "it is ##SHORT##, ##LONG##, ##LONG## or ##LIST##");
        assert_eq!(problem.help, "use ##LIST##");
    }
}
