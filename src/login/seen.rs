//! Which answers were used, so that one answer gives one login.

use super::Suspended;
use crate::secret::hex_sha256;
use std::io;

/// Remembers which answers were used. Whoever drives a login that was kept asks it once the answer has been
/// accepted and before anything comes of it: an answer that does not fit uses nothing up.
pub trait Seen {
    /// Notes that the login `state` was answered. Of several that note the same state at once, one is the first.
    ///
    /// # Errors
    /// It cannot be remembered, so the login must not go on.
    fn note(&mut self, state: &StateHash) -> io::Result<Use>;
}

/// Whether an answer was used before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Use {
    /// It was used before, and gives nothing any more.
    Again,
    /// It is used for the first time.
    First,
}

/// Stands for the `state` of one suspended login and lets nobody answer it: SHA-256, in hexadecimal.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct StateHash(String);

impl StateHash {
    /// 64 hexadecimal digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Suspended {
    /// What [`Seen`] remembers this login by.
    pub fn state_hash(&self) -> StateHash {
        StateHash(hex_sha256(self.state().as_bytes()))
    }
}
