//! One file of the tenant: its text, its value, and where in the text each part of the value is.

use crate::json::{JsonPath, Probe};
use crate::tenant::Problem;
use serde::de::DeserializeSeed;
use serde_json::Value;
use std::fmt;
use std::path::{Path, PathBuf};

/// How a file is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    JavaScript,
    Json,
    Toml,
    Yaml,
}

/// A file that was read, with its placeholders replaced. `Debug` shows its name alone: there are secrets in the text.
pub(super) struct Document {
    /// Relative to the tenant folder.
    pub file: PathBuf,
    pub text: String,
    pub format: Format,
    /// Lines on which a placeholder was replaced by its value.
    pub filled: Vec<u32>,
}

impl fmt::Debug for Document {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Document")
            .field("file", &self.file)
            .finish_non_exhaustive()
    }
}

impl Document {
    /// The document's value, or why it cannot be parsed.
    pub(super) fn parse(&self) -> Result<Value, Box<Problem>> {
        let syntax = |message: String, line: Option<u32>, column: Option<u32>| {
            let help = match self.format {
                Format::Json => "correct the JSON at this place",
                Format::Yaml => "correct the YAML at this place",
                Format::Toml => "correct the TOML at this place",
                Format::JavaScript => "this file is not data",
            };
            let problem = Problem::error("syntax", &self.file).says(message, help);
            Box::new(problem.line(line, column))
        };
        match self.format {
            Format::Json => serde_json::from_str(&self.text).map_err(|error| {
                let message = error.to_string();
                let end = message.rfind(" at line ").unwrap_or(message.len());
                syntax(
                    format!("not valid JSON: {}", &message[..end]),
                    number(error.line()),
                    number(error.column()),
                )
            }),
            Format::Yaml => serde_yaml_ng::from_str(&self.text).map_err(|error| {
                let message = error.to_string();
                let end = message.rfind(" at line ").unwrap_or(message.len());
                let place = error.location();
                syntax(
                    format!("not valid YAML: {}", &message[..end]),
                    place.as_ref().and_then(|place| number(place.line())),
                    place.as_ref().and_then(|place| number(place.column())),
                )
            }),
            Format::Toml => toml::from_str(&self.text).map_err(|error| {
                let (line, column) = error.span().map_or((None, None), |span| {
                    let (line, column) = self.line_and_column(span.start);
                    (Some(line), Some(column))
                });
                syntax(format!("not valid TOML: {}", error.message()), line, column)
            }),
            Format::JavaScript => Err(syntax("not a data file".to_owned(), None, None)),
        }
    }

    /// The problem's place: the line where `path` is, the column of its last key on that line.
    pub(super) fn locate(&self, problem: Problem, path: &JsonPath) -> Problem {
        let line = self.line_of(path);
        let column = line.zip(path.last_key()).and_then(|(line, key)| {
            let text = self.text.lines().nth(usize::try_from(line).ok()? - 1)?;
            let quoted = text.find(&format!("\"{key}\""));
            let start = quoted.or_else(|| text.find(key))?;
            number(text[..start].chars().count() + 1)
        });
        problem.path(path).line(line, column)
    }

    /// The 1-based line on which the value at `path` begins.
    pub(super) fn line_of(&self, path: &JsonPath) -> Option<u32> {
        let probe = Probe(&path.0);
        match self.format {
            Format::Json => {
                let mut parser = serde_json::Deserializer::from_str(&self.text);
                let error = probe.deserialize(&mut parser).err()?;
                number(error.line()).filter(|_| is_found(&error))
            }
            Format::Yaml => {
                let parser = serde_yaml_ng::Deserializer::from_str(&self.text);
                let error = probe.deserialize(parser).err().filter(is_found)?;
                number(error.location()?.line())
            }
            Format::Toml => {
                let parser = toml::Deserializer::parse(&self.text).ok()?;
                let error = probe.deserialize(parser).err().filter(is_found)?;
                Some(self.line_and_column(error.span()?.start).0)
            }
            Format::JavaScript => None,
        }
    }

    fn line_and_column(&self, offset: usize) -> (u32, u32) {
        let before = self.text.get(..offset).unwrap_or(&self.text);
        let start = before.rfind('\n').map_or(0, |newline| newline + 1);
        let line = before.matches('\n').count() + 1;
        let column = before[start..].chars().count() + 1;
        (number(line).unwrap_or(1), number(column).unwrap_or(1))
    }
}

/// The format of a data file, by its ending.
pub(super) fn format_of(file: &Path) -> Format {
    match file.extension().and_then(|extension| extension.to_str()) {
        Some("yaml" | "yml") => Format::Yaml,
        Some("toml") => Format::Toml,
        Some("js" | "cjs" | "mjs") => Format::JavaScript,
        _ => Format::Json,
    }
}

fn is_found(error: &impl std::fmt::Display) -> bool {
    error.to_string().contains(Probe::FOUND)
}

fn number(number: usize) -> Option<u32> {
    u32::try_from(number).ok().filter(|number| *number > 0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::Step;

    fn document(format: Format, text: &str) -> Document {
        Document {
            file: PathBuf::from("file"),
            text: text.to_owned(),
            format,
            filled: Vec::new(),
        }
    }

    #[test]
    fn a_path_is_found_in_every_format() {
        let path = JsonPath::default().key("clients").index(1).key("name");
        let json = "{\n \"x\": [1, {\"a\": 2}],\n \"clients\": [\n  {\"name\": \"a\"},\n  {\n   \"name\": 5\n  }\n ]\n}";
        assert_eq!(document(Format::Json, json).line_of(&path), Some(6));
        let yaml = "x: [1, {a: 2}]\nclients:\n  - name: a\n  - y: &a [1]\n    name: 5\n";
        assert_eq!(document(Format::Yaml, yaml).line_of(&path), Some(5));
        let toml = "x = 1\n[[clients]]\nname = 'a'\n[[clients]]\ny = 1\nname = 5\n";
        assert_eq!(document(Format::Toml, toml).line_of(&path), Some(6));
        assert_eq!(
            document(Format::Json, json).line_of(&path.then([Step::Index(0)])),
            None
        );
    }

    #[test]
    fn syntax_errors_have_line_and_column() {
        let problem = document(Format::Json, "{\n  \"a\": 1,\n}").parse().unwrap_err();
        assert_eq!((problem.line, problem.column), (Some(3), Some(1)));
        assert_eq!(problem.message, "not valid JSON: trailing comma");
        let problem = document(Format::Toml, "a = 1\nb = = 2").parse().unwrap_err();
        assert_eq!(problem.line, Some(2));
        let problem = document(Format::Yaml, "a: 1\nb: [1,\n").parse().unwrap_err();
        assert!(problem.line.is_some());
    }
}
