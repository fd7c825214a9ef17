//! Values that can be spelt in two ways.

use serde::Deserialize;

/// When the service provider's session ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SessionEnd {
    /// So many seconds after the login.
    After(u32),
    /// With the user's session; only an add-on can say so.
    WithSession,
}

/// As an add-on spells it.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(untagged, expecting = "expected a number of seconds, or true")]
pub enum SpeltSessionEnd {
    /// Seconds after the login.
    Seconds(f64),
    /// With the user's session; `false` is as if absent.
    WithSession(bool),
}

/// A string, or a list of them.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(untagged, expecting = "expected a string or an array of strings")]
pub enum OneOrMany {
    /// One.
    One(String),
    /// Several, in order.
    Many(Vec<String>),
}

impl OneOrMany {
    /// All of them, in order.
    pub fn as_slice(&self) -> &[String] {
        match self {
            Self::One(one) => std::slice::from_ref(one),
            Self::Many(many) => many,
        }
    }

    /// The texts that say something, in order.
    pub fn filled(&self) -> impl Iterator<Item = &str> {
        let texts = self.as_slice().iter().map(String::as_str);
        texts.filter(|text| !is_blank(text))
    }
}

/// Whether a text is empty or all white space, and so says nothing.
pub(crate) fn is_blank(text: &str) -> bool {
    text.trim().is_empty()
}
