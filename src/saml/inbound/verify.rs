//! The enveloped signature of a message, checked so that it cannot mean another element than the one
//! that is read (SAML core 5.4, XML Signature 1.1, B4 of the attack classes known since 2012).
//!
//! Only one shape is accepted: one signature, where the schema puts it; one Reference, to the ID of the
//! element around it; enveloped-signature and exclusive canonicalisation, nothing else. Keys come from
//! configuration. What was verified is handed on, and nothing else is.

mod examine;

use crate::algorithm::{Digest, ENVELOPED, EXCLUSIVE_C14N, SignatureMethod};
use crate::keys::Certificate;
use crate::tenant::SamlConfig;
use crate::xml::{ASSERTION, Element, Item, SIGNATURE, exclusive, is_ncname, is_white_space};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use openssl::hash::hash;
use openssl::sha::sha256;
use std::fmt::Write as _;

pub use examine::{Examined, Made, SignedContent, examine};

/// What to do about SHA-1, as signature or as digest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sha1Policy {
    /// A signature with SHA-1 counts, and [`Verified::uses_sha1`] says so.
    Accept,
    /// A signature with SHA-1 is refused.
    Refuse,
}

impl Sha1Policy {
    /// That of a tenant: `saml.reject_sha1`.
    pub fn of(config: &SamlConfig) -> Self {
        if config.reject_sha1 {
            Self::Refuse
        } else {
            Self::Accept
        }
    }
}

/// An element whose signature is good. There is no other way to make one.
#[derive(Clone, Copy, Debug)]
pub struct Verified<'d, 'c> {
    element: Element<'d>,
    vouched: VerifiedOctets<'c>,
}

/// Octets whose signature is good.
#[derive(Clone, Copy, Debug)]
pub struct VerifiedOctets<'c> {
    certificate: &'c Certificate,
    method: SignatureMethod,
    digest: Digest,
}

/// Why a signature does not count.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SignatureError {
    /// The algorithm is not on the list.
    #[error("the algorithm {0} is not allowed; sign with rsa-sha256 and sha256")]
    Algorithm(String),
    /// Not base64.
    #[error("{0} is not valid base64")]
    Base64(&'static str),
    /// The content is not what was signed.
    #[error("the signed element was changed after signing: its digest differs")]
    Digest,
    /// No trusted certificate's key made it.
    #[error(
        "it is signed by another key than that of {trusted}{shown}; give the certificate of the \
         key that signs"
    )]
    Key {
        /// The certificates that were tried, by their fingerprints.
        trusted: String,
        /// Of what the message shows in its KeyInfo, for people.
        shown: String,
    },
    /// A signature is there, but none that speaks about the element: it is at another place, which is how
    /// signatures are wrapped.
    #[error(
        "the message must be signed, with the Signature directly after its Issuer (first in metadata); there is \
         one at another place, which does not cover the message"
    )]
    Place,
    /// No trusted certificate's key made the signature beside the octets as they are now.
    #[error(
        "signature invalid: the query string was changed after signing, or it is signed by another key than that of \
         {trusted}; send it as it was signed, and give the certificate of the key that signs"
    )]
    Query {
        /// The certificates that were tried, by their fingerprints.
        trusted: String,
    },
    /// The signature points somewhere else.
    #[error("the signature's Reference must be one, to the ID of the element that holds the signature")]
    Reference,
    /// Which one counts?
    #[error("several signatures cover the message; exactly one is accepted")]
    Several,
    /// SHA-1 where it is refused.
    #[error("the signature uses SHA-1, which is refused here; sign with rsa-sha256 and sha256")]
    Sha1,
    /// An element where the signature may not have one, or one missing.
    #[error("the signature does not have the one shape that is accepted: {0}")]
    Shape(&'static str),
    /// Other transforms.
    #[error("the signature's transforms must be enveloped-signature and exclusive canonicalisation")]
    Transforms,
    /// No signature.
    #[error("the message must be signed, and is not; have the sender sign it")]
    Unsigned,
}

impl<'d, 'c> Verified<'d, 'c> {
    /// What was verified: read from here and nowhere else.
    pub fn element(&self) -> Element<'d> {
        self.element
    }

    /// Whose key signed.
    pub fn certificate(&self) -> &'c Certificate {
        self.vouched.certificate
    }

    /// How.
    pub fn method(&self) -> SignatureMethod {
        self.vouched.method
    }

    /// Whether SHA-1 is in it anywhere.
    pub fn uses_sha1(&self) -> bool {
        self.vouched.uses_sha1()
    }
}

