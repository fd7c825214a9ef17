//! Ways in which text is written so that other text can hold it, undone.

use html5gum::{Token, Tokenizer};
use std::borrow::Cow;

/// The name of a way of writing, and what undoes it.
pub(super) type Way = (&'static str, fn(&str) -> Cow<'_, str>);

/// The text with one way of writing undone, and its name; `None` if nothing is to be undone.
pub(super) fn undone(text: &str) -> Option<(&'static str, String)> {
    let ways: [Way; 8] = [
        ("quoted lines", without_quotes_of_mail),
        ("typographic quotes", with_plain_quotes),
        ("invisible characters", without_invisible),
        ("quoted-printable", quoted_printable),
        ("escapes of a command line", without_carets),
        ("JSON escapes", json),
        ("character references", references),
        ("percent encoding", percent),
    ];
    ways.into_iter().find_map(|(name, undo)| match undo(text) {
        Cow::Owned(plain) if plain != text => Some((name, plain)),
        _ => None,
    })
}

/// `\"`, `\/`, `\n`, `\u003d` and their siblings; anything else after a backslash stays.
pub(super) fn json(text: &str) -> Cow<'_, str> {
    if !text.contains('\\') {
        return Cow::Borrowed(text);
    }
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('\\') {
        plain.push_str(&rest[..at]);
        let escape = &rest[at + 1..];
        let found = match escape.bytes().next() {
            Some(simple @ (b'"' | b'\'' | b'/' | b'\\')) => (Some(char::from(simple)), 1),
            // The last is a line that goes on, as in a shell.
            Some(b'n' | b'r' | b'\n') => (Some('\n'), 1),
            Some(b't') => (Some(' '), 1),
            Some(b'u') => (escape.get(1..5).and_then(hexadecimal), 5),
            Some(b'x') => (escape.get(1..3).and_then(hexadecimal), 3),
            _ => (None, 0),
        };
        let (character, length) = if found.0.is_some() { found } else { (None, 0) };
        plain.push(character.unwrap_or('\\'));
        rest = &escape[length..];
    }
    plain.push_str(rest);
    Cow::Owned(plain)
}

fn hexadecimal(digits: &str) -> Option<char> {
    if !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    u32::from_str_radix(digits, 16).ok().and_then(char::from_u32)
}

/// `&lt;`, `&#43;`, `&#x2b;`: the references of HTML, which has those of XML among them.
pub(super) fn references(text: &str) -> Cow<'_, str> {
    if !text.contains('&') {
        return Cow::Borrowed(text);
    }
    // With `<` escaped there is no markup, so the tokenizer gives text alone.
    let text = text.replace('<', "&lt;");
    let mut plain = Vec::with_capacity(text.len());
    for token in Tokenizer::new(&text).flatten() {
        if let Token::String(part) = token {
            plain.extend_from_slice(&part.value);
        }
    }
    Cow::Owned(String::from_utf8_lossy(&plain).into_owned())
}

/// Percent escapes; `+` stays, because nothing says that this is a form.
pub(super) fn percent(text: &str) -> Cow<'_, str> {
    if !text.contains('%') {
        return Cow::Borrowed(text);
    }
    percent_encoding::percent_decode_str(text).decode_utf8_lossy()
}

/// Whether most lines begin with `>`. A line or two may be the end of a tag.
pub(super) fn is_quoted_mail(text: &str) -> bool {
    let lines = text.lines().filter(|line| !line.trim().is_empty());
    let (quoted, all) = lines.fold((0, 0), |(quoted, all), line| {
        (quoted + usize::from(is_quoted(line)), all + 1)
    });
    quoted > 0 && quoted * 2 >= all
}

fn is_quoted(line: &str) -> bool {
    line.trim_start().starts_with('>')
}

/// `> ` before each line of a mail that is answered.
fn without_quotes_of_mail(text: &str) -> Cow<'_, str> {
    if !is_quoted_mail(text) {
        return Cow::Borrowed(text);
    }
    let lines = text.lines().map(|line| match line {
        quoted if is_quoted(quoted) => quoted.trim_start_matches([' ', '\t', '>']),
        line => line,
    });
    Cow::Owned(lines.collect::<Vec<_>>().join("\n"))
}

/// Word processors and chats put these in the place of `"` and `'`.
fn with_plain_quotes(text: &str) -> Cow<'_, str> {
    if !text.contains(TYPOGRAPHIC) {
        return Cow::Borrowed(text);
    }
    let plain = text.replace(['\u{201c}', '\u{201d}', '\u{201e}', '\u{ab}', '\u{bb}'], "\"");
    Cow::Owned(plain.replace(['\u{2018}', '\u{2019}', '\u{201a}'], "'"))
}

/// What web pages and chats put between characters without anybody seeing it.
fn without_invisible(text: &str) -> Cow<'_, str> {
    const INVISIBLE: [char; 6] = [
        '\u{200b}', '\u{200c}', '\u{200d}', '\u{2060}', '\u{feff}', '\u{ad}',
    ];
    if !text.contains(INVISIBLE) && !text.contains('\u{a0}') {
        return Cow::Borrowed(text);
    }
    Cow::Owned(text.replace(INVISIBLE, "").replace('\u{a0}', " "))
}

/// The shell of Windows takes what follows a `^` as it stands.
fn without_carets(text: &str) -> Cow<'_, str> {
    if !text.contains("^%") && !text.contains("^&") {
        return Cow::Borrowed(text);
    }
    Cow::Owned(text.replace('^', ""))
}

/// RFC 2045 section 6.7.
fn quoted_printable(text: &str) -> Cow<'_, str> {
    let is_quoted = text.contains("=3D") && (text.contains("=\n") || text.contains("=\r\n"));
    if !is_quoted {
        return Cow::Borrowed(text);
    }
    let joined = text.replace("=\r\n", "").replace("=\n", "");
    let mut plain = Vec::with_capacity(joined.len());
    let mut rest = joined.as_bytes();
    while let [first, after @ ..] = rest {
        let escaped = match after {
            [high, low, ..] if *first == b'=' => byte_of(*high, *low),
            _ => None,
        };
        plain.push(escaped.unwrap_or(*first));
        rest = if escaped.is_some() { &after[2..] } else { after };
    }
    Cow::Owned(String::from_utf8_lossy(&plain).into_owned())
}

fn byte_of(high: u8, low: u8) -> Option<u8> {
    let digit = |byte: u8| char::from(byte).to_digit(16);
    u8::try_from(digit(high)? * 16 + digit(low)?).ok()
}

pub(super) const TYPOGRAPHIC: [char; 8] = [
    '\u{201c}', '\u{201d}', '\u{201e}', '\u{2018}', '\u{2019}', '\u{201a}', '\u{ab}', '\u{bb}',
];
