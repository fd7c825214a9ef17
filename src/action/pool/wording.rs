//! The engine's own errors in the words of V8.
//!
//! The text of an uncaught error is what the application gets, and applications and their tests look for the words
//! that the platform's engine has for the usual mistakes. What a function was called as stands in the source alone.

use crate::command::{Failure, FailureKind};

/// Puts the message of a failed script into V8's words. `source` is the file in which the error was thrown.
pub(super) fn as_in_v8(failure: &mut Failure, source: Option<&str>) {
    if failure.kind != FailureKind::Exception {
        return;
    }
    let callee = || {
        let line = source?
            .split('\n')
            .nth(usize::try_from(failure.line?).ok()?.checked_sub(1)?)?;
        callee(line, usize::try_from(failure.column?).ok()?.checked_sub(1)?)
    };
    if let Some(words) = words(&failure.message, callee) {
        failure.message = words;
    }
}

/// V8's words for a message of the engine; `None` for any other.
fn words(message: &str, callee: impl FnOnce() -> Option<Callee>) -> Option<String> {
    match message {
        "circular reference" => return Some("Converting circular structure to JSON".to_owned()),
        "not a constructor" | "not a function" => return callee().map(Callee::missing),
        "unexpected token: 'undefined'" => return Some("\"undefined\" is not valid JSON".to_owned()),
        _ => {}
    }
    for (verb, done) in [("read", "reading"), ("set", "setting")] {
        let rest = message
            .strip_prefix("cannot ")
            .and_then(|rest| rest.strip_prefix(verb));
        let Some(rest) = rest.and_then(|rest| rest.strip_prefix(" property '")) else {
            continue;
        };
        let (name, of) = rest.rsplit_once("' of ")?;
        return match (name, of) {
            ("Symbol.iterator", "null" | "undefined") => Some(format!("{of} is not iterable")),
            (_, "null" | "undefined") => Some(format!("Cannot {verb} properties of {of} ({done} '{name}')")),
            _ => None,
        };
    }
    if let Some(name) = message.strip_suffix(" is not initialized")
        && is_name(name)
    {
        return Some(format!("Cannot access '{name}' before initialization"));
    }
    let constant = message
        .strip_prefix('\'')
        .and_then(|rest| rest.strip_suffix("' is read-only"));
    constant
        .is_some_and(is_name)
        .then(|| "Assignment to constant variable.".to_owned())
}

/// What a line of a source calls or constructs.
struct Callee {
    text: String,
    is_constructed: bool,
}

impl Callee {
    /// The message where it is no function or no constructor.
    fn missing(self) -> String {
        let what = if self.is_constructed {
            "constructor"
        } else {
            "function"
        };
        format!("{} is not a {what}", self.text)
    }
}

/// The callee whose last name, or whose only one, begins at the 0-based `column` of `line`, as V8 prints it: calls on
/// the way are `(...)`. `None` where the place is none, or where the script made the error itself.
fn callee(line: &str, column: usize) -> Option<Callee> {
    let line: Vec<char> = line.chars().collect();
    let length = line
        .get(column..)?
        .iter()
        .take_while(|letter| is_part(**letter))
        .count();
    let after: String = line[column + length..].iter().collect();
    let last: String = line[column..column + length].iter().collect();
    let mut text = last;
    let mut start = column;
    while line[..start].last() == Some(&'.') {
        let before = before(&line, start)?;
        start = before.start;
        text.insert_str(0, &before.text);
    }
    let before: String = line[..start].iter().collect();
    let before = before.trim_end();
    let is_constructed = before
        .strip_suffix("new")
        .is_some_and(|rest| !rest.ends_with(is_part));
    if is_constructed {
        // The engine names the first name of what is constructed.
        let rest = after
            .chars()
            .take_while(|letter| is_part(*letter) || *letter == '.');
        text.extend(rest);
    }
    let is_own_error = is_constructed && text.ends_with("Error");
    (length > 0 && !is_own_error && after_is_call(&after, is_constructed))
        .then_some(Callee { text, is_constructed })
}

/// Whether what follows the name is a call. A member in brackets is called as its last part, which has no name.
fn after_is_call(after: &str, is_constructed: bool) -> bool {
    let after = after.trim_start();
    is_constructed || after.starts_with('(') || after.starts_with("?.(")
}

/// What stands before a name, up to where it begins.
struct Before {
    text: String,
    start: usize,
}

