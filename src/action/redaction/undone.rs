//! A text with its escapes undone, so that a secret is found however often and by whatever it was escaped.
//!
//! Left out is also what is put between the characters of a text where it is shown on several lines, as a list of
//! numbers or in quotes, and what some encodings write in the place of others: white space, quotes, slashes
//! and the sign that is a space in a form. Letters are small ones.

/// Bytes, and for each the part of the text that it stands for.
pub(super) struct Undone {
    pub bytes: Vec<u8>,
    parts: Vec<(u32, u32)>,
}

/// Escapes within escapes are undone so often.
const MAX_DEPTH: usize = 8;

impl Undone {
    /// None where a text is longer than 4 GiB.
    pub fn of(text: &str) -> Option<Self> {
        let length = u32::try_from(text.len()).ok()?;
        let mut undone = Self {
            bytes: text.as_bytes().to_vec(),
            parts: (0..length).map(|at| (at, at + 1)).collect(),
        };
        for _ in 0..if has_escapes(text) { MAX_DEPTH } else { 0 } {
            let before = undone.bytes.len();
            undone = undone.without_escapes();
            if undone.bytes.len() == before {
                break;
            }
        }
        Some(undone.plain())
    }

    /// The part of the text that the bytes from `start` to `end` stand for.
    pub fn part(&self, start: usize, end: usize) -> Option<(usize, usize)> {
        let first = self.parts.get(start)?;
        let last = self.parts.get(end.checked_sub(1)?)?;
        Some((first.0 as usize, last.1 as usize))
    }

    fn without_escapes(&self) -> Self {
        let mut undone = Self::with_capacity(self.bytes.len());
        let mut at = 0;
        while let Some(byte) = self.bytes.get(at) {
            if let Some((escaped, length)) = escape(&self.bytes[at..]) {
                let last = self.parts[at + length - 1].1;
                undone.push(escaped.bytes(), (self.parts[at].0, last));
                at += length;
            } else {
                undone.push_byte(*byte, self.parts[at]);
                at += 1;
            }
        }
        undone
    }

    /// Small letters, and nothing that is left out.
    fn plain(&self) -> Self {
        let mut plain = Self::with_capacity(self.bytes.len());
        let mut at = 0;
        while let Some(byte) = self.bytes.get(at) {
            if byte.is_ascii() {
                if !is_left_out(char::from(*byte)) {
                    plain.push_byte(byte.to_ascii_lowercase(), self.parts[at]);
                }
                at += 1;
                continue;
            }
            let rest = &self.bytes[at..];
            let beyond = rest.iter().position(u8::is_ascii).unwrap_or(rest.len());
            for chunk in rest[..beyond].utf8_chunks() {
                for character in chunk.valid().chars() {
                    let end = at + character.len_utf8();
                    let part = (self.parts[at].0, self.parts[end - 1].1);
                    if !is_left_out(character) {
                        for small in character.to_lowercase() {
                            plain.push(small.encode_utf8(&mut [0; 4]).as_bytes(), part);
                        }
                    }
                    at = end;
                }
                for byte in chunk.invalid() {
                    plain.push_byte(*byte, self.parts[at]);
                    at += 1;
                }
            }
        }
        plain
    }

    fn with_capacity(bytes: usize) -> Self {
        Self {
            bytes: Vec::with_capacity(bytes),
            parts: Vec::with_capacity(bytes),
        }
    }

    fn push(&mut self, bytes: &[u8], part: (u32, u32)) {
        for byte in bytes {
            self.push_byte(*byte, part);
        }
    }

    fn push_byte(&mut self, byte: u8, part: (u32, u32)) {
        self.bytes.push(byte);
        self.parts.push(part);
    }
}

/// Whether a text may have escapes.
pub(super) fn has_escapes(text: &str) -> bool {
    text.contains(['%', '\\', '&'])
}

fn is_left_out(character: char) -> bool {
    character.is_whitespace()
        || character.is_control()
        || matches!(character, '"' | '\'' | '`' | '\\' | '/' | '+')
}

/// What an escape stands for.
enum Escaped {
    Byte([u8; 1]),
    Character([u8; 4], usize),
    Nothing,
}

impl Escaped {
    fn bytes(&self) -> &[u8] {
        match self {
            Self::Byte(byte) => byte,
            Self::Character(bytes, length) => &bytes[..*length],
            Self::Nothing => &[],
        }
    }

    fn character(code: u32) -> Option<Self> {
        let mut bytes = [0; 4];
        let length = char::from_u32(code)?.encode_utf8(&mut bytes).len();
        Some(Self::Character(bytes, length))
    }
}

/// The escape that the text begins with, and its length.
fn escape(text: &[u8]) -> Option<(Escaped, usize)> {
    match text {
        [b'%', rest @ ..] => percent(rest),
        [b'\\', rest @ ..] => Some(backslash(rest)),
        [b'&', rest @ ..] => reference(rest),
        _ => None,
    }
}

