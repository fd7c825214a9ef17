//! What happened, on the page that says so.

use super::words::Words;
use axum::http::StatusCode;

/// Why a person sees a page and not the application.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What {
    /// The application was removed while somebody logged in.
    ApplicationGone,
    /// The application's request cannot be answered; the detail is for its developers.
    BrokenRequest(String),
    /// The server was told to end while somebody logged in.
    CutOff,
    /// The login cannot be carried out; the log says why.
    Failed,
    /// The token of a form is not of this browser's login (OP-21).
    ForeignForm,
    /// An Action asks for a factor or a form.
    NoFactors,
    /// Nobody resets a password here.
    NoReset,
    /// No service provider has this address.
    NoServiceProvider,
    /// Nobody signs up here.
    NoSignUp,
    /// The login was refused; the detail is what the tenant's Actions or rules say.
    Refused(String),
    /// A SAML request that was used before.
    RequestUsed,
    /// A login that is unknown, over, or another browser's.
    Strange,
    /// Too many logins begin at this address.
    TooMany,
    /// The store does not answer.
    Unavailable,
}

impl What {
    /// The status of the page.
    pub const fn status(&self) -> StatusCode {
        match self {
            Self::ApplicationGone
            | Self::BrokenRequest(_)
            | Self::Refused(_)
            | Self::RequestUsed
            | Self::Strange => StatusCode::BAD_REQUEST,
            Self::Failed => StatusCode::INTERNAL_SERVER_ERROR,
            Self::ForeignForm => StatusCode::FORBIDDEN,
            Self::NoFactors => StatusCode::NOT_IMPLEMENTED,
            Self::NoReset | Self::NoServiceProvider | Self::NoSignUp => StatusCode::NOT_FOUND,
            Self::TooMany => StatusCode::TOO_MANY_REQUESTS,
            Self::CutOff | Self::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    /// What it is in a word, for the log; nothing where the log has a line of its own for it.
    pub const fn word(&self) -> Option<&'static str> {
        Some(match self {
            Self::ApplicationGone => "application_gone",
            Self::BrokenRequest(_) => "broken_request",
            Self::ForeignForm => "foreign_form",
            Self::NoServiceProvider => "no_service_provider",
            Self::RequestUsed => "request_used",
            Self::Strange => "strange_login",
            Self::TooMany => "too_many",
            Self::CutOff => "cut_off",
            Self::Failed
            | Self::NoFactors
            | Self::NoReset
            | Self::NoSignUp
            | Self::Refused(_)
            | Self::Unavailable => return None,
        })
    }

    /// After how many seconds another attempt makes sense.
    pub const fn retry_after(&self) -> Option<&'static str> {
        match self {
            Self::TooMany => Some("5"),
            Self::CutOff | Self::Unavailable => Some("1"),
            _ => None,
        }
    }

    /// Heading and sentence.
    pub const fn words(&self, words: &'static Words) -> (&'static str, &'static str) {
        let sentence = match self {
            Self::ApplicationGone => words.application_gone,
            Self::BrokenRequest(_) => words.broken_request,
            Self::CutOff => words.cut_off,
            Self::Failed => words.failed,
            Self::ForeignForm => words.foreign_form,
            Self::NoFactors => words.no_factors,
            Self::NoReset => words.no_reset,
            Self::NoServiceProvider => words.no_service_provider,
            Self::NoSignUp => words.no_sign_up,
            Self::Refused(_) => words.refused,
            Self::RequestUsed => words.request_used,
            Self::Strange => words.strange,
            Self::TooMany => words.too_many,
            Self::Unavailable => words.unavailable,
        };
        let title = match self {
            Self::NoFactors | Self::Refused(_) => words.refused_title,
            _ => words.error_title,
        };
        (title, sentence)
    }

    /// What is said to those who know more.
    pub fn detail(&self) -> Option<&str> {
        match self {
            Self::BrokenRequest(detail) | Self::Refused(detail) => Some(detail),
            // The name that the platform gives it (semantics 6).
            Self::Strange => Some("invalid_request"),
            _ => None,
        }
    }
}
