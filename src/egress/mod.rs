//! The only way out: requests that a script sends over the network.
//!
//! A script opens no socket. Whatever it sends comes through here, where it is judged, limited, listed as
//! [`Exchange`](crate::command::Exchange) and, in a case or a replay, answered without any network ([`Answers`]).

mod answers;

pub use answers::{Answer, Answers, Asked, Reply};
