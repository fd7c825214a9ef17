//! What an access token was given with, and ends with.

use super::id::{FamilyId, ID_BYTES, SessionId};

/// What an access token was given with: its refresh family, its session, both, or, by a machine's or a password grant,
/// neither. Once somebody ends one of them the token has ended, too (RFC 7009 section 2.1). One whose time is over by
/// itself ends nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct GivenWith {
    /// The refresh family.
    pub family: Option<FamilyId>,
    /// The session.
    pub session: Option<SessionId>,
}

impl GivenWith {
    /// Whether nothing ends the token but itself.
    pub fn is_nothing(&self) -> bool {
        *self == Self::default()
    }

    /// The ids, each after a byte that says of what it is.
    pub fn to_bytes(&self) -> Vec<u8> {
        let family = self.family.iter().map(|id| (FAMILY, id.as_bytes()));
        let session = self.session.iter().map(|id| (SESSION, id.as_bytes()));
        let mut bytes = Vec::new();
        for (of, id) in family.chain(session) {
            bytes.push(of);
            bytes.extend(id);
        }
        bytes
    }

    /// What [`Self::to_bytes`] gave.
    pub fn from_bytes(mut bytes: &[u8]) -> Option<Self> {
        let mut given_with = Self::default();
        while let Some((of, rest)) = bytes.split_first() {
            let (id, rest) = rest.split_first_chunk::<ID_BYTES>()?;
            match *of {
                FAMILY => given_with.family = Some(FamilyId::from_bytes(*id)),
                SESSION => given_with.session = Some(SessionId::from_bytes(*id)),
                _ => return None,
            }
            bytes = rest;
        }
        Some(given_with)
    }
}

const FAMILY: u8 = 1;
const SESSION: u8 = 2;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::SeededRandom;
    use crate::store::Bucket;

    #[test]
    fn it_is_read_as_it_was_written() {
        let random = &mut SeededRandom::new("given with");
        let family = Some(FamilyId::new(Bucket::NEVER, random));
        let session = Some(SessionId::new(Bucket::NEVER, random));
        for (family, session) in [(family, session), (family, None), (None, session), (None, None)] {
            let given_with = GivenWith { family, session };
            let bytes = given_with.to_bytes();
            assert_eq!(GivenWith::from_bytes(&bytes), Some(given_with));
            assert_eq!(given_with.is_nothing(), bytes.is_empty());
            for cut in 1..bytes.len() {
                let read = GivenWith::from_bytes(&bytes[..cut]);
                assert_eq!(read.is_some(), cut % (1 + ID_BYTES) == 0, "{cut}");
            }
        }
        assert_eq!(GivenWith::from_bytes(&[0; 1 + ID_BYTES]), None);
    }
}
