//! JavaScript without its comments, strings and regular expressions.

/// The bytes of a source with blanks in the place of what is no code. Lines stay where they are, and what `${}`
/// holds in a template is code.
#[derive(Debug)]
pub(in crate::action::pool) struct BareCode(Vec<u8>);

impl BareCode {
    /// That of `source`.
    pub fn of(source: &str) -> Self {
        Self(without_text(source))
    }

    /// As many bytes as the source has.
    pub(in crate::action::pool) fn bytes(&self) -> &[u8] {
        &self.0
    }

    pub(super) fn lines(&self) -> impl Iterator<Item = &[u8]> {
        self.0.split(|byte| *byte == b'\n')
    }
}

fn without_text(source: &str) -> Vec<u8> {
    let mut blanked = Blanked {
        left: source.as_bytes(),
        shown: Vec::with_capacity(source.len()),
        templates: Vec::new(),
    };
    while let Some((byte, _)) = blanked.left.split_first() {
        match byte {
            b'/' if blanked.left.starts_with(b"//") => blanked.blank(line_end(blanked.left)),
            b'/' if blanked.left.starts_with(b"/*") => blanked.blank(comment_end(blanked.left)),
            b'/' => match pattern_end(blanked.left).filter(|_| blanked.value_may_begin()) {
                Some(end) => blanked.blank(end),
                None => blanked.show(),
            },
            quote @ (b'"' | b'\'') => blanked.blank(string_end(blanked.left, *quote)),
            b'`' => blanked.template(1),
            b'{' => {
                if let Some(depth) = blanked.templates.last_mut() {
                    *depth += 1;
                }
                blanked.show();
            }
            b'}' => match blanked.templates.last_mut() {
                // The end of what a template holds: its text goes on.
                Some(0) => {
                    blanked.templates.pop();
                    blanked.template(1);
                }
                Some(depth) => {
                    *depth -= 1;
                    blanked.show();
                }
                None => blanked.show(),
            },
            _ => blanked.show(),
        }
    }
    blanked.shown
}

/// Whether a byte is part of a name.
pub(in crate::action::pool) fn is_of_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'$') || !byte.is_ascii()
}

struct Blanked<'a> {
    left: &'a [u8],
    shown: Vec<u8>,
    /// For each template that is open, the braces that are open in what it holds.
    templates: Vec<usize>,
}

impl Blanked<'_> {
    fn show(&mut self) {
        if let Some((byte, rest)) = self.left.split_first() {
            self.shown.push(*byte);
            self.left = rest;
        }
    }

    fn blank(&mut self, bytes: usize) {
        let (text, rest) = self.left.split_at(bytes.min(self.left.len()));
        let blank = |byte: &u8| if *byte == b'\n' { b'\n' } else { b' ' };
        self.shown.extend(text.iter().map(blank));
        // What comes after a string is seen to come after a value.
        if let (Some(quote @ (b'"' | b'\'' | b'`')), Some(end)) = (text.last(), self.shown.last_mut()) {
            *end = *quote;
        }
        self.left = rest;
    }

    /// The text of a template that begins after `from` bytes, up to its end or to what it holds.
    fn template(&mut self, from: usize) {
        let mut at = from;
        while let Some(byte) = self.left.get(at) {
            match byte {
                b'\\' => at += 2,
                b'`' => return self.blank(at + 1),
                b'$' if self.left.get(at + 1) == Some(&b'{') => {
                    self.templates.push(0);
                    return self.blank(at + 2);
                }
                _ => at += 1,
            }
        }
        self.blank(at);
    }

    /// Whether a value may come next, so that a slash begins a regular expression and divides nothing.
    fn value_may_begin(&self) -> bool {
        let before = self.shown.trim_ascii_end();
        let Some(last) = before.last() else {
            return true;
        };
        if !is_of_word(*last) {
            return !matches!(last, b')' | b']' | b'}' | b'"' | b'\'' | b'`');
        }
        let begins = before
            .iter()
            .rposition(|byte| !is_of_word(*byte))
            .map_or(0, |at| at + 1);
        WORDS.contains(&&before[begins..])
    }
}

/// Words that a value comes after.
const WORDS: [&[u8]; 12] = [
    b"await",
    b"case",
    b"delete",
    b"do",
    b"else",
    b"in",
    b"instanceof",
    b"of",
    b"return",
    b"throw",
    b"typeof",
    b"yield",
];

fn line_end(text: &[u8]) -> usize {
    text.iter().position(|byte| *byte == b'\n').unwrap_or(text.len())
}

fn comment_end(text: &[u8]) -> usize {
    let end = text[2..].windows(2).position(|two| two == b"*/");
    end.map_or(text.len(), |end| end + 4)
}

/// The end of a string, or of its line where it has none.
fn string_end(text: &[u8], quote: u8) -> usize {
    let mut at = 1;
    while let Some(byte) = text.get(at) {
        match byte {
            b'\\' => at += 2,
            b'\n' => return at,
            _ if *byte == quote => return at + 1,
            _ => at += 1,
        }
    }
    text.len()
}

/// The end of a regular expression; none where the line ends before.
fn pattern_end(text: &[u8]) -> Option<usize> {
    let mut at = 1;
    let mut in_class = false;
    while let Some(byte) = text.get(at) {
        match byte {
            b'\\' => at += 1,
            b'\n' => return None,
            b'[' => in_class = true,
            b']' => in_class = false,
            b'/' if !in_class => return Some(at + 1),
            _ => {}
        }
        at += 1;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::without_text;

    #[test]
    fn only_code_is_left() {
        for (source, code) in [
            ("a // b\nc", "a     \nc"),
            ("a /* b\nc */ d", "a     \n     d"),
            (r#"f("a\"b", 'c')"#, r#"f(     ",   ')"#),
            ("`a${b + `c${d}`}e`f", "    b +     d `  `f"),
            ("`${{a: {}}}`", "   {a: {}} `"),
            ("a / b / c", "a / b / c"),
            ("'a' / b / c", "  ' / b / c"),
            ("return /a[/(]/g", "return        g"),
            ("(/a/)", "(   )"),
            ("'é'", "   '"),
            ("'a\nb", "  \nb"),
        ] {
            assert_eq!(String::from_utf8(without_text(source)).unwrap(), code, "{source}");
        }
    }
}
