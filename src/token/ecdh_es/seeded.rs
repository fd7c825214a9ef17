//! ECDH-ES with an ephemeral key that is drawn from a seed: for runs with a seed alone.
//!
//! Such a run promises the same bytes each time, and the library draws the ephemeral key from a generator that takes
//! no seed. So here the key is drawn from a [`SeededRandom`], which only such a run has, and the content key is
//! derived by hand; OpenSSL computes on the curve. All other runs leave the whole agreement to the library. Tests
//! have the library open what is made here.

use super::agreement::Agreement;
use crate::keys::PublicKey;
use crate::random::{Random as _, SeededRandom};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use openssl::bn::{BigNum, BigNumContext};
use openssl::derive::Deriver;
use openssl::ec::{EcGroup, EcKey, EcPoint};
use openssl::error::ErrorStack;
use openssl::nid::Nid;
use openssl::pkey::PKey;
use serde_json::json;
use zeroize::Zeroizing;

pub(super) fn agree(key: &PublicKey, random: &mut SeededRandom) -> Result<Agreement, ErrorStack> {
    let group = EcGroup::from_curve_name(Nid::X9_62_PRIME256V1)?;
    let mut context = BigNumContext::new()?;
    let (mut order, zero) = (BigNum::new()?, BigNum::new()?);
    group.order(&mut order, &mut context)?;
    let scalar = loop {
        let mut bytes = [0; 32];
        random.fill(&mut bytes);
        let scalar = BigNum::from_slice(&bytes)?;
        if scalar > zero && scalar < order {
            break scalar;
        }
    };
    let mut point = EcPoint::new(&group)?;
    point.mul_generator2(&group, &scalar, &mut context)?;
    let (mut x, mut y) = (BigNum::new()?, BigNum::new()?);
    point.affine_coordinates(&group, &mut x, &mut y, &mut context)?;
    let ephemeral = PKey::from_ec_key(EcKey::from_private_components(&group, &scalar, &point)?)?;
    let mut deriver = Deriver::new(&ephemeral)?;
    deriver.set_peer(key.pkey())?;
    let shared = deriver.derive_to_vec()?;
    let coordinate = |number: &BigNum| {
        number
            .to_vec_padded(32)
            .map(|bytes| URL_SAFE_NO_PAD.encode(bytes))
    };
    Ok(Agreement {
        content_key: Zeroizing::new(concat_kdf(&shared).to_vec()),
        ephemeral: json!({"kty": "EC", "crv": "P-256", "x": coordinate(&x)?, "y": coordinate(&y)?}),
    })
}

/// The one round of the Concat KDF that 256 bits for A256GCM need, without `apu` and `apv` (RFC 7518 section
/// 4.6.2).
pub(super) fn concat_kdf(shared: &[u8]) -> [u8; 32] {
    let nobody = 0u32.to_be_bytes();
    let input = [
        &1u32.to_be_bytes(),
        shared,
        &7u32.to_be_bytes(),
        b"A256GCM",
        &nobody,
        &nobody,
        &256u32.to_be_bytes(),
    ];
    openssl::sha::sha256(&input.concat())
}
