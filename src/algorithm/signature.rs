//! Algorithms of XML signatures (XML Signature 1.1 section 6, RFC 9231).
//!
//! HMAC is not among them: with a public certificate as its key anybody could make one.

use super::table::algorithms;
use openssl::hash::MessageDigest;
use openssl::sha::{sha1, sha256, sha384, sha512};

algorithms! {
    /// A signature algorithm. The value of ECDSA is `r || s`.
    SignatureMethod {
        /// RSASSA-PKCS1-v1_5, the platform's default (semantics 12).
        RsaSha256 = "rsa-sha256", "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256", Anybody;
        /// Broken; old service providers have nothing else.
        RsaSha1 = "rsa-sha1", "http://www.w3.org/2000/09/xmldsig#rsa-sha1", Anybody;
        /// RSASSA-PKCS1-v1_5
        RsaSha384 = "rsa-sha384", "http://www.w3.org/2001/04/xmldsig-more#rsa-sha384", Settings;
        /// RSASSA-PKCS1-v1_5
        RsaSha512 = "rsa-sha512", "http://www.w3.org/2001/04/xmldsig-more#rsa-sha512", Settings;
        /// ECDSA
        EcdsaSha256 = "ecdsa-sha256", "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256", Settings;
        /// ECDSA
        EcdsaSha384 = "ecdsa-sha384", "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha384", Settings;
        /// ECDSA
        EcdsaSha512 = "ecdsa-sha512", "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha512", Settings;
    }
}

algorithms! {
    /// A digest algorithm.
    Digest {
        /// The platform's default.
        Sha256 = "sha256", "http://www.w3.org/2001/04/xmlenc#sha256", Anybody;
        /// Broken; old service providers have nothing else.
        Sha1 = "sha1", "http://www.w3.org/2000/09/xmldsig#sha1", Anybody;
        /// For large keys.
        Sha384 = "sha384", "http://www.w3.org/2001/04/xmldsig-more#sha384", Settings;
        /// For large keys.
        Sha512 = "sha512", "http://www.w3.org/2001/04/xmlenc#sha512", Settings;
    }
}

/// The kind of key that an algorithm is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyKind {
    /// On P-256, P-384 or P-521.
    Ec,
    /// RSA
    Rsa,
}

impl Default for SignatureMethod {
    /// That of the platform (semantics 12).
    fn default() -> Self {
        Self::RsaSha256
    }
}

impl SignatureMethod {
    /// Its digest.
    pub const fn digest(self) -> Digest {
        match self {
            Self::RsaSha1 => Digest::Sha1,
            Self::RsaSha256 | Self::EcdsaSha256 => Digest::Sha256,
            Self::RsaSha384 | Self::EcdsaSha384 => Digest::Sha384,
            Self::RsaSha512 | Self::EcdsaSha512 => Digest::Sha512,
        }
    }

    /// The kind of key that it is for.
    pub const fn key_kind(self) -> KeyKind {
        match self {
            Self::RsaSha1 | Self::RsaSha256 | Self::RsaSha384 | Self::RsaSha512 => KeyKind::Rsa,
            Self::EcdsaSha256 | Self::EcdsaSha384 | Self::EcdsaSha512 => KeyKind::Ec,
        }
    }
}

impl Default for Digest {
    /// That of the platform (semantics 12).
    fn default() -> Self {
        Self::Sha256
    }
}

impl Digest {
    /// The digest of `octets`.
    pub fn of(self, octets: &[u8]) -> Vec<u8> {
        match self {
            Self::Sha1 => sha1(octets).to_vec(),
            Self::Sha256 => sha256(octets).to_vec(),
            Self::Sha384 => sha384(octets).to_vec(),
            Self::Sha512 => sha512(octets).to_vec(),
        }
    }

    /// As OpenSSL has it.
    pub fn openssl(self) -> MessageDigest {
        match self {
            Self::Sha1 => MessageDigest::sha1(),
            Self::Sha256 => MessageDigest::sha256(),
            Self::Sha384 => MessageDigest::sha384(),
            Self::Sha512 => MessageDigest::sha512(),
        }
    }
}

/// The canonicalisation of every signature (Exclusive XML Canonicalization 1.0).
pub const EXCLUSIVE_C14N: &str = "http://www.w3.org/2001/10/xml-exc-c14n#";
/// The transform that leaves the signature out (XML Signature 1.1 section 6.6.4).
pub const ENVELOPED: &str = "http://www.w3.org/2000/09/xmldsig#enveloped-signature";
