//! What the schema objects to.

use crate::xml::Element;
use std::borrow::Cow;

/// One objection, about one element.
#[derive(Clone, Debug, PartialEq)]
pub struct Fault<'d> {
    /// The element that stands in the wrong place or is not foreseen; where something is missing or a value is wrong,
    /// the element that lacks it or has it.
    pub element: Element<'d>,
    /// What kind of objection.
    pub kind: FaultKind,
    /// Name of the child or attribute that it is about; the element's own name where it is about its text.
    pub about: Cow<'d, str>,
    /// What is wrong, and what the schema wants.
    pub text: String,
}

/// Kinds of objections.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FaultKind {
    /// A child more often than the schema allows, or two that exclude each other.
    Count,
    /// A child or an attribute that the schema requires is not there.
    Missing,
    /// A child that stands in the wrong place.
    Order,
    /// A child or an attribute that the schema does not have there.
    Unknown,
    /// A text that is no value of the type that the schema wants.
    Value,
}
