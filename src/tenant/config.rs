//! `postlogin.toml`: what the exported layout has no place for. Every key has a default.

use super::units;
use crate::keys::{KeysConfig, RsaFloor};
use serde::{Deserialize, Serialize};
use std::num::NonZeroUsize;
use std::time::Duration;

/// `postlogin.toml`, every key with its default.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Config {
    /// Host name of the tenant, as in `https://<domain>/`.
    pub domain: String,
    /// Signing keys.
    pub keys: KeysConfig,
    /// Limits of Actions.
    pub actions: ActionsConfig,
    /// SAML values that the platform fixes.
    pub saml: SamlConfig,
    /// MFA rules that the platform leaves open.
    pub mfa: MfaConfig,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            domain: "tenant.localhost".to_owned(),
            keys: KeysConfig::default(),
            actions: ActionsConfig::default(),
            saml: SamlConfig::default(),
            mfa: MfaConfig::default(),
        }
    }
}

/// `[actions]`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ActionsConfig {
    /// Wall time of one trigger execution, such as `20s` or `500ms`.
    pub time_limit: String,
    /// Memory of one Action, such as `128MiB`.
    pub memory_limit: String,
    /// Bytes of recorded calls and logs that one Action may produce.
    pub output_limit: String,
    /// Calls that one Action may record.
    pub command_limit: usize,
    /// Workers that run the tenant's Actions at the same time; absent: one for each processor.
    pub workers: Option<NonZeroUsize>,
    /// Runs that may wait for a worker.
    pub queue_limit: usize,
    /// How long a run waits for a worker, such as `2s`.
    pub wait_limit: String,
}

impl Default for ActionsConfig {
    fn default() -> Self {
        Self {
            time_limit: "20s".to_owned(),
            memory_limit: "128MiB".to_owned(),
            output_limit: "4MiB".to_owned(),
            command_limit: 10_000,
            workers: None,
            queue_limit: 256,
            wait_limit: "2s".to_owned(),
        }
    }
}

/// A login cannot wait longer than this for its Actions.
pub const MAX_TIME_LIMIT: Duration = Duration::from_hours(1);
/// The engine needs some memory before a script has any.
pub const MIN_MEMORY_LIMIT: usize = 1 << 20;

/// Reads a time limit of Actions, such as `20s`.
///
/// # Errors
/// It is no duration, or none that can be kept. What to write follows the last `; `.
pub fn time_limit(text: &str) -> Result<Duration, String> {
    match units::duration(text) {
        Ok(limit) if limit.is_zero() => Err("no Action could run; write at least 1ms".to_owned()),
        Ok(limit) if limit > MAX_TIME_LIMIT => Err(format!(
            "{text} is longer than an Action may run; write at most 1h"
        )),
        Ok(limit) => Ok(limit),
        Err(error) => Err(error.to_string()),
    }
}

/// Reads a memory limit of Actions, such as `128MiB`.
///
/// # Errors
/// It is no size, or one that no Action could start in. What to write follows the last `; `.
pub fn memory_limit(text: &str) -> Result<usize, String> {
    match units::size(text) {
        Ok(limit) if limit < MIN_MEMORY_LIMIT => Err(format!(
            "no Action could start in {text} of memory; write at least 1MiB"
        )),
        Ok(limit) => Ok(limit),
        Err(error) => Err(error.to_string()),
    }
}

/// `[saml]`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct SamlConfig {
    /// `{domain}` is replaced.
    pub issuer: String,
    /// Put before passed-through claims.
    pub claim_prefix: String,
    /// Whether 1024-bit RSA keys are accepted.
    pub allow_rsa1024: bool,
    /// Whether expired certificates are refused rather than warned about.
    pub reject_expired_certs: bool,
    /// Whether signatures with SHA-1 on requests are refused rather than warned about.
    pub reject_sha1: bool,
    /// Authentication context classes for which a second factor is demanded when a request asks for one.
    pub mfa_contexts: Vec<String>,
    /// Secret that pairwise NameIDs are made with, at least 32 characters; with another one every user has
    /// another NameID everywhere.
    pub pairwise_secret: Option<PairwiseSecret>,
    /// What is said about the metadata for service providers.
    pub metadata: MetadataConfig,
}

