//! Which keys and certificates are fit, and what is legal but unwise.

use crate::keys::{Certificate, Outdated, OwnPair, PublicKey, RsaPublicKey, SigningPair, UnfitKey, Validity};
use crate::saml::error::SamlError;
use crate::saml_setting::SetBy;
use crate::tenant::SamlConfig;
use crate::time::Moment;
use crate::trace::Trace;
use openssl::nid::Nid;

/// Judges keys and certificates, and tells what is legal but unwise.
#[derive(Debug)]
pub(super) struct KeyPolicy<'a> {
    pub config: &'a SamlConfig,
    pub now: Moment,
    pub trace: &'a mut Trace,
}

impl KeyPolicy<'_> {
    /// # Errors
    /// The key is not an RSA key, or its length or exponent is not acceptable.
    pub fn fit(
        &mut self,
        key: &PublicKey,
        purpose: Purpose,
        by: SetBy<'_>,
    ) -> Result<RsaPublicKey, SamlError> {
        let (code, name, operation) = match purpose {
            Purpose::Encrypt => ("saml_encryption_key", "encryptionCert", "key transport"),
            Purpose::Sign => ("saml_signing_key", "the signing certificate", "signing"),
        };
        let floor = self.config.rsa_floor();
        let key = RsaPublicKey::new(key, floor).map_err(|unfit| {
            let description = match unfit {
                UnfitKey::Kind { found } => format!("RSA key required for {operation}, {name} holds {found}"),
                other => format!("{name}: {other}"),
            };
            SamlError::config(code, description)
        })?;
        if key.has_exponent_three() {
            self.warn(
                "rsa_exponent_3",
                &format!("{name} has a key with the public exponent 3; use one with 65537"),
                by,
            );
        }
        Ok(key)
    }

    /// # Errors
    /// The key is not on one of the curves that are in use.
    pub fn fit_curve(key: &PublicKey) -> Result<(), SamlError> {
        let curve = key.pkey().ec_key().ok().and_then(|key| key.group().curve_name());
        match curve {
            Some(Nid::X9_62_PRIME256V1 | Nid::SECP384R1 | Nid::SECP521R1) => Ok(()),
            Some(_) => Err(SamlError::config(
                "saml_signing_key",
                "the signing certificate's key is on another curve than P-256, P-384 and P-521",
            )),
            None => Err(SamlError::config(
                "saml_signing_key",
                "EC key required for ECDSA, the signing certificate holds a key of another kind; set cert and key to \
                 a pair on P-256 or P-384, or signatureAlgorithm to rsa-sha256",
            )),
        }
    }

    /// Tells when the certificate of an own pair is out of its time, or will be soon.
    ///
    /// # Errors
    /// The certificate is expired or not valid yet, and `reject_expired_certs` is set.
    pub fn own(&mut self, own: OwnPair, pair: &SigningPair, by: SetBy<'_>) -> Result<(), SamlError> {
        let Some(lapse) = own.lapse(pair, self.now) else {
            return Ok(());
        };
        if self.config.reject_expired_certs && !matches!(lapse.outdated, Outdated::ExpiresSoon(_)) {
            return Err(SamlError::config("saml_cert_expired", lapse.to_string()));
        }
        self.warn(lapse.outdated.code(), &lapse.to_string(), by);
        Ok(())
    }

    /// # Errors
    /// The certificate is not valid now and `reject_expired_certs` is set.
    pub fn validity(
        &mut self,
        certificate: &Certificate,
        name: &str,
        by: SetBy<'_>,
    ) -> Result<(), SamlError> {
        let problem = match certificate.validity(self.now) {
            Validity::Valid => return Ok(()),
            Validity::Expired => "has expired",
            Validity::NotYet => "is not valid yet",
        };
        let message = format!("the certificate of {name} {problem}; give one that is valid now");
        if self.config.reject_expired_certs {
            return Err(SamlError::config("saml_cert_expired", message));
        }
        self.warn("cert_expired", &message, by);
        Ok(())
    }

    /// A warning about a setting that was made by `by`: it points at the call, if a call made it.
    pub fn warn(&mut self, code: &str, message: &str, by: SetBy<'_>) {
        let origin = by.origin().cloned().unwrap_or_default();
        self.trace.warn(code, message, &origin);
    }
}

/// What a key is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    Encrypt,
    Sign,
}
