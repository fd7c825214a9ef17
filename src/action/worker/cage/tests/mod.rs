//! What only debug builds have: the process that tries to get out of the cage of Node.js.

mod attempts;
pub(in crate::action) mod probe;
