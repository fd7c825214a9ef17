//! The small pieces of XML: names, attribute values, references, line ends, the declaration.

use super::super::name::is_ncname;
use super::super::problem::XmlProblem;
use super::super::writer::is_illegal;
use quick_xml::events::BytesDecl;
use std::borrow::Cow;

/// The XML declaration: at the very beginning, version 1.0, UTF-8.
pub(super) fn prolog(offset: usize, declaration: &BytesDecl<'_>) -> Result<(), XmlProblem> {
    if offset != 0 {
        return Err(XmlProblem::Malformed("an XML declaration after the beginning"));
    }
    if declaration.version().ok().as_deref() != Some("1.0") {
        return Err(XmlProblem::Malformed(
            "the XML declaration is not one of version 1.0",
        ));
    }
    match declaration.encoding() {
        None => Ok(()),
        Some(Ok(encoding)) if encoding.eq_ignore_ascii_case("utf-8") => Ok(()),
        Some(_) => Err(XmlProblem::Encoding),
    }
}

/// Prefix and local part (Namespaces in XML 1.0 production 7).
pub(super) fn split_name(name: &str) -> Result<(&str, &str), XmlProblem> {
    let (prefix, local) = name.split_once(':').unwrap_or(("", name));
    if !is_ncname(local) || !(prefix.is_empty() && !name.starts_with(':') || is_ncname(prefix)) {
        return Err(XmlProblem::Malformed("a name that is not one"));
    }
    Ok((prefix, local))
}

/// References resolved and white space normalised (XML 1.0 section 3.3.3).
pub(super) fn attribute_value(raw: &str) -> Result<Cow<'_, str>, XmlProblem> {
    if raw.contains('<') {
        return Err(XmlProblem::Malformed("< in an attribute value"));
    }
    if !raw
        .bytes()
        .any(|byte| matches!(byte, b'&' | b'\t' | b'\n' | b'\r'))
    {
        return Ok(Cow::Borrowed(raw));
    }
    let spaced = raw.replace("\r\n", " ").replace(['\t', '\n', '\r'], " ");
    let mut pieces = spaced.split('&');
    let mut value = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        let Some((reference, after)) = piece.split_once(';') else {
            return Err(XmlProblem::Malformed("& that does not begin a reference"));
        };
        value.push(referenced(reference)?);
        value.push_str(after);
    }
    Ok(Cow::Owned(value))
}

/// The character that `&reference;` stands for (XML 1.0 sections 4.1 and 4.6).
pub(super) fn referenced(reference: &str) -> Result<char, XmlProblem> {
    let number = match reference {
        "amp" => return Ok('&'),
        "apos" => return Ok('\''),
        "gt" => return Ok('>'),
        "lt" => return Ok('<'),
        "quot" => return Ok('"'),
        _ => reference.strip_prefix('#').ok_or(XmlProblem::Entity)?,
    };
    let (digits, radix) = match number.strip_prefix('x') {
        Some(digits) => (digits, 16),
        None => (number, 10),
    };
    let not_one = XmlProblem::Malformed("a character reference that is not one");
    if digits.is_empty() || !digits.chars().all(|digit| digit.is_digit(radix)) {
        return Err(not_one);
    }
    let character = u32::from_str_radix(digits, radix).ok().and_then(char::from_u32);
    match character {
        Some(character) if is_illegal(character) => Err(XmlProblem::Character(character)),
        Some(character) => Ok(character),
        None => Err(not_one),
    }
}

/// Line ends as XML has them (XML 1.0 section 2.11).
pub(super) fn line_ends(text: Cow<'_, str>) -> Cow<'_, str> {
    if text.contains('\r') {
        Cow::Owned(text.replace("\r\n", "\n").replace('\r', "\n"))
    } else {
        text
    }
}

/// A scheme and only characters of a URI (RFC 3986 section 2), without the brackets of an address. Libraries
/// that take other namespace names as URIs fail on them where a canonical form is made.
pub(super) fn is_absolute_uri(text: &str) -> bool {
    let Some((scheme, rest)) = text.split_once(':') else {
        return false;
    };
    let in_scheme = |byte: u8| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte);
    let mut pieces = rest.split('%');
    let first = pieces.next().unwrap_or_default();
    let plain = |text: &str| {
        text.bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || URI_MARKS.contains(&byte))
    };
    scheme.starts_with(|first: char| first.is_ascii_alphabetic())
        && scheme.bytes().all(in_scheme)
        && plain(first)
        && pieces.all(|piece| {
            let digits = piece.bytes().take(2).filter(u8::is_ascii_hexdigit);
            digits.count() == 2 && plain(piece)
        })
        && rest.matches('#').count() <= 1
}

const URI_MARKS: &[u8] = b"-._~:/?#@!$&'()*+,;=";

/// `S` (XML 1.0 production 3).
pub fn is_white_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r')
}

pub(super) fn malformed(error: &quick_xml::Error) -> XmlProblem {
    use quick_xml::errors::{IllFormedError, SyntaxError};
    XmlProblem::Malformed(match error {
        quick_xml::Error::Syntax(SyntaxError::UnclosedDoctype)
        | quick_xml::Error::IllFormed(IllFormedError::MissingDoctypeName) => return XmlProblem::Dtd,
        quick_xml::Error::Syntax(SyntaxError::UnclosedComment) => "a comment without its end",
        quick_xml::Error::Syntax(SyntaxError::UnclosedCData) => "a CDATA section without its end",
        quick_xml::Error::Syntax(SyntaxError::UnclosedPI | SyntaxError::UnclosedXmlDecl) => {
            "<? without its end"
        }
        quick_xml::Error::Syntax(SyntaxError::InvalidBangMarkup) => "<! that begins nothing",
        quick_xml::Error::Syntax(_) => "a tag without its end",
        quick_xml::Error::IllFormed(IllFormedError::UnmatchedEndTag(_)) => "an end tag without its start tag",
        quick_xml::Error::IllFormed(IllFormedError::MismatchedEndTag { .. }) => {
            "an end tag that is not the one of the open element"
        }
        quick_xml::Error::IllFormed(IllFormedError::DoubleHyphenInComment) => "-- inside a comment",
        quick_xml::Error::IllFormed(IllFormedError::UnclosedReference) => "& that does not begin a reference",
        _ => "a syntax error",
    })
}
