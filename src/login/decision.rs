//! How a login ends, and what is written whatever the end.

use super::refusal::Refusal;
use crate::command::{CacheRecord, CookieMode, Recorded};
use crate::event::{Event, LoginRequest};
use crate::tenant::Profile;
use indexmap::IndexMap;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::sync::Arc;

/// The end of a login.
#[derive(Clone, Debug)]
pub enum Decision {
    /// Issue what was asked for.
    Issue(Box<Grant>),
    /// Issue nothing.
    Refuse(Refusal),
}

/// Everything that tokens and SAML responses are built from. Where tokens are issued later, for a code, it is kept with
/// the secrets that are among the commands: whoever keeps it encrypts it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Grant {
    /// The event as the last Action would see it; `event.user` is the (new) primary user.
    pub event: Event,
    /// The profile behind `event.user`, with what identities hold beyond it.
    pub profile: Profile,
    /// What the application asked for.
    pub request: LoginRequest,
    /// Scopes after `addScope` and `removeScope`, in order.
    pub scopes: Vec<String>,
    /// Every command of every Action, in order.
    #[serde(with = "whole_calls")]
    pub recorded: Arc<[Recorded]>,
    /// Whether MFA was completed in this login.
    pub mfa: bool,
}

/// What is written whatever the decision; the `effects` of the result.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Effects {
    /// The profile.
    pub user: UserEffects,
    /// The browser session.
    pub session: SessionEffects,
    /// The refresh token.
    pub refresh_token: RefreshTokenEffects,
    /// Cache records set, or deleted (`None`), in this login.
    pub cache: IndexMap<String, Option<CacheRecord>>,
    /// The part of `user` that the profile does not have yet: the rest was written before the user left.
    #[serde(skip)]
    pub unwritten: UserEffects,
}

/// Changes to the profile; `null` deletes a key.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct UserEffects {
    /// By top-level key.
    pub user_metadata: Map<String, Value>,
    /// By top-level key.
    pub app_metadata: Map<String, Value>,
    /// The user for whom tokens are issued in the place of the authenticated user.
    pub primary_user: Option<String>,
}

/// Changes to the session.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct SessionEffects {
    /// Whether the session is deleted.
    pub revoked: bool,
    /// Whether its refresh tokens stay.
    pub preserve_refresh_tokens: bool,
    /// Epoch milliseconds.
    pub expires_at: Option<i64>,
    /// Epoch milliseconds.
    pub idle_expires_at: Option<i64>,
    /// `{name, timestamp}` and `{name: "mfa", type, timestamp}` to be added.
    pub methods: Vec<Value>,
    /// How the browser keeps the cookie.
    pub cookie_mode: Option<CookieMode>,
    /// By key; `null` deletes.
    pub metadata: Map<String, Value>,
}

/// Changes to the refresh token.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct RefreshTokenEffects {
    /// Whether it is revoked.
    pub revoked: bool,
    /// Epoch milliseconds.
    pub expires_at: Option<i64>,
    /// Epoch milliseconds.
    pub idle_expires_at: Option<i64>,
    /// By key; `null` deletes.
    pub metadata: Map<String, Value>,
}

/// Commands as their calls, with their secrets.
mod whole_calls {
    use super::{Arc, Recorded};
    use crate::command::Call;
    use serde::{Deserialize, Deserializer, Serializer, de};

    pub(super) fn serialize<S: Serializer>(
        recorded: &Arc<[Recorded]>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(recorded.iter().map(|recorded| Call {
            index: Some(recorded.action),
            ..recorded.call.clone()
        }))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Arc<[Recorded]>, D::Error> {
        let calls = Vec::<Call>::deserialize(deserializer)?.into_iter();
        calls
            .map(|call| Recorded::try_from(call).map_err(de::Error::custom))
            .collect()
    }
}
