//! Why a call of the server's own API is not carried out.

use crate::event::EventError;
use crate::flow::{FlowError, Unavailable};
use crate::oauth::BodyFault;
use crate::server::answer::Answer;
use crate::server::log;
use crate::server::login::not_remembered;
use crate::server::pages;
use crate::store::StoreError;
use axum::http::StatusCode;
use serde_json::json;

/// Why a call is not carried out. A login that is refused is none of these.
pub(super) enum ApiFault {
    /// A member of the body is not usable.
    Body(BodyFault),
    /// The machine client may not do this.
    Forbidden(BodyFault),
    /// What the call names is not there, or is not this client's.
    NotFound(&'static str),
    /// What the call wants to change is somebody else's, or was changed meanwhile.
    Conflict(BodyFault),
    /// The tenant cannot carry out the login; the log says why.
    Broken,
    /// The store or something else does not answer.
    Unavailable(Unavailable),
}

impl ApiFault {
    pub fn answer(self) -> Answer {
        let told = |status, error: &str, fault: &BodyFault| {
            let body = json!({
                "error": error, "error_description": fault.description, "member": fault.member,
            });
            Answer::json(status, &body)
        };
        match self {
            Self::Body(fault) => told(StatusCode::BAD_REQUEST, "invalid_request", &fault),
            Self::Forbidden(fault) => told(StatusCode::FORBIDDEN, "access_denied", &fault),
            Self::Conflict(fault) => told(StatusCode::CONFLICT, "conflict", &fault),
            Self::NotFound(what) => {
                let body = json!({"error": "not_found", "error_description": what});
                Answer::json(StatusCode::NOT_FOUND, &body)
            }
            Self::Broken => {
                let body = json!({
                    "error": "server_error",
                    "error_description": "the login cannot be carried out as the tenant is set up; see the log of the server",
                });
                Answer::json(StatusCode::INTERNAL_SERVER_ERROR, &body)
            }
            Self::Unavailable(unavailable) => pages::unavailable(&unavailable),
        }
    }
}

impl ApiFault {
    /// What is wrong, for the log: names of members, never their values.
    pub fn reason(&self) -> &str {
        match self {
            Self::Body(fault) | Self::Forbidden(fault) | Self::Conflict(fault) => &fault.member,
            Self::NotFound(what) => what,
            Self::Broken => "the tenant cannot carry out the login",
            Self::Unavailable(unavailable) => &unavailable.what,
        }
    }
}

impl From<BodyFault> for ApiFault {
    fn from(fault: BodyFault) -> Self {
        Self::Body(fault)
    }
}

impl From<Unavailable> for ApiFault {
    fn from(unavailable: Unavailable) -> Self {
        Self::Unavailable(unavailable)
    }
}

impl From<StoreError> for ApiFault {
    fn from(error: StoreError) -> Self {
        Self::Unavailable(error.into())
    }
}

impl From<EventError> for ApiFault {
    fn from(error: EventError) -> Self {
        Self::Body(BodyFault::of(member(&error), &error))
    }
}

impl From<FlowError> for ApiFault {
    fn from(error: FlowError) -> Self {
        match error {
            FlowError::Event(error) => error.into(),
            FlowError::NoAnswer(error) => Self::Body(BodyFault::of("", &error)),
            FlowError::AnsweredBefore => Self::NotFound(NO_LOGIN),
            FlowError::OtherTenant { .. } | FlowError::TenantChanged(_) => {
                Self::Conflict(BodyFault::of("login_id", &error))
            }
            FlowError::Unavailable(unavailable) => Self::Unavailable(unavailable),
            FlowError::NotRemembered(error) => Self::Unavailable(not_remembered(&error)),
            FlowError::TenantFaults(_) | FlowError::Unreached { .. } => {
                log::line(&format!("a login cannot be carried out: {error}"));
                Self::Broken
            }
        }
    }
}

/// The member of the body that an error is about.
fn member(error: &EventError) -> &'static str {
    match error {
        EventError::CallbackNotAllowed { .. } | EventError::CallbackUnsafe { .. } => "redirect_uri",
        EventError::Connection(_) => "connection",
        EventError::Organization(_)
        | EventError::OrganizationUsage { .. }
        | EventError::NotAMember { .. } => "organization",
        EventError::UnknownAudience { .. } => "audience",
        EventError::NoUser => "user_id",
        EventError::NoAcsUrl { .. } | EventError::OtherClient { .. } => "client_id",
        EventError::NotAnObject | EventError::Secrets | EventError::Shape { .. } => "request",
    }
}

/// Said of a login that is not there, that was used, and of one that somebody else began.
pub(super) const NO_LOGIN: &str = "there is no login with this id that waits for this client; it was answered, is over, or is another client's";
