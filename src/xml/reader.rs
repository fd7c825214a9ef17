//! Reads XML strictly into a tree: what is ambiguous or needed by nobody in SAML is refused.
//!
//! No document type, so no entities of its own; no processing instructions; comments only between
//! elements, where they can split no value; each ID once. Sizes and depth are bounded.

mod lexical;

pub use lexical::is_white_space;

use super::problem::{XmlError, XmlProblem};
use super::tree::{
    Attribute, Content, Declaration, Document, Name, NamespaceRef, Node, Position, Tag, XML_NAMESPACE,
};
use super::writer::illegal_character;
use lexical::{attribute_value, is_absolute_uri, line_ends, malformed, prolog, referenced, split_name};
use quick_xml::Reader;
use quick_xml::events::Event;
use std::borrow::Cow;

/// How much is read at most.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Length of the text, bytes.
    pub bytes: usize,
    /// Elements inside each other.
    pub depth: usize,
    /// Elements, texts, attributes and namespace declarations together.
    pub items: usize,
}

impl Limits {
    /// For one protocol message (semantics 4.13).
    pub const MESSAGE: Self = Self {
        bytes: 256 * 1024,
        depth: 48,
        items: 20_000,
    };
    /// For metadata, which may describe a whole federation.
    pub const METADATA: Self = Self {
        bytes: 128 * 1024 * 1024,
        depth: 48,
        items: 8_000_000,
    };
}

/// Reads a whole document.
///
/// # Errors
/// The first thing in `text` that is not well-formed, not allowed or beyond `limits`.
pub fn read(text: &str, limits: Limits) -> Result<Document<'_>, XmlError> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let failed = |offset, problem| {
        Err(XmlError {
            problem,
            position: Position::of(text, offset),
        })
    };
    if text.len() > limits.bytes {
        return failed(0, XmlProblem::Size);
    }
    if let Some(character) = illegal_character(text) {
        return failed(
            text.find(character).unwrap_or_default(),
            XmlProblem::Character(character),
        );
    }
    // The tokenizer would skip this one as well, and its offsets would be off by as much.
    if text.starts_with('\u{feff}') {
        return failed(0, XmlProblem::Malformed(OUTSIDE));
    }
    let mut builder = Builder::new(text, limits);
    let mut reader = Reader::from_str(text);
    reader.config_mut().check_comments = true;
    loop {
        let offset = position(reader.buffer_position());
        let event = match reader.read_event() {
            Ok(Event::Eof) => break,
            Ok(event) => event,
            Err(error) => return failed(position(reader.error_position()), malformed(&error)),
        };
        if let Err((offset, problem)) = builder.take(offset, event) {
            return failed(offset, problem);
        }
    }
    builder
        .finish()
        .or_else(|(offset, problem)| failed(offset, problem))
}

/// Where, and what.
type Refused = (usize, XmlProblem);

struct Builder<'a> {
    document: Document<'a>,
    limits: Limits,
    open: Vec<Open>,
    /// Declarations in scope, innermost last: indexes.
    scope: Vec<usize>,
    /// Attributes whose value is an ID: indexes.
    ids: Vec<usize>,
    /// Whether the last node is text that may still go on.
    text: TextNode,
}

/// An element whose end tag is still to come.
struct Open {
    index: usize,
    scope_before: usize,
    holds: Holds,
    /// Where its last comment is.
    comment: Option<usize>,
}

/// What an element was found to hold so far.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Holds {
    Nothing,
    Elements,
    /// Text other than white space, with or without elements.
    Text,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum TextNode {
    Ended,
    GoesOn,
}

impl<'a> Builder<'a> {
    fn new(source: &'a str, limits: Limits) -> Self {
        // Generous for signed messages, so that nothing moves while reading.
        let guess = (source.len() / 64).clamp(16, 4096);
        Self {
            document: Document {
                source,
                nodes: Vec::with_capacity(guess),
                attributes: Vec::with_capacity(guess),
                declarations: Vec::with_capacity(8),
            },
            limits,
            open: Vec::with_capacity(16),
            scope: Vec::with_capacity(8),
            ids: Vec::with_capacity(4),
            text: TextNode::Ended,
        }
    }

