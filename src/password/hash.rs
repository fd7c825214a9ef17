//! What proves a password, read.

use super::cost::Cost;
use super::digest::Digest;
use super::encoded::PasswordEncoding;
use crate::tenant::PasswordKind;

/// What proves a password, and that it can be checked within bounds. [`PasswordHash::of`] reads it.
#[derive(Clone)]
pub struct PasswordHash {
    pub(super) scheme: Scheme,
    /// How the password becomes bytes.
    pub(super) encoding: PasswordEncoding,
}

/// How a password was hashed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Scheme {
    /// RFC 9106, or the version before it.
    Argon2(Argon2),
    /// bcrypt in its own form, `$2b$10$...`.
    Bcrypt { text: String, cost: u32 },
    /// A digest of the password with its salt.
    Digest {
        digest: Digest,
        salt: Salt,
        hash: Vec<u8>,
    },
    /// An HMAC over the password with its salt.
    Hmac {
        digest: Digest,
        key: Vec<u8>,
        salt: Salt,
        hash: Vec<u8>,
    },
    /// A digest of which only the length is known, and a salt behind it (RFC 2307 without its scheme).
    Unnamed { hash_and_salt: Vec<u8> },
    /// RFC 8018 section 5.2.
    Pbkdf2 {
        digest: Digest,
        iterations: u32,
        salt: Vec<u8>,
        hash: Vec<u8>,
    },
    /// RFC 7914.
    Scrypt {
        n: u64,
        r: u32,
        p: u32,
        salt: Vec<u8>,
        hash: Vec<u8>,
    },
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Argon2 {
    pub variant: Variant,
    /// 0x10 or 0x13.
    pub version: u32,
    pub memory: u32,
    pub passes: u32,
    pub lanes: u32,
    pub salt: Vec<u8>,
    pub hash: Vec<u8>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Variant {
    D,
    I,
    Id,
}

/// What a password was hashed with beside itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Salt {
    pub bytes: Vec<u8>,
    pub position: Position,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Position {
    #[default]
    Prefix,
    Suffix,
}

impl Scheme {
    /// What one check takes.
    pub fn cost(&self) -> Cost {
        match self {
            Self::Argon2(argon2) => Cost::of_argon2(argon2.memory, argon2.passes),
            Self::Bcrypt { cost, .. } => Cost::of_bcrypt(*cost),
            Self::Digest { .. } | Self::Hmac { .. } | Self::Unnamed { .. } => Cost::NOTHING,
            Self::Pbkdf2 {
                digest,
                iterations,
                hash,
                ..
            } => Cost::of_pbkdf2(*iterations, hash.len().div_ceil(digest.size())),
            Self::Scrypt { n, r, p, .. } => Cost::of_scrypt(*n, *r, *p),
        }
    }
}

impl PasswordHash {
    /// What one check takes.
    pub fn cost(&self) -> Cost {
        self.scheme.cost()
    }

    /// Whether it is at least as strong as what `kind` makes of the password in UTF-8, so that it need not be written anew.
    pub fn is_as_strong_as(&self, kind: PasswordKind) -> bool {
        if self.encoding != PasswordEncoding::Utf8 {
            return false;
        }
        match (&self.scheme, kind) {
            (
                Scheme::Argon2(known),
                PasswordKind::Argon2id {
                    memory,
                    passes,
                    lanes,
                },
            ) => {
                known.variant == Variant::Id
                    && known.version == 0x13
                    && known.memory >= memory
                    && known.passes >= passes
                    && known.lanes >= lanes
            }
            (Scheme::Bcrypt { cost: known, .. }, PasswordKind::Bcrypt { cost }) => *known >= cost,
            // Whoever asks for bcrypt has nothing against what is harder to guess.
            (Scheme::Argon2(known), PasswordKind::Bcrypt { .. }) => known.variant == Variant::Id,
            _ => false,
        }
    }
}

impl std::fmt::Debug for PasswordHash {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("PasswordHash(..)")
    }
}
