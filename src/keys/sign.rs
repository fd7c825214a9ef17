//! Signing with the issuer's keys.

use super::ecdsa::concatenated;
use super::{PrivateKey, seeded};
use crate::algorithm::PairAlgorithm;
use crate::random::{Random, Source};
use openssl::error::ErrorStack;
use openssl::hash::{MessageDigest, hash};
use openssl::md::{Md, MdRef};
use openssl::md_ctx::MdCtx;
use openssl::pkey::Id;
use openssl::pkey_ctx::{NonceType, PkeyCtx};
use openssl::rsa::Padding;
use openssl::sign::RsaPssSaltlen;

/// A key and an algorithm that do not fit, or a failure inside OpenSSL.
#[derive(Debug, thiserror::Error)]
#[error("signing with {} failed; check that the key is one for this algorithm", algorithm.name())]
pub struct SigningError {
    /// What was to be done.
    pub algorithm: PairAlgorithm,
    /// What OpenSSL says.
    #[source]
    pub source: ErrorStack,
}

impl PrivateKey {
    /// The signature of `message` in the form that a JWS holds.
    ///
    /// The salt of PSS and the nonce of ECDSA are OpenSSL's own, unless `random` is seeded: only a seed repeats such a
    /// signature.
    ///
    /// # Errors
    /// The key is not one for `algorithm`.
    pub fn sign(
        &self,
        message: &[u8],
        algorithm: PairAlgorithm,
        random: &mut dyn Random,
    ) -> Result<Vec<u8>, SigningError> {
        let signature = match algorithm {
            // For a key of another kind this would be a signature of that kind.
            PairAlgorithm::EdDsa if self.pkey().id() != Id::ED25519 => Err(ErrorStack::get()),
            PairAlgorithm::EdDsa => self.sign_with(None, message),
            // As above.
            PairAlgorithm::Es256 if self.pkey().id() != Id::EC => Err(ErrorStack::get()),
            PairAlgorithm::Es256 => self.sign_es256(message, random),
            PairAlgorithm::Ps256 => self.sign_ps256(message, random),
            PairAlgorithm::Rs256 | PairAlgorithm::Rs384 | PairAlgorithm::Rs512
                if self.pkey().id() == Id::RSA =>
            {
                self.digest_sign(algorithm.digest(), message)
            }
            PairAlgorithm::Rs256 | PairAlgorithm::Rs384 | PairAlgorithm::Rs512 => Err(ErrorStack::get()),
        };
        signature.map_err(|source| SigningError { algorithm, source })
    }

    /// The signature of `message` as OpenSSL writes it: RSASSA-PKCS1-v1_5, or ECDSA in DER.
    ///
    /// # Errors
    /// OpenSSL's: the key is not one for `digest`.
    pub fn digest_sign(&self, digest: MessageDigest, message: &[u8]) -> Result<Vec<u8>, ErrorStack> {
        let digest = Md::from_nid(digest.type_()).ok_or_else(ErrorStack::get)?;
        self.sign_with(Some(digest), message)
    }

    /// Without a digest the algorithm has its own.
    fn sign_with(&self, digest: Option<&MdRef>, message: &[u8]) -> Result<Vec<u8>, ErrorStack> {
        let mut context = MdCtx::new()?;
        context.digest_sign_init(digest, self.pkey())?;
        self.finish(context, message)
    }

    fn finish(&self, mut context: MdCtx, message: &[u8]) -> Result<Vec<u8>, ErrorStack> {
        // No signature of the key is longer; asking OpenSSL for the length first is measurably slower.
        let mut signature = vec![0; self.pkey().size()];
        let length = context.digest_sign(message, Some(&mut signature))?;
        signature.truncate(length);
        Ok(signature)
    }

    /// With a salt as long as the hash (RFC 7518 section 3.5).
    fn sign_ps256(&self, message: &[u8], random: &mut dyn Random) -> Result<Vec<u8>, ErrorStack> {
        match random.source() {
            Source::Library => {
                let mut context = MdCtx::new()?;
                let parameters = context.digest_sign_init(Some(Md::sha256()), self.pkey())?;
                parameters.set_rsa_padding(Padding::PKCS1_PSS)?;
                parameters.set_rsa_pss_saltlen(RsaPssSaltlen::DIGEST_LENGTH)?;
                self.finish(context, message)
            }
            Source::Seeded(random) => {
                let digest = PairAlgorithm::Ps256.digest();
                seeded::sign_pss(&self.pkey().rsa()?, message, digest, random)
            }
        }
    }

    /// With a nonce from OpenSSL's generator, mixed with key and message; under a seed from these two alone
    /// (RFC 6979), which takes a tenth longer.
    fn sign_es256(&self, message: &[u8], random: &mut dyn Random) -> Result<Vec<u8>, ErrorStack> {
        let der = match random.source() {
            Source::Library => self.sign_with(Some(Md::sha256()), message)?,
            Source::Seeded(_) => {
                let mut context = PkeyCtx::new(self.pkey())?;
                context.sign_init()?;
                context.set_signature_md(Md::sha256())?;
                context.set_nonce_type(NonceType::DETERMINISTIC_K)?;
                let mut der = Vec::new();
                context.sign_to_vec(&hash(MessageDigest::sha256(), message)?, &mut der)?;
                der
            }
        };
        concatenated(&der, 32).ok_or_else(ErrorStack::get)
    }

