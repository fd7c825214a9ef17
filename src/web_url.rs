//! Which URLs a browser may be sent to: one rule for callbacks, for what SAML posts to, for logout and for redirects.
//!
//! What is checked is the text as it was written. A parser repairs much of it (it drops line breaks, takes `\` for `/`
//! and `https:host` for a URL), and another program that reads the same text does not.

use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use std::borrow::Cow;
use url::Url;

/// What a URL is for, as far as the rule depends on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UrlUse {
    /// Messages are posted there: http or https.
    Endpoint,
    /// A user is sent there for a while (semantics 2.8): http or https, and a fragment stays.
    Redirect,
    /// An application gets its user back there: http or https, or the own scheme of an app (RFC 8252 section 7.1).
    Return,
}

/// Why no browser is sent to a URL.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum UrlFault {
    /// White space, a control character, a backslash, or what no XML can hold.
    #[error("holds U+{:04X}; leave the character out, or escape it", u32::from(*.0))]
    Character(char),
    /// A user or a password for whoever serves the URL.
    #[error("holds a user name or a password; write the URL without it")]
    Credentials,
    /// Nothing.
    #[error("is empty; write an absolute {}", .0.schemes())]
    Empty(UrlUse),
    /// A part that the server never sees.
    #[error("has a fragment; write the URL without '#' and what follows it")]
    Fragment,
    /// A path, or something else without scheme and host.
    #[error("is no absolute URL; write an absolute {}", .0.schemes())]
    NotAbsolute(UrlUse),
    /// One that runs a script, opens a file, or is not for browsers.
    #[error("has the scheme '{scheme}', to which no browser is sent; write an absolute {}", .usage.schemes())]
    Scheme {
        /// In small letters.
        scheme: String,
        /// What the URL is for.
        usage: UrlUse,
    },
}

impl UrlUse {
    const fn schemes(self) -> &'static str {
        match self {
            Self::Endpoint | Self::Redirect => "http or https URL",
            Self::Return => "http or https URL, or one with the own scheme of the app",
        }
    }
}

/// `text` as a URL that a browser may be sent to for this use.
///
/// # Errors
/// The first thing that is wrong with it.
pub fn web_url(text: &str, usage: UrlUse) -> Result<Url, UrlFault> {
    if text.is_empty() {
        return Err(UrlFault::Empty(usage));
    }
    let (scheme, rest) = text.split_once(':').ok_or(UrlFault::NotAbsolute(usage))?;
    let scheme = scheme.trim().to_ascii_lowercase();
    let is_scheme = scheme.starts_with(|first: char| first.is_ascii_alphabetic())
        && scheme
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.'));
    if !is_scheme {
        return Err(character(text).map_or(UrlFault::NotAbsolute(usage), UrlFault::Character));
    }
    let is_web = matches!(scheme.as_str(), "http" | "https");
    let is_own = usage == UrlUse::Return && scheme.len() > 1 && !NOT_FOR_BROWSERS.contains(&&*scheme);
    if !is_web && !is_own {
        return Err(UrlFault::Scheme { scheme, usage });
    }
    // Of a redirect what was parsed is sent, with its spaces escaped; the rest is sent as it was written.
    let unescaped = match usage {
        UrlUse::Redirect if text.trim() == text => character(&text.replace(' ', "")),
        _ => character(text),
    };
    if let Some(character) = unescaped {
        return Err(UrlFault::Character(character));
    }
    let authority = rest.strip_prefix("//");
    if is_web && authority.is_none_or(|rest| rest.starts_with('/')) {
        return Err(UrlFault::NotAbsolute(usage));
    }
    let authority = authority.and_then(|rest| rest.split(['/', '?', '#']).next());
    if authority.is_some_and(|authority| authority.contains('@')) {
        return Err(UrlFault::Credentials);
    }
    if usage != UrlUse::Redirect && text.contains('#') {
        return Err(UrlFault::Fragment);
    }
    Url::parse(text).map_err(|_| UrlFault::NotAbsolute(usage))
}

