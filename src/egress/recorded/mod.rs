//! Answers of the network that a file holds: the `http.json` of a case, and the record of a run (interface 4).
//!
//! An [`Entry`] is a request and what answered it, its bodies as [`Content`] that people can read. [`Recorded`] answers
//! requests with them: `matching` says which entry a request is meant for. [`Entry::made`] makes entries of what was
//! exchanged, with handles in the place of what is secret in them (`secret_names`, `handles`, `made`).

mod answers;
mod content;
mod entry;
mod handles;
mod made;
mod matching;
mod secret_names;
mod secret_texts;

pub use answers::{OtherBody, Recorded, Told, Unanswered};
pub use content::Content;
pub use entry::{Entry, EntryUrl, Headers, Method, Outcome, Status};
pub use made::{Made, Unrecordable, without_secrets};
