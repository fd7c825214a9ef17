//! A setting as it was read: what stands in the file, and what that means or why it cannot be had.
//!
//! A setting is read once, with the tenant. One that cannot be had is an error in its place: a login fails only
//! where it needs the setting, and `check` walks over the errors ([`Walk`](super::walk::Walk)).

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;

/// One kind of setting: how it is written and what it means.
pub trait SettingKind {
    /// What stands in the file.
    type Written;
    /// What it means.
    type Value;

    /// Reads what is written.
    ///
    /// # Errors
    /// It means nothing; the error says why, and what to write instead.
    fn read(written: &Self::Written) -> Result<Self::Value, SettingError>;

    /// Whether an error is reported when the tenant is read. One that is not is left to whoever needs the setting.
    fn is_reported(_written: &Self::Written) -> bool {
        true
    }
}

/// A setting of the kind `K`.
pub struct Setting<K: SettingKind> {
    written: K::Written,
    value: Result<K::Value, SettingError>,
}

/// Why a setting cannot be had.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SettingError {
    /// What is wrong.
    pub what: String,
    /// What to write instead.
    pub help: String,
}

impl<K: SettingKind> Setting<K> {
    /// Reads what is written.
    pub fn new(written: K::Written) -> Self {
        let value = K::read(&written);
        Self { written, value }
    }

    /// What the setting means.
    ///
    /// # Errors
    /// The setting cannot be had.
    pub fn value(&self) -> Result<&K::Value, &SettingError> {
        self.value.as_ref()
    }

    /// What the setting means.
    ///
    /// # Errors
    /// The setting cannot be had.
    pub fn copied(&self) -> Result<K::Value, SettingError>
    where
        K::Value: Copy,
    {
        self.value().copied().map_err(Clone::clone)
    }

    /// What stands in the file.
    pub fn written(&self) -> &K::Written {
        &self.written
    }

    /// Why it cannot be had, where that is reported when the tenant is read.
    pub(super) fn fault(&self) -> Option<&SettingError> {
        let error = self.value.as_ref().err()?;
        K::is_reported(&self.written).then_some(error)
    }
}

impl SettingError {
    /// What is wrong, and what to write instead.
    pub(super) fn new(what: impl Into<String>, help: impl Into<String>) -> Self {
        Self {
            what: what.into(),
            help: help.into(),
        }
    }
}

impl std::error::Error for SettingError {}

impl fmt::Display for SettingError {
    /// Both in one line.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.what)?;
        if !self.help.is_empty() {
            write!(formatter, "; {}", self.help)?;
        }
        Ok(())
    }
}

impl<K: SettingKind<Written = String>> From<&str> for Setting<K> {
    fn from(written: &str) -> Self {
        Self::new(written.to_owned())
    }
}

impl<K: SettingKind<Written: Clone, Value: Clone>> Clone for Setting<K> {
    fn clone(&self) -> Self {
        Self {
            written: self.written.clone(),
            value: self.value.clone(),
        }
    }
}

impl<K: SettingKind<Written: fmt::Debug>> fmt::Debug for Setting<K> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.written.fmt(formatter)
    }
}

impl<K: SettingKind<Written: PartialEq>> PartialEq for Setting<K> {
    fn eq(&self, other: &Self) -> bool {
        self.written == other.written
    }
}

impl<K: SettingKind<Written: Serialize>> Serialize for Setting<K> {
    /// As it is written.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.written.serialize(serializer)
    }
}

impl<'de, K: SettingKind<Written: Deserialize<'de>>> Deserialize<'de> for Setting<K> {
    /// Fails only where the type is another one.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        K::Written::deserialize(deserializer).map(Self::new)
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Client, Dialect, MetadataSpan, Walk};
    use super::*;
    use serde_json::json;
    use std::time::Duration;

    #[test]
    fn what_cannot_be_had_is_an_error_in_its_place_and_stays_as_it_is_written() {
        let client = json!({"name": "web", "jwt_configuration": {"alg": "RS257", "lifetime_in_seconds": 0}});
        let client: Client = serde_json::from_value(client).unwrap();
        let alg = client.jwt_configuration.alg.as_ref().unwrap();
        assert!(alg.value().is_err());
        assert_eq!(alg.written(), "RS257");
        let faults = client.faults();
        let paths: Vec<_> = faults.iter().map(|fault| fault.path.to_string()).collect();
        assert_eq!(
            paths,
            ["jwt_configuration.alg", "jwt_configuration.lifetime_in_seconds"]
        );
    }

    #[test]
    fn a_setting_is_read_once_into_what_it_means() {
        let week: Setting<MetadataSpan> = "7d".into();
        assert_eq!(week.copied(), Ok(Duration::from_hours(7 * 24)));
        let dialect: Setting<Dialect> = "rfc9068_profile".into();
        assert_eq!(dialect.copied(), Ok(Dialect::Rfc9068Profile));
        let short: Setting<MetadataSpan> = "1s".into();
        assert_eq!(
            short.copied().unwrap_err().to_string(),
            "metadata that are valid for 1s would expire before a service provider reads them; write at least 1m"
        );
    }
}