    /// What kind of key this is, for messages.
    pub(super) fn describe(&self) -> String {
        match self.pkey().id() {
            Id::RSA => format!("an RSA key of {} bits", self.pkey().bits()),
            Id::EC => {
                let group = self.pkey().ec_key().ok().and_then(|key| key.group().curve_name());
                let curve = group.and_then(|nid| nid.short_name().ok());
                format!("an EC key on {}", curve.unwrap_or("an unnamed curve"))
            }
            Id::ED25519 => "an Ed25519 key".to_owned(),
            _ => "a key of another kind".to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys::ring_for_tests as ring;
    use crate::random::{SeededRandom, SystemRandom};
    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    use josekit::jwk::Jwk;
    use josekit::jwk::alg::rsa::RsaKeyPair;
    use openssl::bn::{BigNum, BigNumContext};
    use openssl::ec::{EcGroup, EcKey, EcPoint};
    use openssl::nid::Nid;
    use openssl::pkey::PKey;

    fn sign(key: &PrivateKey, message: &[u8], algorithm: PairAlgorithm) -> String {
        let signature = key.sign(message, algorithm, &mut SeededRandom::new("salt"));
        URL_SAFE_NO_PAD.encode(signature.unwrap())
    }

    #[test]
    fn rs256_repeats_rfc_7520_section_4_1() {
        let vector = include_str!("../../tests/vectors/rfc7520/4_1.rsa_v15_signature.json");
        let vector: serde_json::Value = serde_json::from_str(vector).unwrap();
        let jwk = Jwk::from_map(vector["input"]["key"].as_object().unwrap().clone()).unwrap();
        let pem = RsaKeyPair::from_jwk(&jwk).unwrap().to_pem_private_key();
        let key = PrivateKey::from_pem(std::str::from_utf8(&pem).unwrap()).unwrap();
        let input = vector["signing"]["sig-input"].as_str().unwrap();
        let signature = sign(&key, input.as_bytes(), PairAlgorithm::Rs256);
        assert_eq!(signature, vector["signing"]["sig"].as_str().unwrap());
    }

    #[test]
    fn es256_repeats_rfc_6979_appendix_a_2_5() {
        let group = EcGroup::from_curve_name(Nid::X9_62_PRIME256V1).unwrap();
        let scalar =
            BigNum::from_hex_str("C9AFA9D845BA75166B5C215767B1D6934E50C3DB36E89B127B8A622B120F6721").unwrap();
        let mut point = EcPoint::new(&group).unwrap();
        let mut context = BigNumContext::new().unwrap();
        point.mul_generator2(&group, &scalar, &mut context).unwrap();
        let key = EcKey::from_private_components(&group, &scalar, &point).unwrap();
        let key = PrivateKey::from_pkey(PKey::from_ec_key(key).unwrap());
        let parts = "EFD48B2AACB6A8FD1140DD9CD45E81D69D2C877B56AAF991C34D0EA84EAF3716\
                     F7CB1C942D657C41D436C7A1B6E29F65F3E900DBB9AFF4064DC4AB2F843ACDA8";
        let expected = BigNum::from_hex_str(parts).unwrap().to_vec();
        assert_eq!(
            sign(&key, b"sample", PairAlgorithm::Es256),
            URL_SAFE_NO_PAD.encode(expected)
        );
    }

    #[test]
    fn ed25519_repeats_rfc_8037_appendix_a_4() {
        let secret = URL_SAFE_NO_PAD
            .decode("nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A")
            .unwrap();
        let key = PKey::private_key_from_raw_bytes(&secret, Id::ED25519).unwrap();
        let signature = sign(
            &PrivateKey::from_pkey(key),
            b"eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc",
            PairAlgorithm::EdDsa,
        );
        assert_eq!(
            signature,
            "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg"
        );
    }

    #[test]
    fn a_key_signs_only_with_its_own_algorithms() {
        use PairAlgorithm::{EdDsa, Es256, Ps256, Rs256, Rs384, Rs512};
        let ring = ring();
        let (rsa, ec) = (ring.current.key(), ring.ec.as_ref().unwrap().key());
        let ed25519 = ring.ed25519.as_ref().unwrap().key();
        for (key, own) in [
            (rsa, &[Ps256, Rs256, Rs384, Rs512][..]),
            (ec, &[Es256]),
            (ed25519, &[EdDsa]),
        ] {
            for algorithm in [EdDsa, Es256, Ps256, Rs256, Rs384, Rs512] {
                let randoms: [&mut dyn Random; 2] = [&mut SystemRandom, &mut SeededRandom::new("salt")];
                for random in randoms {
                    let signed = key.sign(b"message", algorithm, random);
                    assert_eq!(signed.is_ok(), own.contains(&algorithm), "{key:?} {algorithm:?}");
                }
            }
        }
    }
}
