//! What one response is made with: defaults, under the add-on's settings, under what Actions set, each
//! setting by itself (semantics 4.1 and 4.2).

use super::attribute::{NameFormats, Typing};
use super::claim_map::{ClaimRules, Identities, Passthrough, Upn};
use super::encryption::Encryption;
use super::layers::{Layers, Text};
use super::name_id::DEFAULT_PROBES;
use super::signature::Signing;
use super::{IdentityProvider, SamlError};
use crate::command::{DigestAlgorithm, EncryptionAlgorithm, Recorded, SignatureAlgorithm};
use crate::event::SamlRequest;
use crate::keys::{Certificate, RsaFloor, RsaPublicKey, SigningPair, Validity};
use crate::login::RefusalKind;
use crate::tenant::Client;
use crate::trace::{Origin, Trace};
use chrono::{DateTime, TimeDelta, Utc};
use std::borrow::Cow;

/// Everything the assertion is made with; valid as a whole.
#[derive(Clone, Debug)]
pub(super) struct Settings<'a> {
    pub audiences: Vec<&'a str>,
    pub authn_context_class_ref: &'a str,
    pub claims: ClaimRules<'a>,
    pub encryption: Option<Encryption>,
    pub lifetime: TimeDelta,
    pub name_formats: NameFormats,
    pub name_id_format: &'a str,
    pub name_id_probes: Vec<&'a str>,
    pub recipient: &'a str,
    pub typing: Typing,
}

/// What a response needs whether it carries an assertion or not.
#[derive(Clone, Debug)]
pub(super) struct Envelope<'a> {
    pub acs_url: &'a str,
    pub destination: &'a str,
    pub issuer: Cow<'a, str>,
    pub relay_state: &'a str,
    pub sign: Sign,
}

/// Which element carries the signature; never both (semantics 4.10).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sign {
    Assertion,
    Response,
}

impl<'a> Envelope<'a> {
    /// # Errors
    /// It is not known where the response is to be posted.
    pub fn new(
        layers: &Layers<'a>,
        request: Option<&'a SamlRequest>,
        client: &'a Client,
        idp: &IdentityProvider<'a>,
    ) -> Result<Self, SamlError> {
        let acs_url = request
            .map(|request| request.acs_url.as_str())
            .filter(|url| !url.is_empty())
            .or_else(|| client.callbacks.first().map(String::as_str))
            .ok_or_else(|| {
                SamlError::new(
                    RefusalKind::SamlRequest,
                    "saml_acs_missing",
                    format!(
                        "there is nowhere to post the response: the application '{}' has no callback URL",
                        client.name
                    ),
                )
            })?;
        Ok(Self {
            acs_url,
            destination: layers.text(Text::Destination).unwrap_or(acs_url),
            issuer: layers.text(Text::Issuer).map_or_else(
                || Cow::Owned(idp.config.issuer.replace("{domain}", idp.domain)),
                Cow::Borrowed,
            ),
            relay_state: layers
                .relay_state
                .or_else(|| request?.relay_state.as_deref())
                .unwrap_or_default(),
            sign: if layers.sign_response.unwrap_or(false) {
                Sign::Response
            } else {
                Sign::Assertion
            },
        })
    }
}

