//! Documents that people wrote: places in them, members given twice, and types from them that name every member
//! which does not fit.

mod elements;
mod lenient;
mod outline;
mod path;
mod size;
mod twice;
mod walk;
mod yaml;

pub use path::{JsonPath, Step};

pub(crate) use elements::Elements;
pub(crate) use lenient::{PEM_BEGIN, discreet, lenient, plain_words, quoted, remove, without_nulls};
pub(crate) use outline::Outline;
pub(crate) use size::{size, text_size};
pub(crate) use twice::{Names, Twice, twice, unambiguous};
pub(crate) use walk::{json as walk_json, toml as walk_toml};
pub(crate) use yaml::{YamlError, read as read_yaml};
