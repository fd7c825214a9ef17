//! Where a call of an `api` method is written.
//!
//! The engine gives the place of the last operation before a call, which is often an argument. People
//! look for the method's name, so the name is looked up in the source, backwards from there.

use crate::command::Call;

/// Lines that one call may span.
const MAX_LINES: usize = 200;

/// Moves the place of each call to its method's name, where the name is found in `source`.
pub(super) fn name_places(source: &str, calls: &mut [Call]) {
    if calls.is_empty() {
        return;
    }
    let lines: Vec<&str> = source.split('\n').collect();
    for call in calls {
        let name = call.method.rsplit('.').next().unwrap_or_default();
        let (Some(line), Some(column)) = (call.origin.line, call.origin.column) else {
            continue;
        };
        if let Some((line, column)) = name_place(&lines, name, line, column) {
            call.origin.line = Some(line);
            call.origin.column = Some(column);
        }
    }
}

/// The nearest `name(` at or before a place whose parenthesis is still open there.
fn name_place(lines: &[&str], name: &str, line: u32, column: u32) -> Option<(u32, u32)> {
    let last = usize::try_from(line).ok()?.checked_sub(1)?;
    let reached = byte_at(lines.get(last)?, usize::try_from(column).ok()?);
    // Parentheses that are closed between the name and the place, read backwards.
    let mut closed = 0usize;
    for index in (last.saturating_sub(MAX_LINES)..=last).rev() {
        let text = lines[index];
        let end = if index == last { reached } else { text.len() };
        if index == last
            && text.get(end..).is_some_and(|rest| rest.starts_with(name))
            && opens(&text[end + name.len()..])
        {
            return place(index, text, end);
        }
        for (position, character) in text[..end].char_indices().rev() {
            match character {
                ')' => closed += 1,
                '(' if closed > 0 => closed -= 1,
                '(' => {
                    let before = text[..position].trim_end();
                    if before.ends_with(name) {
                        return place(index, text, before.len() - name.len());
                    }
                }
                ';' if closed == 0 && index != last => return None,
                _ => {}
            }
        }
    }
    None
}

/// Whether a call's parenthesis follows.
fn opens(rest: &str) -> bool {
    rest.trim_start().starts_with('(')
}

fn byte_at(text: &str, column: usize) -> usize {
    text.char_indices()
        .nth(column.saturating_sub(1))
        .map_or(text.len(), |(byte, _)| byte)
}

fn place(index: usize, text: &str, byte: usize) -> Option<(u32, u32)> {
    let column = text[..byte].chars().count() + 1;
    Some((u32::try_from(index + 1).ok()?, u32::try_from(column).ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(source: &str, name: &str, line: u32, column: u32) -> Option<(u32, u32)> {
        name_place(&source.split('\n').collect::<Vec<_>>(), name, line, column)
    }

    #[test]
    fn an_argument_leads_back_to_the_name() {
        let source = "  api.user.setAppMetadata(name, f(a, b) + 1);";
        assert_eq!(found(source, "setAppMetadata", 1, 27), Some((1, 12)));
        assert_eq!(found(source, "setAppMetadata", 1, 41), Some((1, 12)));
        assert_eq!(found(source, "setAppMetadata", 1, 12), Some((1, 12)));
    }

    #[test]
    fn a_call_over_several_lines_is_found_at_its_name() {
        let source = "api.idToken.setCustomClaim(\n  'over_lines',\n  label + '!',\n);";
        assert_eq!(found(source, "setCustomClaim", 3, 9), Some((1, 13)));
    }

    #[test]
    fn another_call_of_the_same_method_is_not_taken_for_this_one() {
        let source = "api.access.deny('a');\nconst f = api.access.deny; f(x)";
        assert_eq!(found(source, "deny", 2, 30), None);
        assert_eq!(found("deny(a); f(x)", "deny", 1, 12), None);
    }
}
