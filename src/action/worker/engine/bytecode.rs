//! Sources compiled once and kept by hash, loaded into each new realm.
//!
//! Bytecode is trusted by the engine, so it never comes from outside: every entry was compiled by
//! [`Bytecode::load`] in this process.

use crate::action::protocol::Code;
use rquickjs::{Ctx, Error, Function, Result, Value, qjs};
use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::HashMap;
use std::ffi::CString;
use std::rc::Rc;

/// The compiled functions of this worker.
#[derive(Debug, Default)]
pub(super) struct Bytecode {
    compiled: RefCell<HashMap<String, Rc<[u8]>>>,
    /// Sources with a syntax error, by hash: the pool sends each only once.
    broken: RefCell<HashMap<String, String>>,
}

/// What is kept with a function besides its code.
#[derive(Clone, Copy)]
enum Keep {
    /// Lines and columns.
    Lines,
    /// Also the source, for `Function.prototype.toString`.
    Source,
}

/// What a CommonJS module is wrapped in. On the same line as the source, so that line numbers are right.
const BEFORE: &str = "(function    (exports, require, module, __filename, __dirname) {";
/// The same for an Action module, which is given `actions` first. A module may have another `actions` of its own.
const BEFORE_MODULE: &str = "(actions=>function(exports,require,module,__filename,__dirname){";
const AFTER: &str = "\n})";
const _: () = assert!(BEFORE.len() == BEFORE_MODULE.len(), "columns are moved alike");

/// How far columns of a module's first line are moved: the engine counts those of a source's first line
/// from 0, all others from 1.
#[expect(clippy::cast_possible_truncation, reason = "a short constant")]
pub(super) const FIRST_LINE_SHIFT: u32 = BEFORE.len() as u32 - 1;

impl Bytecode {
    /// The function of a CommonJS module.
    ///
    /// # Errors
    /// A syntax error, pending in `ctx`.
    pub fn module<'js>(&self, ctx: &Ctx<'js>, code: &Code<'_>) -> Result<Function<'js>> {
        self.wrapped(ctx, code, BEFORE)
    }

    /// The function that gives the function of an Action module, once it is given the module's `actions`.
    ///
    /// # Errors
    /// A syntax error, pending in `ctx`.
    pub fn action_module<'js>(&self, ctx: &Ctx<'js>, code: &Code<'_>) -> Result<Function<'js>> {
        self.wrapped(ctx, code, BEFORE_MODULE)
    }

    fn wrapped<'js>(&self, ctx: &Ctx<'js>, code: &Code<'_>, before: &str) -> Result<Function<'js>> {
        let loaded = self.load(ctx, &code.hash, &code.file, Keep::Source, || {
            let source = code.source.as_deref().unwrap_or_default();
            Cow::Owned(format!("{before}{}{AFTER}", plain(source)))
        });
        if loaded.is_err()
            && let Some(source) = &code.source
        {
            let mut broken = self.broken.borrow_mut();
            broken.insert(code.hash.clone().into_owned(), source.clone().into_owned());
        }
        loaded
    }

    /// Puts the source in where it was withheld and is not compiled.
    pub fn complete(&self, code: &mut Code<'_>) {
        if code.source.is_none() {
            code.source = self.broken.borrow().get(&*code.hash).cloned().map(Cow::Owned);
        }
    }

    /// The function that a file of our own is.
    pub fn builtin<'js>(
        &self,
        ctx: &Ctx<'js>,
        file: &str,
        source: impl FnOnce() -> Cow<'static, str>,
    ) -> Result<Function<'js>> {
        self.load(ctx, file, file, Keep::Lines, source)
    }

    fn load<'js>(
        &self,
        ctx: &Ctx<'js>,
        key: &str,
        file: &str,
        keep: Keep,
        source: impl FnOnce() -> Cow<'static, str>,
    ) -> Result<Function<'js>> {
        let known = self.compiled.borrow().get(key).cloned();
        let bytes = if let Some(bytes) = known {
            bytes
        } else {
            let bytes = compile(ctx, file, &source(), keep)?;
            let mut compiled = self.compiled.borrow_mut();
            compiled.insert(key.to_owned(), Rc::clone(&bytes));
            bytes
        };
        evaluate(ctx, &bytes)?.into_function().ok_or(Error::Unknown)
    }
}

