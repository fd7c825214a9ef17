//! Writes XML once in two forms: as it is sent, and as exclusive canonicalisation would render it.
//!
//! Both forms come from the same calls, so nothing is parsed or serialised again to be signed. They
//! are the same text except where they must differ: the sent form declares namespaces where the
//! layout wants them and keeps the order of attributes as listed, the canonical form declares a
//! prefix on the first element that visibly uses it and sorts (Exclusive XML Canonicalization 1.0
//! section 3, Canonical XML 1.0 section 2.3).

/// A namespace and the prefix it is always written with; the empty prefix is the default namespace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Namespace {
    pub prefix: &'static str,
    pub uri: &'static str,
}

pub const ASSERTION: Namespace = Namespace {
    prefix: "saml",
    uri: "urn:oasis:names:tc:SAML:2.0:assertion",
};
pub const PROTOCOL: Namespace = Namespace {
    prefix: "samlp",
    uri: "urn:oasis:names:tc:SAML:2.0:protocol",
};
pub const SIGNATURE: Namespace = Namespace {
    prefix: "",
    uri: "http://www.w3.org/2000/09/xmldsig#",
};
pub const SCHEMA: Namespace = Namespace {
    prefix: "xs",
    uri: "http://www.w3.org/2001/XMLSchema",
};
pub const INSTANCE: Namespace = Namespace {
    prefix: "xsi",
    uri: "http://www.w3.org/2001/XMLSchema-instance",
};

/// A name and its value, not yet escaped.
pub type XmlAttribute<'a> = (&'static str, &'a str);

/// A character that XML 1.0 cannot hold (section 2.2, Char), and where it was to be written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{place} holds U+{:04X}, a character that XML cannot hold", u32::from(*.character))]
pub struct IllegalCharacter {
    pub place: String,
    pub character: char,
}

/// The document being written.
#[derive(Debug, Default)]
pub struct Writer {
    sent: String,
    canonical: Option<Canonical>,
    open: Vec<Open>,
    declared: Vec<Namespace>,
    illegal: Option<IllegalCharacter>,
}

/// The canonical form of the element that is being captured.
#[derive(Debug, Default)]
struct Canonical {
    text: String,
    rendered: Vec<Namespace>,
}

#[derive(Debug)]
struct Open {
    name: &'static str,
    declared_before: usize,
    rendered_before: usize,
}

impl Writer {
    pub fn new() -> Self {
        Self {
            sent: String::with_capacity(CAPACITY),
            ..Self::default()
        }
    }

    /// From here on the canonical form is written too; the next element is its apex.
    pub fn capture(&mut self) {
        self.canonical = Some(Canonical {
            text: String::with_capacity(CAPACITY),
            rendered: Vec::new(),
        });
    }

    /// The canonical form of what was written since [`Self::capture`], which ends here.
    pub fn captured(&mut self) -> String {
        self.canonical.take().unwrap_or_default().text
    }

