//! Errors of OAuth, with their registered names.

use std::borrow::Cow;
use std::fmt;

/// An error that a client is told (RFC 6749 sections 4.1.2.1 and 5.2).
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{code}: {description}")]
pub struct OAuthError {
    /// The `error` member.
    pub code: ErrorCode,
    /// The `error_description` member, for developers.
    pub description: Cow<'static, str>,
}

impl OAuthError {
    /// An error with its description.
    pub fn new(code: ErrorCode, description: impl Into<Cow<'static, str>>) -> Self {
        Self {
            code,
            description: description.into(),
        }
    }
}

macro_rules! codes {
    ($($(#[$meta:meta])* $name:ident = $text:literal, $status:literal;)*) => {
        /// The `error` member of an OAuth answer.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum ErrorCode {
            $($(#[$meta])* $name,)*
        }

        impl ErrorCode {
            /// The registered name.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$name => $text,)*
                }
            }

            /// The code of this name; `server_error` for one that there is not.
            pub fn of(name: &str) -> Self {
                match name {
                    $($text => Self::$name,)*
                    _ => Self::ServerError,
                }
            }

            /// The HTTP status where the error is the answer itself and not part of a redirect.
            pub const fn status(self) -> u16 {
                match self {
                    $(Self::$name => $status,)*
                }
            }
        }
    };
}

codes! {
    /// Denied by the user, by a rule or by an Action.
    AccessDenied = "access_denied", 403;
    /// The user has to agree first (OIDC Core 3.1.2.6).
    ConsentRequired = "consent_required", 403;
    /// The user has to do something first (OIDC Core 3.1.2.6).
    InteractionRequired = "interaction_required", 403;
    /// The client did not prove who it is.
    InvalidClient = "invalid_client", 401;
    /// A code or token that gives nothing, or nothing any more.
    InvalidGrant = "invalid_grant", 400;
    /// A parameter is missing, given twice, or wrong.
    InvalidRequest = "invalid_request", 400;
    /// A scope that cannot be had.
    InvalidScope = "invalid_scope", 400;
    /// An API that there is not (RFC 8707).
    InvalidTarget = "invalid_target", 400;
    /// Nobody is logged in, and nobody may be asked (OIDC Core 3.1.2.6).
    LoginRequired = "login_required", 403;
    /// A second factor is missing, and there is no browser to ask for it.
    MfaRequired = "mfa_required", 403;
    /// Request objects are not taken (OIDC Core 3.1.2.6).
    RequestNotSupported = "request_not_supported", 400;
    /// References to request objects are not taken (OIDC Core 3.1.2.6).
    RequestUriNotSupported = "request_uri_not_supported", 400;
    /// The fault is the server's.
    ServerError = "server_error", 500;
    /// The server cannot answer now.
    TemporarilyUnavailable = "temporarily_unavailable", 503;
    /// Too many logins have failed (the platform's name).
    TooManyAttempts = "too_many_attempts", 429;
    /// The client is not registered for this.
    UnauthorizedClient = "unauthorized_client", 403;
    /// A grant that there is not.
    UnsupportedGrantType = "unsupported_grant_type", 400;
    /// A kind of answer that there is not.
    UnsupportedResponseType = "unsupported_response_type", 400;
}

impl fmt::Display for ErrorCode {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}
