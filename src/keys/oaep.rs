//! Encrypting a content key for somebody's RSA key: RSAES-OAEP (RFC 8017 section 7.1).

use super::{PublicKey, seeded};
use crate::algorithm::Digest;
use crate::random::{Random, Source};
use openssl::encrypt::Encrypter;
use openssl::error::ErrorStack;
use openssl::rsa::Padding;

impl PublicKey {
    /// RSAES-OAEP with an empty label (RFC 8017 section 7.1.1), the mask made with the same hash.
    ///
    /// # Errors
    /// The key is not RSA, or is too short for `message` under this hash.
    pub fn encrypt_oaep(
        &self,
        message: &[u8],
        digest: Digest,
        random: &mut dyn Random,
    ) -> Result<Vec<u8>, ErrorStack> {
        let digest = digest.openssl();
        match random.source() {
            Source::Library => {
                let mut context = Encrypter::new(self.pkey())?;
                context.set_rsa_padding(Padding::PKCS1_OAEP)?;
                context.set_rsa_oaep_md(digest)?;
                context.set_rsa_mgf1_md(digest)?;
                let mut encrypted = vec![0; self.pkey().size()];
                let length = context.encrypt(message, &mut encrypted)?;
                encrypted.truncate(length);
                Ok(encrypted)
            }
            Source::Seeded(random) => seeded::encrypt_oaep(&self.pkey().rsa()?, message, digest, random),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys::ring_for_tests as ring;
    use crate::random::{SeededRandom, SystemRandom};

    #[test]
    fn a_message_that_does_not_fit_is_refused() {
        let public = ring().current.key().public_key();
        let fits = 256 - 2 - 2 * 32;
        let randoms: [&mut dyn Random; 2] = [&mut SystemRandom, &mut SeededRandom::new("long")];
        for random in randoms {
            let mut encrypt = |length| public.encrypt_oaep(&vec![7; length], Digest::Sha256, random);
            assert!(encrypt(fits).is_ok());
            assert!(encrypt(fits + 1).is_err());
        }
    }

    #[test]
    fn a_key_of_another_kind_is_refused() {
        let public = ring().ec.as_ref().unwrap().key().public_key();
        let randoms: [&mut dyn Random; 2] = [&mut SystemRandom, &mut SeededRandom::new("kind")];
        for random in randoms {
            assert!(public.encrypt_oaep(b"key", Digest::Sha256, random).is_err());
        }
    }
}
