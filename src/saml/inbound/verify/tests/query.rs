//! Signatures over query strings.

use super::super::*;
use super::specimen::*;
use crate::saml::inbound::binding::{self, Carrier, read as receive};

fn query(relay_state: &str, algorithm: &str) -> String {
    let xml = message("AuthnRequest", "_r1", "").replace("{signature}", "");
    let query = binding::query(&xml, Carrier::Request, relay_state, Some(algorithm));
    let digest = SignatureMethod::from_uri(algorithm).map_or(Digest::Sha256, SignatureMethod::digest);
    let mut signer = openssl::sign::Signer::new(digest.openssl(), &sp().pkey).unwrap();
    let value = signer.sign_oneshot_to_vec(query.as_bytes()).unwrap();
    binding::signed_query(&query, &value)
}

fn query_verdict(query: &str, policy: Sha1Policy) -> Result<(), SignatureError> {
    let signature = receive(query, Carrier::Request).unwrap().signature.unwrap();
    verify_octets(
        signature.octets.as_bytes(),
        &signature.algorithm,
        &signature.value,
        &trusted(),
        policy,
    )
    .map(drop)
}

/// SR-16 and SR-17
#[test]
fn a_query_signature_covers_every_character_of_the_message_and_the_relay_state() {
    let query = query("state", RSA_SHA256);
    assert_eq!(query_verdict(&query, Sha1Policy::Refuse), Ok(()));
    let (message, rest) = query.split_once('&').unwrap();
    let trusted = trusted();
    let mut tried = 0;
    for at in
        ("SAMLRequest=".len()..message.len()).filter(|at| message.as_bytes()[*at].is_ascii_alphanumeric())
    {
        let other = if &message[at..=at] == "A" { "B" } else { "A" };
        let changed = format!("{}{other}{}&{rest}", &message[..at], &message[at + 1..]);
        // What cannot be decoded any more has no signature to ask for.
        if let Ok(received) = receive(&changed, Carrier::Request) {
            let signature = received.signature.unwrap();
            let octets = signature.octets.as_bytes();
            let verdict =
                verify_octets(octets, RSA_SHA256, &signature.value, &trusted, Sha1Policy::Accept).map(drop);
            assert!(matches!(verdict, Err(SignatureError::Query { .. })), "{at}");
            tried += 1;
        }
    }
    assert!(tried > 0);
    for (what, with) in [
        ("=state", "=State"),
        ("&RelayState=state", ""),
        ("&RelayState=state", "&RelayState="),
    ] {
        let changed = query.replacen(what, with, 1);
        assert!(
            matches!(
                query_verdict(&changed, Sha1Policy::Accept),
                Err(SignatureError::Query { .. })
            ),
            "{with}"
        );
    }
    let added = self::query("", RSA_SHA256) + "&RelayState=x";
    assert!(matches!(
        query_verdict(&added, Sha1Policy::Accept),
        Err(SignatureError::Query { .. })
    ));
}

#[test]
fn the_algorithm_of_a_query_signature_is_from_the_list() {
    let sha1 = query("", "http://www.w3.org/2000/09/xmldsig#rsa-sha1");
    assert_eq!(query_verdict(&sha1, Sha1Policy::Accept), Ok(()));
    assert_eq!(
        query_verdict(&sha1, Sha1Policy::Refuse),
        Err(SignatureError::Sha1)
    );
}

/// SR-19
#[test]
fn an_hmac_keyed_with_the_certificate_is_no_signature() {
    let pem = sp().certificate_pem.clone();
    let der = STANDARD.decode(sp().certificate().base64()).unwrap();
    for (uri, digest) in [
        ("http://www.w3.org/2000/09/xmldsig#hmac-sha1", Digest::Sha1),
        (
            "http://www.w3.org/2001/04/xmldsig-more#hmac-sha256",
            Digest::Sha256,
        ),
    ] {
        for secret in [pem.as_bytes(), sp().certificate().base64().as_bytes(), &der] {
            let key = openssl::pkey::PKey::hmac(secret).unwrap();
            let mut signer = openssl::sign::Signer::new(digest.openssl(), &key).unwrap();
            let value = signer.sign_oneshot_to_vec(b"octets").unwrap();
            assert_eq!(
                verify_octets(b"octets", uri, &value, &trusted(), Sha1Policy::Accept).map(drop),
                Err(SignatureError::Algorithm(uri.to_owned()))
            );
        }
    }
}
