//! What a server seals and hides with: refresh tokens, what waits, and logins that are kept while their users are away.

use crate::keys::StateKey;
use crate::secret::Secret;
use crate::store::{KeyNumber, ServerKeys, ShortSecret, derived_key};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use std::sync::Arc;

/// The keys of a server, all made of one secret: whoever has that secret and the store reads what was kept.
#[derive(Clone)]
pub struct Seals {
    pub(super) server_keys: Arc<ServerKeys>,
    pub(super) state_key: StateKey,
}

impl Seals {
    /// Of `[server] secret`.
    ///
    /// # Errors
    /// It is too short.
    pub fn of_secret(secret: &Secret<Vec<u8>>) -> Result<Self, ShortSecret> {
        let server_keys = ServerKeys::new(KeyNumber(1), secret)?;
        let of_logins = Secret::new(derived_key(secret.reveal(), b"postlogin kept logins"));
        Ok(Self {
            server_keys: Arc::new(server_keys),
            state_key: StateKey::new(of_logins.reveal()).expect("OpenSSL takes every HMAC key of 32 bytes"),
        })
    }

    /// Of the tenant's own key, which lies beside the store.
    pub fn of_state_key(state_key: StateKey) -> Self {
        let secret = Secret::new(
            URL_SAFE_NO_PAD
                .decode(state_key.mac(b"postlogin server secret"))
                .expect("what was encoded is decoded"),
        );
        let server_keys = ServerKeys::new(KeyNumber(1), &secret).expect("an HMAC-SHA256 has 32 bytes");
        Self {
            server_keys: Arc::new(server_keys),
            state_key,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::SeededRandom;

    fn secret(byte: u8) -> Secret<Vec<u8>> {
        Secret::new(vec![byte; 40])
    }

    #[test]
    fn every_key_follows_from_the_one_secret() {
        let [one, same, other] = [1, 1, 2].map(|byte| Seals::of_secret(&secret(byte)).unwrap());
        let mac = one.state_key.mac(b"a login");
        assert!(same.state_key.fits(b"a login", &mac));
        assert!(!other.state_key.fits(b"a login", &mac));
        let hidden = one.server_keys.hide(b"x", b"y", &mut SeededRandom::new("seals"));
        assert!(same.server_keys.show(b"x", &hidden).is_some());
        assert!(other.server_keys.show(b"x", &hidden).is_none());
        assert!(Seals::of_secret(&Secret::new(vec![1; 31])).is_err());
    }

    #[test]
    fn a_server_without_a_secret_makes_all_of_its_state_key() {
        let key = || StateKey::new(&[3; 32]).unwrap();
        let (one, same) = (Seals::of_state_key(key()), Seals::of_state_key(key()));
        assert!(same.state_key.fits(b"a login", &key().mac(b"a login")));
        let hidden = one.server_keys.hide(b"x", b"y", &mut SeededRandom::new("seals"));
        assert!(same.server_keys.show(b"x", &hidden).is_some());
    }
}
