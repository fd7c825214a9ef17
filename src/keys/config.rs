//! Which files hold a tenant's keys.

use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// `[keys]`: PEM files relative to the tenant folder, each holding a key and its certificate, or the
/// key with the certificate beside it as `.crt`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct KeysConfig {
    /// Signs now.
    pub current: Option<PathBuf>,
    /// Certificate of `current`, where it is not in the same file.
    pub current_cert: Option<PathBuf>,
    /// Published already, signs after the next rotation.
    pub next: Option<PathBuf>,
    /// Still published, signs no more.
    pub previous: Option<PathBuf>,
    /// P-256 key for ES256.
    pub ec: Option<PathBuf>,
    /// Ed25519 key for EdDSA.
    pub ed25519: Option<PathBuf>,
}
