//! Whether a password is a user's.

use crate::tenant::Credentials;
use serde_json::Value;

/// Whether `password` is the one that these credentials were made of. Where there are none, as much is computed as if there
/// were: the time of the answer does not tell whether somebody is a user.
pub(super) fn is_right(password: &str, credentials: Option<&Credentials>) -> bool {
    let hash = credentials
        .and_then(|credentials| credentials.0.get("password_hash"))
        .and_then(Value::as_str);
    let is_of = |hash| bcrypt::verify(password, hash).unwrap_or(false);
    let is_right = is_of(hash.unwrap_or(OF_NOBODY));
    is_right && hash.is_some()
}

/// A hash of the platform's own cost.
const OF_NOBODY: &str = "$2b$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy";
