//! Places that a worker names, looked up in the sources.
//!
//! Where a call was made the engine knows, and only the method's name is looked for. Where an error was thrown
//! its stack says, and that is text which the script may have written, as in Node. So the place of an error is
//! shown only where the Action's own files have such a line and column.

use super::method_place::{BareCode, name_places};
use super::modules::Modules;
use super::prepared::Prepared;
use super::wording::as_in_v8;
use crate::action::script::Script;
use crate::action::stack;
use crate::command::{Failure, Report};
use crate::trace::Origin;
use std::borrow::Cow;
use std::collections::BTreeMap;

/// Moves calls to the names of their methods, and takes out places that are in no source.
pub(super) fn look_up(report: &mut Report, action: &Prepared, modules: &Modules<'_>) {
    let script = action.script();
    let mut calls: BTreeMap<Option<String>, Vec<(&str, &mut Origin)>> = BTreeMap::new();
    let asked = report
        .calls
        .iter_mut()
        .map(|call| (call.method.as_str(), &mut call.origin));
    let noticed = report
        .remarks
        .iter_mut()
        .map(|remark| (remark.method.as_str(), &mut remark.origin));
    for (method, origin) in asked.chain(noticed) {
        calls
            .entry(origin.file.clone())
            .or_default()
            .push((method, origin));
    }
    for (file, calls) in calls {
        match file {
            None => name_places(&script.source, action.bare_code(), calls),
            Some(file) => {
                if let Some(source) = modules.source(&file) {
                    name_places(&source, &BareCode::of(&source), calls);
                }
            }
        }
    }
    if let Some(failure) = &mut report.failure {
        believe(failure, script, modules);
    }
}

/// Puts the message of the embedded engine's failure into V8's words.
pub(super) fn put_into_words(report: &mut Report, modules: &Modules<'_>) {
    if let Some(failure) = &mut report.failure {
        let source = failure.file.as_deref().and_then(|file| modules.source(file));
        as_in_v8(failure, source.as_deref());
    }
}

/// Keeps of a failure the places that there are.
fn believe(failure: &mut Failure, script: &Script, modules: &Modules<'_>) {
    let Some(stack) = &mut failure.stack else {
        return within_source(failure, script);
    };
    let files = modules.names();
    let mut sources: BTreeMap<&str, Option<Cow<'_, str>>> = BTreeMap::new();
    let mut place_in = |file: &str, line, column| {
        let file = files.iter().find(|name| *name == file)?;
        let source = sources.entry(file).or_insert_with(|| modules.source(file));
        place_in(source.as_deref()?, line, column)
    };
    let lines = stack.lines().filter(|line| {
        stack::frame(line, &files).is_some_and(|(file, line, column)| {
            place_in(file, line, column).is_some_and(|place| place == (line, column))
        })
    });
    *stack = lines.collect::<Vec<_>>().join("\n");
    let (Some(file), Some(line), Some(column)) = (failure.file.as_deref(), failure.line, failure.column)
    else {
        return;
    };
    let place = place_in(file, line, column);
    (failure.line, failure.column) = place.unzip();
    if place.is_none() {
        failure.file = None;
    }
}

/// Who asked, of every call and every remark.
pub(super) fn origins(report: &mut Report) -> impl Iterator<Item = &mut Origin> {
    let asked = report.calls.iter_mut().map(|call| &mut call.origin);
    asked.chain(report.remarks.iter_mut().map(|remark| &mut remark.origin))
}

/// The name of a file as seen from the Action's folder.
pub(super) fn seen_from(script: &Script, file: &str) -> String {
    let folder = script.file.rsplit_once('/').map(|(folder, _)| folder);
    let inner = folder.and_then(|folder| file.strip_prefix(folder)?.strip_prefix('/'));
    inner.unwrap_or(file).replace(char::is_control, "")
}

/// Line and column, both 1-based, if a source has them; the end of a line counts. What is in the end of the function
/// that a module is wrapped in is at the end of its source.
fn place_in(source: &str, line: u32, column: u32) -> Option<(u32, u32)> {
    let index = usize::try_from(line).ok()?.checked_sub(1)?;
    let end_of = |text: &str| u32::try_from(text.chars().count() + 1).ok();
    if let Some(text) = source.split('\n').nth(index) {
        return (1..=end_of(text)?).contains(&column).then_some((line, column));
    }
    let last = source.split('\n').nth(index.checked_sub(1)?)?;
    (column <= WRAPPED).then_some((line - 1, end_of(last)?))
}

/// Columns of what follows the source.
const WRAPPED: u32 = 3;

/// A syntax error past the end of the source is in what the source is wrapped in: it ends too early.
fn within_source(failure: &mut Failure, script: &Script) {
    let source = script.source.trim_end();
    let lines = source.lines().count().max(1);
    let is_main = failure.file.as_deref() == Some(&*script.file);
    let past = failure
        .line
        .is_some_and(|line| usize::try_from(line).is_ok_and(|line| line > lines));
    if !is_main || !past {
        return;
    }
    let last = source.lines().last().unwrap_or_default().chars().count();
    failure.line = u32::try_from(lines).ok();
    failure.column = u32::try_from(last + 1).ok();
    failure.message = format!("the source ends too early: {}", failure.message);
}

#[cfg(test)]
mod tests {
    use super::place_in;

    #[test]
    fn a_place_is_a_column_of_a_line() {
        let source = "abc\né\n";
        for (line, column) in [(1, 1), (1, 4), (2, 2), (3, 1)] {
            assert_eq!(place_in(source, line, column), Some((line, column)));
        }
        assert_eq!(place_in(source, 4, 2), Some((3, 1)));
        for (line, column) in [
            (0, 1),
            (1, 0),
            (1, 5),
            (2, 3),
            (4, 4),
            (5, 1),
            (u32::MAX, u32::MAX),
        ] {
            assert_eq!(place_in(source, line, column), None, "{line}:{column}");
        }
    }
}
