//! The few things that built-in modules cannot do in JavaScript.

#![expect(
    clippy::needless_pass_by_value,
    reason = "the binding hands over owned values"
)]

mod bytes;
mod digest;
mod memory;
mod web;

use super::errors;
use super::host::Current;
use crate::action::clock::Clock;
use crate::command::LogLevel;
use crate::tenant::EngineChoice;
use memory::copied;
use rquickjs::promise::PromiseState;
use rquickjs::{
    Ctx, Exception, Function, Object, Persistent, Promise, Result, String as JsString, Value, qjs,
};
use std::rc::Rc;

/// The object of all native functions.
pub(super) fn natives<'js>(ctx: &Ctx<'js>, current: &Rc<Current>) -> Result<Object<'js>> {
    let native = Object::new(ctx.clone())?;
    native.set("log", log(ctx, current)?)?;
    native.set("lacks", lacks(ctx, current)?)?;
    native.set("needsNode", needs_node(ctx, current)?)?;
    native.set("alone", Function::new(ctx.clone(), alone(current))?)?;
    native.set("byEngine", Function::new(ctx.clone(), by_engine)?)?;
    native.set("target", Function::new(ctx.clone(), target)?)?;
    native.set("random", random(ctx, current)?)?;
    native.set("timers", timers(ctx, current)?)?;
    native.set("uniform", Function::new(ctx.clone(), uniform(current))?)?;
    native.set("isReplaced", Function::new(ctx.clone(), is_replaced(current))?)?;
    native.set("frozen", Function::new(ctx.clone(), frozen(current))?)?;
    native.set("began", Function::new(ctx.clone(), began(current))?)?;
    native.set("monotonic", Function::new(ctx.clone(), monotonic(current))?)?;
    native.set(
        "isProxy",
        Function::new(ctx.clone(), |value: Value<'js>| value.is_proxy())?,
    )?;
    native.set(
        "isError",
        Function::new(ctx.clone(), |value: Value<'js>| value.is_error())?,
    )?;
    native.set("promise", Function::new(ctx.clone(), promise)?)?;
    bytes::define(ctx, &native)?;
    digest::define(ctx, &native)?;
    web::define(ctx, &native)?;
    Ok(native)
}

fn log<'js>(ctx: &Ctx<'js>, current: &Rc<Current>) -> Result<Function<'js>> {
    let current = Rc::clone(current);
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
            #[cfg(sanitize_engine)]
            super::tests::seeded_fault::free_once_more(&ctx, &text);
            let host = current.host();
            host.log(&ctx, level, &text)?;
            match host.stopped() {
                Some(_) => Err(errors::throw_stop(&ctx)),
                None => Ok(()),
            }
        },
    )
}

/// Called for what the engine does not have. Where an Action may run on this engine alone it comes back, and what is
/// not there is absent.
fn lacks<'js>(ctx: &Ctx<'js>, current: &Rc<Current>) -> Result<Function<'js>> {
    let current = Rc::clone(current);
    Function::new(ctx.clone(), move |ctx: Ctx<'js>, what: String| {
        let host = current.host();
        match host.engine {
            EngineChoice::Embedded => Ok(()),
            EngineChoice::Auto | EngineChoice::Node => Err(host.needs_node(&ctx, what)),
        }
    })
}

/// Whether the Action may run on this engine alone.
fn alone(current: &Rc<Current>) -> impl Fn() -> bool + use<> {
    let current = Rc::clone(current);
    move || current.host().engine == EngineChoice::Embedded
}

/// Whether the engine makes an error on its own in a function of a script, and not a constructor that was called.
/// To be asked by the function that prepares stacks.
#[expect(
    unsafe_code,
    reason = "the binding does not tell the functions that are under way"
)]
fn by_engine(ctx: Ctx<'_>) -> bool {
    /// The function that prepares, and what made the error: a constructor has no file. This function has no frame.
    const LEVEL: i32 = 1;
    let raw = ctx.as_raw().as_ptr();
    // SAFETY: `raw` is the context that `ctx` keeps alive; the atom is ours to free.
    unsafe {
        let file = qjs::JS_GetScriptOrModuleName(raw, LEVEL);
        qjs::JS_FreeAtom(raw, file);
        file != qjs::JS_ATOM_NULL
    }
}

/// What a Proxy stands for; of anything else the value itself.
fn target(value: Value<'_>) -> Result<Value<'_>> {
    match value.as_proxy() {
        Some(proxy) => proxy.target().map(Object::into_value),
        None => Ok(value),
    }
}

/// Called for what the engine would answer wrongly.
fn needs_node<'js>(ctx: &Ctx<'js>, current: &Rc<Current>) -> Result<Function<'js>> {
    let current = Rc::clone(current);
    Function::new(ctx.clone(), move |ctx: Ctx<'js>, what: String| -> Result<()> {
        Err(current.host().needs_node(&ctx, what))
    })
}

fn random<'js>(ctx: &Ctx<'js>, current: &Rc<Current>) -> Result<Function<'js>> {
    let current = Rc::clone(current);
    Function::new(ctx.clone(), move |ctx: Ctx<'js>, size: usize| {
        if size > MAX_RANDOM {
            let message = format!("{size} random bytes are too many; the limit is {MAX_RANDOM}");
            return Err(Exception::throw_range(&ctx, &message));
        }
        let mut drawn = vec![0; size];
        current.host().random.borrow_mut().fill(&mut drawn);
        copied(&ctx, &drawn)
    })
}

const MAX_RANDOM: usize = 16 << 20;

/// A number from 0 to 1, with all 53 bits that it can have.
fn uniform(current: &Rc<Current>) -> impl Fn() -> f64 + use<> {
    let current = Rc::clone(current);
    move || {
        let mut drawn = [0; 8];
        current.host().random.borrow_mut().fill(&mut drawn[1..]);
        let bits = u64::from_be_bytes(drawn);
        // The last byte gives its lower five bits.
        let bits = (bits >> 8) << 5 | (bits & 31);
        #[expect(clippy::cast_precision_loss, reason = "53 bits are kept")]
        let drawn = bits as f64;
        drawn * (f64::EPSILON / 2.0)
    }
}

fn timers<'js>(ctx: &Ctx<'js>, current: &Rc<Current>) -> Result<Function<'js>> {
    let current = Rc::clone(current);
    Function::new(ctx.clone(), move |ctx: Ctx<'js>, run: Function<'js>| {
        current.host().keep_timers(Persistent::save(&ctx, run));
    })
}

/// Whether `require` gives another module in the place of a built-in one.
fn is_replaced(current: &Rc<Current>) -> impl Fn(String) -> bool + use<> {
    let current = Rc::clone(current);
    move |name| current.host().replaced.contains(&name)
}

fn frozen(current: &Rc<Current>) -> impl Fn() -> bool + use<> {
    let current = Rc::clone(current);
    move || matches!(current.host().clock, Clock::Frozen(_))
}

/// When the run began, in milliseconds since 1970.
fn began(current: &Rc<Current>) -> impl Fn() -> f64 + use<> {
    let (current, since) = (Rc::clone(current), monotonic(current));
    #[expect(clippy::cast_precision_loss, reason = "JavaScript's time is such a number")]
    move || current.host().now().timestamp_millis() as f64 - since()
}

/// Milliseconds since the run began; none pass where the clock is frozen.
fn monotonic(current: &Rc<Current>) -> impl Fn() -> f64 + use<> {
    let current = Rc::clone(current);
    move || {
        let host = current.host();
        match host.clock {
            Clock::Frozen(_) => 0.0,
            Clock::System => host.elapsed().as_secs_f64() * 1000.0,
        }
    }
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
