//! Whose signatures count: certificates from configuration, found fit to verify with.

use super::binding;
use super::verify::{Sha1Policy, SignatureError, verify, verify_octets};
use crate::event::{AuthnMessage, QuerySignature};
use crate::keys::{Certificate, RsaPublicKey, UnfitKey, Validity};
use crate::saml::error::SamlError;
use crate::saml_setting::Effective;
use crate::tenant::{Client, SamlConfig};
use crate::time::Moment;
use crate::xml::{self, Element, Limits};
use openssl::pkey::Id;

/// Certificates of one service provider.
#[derive(Clone, Debug)]
pub struct Trust {
    certificates: Vec<Certificate>,
    sha1: Sha1Policy,
    /// How many are out of their time, though used.
    outdated: usize,
}

/// Why a certificate is not fit to verify with.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum UnfitCertificate {
    /// Its key.
    #[error(transparent)]
    Key(#[from] UnfitKey),
    /// Its time, where the tenant wants no other.
    #[error("the certificate has expired or is not valid yet; give one that is valid now")]
    Outdated,
}

/// Why the certificate of `setSigningCert` does not vouch for the request.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SignerError {
    /// The certificate is not fit.
    #[error(transparent)]
    Certificate(#[from] UnfitCertificate),
    /// Its key did not sign the message.
    #[error("the AuthnRequest: {0}")]
    Signature(#[from] SignatureError),
    /// The message that was kept cannot be read.
    #[error(transparent)]
    Xml(#[from] xml::XmlError),
}

/// An element that a trusted certificate vouches for.
#[derive(Clone, Copy, Debug)]
pub struct Vouched<'d> {
    /// What may be read.
    pub element: Element<'d>,
    /// Whether SHA-1 is in the signature.
    pub uses_sha1: bool,
}

impl Trust {
    /// RSA certificates of the accepted length and EC certificates, by the tenant's rules about age, length
    /// and SHA-1.
    ///
    /// # Errors
    /// A certificate that is not fit.
    pub fn new(
        certificates: Vec<Certificate>,
        config: &SamlConfig,
        now: Moment,
    ) -> Result<Self, UnfitCertificate> {
        let floor = config.rsa_floor();
        let mut outdated = 0;
        for certificate in &certificates {
            let key = certificate.public_key();
            if key.pkey().id() != Id::EC {
                RsaPublicKey::new(&key, floor)?;
            }
            if certificate.validity(now) != Validity::Valid {
                if config.reject_expired_certs {
                    return Err(UnfitCertificate::Outdated);
                }
                outdated += 1;
            }
        }
        Ok(Self {
            certificates,
            sha1: Sha1Policy::of(config),
            outdated,
        })
    }

    /// The certificates of the add-on's `signingCert` (semantics 4.13); none where it has none.
    ///
    /// # Errors
    /// One that cannot be read, or is not fit.
    pub fn of_client(client: &Client, config: &SamlConfig, now: Moment) -> Result<Self, SamlError> {
        let addon = client.addons.samlp.as_ref();
        let certificates = match addon {
            Some(addon) => Effective::of_addon(&addon.settings).signing_cert.get()?,
            None => None,
        };
        Self::new(certificates.cloned().unwrap_or_default(), config, now).map_err(|error| {
            SamlError::config("saml_signing_cert", format!("add-on samlp.signingCert: {error}"))
        })
    }

    /// Code and text where a certificate is out of its time and used nevertheless.
    pub fn outdated(&self) -> Option<(&'static str, String)> {
        let text = "a certificate of signingCert has expired or is not valid yet; its key is trusted nevertheless; give a certificate that is valid now";
        (self.outdated > 0).then(|| ("cert_expired", text.to_owned()))
    }

    /// Whether no certificate is configured, so that signatures are not checked (semantics 4.13).
    pub fn is_empty(&self) -> bool {
        self.certificates.is_empty()
    }

    /// Checks a message: by the signature of the query string where there is one, which covers the whole
    /// message, else by the one in the message.
    ///
    /// # Errors
    /// No trusted certificate vouches for it.
    pub fn vouch<'d>(
        &self,
        root: Element<'d>,
        query: Option<&QuerySignature>,
    ) -> Result<Vouched<'d>, SignatureError> {
        let Some(query) = query else {
            let verified = verify(root, &self.certificates, self.sha1)?;
            return Ok(Vouched {
                element: verified.element(),
                uses_sha1: verified.uses_sha1(),
            });
        };
        let check = |octets: &str| {
            let value = &query.value;
            verify_octets(
                octets.as_bytes(),
                &query.algorithm,
                value,
                &self.certificates,
                self.sha1,
            )
        };
        // Some service providers sign what they would have sent, and send it spelt otherwise.
        let checked = check(&query.octets)
            .or_else(|error| check(&binding::respelt(&query.octets)).map_err(|_| error))?;
        Ok(Vouched {
            element: root,
            uses_sha1: checked.uses_sha1(),
        })
    }

    /// What is legal but unwise about the certificates and a signature they vouched for: code and text.
    pub fn warnings(&self, vouched: Vouched<'_>) -> Vec<(&'static str, String)> {
        let mut warnings = Vec::from_iter(self.outdated());
        if vouched.uses_sha1 {
            let text = "the AuthnRequest is signed with SHA-1, which is broken; have the service provider sign with \
                        rsa-sha256";
            warnings.push(("sha1_deprecated", text.to_owned()));
        }
        warnings
    }
}

/// Checks `message`, which was accepted before, against those of `setSigningCert` (semantics 4.13).
///
/// # Errors
/// A certificate is not fit, or none of their keys signed the message.
pub fn check_signer(
    message: &AuthnMessage,
    certificates: Vec<Certificate>,
    config: &SamlConfig,
    now: Moment,
) -> Result<(), SignerError> {
    let trust = Trust::new(certificates, config, now)?;
    let document = xml::read(&message.xml, Limits::MESSAGE)?;
    trust.vouch(document.root(), message.signature.as_ref())?;
    Ok(())
}
