//! The keys of a server, all made of its secrets: what seals refresh tokens and what hides logins in progress.

use crate::secret::Secret;
use openssl::hash::MessageDigest;
use openssl::pkey::{Id, PKey, Private};
use openssl::pkey_ctx::PkeyCtx;
use openssl::sign::Signer;
use openssl::symm::{Cipher, decrypt_aead, encrypt_aead};
use std::fmt;

/// The number of a server's secret. A refresh family keeps the number of the one it was born with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyNumber(pub u16);

/// The secrets of a server: one that new things are made with, and older ones for as long as what was made with them may
/// live.
pub struct ServerKeys {
    current: ServerKey,
    older: Vec<ServerKey>,
}

/// What is made of one secret.
struct ServerKey {
    number: KeyNumber,
    refresh: PKey<Private>,
    hiding: Secret<[u8; KEY_BYTES]>,
}

/// The secret of a server is too short.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the server's secret has {bytes} bytes, fewer than {KEY_BYTES}: draw a new one at random")]
pub struct ShortSecret {
    /// How many it has.
    pub bytes: usize,
}

impl ServerKeys {
    /// Of the secret that counts now, with its number.
    ///
    /// # Errors
    /// It has fewer than 32 bytes.
    pub fn new(number: KeyNumber, secret: &Secret<Vec<u8>>) -> Result<Self, ShortSecret> {
        Ok(Self {
            current: ServerKey::of(number, secret)?,
            older: Vec::new(),
        })
    }

    /// With a secret that counted before.
    ///
    /// # Errors
    /// It has fewer than 32 bytes.
    pub fn with_older(mut self, number: KeyNumber, secret: &Secret<Vec<u8>>) -> Result<Self, ShortSecret> {
        self.older.push(ServerKey::of(number, secret)?);
        Ok(self)
    }

    /// The number of the secret that new things are made with.
    pub fn current(&self) -> KeyNumber {
        self.current.number
    }

    /// HMAC-SHA256 of `content` with the refresh key of this number; nothing where there is no such key.
    pub(super) fn seal(&self, number: KeyNumber, content: &[u8]) -> Option<[u8; MAC_BYTES]> {
        let mut mac = [0; MAC_BYTES];
        let key = self.numbered(number)?;
        Signer::new(MessageDigest::sha256(), &key.refresh)
            .and_then(|mut signer| signer.sign_oneshot(&mut mac, content))
            .expect("HMAC-SHA256 with a key of 32 bytes cannot fail");
        Some(mac)
    }

    /// `content` as only this server can read it, and only as what it was hidden as.
    pub fn hide(&self, what: &[u8], content: &[u8], random: &mut dyn crate::random::Random) -> Hidden {
        let mut nonce = [0; NONCE_BYTES];
        random.fill(&mut nonce);
        let mut tag = [0; TAG_BYTES];
        let key = self.current.hiding.reveal();
        let hidden = encrypt_aead(Cipher::aes_256_gcm(), key, Some(&nonce), what, content, &mut tag)
            .expect("AES-256-GCM with a key of 32 bytes cannot fail");
        let number = self.current.number.0.to_be_bytes();
        Hidden([number.as_slice(), &nonce, &tag, &hidden].concat())
    }

    /// What was hidden; nothing where it was changed, was hidden as something else, or the key is gone.
    pub fn show(&self, what: &[u8], hidden: &Hidden) -> Option<Secret<Vec<u8>>> {
        let (number, rest) = hidden.0.split_first_chunk()?;
        let (nonce, rest) = rest.split_first_chunk::<NONCE_BYTES>()?;
        let (tag, content) = rest.split_first_chunk::<TAG_BYTES>()?;
        let key = self.numbered(KeyNumber(u16::from_be_bytes(*number)))?;
        let key = key.hiding.reveal();
        decrypt_aead(Cipher::aes_256_gcm(), key, Some(nonce), what, content, tag)
            .ok()
            .map(Secret::new)
    }

