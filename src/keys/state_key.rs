//! The key that kept logins are sealed with. It is no signing key: those are rotated, and published.

use super::KeyError;
use super::store::{may_not, prepare, unwritable};
use crate::disk::{self, Limit, PRIVATE, Staged, exposure};
use crate::random::{Random, SystemRandom};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use openssl::hash::MessageDigest;
use openssl::pkey::{PKey, Private};
use openssl::sign::Signer;
use std::fmt;
use std::io;
use std::path::Path;

/// A tenant's key for the logins that it keeps: HMAC-SHA256 with 32 random bytes.
#[derive(Clone)]
pub struct StateKey(PKey<Private>);

/// Whether the logins that a tenant keeps can be sealed.
#[derive(Clone, Debug)]
pub enum Sealing {
    /// With this key.
    With {
        /// The key.
        key: StateKey,
        /// What should be changed about its file, in one sentence.
        warning: Option<String>,
    },
    /// Not at all.
    Without {
        /// Why no key can be kept.
        why: String,
    },
}

/// The state key of the tenant in `root`, from `<root>/.postlogin/state.key`. Where nothing is there, a
/// key is made and kept, unless this user may not write there. A file that is there and cannot be used is an
/// error; nothing is made in its place.
///
/// # Errors
/// The file cannot be read or holds something else; a key that was made cannot be kept though this user may write.
pub fn state_key(root: &Path) -> Result<Sealing, KeyError> {
    let home = root.join(".postlogin");
    let path = home.join("state.key");
    let found = |key| Sealing::With {
        key,
        warning: exposure(&path),
    };
    if let Some(key) = read(&path)? {
        return Ok(found(key));
    }
    let mut bytes = [0; KEY_BYTES];
    SystemRandom.fill(&mut bytes);
    let made = prepare(&home, &home).and_then(|()| {
        Staged::new(&path, to_text(&bytes).as_bytes(), PRIVATE)
            .and_then(Staged::add)
            .map_err(|source| unwritable(path.clone(), source))
    });
    match made {
        Ok(()) => Ok(found(StateKey::new(&bytes)?)),
        // Another process was first; its key counts.
        Err(KeyError::Unwritable { source, path }) if source.kind() == io::ErrorKind::AlreadyExists => {
            match read(&path)? {
                Some(key) => Ok(found(key)),
                None => Err(KeyError::Unwritable { path, source }),
            }
        }
        Err(KeyError::Unwritable { path, source }) if may_not(&source) => Ok(Sealing::Without {
            why: format!("{}: {source}", path.display()),
        }),
        Err(error) => Err(error),
    }
}

impl StateKey {
    /// A key of these bytes.
    ///
    /// # Errors
    /// OpenSSL takes no such key.
    pub fn new(bytes: &[u8; KEY_BYTES]) -> Result<Self, KeyError> {
        Ok(Self(PKey::hmac(bytes)?))
    }

    /// The key in the text of a key file; `None` where it holds anything else.
    pub fn from_text(text: &str) -> Option<Self> {
        let bytes = URL_SAFE_NO_PAD.decode(text.strip_suffix('\n')?).ok()?;
        Self::new(bytes.as_slice().try_into().ok()?).ok()
    }

    /// The HMAC of `content`, base64url.
    pub fn mac(&self, content: &[u8]) -> String {
        let mac = Signer::new(MessageDigest::sha256(), &self.0)
            .and_then(|mut signer| signer.sign_oneshot_to_vec(content))
            .expect("HMAC-SHA256 with a key of 32 bytes cannot fail");
        URL_SAFE_NO_PAD.encode(mac)
    }

    /// Whether `mac` is the HMAC of `content`, compared in constant time and by its text, which can be spelled in
    /// one way only.
    pub fn fits(&self, content: &[u8], mac: &str) -> bool {
        let right = self.mac(content);
        right.len() == mac.len() && openssl::memcmp::eq(right.as_bytes(), mac.as_bytes())
    }
}

impl fmt::Debug for StateKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("StateKey(..)")
    }
}

fn read(path: &Path) -> Result<Option<StateKey>, KeyError> {
    let found = disk::read(path, Limit::Key).map_err(|source| KeyError::Unreadable {
        path: path.to_owned(),
        source,
    })?;
    let Some(bytes) = found else {
        return Ok(None);
    };
    let key = str::from_utf8(&bytes).ok().and_then(StateKey::from_text);
    key.map(Some).ok_or_else(|| KeyError::NoStateKey {
        path: path.to_owned(),
    })
}

/// What a key file holds: text, as everything that is kept with a tenant.
fn to_text(bytes: &[u8; KEY_BYTES]) -> String {
    format!("{}\n", URL_SAFE_NO_PAD.encode(bytes))
}

/// As many bytes as HMAC-SHA256 gives (RFC 2104 section 3).
const KEY_BYTES: usize = 32;

#[cfg(test)]
mod tests;
