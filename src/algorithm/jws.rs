//! Algorithms of signed tokens (RFC 7518 section 3.1, RFC 8037 section 3.1).

use super::table::algorithms;
use openssl::hash::MessageDigest;

algorithms! {
    /// What a token is signed with where the signer has a key pair.
    PairAlgorithm {
        /// RSASSA-PKCS1-v1_5 with SHA-256, the platform's default.
        Rs256 = "RS256", "RS256", Settings;
        /// RSASSA-PSS with SHA-256.
        Ps256 = "PS256", "PS256", Settings;
        /// RSASSA-PKCS1-v1_5 with SHA-384; ours.
        Rs384 = "RS384", "RS384", Settings;
        /// RSASSA-PKCS1-v1_5 with SHA-512; ours.
        Rs512 = "RS512", "RS512", Settings;
        /// ECDSA with P-256 and SHA-256; ours.
        Es256 = "ES256", "ES256", Settings;
        /// Ed25519; ours.
        EdDsa = "EdDSA", "EdDSA", Settings;
    }
}

/// What a token is signed with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum JwsAlgorithm {
    /// HMAC with SHA-256: a secret that both sides hold.
    Hs256,
    /// With a key pair.
    Pair(PairAlgorithm),
}

impl PairAlgorithm {
    /// The hash of the signature, and of `at_hash` and its siblings (OIDC Core 3.1.3.6). Ed25519 hashes with
    /// SHA-512.
    pub fn digest(self) -> MessageDigest {
        match self {
            Self::Es256 | Self::Ps256 | Self::Rs256 => MessageDigest::sha256(),
            Self::Rs384 => MessageDigest::sha384(),
            Self::EdDsa | Self::Rs512 => MessageDigest::sha512(),
        }
    }
}

impl Default for JwsAlgorithm {
    /// That of the platform.
    fn default() -> Self {
        Self::Pair(PairAlgorithm::Rs256)
    }
}

impl JwsAlgorithm {
    /// All of them, in the order in which messages list them.
    pub const ALL: &[Self] = &[
        Self::Pair(PairAlgorithm::Rs256),
        Self::Hs256,
        Self::Pair(PairAlgorithm::Ps256),
        Self::Pair(PairAlgorithm::Rs384),
        Self::Pair(PairAlgorithm::Rs512),
        Self::Pair(PairAlgorithm::Es256),
        Self::Pair(PairAlgorithm::EdDsa),
    ];

    /// The `alg` value.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Hs256 => "HS256",
            Self::Pair(algorithm) => algorithm.name(),
        }
    }

    /// The algorithm with the `alg` value `name`.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|known| known.name() == name)
    }
}
