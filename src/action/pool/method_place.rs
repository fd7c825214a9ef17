//! Where a call of an `api` method is written.
//!
//! The engine gives the place of the last operation before a call, which is often an argument. People
//! look for the method's name, so the name is looked up in the source, backwards from there.

mod code;

pub(super) use code::{BareCode, is_of_word};

use crate::trace::Origin;
use std::collections::HashMap;

/// Lines that one call may span.
const MAX_LINES: usize = 200;
/// Bytes of text that are looked through for one call.
const MAX_BACK: usize = 4 << 10;
/// Bytes of text that are looked through for all calls of a run, which may be very many. What is left keeps
/// the place that the engine gave.
const MAX_READ: usize = 512 << 10;

/// Moves the place of each call of a method to the method's name, where the name is found in `source`, whose bare
/// code is `code`.
pub(super) fn name_places<'a>(
    source: &str,
    code: &BareCode,
    calls: impl IntoIterator<Item = (&'a str, &'a mut Origin)>,
) {
    let mut text = Text::new(source, code);
    let mut known = HashMap::new();
    for (method, origin) in calls {
        let name = method.rsplit('.').next().unwrap_or_default();
        let (Some(line), Some(column)) = (origin.line, origin.column) else {
            continue;
        };
        let found = known
            .entry((line, column, name))
            .or_insert_with(|| text.name_place(name, line, column));
        if let Some((line, column)) = *found {
            origin.line = Some(line);
            origin.column = Some(column);
        }
    }
}

/// A source, and what is known of it.
struct Text<'a> {
    /// The lines as they are.
    lines: Vec<&'a str>,
    /// The same lines with blanks in the place of comments and strings: a name in them calls nothing.
    code: Vec<&'a [u8]>,
    /// Where the characters of lines begin that are not ASCII.
    characters: HashMap<usize, Vec<usize>>,
    /// Bytes that may still be looked through.
    left: usize,
}

impl<'a> Text<'a> {
    fn new(source: &'a str, code: &'a BareCode) -> Self {
        let is_ascii = source.is_ascii();
        let lines: Vec<&str> = source.split('\n').collect();
        let mut characters = HashMap::new();
        if !is_ascii {
            for (index, line) in lines.iter().enumerate().filter(|(_, line)| !line.is_ascii()) {
                characters.insert(index, line.char_indices().map(|(byte, _)| byte).collect());
            }
        }
        Self {
            lines,
            code: code.lines().collect(),
            characters,
            left: MAX_READ,
        }
    }

    /// The nearest `name(` at or before a place whose parenthesis is still open there.
    fn name_place(&mut self, name: &str, line: u32, column: u32) -> Option<(u32, u32)> {
        let last = usize::try_from(line).ok()?.checked_sub(1)?;
        let reached = self.byte_at(last, usize::try_from(column).ok()?)?;
        let (before, here) = self.code[last].split_at(reached);
        if !ends_in_word(before) && here.strip_prefix(name.as_bytes()).is_some_and(opens) {
            return self.place(last, reached);
        }
        let allowed = MAX_BACK.min(self.left);
        let mut unread = allowed;
        let found = self.name_before(name, last, reached, &mut unread);
        self.left -= allowed - unread;
        let (index, byte) = found?;
        self.place(index, byte)
    }

    /// Line and byte of the name; reads at most `unread` bytes.
    fn name_before(
        &self,
        name: &str,
        last: usize,
        reached: usize,
        unread: &mut usize,
    ) -> Option<(usize, usize)> {
        // Parentheses that are closed between the name and the place, read backwards.
        let mut closed = 0usize;
        for index in (last.saturating_sub(MAX_LINES)..=last).rev() {
            let text = self.code[index];
            let end = if index == last { reached } else { text.len() };
            let start = end.saturating_sub(*unread);
            for position in (start..end).rev() {
                *unread -= 1;
                match text[position] {
                    b')' => closed += 1,
                    b'(' if closed > 0 => closed -= 1,
                    b'(' => {
                        let before = text[start..position].trim_ascii_end();
                        if let Some(before) = before.strip_suffix(name.as_bytes())
                            && !ends_in_word(before)
                        {
                            return Some((index, start + before.len()));
                        }
                    }
                    b';' if closed == 0 && index != last => return None,
                    _ => {}
                }
            }
            // The end of a line counts too.
            *unread = unread.checked_sub(1)?;
        }
        None
    }

    /// The byte of a 1-based column, at most the line's length.
    fn byte_at(&self, index: usize, column: usize) -> Option<usize> {
        let length = self.lines.get(index)?.len();
        let before = column.saturating_sub(1);
        Some(match self.characters.get(&index) {
            Some(characters) => characters.get(before).copied().unwrap_or(length),
            None => before.min(length),
        })
    }

    fn place(&self, index: usize, byte: usize) -> Option<(u32, u32)> {
        let before = match self.characters.get(&index) {
            Some(characters) => characters.partition_point(|at| *at < byte),
            None => byte,
        };
        Some((u32::try_from(index + 1).ok()?, u32::try_from(before + 1).ok()?))
    }
}

/// Whether a call's parenthesis follows.
fn opens(rest: &[u8]) -> bool {
    rest.trim_ascii_start().starts_with(b"(")
}

/// Whether a name goes on backwards: `xdeny` is not `deny`.
fn ends_in_word(before: &[u8]) -> bool {
    before.last().is_some_and(|byte| is_of_word(*byte))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::{Duration, Instant};

    fn found(source: &str, name: &str, line: u32, column: u32) -> Option<(u32, u32)> {
        Text::new(source, &BareCode::of(source)).name_place(name, line, column)
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

    #[test]
    fn names_in_comments_and_strings_and_other_names_call_nothing() {
        for source in [
            "const f = api.access.deny; /* api.access.deny( */ f('x')",
            "const f = api.access.deny; g('deny(', f('x'))",
            "const f = api.access.deny; `deny(${f('x')}`",
            "const f = api.access.deny; /deny(/.test(f('x'))",
            "const f = api.access.deny; xdeny(f('x'))",
        ] {
            let column = u32::try_from(source.rfind("f('x')").unwrap() + 3).unwrap();
            assert_eq!(found(source, "deny", 1, column), None, "{source}");
        }
        let source = "api.access.deny(')' + /\\)/ + `)${1}`, 'é', x)";
        assert_eq!(found(source, "deny", 1, 45), Some((1, 12)));
    }

    #[test]
    fn columns_are_characters() {
        let source = "const é = 'ü'; api.access.deny('é', é)";
        assert_eq!(found(source, "deny", 1, 37), Some((1, 27)));
    }

    #[test]
    fn many_calls_on_one_long_line_cost_little() {
        const CALLS: u32 = 9_999;
        let at = |column| Origin {
            line: Some(1),
            column: Some(column),
            ..Origin::default()
        };
        let names = "setCustomClaim(a);".repeat(95_000 / 18);
        for source in ["f('é',1); ".repeat(9_500), "f('e',1); ".repeat(9_500), names] {
            let mut calls: Vec<Origin> = (0..CALLS).map(|index| at(index * 9 + 5)).collect();
            let started = Instant::now();
            name_places(
                &source,
                &BareCode::of(&source),
                calls.iter_mut().map(|origin| ("idToken.setCustomClaim", origin)),
            );
            let took = started.elapsed();
            // Far from what looking through the whole line for each call would take: a minute.
            assert!(took < Duration::from_secs(5), "{took:?}");
        }
    }
}
