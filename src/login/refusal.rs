//! Why nothing is issued, and the answer to each party: program, OAuth client, HTTP client, service provider
//! (semantics 10).

use super::request_fault::RequestFault;
use crate::command::FailureKind;
use crate::trace::Origin;
use std::borrow::Cow;

/// Why nothing is issued.
///
/// Control characters are taken out of what an Action said.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Refusal {
    /// The Action that sent the user away was changed or unbound before the user came back.
    ActionChanged {
        /// The Action's name.
        action: String,
        /// What became of the Action.
        change: ActionChange,
    },
    /// A run of an Action did not end well.
    ActionFailed {
        /// What went wrong.
        failure: FailureKind,
        /// What the Action threw, or which limit it passed.
        message: String,
        /// Where in the Action.
        origin: Origin,
    },
    /// The user is blocked.
    Blocked,
    /// `access.deny`.
    Deny {
        /// The Action's words.
        reason: String,
        /// Which Action.
        origin: Origin,
    },
    /// The user has no session, and the request forbids to ask who they are.
    LoginRequired,
    /// A second factor failed, or cannot be asked for.
    Mfa {
        /// Which command, and why.
        description: String,
    },
    /// A second factor is needed, and there is no browser that could ask for it.
    MfaRequired,
    /// No attribute yields a NameID.
    NameId {
        /// Which attributes were tried, and what to do.
        description: String,
    },
    /// There is no such user, and never was.
    NoUser {
        /// The id that was given.
        user_id: String,
    },
    /// The user does not get in to the organization.
    NotAdmitted {
        /// Which user or connection, and to which organization.
        description: String,
    },
    /// A page is needed that the request does not allow.
    NoPage {
        /// Which page.
        page: Page,
    },
    /// `setPrimaryUser` names a user who does not have the authenticated identity.
    PrimaryUser,
    /// `session.revoke` or `refreshToken.revoke`.
    Revoke {
        /// The Action's words.
        reason: String,
        /// Which Action.
        origin: Origin,
    },
    /// SAML settings that contradict each other.
    SamlConfig {
        /// Which settings, and what to do.
        description: String,
    },
    /// A SAML request that cannot be answered.
    SamlRequest {
        /// What is wrong with it.
        fault: RequestFault,
        /// The same in words, and what to do.
        description: String,
    },
    /// A warning, where warnings are errors.
    Strict {
        /// The first warning, and how many more there are.
        description: String,
        /// Which Action asked for the first redirect.
        origin: Origin,
    },
    /// Settings of a token that cannot be carried out.
    TokenConfig {
        /// Which settings, and what to do.
        description: String,
    },
    /// More redirects and forms than a login may have.
    TooManyRedirects {
        /// How many redirects a login may have.
        most: u32,
    },
    /// The user was deleted before they came back.
    UserGone {
        /// Which user.
        user_id: String,
    },
    /// `validation.error`.
    Validation {
        /// The Action's words.
        message: String,
        /// Which Action.
        origin: Origin,
    },
}

/// What became of the Action that sent the user away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ActionChange {
    /// The Action was changed, and the new code cannot end what the former code began.
    OtherCode,
    /// The Action is no longer bound.
    Unbound,
}

/// A page that a request may forbid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Page {
    /// Whether the application may have what it asks for.
    Consent,
    /// A second factor.
    Factor,
    /// A form of `prompt.render`.
    Form,
    /// Another site, of `redirect.sendUserTo`.
    Redirect,
}

