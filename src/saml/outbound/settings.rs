//! What one response is made with: defaults, under the add-on's settings, under what Actions set, each
//! setting by itself (semantics 4.1 and 4.2).

use super::authn_context;
use super::claim_map::ClaimRules;
use super::encryption::{Algorithms, Encryption};
use super::key_policy::{KeyPolicy, Purpose};
use super::name_id::NameIdSettings;
use super::presentation::{NameFormats, Presentation, Typing};
use super::signature::Signing;
use crate::algorithm::{Digest, KeyKind};
use crate::event::SamlRequest;
use crate::keys::{OwnPair, SigningPair};
use crate::login::{Grant, RequestFault};
use crate::saml::error::SamlError;
use crate::saml::identity_provider::IdentityProvider;
use crate::saml::post_page::arrives_unchanged;
use crate::saml_setting::{Effective, Half, Halves, OfAttributes, SessionEnd, Set, SetBy, is_blank};
use crate::tenant::{Client, NoAudience, SamlConfig};
use crate::time::Moment;
use crate::web_url::{UrlUse, shown_url, web_url};
use chrono::{DateTime, TimeDelta};
use indexmap::IndexMap;
use std::borrow::Cow;

/// Everything the assertion is made with; valid as a whole.
#[derive(Clone, Debug)]
pub(super) struct Settings<'a> {
    pub audiences: Vec<&'a str>,
    pub authn_context_class_ref: &'a str,
    pub claims: ClaimRules<'a>,
    pub encryption: Option<Encryption>,
    pub lifetime: TimeDelta,
    pub name_id: NameIdSettings<'a>,
    /// How far NotBefore lies before the login; ours.
    pub not_before_skew: TimeDelta,
    pub presentation: Presentation<'a>,
    pub recipient: &'a str,
    /// Ours; the platform never says when the session ends.
    pub session_not_on_or_after: Option<Moment>,
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

/// Which element carries a signature; both only where that is asked for (semantics 4.10).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sign {
    Assertion,
    Both,
    Response,
}

impl Sign {
    /// `signResponse` moves the signature from the assertion to the response; `signAssertion` keeps it there,
    /// too.
    pub fn of(effective: &Effective<'_>) -> Result<Self, SamlError> {
        let response = effective.sign_response.get()?.copied().unwrap_or(false);
        match (response, effective.sign_assertion.get()?) {
            (false, None | Some(true)) => Ok(Self::Assertion),
            (true, Some(true)) => Ok(Self::Both),
            (true, None | Some(false)) => Ok(Self::Response),
            (false, Some(false)) => Err(SamlError::config(
                "saml_unsigned",
                "signAssertion and signResponse are both off, so nothing would be signed; set one of them",
            )),
        }
    }

    pub fn signs_response(self) -> bool {
        matches!(self, Self::Both | Self::Response)
    }

    pub fn signs_assertion(self) -> bool {
        matches!(self, Self::Assertion | Self::Both)
    }
}

impl<'a> Envelope<'a> {
    /// # Errors
    /// There is no URL to post the response to.
    pub fn new(
        effective: &Effective<'a>,
        request: Option<&'a SamlRequest>,
        client: &'a Client,
        idp: &IdentityProvider<'a>,
    ) -> Result<Self, SamlError> {
        let acs_url = request
            .map(|request| request.acs_url.as_str())
            .filter(|url| !url.is_empty())
            .or_else(|| client.callbacks.first().map(String::as_str))
            .ok_or_else(|| {
                SamlError::request(
                    RequestFault::AcsMissing,
                    format!(
                        "there is nowhere to post the response: the application '{}' has no callback URL",
                        client.name
                    ),
                )
            })?;
        web_url(acs_url, UrlUse::Endpoint).map_err(|fault| {
            SamlError::request(
                RequestFault::AcsNotAllowed,
                format!(
                    "no response is posted to {}, a callback of the application '{}', which {fault}",
                    shown_url(acs_url),
                    client.name
                ),
            )
        })?;
        Ok(Self {
            acs_url,
            destination: effective.destination.get()?.map_or(acs_url, String::as_str),
            issuer: issuer(effective, idp)?,
            relay_state: effective
                .relay_state
                .get()?
                .map(String::as_str)
                .or_else(|| request?.relay_state.as_deref())
                .unwrap_or_default(),
            sign: Sign::of(effective)?,
        })
    }
}

