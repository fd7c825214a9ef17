//! Files of `NAME=value`, as Node's `--env-file` and dotenv read them.
//!
//! A value in quotes (`'`, `"` or a backtick) may go over several lines; in double quotes `\n` and the other escapes of
//! JSON mean what they mean there. Behind a value a comment may stand, after white space and a `#`.

/// One `NAME=value`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Assignment {
    pub name: String,
    pub value: String,
    /// 1-based line of the name.
    pub line: u32,
}

/// What is wrong with a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// It is no `NAME=value`.
    NoAssignment,
    /// The quote that begins on it does not end.
    Unclosed,
    /// Something stands behind the quote that ends a value of several lines.
    Trailing,
}

/// What the text assigns, in order, and each line that is wrong.
pub(super) fn read(text: &str) -> Vec<Result<Assignment, (Fault, u32)>> {
    let text = text.replace("\r\n", "\n");
    let mut found = Vec::new();
    let mut rest = text.as_str();
    let mut number = 1;
    while !rest.is_empty() {
        let line = rest.split('\n').next().unwrap_or_default();
        let (read, taken) = match assignment(line) {
            Line::Nothing => (None, line.len()),
            Line::Wrong => (Some(Err((Fault::NoAssignment, number))), line.len()),
            Line::Assigns { name, value_at } => {
                let (value, length) = value(&rest[value_at..]);
                let assigned = value.map(|value| Assignment {
                    name: name.to_owned(),
                    value,
                    line: number,
                });
                (Some(assigned.map_err(|fault| (fault, number))), value_at + length)
            }
        };
        found.extend(read);
        number = number.saturating_add(count(&rest[..taken]) + 1);
        rest = rest.get(taken + 1..).unwrap_or_default();
    }
    found
}

enum Line<'l> {
    Nothing,
    Wrong,
    Assigns { name: &'l str, value_at: usize },
}

fn assignment(line: &str) -> Line<'_> {
    let begin = line.trim_start();
    if begin.is_empty() || begin.starts_with('#') {
        return Line::Nothing;
    }
    let Some((name, value)) = line.split_once('=') else {
        return Line::Wrong;
    };
    let name = name.trim();
    let name = match name.strip_prefix("export") {
        Some(rest) if rest.starts_with(char::is_whitespace) => rest.trim_start(),
        _ => name,
    };
    if name.is_empty() {
        return Line::Wrong;
    }
    Line::Assigns {
        name,
        value_at: line.len() - value.len(),
    }
}

/// The value at the beginning of `text`, and how many bytes it takes up to the end of its last line.
fn value(text: &str) -> (Result<String, Fault>, usize) {
    let line = text.split('\n').next().unwrap_or_default();
    let bare = line.trim();
    let Some(quote) = bare
        .chars()
        .next()
        .filter(|first| ['"', '\'', '`'].contains(first))
    else {
        return (Ok(without_quotes(line)), line.len());
    };
    let start = line.len() - line.trim_start().len() + 1;
    let closing = closing(&text[start..], quote).map(|at| start + at);
    let of_line = closing.filter(|at| *at < line.len());
    if let Some(at) = of_line
        && is_over(&line[at + 1..])
    {
        return (Ok(unescaped(&text[start..at], quote)), line.len());
    }
    // On one line what stands between the outer quotes is the value, whatever it is.
    if bare.len() > 1 && bare.ends_with(quote) {
        return (Ok(unescaped(&bare[1..bare.len() - 1], quote)), line.len());
    }
    if of_line.is_some() {
        return (Ok(without_quotes(line)), line.len());
    }
    let Some(at) = closing else {
        return (Err(Fault::Unclosed), text.len());
    };
    let after = text[at + 1..].split('\n').next().unwrap_or_default();
    let value = if is_over(after) {
        Ok(unescaped(&text[start..at], quote))
    } else {
        Err(Fault::Trailing)
    };
    (value, at + 1 + after.len())
}

/// Where `quote` ends: in double quotes the character behind a backslash does not count.
fn closing(text: &str, quote: char) -> Option<usize> {
    let mut characters = text.char_indices();
    while let Some((at, character)) = characters.next() {
        if character == quote {
            return Some(at);
        }
        if character == '\\' && quote == '"' {
            characters.next();
        }
    }
    None
}

/// Whether nothing but a comment follows.
fn is_over(rest: &str) -> bool {
    let rest = rest.trim_start();
    rest.is_empty() || rest.starts_with('#')
}

