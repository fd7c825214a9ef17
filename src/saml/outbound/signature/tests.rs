use crate::algorithm::Digest;
use crate::keys::Certificate;
use crate::keys::tests::second_rsa::{Scheme, SecondRsa};
use crate::keys::tests::{random, randomness};
use crate::saml::inbound::{Sha1Policy, SignatureMethod, verify as verify_element};
use crate::saml::tests::fixture::*;
use crate::saml_setting::SamlSetting;
use crate::xml::{Limits, SIGNATURE, exclusive, read};
use openssl::ec::{EcGroup, EcKey};
use openssl::nid::Nid;
use openssl::pkey::PKey;
use openssl::x509::X509;
use proptest::prelude::*;
use serde_json::json;

/// Verifies the outermost signature inside `signed` with the certificate that it shows, which is returned.
fn verify(signed: &str) -> String {
    let document = read(signed, Limits::MESSAGE).unwrap();
    let (certificate, _) = verified(&document);
    certificate
}

fn verified(document: &crate::xml::Document<'_>) -> (String, SignatureMethod) {
    let signature = document
        .root()
        .descendants()
        .find(|element| element.is(SIGNATURE.uri, "Signature"))
        .unwrap();
    let shown = signature
        .descendants()
        .find(|element| element.is(SIGNATURE.uri, "X509Certificate"))
        .unwrap()
        .value()
        .unwrap();
    let der = base64::Engine::decode(&base64::engine::general_purpose::STANDARD, shown).unwrap();
    let pem = String::from_utf8(X509::from_der(&der).unwrap().to_pem().unwrap()).unwrap();
    let trusted = [Certificate::from_pem(&pem).unwrap()];
    let good = verify_element(signature.parent().unwrap(), &trusted, Sha1Policy::Accept).unwrap();
    (shown.to_owned(), good.method())
}

#[test]
fn every_choice_of_algorithms_and_element_verifies_and_is_named() {
    let curve = |nid| {
        let group = EcGroup::from_curve_name(nid).unwrap();
        Pair::new(PKey::from_ec_key(EcKey::generate(&group).unwrap()).unwrap())
    };
    let pairs = [
        Pair::rsa(2048),
        curve(Nid::X9_62_PRIME256V1),
        curve(Nid::SECP384R1),
    ];
    for (signature, pairs) in [
        ("rsa-sha1", &pairs[..1]),
        ("rsa-sha256", &pairs[..1]),
        ("rsa-sha384", &pairs[..1]),
        ("rsa-sha512", &pairs[..1]),
        ("ecdsa-sha256", &pairs[1..]),
        ("ecdsa-sha384", &pairs[1..]),
        ("ecdsa-sha512", &pairs[1..]),
    ] {
        for pair in pairs {
            for digest in ["sha1", "sha256", "sha384", "sha512"] {
                let answer = Login::new()
                    .addon(json!({
                        "cert": pair.certificate_pem, "key": pair.key_pem, "signResponse": true, "signAssertion": true,
                        "signatureAlgorithm": signature, "digestAlgorithm": digest
                    }))
                    .respond()
                    .unwrap();
                for signed in [&answer.xml, answer.assertion_xml().unwrap()] {
                    let document = read(signed, Limits::MESSAGE).unwrap();
                    let (certificate, method) = verified(&document);
                    assert_eq!(certificate, pair.certificate().base64());
                    assert_eq!(Some(method), SignatureMethod::from_name(signature));
                    assert!(signed.contains(&format!("#{signature}\"></SignatureMethod>")));
                    assert!(signed.contains(&format!("#{digest}\"></DigestMethod>")));
                }
            }
        }
    }
}

#[test]
fn the_signature_follows_the_issuer_and_the_tenants_pair_is_the_default() {
    let assertion = Login::new().assertion();
    assert!(assertion.contains("</saml:Issuer><Signature "));
    assert_eq!(verify(&assertion), tenant().certificate().base64());
    let answer = Login::new()
        .set(SamlSetting::SignResponse(true))
        .respond()
        .unwrap();
    verify(&answer.xml);
    assert_eq!(
        answer.xml.matches("<Signature ").count(),
        1,
        "instead of the assertion's"
    );
    assert!(!answer.assertion_xml().unwrap().contains("<Signature "));
}

#[test]
fn a_response_with_an_encrypted_assertion_verifies_as_it_is() {
    let answer = Login::new()
        .set(SamlSetting::SignResponse(true))
        .set(SamlSetting::EncryptionCert(other().certificate()))
        .set(SamlSetting::EncryptionPublicKey(other().public_key()))
        .respond()
        .unwrap();
    verify(&answer.xml);
}

/// SimpleSAMLphp puts what it decrypts into an element that declares these two.
#[test]
fn the_signature_of_an_assertion_holds_wherever_it_comes_to_stand() {
    let assertion = Login::new().attribute("x", &[text("a")]).assertion();
    assert!(!assertion.contains("InclusiveNamespaces"));
    let declared = "xmlns:saml=\"urn:oasis:names:tc:SAML:2.0:assertion\" \
                    xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\"";
    verify(&format!("<root {declared}>{assertion}</root>"));
    verify(&assertion);
}

#[test]
fn a_custom_pair_signs_and_shows_its_own_certificate() {
    let custom = Login::new()
        .set(SamlSetting::Cert(other().certificate()))
        .set(SamlSetting::Key(other().key()));
    assert_eq!(verify(&custom.assertion()), other().certificate().base64());
}

#[test]
fn five_spellings_of_a_key_give_the_same_signature() {
    let pair = other();
    let pkcs1 = String::from_utf8(pair.pkey.rsa().unwrap().private_key_to_pem().unwrap()).unwrap();
    let (head, rest) = pair.key_pem.split_once('\n').unwrap();
    let (body, foot) = rest.trim_end().rsplit_once('\n').unwrap();
    let spellings = [
        pair.key_pem.clone(),
        pkcs1,
        pair.key_pem.replace('\n', "\r\n"),
        pair.key_pem.replace('\n', "\\n"),
        format!("{head}{}{foot}", body.replace('\n', "")),
    ];
    let signed = spellings.map(|key| {
        Login::new()
            .addon(json!({"cert": pair.certificate_pem, "key": key}))
            .assertion()
    });
    verify(&signed[0]);
    assert!(signed.iter().all(|assertion| *assertion == signed[0]));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_second_implementation_of_rsa_verifies_both_signatures(
        digest in proptest::sample::select(Digest::ALL),
        value in "\\PC{1,12}",
        seed in randomness(),
    ) {
        let mut login = Login::new()
            .addon(json!({
                "signResponse": true, "signAssertion": true, "signatureAlgorithm": format!("rsa-{}", digest.name())
            }))
            .attribute("x", &[text(&value)]);
        let answer = login.respond_with(&mut *random(seed.as_deref())).unwrap();
        let document = read(&answer.xml, Limits::MESSAGE).unwrap();
        let signatures: Vec<_> =
            document.root().descendants().filter(|element| element.is(SIGNATURE.uri, "Signature")).collect();
        prop_assert_eq!(signatures.len(), 2);
        let second = SecondRsa::of(&tenant().key());
        for signature in signatures {
            let part = |name| signature.child(SIGNATURE.uri, name).unwrap();
            let octets = exclusive(part("SignedInfo"), None, &[]);
            let text = part("SignatureValue").value().unwrap();
            let value = base64::Engine::decode(&base64::engine::general_purpose::STANDARD, text).unwrap();
            prop_assert!(second.verifies(octets.as_bytes(), &value, Scheme::Pkcs1(digest)));
        }
    }
}
