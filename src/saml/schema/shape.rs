//! How a line of the table is written.

use super::value::Type;

/// Namespace and local name.
pub(super) type Name = (&'static str, &'static str);

/// An element and what the schema says of it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Shape {
    pub name: Name,
    pub attributes: &'static [Attribute],
    pub foreign: Foreign,
    pub content: Content,
    pub rules: &'static [Rule],
}

impl Shape {
    /// An element that is empty and has no attributes, until more is said.
    pub const fn of(namespace: &'static str, local: &'static str) -> Self {
        Self {
            name: (namespace, local),
            attributes: &[],
            foreign: Foreign::Refused,
            content: Content::Elements(&[]),
            rules: &[],
        }
    }

    /// Children in this order, with white space between them.
    pub const fn holds(mut self, parts: &'static [Part]) -> Self {
        self.content = Content::Elements(parts);
        self
    }

    /// Children in this order, with text between them.
    pub const fn mixes(mut self, parts: &'static [Part]) -> Self {
        self.content = Content::Mixed(parts);
        self
    }

    /// A text of this type.
    pub const fn is(mut self, value: Type) -> Self {
        self.content = Content::Text(value);
        self
    }

    /// Whatever there is.
    pub const fn anything(mut self) -> Self {
        self.content = Content::Anything;
        self.foreign = Foreign::Allowed;
        self
    }

    pub const fn with(mut self, attributes: &'static [Attribute]) -> Self {
        self.attributes = attributes;
        self
    }

    /// Attributes of other namespaces may stand here as well.
    pub const fn open(mut self) -> Self {
        self.foreign = Foreign::Allowed;
        self
    }

    pub const fn under(mut self, rules: &'static [Rule]) -> Self {
        self.rules = rules;
        self
    }
}

/// Attributes of other namespaces (`anyAttribute`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Foreign {
    Allowed,
    Refused,
}

#[derive(Clone, Copy, Debug)]
pub(super) enum Content {
    /// Of a type that cannot be known here, or of any.
    Anything,
    Elements(&'static [Part]),
    Mixed(&'static [Part]),
    Text(Type),
}

/// A step of a sequence: any of `names`, `least` to `most` times together.
#[derive(Clone, Copy, Debug)]
pub(super) struct Part {
    pub names: &'static [Name],
    pub wild: Wild,
    pub least: usize,
    pub most: usize,
}

/// Which elements that are not named a part takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wild {
    /// All (`##any`).
    Any,
    /// Those of other namespaces than this one.
    Beside(&'static str),
    Nothing,
    /// Those of other namespaces (`##other`).
    Other,
}

impl Part {
    /// Whether the part takes an element of this name inside one of `around`.
    pub fn takes(&self, namespace: &str, local: &str, around: &str) -> bool {
        let is_named = self.names.contains(&(namespace, local));
        is_named
            || match self.wild {
                Wild::Any => true,
                Wild::Beside(other) => !namespace.is_empty() && namespace != other,
                Wild::Nothing => false,
                Wild::Other => !namespace.is_empty() && namespace != around,
            }
    }

    /// The part in a sentence.
    pub fn described(&self) -> String {
        let mut names: Vec<_> = self.names.iter().map(|(_, local)| *local).collect();
        match self.wild {
            Wild::Any => names.push("any element"),
            Wild::Beside(_) | Wild::Other => names.push("elements of other namespaces"),
            Wild::Nothing => {}
        }
        names.join(" or ")
    }

    /// Takes elements of other namespaces, too.
    pub const fn or_other(mut self) -> Self {
        self.wild = Wild::Other;
        self
    }

    /// Takes elements of other namespaces than this one, too.
    pub const fn or_beside(mut self, namespace: &'static str) -> Self {
        self.wild = Wild::Beside(namespace);
        self
    }

    const fn new(names: &'static [Name], least: usize, most: usize) -> Self {
        Self {
            names,
            wild: Wild::Nothing,
            least,
            most,
        }
    }
}

pub(super) const fn any(names: &'static [Name]) -> Part {
    Part::new(names, 0, usize::MAX)
}

pub(super) const fn some(names: &'static [Name]) -> Part {
    Part::new(names, 1, usize::MAX)
}

pub(super) const fn one(names: &'static [Name]) -> Part {
    Part::new(names, 1, 1)
}

pub(super) const fn maybe(names: &'static [Name]) -> Part {
    Part::new(names, 0, 1)
}

/// At most `most` elements of any namespace, this one included.
pub(super) const fn whatever(most: usize) -> Part {
    let mut part = Part::new(&[], 0, most);
    part.wild = Wild::Any;
    part
}

/// What a sequence alone cannot say.
#[derive(Clone, Copy, Debug)]
pub(super) enum Rule {
    /// One of these at least.
    AtLeastOne(&'static [Name]),
    /// None of the first beside any of the second.
    Either(&'static [Name], &'static [Name]),
    /// Both or none.
    Both(Name, Name),
}

/// An attribute in no namespace, or `xml:lang`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Attribute {
    pub name: &'static str,
    pub need: Need,
    pub value: Type,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Need {
    Optional,
    Required,
}

pub(super) const fn must(name: &'static str, value: Type) -> Attribute {
    Attribute {
        name,
        need: Need::Required,
        value,
    }
}

pub(super) const fn may(name: &'static str, value: Type) -> Attribute {
    Attribute {
        name,
        need: Need::Optional,
        value,
    }
}