impl Refusal {
    /// `error.code` of the result: the OAuth error, or what is wrong with a SAML request.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::SamlRequest { fault, .. } => fault.code(),
            Self::Strict { .. } => "strict",
            Self::ActionChanged { .. }
            | Self::ActionFailed { .. }
            | Self::Blocked
            | Self::Deny { .. }
            | Self::LoginRequired
            | Self::Mfa { .. }
            | Self::MfaRequired
            | Self::NameId { .. }
            | Self::NoPage { .. }
            | Self::NoUser { .. }
            | Self::NotAdmitted { .. }
            | Self::PrimaryUser
            | Self::Revoke { .. }
            | Self::SamlConfig { .. }
            | Self::TokenConfig { .. }
            | Self::TooManyRedirects { .. }
            | Self::UserGone { .. }
            | Self::Validation { .. } => self.oauth_error(),
        }
    }

    /// `error.kind` of the result.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::ActionChanged { .. } => "action_changed",
            Self::ActionFailed { failure, .. } => match failure {
                FailureKind::Busy => "busy",
                FailureKind::CommandLimit => "command_limit",
                FailureKind::Exception => "exception",
                FailureKind::MemoryLimit => "memory_limit",
                FailureKind::NeedsNode => "needs_node",
                FailureKind::NeverFinished => "never_finished",
                FailureKind::OutputLimit => "output_limit",
                FailureKind::TimeLimit => "time_limit",
                FailureKind::WorkerDied => "worker_died",
            },
            Self::Blocked => "blocked",
            Self::Deny { .. } => "deny",
            Self::LoginRequired | Self::NoPage { .. } => "interaction",
            Self::Mfa { .. } | Self::MfaRequired => "mfa",
            Self::NameId { .. } => "name_id",
            Self::NotAdmitted { .. } => "organization",
            Self::PrimaryUser => "primary_user",
            Self::Revoke { .. } => "revoke",
            Self::SamlConfig { .. } => "saml_config",
            Self::SamlRequest { .. } => "saml_request",
            Self::Strict { .. } => "strict",
            Self::TokenConfig { .. } => "token_config",
            Self::TooManyRedirects { .. } => "too_many_redirects",
            Self::NoUser { .. } | Self::UserGone { .. } => "user_gone",
            Self::Validation { .. } => "validation",
        }
    }

    /// `error` of an OAuth answer (RFC 6749 section 4.1.2.1, OpenID Connect Core 3.1.2.6).
    pub const fn oauth_error(&self) -> &'static str {
        match self {
            Self::LoginRequired => "login_required",
            Self::MfaRequired => "mfa_required",
            Self::NoPage { page: Page::Consent } => "consent_required",
            Self::NoPage { .. } => "interaction_required",
            Self::SamlRequest { .. } => "invalid_request",
            Self::ActionFailed {
                failure: FailureKind::Busy,
                ..
            } => "temporarily_unavailable",
            Self::ActionChanged { .. }
            | Self::ActionFailed { .. }
            | Self::Blocked
            | Self::Deny { .. }
            | Self::Mfa { .. }
            | Self::NameId { .. }
            | Self::NoUser { .. }
            | Self::NotAdmitted { .. }
            | Self::PrimaryUser
            | Self::Revoke { .. }
            | Self::SamlConfig { .. }
            | Self::Strict { .. }
            | Self::TokenConfig { .. }
            | Self::TooManyRedirects { .. }
            | Self::UserGone { .. }
            | Self::Validation { .. } => "access_denied",
        }
    }

    /// The status of an HTTP answer that is no redirect: that of a token endpoint, or of a page.
    pub const fn http_status(&self) -> u16 {
        match self {
            Self::SamlRequest { .. } => 400,
            Self::ActionFailed {
                failure: FailureKind::Busy,
                ..
            } => 503,
            Self::ActionChanged { .. }
            | Self::ActionFailed { .. }
            | Self::Blocked
            | Self::Deny { .. }
            | Self::LoginRequired
            | Self::Mfa { .. }
            | Self::MfaRequired
            | Self::NameId { .. }
            | Self::NoPage { .. }
            | Self::NoUser { .. }
            | Self::NotAdmitted { .. }
            | Self::PrimaryUser
            | Self::Revoke { .. }
            | Self::SamlConfig { .. }
            | Self::Strict { .. }
            | Self::TokenConfig { .. }
            | Self::TooManyRedirects { .. }
            | Self::UserGone { .. }
            | Self::Validation { .. } => 403,
        }
    }

    /// The reason, for the person who runs the login. Others get [`Refusal::error_description`].
    pub fn description(&self) -> Cow<'_, str> {
        match self {
            Self::ActionChanged { action, change } => {
                let what = match change {
                    ActionChange::OtherCode => "the Action's code was changed",
                    ActionChange::Unbound => "the Action was removed or unbound",
                };
                Cow::Owned(format!(
                    "Action '{action}' sent the user away, and {what} before the user came back; start the login again \
                     from the application"
                ))
            }
            Self::Blocked => Cow::Borrowed("user is blocked"),
            Self::LoginRequired => {
                Cow::Borrowed("the user has no session, and the request allows no page to log in")
            }
            Self::MfaRequired | Self::NoPage { page: Page::Factor } => {
                Cow::Borrowed("Multifactor authentication required")
            }
            Self::NoPage { page: Page::Consent } => {
                Cow::Borrowed("the user has not consented, and may not be asked")
            }
            Self::NoPage { page: Page::Form } => {
                Cow::Borrowed("An Action wants to show a form, which this request does not allow")
            }
            Self::NoPage { page: Page::Redirect } => {
                Cow::Borrowed("An Action wants to redirect the user, which this request does not allow")
            }
            Self::PrimaryUser => Cow::Borrowed("Unable to construct login user"),
            Self::TooManyRedirects { most } => Cow::Owned(format!("More than {most} redirects in one login")),
            Self::NoUser { user_id } => Cow::Owned(format!("there is no user with the id {user_id}")),
            Self::UserGone { user_id } => Cow::Owned(format!("the user {user_id} no longer exists")),
            Self::ActionFailed { message: words, .. }
            | Self::Deny { reason: words, .. }
            | Self::Mfa { description: words }
            | Self::NameId { description: words }
            | Self::NotAdmitted { description: words }
            | Self::Revoke { reason: words, .. }
            | Self::SamlConfig { description: words }
            | Self::SamlRequest {
                description: words, ..
            }
            | Self::Strict {
                description: words, ..
            }
            | Self::TokenConfig { description: words }
            | Self::Validation { message: words, .. } => Cow::Borrowed(words),
        }
    }

    /// `error_description` of an OAuth answer and `StatusMessage` of a SAML response. What an Action said is
    /// passed on; what only the tenant's administrator can act on (limits, keys, settings) is a fixed word.
    pub fn error_description(&self) -> Cow<'_, str> {
        match self {
            Self::ActionChanged { .. } => Cow::Borrowed("action_changed"),
            Self::ActionFailed { failure, message, .. } => Cow::Borrowed(match failure {
                FailureKind::Busy => "busy",
                FailureKind::TimeLimit => "action_timeout",
                FailureKind::MemoryLimit => "action_out_of_memory",
                FailureKind::CommandLimit
                | FailureKind::NeedsNode
                | FailureKind::NeverFinished
                | FailureKind::OutputLimit
                | FailureKind::WorkerDied => "action_failed",
                FailureKind::Exception => message,
            }),
            Self::SamlConfig { .. } => Cow::Borrowed("saml_configuration"),
            Self::Strict { .. } => Cow::Borrowed("strict"),
            Self::TokenConfig { .. } => Cow::Borrowed("token_configuration"),
            Self::NoUser { .. } | Self::UserGone { .. } => Cow::Borrowed("user_gone"),
            Self::Blocked
            | Self::Deny { .. }
            | Self::LoginRequired
            | Self::Mfa { .. }
            | Self::MfaRequired
            | Self::NameId { .. }
            | Self::NoPage { .. }
            | Self::NotAdmitted { .. }
            | Self::PrimaryUser
            | Self::Revoke { .. }
            | Self::SamlRequest { .. }
            | Self::TooManyRedirects { .. }
            | Self::Validation { .. } => self.description(),
        }
    }

    /// Where in which Action, for people.
    pub fn origin(&self) -> Origin {
        match self {
            Self::ActionChanged { action, .. } => Origin {
                action: Some(action.clone()),
                ..Origin::default()
            },
            Self::ActionFailed { origin, .. }
            | Self::Deny { origin, .. }
            | Self::Revoke { origin, .. }
            | Self::Strict { origin, .. }
            | Self::Validation { origin, .. } => origin.clone(),
            Self::Blocked
            | Self::LoginRequired
            | Self::Mfa { .. }
            | Self::MfaRequired
            | Self::NameId { .. }
            | Self::NoPage { .. }
            | Self::NoUser { .. }
            | Self::NotAdmitted { .. }
            | Self::PrimaryUser
            | Self::SamlConfig { .. }
            | Self::SamlRequest { .. }
            | Self::TokenConfig { .. }
            | Self::TooManyRedirects { .. }
            | Self::UserGone { .. } => Origin::default(),
        }
    }
}