/// One step to the left of a dot that ends at `start`: the name, call or index before it. `None` where it cannot be
/// told, as where a text holds a bracket.
fn before(line: &[char], start: usize) -> Option<Before> {
    let mut at = start.checked_sub(1)?;
    let mut text = String::from(".");
    if at.checked_sub(1).is_some_and(|at| line[at] == '?') {
        at -= 1;
        text.insert(0, '?');
    }
    loop {
        let end = at;
        match *line.get(end.checked_sub(1)?)? {
            ')' => {
                at = opening(line, end - 1, '(', ')')?;
                text.insert_str(0, "(...)");
            }
            ']' => {
                at = opening(line, end - 1, '[', ']')?;
                let index: String = line[at..end].iter().collect();
                let literal = index[1..index.len() - 1].trim();
                let quoted = literal.len() > 2
                    && (literal.starts_with('\'') && literal.ends_with('\'')
                        || literal.starts_with('"') && literal.ends_with('"'));
                if quoted {
                    text.insert_str(0, &format!(".{}", &literal[1..literal.len() - 1]));
                } else {
                    text.insert_str(0, &index);
                }
            }
            letter if is_part(letter) => {
                let name = line[..end]
                    .iter()
                    .rev()
                    .take_while(|letter| is_part(**letter))
                    .count();
                let name: String = line[end - name..end].iter().collect();
                text.insert_str(0, &name);
                return Some(Before {
                    start: end - name.chars().count(),
                    text,
                });
            }
            _ => return None,
        }
    }
}

/// Where the bracket opens that closes at `end`.
fn opening(line: &[char], end: usize, open: char, close: char) -> Option<usize> {
    let mut depth = 0usize;
    for at in (0..=end).rev() {
        if line[at] == close {
            depth += 1;
        } else if line[at] == open {
            depth -= 1;
            if depth == 0 {
                return Some(at);
            }
        }
    }
    None
}

fn is_name(text: &str) -> bool {
    !text.is_empty() && text.chars().all(is_part)
}

fn is_part(letter: char) -> bool {
    letter.is_alphanumeric() || matches!(letter, '_' | '$' | '#')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(line: &str, name: &str) -> Option<String> {
        let column = line[..line.rfind(name)?].chars().count();
        words("not a function", || callee(line, column))
    }

    #[test]
    fn a_callee_is_read_from_its_line_as_v8_prints_it() {
        let cases = [
            (
                "  api.user.setMetadata(1);",
                "setMetadata",
                "api.user.setMetadata is not a function",
            ),
            ("const x = (f(1, 2));", "f", "f is not a function"),
            ("a.b(c(1)).foo().bar();", "foo", "a.b(...).foo is not a function"),
            (
                "user.roles['x y'].has(1)",
                "has",
                "user.roles.x y.has is not a function",
            ),
            ("list[0].run()", "run", "list[0].run is not a function"),
            ("a?.b.c()", "c", "a?.b.c is not a function"),
            (
                "new event.user.Thing(1)",
                "event",
                "event.user.Thing is not a constructor",
            ),
            ("if (!é.roles().length) {}", "roles", "é.roles is not a function"),
        ];
        for (line, name, said) in cases {
            assert_eq!(at(line, name).as_deref(), Some(said), "{line}");
        }
    }

    #[test]
    fn where_the_source_has_no_callee_the_words_stay() {
        for (line, name) in [
            ("throw new TypeError('not a function');", "TypeError"),
            ("event['a b']();", "event"),
            ("  ", " "),
            ("(() => 1)()()", "("),
            (")].x()", "x"),
            ("a.b('(').foo().bar();", "foo"),
        ] {
            assert_eq!(at(line, name), None, "{line}");
        }
        for column in 0..40 {
            let _ = callee("a.b)]['?.(new X().#y?.z[0]()", column);
        }
    }

    #[test]
    fn usual_mistakes_have_the_words_of_v8() {
        let said = |message| words(message, || None);
        for (message, words) in [
            (
                "cannot read property 'a b' of undefined",
                "Cannot read properties of undefined (reading 'a b')",
            ),
            (
                "cannot read property '' of null",
                "Cannot read properties of null (reading '')",
            ),
            (
                "cannot set property 'x' of undefined",
                "Cannot set properties of undefined (setting 'x')",
            ),
            (
                "cannot read property 'Symbol.iterator' of undefined",
                "undefined is not iterable",
            ),
            ("'k' is read-only", "Assignment to constant variable."),
            ("y is not initialized", "Cannot access 'y' before initialization"),
            ("circular reference", "Converting circular structure to JSON"),
            ("unexpected token: 'undefined'", "\"undefined\" is not valid JSON"),
        ] {
            assert_eq!(said(message).as_deref(), Some(words), "{message}");
        }
        for message in [
            "not a function",
            "cannot read property 'x' of my notes",
            "the cache is not initialized",
            "cannot read the file",
            "",
        ] {
            assert_eq!(said(message), None, "{message}");
        }
    }
}