    fn numbered(&self, number: KeyNumber) -> Option<&ServerKey> {
        std::iter::once(&self.current)
            .chain(&self.older)
            .find(|key| key.number == number)
    }
}

impl ServerKey {
    fn of(number: KeyNumber, secret: &Secret<Vec<u8>>) -> Result<Self, ShortSecret> {
        let secret = secret.reveal();
        if secret.len() < KEY_BYTES {
            return Err(ShortSecret { bytes: secret.len() });
        }
        let refresh = Secret::new(derived_key(secret, b"postlogin refresh tokens"));
        Ok(Self {
            number,
            refresh: PKey::hmac(refresh.reveal()).expect("OpenSSL takes every HMAC key of 32 bytes"),
            hiding: Secret::new(derived_key(secret, b"postlogin logins in progress")),
        })
    }
}

impl fmt::Debug for ServerKeys {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("ServerKeys")
            .field("current", &self.current.number)
            .finish_non_exhaustive()
    }
}

/// A text that only the server can read (AES-256-GCM).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hidden(Vec<u8>);

impl Hidden {
    /// As the store keeps it.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// What [`Self::as_bytes`] gave.
    pub fn from_bytes(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }
}

/// The key for this purpose: HKDF-SHA256 (RFC 5869) of a secret that is random, so without salt.
pub fn derived_key(secret: &[u8], purpose: &[u8]) -> [u8; KEY_BYTES] {
    let mut key = [0; KEY_BYTES];
    let mut derive = || {
        let mut context = PkeyCtx::new_id(Id::HKDF)?;
        context.derive_init()?;
        context.set_hkdf_md(openssl::md::Md::sha256())?;
        context.set_hkdf_key(secret)?;
        context.add_hkdf_info(purpose)?;
        context.derive(Some(&mut key))
    };
    derive().expect("HKDF-SHA256 of 32 bytes or more cannot fail");
    key
}

const KEY_BYTES: usize = 32;
const NONCE_BYTES: usize = 12;
const TAG_BYTES: usize = 16;
pub(super) const MAC_BYTES: usize = 32;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::SeededRandom;

    fn secret(byte: u8) -> Secret<Vec<u8>> {
        Secret::new(vec![byte; 32])
    }

    #[test]
    fn what_is_hidden_is_shown_by_the_same_secret_alone_and_as_the_same_thing() {
        let random = &mut SeededRandom::new("hide");
        let keys = ServerKeys::new(KeyNumber(1), &secret(1)).unwrap();
        let hidden = keys.hide(b"login", b"a state of 43 characters", random);
        assert_eq!(
            keys.show(b"login", &hidden).unwrap().reveal(),
            b"a state of 43 characters"
        );
        assert!(keys.show(b"code", &hidden).is_none());
        for at in 0..hidden.0.len() {
            let mut changed = hidden.clone();
            changed.0[at] ^= 1;
            assert!(keys.show(b"login", &changed).is_none(), "{at}");
        }
        let rotated = ServerKeys::new(KeyNumber(2), &secret(2)).unwrap();
        assert!(rotated.show(b"login", &hidden).is_none());
        let rotated = rotated.with_older(KeyNumber(1), &secret(1)).unwrap();
        assert!(rotated.show(b"login", &hidden).is_some());
        assert!(rotated.show(b"login", &Hidden(vec![0, 1, 2])).is_none());
    }

    #[test]
    fn a_short_secret_is_refused() {
        let short = Secret::new(vec![1; 31]);
        assert_eq!(
            ServerKeys::new(KeyNumber(1), &short).unwrap_err(),
            ShortSecret { bytes: 31 }
        );
    }

    /// RFC 5869 is what others know the keys by: a server in another language could read them.
    #[test]
    fn purposes_have_keys_of_their_own() {
        assert_ne!(derived_key(&[7; 32], b"a"), derived_key(&[7; 32], b"b"));
    }
}
