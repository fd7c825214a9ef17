//! A document as it was read: elements, attributes and text, with every prefix resolved.
//!
//! The nodes of a document lie in one list in document order, and each knows where its subtree ends;
//! so walking needs no recursion, whatever the depth.

use std::borrow::Cow;
use std::fmt;

/// A whole document; made by [`super::read`] only.
#[derive(Debug)]
pub struct Document<'a> {
    pub(super) source: &'a str,
    pub(super) nodes: Vec<Node<'a>>,
    pub(super) attributes: Vec<Attribute<'a>>,
    pub(super) declarations: Vec<Declaration<'a>>,
}

/// One node and everything below it: `nodes[index..end]`.
#[derive(Debug)]
pub(super) struct Node<'a> {
    pub content: Content<'a>,
    pub end: usize,
}

#[derive(Debug)]
pub(super) enum Content<'a> {
    Element(Tag<'a>),
    /// Character data with references resolved and line ends as `\n`; never two in a row.
    Text(Cow<'a, str>),
}

/// A start tag.
#[derive(Debug)]
pub(super) struct Tag<'a> {
    pub name: Name<'a>,
    /// `attributes[from..to]`, without namespace declarations.
    pub attributes: (usize, usize),
    /// `declarations[from..to]`.
    pub declarations: (usize, usize),
    /// Index of the element around it; its own for the root.
    pub parent: usize,
    /// Byte in the source.
    pub offset: usize,
}

/// A qualified name with its namespace.
#[derive(Clone, Copy, Debug)]
pub(super) struct Name<'a> {
    pub prefix: &'a str,
    pub local: &'a str,
    pub namespace: NamespaceRef,
}

/// Which namespace a name is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NamespaceRef {
    Absent,
    /// Index of the declaration.
    Declared(usize),
    /// That of the prefix `xml`.
    Xml,
}

/// `xmlns="uri"` or `xmlns:prefix="uri"`.
#[derive(Debug)]
pub(super) struct Declaration<'a> {
    pub prefix: &'a str,
    pub uri: Cow<'a, str>,
}

/// An attribute that is not a namespace declaration.
#[derive(Debug)]
pub(super) struct Attribute<'a> {
    pub name: Name<'a>,
    pub value: Cow<'a, str>,
}

impl Document<'_> {
    /// The outermost element.
    pub fn root(&self) -> Element<'_> {
        Element {
            document: self,
            index: 0,
        }
    }

    pub(super) fn uri(&self, namespace: NamespaceRef) -> &str {
        match namespace {
            NamespaceRef::Absent => "",
            NamespaceRef::Declared(index) => &self.declarations[index].uri,
            NamespaceRef::Xml => XML_NAMESPACE,
        }
    }
}

/// One element of a document.
#[derive(Clone, Copy)]
pub struct Element<'d> {
    pub(super) document: &'d Document<'d>,
    pub(super) index: usize,
}

