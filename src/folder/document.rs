//! One file of the tenant: its text, its value, and where in the file each part of the value is.

use super::written::{Piece, Spot, Written};
use crate::json::{self, Elements, JsonPath, Names, Outline, Step, Twice, YamlError};
use crate::tenant::Problem;
use serde::Deserializer as _;
use serde::de::{SeqAccess, Visitor};
use serde_json::Value;
use std::cell::OnceCell;
use std::fmt;
use std::path::{Path, PathBuf};
use std::rc::Rc;

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
    pub text: Rc<String>,
    pub format: Format,
    written: Written,
    /// Made when the first place is asked for.
    places: OnceCell<Places>,
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
    /// The file with this content, where `pieces` of `text` stand for placeholders of `written`.
    pub(super) fn new(
        file: &Path,
        format: Format,
        text: String,
        written: Rc<String>,
        pieces: Vec<Piece>,
    ) -> Self {
        Self::of(file, format, Rc::new(text), written, pieces)
    }

    /// The file with this content, without placeholders.
    pub(super) fn as_written(file: &Path, format: Format, text: Rc<String>) -> Self {
        Self::of(file, format, Rc::clone(&text), text, Vec::new())
    }

    fn of(file: &Path, format: Format, text: Rc<String>, written: Rc<String>, pieces: Vec<Piece>) -> Self {
        Self {
            file: file.to_owned(),
            text,
            format,
            written: Written::new(written, pieces),
            places: OnceCell::new(),
        }
    }

    /// The document's value, or why it cannot be read.
    pub(super) fn parse(&self) -> Result<Value, Vec<Problem>> {
        let mut names = Names::default();
        let value = match self.format {
            Format::Json => {
                let value = serde_json::from_str(&self.text).map_err(|error| self.broken_json(&error))?;
                json::walk_json(&self.text, &mut names);
                value
            }
            Format::Yaml => json::read_yaml(&self.text, &mut names)
                .map_err(|YamlError { message, at }| self.broken("YAML", &message, at))?,
            Format::Toml => toml::from_str(&self.text).map_err(|error| {
                let at = error.span().map_or(0, |span| span.start);
                self.broken("TOML", error.message(), at)
            })?,
            Format::JavaScript => {
                let problem = Problem::error("syntax", &self.file);
                return Err(vec![problem.says("not a data file", "this file is not data")]);
            }
        };
        if names.twice.is_empty() {
            return Ok(value);
        }
        Err(names.twice.iter().map(|twice| self.given_twice(twice)).collect())
    }

    /// Hands on each element of a JSON array, so that not all of them have to be there at once; whether the document
    /// is an array. Where it cannot be read, that is known at the end only.
    pub(super) fn elements(&self, see: impl FnMut(usize, Value)) -> Result<IsArray, Vec<Problem>> {
        let mut parser = serde_json::Deserializer::from_str(&self.text);
        let read = parser.deserialize_any(Each(see)).and_then(|()| parser.end());
        match read {
            Err(error) if error.is_data() => return Ok(IsArray::No),
            Err(error) => return Err(self.broken_json(&error)),
            Ok(()) => {}
        }
        let twice = json::twice(&self.text);
        if twice.is_empty() {
            return Ok(IsArray::Yes);
        }
        Err(twice.iter().map(|twice| self.given_twice(twice)).collect())
    }

    fn broken_json(&self, error: &serde_json::Error) -> Vec<Problem> {
        let message = error.to_string();
        let end = message.rfind(" at line ").unwrap_or(message.len());
        let at = self.byte(error.line(), error.column());
        self.broken("JSON", &message[..end], at)
    }

    /// What the parser of `language` says about the byte `at`.
    fn broken(&self, language: &str, message: &str, at: usize) -> Vec<Problem> {
        let problem = Problem::error("syntax", &self.file);
        let problem = match self.written.piece(at) {
            // Another problem says that the placeholder has no value.
            Some(piece) if !piece.is_filled => return Vec::new(),
            Some(Piece { placeholder, .. }) => problem.says(
                format!("not valid {language} where the value of {placeholder} stands"),
                format!(
                    "give a value that is {language} there: ##KEY## is replaced as it is, @@KEY@@ as JSON"
                ),
            ),
            None => problem.says(
                format!("not valid {language}: {message}"),
                format!("correct the {language} at this place"),
            ),
        };
        let Spot { line, column } = self.written.spot(at);
        vec![problem.line(Some(line), Some(column))]
    }

    fn given_twice(&self, twice: &Twice) -> Problem {
        let first = self.written.spot(twice.first);
        let again = self.written.spot(twice.again);
        let of_value = [twice.first, twice.again]
            .into_iter()
            .find_map(|at| self.written.piece(at).filter(|piece| at < piece.parsed.1));
        let name = match of_value {
            Some(piece) => format!("a member that comes from {}", piece.placeholder),
            None => format!("the member {:?}", twice.path.last_key().unwrap_or_default()),
        };
        let problem = Problem::error("duplicate_member", &self.file).says(
            format!(
                "{name} is given twice, first on line {} column {}",
                first.line, first.column
            ),
            "keep one of the two: which one counts is not guessed",
        );
        let problem = match of_value {
            Some(_) => problem,
            None => problem.path(&twice.path),
        };
        problem.line(Some(again.line), Some(again.column))
    }

    /// The problem's place: where the member that `path` leads to begins, or the line of an element.
    pub(super) fn locate(&self, problem: Problem, path: &JsonPath) -> Problem {
        let spot = self.spot(path);
        let column = spot.filter(|_| path.last_key().is_some());
        problem
            .path(path)
            .line(spot.map(|spot| spot.line), column.map(|spot| spot.column))
    }

    /// The 1-based line on which the value at `path` begins.
    pub(super) fn line_of(&self, path: &JsonPath) -> Option<u32> {
        self.spot(path).map(|spot| spot.line)
    }

    /// The place of the byte `at` of the file as it was written.
    pub(super) fn written_at(&self, at: usize) -> Spot {
        self.written.place(at)
    }

    /// Whether the value of a placeholder stands on the line of the value at `path`.
    pub(super) fn is_filled(&self, path: &JsonPath) -> bool {
        self.line_of(path)
            .is_some_and(|line| self.written.is_filled(line))
    }

    /// Where the value at `path` begins in the file as it was written.
    pub(super) fn spot(&self, path: &JsonPath) -> Option<Spot> {
        let places = self.places.get_or_init(|| Places::of(self.format, &self.text));
        let at = places.find(&self.text, &path.0)?;
        Some(self.written.spot(at))
    }

    /// The byte at a 1-based line and column, in bytes, of the text.
    fn byte(&self, line: usize, column: usize) -> usize {
        let mut starts = self.text.match_indices('\n').map(|(end, _)| end + 1);
        let start = match line.checked_sub(2) {
            Some(before) => starts.nth(before).unwrap_or(self.text.len()),
            None => 0,
        };
        (start + column.saturating_sub(1)).min(self.text.len())
    }
}

