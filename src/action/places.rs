//! Places that a worker names, looked up in the sources.
//!
//! Where a call was made the engine knows, and only the method's name is looked for. Where an error was thrown
//! its stack says, and that is text which the script may have written, as in Node. So the place of an error is
//! shown only where the Action's own files have such a line and column.

use super::method_place::name_places;
use super::modules::Modules;
use super::script::Script;
use super::stack;
use crate::command::{Failure, Report};
use crate::trace::Origin;
use std::borrow::Cow;
use std::collections::BTreeMap;

/// Moves calls to the names of their methods, and takes out places that are in no source.
pub(super) fn look_up(report: &mut Report, script: &Script, modules: &Modules<'_>) {
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
        let source = match &file {
            None => Some(Cow::Borrowed(&*script.source)),
            Some(file) => modules.source(file),
        };
        if let Some(source) = source {
            name_places(&source, calls);
        }
    }
    if let Some(failure) = &mut report.failure {
        believe(failure, script, modules);
    }
}

/// Keeps of a failure the places that there are.
fn believe(failure: &mut Failure, script: &Script, modules: &Modules<'_>) {
    let Some(stack) = &mut failure.stack else {
        return within_source(failure, script);
    };
    let files = modules.names();
    let mut sources: BTreeMap<&str, Option<Cow<'_, str>>> = BTreeMap::new();
    let mut is_there = |file: &'_ str, line, column| {
        let file = files.iter().find(|name| *name == file)?;
        let source = sources.entry(file).or_insert_with(|| modules.source(file));
        has_place(source.as_deref()?, line, column).then_some(())
    };
    let lines = stack.lines().filter(|line| {
        stack::frame(line, &files).is_some_and(|(file, line, column)| is_there(file, line, column).is_some())
    });
    *stack = lines.collect::<Vec<_>>().join("\n");
    let named = (failure.file.as_deref(), failure.line, failure.column);
    if let (Some(file), Some(line), Some(column)) = named
        && is_there(file, line, column).is_none()
    {
        (failure.file, failure.line, failure.column) = (None, None, None);
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

/// Whether a source has a line and in it a column, both 1-based; the end of a line counts.
fn has_place(source: &str, line: u32, column: u32) -> bool {
    let index = usize::try_from(line).ok().and_then(|line| line.checked_sub(1));
    let Some(text) = index.and_then(|index| source.split('\n').nth(index)) else {
        return false;
    };
    usize::try_from(column).is_ok_and(|column| (1..=text.chars().count() + 1).contains(&column))
}

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
    use super::has_place;

    #[test]
    fn a_place_is_a_column_of_a_line() {
        let source = "abc\né\n";
        for (line, column) in [(1, 1), (1, 4), (2, 2), (3, 1)] {
            assert!(has_place(source, line, column), "{line}:{column}");
        }
        for (line, column) in [(0, 1), (1, 0), (1, 5), (2, 3), (4, 1), (u32::MAX, u32::MAX)] {
            assert!(!has_place(source, line, column), "{line}:{column}");
        }
    }
}
