//! What every method of `api` calls: a plain call into the recorder.

use super::arguments;
use super::errors;
use super::host::{Current, Host};
use crate::action::recording::Answered;
use crate::command::{Call, METHODS};
use rquickjs::{Array, Ctx, Error, Exception, Function, Result, Value};
use serde_json::Value as Json;
use std::rc::Rc;

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
