//! Writes XML once, directly as its own exclusive canonical form, so that what is hashed for a signature
//! is what is sent (Exclusive XML Canonicalization 1.0 section 3, Canonical XML 1.0 section 2.3).
//!
//! A prefix is declared on the first element whose name or attributes use it, attributes stand in
//! canonical order, text is escaped as canonicalisation does. One thing sent has no place in the
//! canonical form: a declaration that only values need (`xs` in `xsi:type="xs:string"`). It is written
//! [beside](Writer::open_beside), and [`Writer::canonical`] gives the octets around it.

use std::ops::Range;

/// A namespace and the prefix it is always written with; the empty prefix is the default namespace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Namespace {
    /// Empty for the default namespace.
    pub prefix: &'static str,
    /// Its name.
    pub uri: &'static str,
}

/// SAML core 1.1
pub const ASSERTION: Namespace = Namespace {
    prefix: "saml",
    uri: "urn:oasis:names:tc:SAML:2.0:assertion",
};
/// SAML core 1.1
pub const PROTOCOL: Namespace = Namespace {
    prefix: "samlp",
    uri: "urn:oasis:names:tc:SAML:2.0:protocol",
};
/// XML Signature 1.0
pub const SIGNATURE: Namespace = Namespace {
    prefix: "",
    uri: "http://www.w3.org/2000/09/xmldsig#",
};
/// XML Schema
pub const SCHEMA: Namespace = Namespace {
    prefix: "xs",
    uri: "http://www.w3.org/2001/XMLSchema",
};
/// XML Schema, attributes of instances
pub const INSTANCE: Namespace = Namespace {
    prefix: "xsi",
    uri: "http://www.w3.org/2001/XMLSchema-instance",
};

/// A name and its value, not yet escaped.
pub(super) type XmlAttribute<'a> = (&'static str, &'a str);

/// A character that XML 1.0 cannot hold (section 2.2, Char), and where it was to be written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{place} holds U+{:04X}, a character that XML cannot hold", u32::from(*.character))]
pub struct IllegalCharacter {
    /// For people.
    pub place: String,
    /// The character.
    pub character: char,
}

/// The document being written.
#[derive(Debug, Default)]
pub struct Writer {
    text: String,
    open: Vec<Open>,
    /// Declarations in scope, innermost last.
    rendered: Vec<Namespace>,
    /// What is sent and not canonical: byte ranges in order.
    beside: Vec<Range<usize>>,
    illegal: Option<IllegalCharacter>,
}

#[derive(Debug)]
struct Open {
    name: &'static str,
    rendered_before: usize,
}

impl Writer {
    /// An empty document.
    pub fn new() -> Self {
        Self {
            text: String::with_capacity(CAPACITY),
            ..Self::default()
        }
    }