    fn take(&mut self, offset: usize, event: Event<'a>) -> Result<(), Refused> {
        let at = |problem| (offset, problem);
        match event {
            Event::Start(tag) => self.start(offset, tag.len(), tag.name().0.len()),
            Event::Empty(tag) => {
                self.start(offset, tag.len(), tag.name().0.len())?;
                self.end()
            }
            Event::End(_) => self.end(),
            Event::Text(text) if text.contains("]]>") => {
                Err(at(XmlProblem::Malformed("]]> in character data")))
            }
            Event::Text(text) if text.bytes().all(is_white_space) => {
                self.white_space(offset, line_ends(text.into_inner()))
            }
            Event::Text(text) => self.characters(offset, line_ends(text.into_inner())),
            Event::CData(text) => self.characters(offset, line_ends(text.into_inner())),
            Event::GeneralRef(reference) => {
                let character = referenced(&reference).map_err(at)?;
                self.characters(offset, Cow::Owned(character.to_string()))
            }
            Event::Comment(_) => {
                if let Some(around) = self.open.last_mut() {
                    around.comment = Some(offset);
                }
                Ok(())
            }
            Event::Decl(declaration) => prolog(offset, &declaration).map_err(at),
            Event::DocType(_) => Err(at(XmlProblem::Dtd)),
            Event::PI(_) => Err(at(XmlProblem::ProcessingInstruction)),
            Event::Eof => Ok(()),
        }
    }

