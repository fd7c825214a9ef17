//! What the bytes of a message are: XML in UTF-8, text in another encoding, or something compressed.
//!
//! A byte order mark is an encoding signature and no part of the document (XML 1.0 section 4.3.3), and some service
//! providers send a line end before the root element. Both are passed over before it is decided what follows.

use crate::encoding::other_encoding;
use crate::xml::is_white_space;

/// What the bytes of a message are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Content<'b> {
    /// Neither of the others: a raw DEFLATE stream, if it is a message at all.
    Other,
    /// Text in this encoding, which is not UTF-8.
    Text(&'static str),
    /// XML in UTF-8, without what stood before it.
    Xml(&'b str),
}

impl<'b> Content<'b> {
    /// Looks at `bytes` alone, whatever they came in.
    pub fn of(bytes: &'b [u8]) -> Self {
        if let Some(encoding) = other_encoding(bytes) {
            return Self::Text(encoding);
        }
        if !begins_document(bytes) {
            return Self::Other;
        }
        match std::str::from_utf8(bytes) {
            Ok(text) => Self::Xml(document(text)),
            Err(_) => Self::Other,
        }
    }
}

/// The document in `text`: without the byte order mark and the white space before it.
pub fn document(text: &str) -> &str {
    text.trim_start_matches(|character| {
        character == BYTE_ORDER_MARK || u8::try_from(character).is_ok_and(is_white_space)
    })
}

/// Whether `bytes` begin like XML in UTF-8 or in another encoding that has ASCII in it.
pub(super) fn begins_document(bytes: &[u8]) -> bool {
    let end = bytes.iter().position(|byte| *byte == b'<');
    let before = end.and_then(|end| std::str::from_utf8(&bytes[..end]).ok());
    before.is_some_and(|before| document(before).is_empty())
}

const BYTE_ORDER_MARK: char = '\u{feff}';

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_and_white_space_before_a_document_are_passed_over() {
        for before in ["", "\u{feff}", "\r\n", " \t\n", "\u{feff}\r\n", "\r\n\u{feff}"] {
            let text = format!("{before}<a>\u{feff} </a>\r\n");
            assert_eq!(
                Content::of(text.as_bytes()),
                Content::Xml("<a>\u{feff} </a>\r\n"),
                "{before:?}"
            );
        }
    }

    #[test]
    fn what_is_not_white_space_in_xml_is_no_beginning_of_a_document() {
        for before in ["\u{a0}", "\u{b}", "\u{c}", "x", "\u{feff}x", "\0"] {
            let text = format!("{before}<a/>");
            assert_eq!(Content::of(text.as_bytes()), Content::Other, "{before:?}");
        }
        for bytes in [
            &b""[..],
            b"\xef\xbb\xbf",
            b" \r\n",
            b"<a>\xe4</a>",
            b"\x7d\x51\xc1\x6e",
        ] {
            assert_eq!(Content::of(bytes), Content::Other, "{bytes:?}");
        }
    }

    #[test]
    fn text_of_other_encodings_is_named() {
        let little = |text: &str| text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<_>>();
        let big = |text: &str| text.encode_utf16().flat_map(u16::to_be_bytes).collect::<Vec<_>>();
        for text in ["<a/>", "\r\n<a/>", "\u{feff}<a/>", "\u{feff}\r\n<a/>", "PHNhbWw="] {
            assert_eq!(Content::of(&little(text)), Content::Text("UTF-16"), "{text:?}");
            assert_eq!(Content::of(&big(text)), Content::Text("UTF-16"), "{text:?}");
        }
        assert_eq!(Content::of(b"\xff\xfe\0\0<\0\0\0"), Content::Text("UTF-32"));
        assert_eq!(Content::of(b"\0\0\xfe\xff\0\0\0<"), Content::Text("UTF-32"));
        // A certificate, and a stored block of DEFLATE.
        for bytes in [&b"\x30\x82\x03\x13\x30"[..], b"\x00\x05\x00\xfa\xff<a/>x"] {
            assert_eq!(Content::of(bytes), Content::Other);
        }
    }
}
