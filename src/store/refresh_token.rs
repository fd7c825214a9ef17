//! A refresh token: the name of its family, a generation, and a seal. Nothing of it is kept.

use super::id::FamilyId;
use super::server_key::{KeyNumber, MAC_BYTES, ServerKeys};
use crate::secret::{Secret, same};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// How often a family was rotated: its first token has generation 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Generation(pub u32);

impl Generation {
    /// The generation that follows. The last one has no other.
    pub fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }
}

/// A refresh token whose seal is right: this server gave it.
///
/// The store keeps no token and no hash of one. A token is made again from its family and generation, so the same
/// successor can be given twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RefreshToken {
    /// Its family.
    pub family: FamilyId,
    /// Its generation.
    pub generation: Generation,
    /// The secret that its family was born with.
    pub key: KeyNumber,
}

impl RefreshToken {
    /// The token as its owner gets it; nothing where the server does not have the key of the family any more.
    pub fn issue(&self, keys: &ServerKeys) -> Option<Secret<String>> {
        let content = self.content();
        let mac = keys.seal(self.key, &content)?;
        let sealed = [content.as_slice(), &mac].concat();
        Some(Secret::new(URL_SAFE_NO_PAD.encode(sealed)))
    }

    /// The token that `presented` is; nothing where the server never gave it. The store is not asked.
    pub fn read(presented: &str, keys: &ServerKeys) -> Option<Self> {
        let bytes = URL_SAFE_NO_PAD.decode(presented).ok()?;
        let (content, mac) = bytes.split_last_chunk::<MAC_BYTES>()?;
        let content: [u8; CONTENT_BYTES] = content.try_into().ok()?;
        let (key, rest) = content.split_first_chunk::<2>()?;
        let (family, generation) = rest.split_first_chunk::<20>()?;
        let token = Self {
            family: FamilyId::from_bytes(*family),
            generation: Generation(u32::from_be_bytes(generation.try_into().ok()?)),
            key: KeyNumber(u16::from_be_bytes(*key)),
        };
        let right = keys.seal(token.key, &content)?;
        same(&right, mac).then_some(token)
    }

    fn content(&self) -> [u8; CONTENT_BYTES] {
        let mut content = [0; CONTENT_BYTES];
        content[..2].copy_from_slice(&self.key.0.to_be_bytes());
        content[2..22].copy_from_slice(self.family.as_bytes());
        content[22..].copy_from_slice(&self.generation.0.to_be_bytes());
        content
    }
}

/// The number of the key, the family with its bucket, the generation.
const CONTENT_BYTES: usize = 2 + 20 + 4;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::SeededRandom;
    use crate::store::Bucket;
    use proptest::prelude::*;

    fn keys(byte: u8) -> ServerKeys {
        ServerKeys::new(KeyNumber(1), &Secret::new(vec![byte; 32])).unwrap()
    }

    fn token(generation: u32) -> RefreshToken {
        RefreshToken {
            family: FamilyId::new(Bucket::NEVER, &mut SeededRandom::new("token")),
            generation: Generation(generation),
            key: KeyNumber(1),
        }
    }

    #[test]
    fn a_token_is_read_as_it_was_issued_and_is_the_same_each_time() {
        let issued = token(3).issue(&keys(1)).unwrap();
        assert_eq!(issued, token(3).issue(&keys(1)).unwrap());
        assert_ne!(issued, token(4).issue(&keys(1)).unwrap());
        assert_eq!(RefreshToken::read(issued.reveal(), &keys(1)), Some(token(3)));
    }

    #[test]
    fn another_servers_token_is_none() {
        let issued = token(3).issue(&keys(1)).unwrap();
        assert_eq!(RefreshToken::read(issued.reveal(), &keys(2)), None);
        let without_its_key = ServerKeys::new(KeyNumber(2), &Secret::new(vec![1; 32])).unwrap();
        assert_eq!(RefreshToken::read(issued.reveal(), &without_its_key), None);
        assert_eq!(token(3).issue(&without_its_key), None);
    }

    proptest! {
        #[test]
        fn a_changed_token_is_none(at in 0..78_usize, by in 1..64_u8) {
            const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
            let issued = token(7).issue(&keys(1)).unwrap();
            let mut text = issued.reveal().clone().into_bytes();
            prop_assume!(at < text.len());
            let letter = LETTERS.iter().position(|letter| *letter == text[at]).unwrap();
            text[at] = LETTERS[(letter + usize::from(by)) % LETTERS.len()];
            let changed = String::from_utf8(text).unwrap();
            prop_assert_eq!(RefreshToken::read(&changed, &keys(1)), None);
        }

        #[test]
        fn no_text_is_a_token(text in ".{0,100}") {
            prop_assert_eq!(RefreshToken::read(&text, &keys(1)), None);
        }
    }
}
