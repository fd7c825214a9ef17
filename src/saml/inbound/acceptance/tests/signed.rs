//! Requests of a service provider whose certificate is known.

use super::*;
use crate::keys::PrivateKey;
use crate::saml::inbound::SeenIds;
use crate::time::CLOCK_SKEW;
use openssl::hash::MessageDigest;
use openssl::sign::Signer;

const SP_CERT: &str = include_str!("../../../../../certs/sp.crt");

/// A redirect's query string, signed with the service provider's key.
fn signed_query(xml: &str, relay_state: &str, algorithm: &str) -> String {
    let key = PrivateKey::from_pem(include_str!("../../../../../certs/sp.key")).unwrap();
    let unsigned = binding::query(xml, Carrier::Request, relay_state, Some(algorithm));
    let hash = if algorithm.ends_with("sha1") {
        MessageDigest::sha1()
    } else {
        MessageDigest::sha256()
    };
    let mut signer = Signer::new(hash, key.pkey()).unwrap();
    let value = signer.sign_oneshot_to_vec(unsigned.as_bytes()).unwrap();
    binding::signed_query(&unsigned, &value)
}

const RSA_SHA256: &str = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256";
const RSA_SHA1: &str = "http://www.w3.org/2000/09/xmldsig#rsa-sha1";

fn receive_query(query: &str, config: &SamlConfig) -> Result<AcceptedRequest, RefusedRequest> {
    decide(
        read(query, Carrier::Request).unwrap(),
        json!({"signingCert": SP_CERT}),
        config,
    )
}

/// SR-16
#[test]
fn any_single_change_to_a_signed_query_string_is_refused() {
    let query = signed_query(&request("", ISSUER), "s", RSA_SHA256);
    assert!(receive_query(&query, &SamlConfig::default()).is_ok());
    let message = query.find('&').unwrap();
    for at in "SAMLRequest=".len()..message {
        let replaced = if query.as_bytes()[at] == b'A' { "B" } else { "A" };
        let changed = format!("{}{replaced}{}", &query[..at], &query[at + 1..]);
        // Most changes cannot even be decoded.
        if let Ok(received) = read(&changed, Carrier::Request) {
            let refused =
                decide(received, json!({"signingCert": SP_CERT}), &SamlConfig::default()).unwrap_err();
            assert_eq!(refused.answer, Answer::Page, "{at}");
            match refused.code() {
                "saml_request_signature" => assert!(refused.description.contains("signature invalid")),
                code => assert!(["saml_xml", "saml_message_type"].contains(&code), "{code}"),
            }
        }
    }
}

/// SR-20
#[test]
fn sha1_is_warned_about_or_refused_as_configured() {
    let query = signed_query(&request("", ISSUER), "s", RSA_SHA1);
    let accepted = receive_query(&query, &SamlConfig::default()).unwrap();
    assert_eq!(accepted.warnings[0].0, "sha1_deprecated");
    let config = SamlConfig {
        reject_sha1: true,
        ..SamlConfig::default()
    };
    let refused = receive_query(&query, &config).unwrap_err();
    assert_eq!(
        (refused.code(), refused.answer),
        ("saml_request_signature", Answer::Page)
    );
    assert!(refused.description.contains("SHA-1, which is refused here"));
}

/// SR-33
#[test]
fn a_signed_request_comes_once() {
    let query = signed_query(&request("", ISSUER), "", RSA_SHA256);
    let mut seen = SeenIds::default();
    let mut arrive = |addon| {
        let received = read(&query, Carrier::Request).unwrap();
        let unseen = decide_for(&client(addon), received, &SamlConfig::default()).unwrap();
        let occurrence = unseen.once().map_or(Occurrence::First, |once| {
            assert_eq!(
                (&*once.id, once.until),
                ("_r1", now() - TimeDelta::seconds(7) + CLOCK_SKEW)
            );
            seen.note(&once.id, once.until, now())
        });
        unseen.proceed(occurrence)
    };
    let signed = json!({"signingCert": SP_CERT});
    assert!(arrive(signed.clone()).is_ok());
    let refused = arrive(signed).unwrap_err();
    assert_eq!((refused.code(), refused.answer), ("saml_replay", Answer::Page));
    assert!(refused.description.contains("was used already"));
    // Where no signature is wanted, an ID says nothing.
    assert!(arrive(json!({})).is_ok());
}

/// SR-33
#[test]
fn a_signed_request_is_fresh() {
    let config = SamlConfig::default();
    let at = |time: &str| {
        let xml = request("", ISSUER).replace("2026-03-04T05:06:00Z", time);
        receive_query(&signed_query(&xml, "", RSA_SHA256), &config)
    };
    assert!(at("2026-03-04T05:03:08Z").is_ok() && at("2026-03-04T05:09:06Z").is_ok());
    for (time, text) in [
        ("2026-03-04T05:03:06Z", "3 minutes ago"),
        ("2026-03-04T05:09:08Z", "3 minutes ahead"),
        ("2026-03-03T05:06:07Z", "1440 minutes ago"),
    ] {
        let refused = at(time).unwrap_err();
        assert_eq!(
            (refused.code(), refused.answer),
            ("saml_issue_instant", to_default_acs(Some("_r1")))
        );
        assert!(refused.description.contains(text), "{}", refused.description);
    }
}

#[test]
fn of_several_certificates_any_may_have_signed() {
    let query = signed_query(&request("", ISSUER), "s", RSA_SHA256);
    let received = || read(&query, Carrier::Request).unwrap();
    let other = include_str!("../../../../../certs/custom.crt");
    assert!(
        decide(
            received(),
            json!({"signingCert": [other, SP_CERT]}),
            &SamlConfig::default()
        )
        .is_ok()
    );
    let refused = decide(received(), json!({"signingCert": other}), &SamlConfig::default()).unwrap_err();
    assert_eq!(refused.code(), "saml_request_signature");
    assert!(
        refused
            .description
            .contains("it is signed by another key than that of")
    );
}

#[test]
fn a_certificate_that_is_not_fit_is_refused_before_anything_is_verified() {
    let key = include_str!("../../../../../certs/sp.key");
    let refused = receive(&request("", ISSUER), json!({"signingCert": key})).unwrap_err();
    assert_eq!((refused.code(), &refused.answer), ("saml_pem", &Answer::Page));
    assert!(!refused.description.contains("MII"), "no key is shown");
    let pair = crate::saml::tests::fixture::Pair::rsa(1024);
    let refused = receive(&request("", ISSUER), json!({"signingCert": pair.certificate_pem})).unwrap_err();
    assert_eq!(refused.code(), "saml_signing_cert");
    assert!(refused.description.contains("1024 bits"));
}