/// The value on a line without quotes. In a PEM text `\n` is a line end: no PEM text holds a backslash.
fn without_quotes(line: &str) -> String {
    let value = without_comment(line).trim();
    if value.starts_with("-----BEGIN ") {
        return value.replace("\\n", "\n");
    }
    value.to_owned()
}

/// The line up to a `#` behind white space.
fn without_comment(line: &str) -> &str {
    let comment = line.match_indices('#').find(|(at, _)| {
        let before = &line[..*at];
        before.ends_with(char::is_whitespace)
    });
    comment.map_or(line, |(at, _)| &line[..at])
}

/// The text in quotes: in double quotes with the escapes of JSON, unless one of them is none.
fn unescaped(text: &str, quote: char) -> String {
    if quote != '"' || !text.contains('\\') {
        return text.to_owned();
    }
    let mut json = String::from("\"");
    for character in text.chars() {
        match character {
            '\n' => json.push_str("\\n"),
            '\t' => json.push_str("\\t"),
            '\r' => json.push_str("\\r"),
            other => json.push(other),
        }
    }
    json.push('"');
    serde_json::from_str(&json).unwrap_or_else(|_| text.to_owned())
}

fn count(text: &str) -> u32 {
    u32::try_from(text.matches('\n').count()).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(text: &str) -> Vec<(String, String, u32)> {
        let read = read(text).into_iter().map(Result::unwrap);
        read.map(|one| (one.name, one.value, one.line)).collect()
    }

    #[test]
    fn values_are_bare_or_in_quotes_of_three_kinds() {
        for (line, value) in [
            ("A=bare value ", "bare value"),
            ("A=bare # comment", "bare"),
            ("A=a#b", "a#b"),
            ("A=#b", "#b"),
            ("A= # comment", ""),
            ("A=", ""),
            ("  export\tA = x", "x"),
            ("A='as \\n is' # it's \"so\"", "as \\n is"),
            ("A=\"x\\ny\\t\\\"z\\\"\" #", "x\ny\t\"z\""),
            ("A=\"C:\\dir\"", "C:\\dir"),
            ("A=\"C:\\dir\\\"", "C:\\dir\\"),
            ("A=`'\"`", "'\""),
            ("A='it's'", "it's"),
            ("A=\"a\" b", "\"a\" b"),
            ("A=b\"c", "b\"c"),
            (
                "A=-----BEGIN X-----\\nYQ==\\n-----END X-----",
                "-----BEGIN X-----\nYQ==\n-----END X-----",
            ),
            ("A=a\\nb", "a\\nb"),
        ] {
            assert_eq!(values(line), [("A".to_owned(), value.to_owned(), 1)], "{line}");
        }
    }

    #[test]
    fn values_in_quotes_go_over_several_lines() {
        for ends in ["\n", "\r\n"] {
            let text = [
                "# keys",
                "A=\"one",
                "# no comment",
                "B=2",
                "\" # ends",
                "C='x",
                "",
                "y'",
                "D=`",
                "`",
                "E=5",
            ];
            let read = values(&text.join(ends));
            let read: Vec<_> = read
                .iter()
                .map(|(name, value, line)| (&**name, &**value, *line))
                .collect();
            assert_eq!(
                read,
                [
                    ("A", "one\n# no comment\nB=2\n", 2),
                    ("C", "x\n\ny", 6),
                    ("D", "\n", 9),
                    ("E", "5", 11),
                ]
            );
        }
    }

    #[test]
    fn a_quote_that_does_not_end_is_one_fault_on_the_line_where_it_begins() {
        let faults = |text| read(text).into_iter().filter_map(Result::err).collect::<Vec<_>>();
        assert_eq!(faults("A=1\nB=\"x\nC=2\nnothing\n"), [(Fault::Unclosed, 2)]);
        assert_eq!(faults("A='x"), [(Fault::Unclosed, 1)]);
        assert_eq!(
            faults("A='x\ny' z\nnothing\n=x"),
            [
                (Fault::Trailing, 1),
                (Fault::NoAssignment, 3),
                (Fault::NoAssignment, 4)
            ]
        );
    }

    proptest::proptest! {
        #[test]
        fn whatever_a_file_holds_it_is_read_to_its_end(text in r#"[A=\n"'`\\# é]{0,40}"#) {
            read(&text);
        }
    }
}