/// `url` as a header may hold it: a URI, which is ASCII (RFC 3986 section 2). What is no ASCII is escaped as the UTF-8 that it
/// is; a host becomes its ASCII name, as not every client decodes an escaped one. What is ASCII stays byte by byte.
pub fn ascii_url(url: &str) -> Cow<'_, str> {
    let named = match ascii_host(url) {
        Some(named) => Cow::Owned(named),
        None => Cow::Borrowed(url),
    };
    if named.bytes().all(|byte| byte.is_ascii_graphic()) {
        return named;
    }
    Cow::Owned(utf8_percent_encode(&named, IN_NO_HEADER).to_string())
}

/// `url` with the ASCII name of its host; nothing where it has that, or none.
fn ascii_host(url: &str) -> Option<String> {
    let (scheme, rest) = url.split_once("://")?;
    let (authority, rest) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
    if authority.is_ascii() {
        return None;
    }
    let parsed = Url::parse(&format!("{scheme}://{authority}/")).ok()?;
    let authority = &parsed[url::Position::BeforeUsername..url::Position::AfterPort];
    Some(format!("{scheme}://{authority}{rest}"))
}

/// Beside all that is no ASCII.
const IN_NO_HEADER: &AsciiSet = &CONTROLS.add(b' ');

/// A URL for a message: quoted, and not longer than a line.
pub fn shown_url(url: &str) -> String {
    let shown: String = url.chars().take(200).collect();
    format!("'{shown}'")
}

/// The first character that stands in no URL.
fn character(text: &str) -> Option<char> {
    text.chars().find(|character| {
        character.is_whitespace()
            || character.is_control()
            || *character == '\\'
            || crate::xml::is_illegal(*character)
    })
}

/// Schemes that run scripts, open what is on the device, or lead to programs that send messages: no app has one of
/// these as its own.
const NOT_FOR_BROWSERS: [&str; 28] = [
    "about",
    "blob",
    "chrome",
    "content",
    "data",
    "feed",
    "file",
    "filesystem",
    "ftp",
    "ftps",
    "gopher",
    "intent",
    "jar",
    "javascript",
    "livescript",
    "mailto",
    "mhtml",
    "mk",
    "mocha",
    "ms-its",
    "res",
    "resource",
    "sms",
    "tel",
    "vbscript",
    "view-source",
    "ws",
    "wss",
];

#[cfg(test)]
mod tests {
    use super::UrlUse::{Endpoint, Redirect, Return};
    use super::*;

    #[test]
    fn urls_for_browsers_are_taken_for_every_purpose() {
        for url in [
            "https://sp.example/acs",
            "HTTPS://sp.example",
            "http://localhost:3000/cb?a=b&c=/d:e@f",
            "https://[2001:db8::1]:8443/acs",
            "https://sp.example/~a/%20/ä",
        ] {
            for usage in [Endpoint, Redirect, Return] {
                assert!(web_url(url, usage).is_ok(), "{url}");
            }
        }
        assert!(web_url("https://sp.example/#a", Redirect).is_ok());
        assert!(web_url("https://sp.example/a b", Redirect).is_ok());
        for url in [
            "https://sp.example/a b\n",
            " https://sp.example/",
            "https://sp.example/a\\b c",
        ] {
            assert!(
                matches!(web_url(url, Redirect), Err(UrlFault::Character(_))),
                "{url}"
            );
        }
    }

    #[test]
    fn an_app_gets_its_user_back_at_its_own_scheme_and_nothing_is_posted_there() {
        for url in [
            "com.example.app:/callback",
            "com.example.app://tenant.example/ios/cb",
            "myapp://cb",
            "https://*.web.example/cb",
            "https://{organization_name}.web.example/cb",
        ] {
            assert!(web_url(url, Return).is_ok(), "{url}");
        }
        for url in ["com.example.app:/callback", "myapp://cb"] {
            for usage in [Endpoint, Redirect] {
                assert!(
                    matches!(web_url(url, usage), Err(UrlFault::Scheme { .. })),
                    "{url}"
                );
            }
        }
    }

