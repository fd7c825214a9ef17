//! The kinds of values that settings have: how an add-on spells one, and which values there are.

use super::choices::{NameIdSource, ValueType};
use super::error::ValueError;
use super::spelt::{OneOrMany, SessionEnd, SpeltSessionEnd, is_blank};
use crate::algorithm::Listed;
use crate::keys::{self, PemError};
use crate::web_url::{UrlUse, web_url};
use indexmap::IndexMap;
use serde::Deserialize;
use std::marker::PhantomData;
use zeroize::Zeroizing;

/// A kind of values.
pub trait Kind {
    /// The value as the add-on's JSON has it.
    type Spelt: for<'de> Deserialize<'de>;
    /// What the setting is then.
    type Value;

    /// Whether the member counts as absent, as an empty text does on the platform.
    fn is_absent(&self, _spelt: &Self::Spelt) -> bool {
        false
    }

    /// The value.
    ///
    /// # Errors
    /// The setting has no such value.
    fn read(&self, spelt: Self::Spelt) -> Result<Self::Value, ValueError>;
}

/// On or off.
#[derive(Clone, Copy, Debug)]
pub struct Flag;

/// A text that goes into the document. Only the calls of Actions are limited.
#[derive(Clone, Copy, Debug)]
pub struct Text {
    /// UTF-8 bytes that a call may give.
    pub limit: usize,
}

/// A URL that a response names as its place.
#[derive(Clone, Copy, Debug)]
pub struct Endpoint;

/// The text that comes back with the response. A call can make it empty.
#[derive(Clone, Copy, Debug)]
pub struct RelayState;

/// Who may read the assertion: one or several, none of them empty.
#[derive(Clone, Copy, Debug)]
pub struct Audience;

/// Claim names. An empty list is one: then there is no NameID.
#[derive(Clone, Copy, Debug)]
pub struct Probes;

/// Whole seconds.
#[derive(Clone, Copy, Debug)]
pub struct Seconds {
    least: u32,
    most: u32,
}

/// The end of a session.
#[derive(Clone, Copy, Debug)]
pub struct EndOfSession;

/// One of a few words.
#[derive(Clone, Copy, Debug)]
pub struct Choice<T> {
    what: &'static str,
    values: PhantomData<T>,
}

/// One certificate or key in PEM.
#[derive(Clone, Copy, Debug)]
pub struct Pem<T> {
    /// How it is read.
    pub parse: fn(&str) -> Result<T, PemError>,
}

/// One or several certificates in PEM.
#[derive(Clone, Copy, Debug)]
pub struct Certificates;

/// Claim name, or names, by profile property.
#[derive(Clone, Copy, Debug)]
pub struct Mappings;

/// A URL, or a name that often is one.
pub const URL: Text = Text { limit: 2 * 1024 };
/// A short name.
pub const SHORT: Text = Text { limit: 512 };
/// How long an assertion is valid.
pub const LIFETIME: Seconds = Seconds {
    least: 1,
    most: MAX_LIFETIME_SECONDS,
};
/// How slow a clock may be.
pub const SKEW: Seconds = Seconds {
    least: 0,
    most: 86_400,
};
/// Ten years.
pub const MAX_LIFETIME_SECONDS: u32 = 10 * 365 * 86_400;
/// Where the NameID comes from.
pub const SOURCE: Choice<NameIdSource> = Choice::of("source");
/// Type of an attribute's values.
pub const VALUE_TYPE: Choice<ValueType> = Choice::of("type");
/// A certificate.
pub const CERTIFICATE: Pem<keys::Certificate> = Pem {
    parse: keys::Certificate::from_pem,
};
/// A private key.
pub const PRIVATE_KEY: Pem<keys::PrivateKey> = Pem {
    parse: keys::PrivateKey::from_pem,
};
/// A public key.
pub const PUBLIC_KEY: Pem<keys::PublicKey> = Pem {
    parse: keys::PublicKey::from_pem,
};

/// An algorithm.
pub const fn algorithm<T>() -> Choice<T> {
    Choice::of("algorithm")
}

impl Kind for Flag {
    type Spelt = bool;
    type Value = bool;

    fn read(&self, flag: bool) -> Result<bool, ValueError> {
        Ok(flag)
    }
}

impl Kind for Text {
    type Spelt = String;
    type Value = String;

    fn is_absent(&self, text: &String) -> bool {
        is_blank(text)
    }

    fn read(&self, text: String) -> Result<String, ValueError> {
        Ok(text)
    }
}

impl Kind for Endpoint {
    type Spelt = String;
    type Value = String;

    fn is_absent(&self, url: &String) -> bool {
        is_blank(url)
    }

    fn read(&self, url: String) -> Result<String, ValueError> {
        match web_url(&url, UrlUse::Endpoint) {
            Ok(_) => Ok(url),
            Err(fault) => Err(ValueError::Url { url, fault }),
        }
    }
}

