//! The enveloped signature: one digest over octets that are canonical already, one private-key
//! operation (XML Signature 1.0, SAML core 5.4, semantics 4.10).

use super::SamlError;
use crate::command::{DigestAlgorithm, SignatureAlgorithm};
use crate::keys::SigningPair;
use crate::xml::{SIGNATURE, Writer};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use openssl::error::ErrorStack;
use openssl::hash::{MessageDigest, hash};
use openssl::sign::Signer;
use std::borrow::Cow;

/// A pair and the algorithms to use it with.
#[derive(Clone, Debug)]
pub(super) struct Signing<'a> {
    pub pair: Cow<'a, SigningPair>,
    pub signature: SignatureAlgorithm,
    pub digest: DigestAlgorithm,
}

impl Signing<'_> {
    /// The `Signature` element over the element `id` whose exclusive canonical form, without the
    /// signature, is `canonical`.
    pub fn sign(&self, id: &str, canonical: &str) -> Result<String, SamlError> {
        let failed = |error: ErrorStack| {
            SamlError::config(
                "saml_signing_failed",
                format!("the signature could not be made: {error}"),
            )
        };
        let (digest_uri, digest) = match self.digest {
            DigestAlgorithm::Sha1 => ("http://www.w3.org/2000/09/xmldsig#sha1", MessageDigest::sha1()),
            DigestAlgorithm::Sha256 => ("http://www.w3.org/2001/04/xmlenc#sha256", MessageDigest::sha256()),
        };
        let (signature_uri, signature_hash) = match self.signature {
            SignatureAlgorithm::RsaSha1 => (
                "http://www.w3.org/2000/09/xmldsig#rsa-sha1",
                MessageDigest::sha1(),
            ),
            SignatureAlgorithm::RsaSha256 => (
                "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256",
                MessageDigest::sha256(),
            ),
        };
        let digest_value = STANDARD.encode(hash(digest, canonical.as_bytes()).map_err(failed)?);
        let mut reference = String::with_capacity(id.len() + 1);
        reference.push('#');
        reference.push_str(id);

        let certificate = self.pair.certificate().base64();
        let mut writer = Writer::new();
        writer.open("Signature", &[SIGNATURE], &[]);
        writer.capture();
        writer.open("SignedInfo", &[], &[]);
        writer.element("CanonicalizationMethod", &[("Algorithm", EXCLUSIVE_C14N)], "");
        writer.element("SignatureMethod", &[("Algorithm", signature_uri)], "");
        writer.open("Reference", &[], &[("URI", &reference)]);
        writer.open("Transforms", &[], &[]);
        writer.element("Transform", &[("Algorithm", ENVELOPED)], "");
        writer.element("Transform", &[("Algorithm", EXCLUSIVE_C14N)], "");
        writer.close();
        writer.element("DigestMethod", &[("Algorithm", digest_uri)], "");
        writer.element("DigestValue", &[], &digest_value);
        writer.close();
        writer.close();
        let signed_info = writer.captured();
        let value = Signer::new(signature_hash, self.pair.key().pkey())
            .and_then(|mut signer| signer.sign_oneshot_to_vec(signed_info.as_bytes()))
            .map_err(failed)?;
        writer.element("SignatureValue", &[], &STANDARD.encode(value));
        write_key_info(certificate, &mut writer);
        writer.close();
        Ok(writer.finish()?)
    }
}

/// `KeyInfo` with one certificate; the signature namespace is the default one where it is written.
pub(super) fn write_key_info(certificate: &str, writer: &mut Writer) {
    writer.open("KeyInfo", &[], &[]);
    writer.open("X509Data", &[], &[]);
    writer.element("X509Certificate", &[], certificate);
    writer.close();
    writer.close();
}

const EXCLUSIVE_C14N: &str = "http://www.w3.org/2001/10/xml-exc-c14n#";
const ENVELOPED: &str = "http://www.w3.org/2000/09/xmldsig#enveloped-signature";

#[cfg(test)]
mod tests {
    use super::super::fixture::*;
    use super::*;
    use crate::command::SamlSetting;
    use bergshamra_c14n::{C14nMode, canonicalize};
    use openssl::sign::Verifier;
    use openssl::x509::X509;
    use proptest::prelude::*;
    use serde_json::json;