impl<'c> VerifiedOctets<'c> {
    /// Whose key signed.
    pub fn certificate(&self) -> &'c Certificate {
        self.certificate
    }

    /// Whether SHA-1 is in it anywhere.
    pub fn uses_sha1(&self) -> bool {
        self.method.digest() == Digest::Sha1 || self.digest == Digest::Sha1
    }
}

/// Checks the signature that `signed` holds about itself.
///
/// # Errors
/// There is none, it has another shape than the accepted one, it is not good, or its key is not among
/// `trusted`.
pub fn verify<'d, 'c>(
    signed: Element<'d>,
    trusted: &'c [Certificate],
    policy: Sha1Policy,
) -> Result<Verified<'d, 'c>, SignatureError> {
    let signature = signature_of(signed)?;
    let parts = Parts::of(signature, signed)?;
    let method = parts.method.clone()?;
    refuse_sha1(method, parts.digest, policy)?;
    // The digest first: it tells a changed message from a foreign key.
    if !parts.digest_is_of(signed, signature) {
        return Err(SignatureError::Digest);
    }
    let certificate = parts.signer(method, trusted).ok_or_else(|| SignatureError::Key {
        trusted: fingerprints(trusted),
        shown: shown(parts.key_info, trusted),
    })?;
    Ok(Verified {
        element: signed,
        vouched: VerifiedOctets {
            certificate,
            method,
            digest: parts.digest,
        },
    })
}

/// Checks a signature beside what it covers, as the query string of a redirect has it (SAML bindings
/// 3.4.4.1).
///
/// # Errors
/// The algorithm is not allowed, or no key of `trusted` made it.
pub fn verify_octets<'c>(
    octets: &[u8],
    algorithm: &str,
    signature: &[u8],
    trusted: &'c [Certificate],
    policy: Sha1Policy,
) -> Result<VerifiedOctets<'c>, SignatureError> {
    let method = SignatureMethod::from_uri(algorithm)
        .ok_or_else(|| SignatureError::Algorithm(displayed(algorithm)))?;
    let digest = method.digest();
    refuse_sha1(method, digest, policy)?;
    let certificate = trusted
        .iter()
        .find(|certificate| method.verifies(octets, signature, &certificate.public_key()))
        .ok_or_else(|| SignatureError::Query {
            trusted: fingerprints(trusted),
        })?;
    Ok(VerifiedOctets {
        certificate,
        method,
        digest,
    })
}

/// The one `Signature` of `signed`, in its place: after the Issuer, or first where there is none, as in
/// metadata (SAML core 3.2.1, metadata 2.3.2).
fn signature_of(signed: Element<'_>) -> Result<Element<'_>, SignatureError> {
    let mut after_issuer = signed.children();
    if signed.child(ASSERTION.uri, "Issuer").is_some() {
        after_issuer.find(|child| child.is(ASSERTION.uri, "Issuer"));
    }
    let place = after_issuer.next();
    let is_signature = |element: &Element<'_>| element.is(SIGNATURE.uri, "Signature");
    let mut own = signed.children().filter(is_signature);
    match (own.next(), own.next()) {
        (Some(only), None) if place == Some(only) => Ok(only),
        (Some(_), Some(_)) => Err(SignatureError::Several),
        (None, _) if !signed.descendants().skip(1).any(|element| is_signature(&element)) => {
            Err(SignatureError::Unsigned)
        }
        _ => Err(SignatureError::Place),
    }
}

/// A signature of the one accepted shape.
struct Parts<'d> {
    signed_info: Element<'d>,
    /// Prefixes of `InclusiveNamespaces` of the canonicalisation of `SignedInfo`.
    signed_info_inclusive: Vec<&'d str>,
    /// The rest can be judged where this cannot.
    method: Result<SignatureMethod, SignatureError>,
    digest: Digest,
    digest_value: Vec<u8>,
    /// Prefixes of `InclusiveNamespaces` of the canonicalisation of the signed element.
    inclusive: Vec<&'d str>,
    signature_value: Vec<u8>,
    key_info: Option<Element<'d>>,
}