impl<'a> Settings<'a> {
    /// # Errors
    /// Settings that contradict each other or cannot be carried out.
    pub fn new(
        layers: &Layers<'a>,
        envelope: &Envelope<'a>,
        request: Option<&'a SamlRequest>,
        judge: &mut Judge<'_>,
        config: &'a crate::tenant::SamlConfig,
    ) -> Result<Self, SamlError> {
        let audiences = match (
            &layers.audience,
            request.and_then(|request| request.issuer.as_deref()),
        ) {
            (Some(audiences), _) => audiences.clone(),
            (None, Some(issuer)) => vec![issuer],
            (None, None) => {
                judge.warn(
                    "audience_missing",
                    "the request names no issuer and no audience is set, so the assertion is not restricted \
                     to one; set the audience in the add-on or with setAudience",
                    "",
                );
                Vec::new()
            }
        };
        let choose = |flag: Option<bool>, default| flag.unwrap_or(default);
        Ok(Self {
            audiences,
            authn_context_class_ref: layers
                .text(Text::AuthnContextClassRef)
                .unwrap_or(UNSPECIFIED_CONTEXT),
            claims: ClaimRules {
                mappings: layers.mappings,
                upn: if choose(layers.create_upn_claim, true) {
                    Upn::Create
                } else {
                    Upn::Leave
                },
                identities: if choose(layers.map_identities, true) {
                    Identities::Map
                } else {
                    Identities::Leave
                },
                passthrough: match (
                    choose(layers.passthrough_claims_with_no_mapping, true),
                    choose(layers.map_unknown_claims_as_is, false),
                ) {
                    (false, _) => Passthrough::Leave,
                    (true, false) => Passthrough::Prefixed,
                    (true, true) => Passthrough::AsIs,
                },
                prefix: &config.claim_prefix,
            },
            encryption: encryption(layers, judge)?,
            lifetime: layers.lifetime.unwrap_or(DEFAULT_LIFETIME),
            name_formats: if choose(layers.include_attribute_name_format, true) {
                NameFormats::Inferred
            } else {
                NameFormats::Omitted
            },
            name_id_format: layers
                .text(Text::NameIdentifierFormat)
                .unwrap_or(UNSPECIFIED_NAME_ID),
            name_id_probes: layers.name_id_probes.map_or_else(
                || DEFAULT_PROBES.to_vec(),
                |probes| probes.iter().map(String::as_str).collect(),
            ),
            recipient: layers.text(Text::Recipient).unwrap_or(envelope.acs_url),
            typing: if choose(layers.typed_attributes, true) {
                Typing::Inferred
            } else {
                Typing::Untyped
            },
        })
    }
}

/// The pair to sign with: the tenant's, or one that is complete and belongs together.
///
/// # Errors
/// Half a pair, two parts of different pairs, or a key that is not fit.
pub(super) fn signing<'a>(
    layers: &Layers<'a>,
    idp: &IdentityProvider<'a>,
    judge: &mut Judge<'_>,
) -> Result<Signing<'a>, SamlError> {
    let pair = match (layers.cert, layers.key) {
        (None, None) => Cow::Borrowed(idp.pair),
        (Some(certificate), Some(key)) => {
            let pair = SigningPair::new(key.private_key()?, certificate.certificate()?);
            let pair = pair.map_err(|mismatch| {
                SamlError::config("saml_signing_mismatch", format!("cert and key: {mismatch}"))
            })?;
            judge.validity(pair.certificate(), "cert", "setCert")?;
            Cow::Owned(pair)
        }
        (certificate, _) => {
            let (given, missing) = if certificate.is_some() {
                ("cert", "key")
            } else {
                ("key", "cert")
            };
            return Err(SamlError::config(
                "saml_signing_incomplete",
                format!(
                    "{given} is set without {missing}; set both, or neither to sign with the tenant's own pair"
                ),
            ));
        }
    };
    judge.fit(&pair.certificate().public_key(), Use::Sign, "setCert")?;
    let signature = layers.signature_algorithm.unwrap_or_default();
    let digest = layers.digest_algorithm.unwrap_or_default();
    if signature == SignatureAlgorithm::RsaSha1 {
        judge.warn(
            "sha1_deprecated",
            &sha1_message("signatureAlgorithm", "rsa-sha256"),
            "setSignatureAlgorithm",
        );
    }
    if digest == DigestAlgorithm::Sha1 {
        judge.warn(
            "sha1_deprecated",
            &sha1_message("digestAlgorithm", "sha256"),
            "setDigestAlgorithm",
        );
    }
    Ok(Signing {
        pair,
        signature,
        digest,
    })
}

fn sha1_message(setting: &str, better: &str) -> String {
    format!(
        "{setting} is set to SHA-1, which is broken; set {better} unless the service provider knows nothing else"
    )
}

