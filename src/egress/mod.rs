//! The only way out: requests that a script sends over the network.
//!
//! A script opens no socket. Its process was handed connected stream pairs; [`Connections`] has their other ends. A
//! connection of a script takes one pair and begins with a line (`line`): to whom, and whether with TLS. The destination
//! ([`Destination`]) is judged by the tenant's [`Policy`], the name resolved once, every address judged (`address`), and
//! an address that was judged is connected to (`reach`). TLS is made and the server checked here (`trust`); the script
//! speaks plain HTTP/1.1 over its pair. Requests are judged, limited ([`Limits`]), listed as
//! [`Exchange`](crate::command::Exchange) and, in a case or a replay, answered without any network ([`Answers`]).
//!
//! The answer to the first line says whether there is a connection, and if not why. What goes wrong later closes the
//! pair; [`Connections::why`] then says why, so that the script's error can.
//!
//! A run reaches the network on [`Terms`]; what it used and sent is counted (`run`) and told at its end ([`Ended`]).

mod address;
mod answers;
mod connection;
mod connections;
mod host;
mod http;
mod limits;
mod line;
mod network;
mod pair;
mod policy;
mod reach;
pub mod recorded;
mod refusal;
mod resolver;
mod run;
mod terms;
mod trust;
mod wire;

pub use answers::{Answer, Answers, Asked, Reply};
pub use connections::{Connections, Ended};
pub use host::{Destination, Host};
pub use limits::{Limits, Reached};
pub use network::Network;
pub use policy::{Line, NotAllowed, Policy, Rule};
pub use refusal::Refused;
pub use resolver::{Resolver, SystemResolver};
pub use terms::{Keeping, Terms};
pub use trust::Authorities;

#[cfg(test)]
mod tests;
