//! `[login]`: how people log in.

use super::exported::configured;
use super::password_kind::{PasswordHashing, PasswordKind};
use super::setting::Setting;
use serde::{Deserialize, Serialize};

configured! {
    /// `[login]`.
    LoginConfig {
        /// What passwords are hashed with: `argon2id` or `bcrypt`, with parameters. A login with anything weaker writes
        /// the hash anew.
        password_hash: Setting<PasswordHashing> = PasswordKind::DEFAULT_TEXT.into(),
    }
}

impl LoginConfig {
    /// What passwords are hashed with: the default where the setting cannot be had.
    pub fn password_kind(&self) -> PasswordKind {
        self.password_hash.copied().unwrap_or(PasswordKind::DEFAULT)
    }
}
