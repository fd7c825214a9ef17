//! The text in which a suspended login is kept, and reading it back.
//!
//! The format has a number, the tenant, the application, the moments between which the answer may come, the login,
//! and a `mac` over all of it. With a tenant's key nothing is read before its `mac` has been checked, so a text
//! that was changed is refused. Without a key nothing shows a change: the text is then checked for what would
//! bring the state machine out of step, and whoever can write the text decides about the login that it holds.

mod contradiction;
mod form_3;
mod seal;

use self::contradiction::contradiction;
use self::seal::{Sealed, seal};
use super::state::State;
use super::suspended::{Away, Suspended, in_time};
use crate::command::{Call, Recorded};
use crate::json::{JsonPath, discreet, plain_words, unambiguous};
use crate::keys::StateKey;
use crate::secret::Secret;
use crate::time::Moment;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::borrow::Cow;
use std::fmt;

/// A kept login that was read and authenticated, its secrets not yet put back.
///
/// Keys and secrets that Actions set are kept as handles (`{"$secret": ...}`). Whoever takes the login up puts them
/// back into [`Kept::calls_mut`].
pub struct Kept(Envelope<'static>);

/// Why a text is not a suspended login that can be resumed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum KeptError {
    /// The `mac` of the text does not fit the key.
    #[error(
        "the file was changed after the login was kept, or the login was kept with another tenant's key; start the \
         login again"
    )]
    Changed,
    /// Parts of the login exclude each other.
    #[error(
        "the kept login is inconsistent: {what}; the file was changed or damaged, so start the login again"
    )]
    Contradiction {
        /// Which parts, and how.
        what: String,
    },
    /// The text has a `mac`, and there is no key to check it with.
    #[error(
        "there is no key to authenticate the kept login, so nothing shows whether the file was changed; resume the \
         login with the tenant folder that it was kept with, or start the login again"
    )]
    NoKey,
    /// The text was written in another form.
    #[error(
        "the login was kept by another version of postlogin, whose form this version does not read; start the login \
         again"
    )]
    OtherForm,
    /// The answer comes too late, or before the user left.
    #[error("{why}")]
    OutOfTime {
        /// Whether too late or too early, and what to do.
        why: String,
    },
    /// A member is missing, is there twice or has the wrong type.
    #[error(
        "{}{message}; the file was changed or damaged, so start the login again",
        at(path)
    )]
    Shape {
        /// Where, such as `login.state`; empty for the whole.
        path: String,
        /// What was expected.
        message: String,
    },
    /// There is a key, and the text has no `mac`.
    #[error(
        "the kept login has no MAC, though this tenant has a key to authenticate kept logins: the login was kept \
         without the tenant's key, or the file was changed; start the login again"
    )]
    Unsealed,
    /// The login cannot be written as JSON.
    #[error("the login cannot be kept: {why}")]
    Unwritable {
        /// What cannot be written.
        why: String,
    },
}

impl Suspended {
    /// The text in which this login is kept, sealed with the tenant's `key`. Without a key nothing will show
    /// whether the text was changed.
    ///
    /// # Errors
    /// A value cannot be written as JSON.
    pub fn to_kept(&self, key: Option<&StateKey>) -> Result<String, KeptError> {
        let asked = &self.state.plan.asked;
        let code = self.state.plan.request.code.as_ref();
        let envelope = Envelope {
            form: FORM,
            tenant: Cow::Borrowed(&asked.domain),
            client_id: Cow::Borrowed(&asked.client.client_id),
            kept_at: self.since,
            expires_at: self.expires,
            login: Login {
                state: Cow::Borrowed(&self.state),
                calls: self.state.recorded.iter().cloned().map(Call::from).collect(),
                code: code.map(|code| Cow::Borrowed(code.reveal().as_str())),
                away: Cow::Borrowed(&self.away),
                token: Cow::Borrowed(self.token.reveal()),
            },
        };
        serde_json::to_string_pretty(&envelope)
            .map(|content| seal(&content, key))
            .map_err(|error| KeptError::Unwritable {
                why: error.to_string(),
            })
    }
}

