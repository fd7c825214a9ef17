//! Encrypted access tokens: signed, then encrypted for the API (RFC 7516, semantics 3.7).

use super::TokenError;
use super::ecdh_es::{Agreement, agree};
use crate::algorithm::Digest;
use crate::keys::{Certificate, PublicKey};
use crate::random::Random;
use crate::tenant::ResourceServer;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use openssl::nid::Nid;
use openssl::pkey::Id;
use openssl::symm::{Cipher, encrypt_aead};
use serde_json::{Value, json};
use zeroize::Zeroizing;

/// How an API wants its tokens encrypted; exists only if that can be done.
pub(super) struct Encryption {
    key: PublicKey,
    algorithm: KeyAlgorithm,
    kid: Option<String>,
}

/// How the content key reaches the API (RFC 7518 section 4.1).
#[derive(Clone, Copy)]
enum KeyAlgorithm {
    /// Direct key agreement; ours, for APIs with a P-256 key.
    EcdhEs,
    RsaOaep(Digest),
}

impl KeyAlgorithm {
    fn named(name: &str) -> Option<Self> {
        Some(match name {
            "ECDH-ES" => Self::EcdhEs,
            "RSA-OAEP" => Self::RsaOaep(Digest::Sha1),
            "RSA-OAEP-256" => Self::RsaOaep(Digest::Sha256),
            "RSA-OAEP-384" => Self::RsaOaep(Digest::Sha384),
            "RSA-OAEP-512" => Self::RsaOaep(Digest::Sha512),
            _ => return None,
        })
    }

    const fn name(self) -> &'static str {
        match self {
            Self::EcdhEs => "ECDH-ES",
            Self::RsaOaep(Digest::Sha1) => "RSA-OAEP",
            Self::RsaOaep(Digest::Sha256) => "RSA-OAEP-256",
            Self::RsaOaep(Digest::Sha384) => "RSA-OAEP-384",
            Self::RsaOaep(Digest::Sha512) => "RSA-OAEP-512",
        }
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

impl Encryption {
    /// What `token_encryption` of the API asks for; nothing where it is absent.
    pub(super) fn of(api: &ResourceServer) -> Result<Option<Self>, TokenError> {
        let Some(settings) = api.token_encryption.as_ref().filter(|value| !value.is_null()) else {
            return Ok(None);
        };
        let refuse = |problem: &str| TokenError::Encryption {
            api: api.identifier.clone(),
            problem: problem.to_owned(),
        };
        if !matches!(
            settings.get("format").map(Value::as_str),
            None | Some(Some(FORMAT))
        ) {
            return Err(refuse(&format!("'format' must be '{FORMAT}'")));
        }
        let text = |name: &str| settings.get("encryption_key")?.get(name)?.as_str();
        let pem = text("pem")
            .ok_or_else(|| refuse("'encryption_key.pem' is missing; give the API's public key"))?;
        let key = Certificate::from_pem(pem)
            .map(|certificate| certificate.public_key())
            .or_else(|_| PublicKey::from_pem(pem))
            .map_err(|error| refuse(&format!("'encryption_key.pem': {error}")))?;
        let default = if key.pkey().id() == Id::EC {
            "ECDH-ES"
        } else {
            "RSA-OAEP-256"
        };
        let algorithm = KeyAlgorithm::named(text("alg").unwrap_or(default)).ok_or_else(|| {
            refuse(
                "'encryption_key.alg' must be RSA-OAEP-256, RSA-OAEP-384, RSA-OAEP-512, RSA-OAEP or ECDH-ES",
            )
        })?;
        if let Some(objection) = algorithm.objection(&key) {
            return Err(refuse(&format!("'encryption_key.pem' {objection}")));
        }
        Ok(Some(Self {
            key,
            algorithm,
            kid: text("kid").map(str::to_owned),
        }))
    }

    /// `jwt` as a compact JWE with A256GCM. `typ` is that of the token inside.
    pub(super) fn encrypt(
        &self,
        jwt: &str,
        typ: &str,
        random: &mut dyn Random,
    ) -> Result<String, TokenError> {
        let mut header = json!({"alg": self.algorithm.name(), "enc": ENC, "typ": typ, "cty": "JWT"});
        if let Some(kid) = &self.kid {
            header["kid"] = Value::from(kid.as_str());
        }
        let (content_key, encrypted_key) = match self.algorithm {
            KeyAlgorithm::EcdhEs => {
                let Agreement {
                    content_key,
                    ephemeral,
                } = agree(&self.key, random)?;
                header["epk"] = ephemeral;
                (content_key, Vec::new())
            }
            KeyAlgorithm::RsaOaep(digest) => {
                let mut key = Zeroizing::new(vec![0; CONTENT_KEY_BYTES]);
                random.fill(&mut key);
                let encrypted = self.key.encrypt_oaep(&key, digest, random)?;
                (key, encrypted)
            }
        };
        let mut iv = [0; IV_BYTES];
        random.fill(&mut iv);
        let protected = URL_SAFE_NO_PAD.encode(header.to_string());
        let mut tag = [0; TAG_BYTES];
        let content = encrypt_aead(
            Cipher::aes_256_gcm(),
            &content_key,
            Some(&iv),
            protected.as_bytes(),
            jwt.as_bytes(),
            &mut tag,
        )?;
        let encode = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        let parts = [
            encode(&encrypted_key),
            encode(&iv),
            encode(&content),
            encode(&tag),
        ];
        Ok(format!("{protected}.{}", parts.join(".")))
    }
}

const FORMAT: &str = "compact-nested-jwe";
const ENC: &str = "A256GCM";
const CONTENT_KEY_BYTES: usize = 32;
const IV_BYTES: usize = 12;
const TAG_BYTES: usize = 16;
const MIN_RSA_BITS: u32 = 2048;
