//! Ids that anybody may see, and hashes of what only its owner may have.

use super::bucket::Bucket;
use crate::login::StateHash;
use crate::random::Random;
use crate::time::Moment;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use openssl::sha::sha256;
use std::fmt;
use std::str::FromStr;

/// The text is no id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not an id: {ID_CHARACTERS} characters of base64url are expected")]
pub struct NoId;

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident,)*) => {$(
        $(#[$doc])*
        ///
        /// It is public and opens nothing: the bucket and 128 random bits, written in base64url.
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name([u8; ID_BYTES]);

        impl $name {
            /// A new one, of what ends in `bucket`.
            pub fn new(bucket: Bucket, random: &mut dyn Random) -> Self {
                let mut bytes = [0; ID_BYTES];
                bytes[..4].copy_from_slice(&bucket.to_bytes());
                random.fill(&mut bytes[4..]);
                Self(bytes)
            }

            /// The week in which it ends at the latest.
            pub fn bucket(&self) -> Bucket {
                let [a, b, c, d, ..] = self.0;
                Bucket::from_bytes([a, b, c, d])
            }

            /// As the store keeps it.
            pub fn as_bytes(&self) -> &[u8; ID_BYTES] {
                &self.0
            }

            /// What [`Self::as_bytes`] gave.
            pub fn from_bytes(bytes: [u8; ID_BYTES]) -> Self {
                Self(bytes)
            }
        }

        impl FromStr for $name {
            type Err = NoId;

            fn from_str(text: &str) -> Result<Self, NoId> {
                let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| NoId)?;
                bytes.try_into().map(Self).map_err(|_| NoId)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str(&URL_SAFE_NO_PAD.encode(self.0))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(formatter, concat!(stringify!($name), "({})"), self)
            }
        }
    )*};
}

ids! {
    /// The id of a refresh family: all refresh tokens that one login led to.
    FamilyId,
    /// The id of a session: `sid`, `SessionIndex`, `event.session.id`.
    SessionId,
    /// The id of an access token (`jti`).
    TokenId,
}

impl TokenId {
    /// Of a signed token that has no id of ours, and expires at `until`: made of what is signed, so another form of the
    /// signature is the same token.
    pub fn of_jwt(jwt: &str, until: Moment) -> Self {
        let signed = jwt.rsplit_once('.').map_or(jwt, |(signed, _)| signed);
        let mut bytes = [0; ID_BYTES];
        bytes[..4].copy_from_slice(&Bucket::of(Some(until)).to_bytes());
        bytes[4..].copy_from_slice(&sha256(signed.as_bytes())[..ID_BYTES - 4]);
        Self(bytes)
    }
}

/// SHA-256 of what only its owner may have: a code, a state, a cookie. What is drawn with 256 random bits needs no salt.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Hashed([u8; 32]);

impl Hashed {
    /// Of `presented`.
    pub fn of(presented: impl AsRef<[u8]>) -> Self {
        Self(sha256(presented.as_ref()))
    }

    /// Of several parts, none of which can take from the other.
    pub fn of_parts(parts: &[&str]) -> Self {
        let mut hash = openssl::sha::Sha256::new();
        for part in parts {
            hash.update(&(part.len() as u64).to_be_bytes());
            hash.update(part.as_bytes());
        }
        Self(hash.finish())
    }

    /// As the store keeps it.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// What [`Self::as_bytes`] gave.
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }
}

/// The hash of the `state` of a login that waits is the same everywhere.
impl From<&StateHash> for Hashed {
    fn from(state: &StateHash) -> Self {
        let digit = |place: usize| {
            let digit = state.as_str().as_bytes().get(place).copied().unwrap_or_default();
            u8::try_from(char::from(digit).to_digit(16).unwrap_or_default()).unwrap_or_default()
        };
        Self(std::array::from_fn(|byte| {
            digit(2 * byte) << 4 | digit(2 * byte + 1)
        }))
    }
}

impl fmt::Debug for Hashed {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Hashed({})", URL_SAFE_NO_PAD.encode(&self.0[..6]))
    }
}

pub(super) const ID_BYTES: usize = 20;
/// Of 20 bytes in base64url.
const ID_CHARACTERS: usize = 27;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::SeededRandom;
    use crate::time::at_ms;

    #[test]
    fn an_id_is_read_as_it_was_written() {
        let bucket = Bucket::of(Some(at_ms(1_800_000_000_000)));
        let id = FamilyId::new(bucket, &mut SeededRandom::new("id"));
        assert_eq!(id.to_string().len(), ID_CHARACTERS);
        assert_eq!(id.to_string().parse(), Ok(id));
        assert_eq!(id.bucket(), bucket);
        for wrong in ["", "x", &id.to_string()[1..], &format!("{id}A"), "!!!!"] {
            assert_eq!(wrong.parse::<FamilyId>(), Err(NoId), "{wrong}");
        }
    }

    #[test]
    fn parts_do_not_take_from_each_other() {
        assert_ne!(Hashed::of_parts(&["ab", "c"]), Hashed::of_parts(&["a", "bc"]));
    }
}
