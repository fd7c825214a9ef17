//! Members that are given twice: which of the two counts is not guessed.

use super::path::{JsonPath, Step};
use super::walk::{self, Kind, Sink};
use indexmap::IndexMap;
use std::fmt;

/// A member that an object has twice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Twice {
    /// The member.
    pub path: JsonPath,
    /// The byte at which it stands first.
    pub first: usize,
    /// The byte at which it stands again.
    pub again: usize,
}

/// Every member of a JSON text that is given twice, up to [`MOST`] of them. The text was taken by a parser.
pub(crate) fn twice(json: &str) -> Vec<Twice> {
    let mut names = Names::default();
    walk::json(json, &mut names);
    names.twice
}

/// Refuses JSON with a member that is given twice.
///
/// # Errors
/// The first such member, with both places.
pub(crate) fn unambiguous(json: &str) -> Result<(), GivenTwice> {
    match twice(json).into_iter().next() {
        None => Ok(()),
        Some(Twice { path, first, again }) => Err(GivenTwice {
            path,
            first: place(json, first),
            again: place(json, again),
        }),
    }
}

/// A member that is given twice, told by lines and columns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct GivenTwice {
    path: JsonPath,
    first: (usize, usize),
    again: (usize, usize),
}

impl fmt::Display for GivenTwice {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { path, first, again } = self;
        let name = path.last_key().unwrap_or_default();
        write!(
            formatter,
            "the member {name:?} is given twice at line {} column {}, first at line {} column {}",
            again.0, again.1, first.0, first.1
        )?;
        if path.0.len() > 1 {
            write!(formatter, " ({path})")?;
        }
        Ok(())
    }
}

/// 1-based line and column, in characters, of the byte `at`.
fn place(text: &str, at: usize) -> (usize, usize) {
    let before = text.get(..at).unwrap_or(text);
    let start = before.rfind('\n').map_or(0, |newline| newline + 1);
    (
        before.matches('\n').count() + 1,
        before[start..].chars().count() + 1,
    )
}

/// The names of the objects that are open, and the members that were there already.
#[derive(Debug, Default)]
pub(crate) struct Names {
    pub twice: Vec<Twice>,
    open: Vec<Open>,
    /// Maps of objects that ended, for those to come.
    spare: Vec<IndexMap<Box<str>, usize>>,
}

#[derive(Debug)]
enum Open {
    /// How many elements there were.
    Array(usize),
    /// Where each member stands, and which of them is the one at hand.
    Object(IndexMap<Box<str>, usize>, usize),
}

impl Names {
    /// The next value begins.
    fn begin(&mut self) {
        if let Some(Open::Array(count)) = self.open.last_mut() {
            *count += 1;
        }
    }

    fn path(&self) -> JsonPath {
        let steps = self.open.iter().filter_map(|open| match open {
            Open::Array(count) => Some(Step::Index(count.checked_sub(1)?)),
            Open::Object(members, at_hand) => {
                let (name, _) = members.get_index(*at_hand)?;
                Some(Step::Key(name.to_string()))
            }
        });
        JsonPath(steps.collect())
    }
}

impl Sink for Names {
    fn open(&mut self, kind: Kind, _at: usize) {
        self.begin();
        self.open.push(match kind {
            Kind::Array => Open::Array(0),
            Kind::Object => Open::Object(self.spare.pop().unwrap_or_default(), 0),
        });
    }

    fn key(&mut self, name: &str, at: usize) {
        let Some(Open::Object(members, at_hand)) = self.open.last_mut() else {
            return;
        };
        if let Some((index, _, first)) = members.get_full(name) {
            *at_hand = index;
            let first = *first;
            if self.twice.len() < MOST {
                let path = self.path();
                self.twice.push(Twice {
                    path,
                    first,
                    again: at,
                });
            }
            return;
        }
        (*at_hand, _) = members.insert_full(name.into(), at);
    }

    fn leaf(&mut self, _at: usize) {
        self.begin();
    }

    fn close(&mut self) {
        if let Some(Open::Object(mut members, _)) = self.open.pop() {
            members.clear();
            self.spare.push(members);
        }
    }
}

/// As many are told of one document.
const MOST: usize = 20;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_member_that_is_given_twice_is_found_wherever_it_is() {
        let fine = r#"{"a": {"b": 1, "c": [null, true, -1, 1.5, {"b": "x"}]}, "b": {}}"#;
        assert_eq!(unambiguous(fine), Ok(()));
        for (text, said) in [
            (
                r#"{"a": 1, "a": 1}"#,
                "\"a\" is given twice at line 1 column 10, first at line 1 column 2",
            ),
            (
                "{\"a\": [2,\n {\"b\": \"\\\"\", \"\\u0062\": [], \"b\": {}}]}",
                "\"b\" is given twice at line 2 column 14, first at line 2 column 3 (a[1].b)",
            ),
            (
                r#"[{"a": {"x": 1}, "b": {"x": 1}, "a": 2}]"#,
                "\"a\" is given twice at line 1 column 33, first at line 1 column 3 ([0].a)",
            ),
        ] {
            let error = unambiguous(text).unwrap_err().to_string();
            assert!(error.ends_with(said), "{error}");
        }
        assert_eq!(twice(r#"{"a": 1, "a": {"b": 1, "b": 2}, "a": 3}"#).len(), 3);
    }
}