impl<'a> Settings<'a> {
    /// # Errors
    /// Settings that contradict each other or cannot be carried out.
    pub fn new(
        effective: &Effective<'a>,
        envelope: &Envelope<'a>,
        grant: &'a Grant,
        policy: &mut KeyPolicy<'_>,
        config: &'a SamlConfig,
    ) -> Result<Self, SamlError> {
        let request = grant.request.saml.as_ref();
        if let Err(lost) = arrives_unchanged(envelope.relay_state) {
            policy.warn(
                "relay_state_unpostable",
                &lost.to_string(),
                effective.relay_state.by,
            );
        }
        let audiences = audiences(effective, request, policy, config.no_audience)?;
        let flag = |set: &Set<'a, bool>, default| Ok::<_, SamlError>(set.get()?.copied().unwrap_or(default));
        let seconds = |set: &Set<'a, u32>| set.get().map(|seconds| seconds.map(|seconds| span(*seconds)));
        Ok(Self {
            authn_context_class_ref: authn_context::class(effective, grant, config)?,
            claims: ClaimRules::of(effective, config)?,
            encryption: encryption(effective, policy)?,
            lifetime: seconds(&effective.lifetime_in_seconds)?.unwrap_or(DEFAULT_LIFETIME),
            name_id: NameIdSettings::new(effective, envelope, request, &audiences, config)?,
            not_before_skew: seconds(&effective.not_before_skew_seconds)?.unwrap_or_default(),
            presentation: Presentation {
                typing: if flag(&effective.typed_attributes, true)? {
                    Typing::Inferred
                } else {
                    Typing::Untyped
                },
                name_formats: if flag(&effective.include_attribute_name_format, true)? {
                    NameFormats::Inferred
                } else {
                    NameFormats::Omitted
                },
                friendly_names: usable(&effective.friendly_names, String::as_str)?,
                types: usable(&effective.attribute_types, |kind| *kind)?,
            },
            recipient: effective
                .recipient
                .get()?
                .map_or(envelope.acs_url, String::as_str),
            session_not_on_or_after: session_end(effective, grant, policy)?,
            audiences,
        })
    }
}

/// Who may read the assertion (semantics 4.9).
///
/// # Errors
/// Nothing names anybody, and the tenant does not say that the restriction may be left out.
fn audiences<'a>(
    effective: &Effective<'a>,
    request: Option<&'a SamlRequest>,
    policy: &mut KeyPolicy<'_>,
    no_audience: NoAudience,
) -> Result<Vec<&'a str>, SamlError> {
    if let Some(audiences) = effective.audience.get()? {
        return Ok(audiences.iter().map(String::as_str).collect());
    }
    let issuer = request.and_then(|request| request.issuer.as_deref());
    if let Some(issuer) = issuer.filter(|issuer| !is_blank(issuer)) {
        return Ok(vec![issuer]);
    }
    match no_audience {
        NoAudience::Omit => {
            policy.warn(
                AUDIENCE_MISSING,
                "the request names no issuer and no audience is set, so the assertion is not restricted \
                 to one; set the audience in the add-on or with setAudience",
                effective.audience.by,
            );
            Ok(Vec::new())
        }
        NoAudience::Refuse => Err(SamlError::config(
            AUDIENCE_MISSING,
            "the login was not started by a request that names its issuer, and no audience is set, so every service \
             provider could take the assertion; set \"audience\" in addons.samlp of the client or with setAudience, \
             or allow it with no_audience = \"omit\" under [saml] in postlogin.toml",
        )),
    }
}

/// Settings of attributes by the attributes' names, if each can be had.
fn usable<'a, T, U>(
    settings: &OfAttributes<'a, T>,
    of: impl Fn(&'a T) -> U,
) -> Result<IndexMap<&'a str, U>, SamlError> {
    let settings = settings.iter();
    settings
        .map(|(attribute, value)| Ok((*attribute, of((*value)?))))
        .collect()
}

fn session_end(
    effective: &Effective<'_>,
    grant: &Grant,
    policy: &mut KeyPolicy<'_>,
) -> Result<Option<Moment>, SamlError> {
    match effective.session_not_on_or_after.get()? {
        None => Ok(None),
        Some(SessionEnd::After(seconds)) => Ok(Some(policy.now + span(*seconds))),
        Some(SessionEnd::WithSession) => {
            let session = grant.event.session.as_ref();
            let ends = session.and_then(|session| session.expires_at.as_deref());
            let ends = ends.and_then(|text| DateTime::parse_from_rfc3339(text).ok());
            if ends.is_none() {
                policy.warn(
                    "session_end_unknown",
                    "sessionNotOnOrAfter is set to the end of the user's session, which is not known; give the \
                     seconds instead",
                    effective.session_not_on_or_after.by,
                );
            }
            Ok(ends.map(|time| time.to_utc()))
        }
    }
}

/// The issuer of responses and metadata.
///
/// # Errors
/// The setting cannot be had.
pub(super) fn issuer<'a>(
    effective: &Effective<'a>,
    idp: &IdentityProvider<'a>,
) -> Result<Cow<'a, str>, SamlError> {
    Ok(effective.issuer.get()?.map_or_else(
        || Cow::Owned(idp.config.issuer.replace("{domain}", idp.domain)),
        |issuer| Cow::Borrowed(issuer.as_str()),
    ))
}

