//! From how a process of Node.js says that a run ended to a [`Failure`].

use super::names::Names;
use super::said::{Error, Failed};
use super::thrown;
use crate::action::pool::modules::Modules;
use crate::action::pool::prepared::Prepared;
use crate::action::reached;
use crate::action::script::Script;
use crate::action::thrown::one_line;
use crate::command::{Failure, FailureKind, Handler};

/// What a run comes to that the process says to have failed; none where that is no failure.
pub(super) fn of_run(
    failed: Failed,
    handler: Handler,
    action: &Prepared,
    names: &Names,
    modules: &mut Modules<'_>,
) -> Option<Failure> {
    let name = &action.script().name;
    match failed {
        Failed::Exit(how) => {
            let message = reached::exit(name, &clean(&how, action));
            Some(plain(FailureKind::Exception, message, action))
        }
        Failed::Never(()) => {
            let message = reached::never_finished(name, handler);
            Some(plain(FailureKind::NeverFinished, message, action))
        }
        // What a login goes on with may be left out.
        Failed::NoHandler(()) if handler == Handler::Continue => None,
        Failed::NoHandler(()) => {
            let mut failure = plain(FailureKind::Exception, reached::no_handler(name, handler), action);
            failure.line = Some(1);
            failure.column = Some(1);
            Some(failure)
        }
        Failed::Syntax(error) => {
            let mut failure = thrown(error, action, names, modules);
            failure.stack = None;
            let Script { file, source, .. } = action.script();
            let is_module = failure
                .line
                .is_some_and(|line| reached::es_module(source, line).is_some());
            if is_module || file.ends_with("ts") {
                failure.message = reached::to_be_compiled(&failure.message);
            }
            Some(failure)
        }
        // Only a run is told of it, before it has begun.
        Failed::Stale(()) => None,
        Failed::Threw(error) => Some(thrown(error, action, names, modules)),
    }
}

/// A failure in the Action's main file, without a place.
pub(super) fn plain(kind: FailureKind, message: String, action: &Prepared) -> Failure {
    Failure {
        kind,
        message,
        file: Some(action.script().file.clone()),
        helper: None,
        line: None,
        column: None,
        stack: None,
    }
}

/// At most 1 KiB without control characters. Secrets are hidden before it is cut: half of one would not be found.
pub(super) fn clean(text: &str, action: &Prepared) -> String {
    cut(one_line(text), MAX_MESSAGE, action)
}

fn cut(text: String, bytes: usize, action: &Prepared) -> String {
    if text.len() <= bytes {
        return text;
    }
    action.search().cut(&text, bytes)
}

const MAX_MESSAGE: usize = 1 << 10;
const MAX_STACK: usize = 8 << 10;

/// The failure of an error that nobody caught.
fn thrown(error: Error, action: &Prepared, names: &Names, modules: &mut Modules<'_>) -> Failure {
    let message = names.shown_in(thrown::message(error.value));
    let mut failure = plain(FailureKind::Exception, clean(&message, action), action);
    failure.file = None;
    let Some(stack) = error.stack else {
        return failure;
    };
    let mut place = header(&stack);
    let mut lines = Vec::new();
    for frame in stack.lines().filter_map(Frame::parse) {
        let Some(file) = names.shown(frame.path) else {
            continue;
        };
        modules.seen(&file, frame.path);
        if place.is_none() && !frame.path.contains("/node_modules/") {
            place = Some((frame.path, frame.line, frame.column));
        }
        lines.push(one_line(&frame.shown(&file)));
    }
    if let Some((path, line, column)) = place
        && let Some(file) = names.shown(path)
    {
        modules.seen(&file, path);
        failure.file = Some(file);
        failure.line = Some(line);
        failure.column = Some(column);
    }
    failure.stack = Some(cut(lines.join("\n"), MAX_STACK, action));
    failure
}

/// The place of a syntax error: V8 puts file and line, the source line and a mark below its error before the stack.
fn header(stack: &str) -> Option<(&str, u32, u32)> {
    let mut lines = stack.lines();
    let (path, line) = lines.next()?.rsplit_once(':')?;
    let line = line.parse().ok()?;
    let source = lines.next()?;
    if Frame::parse(source).is_some() {
        return None;
    }
    let mark = lines.next()?;
    let column = mark.find('^').filter(|at| mark[..*at].trim().is_empty())?;
    Some((path, line, u32::try_from(column + 1).ok()?))
}

/// A line of V8's stack that has a place.
#[derive(Debug, PartialEq, Eq)]
struct Frame<'a> {
    /// The function.
    name: Option<&'a str>,
    path: &'a str,
    line: u32,
    column: u32,
}

impl<'a> Frame<'a> {
    fn parse(line: &'a str) -> Option<Self> {
        let text = line.trim_start().strip_prefix("at ")?;
        let (name, place) = match text.strip_suffix(')') {
            Some(text) => {
                let (name, place) = text.split_once(" (")?;
                (Some(name), place)
            }
            None => (None, text.strip_prefix("async ").unwrap_or(text)),
        };
        let (place, column) = place.rsplit_once(':')?;
        let (path, line) = place.rsplit_once(':')?;
        Some(Self {
            name,
            path: path.strip_prefix("file://").unwrap_or(path),
            line: line.parse().ok()?,
            column: column.parse().ok()?,
        })
    }

    fn shown(&self, file: &str) -> String {
        let Self {
            name, line, column, ..
        } = self;
        match name {
            Some(name) => format!("    at {name} ({file}:{line}:{column})"),
            None => format!("    at {file}:{line}:{column}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_of_v8_has_a_name_or_none() {
        let frame = |line| Frame::parse(line).map(|frame| (frame.name, frame.path, frame.line, frame.column));
        assert_eq!(
            frame("    at async Object.run [as x] (/t/actions/a (b)/code.js:3:14)"),
            Some((Some("async Object.run [as x]"), "/t/actions/a (b)/code.js", 3, 14))
        );
        assert_eq!(
            frame("    at async file:///t/b.mjs:1:2"),
            Some((None, "/t/b.mjs", 1, 2))
        );
        for line in ["Error: at x", "    at new Promise (<anonymous>)", "at a:b:c", ""] {
            assert_eq!(frame(line), None, "{line}");
        }
    }

    #[test]
    fn the_place_of_a_syntax_error_stands_before_the_stack() {
        let stack =
            "/t/code.js:2\n  a b\n    ^\n\nSyntaxError: Unexpected identifier\n    at x (/t/y.js:1:1)";
        assert_eq!(header(stack), Some(("/t/code.js", 2, 5)));
        assert_eq!(header("Error: x:1\n    at a (/t/y.js:1:1)\n  ^"), None);
        assert_eq!(header("Error: no\n    at a (/t/y.js:1:1)"), None);
    }
}
