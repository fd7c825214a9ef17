//! XML with one element a line, for reading only, and where an element stands.

use crate::xml::{Element, Item};
use std::fmt::Write as _;

/// The element and all below it. Elements that hold only text stay on one line.
pub(super) fn indented(element: Element<'_>) -> String {
    let mut text = String::new();
    push_element(&mut text, element, 0);
    text
}

/// `Response/Assertion (line 1, column 20)`.
pub(super) fn place(element: Element<'_>) -> String {
    let mut names = vec![element.local()];
    let mut here = element;
    while let Some(around) = here.parent() {
        names.push(around.local());
        here = around;
    }
    names.reverse();
    format!("{} ({})", names.join("/"), element.position())
}

// As deep as the reader lets documents be.
fn push_element(text: &mut String, element: Element<'_>, depth: usize) {
    let indent = "  ".repeat(depth);
    let name = qualified(element.prefix(), element.local());
    let _ = write!(text, "{indent}<{name}");
    for (prefix, uri) in element.declarations() {
        let name = if prefix.is_empty() {
            "xmlns".to_owned()
        } else {
            qualified("xmlns", prefix)
        };
        let _ = write!(text, " {name}=\"{}\"", escaped(uri));
    }
    for attribute in element.attributes() {
        let name = qualified(attribute.prefix, attribute.local);
        let _ = write!(text, " {name}=\"{}\"", escaped(attribute.value));
    }
    match element.value() {
        Some("") => text.push_str("/>\n"),
        Some(value) => {
            let _ = writeln!(text, ">{}</{name}>", escaped(value));
        }
        None => {
            text.push_str(">\n");
            for item in element.content() {
                match item {
                    Item::Element(child) => push_element(text, child, depth + 1),
                    Item::Text(value) if value.trim().is_empty() => {}
                    Item::Text(value) => {
                        let _ = writeln!(text, "{indent}  {}", escaped(value.trim()));
                    }
                }
            }
            let _ = writeln!(text, "{indent}</{name}>");
        }
    }
}

fn qualified(prefix: &str, local: &str) -> String {
    if prefix.is_empty() {
        local.to_owned()
    } else {
        format!("{prefix}:{local}")
    }
}

fn escaped(value: &str) -> String {
    let mut escaped = String::with_capacity(value.len());
    for character in value.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\t' | '\n' | '\r' => {
                let _ = write!(escaped, "&#{};", u32::from(character));
            }
            other => escaped.push(other),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::xml::{self, Limits};

    #[test]
    fn one_element_a_line_and_nothing_of_it_is_lost() {
        let source = "<a xmlns=\"urn:a\" xmlns:b='urn:b' b:c='&#13;\"'><b:d>x &amp; y</b:d>\n <e/>z</a>";
        let document = xml::read(source, Limits::MESSAGE).unwrap();
        let text = indented(document.root());
        assert_eq!(
            text,
            "<a xmlns=\"urn:a\" xmlns:b=\"urn:b\" b:c=\"&#13;&quot;\">\n  <b:d>x &amp; y</b:d>\n  <e/>\n  z\n</a>\n"
        );
        let again = xml::read(&text, Limits::MESSAGE).unwrap();
        assert_eq!(indented(again.root()), text);
        let inner = document.root().children().nth(1).unwrap();
        assert_eq!(place(inner), "a/e (line 2, column 2)");
    }
}
