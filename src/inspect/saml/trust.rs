//! Which signers are trusted for the input, and why there is none.

use super::super::certificate::named;
use super::super::code::{CheckName, Code};
use super::super::expected::Expected;
use super::super::report::Report;
use crate::keys::Certificate;
use crate::saml::inbound::Sha1Policy;
use crate::saml::metadata::Signers;

/// The role of the signer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Whose {
    Either,
    Issuer,
    Requester,
}

/// The certificates that count, and how.
pub(super) struct Trust {
    pub certificates: Vec<Certificate>,
    /// Does not change what a signature covers or who made it, only whether that is good enough.
    pub sha1: Sha1Policy,
    /// Why there is no certificate, though metadata were given.
    lack: Option<String>,
}

impl Trust {
    pub fn of(whose: Whose, expected: &Expected) -> Self {
        let issuer = expected.certificates.any_of().iter();
        let requester = expected.request_certificates.any_of().iter();
        let certificates: Vec<_> = match whose {
            Whose::Either => issuer.chain(requester).cloned().collect(),
            Whose::Issuer => issuer.cloned().collect(),
            Whose::Requester => requester.cloned().collect(),
        };
        let sha1 = match whose {
            Whose::Either | Whose::Requester => expected.request_sha1,
            Whose::Issuer => Sha1Policy::Accept,
        };
        let lack = if certificates.is_empty() {
            lack(whose, &expected.metadata)
        } else {
            None
        };
        Self {
            certificates,
            sha1,
            lack,
        }
    }

    /// Says of a signature that there is no certificate to check it with: not checked, for the reason `why`, unless
    /// metadata were to name one.
    pub fn without_signer(&self, place: String, report: &mut Report, why: impl Into<String>) {
        match &self.lack {
            None => report.skip(CheckName::Signature, why),
            Some(lack) => report.find(
                Code::TrustNoSigner,
                place,
                format!("the metadata cannot verify this signature: {lack}; give the metadata of the signer"),
            ),
        }
    }
}

/// Which signer the metadata do not name, and whom they name instead. `None` if there are no metadata.
fn lack(whose: Whose, metadata: &[Signers]) -> Option<String> {
    let (idp, sp) = (
        "identity provider (IDPSSODescriptor)",
        "service provider (SPSSODescriptor)",
    );
    let lacks = metadata.iter().filter_map(|signers| {
        let (wanted, other, others) = match whose {
            // The signers of both roles are among the certificates.
            Whose::Either => return None,
            Whose::Issuer => (idp, sp, &signers.service_provider),
            Whose::Requester => (sp, idp, &signers.identity_provider),
        };
        let others: Vec<_> = others.iter().map(named).collect();
        Some(format!(
            "{} names no certificate that signs as {wanted}, only as {other}: {}",
            signers.entity,
            others.join(", ")
        ))
    });
    let lacks: Vec<_> = lacks.collect();
    (!lacks.is_empty()).then(|| lacks.join("; "))
}