/// `[saml] pairwise_secret`; shown nowhere.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct PairwiseSecret(String);

impl PairwiseSecret {
    /// The key, if it is long enough to be one.
    pub fn key(&self) -> Option<&[u8]> {
        (self.0.len() >= MIN_SECRET_BYTES).then_some(self.0.as_bytes())
    }
}

impl From<&str> for PairwiseSecret {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}

impl std::fmt::Debug for PairwiseSecret {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("PairwiseSecret(..)")
    }
}

impl Serialize for PairwiseSecret {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str("(set)")
    }
}

const MIN_SECRET_BYTES: usize = 32;

/// `[saml.metadata]`: all of it is left out by default, as on the platform.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct MetadataConfig {
    /// Whether the document is signed.
    pub sign: bool,
    /// How long it may be used, such as `7d`: its `validUntil`.
    pub valid_for: Option<String>,
    /// How long a reader may keep it without asking again, such as `6h`: its `cacheDuration`.
    pub cache_for: Option<String>,
}

impl MetadataConfig {
    /// [`Self::valid_for`], read.
    ///
    /// # Errors
    /// It is no duration, or a useless one. What to write follows the last `; `.
    pub fn valid_for(&self) -> Result<Option<Duration>, String> {
        self.valid_for.as_deref().map(metadata_span).transpose()
    }

    /// [`Self::cache_for`], read.
    ///
    /// # Errors
    /// It is no duration, or a useless one. What to write follows the last `; `.
    pub fn cache_for(&self) -> Result<Option<Duration>, String> {
        self.cache_for.as_deref().map(metadata_span).transpose()
    }
}

/// Reads how long metadata may be used or kept, such as `7d`.
///
/// # Errors
/// It is no duration, or a useless one. What to write follows the last `; `.
pub fn metadata_span(text: &str) -> Result<Duration, String> {
    match units::duration(text) {
        Ok(span) if span < Duration::from_mins(1) => Err(format!(
            "metadata that are valid for {text} would be out of date before anybody reads them; write at \
             least 1m"
        )),
        Ok(span) if span > MAX_METADATA_SPAN => {
            Err(format!("{text} is too long for metadata; write at most 3650d"))
        }
        Ok(span) => Ok(span),
        Err(error) => Err(error.to_string()),
    }
}

/// Ten years, which no key outlives.
const MAX_METADATA_SPAN: Duration = Duration::from_hours(3650 * 24);

impl SamlConfig {
    /// The shortest RSA key that is used, whoever's it is.
    pub fn rsa_floor(&self) -> RsaFloor {
        if self.allow_rsa1024 {
            RsaFloor::Bits1024
        } else {
            RsaFloor::Bits2048
        }
    }
}

impl Default for SamlConfig {
    fn default() -> Self {
        Self {
            issuer: "urn:{domain}".to_owned(),
            claim_prefix: "http://schemas.auth0.com/".to_owned(),
            allow_rsa1024: false,
            reject_expired_certs: false,
            reject_sha1: false,
            mfa_contexts: Vec::new(),
            pairwise_secret: None,
            metadata: MetadataConfig::default(),
        }
    }
}

/// `[mfa]`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct MfaConfig {
    /// What an enrolment does when every asked factor is enrolled already.
    pub enroll_exhausted: EnrollExhausted,
}

impl Default for MfaConfig {
    fn default() -> Self {
        Self {
            enroll_exhausted: EnrollExhausted::Fail,
        }
    }
}

/// `mfa.enroll_exhausted` (semantics 7.2 rule 4).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum EnrollExhausted {
    /// The login goes on.
    Continue,
    /// The login fails.
    Fail,
}
