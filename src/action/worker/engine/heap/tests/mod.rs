//! The memory as builds for tests have it: a model beside it, or blocks that sanitizers see.

#[cfg(sanitize_engine)]
mod blocks;
#[cfg(any(debug_assertions, fuzzing))]
pub(in crate::action) mod model;
#[cfg(sanitize_engine)]
pub(in crate::action::worker::engine::heap) mod sanitized;
