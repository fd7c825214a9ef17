//! The page with which the browser posts a message (SAML bindings 3.5.4, semantics 4.14): a form that submits
//! itself, and a button for browsers that run no scripts.
//!
//! The page is the same whether a server sends it or it is opened from disk, so its policy stands in the
//! document as well as in the headers. Nothing in it is markup but what is written here: every value is escaped,
//! and the policy runs no script but the one with its nonce.

use super::answer::SamlAnswer;
use super::inbound::Carrier;
use crate::random::Random;
use crate::web_url::{UrlFault, UrlUse, web_url};
use url::{Position, Url};

/// A message and where the browser posts it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PostForm<'a> {
    /// The form's action.
    pub url: &'a str,
    /// The field with the message; fields have no other names, so none hides a method of the form.
    pub carrier: Carrier,
    /// The message in base64 without line breaks.
    pub message: &'a str,
    /// The field `RelayState`. A response always has it, empty if there is none (semantics 4.14); logout leaves
    /// it out (semantics 4.17).
    pub relay_state: Option<&'a str>,
}

/// A page as a server sends it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PostPage {
    /// The document, to be sent in UTF-8.
    pub html: String,
    /// Names and values of the headers that go with it.
    pub headers: [(&'static str, String); 6],
}

/// Why no page can post this form.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}; {}", self.what(), self.help())]
#[non_exhaustive]
pub enum NotPostable {
    /// A value that the browser would change.
    RelayState {
        /// Bytes before it.
        at: usize,
        /// U+0000, or U+000A or U+000D alone.
        character: char,
    },
    /// An action that no browser may be sent to.
    Url {
        /// As it was given.
        url: String,
        /// Why.
        fault: UrlFault,
    },
}

impl NotPostable {
    /// What is wrong.
    pub fn what(&self) -> String {
        match self {
            Self::RelayState { at, character } => format!(
                "RelayState cannot be posted as it is: at byte {at} it has U+{:04X}, for which a browser's form sends \
                 something else",
                u32::from(*character)
            ),
            Self::Url {
                url,
                fault: UrlFault::Empty(_) | UrlFault::NotAbsolute(_) | UrlFault::Scheme { .. },
            } => format!("'{url}' is no http or https URL, and a browser posts to nothing else"),
            Self::Url { url, fault } => format!("'{url}' {fault}"),
        }
    }

    /// What to do.
    pub const fn help(&self) -> &'static str {
        match self {
            Self::RelayState { .. } => "leave U+0000 out, and write line breaks as CR LF",
            Self::Url { .. } => "correct the URL that is registered for the application",
        }
    }
}

impl<'a> PostForm<'a> {
    /// The form of a response, which always has a RelayState.
    pub fn of_response(acs_url: &'a str, response: &'a str, relay_state: &'a str) -> Self {
        Self {
            url: acs_url,
            carrier: Carrier::Response,
            message: response,
            relay_state: Some(relay_state),
        }
    }

    /// The page that posts the form as soon as it is there.
    ///
    /// # Errors
    /// The URL is no http or https URL, or RelayState would not arrive as it is.
    pub fn page(&self, random: &mut dyn Random) -> Result<PostPage, NotPostable> {
        let action = web_url(self.url, UrlUse::Endpoint).map_err(|fault| NotPostable::Url {
            url: self.url.to_owned(),
            fault,
        })?;
        self.relay_state.map_or(Ok(()), arrives_unchanged)?;
        let nonce = random.text(NONCE_ALPHABET, NONCE_LENGTH);
        let policy = policy(&nonce);
        Ok(PostPage {
            html: self.html(&action, &nonce, &policy),
            headers: [
                ("Content-Type", "text/html; charset=utf-8".to_owned()),
                ("Cache-Control", "no-store".to_owned()),
                // A document cannot say this of itself: in a `meta` element it is not heeded (CSP 3, section 3.3).
                (
                    "Content-Security-Policy",
                    format!("{policy}; frame-ancestors 'none'"),
                ),
                ("Referrer-Policy", REFERRER.to_owned()),
                ("X-Content-Type-Options", "nosniff".to_owned()),
                ("X-Frame-Options", "DENY".to_owned()),
            ],
        })
    }

