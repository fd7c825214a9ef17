//! The JavaScript engine: one fresh realm for each run of an Action.

mod api;
mod arguments;
mod builtins;
mod bytecode;
mod call_site;
mod errors;
mod heap;
mod host;
mod live;
mod native;
mod realm;
mod require;
mod syntax;

pub(super) use realm::Realm;
