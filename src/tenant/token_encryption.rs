//! How an API wants its access tokens encrypted (`token_encryption`, semantics 3.7).

use super::setting::{SettingError, SettingKind};
use crate::algorithm::Digest;
use crate::keys::{Certificate, PublicKey};
use openssl::nid::Nid;
use openssl::pkey::Id;
use serde_json::Value;

/// How an API wants its tokens encrypted; exists only if that can be done.
#[derive(Clone, Debug)]
pub struct TokenEncryption {
    key: PublicKey,
    algorithm: KeyManagement,
    kid: Option<String>,
}

/// How the content key reaches the API (RFC 7518 section 4.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyManagement {
    /// Direct key agreement; ours, for APIs with a P-256 key.
    EcdhEs,
    /// The content key is encrypted with RSA.
    RsaOaep(Digest),
}

impl TokenEncryption {
    /// The API's key.
    pub fn key(&self) -> &PublicKey {
        &self.key
    }

    /// How the content key is encrypted for it.
    pub fn algorithm(&self) -> KeyManagement {
        self.algorithm
    }

    /// The id of the key, for the header of the token.
    pub fn kid(&self) -> Option<&str> {
        self.kid.as_deref()
    }
}

impl SettingKind for TokenEncryption {
    /// `{format, encryption_key{name, alg, kid, pem}}`.
    type Written = Value;
    type Value = Self;

    fn read(written: &Value) -> Result<Self, SettingError> {
        let refuse = |what: String, help: &str| SettingError::new(what, help);
        if !matches!(
            written.get("format").map(Value::as_str),
            None | Some(Some(FORMAT))
        ) {
            return Err(refuse(format!("'format' must be '{FORMAT}'"), ""));
        }
        let text = |name: &str| written.get("encryption_key")?.get(name)?.as_str();
        let pem = text("pem").ok_or_else(|| {
            refuse(
                "'encryption_key.pem' is missing".to_owned(),
                "give the API's public key",
            )
        })?;
        let key = Certificate::from_pem(pem)
            .map(|certificate| certificate.public_key())
            .or_else(|_| PublicKey::from_pem(pem))
            .map_err(|error| refuse(format!("'encryption_key.pem': {error}"), ""))?;
        let algorithm = match text("alg") {
            Some(name) => KeyManagement::named(name).ok_or_else(|| {
                let known: Vec<&str> = KeyManagement::ALL.iter().map(|known| known.name()).collect();
                refuse(format!("'encryption_key.alg' must be {}", any_of(&known)), "")
            })?,
            None if key.pkey().id() == Id::EC => KeyManagement::EcdhEs,
            None => KeyManagement::RsaOaep(Digest::Sha256),
        };
        if let Some(objection) = algorithm.objection(&key) {
            return Err(refuse(format!("'encryption_key.pem' {objection}"), ""));
        }
        Ok(Self {
            key,
            algorithm,
            kid: text("kid").map(str::to_owned),
        })
    }

    /// The login that needs it tells, and `check` for it.
    fn is_reported(_written: &Value) -> bool {
        false
    }
}

impl KeyManagement {
    /// All of them, in the order in which messages list them.
    pub const ALL: &[Self] = &[
        Self::RsaOaep(Digest::Sha256),
        Self::RsaOaep(Digest::Sha384),
        Self::RsaOaep(Digest::Sha512),
        Self::RsaOaep(Digest::Sha1),
        Self::EcdhEs,
    ];

    /// The `alg` value.
    pub const fn name(self) -> &'static str {
        match self {
            Self::EcdhEs => "ECDH-ES",
            Self::RsaOaep(Digest::Sha1) => "RSA-OAEP",
            Self::RsaOaep(Digest::Sha256) => "RSA-OAEP-256",
            Self::RsaOaep(Digest::Sha384) => "RSA-OAEP-384",
            Self::RsaOaep(Digest::Sha512) => "RSA-OAEP-512",
        }
    }

    fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|known| known.name() == name)
    }

    /// What is wrong with `key` for this algorithm.
    fn objection(self, key: &PublicKey) -> Option<String> {
        let key = key.pkey();
        let curve = || key.ec_key().ok()?.group().curve_name();
        match self {
            Self::EcdhEs if curve() != Some(Nid::X9_62_PRIME256V1) => {
                Some("must be an EC key on P-256 for ECDH-ES".to_owned())
            }
            Self::RsaOaep(_) if key.id() != Id::RSA || key.bits() < MIN_RSA_BITS => Some(format!(
                "must be an RSA key of at least {MIN_RSA_BITS} bits for {}",
                self.name()
            )),
            Self::EcdhEs | Self::RsaOaep(_) => None,
        }
    }
}

/// `a, b or c`.
fn any_of(names: &[&str]) -> String {
    match names {
        [rest @ .., last] if !rest.is_empty() => format!("{} or {last}", rest.join(", ")),
        names => names.concat(),
    }
}

const FORMAT: &str = "compact-nested-jwe";
const MIN_RSA_BITS: u32 = 2048;
