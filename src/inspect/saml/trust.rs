//! Whose signatures count for what is inspected.

use super::super::expected::Expected;
use crate::keys::Certificate;
use crate::saml::inbound::Sha1Policy;

/// Who should have signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::inspect) enum Whose {
    Either,
    Issuer,
    Requester,
}

/// The certificates that count, and how.
pub(in crate::inspect) struct Trust {
    pub certificates: Vec<Certificate>,
    /// Does not change what a signature covers or who made it, only whether that is good enough.
    pub sha1: Sha1Policy,
}

impl Trust {
    pub fn of(whose: Whose, expected: &Expected) -> Self {
        let issuer = expected.certificates.iter();
        let requester = expected.request_certificates.iter();
        let certificates: Vec<_> = match whose {
            Whose::Either => issuer.chain(requester).cloned().collect(),
            Whose::Issuer => issuer.cloned().collect(),
            Whose::Requester => requester.cloned().collect(),
        };
        let sha1 = match whose {
            Whose::Either | Whose::Requester => expected.request_sha1,
            Whose::Issuer => Sha1Policy::Accept,
        };
        Self { certificates, sha1 }
    }
}
