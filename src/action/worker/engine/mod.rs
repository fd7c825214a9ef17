//! The JavaScript engine: one fresh realm for each run of an Action.

mod api;
mod arguments;
mod builtins;
mod bytecode;
mod call_site;
mod errors;
mod heap;
mod held;
mod host;
mod imports;
mod live;
mod native;
mod realm;
mod require;
mod settle;
mod stop;
mod syntax;
#[cfg(sanitize_engine)]
mod tests;

pub(in crate::action) use builtins::{FIXED, TIMERS};
#[cfg(any(debug_assertions, fuzzing))]
pub(in crate::action) use heap::tests::model::check as check_heap;
pub(super) use realm::Realm;
