//! The NameID: the first probe that has a value (semantics 4.6, SAML core 2.2.3), or, ours, a pairwise or
//! a transient one.

use super::claim_map::ClaimMap;
use super::settings::Envelope;
use crate::event::{NameIdPolicy, SamlRequest};
use crate::login::RequestFault;
use crate::random::Random;
use crate::saml::error::SamlError;
use crate::saml::id::Id;
use crate::saml::name_id::NameId;
use crate::saml_setting::{Effective, NameIdSource, Set};
use crate::tenant::{PairwiseSecret, SamlConfig};
use crate::xml::{IllegalCharacter, illegal_character};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use openssl::error::ErrorStack;
use openssl::hash::MessageDigest;
use openssl::pkey::PKey;
use openssl::sign::Signer;
use std::borrow::Cow;

/// Claim names that are tried where nothing else is set.
pub(super) const DEFAULT_PROBES: [&str; 3] = [
    "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/nameidentifier",
    "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/emailaddress",
    "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/name",
];

/// How the NameID is made and described.
#[derive(Clone, Debug)]
pub(super) struct NameIdSettings<'a> {
    pub format: &'a str,
    pub name_qualifier: Option<Cow<'a, str>>,
    pub sp_name_qualifier: Option<&'a str>,
    source: Source<'a>,
}

/// A NameID that does not tell who the user is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Hidden {
    /// Nobody else knows the user by it.
    Pairwise,
    /// The next login has another one.
    Transient,
}

/// Where the text comes from.
#[derive(Clone, Debug)]
enum Source<'a> {
    Pairwise {
        secret: &'a [u8],
        issuer: Cow<'a, str>,
        service_provider: &'a str,
    },
    Probes(Vec<&'a str>),
    Transient,
}

