//! The modules of our own: JavaScript files, compiled once for each worker and loaded when first used.

use super::host::Current;
use rquickjs::{Ctx, Exception, Function, Result};
use std::borrow::Cow;
use std::rc::Rc;

/// Takes out of the engine's globals what must not be there.
pub(super) const NARROW: &str = include_str!("../builtins/narrow.js");

/// Ends the run for what Node.js has and the engine's own globals lack.
pub(super) const LACKING: &str = include_str!("../builtins/lacking.js");

/// Makes a realm out of the engine's bare globals.
pub(super) const REALM: &str = include_str!("../builtins/realm.js");

/// Stops the clock: a function of the moment in milliseconds.
pub(in crate::action) const FIXED: &str = include_str!("../builtins/fixed.js");

/// The module of timers, for a clock that may stand still.
pub(in crate::action) const TIMERS: &str = include_str!("../builtins/timers.js");

/// The native function that gives the function of a module: `(exports, require, module, native)`.
pub(super) fn loader<'js>(ctx: &Ctx<'js>, current: &Rc<Current>) -> Result<Function<'js>> {
    let current = Rc::clone(current);
    Function::new(ctx.clone(), move |ctx: Ctx<'js>, name: String| {
        let Some((file, source)) = find(&name) else {
            return Err(Exception::throw_message(
                &ctx,
                &format!("there is no module '{name}'"),
            ));
        };
        let host = current.host();
        host.bytecode.builtin(&ctx, file, || wrapped(source))
    })
}

fn wrapped(source: &str) -> Cow<'static, str> {
    Cow::Owned(format!(
        "(function (exports, require, module, native) {{ 'use strict'; {source}\n}})"
    ))
}

macro_rules! files {
    ($($name:literal),*) => {
        &[$((
            $name,
            concat!("builtin:", $name),
            include_str!(concat!("../builtins/", $name, ".js")),
        )),*]
    };
}

const FILES: &[(&str, &str, &str)] = files![
    "assert",
    "buffer",
    "clone",
    "console",
    "crypto",
    "equal",
    "events",
    "failures",
    "inspect",
    "json",
    "network",
    "path",
    "performance",
    "process",
    "querystring",
    "stream",
    "string_decoder",
    "table",
    "text",
    "timers",
    "url",
    "util",
    "webcrypto",
    "words"
];

fn find(name: &str) -> Option<(&'static str, &'static str)> {
    let (_, file, source) = FILES.iter().find(|(known, ..)| *known == name)?;
    Some((file, source))
}
