//! The paddings OAEP and PSS with a random part that is given (RFC 8017): for runs with a seed alone.
//!
//! Such a run promises the same bytes each time. OpenSSL draws the seed of OAEP and the salt of PSS from its own
//! generator, which takes no seed, so here the padding is made by hand and OpenSSL does the modular arithmetic.
//! The salt and the seed come from a [`SeededRandom`], which only such a run has; all others leave the whole
//! algorithm to OpenSSL ([`super::oaep`], [`super::sign`]). Tests have OpenSSL and a second implementation open
//! and verify what is made here.

use crate::random::{Random as _, SeededRandom};
use openssl::error::ErrorStack;
use openssl::hash::{Hasher, MessageDigest, hash};
use openssl::pkey::{Private, Public};
use openssl::rsa::{Padding, Rsa};

/// RSAES-OAEP with an empty label (RFC 8017 section 7.1.1), the mask made with the same hash.
pub(super) fn encrypt_oaep(
    rsa: &Rsa<Public>,
    message: &[u8],
    digest: MessageDigest,
    random: &mut SeededRandom,
) -> Result<Vec<u8>, ErrorStack> {
    let mut seed = vec![0; digest.size()];
    random.fill(&mut seed);
    encrypt_with_seed(rsa, message, digest, &seed)
}

fn encrypt_with_seed(
    rsa: &Rsa<Public>,
    message: &[u8],
    digest: MessageDigest,
    seed: &[u8],
) -> Result<Vec<u8>, ErrorStack> {
    let size = rsa.size() as usize;
    // A message that does not fit makes a block longer than the modulus, which OpenSSL refuses.
    let block = oaep_block(message, digest, seed, size)?;
    let mut encrypted = vec![0; size];
    let length = rsa.public_encrypt(&block, &mut encrypted, Padding::NONE)?;
    encrypted.truncate(length);
    Ok(encrypted)
}

/// EME-OAEP (RFC 8017 section 7.1.1 step 2).
fn oaep_block(
    message: &[u8],
    digest: MessageDigest,
    seed: &[u8],
    size: usize,
) -> Result<Vec<u8>, ErrorStack> {
    let mut data = hash(digest, &[])?.to_vec();
    data.resize(
        size.saturating_sub(digest.size() + message.len() + 2)
            .max(digest.size()),
        0,
    );
    data.push(1);
    data.extend_from_slice(message);
    mask(&mut data, seed, digest)?;
    let mut masked_seed = seed.to_vec();
    mask(&mut masked_seed, &data, digest)?;
    Ok([&[0], masked_seed.as_slice(), &data].concat())
}

/// RSASSA-PSS with a salt as long as the hash (RFC 8017 section 8.1.1, RFC 7518 section 3.5).
pub(super) fn sign_pss(
    rsa: &Rsa<Private>,
    message: &[u8],
    digest: MessageDigest,
    random: &mut SeededRandom,
) -> Result<Vec<u8>, ErrorStack> {
    let mut salt = vec![0; digest.size()];
    random.fill(&mut salt);
    let bits = usize::try_from(rsa.n().num_bits()).unwrap_or_default() - 1;
    let mut block = pss_block(message, digest, &salt, bits)?;
    let size = rsa.size() as usize;
    while block.len() < size {
        block.insert(0, 0);
    }
    let mut signature = vec![0; size];
    rsa.private_encrypt(&block, &mut signature, Padding::NONE)?;
    Ok(signature)
}

/// EMSA-PSS-ENCODE (RFC 8017 section 9.1.1).
fn pss_block(message: &[u8], digest: MessageDigest, salt: &[u8], bits: usize) -> Result<Vec<u8>, ErrorStack> {
    let length = bits.div_ceil(8);
    let hashed = hash(digest, message)?;
    let salted = hash(digest, &[&[0; 8], &hashed[..], salt].concat())?;
    let Some(zeros) = length.checked_sub(digest.size() + salt.len() + 2) else {
        return Err(ErrorStack::get());
    };
    let mut data = vec![0; zeros];
    data.push(1);
    data.extend_from_slice(salt);
    mask(&mut data, &salted, digest)?;
    data[0] &= 0xff >> (8 * length - bits);
    data.extend_from_slice(&salted);
    data.push(0xbc);
    Ok(data)
}

/// XORs MGF1 of `seed` (RFC 8017 appendix B.2.1) onto `bytes`.
fn mask(bytes: &mut [u8], seed: &[u8], digest: MessageDigest) -> Result<(), ErrorStack> {
    let mut hasher = Hasher::new(digest)?;
    for (counter, chunk) in (0u32..).zip(bytes.chunks_mut(digest.size())) {
        hasher.update(seed)?;
        hasher.update(&counter.to_be_bytes())?;
        let stream = hasher.finish()?;
        for (byte, masked) in chunk.iter_mut().zip(stream.iter()) {
            *byte ^= masked;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
