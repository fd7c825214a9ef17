//! What is signed and encrypted here, in the eyes of an implementation of RSA that is not OpenSSL.

pub(crate) mod second_rsa;

use super::PrivateKey;
use crate::algorithm::{Digest, PairAlgorithm};
use crate::random::{Random, SeededRandom, SystemRandom};
use openssl::pkey::PKey;
use openssl::rsa::Rsa;
use proptest::prelude::*;
use second_rsa::{Scheme, SecondRsa};
use std::sync::LazyLock;

/// Keys whose moduli are and are not whole bytes long, made once for each test process.
pub(super) static KEYS: LazyLock<Vec<PrivateKey>> = LazyLock::new(|| {
    [1536, 2041, 2047, 2048, 3072]
        .into_iter()
        .map(|bits| Rsa::generate(bits).and_then(PKey::from_rsa).unwrap())
        .map(PrivateKey::from_pkey)
        .collect()
});

/// The system's randomness, or that of a seed.
pub(crate) fn randomness() -> impl Strategy<Value = Option<String>> {
    proptest::option::of("[a-z]{0,4}")
}

/// What `randomness` chose.
pub(crate) fn random(seed: Option<&str>) -> Box<dyn Random> {
    match seed {
        Some(seed) => Box::new(SeededRandom::new(seed)),
        None => Box::new(SystemRandom),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_second_implementation_verifies_what_is_signed(
        key in 0..KEYS.len(),
        (algorithm, scheme) in proptest::sample::select(&Scheme::OF_TOKENS[..]),
        message in proptest::collection::vec(any::<u8>(), 0..300),
        seed in randomness(),
        bit in any::<proptest::sample::Index>(),
    ) {
        let key = &KEYS[key];
        let mut signature = key.sign(&message, algorithm, &mut *random(seed.as_deref())).unwrap();
        let second = SecondRsa::of(key);
        prop_assert!(second.verifies(&message, &signature, scheme));
        let bit = bit.index(8 * signature.len());
        signature[bit / 8] ^= 1 << (bit % 8);
        prop_assert!(!second.verifies(&message, &signature, scheme), "bit {} is not looked at", bit);
    }

    #[test]
    fn a_second_implementation_opens_what_is_encrypted(
        key in 0..KEYS.len(),
        digest in proptest::sample::select(Digest::ALL),
        message in proptest::collection::vec(any::<u8>(), 0..=62),
        seed in randomness(),
    ) {
        let key = &KEYS[key];
        let public = key.public_key();
        let encrypted = public.encrypt_oaep(&message, digest, &mut *random(seed.as_deref())).unwrap();
        let second = SecondRsa::of(key);
        prop_assert_eq!(second.opens(&encrypted, digest), Some(message));
        for other in Digest::ALL.iter().copied().filter(|other| *other != digest) {
            prop_assert_eq!(second.opens(&encrypted, other), None);
        }
    }
}

/// Production draws anew each time; a seed does not.
#[test]
fn only_a_seed_repeats_a_salt() {
    let key = &KEYS[0];
    let sign = |seed| {
        key.sign(b"message", PairAlgorithm::Ps256, &mut *random(seed))
            .unwrap()
    };
    assert_eq!(sign(Some("a")), sign(Some("a")));
    assert_ne!(sign(Some("a")), sign(Some("b")));
    assert_ne!(sign(None), sign(None));
    let public = key.public_key();
    let encrypt = |seed| {
        let encrypted = public.encrypt_oaep(b"key", Digest::Sha1, &mut *random(seed));
        encrypted.unwrap()
    };
    assert_eq!(encrypt(Some("a")), encrypt(Some("a")));
    assert_ne!(encrypt(Some("a")), encrypt(Some("b")));
    assert_ne!(encrypt(None), encrypt(None));
}
