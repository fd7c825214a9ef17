//! Where in its text each part of an array of many elements stands: one element is looked at, not all.

use super::outline::Outline;
use super::path::Step;
use super::walk::{self, Kind, Sink};
use std::cell::RefCell;

/// Where each element of a JSON array begins. An [`Outline`] takes several times the text; here is one of the element
/// that was asked for last.
#[derive(Debug)]
pub(crate) struct Elements {
    starts: Starts,
    last: RefCell<(usize, Outline)>,
}

impl Elements {
    /// The elements of a JSON text that is an array; `None` where it is something else.
    pub(crate) fn of(text: &str) -> Option<Self> {
        if !text.trim_start().starts_with('[') {
            return None;
        }
        let mut starts = Starts::default();
        walk::json(text, &mut starts);
        Some(Self {
            starts,
            last: RefCell::new((usize::MAX, Outline::default())),
        })
    }

    /// What [`Outline::find`] finds in `text`, of which these are the elements.
    pub(crate) fn find(&self, text: &str, path: &[Step]) -> Option<usize> {
        let Some((first, rest)) = path.split_first() else {
            return text.find('[');
        };
        let Step::Index(index) = first else {
            return None;
        };
        let start = *self.starts.at.get(*index)?;
        let mut last = self.last.borrow_mut();
        if last.0 != *index {
            let end = self.starts.at.get(index + 1).copied().unwrap_or(text.len());
            let mut outline = Outline::default();
            walk::json(text.get(start..end)?, &mut outline);
            *last = (*index, outline);
        }
        last.1.find(rest).map(|at| start + at)
    }
}

/// Takes note of what begins directly in the outermost array.
#[derive(Debug, Default)]
struct Starts {
    at: Vec<usize>,
    /// How many objects and arrays are open.
    depth: usize,
}

impl Starts {
    fn begin(&mut self, at: usize) {
        if self.depth == 1 {
            self.at.push(at);
        }
    }
}

impl Sink for Starts {
    fn open(&mut self, _kind: Kind, at: usize) {
        self.begin(at);
        self.depth += 1;
    }

    fn key(&mut self, _name: &str, _at: usize) {}

    fn leaf(&mut self, at: usize) {
        self.begin(at);
    }

    fn close(&mut self) {
        self.depth -= 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::JsonPath;

    #[test]
    fn an_element_is_found_where_the_outline_of_everything_finds_it() {
        let text = " [{\"a\": [1, {\"b\": 2}], \"c\": \"],[\"},\n  7, [], {\"x\": {\"y\": null}} , \"é\"]";
        let mut outline = Outline::default();
        walk::json(text, &mut outline);
        let elements = Elements::of(text).unwrap();
        let root = JsonPath::default();
        for path in [
            root.clone(),
            root.index(0),
            root.index(0).key("a").index(1).key("b"),
            root.index(0).key("c"),
            root.index(1),
            root.index(2),
            root.index(3).key("x").key("y"),
            root.index(4),
            root.index(5),
            root.index(1).index(0),
            root.key("a"),
        ] {
            assert_eq!(elements.find(text, &path.0), outline.find(&path.0), "{path}");
        }
        assert!(Elements::of("{\"a\": []}").is_none());
    }
}
