//! Tokens whose signature was verified already. A machine client sends the same one with each of its calls.

use crate::keys::KeyRing;
use crate::token::verified;
use openssl::sha::sha256;
use serde_json::{Map, Value};
use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

type Claims = Arc<Map<String, Value>>;

/// The claims of tokens that were verified with one set of keys, by the hash of the whole token. What can change (time,
/// revocation, client, grant) is for the caller to look at, each time.
#[derive(Default)]
pub(super) struct KnownTokens(Mutex<HashMap<[u8; 32], Claims>>);

impl KnownTokens {
    /// The claims of a token that was signed with one of `keys`, which are always the same; nothing where it was not.
    pub fn claims(&self, token: &str, keys: &KeyRing) -> Option<Claims> {
        let hash = sha256(token.as_bytes());
        if let Some(claims) = self.known().get(&hash) {
            return Some(Arc::clone(claims));
        }
        let claims = Arc::new(verified(token, keys)?);
        let mut known = self.known();
        if known.len() >= MOST {
            known.clear();
        }
        known.insert(hash, Arc::clone(&claims));
        Some(claims)
    }

    fn known(&self) -> std::sync::MutexGuard<'_, HashMap<[u8; 32], Claims>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// How many are remembered; more than a server has machine clients at a time.
const MOST: usize = 256;

impl fmt::Debug for KnownTokens {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("KnownTokens")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys::ring_for_tests;
    use josekit::jws::{JwsHeader, RS256};
    use josekit::jwt::{self, JwtPayload};

    fn token(keys: &KeyRing, subject: &str) -> String {
        let mut header = JwsHeader::new();
        header.set_key_id(keys.current.kid());
        let mut payload = JwtPayload::new();
        payload.set_subject(subject);
        let pem = keys.current.key().pkey().private_key_to_pem_pkcs8().unwrap();
        jwt::encode_with_signer(&payload, &header, &RS256.signer_from_pem(pem).unwrap()).unwrap()
    }

    #[test]
    fn what_was_not_signed_with_the_keys_is_never_known() {
        let keys = ring_for_tests();
        let tokens = KnownTokens::default();
        let right = token(keys, "a");
        for _ in 0..2 {
            assert_eq!(tokens.claims(&right, keys).unwrap()["sub"], "a");
            // The signature of one token does not carry the claims of another.
            let (_, signature) = right.rsplit_once('.').unwrap();
            let (content, _) = token(keys, "b")
                .rsplit_once('.')
                .map(|(c, s)| (c.to_owned(), s.to_owned()))
                .unwrap();
            assert!(tokens.claims(&format!("{content}.{signature}"), keys).is_none());
            assert!(tokens.claims(&right[..right.len() - 2], keys).is_none());
        }
        assert_eq!(tokens.known().len(), 1);
        for number in 0..MOST {
            tokens
                .known()
                .insert(sha256(&number.to_be_bytes()), Claims::default());
        }
        tokens.claims(&token(keys, "c"), keys).unwrap();
        assert_eq!(tokens.known().len(), 1);
    }
}
