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
mod host;
mod message;
mod participant;
mod report;
mod request;
mod state;
mod step;
mod vouched;

#[cfg(test)]
mod tests;

pub use super::name_id::NameId;
pub use super::outbound::Sender;
pub use dispatch::{Delivery, Dispatch, Outgoing};
pub use host::Host;
pub use participant::{
    Application, Binding, Endpoint, EndpointError, Notification, Participant, SettingsError,
};
pub use report::{Failure, Report, Shortfall};
pub use request::{RefusedLogout, requested};
pub use state::{Ending, NotAnAnswer, Unseen, Waiting, begin};
pub use step::Step;