    /// Opens an element. `namespaces` are those that its name and its attributes use and that may not be
    /// declared yet, by prefix; `attributes` are in canonical order (by namespace, then by name).
    pub fn open(&mut self, name: &'static str, namespaces: &[Namespace], attributes: &[XmlAttribute<'_>]) {
        self.open_tag(name, namespaces);
        self.finish_tag(name, attributes);
    }

    /// Opens an element without attributes that declares `beside` for values below it, though no name uses
    /// them: what canonicalisation leaves out.
    pub fn open_beside(&mut self, name: &'static str, beside: &[Namespace]) {
        self.open_tag(name, &[]);
        let start = self.text.len();
        for namespace in beside {
            push_declaration(&mut self.text, *namespace);
        }
        self.beside.push(start..self.text.len());
        self.finish_tag(name, &[]);
    }

    /// Writes text into the open element.
    pub fn text(&mut self, text: &str) {
        let escaped = escape(&mut self.text, text, Place::Text);
        let name = self.open.last().map_or("", |element| element.name);
        self.note(escaped, || format!("the text of {name}"));
    }

    /// Closes the innermost open element.
    pub fn close(&mut self) {
        let Some(element) = self.open.pop() else { return };
        self.text.push_str("</");
        self.text.push_str(element.name);
        self.text.push('>');
        self.rendered.truncate(element.rendered_before);
    }

    /// An element that holds nothing but text.
    pub fn element(&mut self, name: &'static str, attributes: &[XmlAttribute<'_>], text: &str) {
        self.open(name, &[], attributes);
        self.text(text);
        self.close();
    }

    /// Text that is known to need no escaping, such as base64.
    pub fn plain(&mut self, text: &str) {
        debug_assert!(
            !text.contains(['&', '<', '>', '\r']),
            "text that has to be escaped"
        );
        self.text.push_str(text);
    }

    /// Bytes written so far: where something can be inserted later.
    pub fn position(&self) -> usize {
        self.text.len()
    }

    /// What was written from `start` on.
    pub fn written(&self, start: usize) -> &str {
        &self.text[start..]
    }

    /// The canonical form of the element that was written from `start` on, in slices.
    pub fn canonical(&self, start: usize) -> impl Iterator<Item = &str> {
        let gaps = self.beside.iter().filter(move |gap| gap.start >= start);
        let starts = std::iter::once(start).chain(gaps.clone().map(|gap| gap.end));
        let ends = gaps.map(|gap| gap.start).chain(std::iter::once(self.text.len()));
        starts.zip(ends).map(|(from, to)| &self.text[from..to])
    }

    /// Puts a whole element, canonical where it comes to stand, before what was written after `place`.
    pub fn insert(&mut self, place: usize, element: &str) {
        self.text.insert_str(place, element);
        for gap in &mut self.beside {
            if gap.start >= place {
                *gap = gap.start + element.len()..gap.end + element.len();
            }
        }
    }

    /// The document.
    ///
    /// # Errors
    /// The first character that XML cannot hold.
    pub fn finish(self) -> Result<String, IllegalCharacter> {
        debug_assert!(self.open.is_empty(), "every element is closed");
        self.illegal.map_or(Ok(self.text), Err)
    }

    fn open_tag(&mut self, name: &'static str, namespaces: &[Namespace]) {
        debug_assert!(
            namespaces.is_sorted_by_key(|namespace| namespace.prefix),
            "declarations are in canonical order"
        );
        self.open.push(Open {
            name,
            rendered_before: self.rendered.len(),
        });
        self.text.push('<');
        self.text.push_str(name);
        for namespace in namespaces {
            if lookup(&self.rendered, namespace.prefix).uri != namespace.uri {
                push_declaration(&mut self.text, *namespace);
                self.rendered.push(*namespace);
            }
        }
    }

    fn finish_tag(&mut self, name: &'static str, attributes: &[XmlAttribute<'_>]) {
        debug_assert!(self.is_declared(prefix(name)), "{name} has no namespace");
        debug_assert!(
            attributes
                .iter()
                .all(|(name, _)| prefix(name).is_empty() || self.is_declared(prefix(name))),
            "an attribute of {name} has no namespace"
        );
        debug_assert!(
            attributes.is_sorted_by_key(|(name, _)| {
                let (prefix, local) = name.split_once(':').unwrap_or(("", name));
                let uri = if prefix.is_empty() {
                    ""
                } else {
                    lookup(&self.rendered, prefix).uri
                };
                (uri, local)
            }),
            "the attributes of {name} are in canonical order"
        );
        for (attribute, value) in attributes {
            let escaped = push_attribute(&mut self.text, attribute, value);
            self.note(escaped, || format!("the attribute {attribute} of {name}"));
        }
        self.text.push('>');
    }

    /// Without a prefix a name may be in no namespace.
    fn is_declared(&self, prefix: &str) -> bool {
        prefix.is_empty() || !lookup(&self.rendered, prefix).uri.is_empty()
    }

    fn note(&mut self, escaped: Result<(), char>, place: impl FnOnce() -> String) {
        if let Err(character) = escaped
            && self.illegal.is_none()
        {
            self.illegal = Some(IllegalCharacter {
                place: place(),
                character,
            });
        }
    }
}

/// The first character of `text` that XML 1.0 cannot hold (section 2.2, Char).
pub fn illegal_character(text: &str) -> Option<char> {
    // Most texts are plain ASCII, where a look at the bytes is enough.
    if !text.bytes().any(|byte| byte < 0x20 || byte == 0xef) {
        return None;
    }
    text.chars().find(|character| is_illegal(*character))
}

