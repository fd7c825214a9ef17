//! What an Action asks for, as data: one [`Command`] for each method of the `api` object.
//!
//! A [`Call`] is a method and its arguments as JSON, the form in which a worker, a commands file and
//! the result hold it. [`Command::parse`] turns it into a valid request or refuses it with the text
//! that the script sees; the [`Recorder`] knows what was asked for so far and applies the limits that
//! span calls. Both run inside the worker, so that a call throws at once, and again outside, because
//! a worker is not trusted.

mod arguments;
mod cache;
mod metadata;
mod method;
mod mfa;
mod parse;
mod query;
mod recorder;
mod redirect;
mod report;
mod saml;
mod target;
#[cfg(test)]
mod tests;

pub use cache::{Cache, CacheRecord};
pub use metadata::{MetadataChange, TransactionValue};
pub use method::{Answer, Available, Kind, METHODS, Method, Parameter, Setter, Signature};
pub use mfa::{DuoOptions, Factor, FactorType, MfaCommand, MfaKind, Provider, factor_spelling};
pub use query::{Facts, Group, Role};
pub use recorder::{Handler, Outcome, Preconditions, Recorder};
pub use redirect::sign as sign_session_token;
pub(crate) use redirect::{MIN_SECRET_BYTES, is_weak as has_weak_secret};
pub use report::{CONSOLE, Failure, FailureKind, LogLevel, LogLine, Remark, RemarkKind, Report};
pub use saml::SamlScalar;

use crate::saml_setting::SamlSetting;
use crate::trace::Origin;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::fmt;

/// One call of an `api` method, as a worker, a commands file and the result hold it.
///
/// `args` are the arguments as JSON. An argument that was left out or `undefined` at the end is
/// absent, one in the middle is `null`. A number that JSON cannot hold is `{"$number": "NaN"}`. `Debug` shows secrets
/// as handles.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct Call {
    /// The Action's name, where the call was made from.
    #[serde(flatten)]
    pub origin: Origin,
    /// The path after `api.`, such as `idToken.setCustomClaim`.
    pub method: String,
    /// The arguments as JSON.
    #[serde(default)]
    pub args: Vec<Value>,
    /// 0-based number of the Action in the bound order, where the login knows it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub index: Option<usize>,
    /// `continue` where `onContinuePostLogin` made the call; absent for `onExecutePostLogin`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub handler: Option<Handler>,
}

/// Why a call is refused. The text is what the script's `Error` says.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}{reason}", self.prefix())]
pub struct CallError {
    /// The path after `api.`; empty where the text is the platform's own.
    pub method: String,
    /// What is wrong and what would be right.
    pub reason: String,
}

impl CallError {
    /// A refusal of `method`; what it quotes of the script's own text is bounded and without controls.
    pub(crate) fn new(method: &str, reason: impl Into<String>) -> Self {
        const MAX_BYTES: usize = 1024;
        let reason: String = reason.into();
        let bounded = &reason[..reason.floor_char_boundary(MAX_BYTES)];
        Self {
            method: method.to_owned(),
            reason: bounded
                .chars()
                .filter(|character| !character.is_control())
                .collect(),
        }
    }

    fn prefix(&self) -> String {
        if self.method.is_empty() {
            String::new()
        } else {
            format!("api.{}: ", self.method)
        }
    }
}

/// A request together with the place that made it.
///
/// Serialised as its call, with keys and secrets replaced by handles.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(try_from = "Call", into = "Call")]
pub struct Recorded {
    /// Who asked.
    pub origin: Origin,
    /// 0-based number of the Action in the bound order.
    pub action: usize,
    /// What was asked for.
    pub command: Command,
    /// The call as it was made, secrets included; [`Call::redacted`] before showing it.
    pub call: Call,
}

impl From<Recorded> for Call {
    fn from(recorded: Recorded) -> Self {
        Self {
            index: Some(recorded.action),
            ..recorded.call.redacted()
        }
    }
}

impl TryFrom<Call> for Recorded {
    type Error = CallError;

    fn try_from(call: Call) -> Result<Self, CallError> {
        let command = Command::parse(&call)?;
        Ok(Self {
            origin: call.origin.clone(),
            action: call.index.unwrap_or_default(),
            command,
            call,
        })
    }
}

