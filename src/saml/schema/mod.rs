//! What the OASIS schemas of SAML 2.0 say about elements, as one table: which children an element has, in which order
//! and how many, which attributes, and what a value looks like. Messages, assertions, metadata, signatures and what is
//! encrypted are held to the same table; elements of other namespaces are nobody's business here.
//!
//! [`faults`] judges an element and all below it; what a fault means is for who asks.

mod assertion;
mod encryption;
mod fault;
mod judge;
mod metadata;
mod order;
mod protocol;
mod shape;
mod signature;
mod value;

pub use fault::{Fault, FaultKind};
pub use judge::{faults, is_known};

/// The tables of all namespaces.
const TABLES: [&[shape::Shape]; 5] = [
    assertion::SHAPES,
    protocol::SHAPES,
    metadata::SHAPES,
    signature::SHAPES,
    encryption::SHAPES,
];
