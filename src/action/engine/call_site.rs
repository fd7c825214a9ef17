//! Where the script is right now, asked without running any of its code.
//!
//! A stack comes from a fresh error, but a script may have set `Error.prepareStackTrace`, which the engine
//! would call, or `Error.stackTraceLimit`. Both are put aside with the accessors that were there before the
//! script was.

use super::errors;
use rquickjs::function::This;
use rquickjs::{Ctx, Exception, Function, Object, Persistent, Result, Value};

/// The original accessors of `Error.prepareStackTrace`, `Error.stackTraceLimit` and `Error.prototype.stack`.
#[derive(Clone)]
pub(super) struct StackHooks {
    pub get_prepare: Persistent<Function<'static>>,
    pub set_prepare: Persistent<Function<'static>>,
    pub get_limit: Persistent<Function<'static>>,
    pub set_limit: Persistent<Function<'static>>,
    pub get_stack: Persistent<Function<'static>>,
}

impl StackHooks {
    /// All of them.
    pub fn functions(&self) -> [&Persistent<Function<'static>>; 5] {
        let Self {
            get_prepare,
            set_prepare,
            get_limit,
            set_limit,
            get_stack,
        } = self;
        [get_prepare, set_prepare, get_limit, set_limit, get_stack]
    }
}

const STACK_LIMIT: i32 = 60;

impl StackHooks {
    /// The stack of the call that is going on.
    pub fn capture(self, ctx: &Ctx<'_>) -> Option<String> {
        let this = || This(ctx.globals());
        let get =
            |hook: Persistent<Function<'static>>| -> Result<Value<'_>> { hook.restore(ctx)?.call((this(),)) };
        let prepare = get(self.get_prepare).ok()?;
        let limit = get(self.get_limit).ok()?;
        let changed = !prepare.is_undefined() || limit.as_int() != Some(10);
        if changed {
            let set_prepare = self.set_prepare.restore(ctx).ok()?;
            let set_limit = self.set_limit.restore(ctx).ok()?;
            let undefined = Value::new_undefined(ctx.clone());
            set_prepare.call::<_, ()>((this(), undefined)).ok()?;
            set_limit.call::<_, ()>((this(), STACK_LIMIT)).ok()?;
            let stack = here(ctx, self.get_stack);
            set_prepare.call::<_, ()>((this(), prepare)).ok()?;
            set_limit.call::<_, ()>((this(), limit)).ok()?;
            return stack;
        }
        here(ctx, self.get_stack)
    }

    /// The stack that the engine keeps with an error, whatever properties the script has given it.
    pub fn of_error<'js>(self, ctx: &Ctx<'js>, error: Object<'js>) -> Option<String> {
        stack_of(ctx, error, self.get_stack)
    }
}

fn here(ctx: &Ctx<'_>, get_stack: Persistent<Function<'static>>) -> Option<String> {
    let error = Exception::from_message(ctx.clone(), "").ok()?;
    stack_of(ctx, error.into_object(), get_stack)
}

/// Calls the engine's own getter, which reads what no property shows.
fn stack_of<'js>(
    ctx: &Ctx<'js>,
    error: Object<'js>,
    get_stack: Persistent<Function<'static>>,
) -> Option<String> {
    let stack: Value<'js> = get_stack.restore(ctx).ok()?.call((This(error),)).ok()?;
    stack.as_string().map(errors::lossy)
}