/// Where in the text of a document each part stands.
enum Places {
    Elements(Elements),
    Whole(Outline),
}

impl Places {
    fn of(format: Format, text: &str) -> Self {
        let mut outline = Outline::default();
        match format {
            Format::Json => match Elements::of(text) {
                Some(elements) => return Self::Elements(elements),
                None => json::walk_json(text, &mut outline),
            },
            Format::Toml => json::walk_toml(text, &mut outline),
            // What stands before the fault is found.
            Format::Yaml => _ = json::read_yaml(text, &mut outline),
            Format::JavaScript => {}
        }
        Self::Whole(outline)
    }

    fn find(&self, text: &str, path: &[Step]) -> Option<usize> {
        match self {
            Self::Elements(elements) => elements.find(text, path),
            Self::Whole(outline) => outline.find(path),
        }
    }
}

/// Whether a document is an array.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum IsArray {
    No,
    Yes,
}

/// Hands on the elements of an array.
struct Each<F>(F);

impl<'de, F: FnMut(usize, Value)> Visitor<'de> for Each<F> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an array")
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut items: A) -> Result<(), A::Error> {
        let mut index = 0;
        while let Some(item) = items.next_element()? {
            (self.0)(index, item);
            index += 1;
        }
        Ok(())
    }
}

