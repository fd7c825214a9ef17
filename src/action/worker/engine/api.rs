//! The `api` object: one function for each method of the table, each a plain call into the recorder.

use super::arguments;
use super::errors;
use super::host::{Current, Host};
use crate::action::recording::Answered;
use crate::command::{Answer, Call, METHODS};
use rquickjs::{Array, Ctx, Error, Exception, Function, Result, Value};
use serde_json::Value as Json;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::rc::Rc;

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

/// The native function behind every method of `api`.
pub(super) fn caller<'js>(ctx: &Ctx<'js>, current: &Rc<Current>) -> Result<Function<'js>> {
    let current = Rc::clone(current);
    Function::new(
        ctx.clone(),
        move |ctx: Ctx<'js>, index: usize, given: Array<'js>| call(&ctx, index, &given, &current.host()),
    )
}

fn call<'js>(ctx: &Ctx<'js>, index: usize, given: &Array<'js>, host: &Host) -> Result<Value<'js>> {
    if host.stopped().is_some() {
        return Err(errors::throw_stop(ctx));
    }
    let Some(method) = METHODS.get(index) else {
        return Err(Error::Unknown);
    };
    if host.has_ended(ctx) {
        host.came_late(ctx, method.path);
        return Err(host.throw_late(ctx, method.path));
    }
    // The script's getters and `toJSON` run here, before anything is touched.
    let args = arguments::convert(ctx, method, given, host)?;
    let call = Call {
        origin: host.origin(host.call_site(ctx).as_ref()),
        method: method.path.to_owned(),
        args,
        index: None,
        handler: None,
    };
    let now = host.now();
    let answered = host.recording.borrow_mut().call(call, &host.facts, now);
    match answered {
        Err(limit) => {
            host.stop(limit);
            Err(errors::throw_stop(ctx))
        }
        Ok(Answered::Refused(message)) => Err(Exception::throw_message(ctx, &message)),
        Ok(Answered::Value(Json::Null)) => Ok(Value::new_undefined(ctx.clone())),
        Ok(Answered::Value(answer)) => ctx.json_parse(answer.to_string()),
        Ok(Answered::Recorded(command, answer)) => {
            host.follow(ctx, &command)?;
            match answer {
                None => Ok(Value::new_undefined(ctx.clone())),
                Some(answer) => ctx.json_parse(answer.to_string()),
            }
        }
    }
}
