//! `api.samlResponse`: attributes and settings (semantics 4.2 and 4.3).

mod parse;
mod scalar;

pub use scalar::SamlScalar;

pub(super) use parse::{attribute, audiences, setting};