    #[test]
    fn scripts_files_and_other_schemes_are_refused_however_they_are_written() {
        for url in [
            "javascript:alert(1)",
            "JavaScript:alert(1)",
            " javascript:alert(1)",
            "javascript://sp.example/%0aalert(1)",
            "data:text/html,x",
            "vbscript:x",
            "file:///etc/passwd",
            "C:/x",
            "view-source:https://sp.example",
            "blob:https://sp.example/1",
            "mailto:a@b.example",
            "ftp://sp.example/",
        ] {
            for usage in [Endpoint, Redirect, Return] {
                assert!(
                    matches!(web_url(url, usage), Err(UrlFault::Scheme { .. })),
                    "{url}"
                );
            }
        }
    }

    #[test]
    fn what_a_parser_would_repair_is_refused() {
        let refused = |url: &str| web_url(url, Endpoint).unwrap_err();
        for url in [
            "acs",
            "/acs",
            "//sp.example/acs",
            "https:sp.example",
            "https:/sp.example",
            "https:///sp.example",
            "https://",
            "https://:80/",
            "1a:b",
            "https://sp.example:99999/",
        ] {
            assert_eq!(refused(url), UrlFault::NotAbsolute(Endpoint), "{url}");
        }
        assert_eq!(refused(""), UrlFault::Empty(Endpoint));
        for (url, character) in [
            ("https://sp.example/a b", ' '),
            (" https://sp.example/", ' '),
            ("https://sp.example/\n", '\n'),
            ("java\tscript:alert(1)", '\t'),
            ("https://sp.example\\acs", '\\'),
            ("https:\\\\sp.example", '\\'),
            ("https://sp.example/\u{fffe}", '\u{fffe}'),
            ("https://sp.example/\u{85}", '\u{85}'),
        ] {
            assert_eq!(refused(url), UrlFault::Character(character), "{url}");
        }
    }

    #[test]
    fn a_url_for_a_header_is_ascii_and_keeps_what_is() {
        for (url, expected) in [
            (
                "https://sp.example/a?b=%C3%A9&c={d}|'#e",
                "https://sp.example/a?b=%C3%A9&c={d}|'#e",
            ),
            (
                "https://sp.example/z\u{fc}rich?q=\u{e9}%20\u{1f600}#\u{df}",
                "https://sp.example/z%C3%BCrich?q=%C3%A9%20%F0%9F%98%80#%C3%9F",
            ),
            (
                "HTTPS://B\u{fc}cher.example:8443/A",
                "HTTPS://xn--bcher-kva.example:8443/A",
            ),
            ("https://sp.example?\u{e9}", "https://sp.example?%C3%A9"),
            ("com.example.app:/\u{e9} b\n", "com.example.app:/%C3%A9%20b%0A"),
            ("com.example.app://caf\u{e9}/x", "com.example.app://caf%C3%A9/x"),
        ] {
            assert_eq!(ascii_url(url), expected);
        }
    }

    #[test]
    fn credentials_and_fragments_are_refused() {
        for url in [
            "https://user@sp.example/",
            "https://user:pw@sp.example/",
            "https://@sp.example/",
            "https://sp.example@evil.example/",
        ] {
            for usage in [Endpoint, Redirect, Return] {
                assert_eq!(web_url(url, usage), Err(UrlFault::Credentials), "{url}");
            }
        }
        for url in [
            "https://sp.example/#a",
            "https://sp.example#",
            "com.example.app:/cb#x",
        ] {
            assert_eq!(web_url(url, Return), Err(UrlFault::Fragment), "{url}");
        }
    }
}
