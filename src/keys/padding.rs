//! RSA paddings whose random part is an argument (RFC 8017), so that a seeded run repeats its bytes.
//!
//! OpenSSL draws the salt of PSS and the seed of OAEP from its own generator. Here the caller draws
//! them; OpenSSL does the modular arithmetic, and tests check each form with OpenSSL's own verification
//! and decryption.

use super::PublicKey;
use crate::random::Random;
use openssl::error::ErrorStack;
use openssl::hash::{Hasher, MessageDigest, hash};
use openssl::pkey::Private;
use openssl::rsa::{Padding, Rsa};

/// The hash of RSA-OAEP and of its mask.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OaepDigest {
    /// SHA-1: `RSA-OAEP` of RFC 7518, `rsa-oaep-mgf1p` of XML Encryption.
    Sha1,
    /// SHA-256: `RSA-OAEP-256`.
    Sha256,
    /// SHA-384: `RSA-OAEP-384`.
    Sha384,
    /// SHA-512: `RSA-OAEP-512`.
    Sha512,
}

impl OaepDigest {
    fn digest(self) -> MessageDigest {
        match self {
            Self::Sha1 => MessageDigest::sha1(),
            Self::Sha256 => MessageDigest::sha256(),
            Self::Sha384 => MessageDigest::sha384(),
            Self::Sha512 => MessageDigest::sha512(),
        }
    }
}

impl PublicKey {
    /// RSAES-OAEP with an empty label (RFC 8017 section 7.1.1), the mask made with the same hash.
    ///
    /// # Errors
    /// The key is not RSA, or is too short for `message` under this hash.
    pub fn encrypt_oaep(
        &self,
        message: &[u8],
        digest: OaepDigest,
        random: &mut dyn Random,
    ) -> Result<Vec<u8>, ErrorStack> {
        let rsa = self.pkey().rsa()?;
        let size = rsa.size() as usize;
        let digest = digest.digest();
        let mut seed = vec![0; digest.size()];
        random.fill(&mut seed);
        let mut encrypted = vec![0; size];
        // A message that does not fit makes a block longer than the modulus, which OpenSSL refuses.
        let block = oaep_block(message, digest, &seed, size)?;
        let length = rsa.public_encrypt(&block, &mut encrypted, Padding::NONE)?;
        encrypted.truncate(length);
        Ok(encrypted)
    }
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
    random: &mut dyn Random,
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
mod tests {
    use super::*;
    use crate::keys::PrivateKey;
    use crate::keys::generate::tests::ring;
    use crate::random::SeededRandom;
    use crate::wycheproof::{Given, cases, count};
    use openssl::encrypt::Decrypter;

    #[test]
    fn openssl_decrypts_oaep_of_every_hash() {
        let key = ring().current.key();
        for digest in [
            OaepDigest::Sha1,
            OaepDigest::Sha256,
            OaepDigest::Sha384,
            OaepDigest::Sha512,
        ] {
            let encrypt = || {
                key.public_key()
                    .encrypt_oaep(b"content key", digest, &mut SeededRandom::new("oaep"))
                    .unwrap()
            };
            let encrypted = encrypt();
            assert_eq!(encrypted, encrypt(), "the seed decides the bytes");
            let mut decrypter = Decrypter::new(key.pkey()).unwrap();
            decrypter.set_rsa_padding(Padding::PKCS1_OAEP).unwrap();
            decrypter.set_rsa_oaep_md(digest.digest()).unwrap();
            decrypter.set_rsa_mgf1_md(digest.digest()).unwrap();
            let mut message = vec![0; decrypter.decrypt_len(&encrypted).unwrap()];
            let length = decrypter.decrypt(&encrypted, &mut message).unwrap();
            assert_eq!(&message[..length], b"content key");
        }
    }

    /// EN-18: with the seed of a vector the ciphertext is the vector's.
    #[test]
    fn oaep_makes_what_wycheproof_says() {
        for (file, digest, labelled) in [
            ("rsa_oaep_2048_sha1_mgf1sha1", OaepDigest::Sha1, 7),
            ("rsa_oaep_2048_sha256_mgf1sha256", OaepDigest::Sha256, 8),
        ] {
            let cases = cases(file);
            let verdicts = cases.iter().map(|case| {
                let key = PrivateKey::from_pem(case.group["privateKeyPem"].as_str().unwrap()).unwrap();
                let Some(seed) = seed(&key, &case.bytes("ct"), digest.digest()) else {
                    return "no block";
                };
                let encrypted = key
                    .public_key()
                    .encrypt_oaep(&case.bytes("msg"), digest, &mut Given(seed))
                    .unwrap();
                let label = !case.bytes("label").is_empty();
                let valid = case.is_valid() && !label;
                assert_eq!(encrypted == case.bytes("ct"), valid, "{}", case.test);
                match (label, valid) {
                    (true, _) => "label",
                    (false, true) => "valid",
                    (false, false) => "invalid",
                }
            });
            let expected = [
                ("invalid", 14),
                ("label", labelled),
                ("no block", 5),
                ("valid", 10),
            ];
            assert_eq!(count(verdicts), expected.into(), "{file}");
        }
    }

    /// What a block was masked with; `None` if the ciphertext is no number below the modulus.
    fn seed(key: &PrivateKey, encrypted: &[u8], digest: MessageDigest) -> Option<Vec<u8>> {
        let rsa = key.pkey().rsa().unwrap();
        let mut block = vec![0; rsa.size() as usize];
        rsa.private_decrypt(encrypted, &mut block, Padding::NONE).ok()?;
        let (seed, data) = block[1..].split_at_mut(digest.size());
        mask(seed, data, digest).unwrap();
        Some(seed.to_vec())
    }

    #[test]
    fn a_message_that_does_not_fit_is_refused() {
        let public = ring().current.key().public_key();
        let fits = 256 - 2 - 2 * 32;
        let encrypt = |length| {
            public.encrypt_oaep(
                &vec![7; length],
                OaepDigest::Sha256,
                &mut SeededRandom::new("long"),
            )
        };
        assert!(encrypt(fits).is_ok());
        assert!(encrypt(fits + 1).is_err());
    }
}
