//! Add-on settings with those of Actions on top: each setting is the last one that was made
//! (semantics 4.1).

use crate::algorithm::{ContentCipher, Digest, KeyEncryption, Listed, SignatureMethod};
use crate::command::{Command, NameIdSource, Recorded, SamlSetting, ValueType};
use crate::keys::{Certificate, PemError, PrivateKey, PublicKey};
use crate::saml::error::SamlError;
use crate::tenant::{Client, OneOrMany, SamlAddon, SessionEnd};
use crate::trace::Origin;
use chrono::TimeDelta;
use indexmap::IndexMap;

/// What was set; `None` is the default. An empty text or PEM counts as not set, as it does on the
/// platform; an empty RelayState is a RelayState.
#[derive(Clone, Debug, Default)]
pub(super) struct Layers<'a> {
    pub attribute_types: IndexMap<&'a str, Result<ValueType, SamlError>>,
    pub audience: Option<Vec<&'a str>>,
    pub authn_context_class_ref: Option<&'a str>,
    pub cert: Option<Pem<'a, Certificate>>,
    pub create_upn_claim: Option<bool>,
    pub destination: Option<&'a str>,
    pub digest_algorithm: Checked<Digest>,
    pub encryption_algorithm: Checked<ContentCipher>,
    pub encryption_cert: Option<Pem<'a, Certificate>>,
    pub encryption_public_key: Option<Pem<'a, PublicKey>>,
    pub friendly_names: IndexMap<&'a str, &'a str>,
    pub honor_name_id_policy: Option<bool>,
    pub include_attribute_name_format: Option<bool>,
    pub issuer: Option<&'a str>,
    pub key: Option<Pem<'a, PrivateKey>>,
    pub key_encryption_algorithm: Checked<KeyEncryption>,
    pub lifetime: Checked<TimeDelta>,
    pub map_identities: Option<bool>,
    pub map_unknown_claims_as_is: Option<bool>,
    pub mappings: Option<&'a IndexMap<String, OneOrMany>>,
    pub name_id_format: Option<&'a str>,
    pub name_id_probes: Option<&'a [String]>,
    pub name_id_source: Checked<NameIdSource>,
    pub name_qualifier: Option<&'a str>,
    pub not_before_skew: Checked<TimeDelta>,
    pub passthrough_claims_with_no_mapping: Option<bool>,
    pub recipient: Option<&'a str>,
    pub relay_state: Option<&'a str>,
    pub session_end: Checked<SessionLimit>,
    pub sign_assertion: Option<bool>,
    pub sign_response: Option<bool>,
    pub signature_algorithm: Checked<SignatureMethod>,
    pub sp_name_qualifier: Option<&'a str>,
    pub typed_attributes: Option<bool>,
}

/// When the service provider's session ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SessionLimit {
    /// So long after the login.
    After(TimeDelta),
    /// With the user's session.
    WithSession,
}

/// A value of the add-on that may not exist; whoever needs it meets the error.
pub(super) type Checked<T> = Option<Result<T, SamlError>>;

/// Key material: read at the setter, or text of the add-on that is read only when it is used.
#[derive(Clone, Debug)]
pub(super) enum Pem<'a, T> {
    Read(&'a T),
    Unread { member: &'static str, pem: &'a str },
}

impl<'a> Layers<'a> {
    /// The settings of the client's add-on; none where it has no add-on.
    pub fn of_client(client: &'a Client) -> Self {
        client
            .addons
            .samlp
            .as_ref()
            .map(Self::of_addon)
            .unwrap_or_default()
    }

