//! From whatever a script threw to a [`Failure`], without running any more of its code.
//!
//! A thrown value may be anything: `null`, a Proxy, an error whose `message` is a getter. So only data
//! properties are read, and chains of prototypes are followed a few steps and never through a Proxy.

use super::bytecode::FIRST_LINE_SHIFT;
use super::host::Host;
use crate::action::protocol::Code;
use crate::action::reached;
use crate::action::stack::frame;
use crate::action::thrown::{self, one_line};
use crate::command::{Failure, FailureKind};
use rquickjs::{Ctx, Error, Exception, Object, Result, String as JsString, Value, qjs};
use std::ffi::CString;

/// A place in one of the Action's own files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Place {
    pub file: String,
    pub line: u32,
    pub column: u32,
}

impl Place {
    /// From what the engine says: modules are wrapped in a function that begins on their first line.
    pub fn new(file: String, line: u32, column: u32) -> Self {
        let shift = if line == 1 { FIRST_LINE_SHIFT } else { 0 };
        let column = column.saturating_sub(shift).max(1);
        Self { file, line, column }
    }
}

const MAX_MESSAGE: usize = 1024;
const MAX_STACK: usize = 8 * 1024;
const MAX_PROTOTYPES: usize = 10;

/// What the pending exception of `ctx` means for the run.
pub(super) fn caught(ctx: &Ctx<'_>, host: &Host) -> Failure {
    let thrown = ctx.catch();
    failure(ctx, &thrown, host)
}

/// What a thrown value means for the run.
pub(super) fn failure<'js>(ctx: &Ctx<'js>, thrown: &Value<'js>, host: &Host) -> Failure {
    if let Some(kind) = host.stopped() {
        return stopped(kind, host);
    }
    let Ok(message) = host.text_of(ctx, thrown) else {
        ctx.catch();
        return stopped(FailureKind::MemoryLimit, host);
    };
    // The engine throws null, or nothing, where not even the error finds room.
    let is_nothing = thrown.is_null() || thrown.type_of() == rquickjs::Type::Uninitialized;
    if host.memory_refused() && (is_nothing || is_out_of_memory(thrown, &message)) {
        return stopped(FailureKind::MemoryLimit, host);
    }
    let stack = thrown.as_object().and_then(|object| host.stack_of(ctx, object));
    // A function of the engine was given something to call: the source names only the function that was given it.
    let is_native = stack.as_deref().is_some_and(|stack| {
        let innermost = stack.lines().next().unwrap_or_default();
        innermost.ends_with("(native)")
    });
    let message = match message.as_str() {
        "not a function" if is_native => "the argument is not a function".to_owned(),
        _ => message,
    };
    let place = stack
        .as_deref()
        .and_then(|stack| place(stack, &host.own_files.borrow()));
    Failure {
        kind: FailureKind::Exception,
        message: clean(&message, host),
        file: place.as_ref().map(|place| place.file.clone()),
        helper: None,
        line: place.as_ref().map(|place| place.line),
        column: place.as_ref().map(|place| place.column),
        stack: stack.map(|stack| host.cut(shown(&stack, &host.files()), MAX_STACK)),
    }
}

/// The failure of a run that went past a limit, or asked for what the engine lacks.
pub(super) fn stopped(kind: FailureKind, host: &Host) -> Failure {
    let action = &host.action;
    let message = match kind {
        FailureKind::CommandLimit => reached::command(action, host.commands),
        FailureKind::MemoryLimit => reached::memory(action, host.memory),
        FailureKind::OutputLimit => reached::output(action, host.output),
        FailureKind::TimeLimit => reached::time(action, host.time),
        FailureKind::NeverFinished => reached::never_finished(action, host.handler),
        FailureKind::NeedsNode if let Some(ended) = host.need() => {
            clean(&reached::embedded_engine(action, &ended.need, host.engine), host)
        }
        FailureKind::Busy | FailureKind::Exception | FailureKind::NeedsNode | FailureKind::WorkerDied => {
            format!("Action '{action}' failed")
        }
    };
    let place = host.need().and_then(|ended| ended.own.as_ref());
    let main = host.own_files.borrow().first().cloned();
    Failure {
        kind,
        message,
        file: place.map(|place| place.file.clone()).or(main),
        helper: None,
        line: place.map(|place| place.line),
        column: place.map(|place| place.column),
        stack: None,
    }
}