/// The pair to sign with: the tenant's, or one that is complete and belongs together.
///
/// # Errors
/// Half a pair, two parts of different pairs, or a key that is not fit.
pub(super) fn signing<'a>(
    effective: &Effective<'a>,
    idp: &IdentityProvider<'a>,
    policy: &mut KeyPolicy<'_>,
) -> Result<Signing<'a>, SamlError> {
    let by = effective.cert.by;
    let pair = match Halves::of(&effective.cert, &effective.key) {
        Halves::Neither => {
            policy.own(OwnPair::Current, idp.pair, SetBy::Nobody)?;
            Cow::Borrowed(idp.pair)
        }
        Halves::Both(certificate, key) => {
            let pair = SigningPair::new(key?.clone(), certificate?.clone());
            let pair = pair.map_err(|mismatch| {
                SamlError::config("saml_signing_mismatch", format!("cert and key: {mismatch}"))
            })?;
            policy.own(OwnPair::AddOn, &pair, by)?;
            Cow::Owned(pair)
        }
        Halves::One(Half { given, missing }) => {
            return Err(SamlError::config(
                "saml_signing_incomplete",
                format!(
                    "{given} is set without {missing}; set both, or set neither to sign with the tenant's own pair"
                ),
            ));
        }
    };
    let method = effective.signature_algorithm.get()?.copied().unwrap_or_default();
    let digest = effective.digest_algorithm.get()?.copied().unwrap_or_default();
    let key = pair.certificate().public_key();
    match method.key_kind() {
        KeyKind::Rsa => {
            policy.fit(&key, Purpose::Sign, by)?;
        }
        KeyKind::Ec => KeyPolicy::fit_curve(&key)?,
    }
    if method.digest() == Digest::Sha1 {
        policy.warn(
            "sha1_deprecated",
            &sha1_message("signatureAlgorithm", "rsa-sha256"),
            effective.signature_algorithm.by,
        );
    }
    if digest == Digest::Sha1 {
        policy.warn(
            "sha1_deprecated",
            &sha1_message("digestAlgorithm", "sha256"),
            effective.digest_algorithm.by,
        );
    }
    Signing::new(pair, method, digest)
}

fn sha1_message(setting: &str, better: &str) -> String {
    format!(
        "{setting} is set to SHA-1, which is broken; set {better} unless the service provider supports only SHA-1"
    )
}

/// The receiver to encrypt for; `None` where nothing is encrypted.
///
/// # Errors
/// Half of the two settings, two that do not belong together, or a key that is not fit.
pub(super) fn encryption(
    effective: &Effective<'_>,
    policy: &mut KeyPolicy<'_>,
) -> Result<Option<Encryption>, SamlError> {
    let (certificate, public_key) = match Halves::of(
        &effective.encryption_cert,
        &effective.encryption_public_key,
    ) {
        Halves::Neither => {
            unused(&effective.encryption_algorithm, policy);
            unused(&effective.key_encryption_algorithm, policy);
            return Ok(None);
        }
        Halves::Both(certificate, key) => (certificate?, key?),
        Halves::One(Half { given, missing }) => {
            return Err(SamlError::config(
                "saml_encryption_incomplete",
                format!(
                    "{given} is set without {missing}; set both, or set neither to send the assertion unencrypted"
                ),
            ));
        }
    };
    let by = effective.encryption_cert.by;
    let key = policy.fit(&certificate.public_key(), Purpose::Encrypt, by)?;
    policy.validity(certificate, "encryptionCert", by)?;
    let algorithms = Algorithms {
        content: effective.encryption_algorithm.get()?.copied().unwrap_or_default(),
        key: effective
            .key_encryption_algorithm
            .get()?
            .copied()
            .unwrap_or_default(),
    };
    let encryption = Encryption::new(certificate.clone(), key, public_key, algorithms)?;
    if algorithms.content.is_malleable() {
        policy.warn(
            "cbc_deprecated",
            "the assertion is encrypted with AES-CBC, which does not protect it against changes; set \
             encryptionAlgorithm to aes256-gcm if the service provider can read it",
            effective.encryption_algorithm.by,
        );
    }
    Ok(Some(encryption))
}

/// Warns of an algorithm of the add-on that encrypts nothing. What becomes of a call is said in the trace.
fn unused<T>(algorithm: &Set<'_, T>, policy: &mut KeyPolicy<'_>) {
    if algorithm.by == SetBy::AddOn {
        let message = format!(
            "{} is set, but neither encryptionCert nor encryptionPublicKey, so nothing is encrypted; set both",
            algorithm.member
        );
        policy.warn("no_encryption", &message, algorithm.by);
    }
}

fn span(seconds: u32) -> TimeDelta {
    TimeDelta::seconds(seconds.into())
}

/// Code of an assertion that is for nobody in particular.
pub(super) const AUDIENCE_MISSING: &str = "audience_missing";
const DEFAULT_LIFETIME: TimeDelta = TimeDelta::seconds(3600);

#[cfg(test)]
mod tests;
