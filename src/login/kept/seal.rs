//! The seal of a kept login: an HMAC over every byte before it.
//!
//! The text is one JSON object whose last member is the `mac`. What stands around the `mac` is fixed, so nothing
//! has to be parsed, and nothing written anew, before it is checked.

use crate::keys::StateKey;

/// A text with a seal, not yet checked.
pub(super) struct Sealed<'a> {
    content: &'a str,
    mac: &'a str,
}

/// The object `content`, which is written over several lines, with a `mac` where there is a key.
pub(super) fn seal(content: &str, key: Option<&StateKey>) -> String {
    let Some(key) = key else {
        return format!("{content}\n");
    };
    let content = content.strip_suffix(CLOSING).unwrap_or(content);
    let mac = key.mac(content.as_bytes());
    format!("{content}{BEFORE_MAC}{mac}{AFTER_MAC}")
}

impl<'a> Sealed<'a> {
    /// The parts of a text that ends as [`seal`] with a key ends one.
    pub(super) fn split(text: &'a str) -> Option<Self> {
        let text = text.strip_suffix(AFTER_MAC)?;
        let (content, mac) = text.rsplit_once(BEFORE_MAC)?;
        Some(Self { content, mac })
    }

    /// The object without its `mac`; `None` where the `mac` does not fit.
    pub(super) fn open(&self, key: &StateKey) -> Option<String> {
        key.fits(self.content.as_bytes(), self.mac)
            .then(|| format!("{}{CLOSING}", self.content))
    }
}

const CLOSING: &str = "\n}";
const BEFORE_MAC: &str = ",\n  \"mac\": \"";
const AFTER_MAC: &str = "\"\n}\n";