/// The format of a data file, by its ending.
pub(super) fn format_of(file: &Path) -> Format {
    if is_yaml(file) {
        return Format::Yaml;
    }
    match file.extension().and_then(|extension| extension.to_str()) {
        Some("toml") => Format::Toml,
        Some("js" | "cjs" | "mjs") => Format::JavaScript,
        _ => Format::Json,
    }
}

/// Whether a path ends as YAML does.
pub(crate) fn is_yaml(path: &Path) -> bool {
    let ending = path.extension().and_then(|ending| ending.to_str());
    ending.is_some_and(|ending| {
        ["yaml", "yml"]
            .iter()
            .any(|yaml| ending.eq_ignore_ascii_case(yaml))
    })
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// A document without placeholders.
    pub(in crate::folder) fn document(file: &str, format: Format, text: &str) -> Document {
        Document::as_written(Path::new(file), format, Rc::new(text.to_owned()))
    }

    #[test]
    fn a_path_is_found_in_every_format() {
        let path = JsonPath::default().key("clients").index(1).key("name");
        let line = |format, text| document("file", format, text).line_of(&path);
        let json = "{\n \"x\": [1, {\"a\": 2}],\n \"clients\": [\n  {\"name\": \"a\"},\n  {\n   \"name\": 5\n  }\n ]\n}";
        assert_eq!(line(Format::Json, json), Some(6));
        let yaml = "x: [1, {a: 2}]\nclients:\n  - name: a\n  - y: &a [1]\n    name: 5\n";
        assert_eq!(line(Format::Yaml, yaml), Some(5));
        let toml = "x = 1\n[[clients]]\nname = 'a'\n[[clients]]\ny = 1\nname = 5\n";
        assert_eq!(line(Format::Toml, toml), Some(6));
        let below = path.then([Step::Index(0)]);
        assert_eq!(document("file", Format::Json, json).line_of(&below), None);
    }

    #[test]
    fn syntax_errors_have_line_and_column() {
        let problem = |format, text| document("file", format, text).parse().unwrap_err().remove(0);
        let json = problem(Format::Json, "{\n  \"a\": 1,\n}");
        assert_eq!((json.line, json.column), (Some(3), Some(1)));
        assert_eq!(json.message, "not valid JSON: trailing comma");
        assert_eq!(problem(Format::Toml, "a = 1\nb = = 2").line, Some(2));
        assert!(problem(Format::Yaml, "a: 1\nb: [1,\n").line.is_some());
    }

    #[test]
    fn members_given_twice_are_named_with_both_places_in_every_format() {
        let problems = |format, text| {
            let problems = document("file", format, text).parse().unwrap_err();
            problems.iter().map(ToString::to_string).collect::<Vec<_>>()
        };
        assert_eq!(
            problems(
                Format::Json,
                "{\"a\": 1,\n \"b\": {\"c\": 1, \"c\": 1},\n \"a\": 2}"
            ),
            [
                "file:2:16: b.c: the member \"c\" is given twice, first on line 2 column 8",
                "file:3:2: a: the member \"a\" is given twice, first on line 1 column 2",
            ]
        );
        assert_eq!(
            problems(Format::Yaml, "- a: 1\n  'a': 2\n"),
            ["file:2:3: [0].a: the member \"a\" is given twice, first on line 1 column 3"]
        );
        assert!(problems(Format::Toml, "a = 1\na = 2")[0].starts_with("file:2:1: not valid TOML"));
    }
}