/// Whether XML 1.0 cannot hold `character`.
pub fn is_illegal(character: char) -> bool {
    matches!(character, '\u{0}'..='\u{8}' | '\u{b}' | '\u{c}' | '\u{e}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}')
}

/// Where text stands, which decides what is escaped.
#[derive(Clone, Copy)]
pub(super) enum Place {
    Attribute,
    Text,
}

/// Enough for most documents, so that they are written without moving.
const CAPACITY: usize = 16 * 1024;

fn prefix(name: &str) -> &str {
    name.split_once(':').map_or("", |(prefix, _)| prefix)
}

fn lookup(namespaces: &[Namespace], prefix: &str) -> Namespace {
    const NONE: Namespace = Namespace { prefix: "", uri: "" };
    let found = namespaces
        .iter()
        .rev()
        .find(|namespace| namespace.prefix == prefix);
    found.copied().unwrap_or(NONE)
}

fn push_declaration(target: &mut String, namespace: Namespace) {
    target.push_str(" xmlns");
    if !namespace.prefix.is_empty() {
        target.push(':');
        target.push_str(namespace.prefix);
    }
    target.push_str("=\"");
    target.push_str(namespace.uri);
    target.push('"');
}

fn push_attribute(target: &mut String, name: &str, value: &str) -> Result<(), char> {
    target.push(' ');
    target.push_str(name);
    target.push_str("=\"");
    let escaped = escape(target, value, Place::Attribute);
    target.push('"');
    escaped
}

/// Canonical XML 1.0 section 2.3, text and attribute nodes. The error is the first character that XML
/// cannot hold; it is left in the text, which must not be used.
pub(super) fn escape(target: &mut String, text: &str, place: Place) -> Result<(), char> {
    let mut illegal = Ok(());
    let mut plain = 0;
    let special = |(_, byte): &(usize, u8)| SPECIAL[usize::from(*byte)];
    for (at, byte) in text.bytes().enumerate().filter(special) {
        let reference = match (byte, place) {
            (b'&', _) => "&amp;",
            (b'<', _) => "&lt;",
            (b'>', Place::Text) => "&gt;",
            (b'"', Place::Attribute) => "&quot;",
            (b'\t', Place::Attribute) => "&#x9;",
            (b'\n', Place::Attribute) => "&#xA;",
            (b'\r', _) => "&#xD;",
            // A control character, or the first byte of U+FFFE and U+FFFF among others.
            (0..=0x1f | 0xef, _) => {
                let character = text[at..].chars().next();
                illegal = illegal.and(
                    character
                        .filter(|character| is_illegal(*character))
                        .map_or(Ok(()), Err),
                );
                continue;
            }
            _ => continue,
        };
        target.push_str(&text[plain..at]);
        target.push_str(reference);
        plain = at + 1;
    }
    target.push_str(&text[plain..]);
    illegal
}

