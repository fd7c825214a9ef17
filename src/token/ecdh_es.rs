//! Agreeing on a content key with the holder of a P-256 key: ECDH-ES, direct (RFC 7518 section 4.6).

mod agreement;
mod seeded;

use super::error::TokenError;
use crate::keys::PublicKey;
use crate::random::{Random, Source};
pub(super) use agreement::Agreement;
use josekit::jwe::enc::A256GCM;
use josekit::jwe::{ECDH_ES, JweEncrypter as _, JweHeader};
use openssl::ec::{EcGroup, EcKey};
use openssl::error::ErrorStack;
use openssl::nid::Nid;
use zeroize::Zeroizing;

/// Agrees on a key for A256GCM, without `apu` and `apv`.
///
/// # Errors
/// `key` is not one on P-256.
pub(super) fn agree(key: &PublicKey, random: &mut dyn Random) -> Result<Agreement, TokenError> {
    match random.source() {
        Source::Library => by_library(key),
        Source::Seeded(random) => Ok(seeded::agree(key, random)?),
    }
}

fn by_library(key: &PublicKey) -> Result<Agreement, TokenError> {
    let encrypter = ECDH_ES.encrypter_from_der(named_curve(key)?)?;
    let (given, mut made) = (JweHeader::new(), JweHeader::new());
    let content_key = encrypter
        .compute_content_encryption_key(&A256GCM, &given, &mut made)?
        .expect("a key that is agreed on directly is the content key");
    let ephemeral = made.claim("epk").cloned();
    Ok(Agreement {
        content_key: Zeroizing::new(content_key.into_owned()),
        ephemeral: ephemeral.expect("the ephemeral key stands in the header"),
    })
}

/// The key with its curve by name: the library knows a curve by nothing else, and a PEM may spell it out.
fn named_curve(key: &PublicKey) -> Result<Vec<u8>, ErrorStack> {
    let group = EcGroup::from_curve_name(Nid::X9_62_PRIME256V1)?;
    let key = key.pkey().ec_key()?;
    EcKey::from_public_key(&group, key.public_key())?.public_key_to_der()
}

#[cfg(test)]
mod tests;
