//! A login of somebody who is known, whoever asks for it: it is driven, closed in the store, and issued, in this order.
//!
//! ```text
//!  begin, go_on ─► driven ─► decided ─┬► closing: one transaction ─► issued: tokens or a SAML response
//!                     └─► waiting     └► noted: what the log and others are told of it
//! ```
//!
//! Nothing here knows how the answer travels. The browser's shell is [`sign_in`](super::sign_in), that of a machine
//! `/api/issue`.

mod closing;
mod code;
mod driven;
mod family;
mod issued;
mod noted;
mod overtaken;
mod waiting;

pub(super) use closing::{Left, answered, answered_request, of_user};
pub(super) use code::{CodeContent, Granted};
pub(super) use driven::{Driven, decided_at_once, not_remembered};
pub(super) use family::Born;
pub(super) use issued::{algorithm, participant};
pub(super) use noted::{Noted, Rested, login_refused, noted};
pub(super) use overtaken::{OVERTAKEN, overtaken, session_ended};
pub(super) use waiting::Waited;
