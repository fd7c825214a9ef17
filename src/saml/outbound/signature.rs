//! The enveloped signature: one digest over octets that are canonical already, one private-key
//! operation (XML Signature 1.0, SAML core 5.4, semantics 4.10).

use crate::algorithm::{Digest, ENVELOPED, EXCLUSIVE_C14N, KeyKind, SignatureMethod};
use crate::keys::SigningPair;
use crate::saml::error::SamlError;
use crate::saml::id::Id;
use crate::xml::SIGNATURE;
use base64_simd::STANDARD;
use openssl::error::ErrorStack;
use openssl::pkey;
use std::borrow::Cow;

/// A pair and the algorithms to use it with, which fit its kind of key.
#[derive(Clone, Debug)]
pub(in crate::saml) struct Signing<'a> {
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
        let fits = match method.key_kind() {
            KeyKind::Rsa => pair.key().pkey().id() == pkey::Id::RSA,
            KeyKind::Ec => pair.key().pkey().id() == pkey::Id::EC,
        };
        if fits {
            return Ok(Self { pair, method, digest });
        }
        let (needed, found, help) = match method.key_kind() {
            KeyKind::Rsa => ("RSA", "an EC key", "set signatureAlgorithm to ecdsa-sha256"),
            KeyKind::Ec => ("EC", "an RSA key", "set cert and key to a pair on P-256 or P-384"),
        };
        Err(SamlError::config(
            "saml_signing_key",
            format!("the signature algorithm needs {needed} keys, the signing pair has {found}; {help}"),
        ))
    }

    /// The `Signature` element, canonical where it comes to stand, over the element `id` whose exclusive
    /// canonical form, without the signature, is `canonical`.
    ///
    /// # Errors
    /// The private-key operation fails.
    pub fn sign(&self, id: &Id, canonical: &str) -> Result<String, SamlError> {
        let failed = |error: ErrorStack| {
            SamlError::config(
                "saml_signing_failed",
                format!("the signature could not be made: {error}"),
            )
        };
        let signed_info = [
            "<CanonicalizationMethod Algorithm=\"",
            EXCLUSIVE_C14N,
            "\"></CanonicalizationMethod><SignatureMethod Algorithm=\"",
            self.method.uri(),
            "\"></SignatureMethod><Reference URI=\"#",
            id.as_str(),
            "\"><Transforms><Transform Algorithm=\"",
            ENVELOPED,
            "\"></Transform><Transform Algorithm=\"",
            EXCLUSIVE_C14N,
            "\"></Transform></Transforms><DigestMethod Algorithm=\"",
            self.digest.uri(),
            "\"></DigestMethod><DigestValue>",
            &STANDARD.encode_to_string(self.digest.of(canonical.as_bytes())),
            "</DigestValue></Reference></SignedInfo>",
        ]
        .concat();
        // By itself `SignedInfo` declares the namespace that in the signature its parent declares.
        let apex = ["<SignedInfo xmlns=\"", SIGNATURE.uri, "\">", &signed_info].concat();
        let value = self
            .method
            .sign(apex.as_bytes(), self.pair.key())
            .map_err(failed)?;
        Ok([
            "<Signature xmlns=\"",
            SIGNATURE.uri,
            "\"><SignedInfo>",
            &signed_info,
            "<SignatureValue>",
            &STANDARD.encode_to_string(value),
            "</SignatureValue><KeyInfo><X509Data><X509Certificate>",
            self.pair.certificate().base64(),
            "</X509Certificate></X509Data></KeyInfo></Signature>",
        ]
        .concat())
    }
}

#[cfg(test)]
mod tests;
