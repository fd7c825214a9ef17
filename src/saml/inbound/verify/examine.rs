//! Every part of a signature judged by itself, for who explains a message.

use super::{Parts, SignatureError, signature_of};
use crate::algorithm::{Digest, SignatureMethod};
use crate::keys::Certificate;
use crate::xml::Element;

/// What is right and wrong with a signature, each by itself, for who explains a message. Nothing is vouched for.
#[derive(Clone, Debug)]
pub struct Examined<'c> {
    /// Whether the element is the one that was signed, unchanged.
    pub content: SignedContent,
    /// How the signature value was made, and by whose key of those that were tried; or that the algorithm is none
    /// that is allowed.
    pub made: Result<Made<'c>, SignatureError>,
}

/// What the digest says of an element.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignedContent {
    /// Not as it was signed.
    Changed,
    /// As it was signed.
    Unchanged,
}

/// How a signature value was made.
#[derive(Clone, Copy, Debug)]
pub struct Made<'c> {
    /// The certificate whose key made it; none of those that were tried where there is none.
    pub certificate: Option<&'c Certificate>,
    /// The algorithm.
    pub method: SignatureMethod,
    digest: Digest,
}

impl Made<'_> {
    /// Whether SHA-1 is in it anywhere.
    pub fn uses_sha1(&self) -> bool {
        self.method.digest() == Digest::Sha1 || self.digest == Digest::Sha1
    }
}

/// Looks at every part of the signature that `signed` holds about itself, also where another part is wrong.
///
/// # Errors
/// There is none, or it has another shape than the accepted one, so that nothing can be checked.
pub fn examine<'c>(signed: Element<'_>, tried: &'c [Certificate]) -> Result<Examined<'c>, SignatureError> {
    let signature = signature_of(signed)?;
    let parts = Parts::of(signature, signed)?;
    let content = if parts.digest_is_of(signed, signature) {
        SignedContent::Unchanged
    } else {
        SignedContent::Changed
    };
    let made = parts.method.clone().map(|method| Made {
        certificate: parts.signer(method, tried),
        method,
        digest: parts.digest,
    });
    Ok(Examined { content, made })
}
