//! What may be read of a message: where certificates are known, the element that one of them vouches for.

use super::host::Host;
use crate::keys::Certificate;
use crate::saml::inbound::{Received, Trust};
use crate::xml::Element;
use chrono::{DateTime, Utc};

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

impl<'d> Readable<'d> {
    /// # Errors
    /// `certificates` has one, and `root` is not signed by its key; in words for people.
    pub fn of(
        root: Element<'d>,
        received: &Received,
        certificates: &[Certificate],
        host: &Host<'_>,
        now: DateTime<Utc>,
    ) -> Result<Self, String> {
        let trust = Trust::new(certificates.to_vec(), host.config, now)?;
        if trust.is_empty() {
            return Ok(Self {
                element: root,
                signed: Signed::No,
            });
        }
        let vouched = trust.vouch(root, received.signature.as_ref());
        let vouched = vouched.map_err(|error| error.to_string())?;
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