/// Whether a CommonJS module has no syntax error; one it has is pending in `ctx`.
pub(super) fn compiles(ctx: &Ctx<'_>, code: &Code<'_>) -> bool {
    let source = code.source.as_deref().unwrap_or_default();
    compile(
        ctx,
        &code.file,
        &format!("{BEFORE}{}{AFTER}", plain(source)),
        Keep::Lines,
    )
    .is_ok()
}

/// The source without byte order mark; a `#!` line becomes a comment.
pub(super) fn plain(source: &str) -> Cow<'_, str> {
    let source = source.strip_prefix('\u{feff}').unwrap_or(source);
    match source.strip_prefix("#!") {
        Some(rest) => Cow::Owned(format!("//{rest}")),
        None => Cow::Borrowed(source),
    }
}

#[expect(
    unsafe_code,
    reason = "the binding has no safe way to compile without running"
)]
fn compile(ctx: &Ctx<'_>, file: &str, source: &str, keep: Keep) -> Result<Rc<[u8]>> {
    let file = CString::new(file)?;
    let text = CString::new(source)?;
    let flags = qjs::JS_EVAL_TYPE_GLOBAL | qjs::JS_EVAL_FLAG_COMPILE_ONLY;
    let raw = ctx.as_raw().as_ptr();
    // SAFETY: `raw` is the context that `ctx` keeps alive; `text` and `file` end in NUL and live through
    // the call; `source.len()` is the length without NUL. The value that comes back is owned by us and
    // handed to `Value`, which frees it.
    let function = unsafe {
        let value = qjs::JS_Eval(
            raw,
            text.as_ptr(),
            source.len() as _,
            file.as_ptr(),
            flags.cast_signed(),
        );
        if qjs::JS_IsException(value) {
            return Err(Error::Exception);
        }
        Value::from_raw(ctx.clone(), value)
    };
    let mut length = 0;
    // SAFETY: `function` is alive; `length` is a valid place. The bytes belong to the engine's allocator,
    // are copied before they are freed with `js_free`, and are `length` bytes long.
    unsafe {
        let flags = match keep {
            Keep::Lines => qjs::JS_WRITE_OBJ_BYTECODE | qjs::JS_WRITE_OBJ_STRIP_SOURCE,
            Keep::Source => qjs::JS_WRITE_OBJ_BYTECODE,
        };
        let flags = flags.cast_signed();
        let bytes = qjs::JS_WriteObject(raw, &raw mut length, function.as_raw(), flags);
        if bytes.is_null() {
            return Err(Error::Exception);
        }
        let copy = usize::try_from(length).map(|length| std::slice::from_raw_parts(bytes, length).into());
        qjs::js_free(raw, bytes.cast());
        copy.map_err(|_| Error::Allocation)
    }
}

#[expect(unsafe_code, reason = "the binding has no safe way to load bytecode")]
fn evaluate<'js>(ctx: &Ctx<'js>, bytes: &[u8]) -> Result<Value<'js>> {
    let raw = ctx.as_raw().as_ptr();
    // SAFETY: `bytes` came from `JS_WriteObject` of the same engine build in this process, see `compile`.
    // `JS_EvalFunction` takes ownership of what `JS_ReadObject` returns; its own result is owned by us.
    unsafe {
        let flags = qjs::JS_READ_OBJ_BYTECODE.cast_signed();
        let function = qjs::JS_ReadObject(raw, bytes.as_ptr(), bytes.len() as _, flags);
        if qjs::JS_IsException(function) {
            return Err(Error::Exception);
        }
        let value = qjs::JS_EvalFunction(raw, function);
        if qjs::JS_IsException(value) {
            return Err(Error::Exception);
        }
        Ok(Value::from_raw(ctx.clone(), value))
    }
}
