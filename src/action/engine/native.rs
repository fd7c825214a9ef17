//! The few things that built-in modules cannot do in JavaScript.

use super::host::Host;
use crate::command::LogLevel;
use rquickjs::{Ctx, Function, Object, Result, String as JsString};
use std::rc::Rc;

/// A function that gives the object of all native functions; made when the first module asks for it.
pub(super) fn natives<'js>(ctx: &Ctx<'js>, host: &Rc<Host>) -> Result<Function<'js>> {
    let host = Rc::clone(host);
    Function::new(ctx.clone(), move |ctx: Ctx<'js>| object(&ctx, &host))
}

fn object<'js>(ctx: &Ctx<'js>, host: &Rc<Host>) -> Result<Object<'js>> {
    let native = Object::new(ctx.clone())?;
    native.set("log", log(ctx, host)?)?;
    Ok(native)
}

fn log<'js>(ctx: &Ctx<'js>, host: &Rc<Host>) -> Result<Function<'js>> {
    let host = Rc::clone(host);
    Function::new(
        ctx.clone(),
        move |ctx: Ctx<'js>, level: String, text: JsString<'js>| {
            let level = match level.as_str() {
                "debug" => LogLevel::Debug,
                "error" => LogLevel::Error,
                "info" => LogLevel::Info,
                "warn" => LogLevel::Warn,
                _ => LogLevel::Log,
            };
            host.log(level, super::errors::lossy(&text));
            match host.stopped() {
                Some(_) => Err(super::errors::throw_stop(&ctx)),
                None => Ok(()),
            }
        },
    )
}