/// Bytes at which [`escape`] has to look twice: a table, because most bytes are not among them.
const SPECIAL: [bool; 256] = {
    let mut special = [false; 256];
    let mut control = 0;
    while control < 0x20 {
        special[control] = true;
        control += 1;
    }
    special[b'"' as usize] = true;
    special[b'&' as usize] = true;
    special[b'<' as usize] = true;
    special[b'>' as usize] = true;
    special[0xef] = true;
    special
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::xml::{Limits, exclusive, read};
    use proptest::prelude::*;

    fn written(write: impl FnOnce(&mut Writer)) -> (String, String) {
        let mut writer = Writer::new();
        write(&mut writer);
        let canonical = writer.canonical(0).collect();
        (writer.finish().unwrap(), canonical)
    }

    #[test]
    fn a_prefix_is_declared_where_it_is_used_and_not_declared_yet() {
        let (sent, canonical) = written(|writer| {
            writer.open("samlp:Response", &[PROTOCOL], &[]);
            writer.open("saml:Issuer", &[ASSERTION], &[]);
            writer.close();
            writer.open("saml:Assertion", &[ASSERTION], &[]);
            writer.open("saml:Issuer", &[ASSERTION], &[]);
            writer.close();
            writer.close();
            writer.close();
        });
        assert_eq!(
            sent,
            "<samlp:Response xmlns:samlp=\"urn:oasis:names:tc:SAML:2.0:protocol\">\
             <saml:Issuer xmlns:saml=\"urn:oasis:names:tc:SAML:2.0:assertion\"></saml:Issuer>\
             <saml:Assertion xmlns:saml=\"urn:oasis:names:tc:SAML:2.0:assertion\"><saml:Issuer></saml:Issuer>\
             </saml:Assertion></samlp:Response>"
        );
        assert_eq!(sent, canonical);
    }

    #[test]
    fn what_only_values_need_is_sent_and_is_not_canonical() {
        let (sent, canonical) = written(|writer| {
            writer.open_beside("AttributeStatement", &[SCHEMA, INSTANCE]);
            writer.open("AttributeValue", &[INSTANCE], &[("xsi:type", "xs:string")]);
            writer.text("a");
            writer.close();
            writer.insert(0, "");
            writer.close();
        });
        let gap = " xmlns:xs=\"http://www.w3.org/2001/XMLSchema\" \
                   xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\"";
        assert_eq!(
            sent,
            format!(
                "<AttributeStatement{gap}><AttributeValue \
                 xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" xsi:type=\"xs:string\">a</AttributeValue>\
                 </AttributeStatement>"
            )
        );
        assert_eq!(sent.replacen(gap, "", 1), canonical);
        let document = read(&sent, Limits::MESSAGE).unwrap();
        assert_eq!(exclusive(document.root(), None, &[]), canonical);
    }

    #[test]
    fn what_is_inserted_moves_what_is_beside() {
        let mut writer = Writer::new();
        writer.open("a", &[], &[]);
        let place = writer.position();
        writer.open_beside("b", &[SCHEMA]);
        writer.close();
        writer.insert(place, "<c></c>");
        writer.close();
        assert_eq!(writer.canonical(0).collect::<String>(), "<a><c></c><b></b></a>");
        assert_eq!(writer.canonical(place).collect::<String>(), "<c></c><b></b></a>");
    }

    #[test]
    fn markup_in_text_and_attributes_is_escaped() {
        let (sent, canonical) = written(|writer| {
            writer.element("a", &[("b", "<&>\"'\t\n\r")], "<&>\"'\t\n\r]]>");
        });
        assert_eq!(
            sent,
            "<a b=\"&lt;&amp;>&quot;'&#x9;&#xA;&#xD;\">&lt;&amp;&gt;\"'\t\n&#xD;]]&gt;</a>"
        );
        assert_eq!(sent, canonical);
    }

    #[test]
    fn a_character_that_xml_cannot_hold_is_an_error_that_names_the_place() {
        let mut writer = Writer::new();
        writer.open("saml:Audience", &[ASSERTION], &[]);
        writer.text("a\u{b}");
        writer.close();
        assert_eq!(
            writer.finish().unwrap_err().to_string(),
            "the text of saml:Audience holds U+000B, a character that XML cannot hold"
        );
        let mut writer = Writer::new();
        writer.element("a", &[("b", "\u{ffff}")], "");
        assert_eq!(
            writer.finish().unwrap_err().to_string(),
            "the attribute b of a holds U+FFFF, a character that XML cannot hold"
        );
    }

    proptest! {
        #[test]
        fn what_a_reader_gets_is_what_was_written(text in "[^\u{0}-\u{8}\u{b}\u{c}\u{e}-\u{1f}\u{fffe}\u{ffff}]*") {
            let (sent, canonical) = written(|writer| writer.element("a", &[("b", &text)], &text));
            prop_assert_eq!(&sent, &canonical);
            let document = read(&sent, Limits::MESSAGE).unwrap();
            prop_assert_eq!(document.root().attribute("b"), Some(&*text));
            prop_assert_eq!(document.root().value(), Some(&*text));
            prop_assert_eq!(exclusive(document.root(), None, &[]), sent);
        }
    }
}