    /// Verifies the signature inside `signed` with another canonicaliser and the certificate that the
    /// signature shows, which is returned.
    fn verify(signed: &str) -> String {
        let exclusive = |xml: &str| canonicalize(xml, C14nMode::Exclusive, None, &[] as &[&str]).unwrap();
        let between = |text: &str, start: &str, end: &str| {
            text.split_once(start)
                .unwrap()
                .1
                .split_once(end)
                .unwrap()
                .0
                .to_owned()
        };
        let (before, rest) = signed.split_once("<Signature ").unwrap();
        let (signature, after) = rest.split_once("</Signature>").unwrap();
        assert!(
            before.ends_with("</saml:Issuer>"),
            "the signature follows the issuer"
        );
        let id = between(before, " ID=\"", "\"");
        assert!(signature.contains(&format!("<Reference URI=\"#{id}\">")));

        let digest = if signature.contains("xmlenc#sha256") {
            MessageDigest::sha256()
        } else {
            MessageDigest::sha1()
        };
        let octets = exclusive(&format!("{before}{after}"));
        assert_eq!(
            between(signature, "<DigestValue>", "</DigestValue>"),
            STANDARD.encode(hash(digest, &octets).unwrap())
        );

        let signed_info = between(signature, "<SignedInfo>", "</SignedInfo>");
        let standalone =
            format!("<SignedInfo xmlns=\"http://www.w3.org/2000/09/xmldsig#\">{signed_info}</SignedInfo>");
        let certificate = between(signature, "<X509Certificate>", "</X509Certificate>");
        let key = X509::from_der(&STANDARD.decode(&certificate).unwrap())
            .unwrap()
            .public_key()
            .unwrap();
        let hash = if signature.contains("rsa-sha256") {
            MessageDigest::sha256()
        } else {
            MessageDigest::sha1()
        };
        let mut verifier = Verifier::new(hash, &key).unwrap();
        verifier.update(&exclusive(&standalone)).unwrap();
        let value = STANDARD
            .decode(between(signature, "<SignatureValue>", "</SignatureValue>"))
            .unwrap();
        assert!(verifier.verify(&value).unwrap());
        certificate
    }

    #[test]
    fn every_choice_of_algorithms_and_element_verifies_with_the_tenants_certificate() {
        for signature in [SignatureAlgorithm::RsaSha1, SignatureAlgorithm::RsaSha256] {
            for digest in [DigestAlgorithm::Sha1, DigestAlgorithm::Sha256] {
                let login = || {
                    Login::new()
                        .set(SamlSetting::SignatureAlgorithm(signature))
                        .set(SamlSetting::DigestAlgorithm(digest))
                };
                let assertion = login().assertion();
                assert_eq!(verify(&assertion), tenant().certificate().base64());
                assert_eq!(
                    assertion.contains("xmldsig-more#rsa-sha256"),
                    signature == SignatureAlgorithm::RsaSha256
                );
                assert_eq!(
                    assertion.contains("xmlenc#sha256"),
                    digest == DigestAlgorithm::Sha256
                );
                let answer = login().set(SamlSetting::SignResponse(true)).respond().unwrap();
                verify(&answer.xml);
                assert_eq!(
                    answer.xml.matches("<Signature ").count(),
                    1,
                    "instead of the assertion's"
                );
                assert!(!answer.assertion_xml.unwrap().contains("<Signature "));
            }
        }
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
        #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]
        #[test]
        fn what_is_signed_is_what_another_canonicaliser_sees(
            name in "[^\u{0}-\u{1f}\u{fffe}\u{ffff}]{1,12}",
            values in prop::collection::vec("[^\u{0}-\u{8}\u{b}\u{c}\u{e}-\u{1f}\u{fffe}\u{ffff}]{0,12}", 1..4),
            issuer in "[^\u{0}-\u{8}\u{b}\u{c}\u{e}-\u{1f}\u{fffe}\u{ffff}]{1,12}",
            destination in "[\t\n\r -~é]{1,12}",
            sign_response: bool,
            typed: bool,
            formats: bool,
        ) {
            let answer = Login::new()
                .attribute(&name, &values.iter().map(|value| text(value)).collect::<Vec<_>>())
                .set(SamlSetting::Issuer(issuer))
                .set(SamlSetting::Destination(destination))
                .set(SamlSetting::SignResponse(sign_response))
                .set(SamlSetting::TypedAttributes(typed))
                .set(SamlSetting::IncludeAttributeNameFormat(formats))
                .respond()
                .unwrap();
            if sign_response {
                verify(&answer.xml);
            } else {
                verify(&answer.assertion_xml.unwrap());
            }
        }
    }
}