    /// Opens an element that declares `namespaces`.
    pub fn open(&mut self, name: &'static str, namespaces: &[Namespace], attributes: &[XmlAttribute<'_>]) {
        self.open.push(Open {
            name,
            declared_before: self.declared.len(),
            rendered_before: self.canonical.as_ref().map_or(0, |form| form.rendered.len()),
        });
        self.declared.extend_from_slice(namespaces);
        self.sent.push('<');
        self.sent.push_str(name);
        for namespace in namespaces {
            push_declaration(&mut self.sent, *namespace);
        }
        for (attribute, value) in attributes {
            let escaped = push_attribute(&mut self.sent, attribute, value);
            self.note(escaped, || format!("the attribute {attribute} of {name}"));
        }
        self.sent.push('>');
        if let Some(form) = &mut self.canonical {
            form.open(name, attributes, &self.declared);
        }
    }

    /// Writes text into the open element.
    pub fn text(&mut self, text: &str) {
        let start = self.sent.len();
        let escaped = escape(&mut self.sent, text, Place::Text);
        if let Some(form) = &mut self.canonical {
            form.text.push_str(&self.sent[start..]);
        }
        let name = self.open.last().map_or("", |element| element.name);
        self.note(escaped, || format!("the text of {name}"));
    }

    /// Closes the innermost open element.
    pub fn close(&mut self) {
        let Some(element) = self.open.pop() else { return };
        let start = self.sent.len();
        self.sent.push_str("</");
        self.sent.push_str(element.name);
        self.sent.push('>');
        self.declared.truncate(element.declared_before);
        if let Some(form) = &mut self.canonical {
            form.text.push_str(&self.sent[start..]);
            form.rendered.truncate(element.rendered_before);
        }
    }

    /// An element that holds nothing but text.
    pub fn element(&mut self, name: &'static str, attributes: &[XmlAttribute<'_>], text: &str) {
        self.open(name, &[], attributes);
        self.text(text);
        self.close();
    }

    /// Puts in an element that another writer made complete. Not while the canonical form is captured,
    /// because the element's own canonical form is not known here.
    pub fn embed(&mut self, element: &str) {
        debug_assert!(self.canonical.is_none(), "an embedded element cannot be captured");
        self.sent.push_str(element);
    }

    /// Bytes sent so far: where something can be inserted later.
    pub fn position(&self) -> usize {
        self.sent.len()
    }

    /// The sent form.
    ///
    /// # Errors
    /// The first character that XML cannot hold.
    pub fn finish(self) -> Result<String, IllegalCharacter> {
        debug_assert!(self.open.is_empty(), "every element is closed");
        self.illegal.map_or(Ok(self.sent), Err)
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

impl Canonical {
    fn open(&mut self, name: &str, attributes: &[XmlAttribute<'_>], declared: &[Namespace]) {
        self.text.push('<');
        self.text.push_str(name);
        let used_by_attributes = attributes
            .iter()
            .filter_map(|(name, _)| Some(name.split_once(':')?.0));
        let mut fresh: Vec<Namespace> = std::iter::once(prefix(name))
            .chain(used_by_attributes)
            .map(|prefix| lookup(declared, prefix))
            .filter(|namespace| lookup(&self.rendered, namespace.prefix).uri != namespace.uri)
            .collect();
        fresh.sort_unstable_by_key(|namespace| namespace.prefix);
        fresh.dedup();
        for namespace in &fresh {
            push_declaration(&mut self.text, *namespace);
        }
        self.rendered.append(&mut fresh);
        let mut sorted = attributes.to_vec();
        sorted.sort_unstable_by_key(|(name, _)| {
            name.split_once(':').map_or(("", *name), |(prefix, local)| {
                (lookup(declared, prefix).uri, local)
            })
        });
        for (attribute, value) in sorted {
            // A character that cannot be held was noted when the sent form was written.
            let _ = push_attribute(&mut self.text, attribute, value);
        }
        self.text.push('>');
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
    use proptest::prelude::*;

    fn forms(write: impl FnOnce(&mut Writer)) -> (String, String) {
        let mut writer = Writer::new();
        writer.capture();
        write(&mut writer);
        let canonical = writer.captured();
        (writer.finish().unwrap(), canonical)
    }

    #[test]
    fn a_declaration_moves_to_the_first_element_that_uses_it() {
        let (sent, canonical) = forms(|writer| {
            writer.open("saml:AttributeStatement", &[ASSERTION, SCHEMA, INSTANCE], &[]);
            for value in ["a", "b"] {
                writer.element("saml:AttributeValue", &[("xsi:type", "xs:string")], value);
            }
            writer.close();
        });
        assert_eq!(
            sent,
            "<saml:AttributeStatement xmlns:saml=\"urn:oasis:names:tc:SAML:2.0:assertion\" \
             xmlns:xs=\"http://www.w3.org/2001/XMLSchema\" \
             xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\">\
             <saml:AttributeValue xsi:type=\"xs:string\">a</saml:AttributeValue>\
             <saml:AttributeValue xsi:type=\"xs:string\">b</saml:AttributeValue></saml:AttributeStatement>"
        );
        assert_eq!(
            canonical,
            "<saml:AttributeStatement xmlns:saml=\"urn:oasis:names:tc:SAML:2.0:assertion\">\
             <saml:AttributeValue xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" xsi:type=\"xs:string\">\
             a</saml:AttributeValue>\
             <saml:AttributeValue xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" xsi:type=\"xs:string\">\
             b</saml:AttributeValue></saml:AttributeStatement>"
        );
    }

    #[test]
    fn the_apex_renders_the_namespaces_that_its_ancestors_declare() {
        let mut writer = Writer::new();
        writer.open("Signature", &[SIGNATURE], &[]);
        writer.capture();
        writer.open("SignedInfo", &[], &[]);
        writer.element("DigestValue", &[], "x");
        writer.close();
        let canonical = writer.captured();
        writer.close();
        assert_eq!(
            canonical,
            "<SignedInfo xmlns=\"http://www.w3.org/2000/09/xmldsig#\"><DigestValue>x</DigestValue></SignedInfo>"
        );
        assert_eq!(
            writer.finish().unwrap(),
            "<Signature xmlns=\"http://www.w3.org/2000/09/xmldsig#\"><SignedInfo><DigestValue>x</DigestValue>\
             </SignedInfo></Signature>"
        );
    }

    #[test]
    fn attributes_are_sent_as_listed_and_sorted_in_the_canonical_form() {
        let (sent, canonical) = forms(|writer| {
            writer.open("a", &[INSTANCE], &[("xsi:type", "t"), ("b", "1"), ("C", "2")]);
            writer.close();
        });
        assert!(sent.contains(" xsi:type=\"t\" b=\"1\" C=\"2\""), "{sent}");
        assert!(
            canonical.contains(" C=\"2\" b=\"1\" xsi:type=\"t\""),
            "{canonical}"
        );
    }

    #[test]
    fn markup_in_text_and_attributes_is_escaped() {
        let (sent, canonical) = forms(|writer| {
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
        writer.element("saml:Audience", &[], "a\u{b}");
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
            let (sent, canonical) = forms(|writer| writer.element("a", &[("b", &text)], &text));
            prop_assert_eq!(&sent, &canonical);
            let content = sent.strip_prefix("<a b=\"").unwrap().strip_suffix("</a>").unwrap();
            let (attribute, inner) = content.split_once("\">").unwrap();
            prop_assert!(!attribute.contains(['<', '"']) && !inner.contains(['<', '>']));
            prop_assert_eq!(quick_xml::escape::unescape(attribute).unwrap(), text.as_str());
            prop_assert_eq!(quick_xml::escape::unescape(inner).unwrap(), text.as_str());
        }
    }
}
