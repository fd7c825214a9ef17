//! RSA keys that are fit for use: the type exists only if length and exponent are acceptable.

use super::PublicKey;
use openssl::bn::BigNum;
use openssl::pkey::Id;

/// The shortest modulus that is accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RsaFloor {
    /// For peers that cannot be moved; broken by those who can afford it.
    Bits1024,
    /// The rule (NIST SP 800-131A).
    Bits2048,
}

impl RsaFloor {
    const fn bits(self) -> u32 {
        match self {
            Self::Bits1024 => 1024,
            Self::Bits2048 => 2048,
        }
    }
}

/// Why a key is not fit.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum UnfitKey {
    /// Another kind of key.
    #[error("RSA key required, this is {found}")]
    Kind {
        /// With its article, such as `an EC key`.
        found: String,
    },
    /// The modulus is too short.
    #[error("the RSA key has {bits} bits, at least {floor} are required")]
    TooShort {
        /// Bits of the modulus.
        bits: u32,
        /// The shortest that is accepted.
        floor: u32,
    },
    /// The modulus is too long to compute with in reasonable time.
    #[error("the RSA key has {bits} bits, at most {MAX_BITS} are accepted")]
    TooLong {
        /// Bits of the modulus.
        bits: u32,
    },
    /// Exponent 1 would leave the message as it is, an even one cannot be undone.
    #[error("the RSA key's public exponent is {exponent}, it must be odd and at least 3")]
    Exponent {
        /// The exponent in decimal.
        exponent: String,
    },
}

/// An RSA public key that is fit to encrypt for or to verify with.
#[derive(Clone, Debug)]
pub struct RsaPublicKey {
    key: PublicKey,
    exponent_three: bool,
}

impl RsaPublicKey {
    /// # Errors
    /// Another kind of key, a modulus out of range, an exponent that does nothing.
    pub fn new(key: &PublicKey, floor: RsaFloor) -> Result<Self, UnfitKey> {
        let pkey = key.pkey();
        let kind = || UnfitKey::Kind {
            found: kind_of(pkey.id()),
        };
        if pkey.id() != Id::RSA {
            return Err(kind());
        }
        let rsa = pkey.rsa().map_err(|_| kind())?;
        let bits = rsa.n().num_bits().unsigned_abs();
        if bits < floor.bits() {
            return Err(UnfitKey::TooShort {
                bits,
                floor: floor.bits(),
            });
        }
        if bits > MAX_BITS {
            return Err(UnfitKey::TooLong { bits });
        }
        if !rsa.e().is_odd() || rsa.e().num_bits() < 2 {
            return Err(UnfitKey::Exponent {
                exponent: rsa
                    .e()
                    .to_dec_str()
                    .map_or_else(|_| "unreadable".to_owned(), |text| text.to_string()),
            });
        }
        let three = BigNum::from_u32(3);
        Ok(Self {
            exponent_three: three.is_ok_and(|three| *rsa.e() == three),
            key: key.clone(),
        })
    }

    /// The key itself.
    pub fn key(&self) -> &PublicKey {
        &self.key
    }

    /// Whether the exponent is 3: legal, but what goes wrong elsewhere goes worse with it.
    pub fn has_exponent_three(&self) -> bool {
        self.exponent_three
    }
}

const MAX_BITS: u32 = 8192;

fn kind_of(id: Id) -> String {
    match id {
        Id::DH => "a DH key".to_owned(),
        Id::DSA => "a DSA key".to_owned(),
        Id::EC => "an EC key".to_owned(),
        Id::ED25519 => "an Ed25519 key".to_owned(),
        Id::ED448 => "an Ed448 key".to_owned(),
        Id::RSA_PSS => "an RSA-PSS key".to_owned(),
        Id::X25519 => "an X25519 key".to_owned(),
        Id::X448 => "an X448 key".to_owned(),
        other => format!("a key of OpenSSL type {}", other.as_raw()),
    }
}
