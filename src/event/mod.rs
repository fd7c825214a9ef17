//! The `event` that Actions read, as typed data (semantics 5).
//!
//! Every documented member is typed; members that are not documented are kept in `extra` and reach the
//! script untouched. An absent object is absent, never `{}`.

mod asked;
mod authn_wishes;
mod build;
mod circumstances;
mod connection;
mod dict;
mod error;
mod given;
mod grant;
mod made_up;
mod options;
mod parts;
mod request;
mod session;
mod user;
mod whole;

pub use asked::{Asked, AskedClient, KnownBy};
pub use authn_wishes::{
    AuthnWishes, Comparison, WantedConditions, WantedContext, WantedEndpoint, WantedName, WantedSubject,
};
pub use build::{Opening, build};
pub use circumstances::Circumstances;
pub use dict::Dict;
pub use error::EventError;
pub use given::GivenEvent;
pub use options::{AuthnBinding, AuthnOrigin, EventOptions};
pub use parts::*;
pub use request::{AuthnMessage, LoginRequest, NameIdPolicy, QuerySignature, SamlRequest};
pub use session::{Device, EventRefreshToken, EventSession, SessionClient, SessionCookie};
pub use user::user_of;
pub use whole::Event;
