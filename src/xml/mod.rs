//! XML as SAML needs it: a [`Writer`] whose output is hashed as it stands, a strict [`read`]er into one
//! tree, and the [`exclusive`] canonical form of that tree. What is verified and what is read is the
//! same tree.

mod canonical;
mod lines;
mod name;
mod problem;
mod reader;
mod tree;
mod value;
mod writer;

pub use canonical::exclusive;
pub use lines::{Line, lines};
pub use name::{is_name, is_ncname};
pub use problem::{XmlError, XmlProblem};
pub use reader::{Limits, is_white_space, read};
pub use tree::{Document, Element, ElementAttribute, Item, Position};
pub use value::{boolean, collapsed, unsigned_short};
pub use writer::{
    ASSERTION, INSTANCE, IllegalCharacter, Namespace, PROTOCOL, SCHEMA, SIGNATURE, Writer, illegal_character,
    is_illegal,
};