impl<'a> NameIdSettings<'a> {
    /// # Errors
    /// A pairwise NameID without secret or service provider; a NameIDPolicy that cannot be served.
    pub fn new(
        effective: &Effective<'a>,
        envelope: &Envelope<'a>,
        request: Option<&'a SamlRequest>,
        audiences: &[&'a str],
        config: &'a SamlConfig,
    ) -> Result<Self, SamlError> {
        let honors = effective.honor_name_id_policy.get()?;
        let text = |set: &Set<'a, String>| set.get().map(|text| text.map(String::as_str));
        let name_qualifier = text(&effective.name_qualifier)?.map(Cow::Borrowed);
        let sp_name_qualifier = text(&effective.sp_name_qualifier)?;
        let policy = request
            .and_then(|request| request.name_id_policy.as_ref())
            .filter(|_| honors == Some(&true));
        let wanted = policy
            .map(|policy| Wanted::of(policy, request))
            .transpose()?
            .flatten();
        let configured = text(&effective.name_identifier_format)?;
        // Pairwise NameIDs are the only persistent ones of our own making, but the tenant may have others.
        let wanted = match (wanted, pairwise_secret(config)) {
            (Some(wanted), Err(_)) if wanted.source == NameIdSource::Pairwise => {
                if configured != Some(PERSISTENT) {
                    return Err(without_secret());
                }
                None
            }
            (wanted, _) => wanted,
        };
        let probes = effective.name_identifier_probes.get()?;
        let probes = || {
            probes.map_or_else(
                || DEFAULT_PROBES.to_vec(),
                |probes| probes.iter().map(String::as_str).collect(),
            )
        };
        let source = match &wanted {
            None => effective
                .name_identifier_source
                .get()?
                .copied()
                .unwrap_or_default(),
            Some(wanted) => wanted.source,
        };
        let format = wanted.as_ref().map(|wanted| wanted.format).or(configured);
        let service_provider = sp_name_qualifier.or_else(|| audiences.first().copied());
        Ok(match source {
            NameIdSource::Probes => Self {
                format: format.unwrap_or(UNSPECIFIED),
                name_qualifier,
                sp_name_qualifier,
                source: Source::Probes(match wanted {
                    Some(wanted) if wanted.format == EMAIL => vec![DEFAULT_PROBES[1]],
                    _ => probes(),
                }),
            },
            NameIdSource::Pairwise => {
                let secret = pairwise_secret(config)?;
                let service_provider = service_provider.ok_or_else(|| {
                    SamlError::config(
                        "saml_pairwise",
                        "a pairwise NameID needs the service provider's name, and neither the request nor the add-on \
                         gives it; set the audience or spNameQualifier",
                    )
                })?;
                Self {
                    format: format.unwrap_or(PERSISTENT),
                    name_qualifier: name_qualifier.or_else(|| Some(envelope.issuer.clone())),
                    sp_name_qualifier: Some(service_provider),
                    source: Source::Pairwise {
                        secret,
                        issuer: envelope.issuer.clone(),
                        service_provider,
                    },
                }
            }
            NameIdSource::Transient => Self {
                format: format.unwrap_or(TRANSIENT),
                name_qualifier,
                sp_name_qualifier,
                source: Source::Transient,
            },
        })
    }

    /// What the NameID keeps from the service provider.
    pub fn hides(&self) -> Option<Hidden> {
        match self.source {
            Source::Pairwise { .. } => Some(Hidden::Pairwise),
            Source::Probes(_) => None,
            Source::Transient => Some(Hidden::Transient),
        }
    }

    /// The NameID for the user of `claims`.
    ///
    /// # Errors
    /// No probe has a value; the error names the probes. Or the value cannot be held by XML.
    pub fn name(
        &self,
        claims: &ClaimMap<'_>,
        user_id: &str,
        random: &mut dyn Random,
    ) -> Result<NameId, SamlError> {
        let value = match &self.source {
            Source::Pairwise {
                secret,
                issuer,
                service_provider,
            } => pairwise(secret, &[issuer, service_provider, user_id])?,
            Source::Probes(probes) => probed(probes, claims)?,
            Source::Transient => Id::of_assertion(random).as_str().to_owned(),
        };
        Ok(NameId {
            value,
            format: Some(self.format.to_owned()),
            name_qualifier: self.name_qualifier.as_deref().map(str::to_owned),
            sp_name_qualifier: self.sp_name_qualifier.map(str::to_owned),
        })
    }
}

/// What a NameIDPolicy asks for.
struct Wanted {
    format: &'static str,
    source: NameIdSource,
}

impl Wanted {
    /// `None` where it leaves the choice.
    fn of(policy: &NameIdPolicy, request: Option<&SamlRequest>) -> Result<Option<Self>, SamlError> {
        let refuse = |description: String| Err(SamlError::request(RequestFault::NameIdPolicy, description));
        let issuer = request.and_then(|request| request.issuer.as_deref());
        if let Some(qualifier) = &policy.sp_name_qualifier
            && Some(qualifier.as_str()) != issuer
        {
            return refuse(format!(
                "the request's NameIDPolicy wants a NameID for {qualifier}, which is not the issuer of the request"
            ));
        }
        let wanted = |format, source| Ok(Some(Self { format, source }));
        match policy.format.as_deref() {
            None | Some(UNSPECIFIED) => Ok(None),
            Some(EMAIL) => wanted(EMAIL, NameIdSource::Probes),
            Some(PERSISTENT) => wanted(PERSISTENT, NameIdSource::Pairwise),
            Some(TRANSIENT) => wanted(TRANSIENT, NameIdSource::Transient),
            Some(other) => refuse(format!(
                "the request's NameIDPolicy wants the format {other}; known are unspecified, emailAddress, persistent \
                 and transient"
            )),
        }
    }
}

/// The same for the same parts and key, and nothing can be learnt from it about others
/// (SAML core 8.3.7).
fn pairwise(key: &[u8], parts: &[&str]) -> Result<String, SamlError> {
    let failed = |error: ErrorStack| {
        SamlError::config(
            "saml_pairwise",
            format!("the pairwise NameID could not be made: {error}"),
        )
    };
    let key = PKey::hmac(key).map_err(failed)?;
    let mut octets = Vec::new();
    for part in parts {
        // With lengths, so that no two lists of parts are the same octets.
        octets.extend_from_slice(&(part.len() as u64).to_be_bytes());
        octets.extend_from_slice(part.as_bytes());
    }
    let hash = Signer::new(MessageDigest::sha256(), &key)
        .and_then(|mut signer| signer.sign_oneshot_to_vec(&octets))
        .map_err(failed)?;
    Ok(URL_SAFE_NO_PAD.encode(hash))
}

/// A request wants a persistent NameID, and there is nothing to make one with.
fn without_secret() -> SamlError {
    SamlError::request(
        RequestFault::NameIdPolicy,
        "the request's NameIDPolicy wants a persistent NameID, which cannot be made; set pairwise_secret under [saml] in \
         postlogin.toml to at least 32 random characters, and keep it"
            .to_owned(),
    )
}

/// The key that pairwise NameIDs are made with.
///
/// # Errors
/// None is set, or one that is too short.
pub(super) fn pairwise_secret(config: &SamlConfig) -> Result<&[u8], SamlError> {
    let key = config.pairwise_secret.as_ref().and_then(PairwiseSecret::key);
    key.ok_or_else(|| {
        SamlError::config(
            "saml_pairwise",
            "a pairwise NameID needs a secret; set pairwise_secret under [saml] in postlogin.toml to at least 32 \
             random characters, and keep it",
        )
    })
}

/// The first probe that has a value.
fn probed(probes: &[&str], claims: &ClaimMap<'_>) -> Result<String, SamlError> {
    let filled = |probe: &&str| {
        let value = claims.first_value(probe)?;
        let text = value.text();
        (!text.is_empty())
            .then(|| (*probe).to_owned())
            .map(|probe| (probe, text.into_owned()))
    };
    let Some((probe, text)) = probes.iter().find_map(filled) else {
        let tried = if probes.is_empty() {
            "no attribute is set to be tried".to_owned()
        } else {
            format!("tried {}", probes.join(", "))
        };
        return Err(SamlError::name_id(format!(
            "no attribute yields a NameID, {tried}; give the user one of these attributes, or set other attributes \
             with nameIdentifierProbes"
        )));
    };
    match illegal_character(&text) {
        None => Ok(text),
        Some(character) => Err(IllegalCharacter {
            place: format!("the NameID, taken from '{probe}',"),
            character,
        }
        .into()),
    }
}

const EMAIL: &str = "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress";
const PERSISTENT: &str = "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent";
const TRANSIENT: &str = "urn:oasis:names:tc:SAML:2.0:nameid-format:transient";
/// Formats that a NameIDPolicy can choose.
pub(super) const WANTED_FORMATS: [&str; 3] = [EMAIL, PERSISTENT, TRANSIENT];
pub(super) const UNSPECIFIED: &str = "urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified";

#[cfg(test)]
mod tests;