/// A syntax error of the main module, with a hint where ES module syntax is the reason.
pub(super) fn syntax(mut failure: Failure, main: &Code<'_>) -> Failure {
    let source = main.source.as_deref().unwrap_or_default();
    if let Some(hint) = failure.line.and_then(|line| reached::es_module(source, line)) {
        failure.message = hint;
    }
    failure
}

/// The failure of an Action that does not export the handler, or something else in its place.
pub(super) fn no_handler(host: &Host) -> Failure {
    Failure {
        kind: FailureKind::Exception,
        message: reached::no_handler(&host.action, host.handler),
        file: host.own_files.borrow().first().cloned(),
        helper: None,
        line: Some(1),
        column: Some(1),
        stack: None,
    }
}

/// The first frame of a stack that is in one of `files`.
pub(super) fn place(stack: &str, files: &[String]) -> Option<Place> {
    stack.lines().find_map(|line| {
        let (file, line, column) = frame(line, files)?;
        Some(Place::new(file.to_owned(), line, column))
    })
}

/// The stack without the frames of our own files.
fn shown(stack: &str, files: &[String]) -> String {
    let frames = stack.lines().filter_map(|line| {
        let (file, row, column) = frame(line, files)?;
        let (named, _) = line.rsplit_once(file)?;
        let place = Place::new(file.to_owned(), row, column);
        let end = if line.ends_with(')') { ")" } else { "" };
        Some(format!("{named}{file}:{row}:{}{end}", place.column))
    });
    frames.map(|line| one_line(&line)).collect::<Vec<_>>().join("\n")
}

/// Text of a thrown value.
///
/// # Errors
/// As [`lossy`].
pub(super) fn message<'js>(ctx: &Ctx<'js>, value: &Value<'js>) -> Result<String> {
    if let Some(text) = value.as_string() {
        return lossy(text).map(thrown::text);
    }
    if let Some(object) = value.as_object() {
        for name in ["message", "name"] {
            if let Some(text) = data_property(ctx, object, name)?.filter(|text| !text.is_empty()) {
                return Ok(thrown::object(Some(text)));
            }
        }
        return Ok(thrown::object(None));
    }
    if let Some(number) = value.as_number() {
        return Ok(serde_json::Number::from_f64(number).map_or_else(
            || number.to_string(),
            |_| ryu_js::Buffer::new().format(number).to_owned(),
        ));
    }
    if let Some(flag) = value.as_bool() {
        return Ok(flag.to_string());
    }
    Ok(thrown::kind(value.type_of().as_str()))
}

/// A string data property of `object` or its prototypes. No getter and no Proxy trap runs.
///
/// # Errors
/// As [`lossy`].
pub(super) fn data_property<'js>(ctx: &Ctx<'js>, object: &Object<'js>, name: &str) -> Result<Option<String>> {
    let mut current = object.clone();
    for _ in 0..MAX_PROTOTYPES {
        if current.is_proxy() {
            return Ok(None);
        }
        match own_data(ctx, &current, name)? {
            Own::Absent => match current.get_prototype() {
                Some(prototype) => current = prototype,
                None => return Ok(None),
            },
            Own::Other => return Ok(None),
            Own::Text(text) => return Ok(Some(text)),
        }
    }
    Ok(None)
}

enum Own {
    Absent,
    Other,
    Text(String),
}

#[expect(
    unsafe_code,
    reason = "the binding reads properties only in ways that run getters"
)]
fn own_data<'js>(ctx: &Ctx<'js>, object: &Object<'js>, name: &str) -> Result<Own> {
    let Ok(name) = CString::new(name) else {
        return Ok(Own::Absent);
    };
    let raw = ctx.as_raw().as_ptr();
    let mut found = std::mem::MaybeUninit::<qjs::JSPropertyDescriptor>::uninit();
    // SAFETY: `raw` and `object` are alive; `name` ends in NUL; the atom is freed after its only use. The
    // descriptor is read only when the engine says that it filled it, and its three values, which are
    // owned by us then, are handed to `Value`, which frees them. `object` is no Proxy, so no code of the
    // script runs.
    let (flags, value) = unsafe {
        let atom = qjs::JS_NewAtom(raw, name.as_ptr());
        let outcome = qjs::JS_GetOwnProperty(raw, found.as_mut_ptr(), object.as_value().as_raw(), atom);
        qjs::JS_FreeAtom(raw, atom);
        if outcome <= 0 {
            return Ok(if outcome == 0 { Own::Absent } else { Own::Other });
        }
        let found = found.assume_init();
        drop(Value::from_raw(ctx.clone(), found.getter));
        drop(Value::from_raw(ctx.clone(), found.setter));
        (found.flags, Value::from_raw(ctx.clone(), found.value))
    };
    if flags & qjs::JS_PROP_GETSET.cast_signed() != 0 {
        return Ok(Own::Other);
    }
    match value.as_string() {
        Some(text) => lossy(text).map(Own::Text),
        None => Ok(Own::Other),
    }
}

