//! What nobody may read by accident: shown as a handle, compared in constant time, cleared when it is dropped.

use openssl::hash::MessageDigest;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;
use zeroize::{Zeroize, Zeroizing};

/// A secret text or key. `Debug` and serialisation show [`Secret::handle`]; only [`Secret::reveal`] gives the value.
#[derive(Clone, Default)]
pub struct Secret<T: Zeroize>(Zeroizing<T>);

impl<T: Zeroize> Secret<T> {
    /// Keeps `value` as a secret.
    pub fn new(value: T) -> Self {
        Self(Zeroizing::new(value))
    }

    /// The value itself. Where it is copied to, it is cleared by whoever copies it.
    pub fn reveal(&self) -> &T {
        &self.0
    }
}

impl<T: Zeroize + AsRef<[u8]>> Secret<T> {
    /// `sha256:` and the hash of the value in hexadecimal: the same for the same secret, so that people can tell
    /// secrets apart.
    pub fn handle(&self) -> String {
        format!("sha256:{}", hex_sha256(self.0.as_ref()))
    }
}

impl<T: Zeroize> From<T> for Secret<T> {
    fn from(value: T) -> Self {
        Self::new(value)
    }
}

/// In constant time for values of one length.
impl<T: Zeroize + AsRef<[u8]>> PartialEq for Secret<T> {
    fn eq(&self, other: &Self) -> bool {
        same(self.0.as_ref(), other.0.as_ref())
    }
}

impl<T: Zeroize + AsRef<[u8]>> Eq for Secret<T> {}

impl<T: Zeroize + AsRef<[u8]>> fmt::Debug for Secret<T> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Secret({})", self.handle())
    }
}

/// As `{"$secret": <handle>}`.
impl<T: Zeroize + AsRef<[u8]>> Serialize for Secret<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map([("$secret", self.handle())])
    }
}

/// From the value itself.
impl<'de, T: Zeroize + Deserialize<'de>> Deserialize<'de> for Secret<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        T::deserialize(deserializer).map(Self::new)
    }
}

/// Whether both are the same; how long the look takes says no more than whether the lengths are.
pub fn same(one: &[u8], other: &[u8]) -> bool {
    one.len() == other.len() && openssl::memcmp::eq(one, other)
}

/// SHA-256 in hexadecimal.
pub(crate) fn hex_sha256(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    let digest = openssl::hash::hash(MessageDigest::sha256(), bytes).expect("SHA-256 is always available");
    digest.iter().fold(String::with_capacity(64), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_shown_as_its_handle() {
        let secret = Secret::new("s3cr3t".to_owned());
        let handle = "sha256:4e738ca5563c06cfd0018299933d58db1dd8bf97f6973dc99bf6cdc64b5550bd";
        assert_eq!(secret.handle(), handle);
        assert_eq!(
            format!("{secret:?} {secret:#?}"),
            format!("Secret({handle}) Secret({handle})")
        );
        assert_eq!(
            serde_json::to_value(&secret).unwrap(),
            serde_json::json!({"$secret": handle})
        );
        let read: Secret<String> = serde_json::from_str("\"s3cr3t\"").unwrap();
        assert_eq!(read, secret);
        assert_ne!(read, Secret::new("s3cr3T".to_owned()));
        assert_ne!(read, Secret::new("s3cr3".to_owned()));
    }
}
