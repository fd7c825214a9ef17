//! The enveloped signature: one digest over octets that are canonical already, one private-key
//! operation (XML Signature 1.0, SAML core 5.4, semantics 4.10).

use super::SamlError;
use super::xml::{SIGNATURE, Writer};
use crate::command::{DigestAlgorithm, SignatureAlgorithm};
use crate::keys::SigningPair;
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
        let mut writer = Writer::with_capacity(certificate.len() + 2048);
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