    /// The add-on's settings.
    pub fn of_addon(addon: &'a SamlAddon) -> Self {
        let audience = addon.audience.as_ref().map(|audience| {
            let names = audience.as_slice().iter().map(String::as_str);
            names.filter(|name| !name.is_empty()).collect::<Vec<_>>()
        });
        Self {
            audience: audience.filter(|names| !names.is_empty()),
            authn_context_class_ref: filled(addon.authn_context_class_ref.as_deref()),
            cert: Pem::unread("cert", addon.cert.as_deref()),
            create_upn_claim: addon.create_upn_claim,
            destination: filled(addon.destination.as_deref()),
            attribute_types: addon
                .attribute_types
                .iter()
                .flatten()
                .map(|(name, kind)| (name.as_str(), value_type(name, kind)))
                .collect(),
            digest_algorithm: algorithm("digestAlgorithm", addon.digest_algorithm.as_deref()),
            encryption_algorithm: algorithm("encryptionAlgorithm", addon.encryption_algorithm.as_deref()),
            encryption_cert: Pem::unread("encryptionCert", addon.encryption_cert.as_deref()),
            encryption_public_key: Pem::unread("encryptionPublicKey", addon.encryption_public_key.as_deref()),
            friendly_names: addon
                .friendly_names
                .iter()
                .flatten()
                .map(|(name, friendly)| (name.as_str(), friendly.as_str()))
                .collect(),
            honor_name_id_policy: addon.honor_name_id_policy,
            include_attribute_name_format: addon.include_attribute_name_format,
            issuer: filled(addon.issuer.as_deref()),
            key: Pem::unread("key", addon.key.as_deref()),
            key_encryption_algorithm: algorithm(
                "keyEncryptionAlgorithm",
                addon.key_encryption_algorithm.as_deref(),
            ),
            lifetime: addon
                .lifetime_in_seconds
                .map(|seconds| whole_seconds("lifetimeInSeconds", seconds, 1.0, MAX_LIFETIME_SECONDS)),
            map_identities: addon.map_identities,
            map_unknown_claims_as_is: addon.map_unknown_claims_as_is,
            mappings: addon.mappings.as_ref().filter(|mappings| !mappings.is_empty()),
            name_id_format: filled(addon.name_identifier_format.as_deref()),
            name_id_probes: addon.name_identifier_probes.as_deref(),
            name_id_source: choice(
                "nameIdentifierSource",
                addon.name_identifier_source.as_deref(),
                "probes, pairwise, transient",
            ),
            name_qualifier: filled(addon.name_qualifier.as_deref()),
            not_before_skew: addon
                .not_before_skew_seconds
                .map(|seconds| whole_seconds("notBeforeSkewSeconds", seconds, 0.0, MAX_SKEW_SECONDS)),
            passthrough_claims_with_no_mapping: addon.passthrough_claims_with_no_mapping,
            recipient: filled(addon.recipient.as_deref()),
            relay_state: filled(addon.relay_state.as_deref()),
            session_end: addon.session_not_on_or_after.and_then(|end| match end {
                SessionEnd::Seconds(seconds) => {
                    let checked = whole_seconds("sessionNotOnOrAfter", seconds, 1.0, MAX_LIFETIME_SECONDS);
                    Some(checked.map(SessionLimit::After))
                }
                SessionEnd::WithSession(true) => Some(Ok(SessionLimit::WithSession)),
                SessionEnd::WithSession(false) => None,
            }),
            sign_assertion: addon.sign_assertion,
            sign_response: addon.sign_response,
            signature_algorithm: algorithm("signatureAlgorithm", addon.signature_algorithm.as_deref()),
            sp_name_qualifier: filled(addon.sp_name_qualifier.as_deref()),
            typed_attributes: addon.typed_attributes,
        }
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

    fn apply(&mut self, setting: &'a SamlSetting) {
        match setting {
            // Attributes go to the claim map, the certificate for requests to who reads them.
            SamlSetting::Attribute { .. } | SamlSetting::SigningCert(_) => {}
            SamlSetting::Audience(audience) => {
                self.audience = filled(Some(audience)).map(|audience| vec![audience]);
            }
            SamlSetting::AuthnContextClassRef(text) => self.authn_context_class_ref = filled(Some(text)),
            SamlSetting::Cert(certificate) => self.cert = Some(Pem::Read(certificate)),
            SamlSetting::CreateUpnClaim(flag) => self.create_upn_claim = Some(*flag),
            SamlSetting::Destination(text) => self.destination = filled(Some(text)),
            SamlSetting::AttributeFriendlyName {
                attribute,
                friendly_name,
            } => {
                self.friendly_names.insert(attribute, friendly_name);
            }
            SamlSetting::AttributeType { attribute, kind } => {
                self.attribute_types.insert(attribute, Ok(*kind));
            }
            SamlSetting::Audiences(audiences) => {
                self.audience = Some(audiences.iter().map(String::as_str).collect());
            }
            SamlSetting::DigestAlgorithm(algorithm) => {
                self.digest_algorithm = Some(Ok(*algorithm));
            }
            SamlSetting::EncryptionAlgorithm(algorithm) => {
                self.encryption_algorithm = Some(Ok(*algorithm));
            }
            SamlSetting::EncryptionCert(certificate) => {
                self.encryption_cert = Some(Pem::Read(certificate));
            }
            SamlSetting::EncryptionPublicKey(key) => self.encryption_public_key = Some(Pem::Read(key)),
            SamlSetting::IncludeAttributeNameFormat(flag) => {
                self.include_attribute_name_format = Some(*flag);
            }
            SamlSetting::Issuer(text) => self.issuer = filled(Some(text)),
            SamlSetting::Key(key) => self.key = Some(Pem::Read(key)),
            SamlSetting::KeyEncryptionAlgorithm(algorithm) => {
                self.key_encryption_algorithm = Some(Ok(*algorithm));
            }
            SamlSetting::LifetimeInSeconds(seconds) => {
                self.lifetime = Some(Ok(TimeDelta::seconds(i64::from(*seconds))));
            }
            SamlSetting::MapIdentities(flag) => self.map_identities = Some(*flag),
            SamlSetting::MapUnknownClaimsAsIs(flag) => self.map_unknown_claims_as_is = Some(*flag),
            SamlSetting::NameIdentifierFormat(text) => self.name_id_format = filled(Some(text)),
            SamlSetting::NameIdentifierProbes(probes) => self.name_id_probes = Some(probes),
            SamlSetting::NameIdentifierSource(source) => self.name_id_source = Some(Ok(*source)),
            SamlSetting::NameQualifier(text) => self.name_qualifier = filled(Some(text)),
            SamlSetting::NotBeforeSkewSeconds(seconds) => {
                self.not_before_skew = Some(Ok(TimeDelta::seconds(i64::from(*seconds))));
            }
            SamlSetting::PassthroughClaimsWithNoMapping(flag) => {
                self.passthrough_claims_with_no_mapping = Some(*flag);
            }
            SamlSetting::Recipient(text) => self.recipient = filled(Some(text)),
            SamlSetting::RelayState(text) => self.relay_state = Some(text),
            SamlSetting::SessionNotOnOrAfter(seconds) => {
                let span = TimeDelta::seconds(i64::from(*seconds));
                self.session_end = Some(Ok(SessionLimit::After(span)));
            }
            SamlSetting::SignAssertion(flag) => self.sign_assertion = Some(*flag),
            SamlSetting::SignResponse(flag) => self.sign_response = Some(*flag),
            SamlSetting::SignatureAlgorithm(algorithm) => {
                self.signature_algorithm = Some(Ok(*algorithm));
            }
            SamlSetting::SpNameQualifier(text) => self.sp_name_qualifier = filled(Some(text)),
            SamlSetting::TypedAttributes(flag) => self.typed_attributes = Some(*flag),
        }
    }
}

impl<'a, T: Clone> Pem<'a, T> {
    fn unread(member: &'static str, pem: Option<&'a str>) -> Option<Self> {
        filled(pem).map(|pem| Self::Unread { member, pem })
    }

