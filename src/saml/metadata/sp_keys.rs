//! The keys of a service provider (SAML metadata 2.4.1.1): only certificates count, and of each
//! `KeyDescriptor` the first one.

use super::names::METADATA;
use super::problem::MetadataError;
use super::sp::{EncryptionKey, EncryptionMethod};
use super::sp_reader::{Reader, value};
use crate::keys::Certificate;
use crate::xml::{Element, SIGNATURE};

/// Keys by what they are for.
#[derive(Default)]
pub(super) struct Keys {
    pub signing: Vec<Certificate>,
    pub encryption: Vec<EncryptionKey>,
}

/// All keys of `role`; a key without `use` is for both.
///
/// # Errors
/// A certificate that is none, an unknown `use`.
pub(super) fn read(role: Element<'_>, reader: &mut Reader) -> Result<Keys, MetadataError> {
    let mut keys = Keys::default();
    for descriptor in role.children_named(METADATA.uri, "KeyDescriptor") {
        let (purpose, signs, encrypts) = match descriptor.attribute("use").map(str::trim) {
            None => ("signing and encryption", true, true),
            Some("signing") => ("signing", true, false),
            Some("encryption") => ("encryption", false, true),
            Some(_) => {
                let problem = "is neither signing nor encryption";
                return Err(value(descriptor, "KeyDescriptor", "use", problem));
            }
        };
        let mut certificates = certificates(descriptor);
        let Some(element) = certificates.next() else {
            let what = format!("KeyDescriptor for {purpose}");
            reader.leave(
                what,
                "the KeyDescriptor has no X509Certificate, and keys are taken from certificates only",
            );
            continue;
        };
        if certificates.next().is_some() {
            reader.leave(
                format!("further certificates of the KeyDescriptor for {purpose}"),
                "the first one of each KeyDescriptor is its key; the others are issuers",
            );
        }
        let certificate = certificate(element).map_err(|source| MetadataError::Certificate {
            position: element.position(),
            purpose,
            source,
        })?;
        let known = |other: &Certificate| other.base64() == certificate.base64();
        if signs && !keys.signing.iter().any(known) {
            keys.signing.push(certificate.clone());
        }
        if encrypts && !keys.encryption.iter().any(|key| known(&key.certificate)) {
            keys.encryption.push(EncryptionKey {
                methods: methods(descriptor),
                certificate,
            });
        }
    }
    Ok(keys)
}

fn certificates(descriptor: Element<'_>) -> impl Iterator<Item = Element<'_>> {
    descriptor
        .children_named(SIGNATURE.uri, "KeyInfo")
        .flat_map(|info| info.children_named(SIGNATURE.uri, "X509Data"))
        .flat_map(|data| data.children_named(SIGNATURE.uri, "X509Certificate"))
}

/// The certificate in base64, or, as some write it, in PEM.
fn certificate(element: Element<'_>) -> Result<Certificate, crate::keys::PemError> {
    let text = element.value().unwrap_or_default().trim();
    if text.starts_with("-----BEGIN") {
        return Certificate::from_pem(text);
    }
    Certificate::from_pem(&format!(
        "-----BEGIN CERTIFICATE-----\n{text}\n-----END CERTIFICATE-----"
    ))
}

fn methods(descriptor: Element<'_>) -> Vec<EncryptionMethod> {
    let methods = descriptor.children_named(METADATA.uri, "EncryptionMethod");
    let method = |method: Element<'_>| {
        let named = |namespace: &str, local: &str| {
            let children = method.children_named(namespace, local);
            let uris = children.filter_map(|child| child.attribute("Algorithm"));
            uris.map(|uri| uri.trim().to_owned()).collect()
        };
        Some(EncryptionMethod {
            algorithm: method.attribute("Algorithm")?.trim().to_owned(),
            digests: named(SIGNATURE.uri, "DigestMethod"),
            masks: named("http://www.w3.org/2009/xmlenc11#", "MGF"),
        })
    };
    methods.filter_map(method).collect()
}
