//! Writes XML once, directly as its own exclusive canonical form, so that what is hashed for a signature
//! is what is sent (Exclusive XML Canonicalization 1.0 section 3, Canonical XML 1.0 section 2.3).
//!
//! A prefix is declared on the first element whose name or attributes use it, attributes stand in
//! canonical order, text is escaped as canonicalisation does. Whoever has a prefix declared further out
//! says what the canonical form is.

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
#[error("{place} holds U+{:04X}, a character that XML cannot hold; take the character out", u32::from(*.character))]
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
            open: Vec::with_capacity(DEPTH),
            rendered: Vec::with_capacity(DEPTH),
            ..Self::default()
        }
    }

    /// Opens an element. `namespaces` are those that its name and its attributes use and that may not be
    /// declared yet, by prefix; `attributes` are in canonical order (by namespace, then by name).
    pub fn open(&mut self, name: &'static str, namespaces: &[Namespace], attributes: &[XmlAttribute<'_>]) {
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

    /// Tags or parts of tags that are always the same; what they make together is canonical where it stands.
    pub fn markup(&mut self, tags: &'static str) {
        self.text.push_str(tags);
    }

    /// An attribute between two parts of a tag, in canonical order among those of the tag.
    pub fn attribute(&mut self, name: &'static str, value: &str) {
        let escaped = push_attribute(&mut self.text, name, value);
        self.note(escaped, || format!("an attribute {name}"));
    }

    /// Text that is known to need no escaping, such as a certificate's base64.
    pub fn plain(&mut self, text: &str) {
        debug_assert!(
            !text.contains(['&', '<', '>', '\r']),
            "text that has to be escaped"
        );
        self.text.push_str(text);
    }

    /// `octets` in base64 without line breaks.
    pub fn base64(&mut self, octets: &[u8]) {
        let length = base64_simd::STANDARD.encoded_length(octets.len());
        if self.text.len() + length > self.text.capacity() {
            // Not twice what there was: a large value is the last thing that takes much room.
            self.text.reserve_exact(length + CAPACITY / 4);
        }
        base64_simd::STANDARD.encode_append(octets, &mut self.text);
    }

    /// Bytes written so far: where something can be inserted later.
    pub fn position(&self) -> usize {
        self.text.len()
    }

    /// What was written from `start` on.
    ///
    /// # Errors
    /// The first character in the document that XML cannot hold: it is not to be signed.
    pub fn written(&self, start: usize) -> Result<&str, IllegalCharacter> {
        match &self.illegal {
            None => Ok(&self.text[start..]),
            Some(illegal) => Err(illegal.clone()),
        }
    }

    /// Puts a whole element, canonical where it comes to stand, before what was written after `place`.
    pub fn insert(&mut self, place: usize, element: &str) {
        self.text.insert_str(place, element);
    }

    /// The document.
    ///
    /// # Errors
    /// The first character that XML cannot hold.
    pub fn finish(self) -> Result<String, IllegalCharacter> {
        debug_assert!(self.open.is_empty(), "every element is closed");
        self.illegal.map_or(Ok(self.text), Err)
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
    // Most texts are plain ASCII, where a look at the bytes is enough: by blocks without an early end, which the
    // compiler turns into vector instructions.
    let suspicious = |byte: &u8| byte < &0x20 && !matches!(byte, b'\t' | b'\n' | b'\r') || byte == &0xef;
    let any = |block: &[u8]| block.iter().fold(false, |found, byte| found | suspicious(byte));
    if !text.as_bytes().chunks(64).any(any) {
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
/// Elements open at the same time, and declarations in scope, in most documents.
const DEPTH: usize = 8;

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
    if is_plain(text.as_bytes()) {
        target.push_str(text);
        return Ok(());
    }
    let mut illegal = Ok(());
    let mut plain = 0;
    for (at, byte) in text.bytes().enumerate().filter(|(_, byte)| is_special(*byte)) {
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

/// Whether [`escape`] has nothing to do, as for most texts.
fn is_plain(text: &[u8]) -> bool {
    let Some(last) = text.last_chunk() else {
        return !text.iter().copied().any(is_special);
    };
    // Without branches, and the last word where it ends, so that there is no rest.
    let (words, _) = text.as_chunks();
    words
        .iter()
        .fold(specials(*last), |found, word| found | specials(*word))
        == 0
}

/// Whether [`escape`] has to look twice.
fn is_special(byte: u8) -> bool {
    matches!(byte, 0..=0x1f | b'"' | b'&' | b'<' | b'>' | 0xef)
}

/// [`is_special`] for eight bytes at once: not zero if one of them is.
fn specials(word: [u8; 8]) -> u64 {
    let word = u64::from_le_bytes(word);
    let each = |byte: u8| u64::from_le_bytes([byte; 8]);
    // A subtraction that borrows sets the high bit of a byte that did not have it.
    let zero = |word: u64| word.wrapping_sub(each(1)) & !word;
    let control = word.wrapping_sub(each(0x20)) & !word;
    // Two characters that differ in one bit are looked for with that bit set.
    let quote_or_ampersand = zero((word | each(b'"' ^ b'&')) ^ each(b'"' | b'&'));
    let angle = zero((word | each(b'<' ^ b'>')) ^ each(b'<' | b'>'));
    (control | quote_or_ampersand | angle | zero(word ^ each(0xef))) & each(0x80)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::xml::{Limits, exclusive, read};
    use proptest::prelude::*;

    /// What was written, and what our reader and canonicaliser make of it.
    fn written(write: impl FnOnce(&mut Writer)) -> (String, String) {
        let mut writer = Writer::new();
        write(&mut writer);
        let sent = writer.finish().unwrap();
        let canonical = exclusive(read(&sent, Limits::MESSAGE).unwrap().root(), None, &[]);
        (sent, canonical)
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
    fn a_special_byte_is_found_at_every_place() {
        for length in 1..=33 {
            let mut text = vec![b' '; length];
            for place in 0..length {
                for byte in 0..=u8::MAX {
                    text[place] = byte;
                    assert_eq!(
                        is_plain(&text),
                        !is_special(byte),
                        "{byte} at {place} of {length}"
                    );
                    text[place] = 0xff;
                }
            }
        }
        assert!(is_plain(b""));
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
            "the text of saml:Audience holds U+000B, a character that XML cannot hold; take the character out"
        );
        let mut writer = Writer::new();
        writer.element("a", &[("b", "\u{ffff}")], "");
        assert_eq!(
            writer.finish().unwrap_err().to_string(),
            "the attribute b of a holds U+FFFF, a character that XML cannot hold; take the character out"
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
        }
    }
}