    fn finish(mut self) -> Result<Document<'a>, Refused> {
        if self.document.nodes.is_empty() || !self.open.is_empty() {
            let what = "the document ends before its root element does";
            return Err((self.document.source.len(), XmlProblem::Malformed(what)));
        }
        let attributes = &self.document.attributes;
        self.ids.sort_unstable_by_key(|index| &*attributes[*index].value);
        let twice = self
            .ids
            .windows(2)
            .find(|pair| attributes[pair[0]].value == attributes[pair[1]].value);
        match twice {
            Some(pair) => Err((self.offset_of(pair[0].max(pair[1])), XmlProblem::DuplicateId)),
            None => Ok(self.document),
        }
    }

    /// The start tag whose `<` is at `offset`, of `length` bytes between the angle brackets.
    fn start(&mut self, offset: usize, length: usize, name_length: usize) -> Result<(), Refused> {
        let at = |problem| (offset, problem);
        let parent = match self.open.last_mut() {
            Some(around) => {
                if around.holds == Holds::Nothing {
                    around.holds = Holds::Elements;
                }
                around.index
            }
            None if self.document.nodes.is_empty() => 0,
            None => return Err(at(XmlProblem::Malformed("a second root element"))),
        };
        if self.open.len() >= self.limits.depth {
            return Err(at(XmlProblem::Depth(self.limits.depth)));
        }
        let content = &self.document.source[offset + 1..][..length];
        let (name, attributes) = content.split_at(name_length);
        let index = self.document.nodes.len();
        let first_attribute = self.document.attributes.len();
        let first_declaration = self.document.declarations.len();
        let scope_before = self.scope.len();
        self.read_attributes(offset + 1 + name_length, attributes, first_declaration)?;
        self.resolve_attributes(first_attribute).map_err(at)?;
        let (prefix, local) = split_name(name).map_err(at)?;
        let namespace = self.namespace_of(prefix).map_err(at)?;
        self.document.nodes.push(Node {
            content: Content::Element(Tag {
                name: Name {
                    prefix,
                    local,
                    namespace,
                },
                attributes: (first_attribute, self.document.attributes.len()),
                declarations: (first_declaration, self.document.declarations.len()),
                parent,
                offset,
            }),
            end: index + 1,
        });
        self.open.push(Open {
            index,
            scope_before,
            holds: Holds::Nothing,
            comment: None,
        });
        self.text = TextNode::Ended;
        self.count().map_err(at)
    }

    fn end(&mut self) -> Result<(), Refused> {
        self.text = TextNode::Ended;
        // The tokenizer refuses an end tag without its start tag.
        let Some(element) = self.open.pop() else {
            return Ok(());
        };
        self.scope.truncate(element.scope_before);
        self.document.nodes[element.index].end = self.document.nodes.len();
        match element.comment {
            Some(offset) if element.holds != Holds::Elements => Err((offset, XmlProblem::Comment)),
            _ => Ok(()),
        }
    }

    /// `S Name Eq AttValue`, repeated (XML 1.0 productions 40 and 41); `start` is where `rest` begins.
    fn read_attributes(
        &mut self,
        start: usize,
        mut rest: &'a str,
        first_declaration: usize,
    ) -> Result<(), Refused> {
        let whole = rest.len();
        loop {
            let trimmed = rest.trim_start_matches(WHITE_SPACE);
            let offset = start + whole - trimmed.len();
            let at = |problem| (offset, problem);
            let malformed = |what| Err(at(XmlProblem::Malformed(what)));
            if trimmed.is_empty() {
                return Ok(());
            }
            if trimmed.len() == rest.len() {
                return malformed("attributes without white space between them");
            }
            let Some((name, after)) = trimmed.split_once('=') else {
                return malformed("an attribute without a value");
            };
            let quoted = after.trim_start_matches(WHITE_SPACE);
            let Some(quote @ ('"' | '\'')) = quoted.chars().next() else {
                return malformed("an attribute value without quotes");
            };
            let Some((raw, after)) = quoted[1..].split_once(quote) else {
                return malformed("an attribute value without its closing quote");
            };
            rest = after;
            let (prefix, local) = split_name(name.trim_end_matches(WHITE_SPACE)).map_err(at)?;
            let value = attribute_value(raw).map_err(at)?;
            match (prefix, local) {
                ("", "xmlns") => self.declare("", value, first_declaration).map_err(at)?,
                ("xmlns", prefix) => self.declare(prefix, value, first_declaration).map_err(at)?,
                _ => self.document.attributes.push(Attribute {
                    name: Name {
                        prefix,
                        local,
                        namespace: NamespaceRef::Absent,
                    },
                    value,
                }),
            }
        }
    }

    /// Namespaces in XML 1.0 sections 3 and 5.
    fn declare(
        &mut self,
        prefix: &'a str,
        uri: Cow<'a, str>,
        first_declaration: usize,
    ) -> Result<(), XmlProblem> {
        match (prefix, &*uri) {
            ("xml", XML_NAMESPACE) => return Ok(()),
            ("xml" | "xmlns", _) | (_, XML_NAMESPACE | XMLNS_NAMESPACE) => {
                return Err(XmlProblem::Malformed("xml and xmlns are bound for good"));
            }
            ("", "") => {}
            (_, "") => return Err(XmlProblem::Malformed("a prefix bound to no namespace")),
            // Canonical XML 1.0 section 1.3: such a document has no canonical form.
            (_, uri) if !is_absolute_uri(uri) => {
                return Err(XmlProblem::Malformed(
                    "a namespace name that is not an absolute URI",
                ));
            }
            _ => {}
        }
        let here = &self.document.declarations[first_declaration..];
        if here.iter().any(|declaration| declaration.prefix == prefix) {
            return Err(XmlProblem::Malformed("the same attribute twice in one tag"));
        }
        if self.scope.len() >= MAX_DECLARATIONS_IN_SCOPE {
            return Err(XmlProblem::Size);
        }
        self.scope.push(self.document.declarations.len());
        self.document.declarations.push(Declaration { prefix, uri });
        Ok(())
    }

    /// Resolves the prefixes of the attributes from `first` on, notes their IDs and refuses two of one name.
    fn resolve_attributes(&mut self, first: usize) -> Result<(), XmlProblem> {
        if self.document.attributes.len() - first > MAX_ATTRIBUTES {
            return Err(XmlProblem::Size);
        }
        for at in first..self.document.attributes.len() {
            let Name { prefix, local, .. } = self.document.attributes[at].name;
            let namespace = match prefix {
                // The default namespace is not that of attributes.
                "" => NamespaceRef::Absent,
                prefix => self.namespace_of(prefix)?,
            };
            self.document.attributes[at].name.namespace = namespace;
            let uri = self.document.uri(namespace);
            let same = |other: &Attribute<'_>| {
                other.name.local == local && self.document.uri(other.name.namespace) == uri
            };
            if self.document.attributes[first..at].iter().any(same) {
                return Err(XmlProblem::Malformed("the same attribute twice in one tag"));
            }
            if matches!((prefix, local), ("", "ID" | "Id" | "id") | ("xml", "id")) {
                self.ids.push(at);
            }
        }
        Ok(())
    }

    fn namespace_of(&self, prefix: &str) -> Result<NamespaceRef, XmlProblem> {
        if prefix == "xml" {
            return Ok(NamespaceRef::Xml);
        }
        let declarations = &self.document.declarations;
        let mut innermost_first = self.scope.iter().rev();
        match innermost_first.find(|index| declarations[**index].prefix == prefix) {
            Some(index) if declarations[*index].uri.is_empty() => Ok(NamespaceRef::Absent),
            Some(index) => Ok(NamespaceRef::Declared(*index)),
            None if prefix.is_empty() => Ok(NamespaceRef::Absent),
            None => Err(XmlProblem::Malformed("a prefix that is not declared")),
        }
    }

    fn white_space(&mut self, offset: usize, text: Cow<'a, str>) -> Result<(), Refused> {
        if self.open.is_empty() {
            return Ok(());
        }
        self.push_text(offset, text)
    }

    fn characters(&mut self, offset: usize, text: Cow<'a, str>) -> Result<(), Refused> {
        let Some(around) = self.open.last_mut() else {
            return Err((offset, XmlProblem::Malformed(OUTSIDE)));
        };
        around.holds = Holds::Text;
        self.push_text(offset, text)
    }

    fn push_text(&mut self, offset: usize, text: Cow<'a, str>) -> Result<(), Refused> {
        if self.text == TextNode::GoesOn
            && let Some(Node {
                content: Content::Text(before),
                ..
            }) = self.document.nodes.last_mut()
        {
            before.to_mut().push_str(&text);
            return Ok(());
        }
        let end = self.document.nodes.len() + 1;
        self.document.nodes.push(Node {
            content: Content::Text(text),
            end,
        });
        self.text = TextNode::GoesOn;
        self.count().map_err(|problem| (offset, problem))
    }

    fn count(&self) -> Result<(), XmlProblem> {
        let Document {
            nodes,
            attributes,
            declarations,
            ..
        } = &self.document;
        if nodes.len() + attributes.len() + declarations.len() > self.limits.items {
            return Err(XmlProblem::Size);
        }
        Ok(())
    }

    /// Where the element with this attribute starts.
    fn offset_of(&self, attribute: usize) -> usize {
        let tags = self.document.nodes.iter().filter_map(|node| match &node.content {
            Content::Element(tag) => Some(tag),
            Content::Text(_) => None,
        });
        tags.filter(|tag| (tag.attributes.0..tag.attributes.1).contains(&attribute))
            .map(|tag| tag.offset)
            .next()
            .unwrap_or_default()
    }
}

fn position(offset: u64) -> usize {
    usize::try_from(offset).unwrap_or(usize::MAX)
}

const OUTSIDE: &str = "text outside the root element";
const WHITE_SPACE: [char; 4] = [' ', '\t', '\n', '\r'];
const XMLNS_NAMESPACE: &str = "http://www.w3.org/2000/xmlns/";
/// In one tag. Every pair of them is compared.
const MAX_ATTRIBUTES: usize = 256;
/// Every name is looked up among them.
const MAX_DECLARATIONS_IN_SCOPE: usize = 128;

#[cfg(test)]
mod tests;