impl Kept {
    /// Reads what [`Suspended::to_kept`] wrote. `key` is the tenant's; only without one a text without a `mac` is
    /// read.
    ///
    /// # Errors
    /// The text was changed or is another tenant's, has another form, is not a kept login, or the answer comes too
    /// late.
    pub fn open(text: &str, key: Option<&StateKey>, now: Moment) -> Result<Self, KeptError> {
        let content = match (Sealed::split(text), key) {
            (Some(sealed), Some(key)) => Cow::Owned(sealed.open(key).ok_or(KeptError::Changed)?),
            (Some(_), None) => return Err(KeptError::NoKey),
            (None, Some(_)) => return Err(unsealed(text)),
            (None, None) => Cow::Borrowed(text),
        };
        let read = in_this_form(&content)?;
        unambiguous(&content).map_err(|error| shape(String::new(), error.to_string()))?;
        let content = read;
        let envelope: Envelope<'static> = serde_path_to_error::deserialize(content).map_err(|error| {
            let path = JsonPath::from(error.path());
            let message = discreet(plain_words(&error.inner().to_string()), &path);
            shape(path.to_string(), message)
        })?;
        let asked = &envelope.login.state.plan.asked;
        if envelope.tenant != asked.domain || envelope.client_id != asked.client.client_id {
            return Err(KeptError::Contradiction {
                what: "the file's tenant or application is not the one that the login was begun with"
                    .to_owned(),
            });
        }
        in_time(envelope.kept_at, envelope.expires_at, now).map_err(|why| KeptError::OutOfTime { why })?;
        Ok(Self(envelope))
    }

    /// The calls of its Actions, whose secrets are handles until they are put back ([`Call::restore`]).
    pub fn calls_mut(&mut self) -> &mut [Call] {
        &mut self.0.login.calls
    }

    /// The login, all secrets put back.
    ///
    /// # Errors
    /// A call could not have been recorded, or the login is inconsistent.
    pub fn into_suspended(self) -> Result<Suspended, KeptError> {
        let Envelope {
            kept_at,
            expires_at,
            login,
            ..
        } = self.0;
        let mut state = Box::new(login.state.into_owned());
        for (number, call) in login.calls.into_iter().enumerate() {
            let recorded = Recorded::try_from(call)
                .map_err(|error| shape(format!("login.calls[{number}]"), error.to_string()))?;
            state.recorded.push(recorded);
        }
        state.plan.request.code = login.code.map(|code| Secret::new(code.into_owned()));
        let suspended = Suspended {
            state,
            away: login.away.into_owned(),
            token: Secret::new(login.token.into_owned()),
            since: kept_at,
            expires: expires_at,
        };
        match contradiction(&suspended) {
            Some(what) => Err(KeptError::Contradiction {
                what: what.to_owned(),
            }),
            None => Ok(suspended),
        }
    }
}

impl fmt::Debug for Kept {
    /// The login is not shown: whoever knows its state can resume it.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Kept")
            .field("tenant", &self.0.tenant)
            .field("client_id", &self.0.client_id)
            .field("kept_at", &self.0.kept_at)
            .field("expires_at", &self.0.expires_at)
            .finish_non_exhaustive()
    }
}

/// The text as it is written, without its `mac`.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Envelope<'a> {
    form: u32,
    /// The tenant's domain.
    tenant: Cow<'a, str>,
    client_id: Cow<'a, str>,
    /// When the user left, epoch milliseconds.
    #[serde(with = "chrono::serde::ts_milliseconds")]
    kept_at: Moment,
    /// From when no answer is taken, epoch milliseconds.
    #[serde(with = "chrono::serde::ts_milliseconds")]
    expires_at: Moment,
    login: Login<'a>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Login<'a> {
    state: Cow<'a, State>,
    /// What the Actions asked for, secrets as handles.
    calls: Vec<Call>,
    /// The authorization code that the answer will carry.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    code: Option<Cow<'a, str>>,
    away: Cow<'a, Away>,
    token: Cow<'a, str>,
}

/// The error of a text without a `mac` where there is a key.
fn unsealed(text: &str) -> KeptError {
    match in_this_form(text) {
        Ok(kept) if kept.get("mac").is_some() => KeptError::Changed,
        Ok(_) => KeptError::Unsealed,
        Err(error) => error,
    }
}

/// A text in the form that this version writes, or in the one before.
fn in_this_form(text: &str) -> Result<Value, KeptError> {
    let kept: Value = serde_json::from_str(text)
        .map_err(|error| shape(String::new(), format!("{NO_KEPT_LOGIN}: {error}")))?;
    match kept.get("form") {
        Some(form) if *form == FORM => Ok(kept),
        Some(form) if *form == 3 => {
            let mut kept = form_3::renewed(kept);
            kept["form"] = FORM.into();
            Ok(kept)
        }
        // The first form had no number.
        None if kept.get("state").is_none() => Err(shape(String::new(), NO_KEPT_LOGIN.to_owned())),
        _ => Err(KeptError::OtherForm),
    }
}

fn shape(path: String, message: String) -> KeptError {
    KeptError::Shape { path, message }
}

fn at(path: &str) -> String {
    if path.is_empty() || path == "." {
        return String::new();
    }
    format!("at {path}: ")
}

/// The number of the form in which a suspended login is written.
pub(super) const FORM: u32 = 4;
const NO_KEPT_LOGIN: &str = "the file is not a kept login";
