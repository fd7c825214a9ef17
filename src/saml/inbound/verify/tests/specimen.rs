//! Signed messages to test with: made as a service provider makes them, or wrongly on purpose.

use super::super::*;
use crate::algorithm::{Digest, SignatureMethod};
use crate::saml::tests::fixture::{Pair, other, tenant};
use crate::xml::{Limits, read};
use openssl::ec::{EcGroup, EcKey};
use openssl::ecdsa::EcdsaSig;
use openssl::hash::MessageDigest;
use openssl::nid::Nid;
use openssl::pkey::{Id, PKey, Private};
use openssl::sign::Signer;

pub(super) const RSA_SHA256: &str = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256";
pub(super) const SHA256: &str = "http://www.w3.org/2001/04/xmlenc#sha256";
pub(super) const NAMESPACES: &str = "xmlns:samlp=\"urn:oasis:names:tc:SAML:2.0:protocol\" \
     xmlns:saml=\"urn:oasis:names:tc:SAML:2.0:assertion\"";

/// How a signature is made. The parts are XML text, so that each can be wrong.
pub(super) struct Recipe<'a> {
    pub key: &'a PKey<Private>,
    pub canonicalization: String,
    pub method: String,
    /// Of `Reference`.
    pub attributes: String,
    pub transforms: String,
    pub digest: String,
    /// Put after the one Reference.
    pub after_reference: String,
    pub key_info: String,
    /// Prefixes that both canonicalisations treat as inclusive.
    pub inclusive: &'a [&'a str],
}

impl Default for Recipe<'_> {
    fn default() -> Self {
        Self {
            key: &sp().pkey,
            canonicalization: element("CanonicalizationMethod", EXCLUSIVE_C14N),
            method: element("SignatureMethod", RSA_SHA256),
            attributes: "URI=\"#_r1\"".to_owned(),
            transforms: element("Transform", ENVELOPED) + &element("Transform", EXCLUSIVE_C14N),
            digest: element("DigestMethod", SHA256),
            after_reference: String::new(),
            key_info: String::new(),
            inclusive: &[],
        }
    }
}

/// The service provider's pair.
pub(super) fn sp() -> &'static Pair {
    other()
}

/// A pair that nobody trusts.
pub(super) fn stranger() -> &'static Pair {
    tenant()
}

pub(super) fn trusted() -> Vec<Certificate> {
    vec![sp().certificate()]
}

pub(super) fn ec_pair(curve: Nid) -> Pair {
    let group = EcGroup::from_curve_name(curve).unwrap();
    Pair::new(PKey::from_ec_key(EcKey::generate(&group).unwrap()).unwrap())
}

/// `<ds:name Algorithm="uri"/>`
pub(super) fn element(name: &str, uri: &str) -> String {
    format!("<ds:{name} Algorithm=\"{uri}\"/>")
}

/// An AuthnRequest, LogoutRequest or Response with `{signature}` in its place.
pub(super) fn message(kind: &str, id: &str, inside: &str) -> String {
    format!(
        "<samlp:{kind} {NAMESPACES} ID=\"{id}\" Version=\"2.0\" IssueInstant=\"2026-03-04T05:06:00Z\">\
         <saml:Issuer>urn:sp</saml:Issuer>{{signature}}{inside}</samlp:{kind}>"
    )
}

/// A signed AuthnRequest.
pub(super) fn request() -> String {
    Recipe::default().sign(&message("AuthnRequest", "_r1", ""), "_r1")
}

/// An AuthnRequest that is signed so.
pub(super) fn sign(recipe: &Recipe<'_>) -> String {
    recipe.sign(&message("AuthnRequest", "_r1", ""), "_r1")
}

impl Recipe<'_> {
    /// `template` with the signature over the element `id` at `{signature}`.
    pub fn sign(&self, template: &str, id: &str) -> String {
        template.replace("{signature}", &self.signature(template, id))
    }

    /// The signature over the element `id` of `template`.
    pub fn signature(&self, template: &str, id: &str) -> String {
        let plain = template.replace("{signature}", "");
        let document = read(&plain, Limits::MESSAGE).unwrap();
        let mut elements = document.root().descendants();
        let signed = elements
            .find(|element| element.attribute("ID") == Some(id))
            .unwrap();
        self.signature_over(&exclusive(signed, None, self.inclusive))
    }

    /// The signature over these octets.
    pub fn signature_over(&self, octets: &str) -> String {
        let digest = self
            .digest_method()
            .map_or(MessageDigest::sha256(), Digest::openssl);
        let signed_info = format!(
            "{}{}<ds:Reference {}><ds:Transforms>{}</ds:Transforms>{}<ds:DigestValue>{}</ds:DigestValue>\
             </ds:Reference>{}",
            self.canonicalization,
            self.method,
            self.attributes,
            self.transforms,
            self.digest,
            STANDARD.encode(hash(digest, octets.as_bytes()).unwrap()),
            self.after_reference,
        );
        self.signature_of(&signed_info)
    }

    /// A signature whose SignedInfo holds this.
    pub fn signature_of(&self, signed_info: &str) -> String {
        // Declared as around the signature in a message, for the prefixes that are inclusive.
        let standalone = format!(
            "<ds:SignedInfo xmlns:ds=\"{}\" {NAMESPACES}>{signed_info}</ds:SignedInfo>",
            SIGNATURE.uri
        );
        let document = read(&standalone, Limits::MESSAGE).unwrap();
        let value = self.value(exclusive(document.root(), None, self.inclusive).as_bytes());
        format!(
            "<ds:Signature xmlns:ds=\"{}\"><ds:SignedInfo>{signed_info}</ds:SignedInfo>\
             <ds:SignatureValue>{}</ds:SignatureValue>{}</ds:Signature>",
            SIGNATURE.uri,
            STANDARD.encode(value),
            self.key_info
        )
    }

    fn value(&self, octets: &[u8]) -> Vec<u8> {
        let uri = self.method.split('"').nth(1).unwrap_or_default();
        let digest = SignatureMethod::from_uri(uri).map_or(Digest::Sha256, SignatureMethod::digest);
        let mut signer = Signer::new(digest.openssl(), self.key).unwrap();
        let value = signer.sign_oneshot_to_vec(octets).unwrap();
        if self.key.id() != Id::EC {
            return value;
        }
        let field = i32::try_from(self.key.bits().div_ceil(8)).unwrap();
        let parts = EcdsaSig::from_der(&value).unwrap();
        [
            parts.r().to_vec_padded(field).unwrap(),
            parts.s().to_vec_padded(field).unwrap(),
        ]
        .concat()
    }

    fn digest_method(&self) -> Option<Digest> {
        Digest::from_uri(self.digest.split('"').nth(1)?)
    }
}

/// What becomes of the signature of the root of `xml`.
pub(super) fn verdict(xml: &str) -> Result<(), SignatureError> {
    verdict_of(xml, &trusted())
}

pub(super) fn verdict_of(xml: &str, trusted: &[Certificate]) -> Result<(), SignatureError> {
    let document = read(xml, Limits::MESSAGE).unwrap_or_else(|error| panic!("{error}: {xml}"));
    verify(document.root(), trusted, Sha1Policy::Accept).map(drop)
}
