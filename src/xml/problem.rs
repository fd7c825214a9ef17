//! What can be wrong with a text that should be XML. Nothing of the text is quoted.

use super::tree::Position;

/// Why a text is not read. Quotes nothing of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{position}: {problem}")]
pub struct XmlError {
    /// What is wrong.
    pub problem: XmlProblem,
    /// Where.
    pub position: Position,
}

/// What can be wrong with a text that should be XML.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum XmlProblem {
    /// XML 1.0 section 2.2.
    #[error("U+{:04X} is a character that XML cannot hold", u32::from(*.0))]
    Character(char),
    /// A comment in an element that holds a value, where readers disagree about the value.
    #[error("a comment inside a value; comments may stand between elements only")]
    Comment,
    /// More than [`Limits::depth`].
    #[error("elements are nested deeper than {0}")]
    Depth(usize),
    /// Document type declaration.
    #[error("DTD not allowed: a document type declaration is refused unread")]
    Dtd,
    /// The same ID twice: a signature could mean either.
    #[error("duplicate ID: two elements have the same ID")]
    DuplicateId,
    /// The document says it is in another encoding.
    #[error("the XML declaration names another encoding than UTF-8")]
    Encoding,
    /// An entity other than the five of XML.
    #[error("a reference to an unknown entity")]
    Entity,
    /// Not well-formed (XML 1.0, Namespaces in XML 1.0).
    #[error("not well-formed XML: {0}")]
    Malformed(&'static str),
    /// Processing instruction.
    #[error("a processing instruction, which SAML does not have")]
    ProcessingInstruction,
    /// More than [`Limits::bytes`] or [`Limits::items`].
    #[error("the document is larger than allowed")]
    Size,
}
