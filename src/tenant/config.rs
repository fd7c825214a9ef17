//! `postlogin.toml`: what the exported layout has no place for. Every key has a default.

use super::actions_config::ActionsConfig;
use super::exported::configured;
use super::host_name::HostName;
use super::login_config::LoginConfig;
use super::measures::MetadataSpan;
use super::server_config::{ServerConfig, StorageConfig};
use super::setting::Setting;
use super::walk::holds_no_setting;
use crate::endpoints::Endpoints;
use crate::keys::{KeysConfig, RsaFloor};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

configured! {
    /// `postlogin.toml`, every key with its default.
    Config {
        /// Host name of the tenant, as in `https://<domain>/`.
        domain: Setting<HostName> = DEFAULT_DOMAIN.into(),
        /// Signing keys.
        keys: KeysConfig = KeysConfig::default(),
        /// How Actions run.
        actions: ActionsConfig = ActionsConfig::default(),
        /// How people log in.
        login: LoginConfig = LoginConfig::default(),
        /// SAML values that the platform fixes.
        saml: SamlConfig = SamlConfig::default(),
        /// MFA rules that the platform leaves open.
        mfa: MfaConfig = MfaConfig::default(),
        /// The identity server.
        server: ServerConfig = ServerConfig::default(),
        /// Where the identity server keeps what changes.
        storage: StorageConfig = StorageConfig::default(),
        /// What holds for one machine client of the server's own API, by its client id.
        api: BTreeMap<String, ApiClientConfig> = BTreeMap::new(),
    }
}

configured! {
    /// `[api.<client_id>]`: whom a machine client with the scope `issue:login` may log in.
    ApiClientConfig {
        /// The applications, by client id or name; absent: every one.
        clients: Option<Vec<String>> = None,
        /// The connections of users, also of those who are brought along; absent: every one, and users are brought along
        /// over `api` alone.
        connections: Option<Vec<String>> = None,
    }
}

/// The connection of users who are brought along, where `[api.<client_id>]` says nothing else.
pub const BROUGHT_OVER: &str = "api";

configured! {
    /// `[saml]`.
    SamlConfig {
        /// `{domain}` is replaced.
        issuer: String = "urn:{domain}".to_owned(),
        /// Put before passed-through claims.
        claim_prefix: String = "http://schemas.auth0.com/".to_owned(),
        /// Whether 1024-bit RSA keys are accepted.
        allow_rsa1024: bool = false,
        /// Whether expired certificates are refused rather than warned about.
        reject_expired_certs: bool = false,
        /// Whether signatures with SHA-1 on requests are refused rather than warned about.
        reject_sha1: bool = false,
        /// Whether a response carries the authentication context class that is configured (`configured`), or the one
        /// that the request asks for and the login reached (`requested`).
        authn_context: AuthnContextChoice = AuthnContextChoice::Configured,
        /// What becomes of a request whose Subject names somebody else than the user who logged in: it is refused
        /// (`refuse`) or answered with a warning (`warn`).
        subject_mismatch: SubjectMismatch = SubjectMismatch::Refuse,
        /// Authentication context classes for which a second factor is demanded when a request asks for one.
        mfa_contexts: Vec<String> = Vec::new(),
        /// What becomes of a login whose assertion nothing restricts to an audience.
        no_audience: NoAudience = NoAudience::Refuse,
        /// Secret that pairwise NameIDs are made with, at least 32 characters; with another one every user has
        /// another NameID everywhere.
        pairwise_secret: Option<PairwiseSecret> = None,
        /// What is said about the metadata for service providers.
        metadata: MetadataConfig = MetadataConfig::default(),
    }
}

configured! {
    /// `[saml.metadata]`: all of it is left out by default, as on the platform.
    MetadataConfig {
        /// Whether the document is signed.
        sign: bool = false,
        /// How long it may be used, such as `7d`: its `validUntil`.
        valid_for: Option<Setting<MetadataSpan>> = None,
        /// How long a reader may keep it without asking again, such as `6h`: its `cacheDuration`.
        cache_for: Option<Setting<MetadataSpan>> = None,
    }
}

configured! {
    /// `[mfa]`.
    MfaConfig {
        /// What an enrolment does when every asked factor is enrolled already.
        enroll_exhausted: EnrollExhausted = EnrollExhausted::Fail,
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

/// `saml.no_audience` (semantics 4.9).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum NoAudience {
    /// The assertion leaves without an AudienceRestriction, and any service provider may take it.
    Omit,
    /// The login is refused.
    Refuse,
}

/// `[saml] authn_context` (semantics 15.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AuthnContextChoice {
    /// The class of add-on and Actions, as on the platform.
    Configured,
    /// The class that the request asks for, if the login reached it; otherwise there is no assertion.
    Requested,
}

/// `[saml] subject_mismatch` (semantics 15.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SubjectMismatch {
    /// There is no assertion.
    Refuse,
    /// The assertion is about the user who logged in.
    Warn,
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

holds_no_setting!(
    AuthnContextChoice,
    EnrollExhausted,
    NoAudience,
    PairwiseSecret,
    SubjectMismatch,
);

const DEFAULT_DOMAIN: &str = "tenant.localhost";

impl Config {
    /// The host name of the tenant: the default where the setting cannot be had.
    pub fn domain(&self) -> &str {
        self.domain.value().map_or(DEFAULT_DOMAIN, String::as_str)
    }

    /// The URLs of the tenant: at the public URL of its server where that is set, else at its domain.
    pub fn endpoints(&self) -> Endpoints<'_> {
        let url = self.server.url.as_ref().and_then(|url| url.value().ok());
        url.map_or_else(|| Endpoints::of(self.domain()), |url| Endpoints::at_url(url))
    }
}

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
