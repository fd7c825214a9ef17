//! Algorithms and keys: which count, and that none counts under the name of another.

use super::super::*;
use super::specimen::*;
use crate::xml::{Limits, read};
use openssl::nid::Nid;

/// A change of the default recipe.
type Change = fn(&mut Recipe<'_>);

fn changed(change: Change) -> Result<(), SignatureError> {
    let mut recipe = Recipe::default();
    change(&mut recipe);
    verdict(&sign(&recipe))
}

#[test]
fn every_algorithm_of_the_list_verifies_with_a_key_of_its_kind_only() {
    let curves = [Nid::X9_62_PRIME256V1, Nid::SECP384R1, Nid::SECP521R1].map(ec_pair);
    let all: Vec<_> = curves
        .iter()
        .chain([sp()])
        .map(crate::saml::tests::fixture::Pair::certificate)
        .collect();
    for digest in [
        SHA256,
        "http://www.w3.org/2001/04/xmldsig-more#sha384",
        "http://www.w3.org/2001/04/xmlenc#sha512",
    ] {
        for hash in ["sha256", "sha384", "sha512"] {
            for (kind, pair, others) in [
                ("rsa", sp(), &all[..3]),
                ("ecdsa", &curves[0], &all[1..]),
                ("ecdsa", &curves[1], &all[2..]),
                ("ecdsa", &curves[2], &all[3..]),
            ] {
                let uri = format!("http://www.w3.org/2001/04/xmldsig-more#{kind}-{hash}");
                let xml = sign(&Recipe {
                    key: &pair.pkey,
                    method: element("SignatureMethod", &uri),
                    digest: element("DigestMethod", digest),
                    ..Recipe::default()
                });
                assert_eq!(verdict_of(&xml, &all), Ok(()), "{uri} {digest}");
                assert!(
                    matches!(verdict_of(&xml, others), Err(SignatureError::Key { .. })),
                    "{uri}"
                );
            }
        }
    }
}

#[test]
fn a_signature_of_one_kind_under_the_name_of_another_is_refused() {
    let ec = ec_pair(Nid::X9_62_PRIME256V1);
    let xml = sign(&Recipe::default()).replace("rsa-sha256", "ecdsa-sha256");
    assert!(matches!(verdict(&xml), Err(SignatureError::Key { .. })));
    let xml = sign(&Recipe {
        key: &ec.pkey,
        ..Recipe::default()
    });
    assert!(matches!(
        verdict_of(&xml, &[ec.certificate()]),
        Err(SignatureError::Key { .. })
    ));
}

#[test]
fn an_ecdsa_value_that_is_der_or_on_another_curve_is_refused() {
    let p256 = ec_pair(Nid::X9_62_PRIME256V1);
    let method = SignatureMethod::EcdsaSha256;
    let mut signer = openssl::sign::Signer::new(Digest::Sha256.openssl(), &p256.pkey).unwrap();
    let der = signer.sign_oneshot_to_vec(b"octets").unwrap();
    assert!(!method.verifies(b"octets", &der, &p256.public_key()));
    for value in [&[0; 64][..], &[], &[1; 63], &[0xff; 64]] {
        assert!(!method.verifies(b"octets", value, &p256.public_key()));
    }
    let koblitz = ec_pair(Nid::SECP256K1);
    assert!(!method.is_for(&koblitz.public_key()));
    assert!(method.is_for(&p256.public_key()));
}

#[test]
fn a_key_that_is_not_fit_vouches_for_nothing() {
    for (bits, fit) in [(512, false), (768, false), (1024, true), (2048, true)] {
        let pair = crate::saml::tests::fixture::Pair::rsa(bits);
        let xml = sign(&Recipe {
            key: &pair.pkey,
            ..Recipe::default()
        });
        assert_eq!(verdict_of(&xml, &[pair.certificate()]).is_ok(), fit, "{bits}");
    }
}

/// SR-20
#[test]
fn sha_1_counts_only_where_it_is_accepted() {
    let signature: Change = |recipe| {
        recipe.method = element("SignatureMethod", "http://www.w3.org/2000/09/xmldsig#rsa-sha1");
    };
    let digest: Change =
        |recipe| recipe.digest = element("DigestMethod", "http://www.w3.org/2000/09/xmldsig#sha1");
    for change in [signature, digest] {
        let mut recipe = Recipe::default();
        change(&mut recipe);
        let xml = sign(&recipe);
        let document = read(&xml, Limits::MESSAGE).unwrap();
        let trusted = trusted();
        assert!(
            verify(document.root(), &trusted, Sha1Policy::Accept)
                .unwrap()
                .uses_sha1()
        );
        let error = verify(document.root(), &trusted, Sha1Policy::Refuse).unwrap_err();
        assert_eq!(
            error.to_string(),
            "the signature uses SHA-1, which is refused here; sign with rsa-sha256 and sha256"
        );
    }
}

/// SR-19
#[test]
fn algorithms_that_are_not_on_the_list_are_refused_by_name() {
    for uri in [
        "http://www.w3.org/2000/09/xmldsig#hmac-sha1",
        "http://www.w3.org/2001/04/xmldsig-more#hmac-sha256",
        "http://www.w3.org/2001/04/xmldsig-more#rsa-md5",
        "http://www.w3.org/2000/09/xmldsig#dsa-sha1",
        "http://www.w3.org/2001/04/xmldsig-more#rsa-SHA256",
        "",
    ] {
        let xml = sign(&Recipe {
            method: element("SignatureMethod", uri),
            ..Recipe::default()
        });
        assert_eq!(verdict(&xml), Err(SignatureError::Algorithm(uri.to_owned())));
    }
    for uri in [
        "http://www.w3.org/2001/04/xmldsig-more#md5",
        "http://www.w3.org/2007/05/xmldsig-more#sha3-256",
    ] {
        let xml = sign(&Recipe {
            digest: element("DigestMethod", uri),
            ..Recipe::default()
        });
        assert_eq!(verdict(&xml), Err(SignatureError::Algorithm(uri.to_owned())));
    }
    let error =
        changed(|recipe| recipe.method = element("SignatureMethod", "urn:\u{202e}x&#10;y")).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the algorithm urn:?x?y is not allowed; sign with rsa-sha256 and sha256"
    );
}

#[test]
fn a_truncated_hmac_is_refused_for_its_algorithm_and_a_length_for_being_one() {
    let truncated: Change = |recipe| {
        recipe.method = "<ds:SignatureMethod Algorithm=\"http://www.w3.org/2000/09/xmldsig#hmac-sha1\">\
             <ds:HMACOutputLength>40</ds:HMACOutputLength></ds:SignatureMethod>"
            .to_owned();
    };
    assert!(matches!(changed(truncated), Err(SignatureError::Algorithm(_))));
    let length: Change = |recipe| {
        recipe.method = recipe.method.replace(
            "/>",
            "><ds:HMACOutputLength>0</ds:HMACOutputLength></ds:SignatureMethod>",
        );
    };
    assert_eq!(
        changed(length),
        Err(SignatureError::Shape("an algorithm has parameters"))
    );
}
