//! Single logout: one service provider's request, or the tenant's own wish, ends a session with all its
//! service providers, through the user's browser (SAML profiles 4.4, semantics 4.17).
//!
//! A state machine that does no I/O. [`requested`] takes a LogoutRequest, [`begin`] starts without one; each
//! [`Step`] says what is needed next. What goes out is a [`Dispatch`], which [`Dispatch::seal`] writes and
//! signs as its [`Sender`]; what is waited for is a [`Waiting`], which is kept, serialised, under the
//! RelayState that the answer must bring back.
//!
//! The session ends first, whatever becomes of the rest. Then each other participant gets one LogoutRequest
//! and is waited for; who asked is answered last. URLs come from configuration, never from a message.

mod dispatch;
mod message;
mod participant;
mod report;
mod request;
mod state;
mod vouched;

#[cfg(test)]
mod tests;

pub use super::name_id::NameId;
pub use super::outbound::Sender;
pub use dispatch::{Delivery, Dispatch, Outgoing};
pub use participant::{
    Application, Binding, Endpoint, EndpointError, Notification, Participant, SettingsError,
};
pub use report::{Failure, Report, Shortfall};
pub use request::{RefusedLogout, requested};
pub use state::{Ending, NotAnAnswer, Unseen, Waiting, begin};

use crate::endpoints::Endpoints;
use crate::tenant::SamlConfig;

/// What the logout needs next.
#[derive(Debug)]
pub enum Step {
    /// The request is signed, so it must not come twice: note its ID and hand the occurrence to
    /// [`Unseen::proceed`].
    NoteId(Box<Unseen>),
    /// End the user's session, then go on with [`Ending::ended`].
    EndSession(Box<Ending>),
    /// Keep the [`Waiting`], then send the browser there with the message. The answer goes to
    /// [`Waiting::receive`].
    Send(Box<Dispatch>, Box<Waiting>),
    /// Send the browser back to who asked; the logout is over.
    Answer(Box<Dispatch>, Report),
    /// Nobody asked, so nobody is answered: a plain page with status 200. The logout is over.
    Finish(Report),
}

/// Where messages come in.
#[derive(Clone, Copy, Debug)]
pub struct Host<'a> {
    /// Host name of the tenant.
    pub domain: &'a str,
    /// `[saml]`.
    pub config: &'a SamlConfig,
}

impl Host<'_> {
    /// Whether `destination` is an endpoint of `client_id` that takes logout messages: the one for logout, or
    /// the one for single sign-on (semantics 4). Its query is the caller's own business.
    fn is_reached_by(self, destination: &str, client_id: &str) -> bool {
        Endpoints::of(self.domain).is_saml_logout(destination, client_id)
    }
}
