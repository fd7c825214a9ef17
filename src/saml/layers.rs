//! Add-on settings with those of Actions on top: each setting is the last one that was made
//! (semantics 4.1).

use super::SamlError;
use crate::command::{
    Command, DigestAlgorithm, EncryptionAlgorithm, Recorded, SamlSetting, SignatureAlgorithm,
};
use crate::keys::{Certificate, PemError, PrivateKey, PublicKey};
use crate::tenant::{OneOrMany, SamlAddon};
use crate::trace::Origin;
use chrono::TimeDelta;
use indexmap::IndexMap;

/// What was set; `None` is the default. An empty text or PEM counts as not set, as it does on the
/// platform; an empty RelayState is a RelayState.
#[derive(Clone, Debug, Default)]
pub(super) struct Layers<'a> {
    pub audience: Option<Vec<&'a str>>,
    pub cert: Option<Pem<'a>>,
    pub create_upn_claim: Option<bool>,
    pub digest_algorithm: Option<DigestAlgorithm>,
    pub encryption_algorithm: Option<EncryptionAlgorithm>,
    pub encryption_cert: Option<Pem<'a>>,
    pub encryption_public_key: Option<Pem<'a>>,
    pub include_attribute_name_format: Option<bool>,
    pub key: Option<Pem<'a>>,
    pub lifetime: Option<TimeDelta>,
    pub map_identities: Option<bool>,
    pub map_unknown_claims_as_is: Option<bool>,
    pub mappings: Option<&'a IndexMap<String, OneOrMany>>,
    pub name_id_probes: Option<&'a [String]>,
    pub passthrough_claims_with_no_mapping: Option<bool>,
    pub relay_state: Option<&'a str>,
    pub sign_response: Option<bool>,
    pub signature_algorithm: Option<SignatureAlgorithm>,
    pub typed_attributes: Option<bool>,
    texts: [Option<&'a str>; 5],
}

/// The settings that are one text.
#[derive(Clone, Copy, Debug)]
pub(super) enum Text {
    AuthnContextClassRef,
    Destination,
    Issuer,
    NameIdentifierFormat,
    Recipient,
}