impl<'d> Parts<'d> {
    fn of(signature: Element<'d>, signed: Element<'d>) -> Result<Self, SignatureError> {
        let (signed_info, signature_value, key_info) = match &children(signature)?[..] {
            [info, value] => (*info, *value, None),
            [info, value, key] if key.is(SIGNATURE.uri, "KeyInfo") => (*info, *value, Some(*key)),
            _ => {
                return Err(SignatureError::Shape(
                    "Signature must hold SignedInfo, SignatureValue and at most KeyInfo",
                ));
            }
        };
        named(signed_info, "SignedInfo")?;
        named(signature_value, "SignatureValue")?;
        let [canonicalization, method, reference] = three(signed_info)?;
        named(canonicalization, "CanonicalizationMethod")?;
        named(method, "SignatureMethod")?;
        named(reference, "Reference")?;
        let signed_info_inclusive = exclusive_prefixes(canonicalization)?;
        let [transforms, digest_method, digest_value] = three(reference)?;
        named(transforms, "Transforms")?;
        named(digest_method, "DigestMethod")?;
        named(digest_value, "DigestValue")?;
        // A name only: no other reader takes `#ID` for an XPointer then.
        let id = signed.attribute("ID").filter(|id| is_ncname(id));
        let uri = reference.attribute("URI").and_then(|uri| uri.strip_prefix('#'));
        if id.is_none() || uri != id {
            return Err(SignatureError::Reference);
        }
        Ok(Self {
            signed_info,
            signed_info_inclusive,
            method: allowed_method(method)?,
            digest: algorithm(digest_method, Digest::from_uri)?,
            digest_value: base64(digest_value, "DigestValue")?,
            inclusive: transform_prefixes(transforms)?,
            signature_value: base64(signature_value, "SignatureValue")?,
            key_info,
        })
    }

    fn digest_is_of(&self, signed: Element<'d>, signature: Element<'d>) -> bool {
        let canonical = exclusive(signed, Some(signature), &self.inclusive);
        hash(self.digest.openssl(), canonical.as_bytes()).is_ok_and(|digest| *digest == *self.digest_value)
    }

    /// The certificate whose key made the signature value.
    fn signer<'c>(&self, method: SignatureMethod, tried: &'c [Certificate]) -> Option<&'c Certificate> {
        let octets = exclusive(self.signed_info, None, &self.signed_info_inclusive);
        tried.iter().find(|certificate| {
            let key = certificate.public_key();
            method.verifies(octets.as_bytes(), &self.signature_value, &key)
        })
    }
}

/// The signature algorithm, or that its name is none that is allowed.
fn allowed_method(element: Element<'_>) -> Result<Result<SignatureMethod, SignatureError>, SignatureError> {
    match algorithm(element, SignatureMethod::from_uri) {
        Err(error @ SignatureError::Algorithm(_)) => Ok(Err(error)),
        Err(error) => Err(error),
        Ok(method) => Ok(Ok(method)),
    }
}

/// Exactly enveloped-signature, then exclusive canonicalisation; the prefixes of the latter.
fn transform_prefixes(transforms: Element<'_>) -> Result<Vec<&str>, SignatureError> {
    let [enveloped, canonical] = children(transforms)?[..] else {
        return Err(SignatureError::Transforms);
    };
    named(enveloped, "Transform")?;
    named(canonical, "Transform")?;
    if enveloped.attribute("Algorithm") != Some(ENVELOPED) || !children(enveloped)?.is_empty() {
        return Err(SignatureError::Transforms);
    }
    exclusive_prefixes(canonical)
}

/// The prefixes that exclusive canonicalisation is to treat as inclusive
/// (Exclusive XML Canonicalization 1.0 section 4).
fn exclusive_prefixes(method: Element<'_>) -> Result<Vec<&str>, SignatureError> {
    if method.attribute("Algorithm") != Some(EXCLUSIVE_C14N) {
        return Err(SignatureError::Transforms);
    }
    match children(method)?[..] {
        [] => Ok(Vec::new()),
        [list] if list.is(EXCLUSIVE_C14N, "InclusiveNamespaces") && children(list)?.is_empty() => {
            let list = list.attribute("PrefixList").ok_or(SignatureError::Transforms)?;
            let mut prefixes = Vec::new();
            for prefix in list.split_ascii_whitespace() {
                if prefixes.len() == MAX_PREFIXES || !(prefix == "#default" || is_ncname(prefix)) {
                    return Err(SignatureError::Transforms);
                }
                prefixes.push(if prefix == "#default" { "" } else { prefix });
            }
            Ok(prefixes)
        }
        _ => Err(SignatureError::Transforms),
    }
}

