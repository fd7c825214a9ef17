//! What a suspended login is remembered by once it was answered.

use super::suspended::Suspended;
use crate::secret::hex_sha256;

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
    /// What it is remembered by once it was answered: one answer gives one login.
    pub fn state_hash(&self) -> StateHash {
        StateHash(hex_sha256(self.state().as_bytes()))
    }
}
