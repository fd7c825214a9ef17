//! The pool's side: starts workers, feeds them, bounds what they use, kills and replaces them.

mod embedded;
mod method_place;
mod modules;
mod places;
mod tenant;

pub use embedded::WorkerProgram;
pub use tenant::Pool;
