//! SAML 2.0: what an identity provider says and hears.
//!
//! [`inbound`] takes what service providers send, [`outbound`] writes the response that a login ends in, [`metadata`]
//! describes both sides to each other, [`logout`] ends sessions, and [`post_page`] is the page with which the browser
//! carries a message.

mod answer;
mod authn_context;
mod error;
mod id;
mod identity_provider;
pub mod inbound;
pub mod logout;
pub mod metadata;
pub(crate) mod name_id;
mod outbound;
pub mod post_page;
mod requested;
pub mod schema;
#[cfg(test)]
mod tests;

pub use answer::{SamlAnswer, Subject};
pub use authn_context::class_problem;
pub use error::{SamlError, SamlErrorKind};
pub use identity_provider::IdentityProvider;
pub use name_id::NameId;
pub use outbound::{Foreseen, examine, foresee, refuse, respond};
pub use requested::{Requested, Unmet};
