use super::*;
use crate::keys::tests::{random, randomness};
use crate::keys::{PrivateKey, ring_for_tests as ring};
use crate::random::{SeededRandom, SystemRandom};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use josekit::jwe::JweDecrypter as _;
use openssl::bn::BigNum;
use openssl::derive::Deriver;
use openssl::ec::Asn1Flag;
use openssl::pkey::PKey;
use proptest::prelude::*;
use serde_json::Value;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    /// By the library, and by hand from the two keys.
    #[test]
    fn the_holder_of_the_key_agrees_on_the_same(seed in randomness()) {
        let key = ring().ec.as_ref().unwrap().key();
        let agreement = agree(&key.public_key(), &mut *random(seed.as_deref())).unwrap();
        let decrypter = ECDH_ES.decrypter_from_der(key.pkey().private_key_to_pkcs8().unwrap()).unwrap();
        let mut header = JweHeader::new();
        header.set_claim("epk", Some(agreement.ephemeral.clone())).unwrap();
        let content_key = decrypter.decrypt(None, &A256GCM, &header).unwrap();
        prop_assert_eq!(&*content_key, &agreement.content_key[..]);
        prop_assert_eq!(&by_hand(key, &agreement.ephemeral)[..], &agreement.content_key[..]);
    }
}

fn by_hand(key: &PrivateKey, ephemeral: &Value) -> Vec<u8> {
    let coordinate = |name: &str| {
        let bytes = URL_SAFE_NO_PAD.decode(ephemeral[name].as_str().unwrap()).unwrap();
        assert_eq!(bytes.len(), 32, "RFC 7518 section 6.2.1.2");
        BigNum::from_slice(&bytes).unwrap()
    };
    let group = EcGroup::from_curve_name(Nid::X9_62_PRIME256V1).unwrap();
    let ephemeral =
        EcKey::from_public_key_affine_coordinates(&group, &coordinate("x"), &coordinate("y")).unwrap();
    let ephemeral = PKey::from_ec_key(ephemeral).unwrap();
    let mut deriver = Deriver::new(key.pkey()).unwrap();
    deriver.set_peer(&ephemeral).unwrap();
    seeded::concat_kdf(&deriver.derive_to_vec().unwrap()).to_vec()
}

#[test]
fn only_a_seed_repeats_an_ephemeral_key() {
    let key = ring().ec.as_ref().unwrap().key().public_key();
    let ephemeral = |seed| agree(&key, &mut *random(seed)).unwrap().ephemeral;
    assert_eq!(ephemeral(Some("a")), ephemeral(Some("a")));
    assert_ne!(ephemeral(Some("a")), ephemeral(Some("b")));
    assert_ne!(ephemeral(None), ephemeral(None));
}

#[test]
fn a_curve_that_is_spelled_out_is_the_same_curve() {
    let mut group = EcGroup::from_curve_name(Nid::X9_62_PRIME256V1).unwrap();
    group.set_asn1_flag(Asn1Flag::EXPLICIT_CURVE);
    let key = EcKey::generate(&group).and_then(PKey::from_ec_key).unwrap();
    let pem = String::from_utf8(key.public_key_to_pem().unwrap()).unwrap();
    assert!(pem.len() > 400, "{pem}");
    let public = PublicKey::from_pem(&pem).unwrap();
    for random in [&mut SystemRandom as &mut dyn Random, &mut SeededRandom::new("a")] {
        let agreement = agree(&public, random).unwrap();
        let expected = by_hand(&PrivateKey::from_pkey(key.clone()), &agreement.ephemeral);
        assert_eq!(*agreement.content_key, expected);
    }
}
