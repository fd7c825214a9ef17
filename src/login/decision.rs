//! How a login ends, and what is written whatever the end.

use crate::command::{CacheRecord, CookieMode, Recorded};
use crate::event::{Event, LoginRequest};
use crate::tenant::Profile;
use indexmap::IndexMap;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// The end of a login.
#[derive(Clone, Debug)]
pub enum Decision {
    /// Issue what was asked for.
    Issue(Box<Grant>),
    /// Issue nothing.
    Refuse(Refusal),
}

/// Everything that tokens and SAML responses are built from.
#[derive(Clone, Debug)]
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
    pub recorded: Vec<Recorded>,
    /// Whether MFA was completed in this login.
    pub mfa: bool,
}

/// Why nothing is issued.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusal {
    /// `access_denied`, `interaction_required`, `login_required`, `mfa_required`, `invalid_request` ...
    pub code: String,
    /// Why, for the person who runs this; control characters removed. [`Refusal::told`] is what leaves.
    pub description: String,
    /// What refused.
    pub kind: RefusalKind,
    /// Where in which Action, for people.
    #[serde(default)]
    pub origin: crate::trace::Origin,
}

impl Refusal {
    /// The user is blocked.
    pub fn blocked() -> Self {
        Self {
            code: "access_denied".to_owned(),
            description: "user is blocked".to_owned(),
            kind: RefusalKind::Blocked,
            origin: crate::trace::Origin::default(),
        }
    }

    /// The user is not there any more.
    pub fn gone(user_id: &str) -> Self {
        Self {
            code: "access_denied".to_owned(),
            description: format!("the user {user_id} is not there any more"),
            kind: RefusalKind::UserGone,
            origin: crate::trace::Origin::default(),
        }
    }

    /// The Action that sent the user away has other code by now, which cannot end what the former code began.
    pub(super) fn action_changed(name: &str) -> Self {
        let description = format!(
            "Action '{name}' sent the user away, and its code was changed before the user came back; start the login \
             again from the application"
        );
        Self::action(name, description)
    }

    /// The Action that sent the user away is not bound any more.
    pub(super) fn action_unbound(name: &str) -> Self {
        let description = format!(
            "Action '{name}' sent the user away, and it was removed or unbound before the user came back; start the \
             login again from the application"
        );
        Self::action(name, description)
    }

    fn action(name: &str, description: String) -> Self {
        Self {
            code: "access_denied".to_owned(),
            description,
            kind: RefusalKind::ActionChanged,
            origin: crate::trace::Origin {
                action: Some(name.to_owned()),
                ..crate::trace::Origin::default()
            },
        }
    }

    /// The user has no session, and the request forbids to ask who they are.
    pub fn login_required() -> Self {
        Self {
            code: "login_required".to_owned(),
            description: "the user has no session, and the request allows no page to log in".to_owned(),
            kind: RefusalKind::Interaction,
            origin: crate::trace::Origin::default(),
        }
    }

    /// What the application is told. What an Action said is passed on; what only the tenant's administrator
    /// can act on (limits, keys, settings) is a fixed word.
    pub fn told(&self) -> &str {
        match self.kind {
            RefusalKind::TimeLimit => "action_timeout",
            RefusalKind::MemoryLimit => "action_out_of_memory",
            RefusalKind::CommandLimit
            | RefusalKind::NeverFinished
            | RefusalKind::OutputLimit
            | RefusalKind::WorkerDied => "action_failed",
            RefusalKind::ActionChanged => "action_changed",
            RefusalKind::UserGone => "user_gone",
            RefusalKind::SamlConfig => "saml_configuration",
            RefusalKind::TokenConfig => "token_configuration",
            RefusalKind::Strict => "strict",
            RefusalKind::Blocked
            | RefusalKind::Deny
            | RefusalKind::Exception
            | RefusalKind::Interaction
            | RefusalKind::InvalidState
            | RefusalKind::Mfa
            | RefusalKind::NameId
            | RefusalKind::PrimaryUser
            | RefusalKind::Revoke
            | RefusalKind::SamlRequest
            | RefusalKind::TooManyRedirects
            | RefusalKind::Validation => &self.description,
        }
    }
}

/// The `error.kind` of the result.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RefusalKind {
    /// The Action that sent the user away was changed or unbound before the user came back.
    ActionChanged,
    /// The user is blocked; no Action ran.
    Blocked,
    /// The Action recorded more calls than it may.
    CommandLimit,
    /// `access.deny`.
    Deny,
    /// An uncaught error of an Action.
    Exception,
    /// A redirect or page where none may be shown.
    Interaction,
    /// `/continue` with a state that is not pending.
    InvalidState,
    /// An Action's memory limit.
    MemoryLimit,
    /// MFA failed or cannot be done.
    Mfa,
    /// No attribute yields a NameID.
    NameId,
    /// An Action's promise can never settle.
    NeverFinished,
    /// An Action's output limit.
    OutputLimit,
    /// `setPrimaryUser` names a user who does not have the authenticated identity.
    PrimaryUser,
    /// `session.revoke` or `refreshToken.revoke`.
    Revoke,
    /// SAML settings that contradict each other.
    SamlConfig,
    /// A SAML request that cannot be answered.
    SamlRequest,
    /// A warning, where warnings are errors.
    Strict,
    /// An Action's time limit.
    TimeLimit,
    /// Settings of a token that cannot be carried out.
    TokenConfig,
    /// More than ten redirects in one login.
    TooManyRedirects,
    /// The user was deleted before they came back; no Action ran.
    UserGone,
    /// `validation.error`.
    Validation,
    /// A worker died.
    WorkerDied,
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
}

/// Changes to the profile; `null` deletes a key.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct UserEffects {
    /// By top-level key.
    pub user_metadata: Map<String, Value>,
    /// By top-level key.
    pub app_metadata: Map<String, Value>,
    /// The user for whom tokens are issued instead.
    pub primary_user: Option<String>,
}

/// Changes to the session.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct SessionEffects {
    /// Whether it is deleted.
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
