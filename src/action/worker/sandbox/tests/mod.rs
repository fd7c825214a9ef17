//! What only debug builds have: the process that tries to get out.

pub(in crate::action) mod probe;