impl Kind for RelayState {
    type Spelt = String;
    type Value = String;

    fn is_absent(&self, text: &String) -> bool {
        text.is_empty()
    }

    fn read(&self, text: String) -> Result<String, ValueError> {
        Ok(text)
    }
}

impl Kind for Audience {
    type Spelt = OneOrMany;
    type Value = Vec<String>;

    fn is_absent(&self, names: &OneOrMany) -> bool {
        names.filled().next().is_none()
    }

    fn read(&self, names: OneOrMany) -> Result<Vec<String>, ValueError> {
        Ok(names.filled().map(str::to_owned).collect())
    }
}

impl Kind for Probes {
    type Spelt = Vec<String>;
    type Value = Vec<String>;

    fn read(&self, probes: Vec<String>) -> Result<Vec<String>, ValueError> {
        Ok(probes)
    }
}

impl Seconds {
    /// `seconds`, if they are whole and in range.
    ///
    /// # Errors
    /// They are not.
    pub fn checked(self, seconds: f64) -> Result<u32, ValueError> {
        let Self { least, most } = self;
        if seconds.fract() != 0.0 || !(f64::from(least)..=f64::from(most)).contains(&seconds) {
            return Err(ValueError::Seconds {
                least,
                most,
                found: seconds,
            });
        }
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "checked to be within range"
        )]
        Ok(seconds as u32)
    }
}

impl Kind for Seconds {
    type Spelt = f64;
    type Value = u32;

    fn read(&self, seconds: f64) -> Result<u32, ValueError> {
        self.checked(seconds)
    }
}

impl Kind for EndOfSession {
    type Spelt = SpeltSessionEnd;
    type Value = SessionEnd;

    fn is_absent(&self, end: &SpeltSessionEnd) -> bool {
        matches!(end, SpeltSessionEnd::WithSession(false))
    }

    fn read(&self, end: SpeltSessionEnd) -> Result<SessionEnd, ValueError> {
        match end {
            SpeltSessionEnd::Seconds(seconds) => LIFETIME.checked(seconds).map(SessionEnd::After),
            SpeltSessionEnd::WithSession(_) => Ok(SessionEnd::WithSession),
        }
    }
}

impl<T> Choice<T> {
    const fn of(what: &'static str) -> Self {
        Self {
            what,
            values: PhantomData,
        }
    }
}

impl<T: Listed> Choice<T> {
    /// What an Action calls `word`.
    ///
    /// # Errors
    /// The setting has no value of this name, or Actions cannot set it.
    pub fn for_action(&self, word: &str) -> Result<T, ValueError> {
        T::from_action(word).ok_or_else(|| ValueError::unknown(self.what, word, T::for_actions()))
    }
}

impl<T: Listed> Kind for Choice<T> {
    type Spelt = String;
    type Value = T;

    fn is_absent(&self, word: &String) -> bool {
        word.is_empty()
    }

    fn read(&self, word: String) -> Result<T, ValueError> {
        let known = || T::LIST.iter().copied();
        let found = known().find(|value| value.setting_name() == word);
        found.ok_or_else(|| ValueError::unknown(self.what, &word, known()))
    }
}

impl<T> Kind for Pem<T> {
    type Spelt = String;
    type Value = T;

    fn is_absent(&self, text: &String) -> bool {
        text.is_empty()
    }

    fn read(&self, text: String) -> Result<T, ValueError> {
        // The value may be a private key.
        Ok((self.parse)(&Zeroizing::new(text))?)
    }
}

impl Kind for Certificates {
    type Spelt = OneOrMany;
    type Value = Vec<keys::Certificate>;

    fn is_absent(&self, texts: &OneOrMany) -> bool {
        texts.filled().next().is_none()
    }

    fn read(&self, texts: OneOrMany) -> Result<Vec<keys::Certificate>, ValueError> {
        let mut certificates = Vec::new();
        let mut errors = Vec::new();
        for text in texts.filled() {
            match keys::Certificate::from_pem(text) {
                Ok(certificate) => certificates.push(certificate),
                Err(error) => errors.push(error),
            }
        }
        let mut errors = errors.into_iter();
        match errors.next() {
            None => Ok(certificates),
            Some(first) => Err(ValueError::Pem {
                first,
                others: errors.collect(),
            }),
        }
    }
}

impl Kind for Mappings {
    type Spelt = IndexMap<String, OneOrMany>;
    type Value = IndexMap<String, OneOrMany>;

    fn is_absent(&self, mappings: &Self::Spelt) -> bool {
        mappings.is_empty()
    }

    fn read(&self, mappings: Self::Spelt) -> Result<Self::Value, ValueError> {
        Ok(mappings)
    }
}
