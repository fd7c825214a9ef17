//! Algorithms of encrypted assertions (XML Encryption 1.1 section 5).

use super::signature::Digest;
use super::table::algorithms;
use openssl::symm::Cipher;

algorithms! {
    /// How the assertion is encrypted.
    ContentCipher {
        /// Protects against changes, too; the one to choose.
        Aes256Gcm = "aes256-gcm", "http://www.w3.org/2009/xmlenc11#aes256-gcm", Anybody;
        /// The platform's default; does not protect against changes.
        Aes256Cbc = "aes256-cbc", "http://www.w3.org/2001/04/xmlenc#aes256-cbc", Anybody;
        /// Protects against changes, too.
        Aes128Gcm = "aes128-gcm", "http://www.w3.org/2009/xmlenc11#aes128-gcm", Settings;
        /// Does not protect against changes.
        Aes128Cbc = "aes128-cbc", "http://www.w3.org/2001/04/xmlenc#aes128-cbc", Settings;
    }
}

algorithms! {
    /// How the content key is encrypted; the choice is ours.
    KeyEncryption {
        /// RSA-OAEP with SHA-1 and MGF1 with SHA-1: what every service provider reads.
        RsaOaepMgf1p = "rsa-oaep-mgf1p", "http://www.w3.org/2001/04/xmlenc#rsa-oaep-mgf1p", Anybody;
        /// RSA-OAEP with SHA-256 and MGF1 with SHA-256 (XML Encryption 1.1); few read it.
        RsaOaep = "rsa-oaep", "http://www.w3.org/2009/xmlenc11#rsa-oaep", Anybody;
    }
}

impl Default for ContentCipher {
    /// That of the platform (semantics 4.11).
    fn default() -> Self {
        Self::Aes256Cbc
    }
}

impl ContentCipher {
    /// Whether what is encrypted can be changed unnoticed.
    pub const fn is_malleable(self) -> bool {
        matches!(self, Self::Aes128Cbc | Self::Aes256Cbc)
    }

    /// As OpenSSL has it.
    pub fn openssl(self) -> Cipher {
        match self {
            Self::Aes128Cbc => Cipher::aes_128_cbc(),
            Self::Aes128Gcm => Cipher::aes_128_gcm(),
            Self::Aes256Cbc => Cipher::aes_256_cbc(),
            Self::Aes256Gcm => Cipher::aes_256_gcm(),
        }
    }
}

impl Default for KeyEncryption {
    /// That of the platform (semantics 4.11).
    fn default() -> Self {
        Self::RsaOaepMgf1p
    }
}

impl KeyEncryption {
    /// The digest of the padding, and of its mask.
    pub const fn digest(self) -> Digest {
        match self {
            Self::RsaOaep => Digest::Sha256,
            Self::RsaOaepMgf1p => Digest::Sha1,
        }
    }

    /// What messages call the mask generation function.
    pub const fn mask_uri(self) -> &'static str {
        match self {
            Self::RsaOaep => "http://www.w3.org/2009/xmlenc11#mgf1sha256",
            Self::RsaOaepMgf1p => "http://www.w3.org/2009/xmlenc11#mgf1sha1",
        }
    }
}