fn encryption(layers: &Layers<'_>, judge: &mut Judge<'_>) -> Result<Option<Encryption>, SamlError> {
    let (certificate, public_key) = match (layers.encryption_cert, layers.encryption_public_key) {
        (None, None) => return Ok(None),
        (Some(certificate), Some(key)) => (certificate.certificate()?, key.public_key()?),
        (certificate, _) => {
            let names = ["encryptionCert", "encryptionPublicKey"];
            let [given, missing] = if certificate.is_some() {
                names
            } else {
                [names[1], names[0]]
            };
            return Err(SamlError::config(
                "saml_encryption_incomplete",
                format!(
                    "{given} is set without {missing}; set both, or neither to send the assertion unencrypted"
                ),
            ));
        }
    };
    let certified = certificate.public_key();
    let key = judge.fit(&certified, Use::Encrypt, "setEncryptionCert")?;
    if !certified.pkey().public_eq(public_key.pkey()) {
        return Err(SamlError::config(
            "saml_encryption_mismatch",
            format!(
                "encryptionPublicKey does not belong to encryptionCert: certificate sha256:{}, public key \
                 sha256:{}; give the two parts of one pair",
                certified.fingerprint(),
                public_key.fingerprint()
            ),
        ));
    }
    judge.validity(&certificate, "encryptionCert", "setEncryptionCert")?;
    let algorithm = layers.encryption_algorithm.unwrap_or_default();
    if algorithm == EncryptionAlgorithm::Aes256Cbc {
        judge.warn(
            "cbc_deprecated",
            "the assertion is encrypted with aes256-cbc, which does not protect it against changes; set \
             encryptionAlgorithm to aes256-gcm if the service provider can read it",
            "setEncryptionAlgorithm",
        );
    }
    Ok(Some(Encryption {
        certificate,
        key,
        algorithm,
    }))
}

/// Judges keys and certificates, and tells what is legal but unwise.
#[derive(Debug)]
pub(super) struct Judge<'a> {
    pub config: &'a crate::tenant::SamlConfig,
    pub now: DateTime<Utc>,
    /// Where a warning's setter was called from.
    pub recorded: &'a [Recorded],
    pub trace: &'a mut Trace,
}

#[derive(Clone, Copy)]
enum Use {
    Encrypt,
    Sign,
}

impl Judge<'_> {
    fn fit(
        &mut self,
        key: &crate::keys::PublicKey,
        purpose: Use,
        setter: &str,
    ) -> Result<RsaPublicKey, SamlError> {
        let (code, name) = match purpose {
            Use::Encrypt => (
                "saml_encryption_key",
                "the key of encryptionCert, for key transport",
            ),
            Use::Sign => ("saml_signing_key", "the signing key"),
        };
        let floor = if self.config.allow_rsa1024 {
            RsaFloor::Bits1024
        } else {
            RsaFloor::Bits2048
        };
        let key = RsaPublicKey::new(key, floor)
            .map_err(|unfit| SamlError::config(code, format!("{name}: {unfit}")))?;
        if key.has_exponent_three() {
            self.warn(
                "rsa_exponent_3",
                &format!("{name} has the public exponent 3; use a key with 65537"),
                setter,
            );
        }
        Ok(key)
    }

    fn validity(&mut self, certificate: &Certificate, name: &str, setter: &str) -> Result<(), SamlError> {
        let problem = match certificate.validity(self.now) {
            Validity::Valid => return Ok(()),
            Validity::Expired => "has expired",
            Validity::NotYet => "is not valid yet",
        };
        let message = format!("the certificate of {name} {problem}; give one that is valid now");
        if self.config.reject_expired_certs {
            return Err(SamlError::config("saml_cert_expired", message));
        }
        self.warn("cert_expired", &message, setter);
        Ok(())
    }

    fn warn(&mut self, code: &str, message: &str, setter: &str) {
        let origin = super::layers::last_call(self.recorded, setter)
            .cloned()
            .unwrap_or_default();
        self.trace.warn(code, message, &origin as &Origin);
    }
}

const DEFAULT_LIFETIME: TimeDelta = TimeDelta::seconds(3600);
const UNSPECIFIED_CONTEXT: &str = "urn:oasis:names:tc:SAML:2.0:ac:classes:unspecified";
const UNSPECIFIED_NAME_ID: &str = "urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified";
