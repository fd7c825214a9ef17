//! The digests of the bulk import.

/// A digest by which passwords were hashed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Digest {
    /// Of NT hashes, which OpenSSL has no more.
    Md4,
    /// MD5.
    Md5,
    /// RIPEMD-160.
    Ripemd160,
    /// SHA-1.
    Sha1,
    /// SHA-224.
    Sha224,
    /// SHA-256.
    Sha256,
    /// SHA-384.
    Sha384,
    /// SHA-512.
    Sha512,
}

impl Digest {
    /// The digest of this name, which the platform writes in lower case.
    pub fn named(name: &str) -> Option<Self> {
        let name: String = name.to_ascii_lowercase().replace('-', "");
        Some(match name.as_str() {
            "md4" => Self::Md4,
            "md5" => Self::Md5,
            "ripemd160" | "rmd160" => Self::Ripemd160,
            "sha1" | "sha" => Self::Sha1,
            "sha224" => Self::Sha224,
            "sha256" => Self::Sha256,
            "sha384" => Self::Sha384,
            "sha512" => Self::Sha512,
            _ => return None,
        })
    }

    /// Bytes of its output.
    pub const fn size(self) -> usize {
        match self {
            Self::Md4 | Self::Md5 => 16,
            Self::Ripemd160 | Self::Sha1 => 20,
            Self::Sha224 => 28,
            Self::Sha256 => 32,
            Self::Sha384 => 48,
            Self::Sha512 => 64,
        }
    }
}

/// Names for messages.
pub const NAMES: &str = "md4, md5, ripemd160, sha1, sha224, sha256, sha384, sha512";
