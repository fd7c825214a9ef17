//! The hash by which a used answer is remembered.

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
    /// The hash by which the used answer is remembered: each answer can be used once.
    pub fn state_hash(&self) -> StateHash {
        StateHash(hex_sha256(self.state().as_bytes()))
    }
}
