//! JSON that people wrote: places in it, and types from it that name every member which does not fit.

mod lenient;
mod path;
mod size;

pub use path::{JsonPath, Step};

pub(crate) use lenient::{PEM_BEGIN, discreet, lenient, plain_words, quoted, remove, without_nulls};
pub(crate) use path::Probe;
pub(crate) use size::{size, text_size};
