//! The text of a JavaScript stack.
//!
//! A script can write such a text itself, or choose the names in it. So what it says is looked for in the
//! sources before anybody is sent there (`places`).

/// File, line and column of a stack's line, where the file is one of `files`:
/// `    at name (file:line:column)`, or without a name and parentheses for a syntax error.
pub(super) fn frame<'a>(line: &str, files: &'a [String]) -> Option<(&'a str, u32, u32)> {
    let line = line.trim_start().strip_prefix("at ")?;
    let line = line.strip_suffix(')').unwrap_or(line);
    let (line, column) = line.rsplit_once(':')?;
    let (before, line) = line.rsplit_once(':')?;
    let file = files.iter().find(|file| {
        before
            .strip_suffix(file.as_str())
            .is_some_and(|name| name.is_empty() || name.ends_with('('))
    })?;
    Some((file, line.parse().ok()?, column.parse().ok()?))
}