/// Key material: read at the setter, or text of the add-on that is read only when it is used.
#[derive(Clone, Copy, Debug)]
pub(super) enum Pem<'a> {
    Certificate(&'a Certificate),
    PrivateKey(&'a PrivateKey),
    PublicKey(&'a PublicKey),
    Unread { member: &'static str, pem: &'a str },
}

impl<'a> Layers<'a> {
    /// # Errors
    /// An algorithm or a lifetime of the add-on that does not exist.
    pub fn of_addon(addon: Option<&'a SamlAddon>) -> Result<Self, SamlError> {
        let Some(addon) = addon else {
            return Ok(Self::default());
        };
        let pem =
            |member, text: &'a Option<String>| filled(text.as_deref()).map(|pem| Pem::Unread { member, pem });
        let audience = addon.audience.as_ref().map(|audience| {
            let names = audience.as_slice().iter().map(String::as_str);
            names.filter(|name| !name.is_empty()).collect::<Vec<_>>()
        });
        let mut layers = Self {
            audience: audience.filter(|names| !names.is_empty()),
            cert: pem("cert", &addon.cert),
            create_upn_claim: addon.create_upn_claim,
            digest_algorithm: choice(
                "digestAlgorithm",
                addon.digest_algorithm.as_deref(),
                "sha256, sha1",
            )?,
            encryption_algorithm: choice(
                "encryptionAlgorithm",
                addon.encryption_algorithm.as_deref(),
                "aes256-gcm, aes256-cbc",
            )?,
            encryption_cert: pem("encryptionCert", &addon.encryption_cert),
            encryption_public_key: pem("encryptionPublicKey", &addon.encryption_public_key),
            include_attribute_name_format: addon.include_attribute_name_format,
            key: pem("key", &addon.key),
            lifetime: addon.lifetime_in_seconds.map(lifetime).transpose()?,
            map_identities: addon.map_identities,
            map_unknown_claims_as_is: addon.map_unknown_claims_as_is,
            mappings: addon.mappings.as_ref().filter(|mappings| !mappings.is_empty()),
            name_id_probes: addon.name_identifier_probes.as_deref(),
            passthrough_claims_with_no_mapping: addon.passthrough_claims_with_no_mapping,
            relay_state: filled(addon.relay_state.as_deref()),
            sign_response: addon.sign_response,
            signature_algorithm: choice(
                "signatureAlgorithm",
                addon.signature_algorithm.as_deref(),
                "rsa-sha256, rsa-sha1",
            )?,
            typed_attributes: addon.typed_attributes,
            texts: [None; 5],
        };
        layers.set(
            Text::AuthnContextClassRef,
            addon.authn_context_class_ref.as_deref(),
        );
        layers.set(Text::Destination, addon.destination.as_deref());
        layers.set(Text::Issuer, addon.issuer.as_deref());
        layers.set(
            Text::NameIdentifierFormat,
            addon.name_identifier_format.as_deref(),
        );
        layers.set(Text::Recipient, addon.recipient.as_deref());
        Ok(layers)
    }

    /// The same with every setting of Actions on top.
    pub fn with_actions(mut self, recorded: &'a [Recorded]) -> Self {
        for record in recorded {
            if let Command::Saml(setting) = &record.command {
                self.apply(setting);
            }
        }
        self
    }

    /// The text, unless it is not set.
    pub fn text(&self, which: Text) -> Option<&'a str> {
        self.texts[which as usize]
    }

    fn set(&mut self, which: Text, text: Option<&'a str>) {
        self.texts[which as usize] = filled(text);
    }

    fn apply(&mut self, setting: &'a SamlSetting) {
        match setting {
            // Attributes go to the claim map, the certificate for requests to who reads them.
            SamlSetting::Attribute { .. } | SamlSetting::SigningCert(_) => {}
            SamlSetting::Audience(audience) => {
                self.audience = filled(Some(audience)).map(|audience| vec![audience]);
            }
            SamlSetting::AuthnContextClassRef(text) => self.set(Text::AuthnContextClassRef, Some(text)),
            SamlSetting::Cert(certificate) => self.cert = Some(Pem::Certificate(certificate)),
            SamlSetting::CreateUpnClaim(flag) => self.create_upn_claim = Some(*flag),
            SamlSetting::Destination(text) => self.set(Text::Destination, Some(text)),
            SamlSetting::DigestAlgorithm(algorithm) => self.digest_algorithm = Some(*algorithm),
            SamlSetting::EncryptionAlgorithm(algorithm) => self.encryption_algorithm = Some(*algorithm),
            SamlSetting::EncryptionCert(certificate) => {
                self.encryption_cert = Some(Pem::Certificate(certificate));
            }
            SamlSetting::EncryptionPublicKey(key) => self.encryption_public_key = Some(Pem::PublicKey(key)),
            SamlSetting::IncludeAttributeNameFormat(flag) => {
                self.include_attribute_name_format = Some(*flag);
            }
            SamlSetting::Issuer(text) => self.set(Text::Issuer, Some(text)),
            SamlSetting::Key(key) => self.key = Some(Pem::PrivateKey(key)),
            SamlSetting::LifetimeInSeconds(seconds) => {
                self.lifetime = Some(TimeDelta::seconds(i64::from(*seconds)));
            }
            SamlSetting::MapIdentities(flag) => self.map_identities = Some(*flag),
            SamlSetting::MapUnknownClaimsAsIs(flag) => self.map_unknown_claims_as_is = Some(*flag),
            SamlSetting::NameIdentifierFormat(text) => self.set(Text::NameIdentifierFormat, Some(text)),
            SamlSetting::NameIdentifierProbes(probes) => self.name_id_probes = Some(probes),
            SamlSetting::PassthroughClaimsWithNoMapping(flag) => {
                self.passthrough_claims_with_no_mapping = Some(*flag);
            }
            SamlSetting::Recipient(text) => self.set(Text::Recipient, Some(text)),
            SamlSetting::RelayState(text) => self.relay_state = Some(text),
            SamlSetting::SignResponse(flag) => self.sign_response = Some(*flag),
            SamlSetting::SignatureAlgorithm(algorithm) => self.signature_algorithm = Some(*algorithm),
            SamlSetting::TypedAttributes(flag) => self.typed_attributes = Some(*flag),
        }
    }
}

impl Pem<'_> {
    /// # Errors
    /// The add-on's text is not one certificate.
    pub fn certificate(self) -> Result<Certificate, SamlError> {
        match self {
            Self::Certificate(certificate) => Ok(certificate.clone()),
            other => other.read(Certificate::from_pem),
        }
    }

    /// # Errors
    /// The add-on's text is not one private key.
    pub fn private_key(self) -> Result<PrivateKey, SamlError> {
        match self {
            Self::PrivateKey(key) => Ok(key.clone()),
            other => other.read(PrivateKey::from_pem),
        }
    }

    /// # Errors
    /// The add-on's text is not one public key.
    pub fn public_key(self) -> Result<PublicKey, SamlError> {
        match self {
            Self::PublicKey(key) => Ok(key.clone()),
            other => other.read(PublicKey::from_pem),
        }
    }

    fn read<T>(self, parse: impl FnOnce(&str) -> Result<T, PemError>) -> Result<T, SamlError> {
        let (member, pem) = match self {
            Self::Unread { member, pem } => (member, pem),
            Self::Certificate(_) | Self::PrivateKey(_) | Self::PublicKey(_) => ("", ""),
        };
        parse(pem).map_err(|error| SamlError::config("saml_pem", format!("add-on samlp.{member}: {error}")))
    }
}

/// Where the last call of `samlResponse.<setter>` was made.
pub(super) fn last_call<'a>(recorded: &'a [Recorded], setter: &str) -> Option<&'a Origin> {
    let last = recorded
        .iter()
        .rfind(|record| matches!(&record.command, Command::Saml(setting) if setting.setter() == setter))?;
    Some(&last.origin)
}

fn filled(text: Option<&str>) -> Option<&str> {
    text.filter(|text| !text.is_empty())
}

fn choice<T: serde::de::DeserializeOwned>(
    member: &str,
    asked: Option<&str>,
    known: &str,
) -> Result<Option<T>, SamlError> {
    let Some(asked) = filled(asked) else {
        return Ok(None);
    };
    serde_json::from_value(asked.into()).map(Some).map_err(|_| {
        SamlError::config(
            "saml_algorithm",
            format!("add-on samlp.{member}: unknown algorithm '{asked}'; known are {known}"),
        )
    })
}

fn lifetime(seconds: f64) -> Result<TimeDelta, SamlError> {
    if seconds.fract() != 0.0 || !(1.0..=MAX_LIFETIME_SECONDS).contains(&seconds) {
        return Err(SamlError::config(
            "saml_lifetime",
            format!(
                "add-on samlp.lifetimeInSeconds must be a whole number from 1 to {MAX_LIFETIME_SECONDS}, got \
                 {seconds}"
            ),
        ));
    }
    #[expect(clippy::cast_possible_truncation, reason = "checked to be within range")]
    Ok(TimeDelta::seconds(seconds as i64))
}

/// Ten years, as for the setter.
const MAX_LIFETIME_SECONDS: f64 = 10.0 * 365.0 * 86_400.0;
