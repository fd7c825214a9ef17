//! `postlogin.toml`: what the exported layout has no place for. Every key has a default.

use super::document::Document;
use super::files::Files;
use super::lookup::nearest;
use super::path::JsonPath;
use super::problem::{Problem, Severity};
use super::settings::{self, SettingLine};
use super::typed::{PEM_BEGIN, quoted, typed};
use super::units;
use crate::keys::RsaFloor;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::path::{Path, PathBuf};
use std::rc::Rc;
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

/// `[keys]`: PEM files relative to the tenant folder, each holding a key and its certificate, or the
/// key with the certificate beside it as `.crt`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct KeysConfig {
    /// Signs now.
    pub current: Option<PathBuf>,
    /// Certificate of `current`, where it is not in the same file.
    pub current_cert: Option<PathBuf>,
    /// Published already, signs after the next rotation.
    pub next: Option<PathBuf>,
    /// Still published, signs no more.
    pub previous: Option<PathBuf>,
    /// P-256 key for ES256.
    pub ec: Option<PathBuf>,
    /// Ed25519 key for EdDSA.
    pub ed25519: Option<PathBuf>,
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
}

impl Default for ActionsConfig {
    fn default() -> Self {
        Self {
            time_limit: "20s".to_owned(),
            memory_limit: "128MiB".to_owned(),
            output_limit: "4MiB".to_owned(),
            command_limit: 10_000,
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
            "metadata of {text} would be out of date before it is read; write at least 1m"
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

/// Reads `postlogin.toml`; every key with its value and source beside it, and the document.
pub(super) fn read(files: &mut Files) -> (Config, Vec<SettingLine>, Option<Rc<Document>>) {
    let file = Path::new("postlogin.toml");
    let defaults = json(&Config::default());
    let root = JsonPath::default();
    let Some((document, mut value)) = files.value(file) else {
        return (Config::default(), settings::lines(&defaults, &root, None), None);
    };
    let later = take_later(&mut value);
    for name in later.keys() {
        let note = Problem::new(Severity::Note, "unread_section", file)
            .says(format!("[{name}] is read by a later version"), "nothing to do");
        files.problems.push(document.locate(note, &root.key(name)));
    }
    files.leave(file, &later);
    let mut unknown = Vec::new();
    if let (Value::Object(given), Value::Object(defaults)) = (&mut value, &defaults) {
        take_unknown(given, defaults, &root, &mut unknown);
    }
    for (path, allowed) in unknown {
        let key = path.last_key().unwrap_or_default();
        let near = nearest(key, allowed.iter().map(String::as_str));
        let help = match near.first() {
            Some(near) => format!("did you mean {near}? Known here: {}", allowed.join(", ")),
            None => format!("known here: {}", allowed.join(", ")),
        };
        let problem = Problem::error("unknown_setting", file).says(format!("unknown setting {path}"), help);
        files.problems.push(document.locate(problem, &path));
    }
    let mut config: Config = typed(&value, &document, &root, &mut files.problems).unwrap_or_default();
    for (path, problem) in config.check() {
        let (message, help) = problem
            .split_once("; ")
            .unwrap_or((&problem, "correct the value"));
        let problem = Problem::error("bad_setting", file).says(message, help);
        files.problems.push(document.locate(problem, &path));
    }
    let settings = settings::lines(&json(&config), &root, Some((&document, &root)));
    (config, settings, Some(document))
}

impl Config {
    /// What has the right type and yet cannot be used; such a value is put back to its default.
    fn check(&mut self) -> Vec<(JsonPath, String)> {
        let mut problems = Vec::new();
        let defaults = ActionsConfig::default();
        let path = |name: &str| JsonPath::default().key("actions").key(name);
        if let Err(problem) = time_limit(&self.actions.time_limit) {
            problems.push((path("time_limit"), problem));
            self.actions.time_limit = defaults.time_limit;
        }
        if let Err(problem) = memory_limit(&self.actions.memory_limit) {
            problems.push((path("memory_limit"), problem));
            self.actions.memory_limit = defaults.memory_limit;
        }
        let output_limit = match units::size(&self.actions.output_limit) {
            Ok(0) => Some("no Action could run; write at least 1MiB".to_owned()),
            Ok(_) => None,
            Err(error) => Some(error.to_string()),
        };
        if let Some(problem) = output_limit {
            problems.push((path("output_limit"), problem));
            self.actions.output_limit = defaults.output_limit;
        }
        let metadata = &mut self.saml.metadata;
        let path = |name: &str| JsonPath::default().key("saml").key("metadata").key(name);
        for (name, span) in [
            ("valid_for", &mut metadata.valid_for),
            ("cache_for", &mut metadata.cache_for),
        ] {
            if let Some(problem) = span.as_deref().and_then(|text| metadata_span(text).err()) {
                problems.push((path(name), problem));
                *span = None;
            }
        }
        problems.extend(self.keys.check());
        if self.domain.is_empty() || self.domain.contains(['/', ' ', '@', '?', '#']) {
            problems.push((
                JsonPath::default().key("domain"),
                format!(
                    "{} is not a host name; write it as in tenant.example",
                    quoted(&self.domain)
                ),
            ));
            self.domain = Self::default().domain;
        }
        problems
    }
}

impl KeysConfig {
    /// Keys that stand where a path should; such a value is taken out.
    fn check(&mut self) -> Vec<(JsonPath, String)> {
        let mut problems = Vec::new();
        for (name, path) in [
            ("current", &mut self.current),
            ("current_cert", &mut self.current_cert),
            ("next", &mut self.next),
            ("previous", &mut self.previous),
            ("ec", &mut self.ec),
            ("ed25519", &mut self.ed25519),
        ] {
            if path
                .take_if(|path| path.to_string_lossy().contains(PEM_BEGIN))
                .is_some()
            {
                problems.push((
                    JsonPath::default().key("keys").key(name),
                    format!("{name} is a PEM text, not a path; put it into a file and write the file's path"),
                ));
            }
        }
        problems
    }
}

fn json(config: &Config) -> Value {
    serde_json::to_value(config).unwrap_or_default()
}

/// Takes the sections out of `value` that interface 1 names and this version does not read.
fn take_later(value: &mut Value) -> Map<String, Value> {
    let sections = value.as_object_mut().into_iter().flat_map(|sections| {
        LATER
            .iter()
            .filter_map(|name| Some(((*name).to_owned(), sections.shift_remove(*name)?)))
    });
    sections.collect()
}

/// Sections that a later version reads.
const LATER: &[&str] = &["mail", "server", "storage"];

/// Takes the keys out of `given` that `known` does not have, with those that it has.
fn take_unknown(
    given: &mut Map<String, Value>,
    known: &Map<String, Value>,
    path: &JsonPath,
    unknown: &mut Vec<(JsonPath, Vec<String>)>,
) {
    given.retain(|key, value| {
        let Some(default) = known.get(key) else {
            unknown.push((path.key(key), known.keys().cloned().collect()));
            return false;
        };
        if let (Value::Object(given), Value::Object(known)) = (value, default) {
            take_unknown(given, known, &path.key(key), unknown);
        }
        true
    });
}
