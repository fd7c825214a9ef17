//! The `NameFormat` that an attribute's name implies (semantics 4.5, SAML core 8.2).

use crate::xml::is_name;

/// One of the formats of SAML core 8.2.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NameFormat {
    Basic,
    Unspecified,
    Uri,
}

impl NameFormat {
    /// The rest of the tag of an attribute with this format: ready, because most attributes have one.
    pub fn end_of_tag(self) -> &'static str {
        match self {
            Self::Basic => " NameFormat=\"urn:oasis:names:tc:SAML:2.0:attrname-format:basic\">",
            Self::Unspecified => " NameFormat=\"urn:oasis:names:tc:SAML:2.0:attrname-format:unspecified\">",
            Self::Uri => " NameFormat=\"urn:oasis:names:tc:SAML:2.0:attrname-format:uri\">",
        }
    }
}

/// The first of `uri`, `basic` and `unspecified` that fits the name.
pub(super) fn name_format(name: &str) -> NameFormat {
    if is_uri(name) {
        NameFormat::Uri
    } else if is_name(name) {
        NameFormat::Basic
    } else {
        NameFormat::Unspecified
    }
}

/// The platform's test: characters, percent escapes, a scheme, and a path that fits the authority. It
/// takes more than RFC 3986 does, so a prefixed name such as `a:b` counts.
fn is_uri(text: &str) -> bool {
    let Some((scheme, rest)) = text.split_once(':') else {
        return false;
    };
    if !text.bytes().all(|byte| URI_BYTES[usize::from(byte)]) || !percent_escapes_are_whole(text) {
        return false;
    }
    let scheme_byte = |byte: u8| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte);
    if !scheme.starts_with(|first: char| first.is_ascii_alphabetic()) || !scheme.bytes().all(scheme_byte) {
        return false;
    }
    // An empty authority counts as none. A path after a real one starts with `/` because that is
    // what ended it.
    let after_empty_authority = rest.strip_prefix("//").unwrap_or(rest);
    let has_authority = rest.starts_with("//")
        && !after_empty_authority.is_empty()
        && !after_empty_authority.starts_with(['/', '?', '#']);
    has_authority || !after_empty_authority.starts_with("//")
}

/// Which bytes a URI is made of (RFC 3986 section 2: reserved, unreserved, percent).
const URI_BYTES: [bool; 256] = {
    let mut table = [false; 256];
    let mut byte = 0u8;
    while byte < 0x80 {
        table[byte as usize] = byte.is_ascii_alphanumeric()
            || matches!(
                byte,
                b'!' | b'#'..=b'/' | b':' | b';' | b'=' | b'?' | b'@' | b'[' | b']' | b'_' | b'~'
            );
        byte += 1;
    }
    table
};

fn percent_escapes_are_whole(text: &str) -> bool {
    text.split('%').skip(1).all(|after| {
        let digits = after.as_bytes();
        digits.len() >= 2 && digits[..2].iter().all(u8::is_ascii_hexdigit)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(names: &[&str], format: NameFormat) {
        for name in names {
            assert_eq!(name_format(name), format, "{name}");
        }
    }

    #[test]
    fn names_with_a_scheme_are_uris() {
        all(
            &[
                "http://a/b",
                "urn:oid:1.2",
                "a:b",
                "mail:",
                "http://",
                "x:/y",
                "mailto:x@y",
                "tag:x,2020:y",
                "HTTP://A",
                "http://a/%7E",
                "http:///x",
                "http://a?q",
                "s3+x-y.z:1",
            ],
            NameFormat::Uri,
        );
    }

    #[test]
    fn xml_names_are_basic() {
        all(
            &[
                "a", "email", "foo.bar", "a-b", "_x", ":x", "prénom", "имя", "名前", "a\u{b7}",
            ],
            NameFormat::Basic,
        );
    }

    #[test]
    fn everything_else_is_unspecified() {
        all(
            &[
                "with space",
                "1num",
                "-x",
                "/rel",
                "#frag",
                "//host/p",
                "http://a b",
                "http://a/%zz",
                "http://a|b",
                "http://a/{b}",
                "",
                "1a:b",
                "http://a/é",
                "http://a/%7",
                "http://a/%",
                "http:////x",
            ],
            NameFormat::Unspecified,
        );
    }

    #[test]
    fn a_name_with_a_colon_and_another_script_is_still_an_xml_name() {
        all(&["a:é"], NameFormat::Basic);
    }
}
