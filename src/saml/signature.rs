//! The enveloped signature: one digest over octets that are canonical already, one private-key
//! operation (XML Signature 1.0, SAML core 5.4, semantics 4.10).

use super::SamlError;
use super::algorithm::{Digest, ENVELOPED, EXCLUSIVE_C14N, SignatureMethod};
use crate::keys::SigningPair;
use crate::xml::{Namespace, SIGNATURE, Writer};
use openssl::error::ErrorStack;
use openssl::pkey::Id;
use std::borrow::Cow;

/// A pair and the algorithms to use it with, which fit its kind of key.
#[derive(Clone, Debug)]
pub(super) struct Signing<'a> {
    pub pair: Cow<'a, SigningPair>,
    pub method: SignatureMethod,
    digest: Digest,
}

impl<'a> Signing<'a> {
    /// # Errors
    /// The algorithm is for another kind of key.
    pub fn new(
        pair: Cow<'a, SigningPair>,
        method: SignatureMethod,
        digest: Digest,
    ) -> Result<Self, SamlError> {
        let fits = match method {
            SignatureMethod::Rsa(_) => pair.key().pkey().id() == Id::RSA,
            SignatureMethod::Ecdsa(_) => pair.key().pkey().id() == Id::EC,
        };
        if fits {
            return Ok(Self { pair, method, digest });
        }
        let (needed, found, help) = match method {
            SignatureMethod::Rsa(_) => ("RSA", "an EC key", "set signatureAlgorithm to ecdsa-sha256"),
            SignatureMethod::Ecdsa(_) => ("EC", "an RSA key", "set cert and key to a pair on P-256 or P-384"),
        };
        Err(SamlError::config(
            "saml_signing_key",
            format!("the signature algorithm needs {needed} keys, the signing pair has {found}; {help}"),
        ))
    }

    /// The `Signature` element over the element `id` whose exclusive canonical form, without the
    /// signature and with `prefixes` as `InclusiveNamespaces`, is `canonical`.
    ///
    /// # Errors
    /// The private-key operation fails.
    pub fn sign(&self, id: &str, canonical: &str, prefixes: &[&str]) -> Result<String, SamlError> {
        let failed = |error: ErrorStack| {
            SamlError::config(
                "saml_signing_failed",
                format!("the signature could not be made: {error}"),
            )
        };
        let digest = self.digest.of(canonical.as_bytes());
        let certificate = self.pair.certificate().base64();
        let reference = ["#", id].concat();
        let mut writer = Writer::new();
        writer.open("Signature", &[SIGNATURE], &[]);
        let start = writer.position();
        writer.open("SignedInfo", &[], &[]);
        writer.element("CanonicalizationMethod", &[("Algorithm", EXCLUSIVE_C14N)], "");
        writer.element("SignatureMethod", &[("Algorithm", self.method.uri())], "");
        writer.open("Reference", &[], &[("URI", &reference)]);
        writer.open("Transforms", &[], &[]);
        writer.element("Transform", &[("Algorithm", ENVELOPED)], "");
        writer.open("Transform", &[], &[("Algorithm", EXCLUSIVE_C14N)]);
        if !prefixes.is_empty() {
            let list = [("PrefixList", &*prefixes.join(" "))];
            writer.open("ec:InclusiveNamespaces", &[EXCLUSIVE], &list);
            writer.close();
        }
        writer.close();
        writer.close();
        writer.element("DigestMethod", &[("Algorithm", self.digest.uri())], "");
        writer.open("DigestValue", &[], &[]);
        writer.base64(&digest);
        writer.close();
        writer.close();
        writer.close();
        // By itself `SignedInfo` declares the namespace that here its parent declares.
        let written = &writer.written(start)?[SIGNED_INFO.len()..];
        let mut signed_info = String::with_capacity(written.len() + SIGNED_INFO_APEX.len());
        signed_info.push_str(SIGNED_INFO_APEX);
        signed_info.push_str(written);
        let value = self
            .method
            .sign(signed_info.as_bytes(), self.pair.key())
            .map_err(failed)?;
        writer.open("SignatureValue", &[], &[]);
        writer.base64(&value);
        writer.close();
        write_key_info(certificate, &mut writer);
        writer.close();
        Ok(writer.finish()?)
    }
}

/// `KeyInfo` with one certificate; the signature namespace is the default one where it is written.
pub(super) fn write_key_info(certificate: &str, writer: &mut Writer) {
    writer.open("KeyInfo", &[], &[]);
    writer.open("X509Data", &[], &[]);
    writer.open("X509Certificate", &[], &[]);
    writer.plain(certificate);
    writer.close();
    writer.close();
    writer.close();
}

const EXCLUSIVE: Namespace = Namespace {
    prefix: "ec",
    uri: EXCLUSIVE_C14N,
};
const SIGNED_INFO: &str = "<SignedInfo>";
const SIGNED_INFO_APEX: &str = "<SignedInfo xmlns=\"http://www.w3.org/2000/09/xmldsig#\">";

#[cfg(test)]
mod tests;