impl<'d> Element<'d> {
    /// Name without prefix.
    pub fn local(self) -> &'d str {
        self.tag().name.local
    }

    /// The prefix that the name was written with; empty for none.
    pub fn prefix(self) -> &'d str {
        self.tag().name.prefix
    }

    /// Namespace of the name; empty for none.
    pub fn namespace(self) -> &'d str {
        self.document.uri(self.tag().name.namespace)
    }

    /// Whether the element has this name in this namespace.
    pub fn is(self, namespace: &str, local: &str) -> bool {
        self.local() == local && self.namespace() == namespace
    }

    /// Value of the attribute `local` that is in no namespace.
    pub fn attribute(self, local: &str) -> Option<&'d str> {
        self.attribute_in("", local)
    }

    /// Value of the attribute `local` in `namespace`.
    pub fn attribute_in(self, namespace: &str, local: &str) -> Option<&'d str> {
        self.attributes()
            .find(|attribute| attribute.local == local && attribute.namespace == namespace)
            .map(|attribute| attribute.value)
    }

    /// All attributes in the order of the document, without namespace declarations.
    pub fn attributes(self) -> impl Iterator<Item = ElementAttribute<'d>> {
        let (from, to) = self.tag().attributes;
        let document = self.document;
        document.attributes[from..to]
            .iter()
            .map(move |attribute| ElementAttribute {
                prefix: attribute.name.prefix,
                local: attribute.name.local,
                namespace: document.uri(attribute.name.namespace),
                value: &attribute.value,
            })
    }

    /// The namespaces declared here: prefix, empty for the default one, and URI, empty for none.
    pub fn declarations(self) -> impl Iterator<Item = (&'d str, &'d str)> {
        let (from, to) = self.tag().declarations;
        let declarations = self.document.declarations[from..to].iter();
        declarations.map(|declaration| (declaration.prefix, &*declaration.uri))
    }

    /// The elements directly inside.
    pub fn children(self) -> impl Iterator<Item = Element<'d>> {
        self.content().filter_map(|content| match content {
            Item::Element(element) => Some(element),
            Item::Text(_) => None,
        })
    }

    /// The elements and texts directly inside.
    pub fn content(self) -> impl Iterator<Item = Item<'d>> {
        let document = self.document;
        let end = document.nodes[self.index].end;
        let mut next = self.index + 1;
        std::iter::from_fn(move || {
            let index = next;
            let node = document.nodes[..end].get(index)?;
            next = node.end;
            Some(match &node.content {
                Content::Element(_) => Item::Element(Element { document, index }),
                Content::Text(text) => Item::Text(text),
            })
        })
    }

    /// The elements named so directly inside.
    pub fn children_named(self, namespace: &str, local: &str) -> impl Iterator<Item = Element<'d>> {
        self.children().filter(move |child| child.is(namespace, local))
    }

    /// The first element named so directly inside.
    pub fn child(self, namespace: &str, local: &str) -> Option<Element<'d>> {
        self.children_named(namespace, local).next()
    }

    /// This element and all below it, in document order.
    pub fn descendants(self) -> impl Iterator<Item = Element<'d>> {
        let document = self.document;
        (self.index..document.nodes[self.index].end)
            .filter(move |index| matches!(document.nodes[*index].content, Content::Element(_)))
            .map(move |index| Element { document, index })
    }

    /// The element around it.
    pub fn parent(self) -> Option<Element<'d>> {
        let parent = self.tag().parent;
        (parent != self.index).then_some(Element {
            document: self.document,
            index: parent,
        })
    }

    /// The character data of an element that holds no elements; `None` if it does.
    pub fn value(self) -> Option<&'d str> {
        let mut content = self.content();
        match content.next() {
            None => Some(""),
            // Texts are never split, so one text is all there is unless an element follows.
            Some(Item::Text(text)) => content.next().is_none().then_some(text),
            Some(Item::Element(_)) => None,
        }
    }

    /// Where it starts.
    pub fn position(self) -> Position {
        Position::of(self.document.source, self.tag().offset)
    }

    /// The URI that `prefix` is bound to here; the empty prefix is the default namespace.
    pub fn namespace_of(self, prefix: &str) -> Option<&'d str> {
        let mut element = Some(self);
        while let Some(here) = element {
            let (from, to) = here.tag().declarations;
            let mut declarations = self.document.declarations[from..to].iter();
            if let Some(found) = declarations.find(|declaration| declaration.prefix == prefix) {
                return Some(&*found.uri).filter(|uri| !uri.is_empty());
            }
            element = here.parent();
        }
        None
    }

    pub(super) fn tag(self) -> &'d Tag<'d> {
        match &self.document.nodes[self.index].content {
            Content::Element(tag) => tag,
            Content::Text(_) => unreachable!("an Element is made of element nodes only"),
        }
    }
}

impl PartialEq for Element<'_> {
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(self.document, other.document) && self.index == other.index
    }
}

impl fmt::Debug for Element<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "<{{{}}}{}>", self.namespace(), self.local())
    }
}

/// An attribute as [`Element::attributes`] gives it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ElementAttribute<'d> {
    /// Empty for none.
    pub prefix: &'d str,
    /// Name without prefix.
    pub local: &'d str,
    /// Empty for none.
    pub namespace: &'d str,
    /// Normalised (XML 1.0 section 3.3.3).
    pub value: &'d str,
}

/// What an element holds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Item<'d> {
    /// An element.
    Element(Element<'d>),
    /// Character data.
    Text(&'d str),
}

/// A place in a document; both numbers start at 1, columns count characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Position {
    /// The line.
    pub line: usize,
    /// The character in the line.
    pub column: usize,
}

impl Position {
    pub(super) fn of(source: &str, offset: usize) -> Self {
        let before = source.get(..offset).unwrap_or(source);
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        Self {
            line: before.matches('\n').count() + 1,
            column: before[line_start..].chars().count() + 1,
        }
    }
}

impl fmt::Display for Position {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "line {}, column {}", self.line, self.column)
    }
}

pub(super) const XML_NAMESPACE: &str = "http://www.w3.org/XML/1998/namespace";
