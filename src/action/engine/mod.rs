//! The JavaScript engine: one fresh realm for one run of one Action.

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

pub(super) use bytecode::Bytecode;
pub(super) use realm::Realm;
