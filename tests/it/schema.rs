//! The table of the schemas against `xmllint`: `fixtures/schema` holds valid documents and what it said of each change
//! of each element of them (`judge.py` there).

use postlogin::inspect::{Expected, Kind, inspect};
use postlogin::saml::schema::faults;
use postlogin::xml::{self, Element, Item, Limits};
use std::fmt::Write as _;
use std::path::Path;

#[test]
fn a_changed_document_is_valid_where_the_schema_says_so() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/schema");
    let verdicts = std::fs::read_to_string(folder.join("verdicts.txt")).unwrap();
    let (mut count, mut wrong) = (0, Vec::new());
    for line in verdicts.lines() {
        let [name, change, digits] = line.split(' ').collect::<Vec<_>>()[..] else {
            panic!("{line}");
        };
        let source = std::fs::read_to_string(folder.join(name)).unwrap();
        let document = xml::read(&source, Limits::METADATA).unwrap();
        let first = faults(document.root()).next();
        assert!(first.is_none(), "{name}: {first:?}");
        let elements: Vec<_> = document.root().descendants().collect();
        assert_eq!(elements.len(), digits.len(), "{name}");
        for (element, digit) in elements.iter().zip(digits.chars()) {
            let changed = Change {
                element: *element,
                change,
            }
            .of(document.root());
            let is_valid = xml::read(&changed, Limits::METADATA)
                .is_ok_and(|document| faults(document.root()).next().is_none());
            count += 1;
            if is_valid != (digit == '1') {
                wrong.push(format!(
                    "{name}: {change} {} ({}): the schema says {digit}",
                    element.local(),
                    element.position()
                ));
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "{} of {count}\n{}",
        wrong.len(),
        wrong.join("\n")
    );
    assert!(count > 1500, "only {count}");
}

/// Whatever stands where it should not: there is a report, no hint about service providers on anything but a response,
/// and no year that no reader takes.
#[test]
fn a_message_that_is_changed_anywhere_is_explained() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/inspect");
    let expected = Expected::at("2026-01-15T12:01:00Z".parse().unwrap());
    let mut folders: Vec<_> = std::fs::read_dir(root)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    folders.sort();
    let mut count = 0;
    for folder in folders {
        let Ok(source) = std::fs::read_to_string(folder.join("message.xml")) else {
            continue;
        };
        let Ok(document) = xml::read(&source, Limits::MESSAGE) else {
            continue;
        };
        let elements: Vec<_> = document.root().descendants().collect();
        for (number, change) in ["bare", "first", "last", "remove", "twice"]
            .into_iter()
            .enumerate()
        {
            // Another element of each document for each change.
            let element = elements[(count * 7 + number * 3) % elements.len()];
            let report = inspect(
                Change { element, change }.of(document.root()).as_bytes(),
                &expected,
            );
            let is_response = report.kind == Kind::Response;
            for finding in &report.findings {
                assert!(
                    is_response || finding.refused_by.is_empty(),
                    "{}: {finding:?}",
                    folder.display()
                );
                let has_late_year = finding.message.contains("+1");
                assert!(!has_late_year, "{finding:?}");
            }
            count += 1;
        }
    }
    assert!(count > 500, "only {count}");
}

/// One change of one element, as `judge.py` makes it.
struct Change<'a, 'd> {
    element: Element<'d>,
    change: &'a str,
}

impl<'d> Change<'_, 'd> {
    fn of(&self, root: Element<'d>) -> String {
        let mut text = String::new();
        self.push(root, &mut text);
        text
    }

    fn push(&self, element: Element<'d>, text: &mut String) {
        let name = match element.prefix() {
            "" => element.local().to_owned(),
            prefix => format!("{prefix}:{}", element.local()),
        };
        let _ = write!(text, "<{name}");
        for (prefix, uri) in element.declarations() {
            let colon = if prefix.is_empty() { "" } else { ":" };
            let _ = write!(text, " xmlns{colon}{prefix}=\"{uri}\"");
        }
        let is_bare = self.change == "bare" && element == self.element;
        for attribute in element.attributes().filter(|_| !is_bare) {
            let colon = if attribute.prefix.is_empty() { "" } else { ":" };
            let _ = write!(
                text,
                " {}{colon}{}=\"{}\"",
                attribute.prefix, attribute.local, attribute.value
            );
        }
        text.push('>');
        for item in self.content(element) {
            match item {
                Item::Element(child) => self.push(child, text),
                Item::Text(value) => text.push_str(value),
            }
        }
        let _ = write!(text, "</{name}>");
    }

    fn content(&self, parent: Element<'d>) -> Vec<Item<'d>> {
        let mut content: Vec<_> = parent.content().collect();
        let own = Item::Element(self.element);
        let Some(at) = content.iter().position(|item| *item == own) else {
            return content;
        };
        match self.change {
            "first" => {
                content.remove(at);
                content.insert(0, own);
            }
            "last" => {
                content.remove(at);
                content.push(own);
            }
            "remove" => drop(content.remove(at)),
            "twice" => content.insert(at, own),
            _ => {}
        }
        content
    }
}
