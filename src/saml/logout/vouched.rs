//! What may be read of a message: where certificates are known, the element that one of them vouches for.

use super::host::Host;
use crate::keys::Certificate;
use crate::saml::inbound::{Received, SignatureError, Trust, UnfitCertificate};
use crate::time::Moment;
use crate::xml::Element;

/// An element that may be read.
pub(super) struct Readable<'d> {
    pub element: Element<'d>,
    pub signed: Signed,
}

/// Whether a signature was wanted, and then is there and good.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Signed {
    No,
    Sha1,
    Yes,
}

/// Why nothing may be read.
#[derive(Debug, thiserror::Error)]
pub(super) enum Unvouched {
    /// A certificate is not fit.
    #[error(transparent)]
    Certificate(#[from] UnfitCertificate),
    /// No key of a certificate signed the message.
    #[error(transparent)]
    Signature(#[from] SignatureError),
}

impl<'d> Readable<'d> {
    /// # Errors
    /// `certificates` has one, and `root` is not signed by its key.
    pub fn of(
        root: Element<'d>,
        received: &Received,
        certificates: &[Certificate],
        host: &Host<'_>,
        now: Moment,
    ) -> Result<Self, Unvouched> {
        let trust = Trust::new(certificates.to_vec(), host.config, now)?;
        if trust.is_empty() {
            return Ok(Self {
                element: root,
                signed: Signed::No,
            });
        }
        let vouched = trust.vouch(root, received.signature.as_ref())?;
        Ok(Self {
            element: vouched.element,
            signed: if vouched.uses_sha1 {
                Signed::Sha1
            } else {
                Signed::Yes
            },
        })
    }

    /// A warning about the signature of `message`, such as `the LogoutRequest`: code and text.
    pub fn warning(&self, message: &str) -> Option<(String, String)> {
        let text = format!(
            "{message} is signed with SHA-1, which is broken; have the service provider sign with rsa-sha256"
        );
        (self.signed == Signed::Sha1).then(|| ("sha1_deprecated".to_owned(), text))
    }
}
