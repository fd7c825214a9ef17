use super::*;
use crate::algorithm::{Digest, PairAlgorithm};
use crate::keys::PrivateKey;
use crate::keys::tests::KEYS;
use crate::secret::hex_sha256;
use crate::tests::wycheproof::{cases, count};
use josekit::jwk::Jwk;
use josekit::jwk::alg::rsa::RsaKeyPair;
use openssl::encrypt::Decrypter;
use openssl::sign::{RsaPssSaltlen, Verifier};
use proptest::prelude::*;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn openssl_opens_what_is_padded_here(
        key in 0..KEYS.len(),
        digest in proptest::sample::select(Digest::ALL),
        fill in any::<u8>(),
        length in any::<proptest::sample::Index>(),
        seed in "[a-z]{0,4}",
    ) {
        let key = &KEYS[key];
        let digest = digest.openssl();
        let public = key.public_key().pkey().rsa().unwrap();
        // Every length that fits, the longest and none at all among them.
        let longest = public.size() as usize - 2 - 2 * digest.size();
        let message = vec![fill; length.index(longest + 1)];
        let encrypted = encrypt_oaep(&public, &message, digest, &mut SeededRandom::new(&seed)).unwrap();
        let mut decrypter = Decrypter::new(key.pkey()).unwrap();
        decrypter.set_rsa_padding(Padding::PKCS1_OAEP).unwrap();
        decrypter.set_rsa_oaep_md(digest).unwrap();
        decrypter.set_rsa_mgf1_md(digest).unwrap();
        let mut opened = vec![0; decrypter.decrypt_len(&encrypted).unwrap()];
        let length = decrypter.decrypt(&encrypted, &mut opened).unwrap();
        prop_assert_eq!(&opened[..length], &message);
    }

    #[test]
    fn openssl_verifies_what_is_padded_here(
        key in 0..KEYS.len(),
        digest in proptest::sample::select(Digest::ALL),
        message in proptest::collection::vec(any::<u8>(), 0..300),
        seed in "[a-z]{0,4}",
    ) {
        let key = &KEYS[key];
        let digest = digest.openssl();
        let private = key.pkey().rsa().unwrap();
        let signature = sign_pss(&private, &message, digest, &mut SeededRandom::new(&seed)).unwrap();
        let mut verifier = Verifier::new(digest, key.pkey()).unwrap();
        verifier.set_rsa_padding(Padding::PKCS1_PSS).unwrap();
        verifier.set_rsa_mgf1_md(digest).unwrap();
        verifier.set_rsa_pss_saltlen(RsaPssSaltlen::DIGEST_LENGTH).unwrap();
        prop_assert!(verifier.verify_oneshot(&signature, &message).unwrap());
    }
}

/// What `--seed` promises, from one version to the next.
#[test]
fn a_seed_gives_the_bytes_that_it_always_gave() {
    let vector = include_str!("../../../tests/vectors/rfc7520/4_1.rsa_v15_signature.json");
    let vector: serde_json::Value = serde_json::from_str(vector).unwrap();
    let jwk = Jwk::from_map(vector["input"]["key"].as_object().unwrap().clone()).unwrap();
    let pem = RsaKeyPair::from_jwk(&jwk).unwrap().to_pem_private_key();
    let key = PrivateKey::from_pem(std::str::from_utf8(&pem).unwrap()).unwrap();
    let stream = || SeededRandom::new("pinned");
    for (digest, expected) in [
        (
            Digest::Sha1,
            "403d647154c45e640b21245b71c7d5170fe820f094643e750157ce07ba9adabe",
        ),
        (
            Digest::Sha256,
            "7ac3534cef8676543a2e8505d6d7e9a415cfde8b57d74ca5e653ba394b3bd6fc",
        ),
        (
            Digest::Sha384,
            "894976f0442a7bc5ffe0c36e4f647ab374384ecdd5f7a1d400757f45dc66acb4",
        ),
        (
            Digest::Sha512,
            "ef57cfba8de7eaa7f208b6a132ef94fde5ae06f673890798d074e1ed5f3de762",
        ),
    ] {
        let encrypted = key
            .public_key()
            .encrypt_oaep(b"content key", digest, &mut stream());
        assert_eq!(hex_sha256(&encrypted.unwrap()), expected, "{digest:?}");
    }
    let signature = key.sign(b"message", PairAlgorithm::Ps256, &mut stream()).unwrap();
    let expected = "e0e6d2135ae6726c91e072e465b9f829dfb1f1db52364a5efd491484ff7206da";
    assert_eq!(hex_sha256(&signature), expected);
}

/// EN-18: with the seed of a vector the ciphertext is the vector's.
#[test]
fn oaep_makes_what_wycheproof_says() {
    for (file, digest, labelled) in [
        ("rsa_oaep_2048_sha1_mgf1sha1", MessageDigest::sha1(), 7),
        ("rsa_oaep_2048_sha256_mgf1sha256", MessageDigest::sha256(), 8),
    ] {
        let cases = cases(file);
        let verdicts = cases.iter().map(|case| {
            let key = PrivateKey::from_pem(case.group["privateKeyPem"].as_str().unwrap()).unwrap();
            let Some(seed) = seed(&key, &case.bytes("ct"), digest) else {
                return "no block";
            };
            let public = key.public_key().pkey().rsa().unwrap();
            let encrypted = encrypt_with_seed(&public, &case.bytes("msg"), digest, &seed).unwrap();
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