/// The text of a string; lone surrogates become U+FFFD.
///
/// # Errors
/// The engine has no memory for a copy of it; its error is pending.
pub(super) fn lossy(text: &JsString<'_>) -> Result<String> {
    let found = match text.to_string() {
        Err(Error::Utf8(_)) => {
            let escaped = text.ctx().json_stringify(text.clone())?;
            let escaped = escaped.map_or_else(|| Ok(String::new()), |escaped| escaped.to_string());
            escaped.map(|escaped| replace_lone(&escaped))
        }
        found => found,
    };
    // The binding's word for it.
    found.map_err(|_| Error::Exception)
}

/// Reads a JSON string whose lone surrogates are escaped.
fn replace_lone(json: &str) -> String {
    let mut fixed = String::with_capacity(json.len());
    let mut rest = json;
    while let Some(at) = rest.find('\\') {
        fixed.push_str(&rest[..at]);
        let escape = &rest[at..];
        let lone = escape.get(2..4).is_some_and(|high| {
            escape.starts_with("\\u")
                && (high.starts_with(['d', 'D']))
                && high[1..].starts_with(['8', '9', 'a', 'b', 'c', 'd', 'e', 'f'])
        });
        let length = if lone { 6 } else { 2 };
        let end = length.min(escape.len());
        fixed.push_str(if lone { "\\ufffd" } else { &escape[..end] });
        rest = &escape[end..];
    }
    fixed.push_str(rest);
    serde_json::from_str(&fixed).unwrap_or_default()
}

/// At most 1 KiB without control characters.
pub(super) fn clean(message: &str, host: &Host) -> String {
    host.cut(one_line(message), MAX_MESSAGE)
}

/// Whether a thrown value is the engine's own out-of-memory error, by its message.
pub(super) fn is_out_of_memory(thrown: &Value<'_>, message: &str) -> bool {
    thrown.is_error() && message == "out of memory"
}

/// Throws an error that no `catch` sees.
#[expect(unsafe_code, reason = "the binding cannot mark an error as uncatchable")]
pub(super) fn throw_stop(ctx: &Ctx<'_>) -> rquickjs::Error {
    let _ = Exception::throw_internal(ctx, "stopped");
    let error = ctx.catch();
    // SAFETY: both are alive; a value that is not an error is left as it is.
    unsafe {
        qjs::JS_SetUncatchableError(ctx.as_raw().as_ptr(), error.as_raw());
    }
    ctx.throw(error)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files() -> Vec<String> {
        vec!["actions/a (b)/code.js".to_owned()]
    }

    #[test]
    fn the_first_frame_in_an_own_file_is_the_place() {
        let stack = "    at call (native)\n    at setCustomClaim (builtin:api:1:821)\n    at f (actions/a (b)/code.js:7:3)\n";
        let place = place(stack, &files()).unwrap();
        assert_eq!(
            (place.file.as_str(), place.line, place.column),
            ("actions/a (b)/code.js", 7, 3)
        );
    }

    #[test]
    fn a_syntax_error_names_its_place_without_a_function() {
        assert_eq!(
            place("    at actions/a (b)/code.js:2:11\n", &files())
                .unwrap()
                .column,
            11
        );
    }

    #[test]
    fn forged_frames_are_ignored() {
        for stack in [
            "    at f (actions/a (b)/code.js:4294967296:1)",
            "at f (x/actions/a (b)/code.js:1:1)",
            "code.js:1:1",
        ] {
            assert_eq!(place(stack, &files()), None, "{stack}");
        }
    }

    #[test]
    fn lone_surrogates_are_replaced_and_everything_else_is_kept() {
        assert_eq!(
            replace_lone(r#""a\ud800b\\ud800\n\u0007""#),
            "a\u{fffd}b\\ud800\n\u{7}"
        );
    }

    #[test]
    fn messages_are_one_line() {
        assert_eq!(one_line("a\u{1b}[31m\nb"), "a[31mb");
    }
}
