//! What proves a password: every form of hash that the platform's bulk import takes, and how one is checked and made.
//!
//! [`PasswordHash::of`] reads the credentials of a user into one of a few schemes, within bounds of time and memory: a
//! file that asks for more than a server should spend on one login is refused when it is read, not when somebody logs
//! in. Checking and making (`check`) belong to the server alone. Nothing here is ever shown.

#[cfg(feature = "server")]
mod check;
mod cost;
mod digest;
mod encoded;
mod fault;
mod form;
mod hash;
mod phc;

pub use fault::PasswordFault;
pub use hash::PasswordHash;

#[cfg(test)]
mod tests;
