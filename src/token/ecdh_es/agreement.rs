//! The outcome of a key agreement.

use serde_json::Value;
use zeroize::Zeroizing;

/// What both sides know in the end, and what tells the other side.
pub(in crate::token) struct Agreement {
    /// Encrypts the content with A256GCM.
    pub content_key: Zeroizing<Vec<u8>>,
    /// The public half of the key that was drawn for this token: `epk` of the header.
    pub ephemeral: Value,
}