    fn html(&self, action: &Url, nonce: &str, policy: &str) -> String {
        let mut page = Page(String::with_capacity(self.message.len() + PAGE_BYTES));
        let host = &action[Position::BeforeHost..Position::AfterPort];
        page.markup(
            "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
             <meta http-equiv=\"Content-Security-Policy\" content=\"",
        );
        page.value(policy);
        page.markup("\">\n<meta name=\"referrer\" content=\"");
        page.value(REFERRER);
        page.markup(
            "\">\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>Continue to ",
        );
        page.value(host);
        // Without `autocomplete` a browser may put what it posted last time into a page that is loaded anew.
        page.markup("</title>\n</head>\n<body>\n<form method=\"post\" autocomplete=\"off\" action=\"");
        // What was checked, not what was given: `https:host` means another URL where the page has one itself.
        page.value(action.as_str());
        page.markup("\">\n");
        page.field(self.carrier.name(), self.message);
        if let Some(relay_state) = self.relay_state {
            page.field("RelayState", relay_state);
        }
        page.markup(
            "<noscript>\n<p>This browser runs no scripts. Press the button to go on.</p>\n\
             <button type=\"submit\">Continue to ",
        );
        page.value(host);
        page.markup("</button>\n</noscript>\n</form>\n<script nonce=\"");
        page.value(nonce);
        page.markup("\">");
        page.markup(SCRIPT);
        page.markup("</script>\n</body>\n</html>\n");
        page.0
    }
}

impl SamlAnswer {
    /// What the browser posts.
    pub fn form(&self) -> PostForm<'_> {
        PostForm::of_response(&self.acs_url, &self.response, &self.relay_state)
    }
}

/// Whether a form sends `text` as it is. It has no way to hold U+0000, and makes CR LF of a CR or LF that
/// stands alone (HTML, "converting an entry list to a list of name-value pairs").
pub(super) fn arrives_unchanged(text: &str) -> Result<(), NotPostable> {
    let bytes = text.as_bytes();
    let is_lost = |(at, byte): (usize, &u8)| match byte {
        b'\0' => true,
        b'\n' => at == 0 || bytes[at - 1] != b'\r',
        b'\r' => bytes.get(at + 1) != Some(&b'\n'),
        _ => false,
    };
    match bytes.iter().enumerate().position(is_lost) {
        None => Ok(()),
        Some(at) => Err(NotPostable::RelayState {
            at,
            character: char::from(bytes[at]),
        }),
    }
}

/// What the document may do, but for who may frame it.
///
/// `form-action` names schemes and not the one URL: Chromium applies it to the redirects after the POST as well,
/// so a service provider that sends its user on to another host would be cut off. Where the response goes is in
/// the form's action alone.
fn policy(nonce: &str) -> String {
    format!("default-src 'none'; script-src 'nonce-{nonce}'; form-action http: https:; base-uri 'none'")
}

/// The document so far.
struct Page(String);

impl Page {
    fn markup(&mut self, markup: &'static str) {
        self.0.push_str(markup);
    }

    fn field(&mut self, name: &str, value: &str) {
        self.markup("<input type=\"hidden\" name=\"");
        self.value(name);
        self.markup("\" value=\"");
        self.value(value);
        self.markup("\">\n");
    }

    /// Text between tags or between double quotes.
    fn value(&mut self, mut text: &str) {
        let is_special = |byte: u8| b"&<>\"'\r\n".contains(&byte);
        while let Some(at) = text.bytes().position(is_special) {
            self.0.push_str(&text[..at]);
            self.0.push_str(match text.as_bytes()[at] {
                b'&' => "&amp;",
                b'<' => "&lt;",
                b'>' => "&gt;",
                b'"' => "&quot;",
                b'\'' => "&#39;",
                // A line break that is written as it is becomes LF before anything is read (HTML 13.2.3.5).
                b'\r' => "&#13;",
                _ => "&#10;",
            });
            text = &text[at + 1..];
        }
        self.0.push_str(text);
    }
}

/// In the body and not on `load`: a form that is submitted before its page is complete takes the page's place in
/// the history, so that "back" leads to where the user came from and not into posting once more.
const SCRIPT: &str = "HTMLFormElement.prototype.submit.call(document.forms[0])";
/// Host and scheme, never path and query. Not `no-referrer`, which makes `Origin` of the POST `null`, and service
/// providers may compare it.
const REFERRER: &str = "strict-origin";
const NONCE_ALPHABET: &[u8] = b"0123456789abcdef";
/// 128 bits (CSP 3, section 7.1).
const NONCE_LENGTH: usize = 32;
/// All but the message, unless there is much to escape.
const PAGE_BYTES: usize = 2 * 1024;

#[cfg(test)]
mod tests;
