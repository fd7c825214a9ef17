//! The few things that built-in modules cannot do in JavaScript.

#![expect(
    clippy::needless_pass_by_value,
    reason = "the binding hands over owned values"
)]

mod bytes;
mod digest;
mod web;

use super::errors;
use super::host::Host;
use crate::action::script::Clock;
use crate::command::LogLevel;
use rquickjs::promise::PromiseState;
use rquickjs::{
    Ctx, Error, Exception, Function, Object, Persistent, Promise, Result, String as JsString, TypedArray,
    Value,
};
use std::rc::Rc;

/// A function that gives the object of all native functions; made when the first module asks for it.
pub(super) fn natives<'js>(ctx: &Ctx<'js>, host: &Rc<Host>) -> Result<Function<'js>> {
    let host = Rc::clone(host);
    Function::new(ctx.clone(), move |ctx: Ctx<'js>| object(&ctx, &host))
}

fn object<'js>(ctx: &Ctx<'js>, host: &Rc<Host>) -> Result<Object<'js>> {
    let native = Object::new(ctx.clone())?;
    native.set("log", log(ctx, host)?)?;
    native.set("random", random(ctx, host)?)?;
    native.set("timers", timers(ctx, host)?)?;
    native.set("frozen", matches!(host.clock, Clock::Frozen(_)))?;
    native.set("monotonic", Function::new(ctx.clone(), monotonic(host))?)?;
    native.set(
        "isProxy",
        Function::new(ctx.clone(), |value: Value<'js>| value.is_proxy())?,
    )?;
    native.set("promise", Function::new(ctx.clone(), promise)?)?;
    bytes::define(ctx, &native)?;
    digest::define(ctx, &native)?;
    web::define(ctx, &native)?;
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
            host.log(level, &text);
            match host.stopped() {
                Some(_) => Err(errors::throw_stop(&ctx)),
                None => Ok(()),
            }
        },
    )
}

fn random<'js>(ctx: &Ctx<'js>, host: &Rc<Host>) -> Result<Function<'js>> {
    let host = Rc::clone(host);
    Function::new(ctx.clone(), move |ctx: Ctx<'js>, size: usize| {
        if size > MAX_RANDOM {
            let message = format!("{size} random bytes are too many; the limit is {MAX_RANDOM}");
            return Err(Exception::throw_range(&ctx, &message));
        }
        let mut drawn = vec![0; size];
        host.random.borrow_mut().fill(&mut drawn);
        copied(&ctx, &drawn)
    })
}

const MAX_RANDOM: usize = 16 << 20;

fn timers<'js>(ctx: &Ctx<'js>, host: &Rc<Host>) -> Result<Function<'js>> {
    let host = Rc::clone(host);
    Function::new(ctx.clone(), move |ctx: Ctx<'js>, run: Function<'js>| {
        host.keep_timers(Persistent::save(&ctx, run));
    })
}

/// Milliseconds since the run began.
fn monotonic(host: &Rc<Host>) -> impl Fn() -> f64 + use<> {
    let host = Rc::clone(host);
    move || host.began.elapsed().as_secs_f64() * 1000.0
}

/// Calls `show` with the state and the result of a promise.
fn promise<'js>(ctx: Ctx<'js>, promise: Promise<'js>, show: Function<'js>) -> Result<Value<'js>> {
    let undefined = Value::new_undefined(ctx.clone());
    let (state, result) = match promise.state() {
        PromiseState::Pending => ("pending", undefined),
        PromiseState::Resolved => ("resolved", promise.result().unwrap_or(Ok(undefined))?),
        PromiseState::Rejected => {
            let _ = promise.result::<Value<'js>>();
            ("rejected", ctx.catch())
        }
    };
    show.call((state, result))
}

/// Bytes in memory of the engine, which counts towards its limit.
fn copied<'js>(ctx: &Ctx<'js>, bytes: &[u8]) -> Result<TypedArray<'js, u8>> {
    TypedArray::new_copy(ctx.clone(), bytes)
}

fn readable<'a, 'js>(ctx: &Ctx<'js>, bytes: &'a TypedArray<'js, u8>) -> std::result::Result<&'a [u8], Error> {
    bytes
        .as_bytes()
        .ok_or_else(|| Exception::throw_type(ctx, "the buffer is detached"))
}
