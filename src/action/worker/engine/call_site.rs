//! Where the script is right now, asked without running any of its code.
//!
//! The engine gives the frames of a stack as objects with file, line and column of their own; what a script can
//! change, such as the names of its functions, is not read. `builtins/realm.js` walks over them and hands each
//! to [`taker`], which keeps the first that is in one of the Action's own files.

use super::errors::{self, Place};
use super::host::Current;
use rquickjs::function::This;
use rquickjs::{Ctx, Function, Object, Persistent, Result, Value};
use std::rc::Rc;

/// Functions of the realm that were there before any script was.
#[derive(Clone)]
pub(super) struct StackHooks {
    /// Walks over the frames.
    pub locate: Persistent<Function<'static>>,
    /// The engine's own getter of `Error.prototype.stack`.
    pub get_stack: Persistent<Function<'static>>,
    /// What the engine said of an error whose message ends the run.
    pub get_words: Persistent<Function<'static>>,
}

impl StackHooks {
    /// All of them.
    pub fn functions(&self) -> [&Persistent<Function<'static>>; 3] {
        let Self {
            locate,
            get_stack,
            get_words,
        } = self;
        [locate, get_stack, get_words]
    }
}

impl StackHooks {
    /// Has the frames handed to the function of [`taker`].
    pub fn locate(self, ctx: &Ctx<'_>) -> Result<()> {
        self.locate.restore(ctx)?.call(())
    }

    /// What the engine said of an error whose message ends the run.
    pub fn words_of<'js>(self, ctx: &Ctx<'js>, error: Object<'js>) -> Result<Option<String>> {
        let words: Value<'js> = self.get_words.restore(ctx)?.call((error,))?;
        words.as_string().map(errors::lossy).transpose()
    }

    /// The stack that the engine keeps with an error, whatever properties the script has given it.
    pub fn of_error<'js>(self, ctx: &Ctx<'js>, error: Object<'js>) -> Result<Option<String>> {
        let stack: Value<'js> = self.get_stack.restore(ctx)?.call((This(error),))?;
        stack.as_string().map(errors::lossy).transpose()
    }
}

/// The native function that is told file, line and column of a frame; true when there is no need for more.
pub(super) fn taker<'js>(ctx: &Ctx<'js>, current: &Rc<Current>) -> Result<Function<'js>> {
    let current = Rc::clone(current);
    Function::new(
        ctx.clone(),
        move |file: String, line: Option<u32>, column: Option<u32>| {
            let (Some(line), Some(column)) = (line, column) else {
                return false;
            };
            current.host().take_frame(Place::new(file, line, column))
        },
    )
}