/// `%41`, and `%u0041` of `escape`.
fn percent(rest: &[u8]) -> Option<(Escaped, usize)> {
    if let Some(byte) = byte(rest) {
        return Some((Escaped::Byte([byte]), 3));
    }
    unit(rest).map(|(escaped, length)| (escaped, 1 + length))
}

/// `\u0041`, `\u{41}`, `\x41`, `\n`; before anything else the backslash alone.
fn backslash(rest: &[u8]) -> (Escaped, usize) {
    if let Some((escaped, length)) = unit(rest) {
        return (escaped, 1 + length);
    }
    match rest {
        [b'\\', ..] => Some((Escaped::Byte([b'\\']), 2)),
        [b'x', digits @ ..] => byte(digits).map(|byte| (Escaped::Byte([byte]), 4)),
        [b'n' | b'r' | b't' | b'b' | b'f' | b'v', ..] => Some((Escaped::Nothing, 2)),
        _ => None,
    }
    .unwrap_or((Escaped::Nothing, 1))
}

/// `u0041`, two of them for a pair of surrogates, or `u{41}`.
fn unit(rest: &[u8]) -> Option<(Escaped, usize)> {
    let digits = rest.strip_prefix(b"u")?;
    if let Some(digits) = digits.strip_prefix(b"{") {
        let length = digits.iter().take(9).position(|byte| *byte == b'}')?;
        let character = Escaped::character(number(&digits[..length], 16)?)?;
        return Some((character, length + 3));
    }
    let high = number(digits.get(..4)?, 16)?;
    if let Some(character) = Escaped::character(high) {
        return Some((character, 5));
    }
    // What comes between them is the same that came before the first one.
    let low = digits.get(4..)?.get(1..)?.strip_prefix(b"u")?;
    let low = number(low.get(..4)?, 16)?;
    let units = [u16::try_from(high).ok()?, u16::try_from(low).ok()?];
    let character = char::decode_utf16(units).next()?.ok()?;
    Some((Escaped::character(character.into())?, 11))
}

/// `amp;`, `#65;`, `#x41;`
fn reference(rest: &[u8]) -> Option<(Escaped, usize)> {
    let length = rest.iter().take(9).position(|byte| *byte == b';')?;
    let code = match &rest[..length] {
        b"amp" => u32::from(b'&'),
        b"lt" => u32::from(b'<'),
        b"gt" => u32::from(b'>'),
        b"quot" => u32::from(b'"'),
        b"apos" => u32::from(b'\''),
        [b'#', b'x' | b'X', digits @ ..] => number(digits, 16)?,
        [b'#', digits @ ..] => number(digits, 10)?,
        _ => return None,
    };
    Some((Escaped::character(code)?, length + 2))
}

fn byte(digits: &[u8]) -> Option<u8> {
    u8::try_from(number(digits.get(..2)?, 16)?).ok()
}

fn number(digits: &[u8], base: u32) -> Option<u32> {
    if !digits.iter().all(u8::is_ascii_alphanumeric) {
        return None;
    }
    u32::from_str_radix(std::str::from_utf8(digits).ok()?, base).ok()
}

#[cfg(test)]
mod tests {
    use super::Undone;

    #[test]
    fn escapes_are_undone_however_deep() {
        for text in [
            "aé<b>&𝒳c",
            "A\u{c9}<b>\n&𝒳c",
            r"a\u00e9\u003Cb>&\ud835\udcb3c",
            r"a\\u00e9<\\\\\/b\n>&\u{1d4b3}c",
            r"a\\\\u00e9<b>&\\ud835\\udcb3c",
            "a%C3%A9%3Cb%3e%26%F0%9D%92%B3c",
            "a%25C3%25A9%253Cb%253e%2526%25F0%259D%2592%25B3c",
            "a%u00E9<b>&%uD835%uDCB3c",
            "a&#xe9;&lt;b&gt;&amp;&#119987;c",
            "'aé<b>' +\n    '&𝒳c",
        ] {
            let undone = Undone::of(text).unwrap();
            assert_eq!(String::from_utf8(undone.bytes).unwrap(), "aé<b>&𝒳c", "{text}");
        }
    }

    #[test]
    fn what_is_no_escape_stays() {
        for text in ["100%", "%zz", "%u12", "a&b;", "&#xzz;", "%+1%-1", "&;"] {
            let undone = Undone::of(text).unwrap();
            let left = text.replace('+', "");
            assert_eq!(String::from_utf8(undone.bytes).unwrap(), left);
        }
    }

    #[test]
    fn parts_are_those_of_the_text() {
        let text = r"x \\u0061%2562 é";
        let undone = Undone::of(text).unwrap();
        assert_eq!(undone.bytes, "xabé".as_bytes());
        let part = |start, end| undone.part(start, end).map(|(start, end)| &text[start..end]);
        assert_eq!(part(0, 1), Some("x"));
        assert_eq!(part(2, 3), Some("%2562"));
        assert_eq!(part(3, 5), Some("é"));
        assert_eq!(part(1, 3).map(|part| part.ends_with("%2562")), Some(true));
    }
}