/// The elements inside; text between them may be white space only.
fn children(element: Element<'_>) -> Result<Vec<Element<'_>>, SignatureError> {
    let mut children = Vec::with_capacity(3);
    for item in element.content() {
        match item {
            Item::Element(child) => children.push(child),
            Item::Text(text) if text.bytes().all(is_white_space) => {}
            Item::Text(_) => return Err(SignatureError::Shape("there is text between its elements")),
        }
    }
    Ok(children)
}

fn three(element: Element<'_>) -> Result<[Element<'_>; 3], SignatureError> {
    children(element)?
        .try_into()
        .map_err(|children: Vec<Element<'_>>| {
            let references = children
                .iter()
                .filter(|child| child.is(SIGNATURE.uri, "Reference"))
                .count();
            if references > 1 {
                SignatureError::Reference
            } else {
                SignatureError::Shape("SignedInfo and Reference must hold three elements each")
            }
        })
}

fn named(element: Element<'_>, local: &'static str) -> Result<(), SignatureError> {
    if element.is(SIGNATURE.uri, local) {
        Ok(())
    } else {
        Err(SignatureError::Shape(match local {
            "Transform" => "Transforms must hold Transform elements",
            _ => "its elements are not those of XML Signature, in their order",
        }))
    }
}

/// The algorithm that `known` finds for the element's URI. Parameters, such as a length to which an HMAC
/// is cut, are refused.
fn algorithm<T>(element: Element<'_>, known: impl FnOnce(&str) -> Option<T>) -> Result<T, SignatureError> {
    let uri = element
        .attribute("Algorithm")
        .ok_or(SignatureError::Shape("an algorithm is missing"))?;
    let algorithm = known(uri).ok_or_else(|| SignatureError::Algorithm(displayed(uri)))?;
    if !children(element)?.is_empty() {
        return Err(SignatureError::Shape("an algorithm has parameters"));
    }
    Ok(algorithm)
}

/// The bytes of an element that holds base64 and nothing else.
fn base64(element: Element<'_>, name: &'static str) -> Result<Vec<u8>, SignatureError> {
    let text = element.value().ok_or(SignatureError::Base64(name))?;
    let mut packed = Vec::with_capacity(text.len());
    packed.extend(text.bytes().filter(|byte| !is_white_space(*byte)));
    STANDARD.decode(&packed).map_err(|_| SignatureError::Base64(name))
}

fn refuse_sha1(method: SignatureMethod, digest: Digest, policy: Sha1Policy) -> Result<(), SignatureError> {
    let sha1 = method.digest() == Digest::Sha1 || digest == Digest::Sha1;
    if sha1 && policy == Sha1Policy::Refuse {
        return Err(SignatureError::Sha1);
    }
    Ok(())
}

/// What the message says of its key: never a reason to trust it, but it helps to find the mistake.
fn shown(key_info: Option<Element<'_>>, trusted: &[Certificate]) -> String {
    let certificate = key_info.and_then(|info| {
        info.descendants()
            .find(|element| element.is(SIGNATURE.uri, "X509Certificate"))
    });
    let Some(der) = certificate.and_then(|element| base64(element, "X509Certificate").ok()) else {
        return String::new();
    };
    let shown = fingerprint(&der);
    if trusted
        .iter()
        .any(|certificate| fingerprint_of(certificate) == shown)
    {
        "; its KeyInfo shows a trusted certificate, whose key did not make the signature".to_owned()
    } else {
        format!("; its KeyInfo shows certificate {shown}")
    }
}

/// The trusted certificates, for people.
fn fingerprints(trusted: &[Certificate]) -> String {
    match trusted {
        [] => "any trusted certificate, because there is none".to_owned(),
        [only] => format!("the trusted certificate {}", fingerprint_of(only)),
        several => {
            let listed: Vec<_> = several.iter().map(fingerprint_of).collect();
            format!("the trusted certificates {}", listed.join(", "))
        }
    }
}

fn fingerprint_of(certificate: &Certificate) -> String {
    STANDARD
        .decode(certificate.base64())
        .map_or_else(|_| String::new(), |der| fingerprint(&der))
}

/// SHA-256 of the DER form, as certificates are compared by hand.
fn fingerprint(der: &[u8]) -> String {
    let digits = sha256(der)
        .iter()
        .fold(String::with_capacity(64), |mut digits, byte| {
            let _ = write!(digits, "{byte:02x}");
            digits
        });
    format!("sha256:{digits}")
}

/// A name from outside, short enough to be shown.
fn displayed(algorithm: &str) -> String {
    let shown = algorithm.chars().take(MAX_SHOWN);
    shown
        .map(|character| {
            if character.is_ascii_graphic() {
                character
            } else {
                '?'
            }
        })
        .collect()
}

const MAX_PREFIXES: usize = 32;
const MAX_SHOWN: usize = 120;

#[cfg(test)]
mod tests;
