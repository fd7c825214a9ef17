//! Two settings that are set together: certificate and key of a signer, certificate and public key of a recipient.

use super::effective::Set;
use super::error::UnusableSetting;
use crate::keys::{Certificate, Mismatch, PublicKey};

/// What is there of two settings that belong together.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Halves<'a, A, B> {
    /// Both are set; each may be one that cannot be had.
    Both(
        Result<&'a A, UnusableSetting<'a>>,
        Result<&'a B, UnusableSetting<'a>>,
    ),
    /// One is missing.
    One(Half),
    /// None is set.
    Neither,
}

/// One of two settings without the other, by their members in the add-on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Half {
    /// The one that is set.
    pub given: &'static str,
    /// The one that is not.
    pub missing: &'static str,
}

impl<'a, A, B> Halves<'a, A, B> {
    /// What is there of `one` and `other`.
    pub fn of(one: &Set<'a, A>, other: &Set<'a, B>) -> Self {
        let half = |given, missing| Self::One(Half { given, missing });
        match (one.value, other.value) {
            (Some(one), Some(other)) => Self::Both(one, other),
            (Some(_), None) => half(one.member, other.member),
            (None, Some(_)) => half(other.member, one.member),
            (None, None) => Self::Neither,
        }
    }
}

impl<A, B> Halves<'_, A, B> {
    /// The half that is there alone.
    pub fn half(&self) -> Option<Half> {
        match self {
            Self::One(half) => Some(*half),
            Self::Both(..) | Self::Neither => None,
        }
    }
}

/// Certificate and public key of the recipient are of two pairs.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "encryptionPublicKey does not belong to encryptionCert: certificate sha256:{}, public key sha256:{}",
    .0.certificate,
    .0.key
)]
pub struct EncryptionMismatch(Mismatch);

impl EncryptionMismatch {
    /// # Errors
    /// `key` is not the one that `certificate` is for.
    pub fn check(certificate: &Certificate, key: &PublicKey) -> Result<(), Self> {
        certificate.is_of(key.pkey()).map_err(Self)
    }
}