    /// # Errors
    /// The add-on's text is not what `parse` reads.
    pub fn read(&self, parse: impl FnOnce(&str) -> Result<T, PemError>) -> Result<T, SamlError> {
        match self {
            Self::Read(value) => Ok((*value).clone()),
            Self::Unread { member, pem } => parse(pem)
                .map_err(|error| SamlError::config("saml_pem", format!("add-on samlp.{member}: {error}"))),
        }
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

fn algorithm<T: Listed>(member: &str, asked: Option<&str>) -> Checked<T> {
    let asked = filled(asked)?;
    let known = || T::LIST.iter().map(|known| known.setting_name());
    let found = T::LIST.iter().find(|known| known.setting_name() == asked);
    Some(
        found
            .copied()
            .ok_or_else(|| unknown(member, asked, &known().collect::<Vec<_>>().join(", "))),
    )
}

fn choice<T: serde::de::DeserializeOwned>(member: &str, asked: Option<&str>, known: &str) -> Checked<T> {
    let asked = filled(asked)?;
    Some(serde_json::from_value(asked.into()).map_err(|_| unknown(member, asked, known)))
}

fn unknown(member: &str, asked: &str, known: &str) -> SamlError {
    let what = if member == "nameIdentifierSource" {
        "source"
    } else {
        "algorithm"
    };
    SamlError::config(
        "saml_algorithm",
        format!("add-on samlp.{member}: unknown {what} '{asked}'; known are {known}"),
    )
}

fn value_type(name: &str, kind: &str) -> Result<ValueType, SamlError> {
    serde_json::from_value(kind.into()).map_err(|_| {
        SamlError::config(
            "saml_attribute_type",
            format!(
                "add-on samlp.attributeTypes: unknown type '{kind}' of '{name}'; known are xs:string, xs:boolean, \
                 xs:integer, xs:decimal, xs:double, xs:date, xs:dateTime, xs:anyURI, xs:base64Binary, xs:anyType"
            ),
        )
    })
}

fn whole_seconds(member: &str, seconds: f64, least: f64, most: f64) -> Result<TimeDelta, SamlError> {
    if seconds.fract() != 0.0 || !(least..=most).contains(&seconds) {
        return Err(SamlError::config(
            "saml_lifetime",
            format!("add-on samlp.{member} must be a whole number from {least} to {most}, got {seconds}"),
        ));
    }
    #[expect(clippy::cast_possible_truncation, reason = "checked to be within range")]
    Ok(TimeDelta::seconds(seconds as i64))
}

/// Ten years, as for the setter.
const MAX_LIFETIME_SECONDS: f64 = 10.0 * 365.0 * 86_400.0;
/// A day, as for the setter.
const MAX_SKEW_SECONDS: f64 = 86_400.0;