/// A valid request of an Action. Queries are answered at once and are not commands.
#[derive(Clone, Debug)]
pub enum Command {
    /// `access.deny(reason)`.
    Deny {
        /// Sent as `error_description`.
        reason: String,
    },
    /// `accessToken.addScope(scope)`.
    AddScope {
        /// One scope token (RFC 6749 section 3.3).
        scope: String,
    },
    /// `accessToken.removeScope(scope)`.
    RemoveScope {
        /// One scope token (RFC 6749 section 3.3).
        scope: String,
    },
    /// `accessToken.setCustomClaim(name, value)`; no value removes an earlier one.
    SetAccessTokenClaim {
        /// Claim name.
        name: String,
        /// Claim value.
        value: Option<Value>,
    },
    /// `idToken.setCustomClaim(name, value)`; no value removes an earlier one.
    SetIdTokenClaim {
        /// Claim name.
        name: String,
        /// Claim value.
        value: Option<Value>,
    },
    /// `authentication.recordMethod(provider_url)`.
    RecordMethod {
        /// An http or https URL.
        url: String,
    },
    /// `authentication.setPrimaryUser(primary_user_id)`.
    SetPrimaryUser {
        /// User id of at most 128 characters.
        user_id: String,
    },
    /// `authentication.challengeWith` and its three siblings.
    Mfa(MfaCommand),
    /// `multifactor.enable(provider, options)`.
    EnableMultifactor {
        /// Which provider, or none.
        provider: Provider,
        /// Whether the browser may be remembered for 30 days.
        allow_remember_browser: bool,
        /// Only for `duo`.
        duo: Option<DuoOptions>,
    },
    /// `cache.set(key, value, options)` that succeeded; the record is in [`Recorder::cache`].
    CacheSet {
        /// At most 64 bytes.
        key: String,
    },
    /// `cache.delete(key)` that succeeded.
    CacheDelete {
        /// The key that is gone.
        key: String,
    },
    /// `user.setAppMetadata(name, value)`; `null` deletes the key.
    SetAppMetadata {
        /// Top-level key.
        name: String,
        /// The key's whole new value.
        value: Value,
    },
    /// `user.setUserMetadata(name, value)`; `null` deletes the key.
    SetUserMetadata {
        /// Top-level key.
        name: String,
        /// The key's whole new value.
        value: Value,
    },
    /// `redirect.sendUserTo(url, options)`.
    SendUserTo {
        /// Absolute http or https URL with the option's query merged in, without `state`.
        url: String,
    },
    /// `prompt.render(id, options)`.
    RenderPrompt {
        /// The form's id.
        id: String,
        /// Values that go to the browser.
        fields: Map<String, Value>,
        /// Values that stay on the server.
        vars: Map<String, Value>,
    },
    /// `validation.error(code, message)`.
    ValidationError {
        /// The customer's code; logged.
        code: String,
        /// Sent as `error_description`.
        message: String,
    },
    /// Any other `samlResponse.*` setter.
    Saml(SamlSetting),
    /// `samlResponse.setAttribute(attribute, value)`; no values remove the attribute.
    SetSamlAttribute {
        /// Used as is, at most 1 kB.
        name: String,
        /// Empty for a removal.
        values: Vec<SamlScalar>,
    },
    /// `session.revoke(reason, options)`.
    RevokeSession {
        /// Sent as `error_description`.
        reason: String,
        /// Whether refresh tokens of the session stay.
        preserve_refresh_tokens: bool,
    },
    /// `session.setExpiresAt(absolute)`, epoch milliseconds.
    SetSessionExpiresAt {
        /// Epoch milliseconds.
        at: i64,
    },
    /// `session.setIdleExpiresAt(idle)`, epoch milliseconds.
    SetSessionIdleExpiresAt {
        /// Epoch milliseconds.
        at: i64,
    },
    /// `session.setCookieMode(mode)`.
    SetCookieMode {
        /// `persistent` or `non-persistent`.
        mode: CookieMode,
    },
    /// `session.setMetadata`, `deleteMetadata`, `evictMetadata`.
    SessionMetadata(MetadataChange),
    /// `refreshToken.revoke(reason)`.
    RevokeRefreshToken {
        /// Sent as `error_description`.
        reason: String,
    },
    /// `refreshToken.setExpiresAt(absolute)`, epoch milliseconds.
    SetRefreshTokenExpiresAt {
        /// Epoch milliseconds.
        at: i64,
    },
    /// `refreshToken.setIdleExpiresAt(idle)`, epoch milliseconds.
    SetRefreshTokenIdleExpiresAt {
        /// Epoch milliseconds.
        at: i64,
    },
    /// `refreshToken.setMetadata`, `deleteMetadata`, `evictMetadata`.
    RefreshTokenMetadata(MetadataChange),
    /// `transaction.setMetadata(key, value)`; no value deletes the key.
    SetTransactionMetadata {
        /// At most 64 characters.
        key: String,
        /// A string, a safe number or a boolean.
        value: Option<TransactionValue>,
    },
}

/// How the session cookie is kept by the browser.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CookieMode {
    /// Gone when the browser closes.
    NonPersistent,
    /// Kept until the session expires.
    Persistent,
}

impl fmt::Debug for Call {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            origin,
            method,
            args,
            index,
            handler,
        } = self.redacted();
        formatter
            .debug_struct("Call")
            .field("origin", &origin)
            .field("method", &method)
            .field("args", &args)
            .field("index", &index)
            .field("handler", &handler)
            .finish()
    }
}

impl Call {
    /// The same call with every private key and provider secret replaced by
    /// `{"$secret": "sha256:<fingerprint>"}` (interface 3).
    pub fn redacted(&self) -> Self {
        let mut call = self.clone();
        if let Some(place) = call.secret_place()
            && let Value::String(text) = place
        {
            *place = crate::keys::secret_handle(text);
        }
        call
    }

    /// Puts the secret back where [`Call::redacted`] took one out, and nowhere else.
    ///
    /// # Errors
    /// `find` knows no secret with this handle.
    pub fn restore(&mut self, find: &dyn Fn(&Value) -> Option<String>) -> Result<(), CallError> {
        let method = self.method.clone();
        match self.secret_place() {
            Some(place) if place.get("$secret").is_some() => {
                let found = find(place).ok_or_else(|| {
                    CallError::new(
                        &method,
                        format!("no known secret has the fingerprint {}", place["$secret"]),
                    )
                })?;
                *place = found.into();
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// The argument that holds a secret, in the methods that have one.
    fn secret_place(&mut self) -> Option<&mut Value> {
        match self.method.as_str() {
            "samlResponse.setKey" => self.args.first_mut(),
            "multifactor.enable" => self.args.get_mut(1)?.pointer_mut("/providerOptions/skey"),
            _ => None,
        }
    }
}
