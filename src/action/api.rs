//! The `api` object: one function for each method of the table, each a call of one function of the engine's.

use crate::command::{Answer, METHODS};
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// The JavaScript that builds `api` out of one native function.
pub(super) fn source() -> String {
    let mut groups: BTreeMap<&str, Vec<(usize, &str, Answer)>> = BTreeMap::new();
    for (index, method) in METHODS.iter().enumerate() {
        if let Some((group, name)) = method.path.split_once('.') {
            groups
                .entry(group)
                .or_default()
                .push((index, name, method.answer));
        }
    }
    let mut source = "(function (call) { 'use strict'; const api = {".to_owned();
    for (group, methods) in groups {
        let _ = write!(source, "{group}: {{");
        for (index, name, answer) in methods {
            let _ = match answer {
                Answer::Api => write!(source, "{name}(...a) {{ call({index}, a); return api; }},"),
                Answer::Value => write!(source, "{name}(...a) {{ return call({index}, a); }},"),
                Answer::Promise => write!(source, "async {name}(...a) {{ return call({index}, a); }},"),
            };
        }
        source.push_str("},");
    }
    source.push_str("}; return api; })");
    source
}
