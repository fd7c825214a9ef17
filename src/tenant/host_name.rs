//! The host name of a tenant.

use super::setting::{SettingError, SettingKind};
use crate::json::quoted;

/// A host name, as in `https://<name>/`.
#[derive(Clone, Copy, Debug)]
pub enum HostName {}

impl SettingKind for HostName {
    type Written = String;
    type Value = String;

    fn read(written: &String) -> Result<String, SettingError> {
        if written.is_empty() || written.contains(['/', ' ', '@', '?', '#']) {
            return Err(SettingError::new(
                format!("{} is not a host name", quoted(written)),
                "write one such as tenant.example",
            ));
        }
        Ok(written.clone())
    }
}
