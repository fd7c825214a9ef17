//! What an Action asks for: one variant for each method of the `api` object that is no query.

use super::metadata::{MetadataChange, TransactionValue};
use super::mfa::{DuoOptions, MfaCommand, Provider};
use super::saml::SamlScalar;
use crate::saml_setting::SamlSetting;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

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
        /// The key that was deleted.
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

impl CookieMode {
    /// As the API spells it.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::NonPersistent => "non-persistent",
            Self::Persistent => "persistent",
        }
    }

    /// The mode that a word means, however its case and its hyphen are written.
    pub(super) fn meant_by(word: &str) -> Option<Self> {
        let letters: String = word
            .chars()
            .filter(|letter| !matches!(letter, '-' | '_' | ' '))
            .collect();
        match letters.to_ascii_lowercase().as_str() {
            "nonpersistent" => Some(Self::NonPersistent),
            "persistent" => Some(Self::Persistent),
            _ => None,
        }
    }
}
