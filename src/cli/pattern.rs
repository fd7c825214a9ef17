//! Text that is expected: `*` stands for any characters, `\*` for a star.
//!
//! A backslash means itself, except before a star: there two backslashes are one, so `\\*` is a backslash and then
//! anything, and `\\\*` a backslash and a star. So every text can be written, and text without a star is
//! written as it is.

/// What stands between the wildcards.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Pattern {
    first: String,
    /// What comes after each wildcard.
    rest: Vec<String>,
}

/// The pattern that matches `text` alone.
pub(super) fn literal(text: &str) -> String {
    let mut written = String::with_capacity(text.len());
    let mut backslashes = 0;
    for character in text.chars() {
        if character == '*' {
            written.extend(std::iter::repeat_n('\\', backslashes + 1));
        }
        backslashes = if character == '\\' { backslashes + 1 } else { 0 };
        written.push(character);
    }
    written
}

impl Pattern {
    /// The pattern that this text spells.
    pub(super) fn of(written: &str) -> Self {
        let mut parts = vec![String::new()];
        let mut backslashes = 0;
        for character in written.chars() {
            let Some(part) = parts.last_mut() else { break };
            match character {
                '*' => {
                    // Of the backslashes before it, every second one stands for the one after it.
                    part.truncate(part.len() - backslashes / 2 - backslashes % 2);
                    if backslashes % 2 == 1 {
                        part.push('*');
                    } else {
                        parts.push(String::new());
                    }
                }
                other => part.push(other),
            }
            backslashes = if character == '\\' { backslashes + 1 } else { 0 };
        }
        Self::between_wildcards(parts)
    }

    /// The pattern with a wildcard between each two of these texts.
    pub(super) fn between_wildcards(texts: impl IntoIterator<Item = String>) -> Self {
        let mut texts = texts.into_iter();
        Self {
            first: texts.next().unwrap_or_default(),
            rest: texts.collect(),
        }
    }

    /// The texts between the wildcards; the whole text where there is no wildcard.
    pub(super) fn texts(&self) -> impl Iterator<Item = &str> {
        std::iter::once(self.first.as_str()).chain(self.rest.iter().map(String::as_str))
    }

    /// Whether there is nothing but wildcards and white space, so that everything matches.
    pub(super) fn says_nothing(&self) -> bool {
        self.texts().all(|text| text.trim().is_empty())
    }

    /// Whether the pattern matches the whole text.
    pub(super) fn matches(&self, text: &str) -> bool {
        let Some((last, middle)) = self.rest.split_last() else {
            return text == self.first;
        };
        let Some(mut text) = text.strip_prefix(&self.first) else {
            return false;
        };
        for part in middle {
            match text.find(part) {
                Some(found) => text = &text[found + part.len()..],
                None => return false,
            }
        }
        text.ends_with(last)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_star_stands_for_any_text() {
        for (pattern, text, is_match) in [
            ("a*c", "abc", true),
            ("a*b*c", "a12b3c", true),
            ("a*c", "abd", false),
            ("abc", "abcd", false),
            ("ab*bc", "abc", false),
        ] {
            assert_eq!(Pattern::of(pattern).matches(text), is_match, "{pattern} {text}");
        }
    }

    #[test]
    fn a_star_after_a_backslash_is_a_star() {
        for (pattern, text, is_match) in [
            (r"\*", "*", true),
            (r"\*", "x", false),
            (r"\*", r"\x", false),
            (r"read:\*", "read:*", true),
            (r"read:\*", "read:x", false),
            (r"\\*", r"\x", true),
            (r"\\*", "*", false),
            (r"\\\*", r"\*", true),
            (r"C:\\a\n", r"C:\\a\n", true),
            (r"*\*", "a*", true),
            (r"*\*", "ab", false),
        ] {
            assert_eq!(Pattern::of(pattern).matches(text), is_match, "{pattern} {text}");
        }
        assert_eq!(literal("read:*"), r"read:\*");
        assert_eq!(literal(r"a\b"), r"a\b");
    }

    proptest! {
        #[test]
        fn what_is_written_literally_matches_itself_alone(text in r"[*\\a\u{e9}]{0,6}", other in r"[*\\a\u{e9}]{0,6}") {
            let pattern = Pattern::of(&literal(&text));
            prop_assert!(pattern.matches(&text));
            prop_assert_eq!(pattern.matches(&other), text == other);
        }
    }
}
